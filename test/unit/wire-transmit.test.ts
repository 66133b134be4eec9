import assert from 'node:assert/strict';
import { realtimeNs } from '../../src/wire/clock.js';
import { createMemorySwitch } from '../../src/wire/memory/switch.js';
import { transmit } from '../../src/wire/transmit.js';
import type { Wire } from '../../src/wire/wire.js';
import { numberedFrame, seqOf } from '../lab/wire-contract.js';

/** Wires that note what is asked of them, without `inject`. */
function notingWires() {
  const calls: string[] = [];
  const noting = (port: string): Wire => {
    const { inject: _, ...wire } = createMemorySwitch({ ports: [port] }).wire(port);
    return {
      ...wire,
      sendBurst: async (frames, { spacingNs = 0 } = {}) => {
        calls.push(`${port} ${frames.map((bytes) => seqOf({ bytes })).join(' ')} @${spacingNs}`);
      },
    };
  };
  return { calls, a: noting('a'), b: noting('b') };
}

describe('transmit', () => {
  it('sends in exact order through wires that inject, without a turn of the event loop between', async () => {
    const { wire } = createMemorySwitch({ ports: ['a', 'b'] });
    const [a, b] = [wire('a'), wire('b')];
    const seen: number[] = [];
    a.subscribe(({ direction, ...frame }) => direction === 'out' && seen.push(seqOf(frame)));
    let turns = 0;
    const count = () => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    await transmit([0, 1, 2, 3].map((seq) => ({ wire: seq % 2 ? b : a, frame: numberedFrame(seq) })));
    assert.equal(turns, 0);
    clearImmediate(immediate);
    await a.flush();
    assert.deepEqual(seen, [0, 2]);
  });

  it('keeps gaps, at least as long as asked', async () => {
    const { wire } = createMemorySwitch({ ports: ['a'] });
    const a = wire('a');
    const times: bigint[] = [];
    a.subscribe(({ timeNs }) => times.push(timeNs));
    const gaps = [0, 300_000, 0, 0, 2_000_000, 5_000_000, 0];
    await transmit(gaps.map((afterNs, seq) => ({ wire: a, frame: numberedFrame(seq), afterNs })));
    await a.flush();
    for (const [index, gap] of gaps.entries()) {
      if (index === 0) continue;
      const tookNs = Number((times[index] as bigint) - (times[index - 1] as bigint));
      // The stamp comes a little after the frame was let go, and this machine may pause in between.
      assert.ok(tookNs >= gap / 2, `gap ${index} took ${tookNs} ns instead of ${gap}`);
    }
  });

  it('keeps moments, whatever was late before, and gives the event loop its turns', async () => {
    const { wire } = createMemorySwitch({ ports: ['a'] });
    const a = wire('a');
    const times: bigint[] = [];
    a.subscribe(({ timeNs }) => times.push(timeNs));
    const moments = [0, 20e6, 40e6, 300e6, 300.005e6];
    // Holds the event loop far past the second and third: would the fourth wait for its gap, it left at 480 ms.
    setTimeout(() => {
      const until = performance.now() + 200;
      while (performance.now() < until);
    }, 10);
    const startNs = realtimeNs();
    await transmit(moments.map((atNs, seq) => ({ wire: a, frame: numberedFrame(seq), atNs })));
    await a.flush();
    const tookMs = Number((times[3] as bigint) - startNs) / 1e6;
    assert.ok(tookMs > 299.5 && tookMs < 450, `the fourth left after ${tookMs} ms`);
  });

  it('ends with the signal, also in the middle of a wait', async () => {
    const { wire } = createMemorySwitch({ ports: ['a'] });
    const a = wire('a');
    const ending = new AbortController();
    setTimeout(() => ending.abort(new Error('The case is over.')), 20);
    const startMs = performance.now();
    const schedule = [0, 5e9].map((atNs, seq) => ({ wire: a, frame: numberedFrame(seq), atNs }));
    await assert.rejects(transmit(schedule, ending.signal), /The case is over/);
    assert.ok(performance.now() - startMs < 1_000);
    assert.equal((await a.statistics()).sent, 1);
  });

  it('sends runs as bursts where a wire cannot inject', async () => {
    const { calls, a, b } = notingWires();
    const frame = numberedFrame;
    await transmit([
      { wire: a, frame: frame(0) },
      { wire: a, frame: frame(1), afterNs: 1_000 },
      { wire: a, frame: frame(2), afterNs: 1_000 },
      { wire: a, frame: frame(3) },
      { wire: b, frame: frame(4) },
      { wire: a, frame: frame(5), afterNs: 20_000 },
    ]);
    assert.deepEqual(calls, ['a 0 1 2 @1000', 'a 3 @0', 'b 4 @0', 'a 5 @0']);
    calls.length = 0;
    await transmit([0, 5_000, 10_000, 5e6].map((atNs, seq) => ({ wire: a, frame: frame(seq), atNs })));
    assert.deepEqual(calls, ['a 0 1 2 @5000', 'a 3 @0']);
  });

  it('stops at the first port that fails', async () => {
    const { wire, fail } = createMemorySwitch({ ports: ['a', 'b'] });
    const [a, b] = [wire('a'), wire('b')];
    fail('b');
    const schedule = [a, b, a].map((each, seq) => ({ wire: each, frame: numberedFrame(seq) }));
    await assert.rejects(transmit(schedule), /Port b .* went down/);
    assert.equal((await a.statistics()).sent, 1);
  });
});
