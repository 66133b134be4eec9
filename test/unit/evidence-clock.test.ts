import assert from 'node:assert/strict';
import koffi from 'koffi';
import { createRealtimeClock } from '../../src/evidence/clock.js';
import { skip } from '../skip.js';

describe('evidence clock', () => {
  it('agrees with CLOCK_REALTIME within a few microseconds', function () {
    if (process.platform !== 'linux') skip(this, 'clock_gettime is called as on Linux');
    const clockGettime = koffi.load('libc.so.6').func('int clock_gettime(int clock, _Out_ int64_t *time)');
    const time = new BigInt64Array(2);
    const realtime = (): bigint => {
      clockGettime(0, time);
      return (time[0] ?? 0n) * 1_000_000_000n + (time[1] ?? 0n);
    };
    // The best of several: while it is calibrated, a busy machine may do something else.
    const clocks = Array.from({ length: 20 }, createRealtimeClock);
    const clock = clocks.reduce((best, each) => (each.errorNs() < best.errorNs() ? each : best));
    const errorNs = BigInt(Math.ceil(clock.errorNs()));
    assert.ok(errorNs < 100_000n, `calibrated to ± ${errorNs} ns`);
    for (let round = 0; round < 200; round++) {
      const before = clock.now();
      const truth = realtime();
      const after = clock.now();
      // CLOCK_REALTIME is steered while we look; 20 µs covers it.
      assert.ok(before - errorNs - 20_000n <= truth && truth <= after + errorNs + 20_000n);
    }
  });

  it('notices that the clock was set', () => {
    const { now: originalNow } = Date;
    const clock = createRealtimeClock();
    const before = clock.now();
    try {
      Date.now = () => originalNow() + 3_600_000;
      const after = clock.now();
      assert.ok(after - before > 3_599_000_000_000n && after - before < 3_601_000_000_000n);
    } finally {
      Date.now = originalNow;
    }
  });
});
