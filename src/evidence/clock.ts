/**
 * CLOCK_REALTIME at nanosecond resolution, the clock in which the kernel stamps frames. Node shows it
 * only in whole milliseconds (`Date.now`), but counts CLOCK_MONOTONIC in nanoseconds (`process.hrtime`),
 * and on Linux both run at the same rate: adjustments slew them together (clock_gettime(2)). So their
 * distance is measured at the moment when `Date.now` ticks, which pins it to about the time of one
 * reading, and holds until someone sets the clock, which every later reading notices.
 */

const MILLISECOND = 1_000_000;
/** Stop once the distance is known to ± half of this; a reading of both clocks takes about 150 ns. */
const GOOD_ENOUGH_NS = 500;
/** Several ticks may be spoilt by being preempted while one passes. */
const GIVE_UP_AFTER_NS = 10 * MILLISECOND;

/** The true distance of the clocks lies in `originNs` + [lowNs, highNs). */
interface Distance {
  readonly originNs: bigint;
  readonly lowNs: number;
  readonly highNs: number;
}

/** One look at both clocks bounds their distance: the realtime clock lay in the millisecond it showed
 *  at some moment between the two readings of the monotonic clock. */
function look(originNs: bigint): Omit<Distance, 'originNs'> {
  const before = process.hrtime.bigint();
  const shownMs = Date.now();
  const after = process.hrtime.bigint();
  const shownNs = BigInt(shownMs) * BigInt(MILLISECOND) - originNs;
  return { lowNs: Number(shownNs - after), highNs: Number(shownNs - before) + MILLISECOND };
}

/** Takes a millisecond or two, since it waits for `Date.now` to tick. */
function measure(): Distance {
  const begun = process.hrtime.bigint();
  const originNs = BigInt(Date.now()) * BigInt(MILLISECOND) - begun;
  let { lowNs, highNs } = look(originNs);
  while (highNs - lowNs > GOOD_ENOUGH_NS && process.hrtime.bigint() - begun < GIVE_UP_AFTER_NS) {
    const seen = look(originNs);
    lowNs = Math.max(lowNs, seen.lowNs);
    highNs = Math.min(highNs, seen.highNs);
  }
  return { originNs, lowNs, highNs };
}

export interface RealtimeClock {
  /** CLOCK_REALTIME now, nanoseconds since 1970. */
  now(): bigint;
  /** How far `now` may lie from the truth, ± nanoseconds: below 1,000 unless the machine was very busy. */
  errorNs(): number;
}

/** Calibrates a clock; blocks for a millisecond or two. */
export function createRealtimeClock(): RealtimeClock {
  let distance = measure();
  return {
    now() {
      const seen = look(distance.originNs);
      const wasSet = seen.lowNs > distance.highNs || seen.highNs < distance.lowNs;
      if (wasSet) distance = measure();
      const middle = BigInt(Math.round((distance.lowNs + distance.highNs) / 2));
      return process.hrtime.bigint() + distance.originNs + middle;
    },
    errorNs: () => (distance.highNs - distance.lowNs) / 2,
  };
}

let shared: RealtimeClock | undefined;

/** The one clock of this process: two of them, calibrated at different moments, would differ. */
export function processClock(): RealtimeClock {
  shared ??= createRealtimeClock();
  return shared;
}
