/** How far another machine's clock lies from this one's, and how well that is known. */
import { processClock, type RealtimeClock } from '../evidence/clock.js';

/** Nanoseconds since 1970, and how far that may be off, ± nanoseconds. */
export interface Instant {
  readonly ns: bigint;
  readonly errorNs: number;
}

export interface RemoteClock {
  /** Measures again: `rounds` questions, of which the quickest answer counts. */
  refresh(rounds?: number): Promise<void>;
  /** The remote clock's `remoteNs` in this machine's CLOCK_REALTIME. */
  toLocalNs(remoteNs: bigint): bigint;
  /** How far `toLocalNs` may be off now, ± nanoseconds. */
  errorNs(): number;
}

/** Two free-running clocks are assumed to part by no more than this: twice a poor crystal's 50 ppm. */
const driftPerNs = 100e-6;

interface Sample {
  /** Remote minus local, nanoseconds. */
  readonly offsetNs: bigint;
  readonly errorNs: number;
  /** On the monotonic clock, for the sample's age. */
  readonly takenNs: bigint;
}

/**
 * Follows a remote clock by asking it. The answer was given somewhere within the round trip, so the
 * middle is wrong by half of it at most, however unlike the two ways are. A sample's error grows with
 * its age; the sample with the smallest error now is the one in use.
 *
 * @param ask returns the remote CLOCK_REALTIME, with the error of its resolution.
 */
export async function followClock(
  ask: () => Promise<Instant>,
  { rounds = 8, local = processClock() }: { rounds?: number; local?: RealtimeClock } = {},
): Promise<RemoteClock> {
  const askOnce = async (): Promise<Sample> => {
    const { ns: middleNs, errorNs: halfNs, value } = await timed(ask, local);
    return {
      offsetNs: value.ns - middleNs,
      errorNs: halfNs + value.errorNs,
      takenNs: process.hrtime.bigint(),
    };
  };
  const measure = async (count: number): Promise<Sample> => {
    let best = await askOnce();
    for (let round = 1; round < count; round += 1) {
      const sample = await askOnce();
      if (sample.errorNs < best.errorNs) best = sample;
    }
    return best;
  };
  const errorNow = (sample: Sample) =>
    Math.ceil(sample.errorNs + Number(process.hrtime.bigint() - sample.takenNs) * driftPerNs);

  let current = await measure(rounds);
  return {
    refresh: async (count = 2) => {
      const sample = await measure(count);
      // Samples that contradict each other mean that a clock was set: only the new one is true.
      const apartNs = Math.abs(Number(sample.offsetNs - current.offsetNs));
      const wasSet = apartNs > errorNow(sample) + errorNow(current);
      if (wasSet || errorNow(sample) <= errorNow(current)) current = sample;
    },
    toLocalNs: (remoteNs) => remoteNs - current.offsetNs,
    errorNs: () => errorNow(current),
  };
}

/** Does something far away and says when it happened: the middle of the round trip, ± half of it. */
export async function timed<T>(
  work: () => Promise<T>,
  local: RealtimeClock,
): Promise<Instant & { value: T }> {
  const beforeNs = local.now();
  const value = await work();
  const afterNs = local.now();
  return {
    ns: (beforeNs + afterNs) / 2n,
    errorNs: Math.ceil(Number(afterNs - beforeNs) / 2 + local.errorNs()),
    value,
  };
}
