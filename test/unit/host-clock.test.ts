import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRealtimeClock } from '../../src/evidence/clock.js';
import { followClock } from '../../src/host/clock.js';

const local = createRealtimeClock();

/** A machine whose clock is `offsetNs` ahead, asked over ways of different length. */
function machine(offsetNs: bigint) {
  const state = { offsetNs, toMs: 1, backMs: 1 };
  const ask = async () => {
    await sleep(state.toMs);
    const ns = local.now() + state.offsetNs;
    await sleep(state.backMs);
    return { ns, errorNs: 0 };
  };
  return { state, ask };
}

const hourNs = 3_600_000_000_000n;
const off = (one: bigint, other: bigint) => Math.abs(Number(one - other));

describe('following a remote clock', () => {
  it('finds the offset within the error it states, however unlike the two ways are', async () => {
    for (const [toMs, backMs] of [
      [1, 1],
      [12, 1],
      [1, 12],
    ] as const) {
      const { state, ask } = machine(hourNs);
      Object.assign(state, { toMs, backMs });
      const clock = await followClock(ask, { rounds: 2, local });
      assert.ok(off(clock.toLocalNs(hourNs), 0n) <= clock.errorNs(), `${toMs} ms there, ${backMs} ms back`);
      assert.ok(clock.errorNs() < 40e6);
    }
  });

  it('keeps a good sample when the way becomes slow', async () => {
    const { state, ask } = machine(0n);
    const clock = await followClock(ask, { local });
    const errorNs = clock.errorNs();
    Object.assign(state, { toMs: 50, backMs: 0 });
    await clock.refresh();
    // It has aged: 100 ppm of the time since.
    assert.ok(clock.errorNs() > errorNs);
    assert.ok(clock.errorNs() < errorNs + 1e6);
  });

  it('follows when the remote clock is set', async () => {
    const { state, ask } = machine(0n);
    const clock = await followClock(ask, { local });
    Object.assign(state, { offsetNs: -hourNs, toMs: 20 });
    await clock.refresh();
    assert.ok(off(clock.toLocalNs(-hourNs), 0n) <= clock.errorNs());
  });

  it('adds the resolution of what was asked', async () => {
    const clock = await followClock(async () => ({ ns: local.now(), errorNs: 500_000_000 }), {
      rounds: 1,
      local,
    });
    assert.ok(clock.errorNs() >= 500_000_000);
  });
});
