/** CLOCK_REALTIME in nanoseconds, for frames that no kernel stamped. */
import { processClock } from '../evidence/clock.js';

/** The latest time given. */
let latestNs = 0n;
/** A clock that falls back by more than this was set; by less, it was calibrated anew. */
const setBackNs = 1_000_000_000n;

/** Nanoseconds since 1970. Never runs backwards unless the wall clock is set. */
export function realtimeNs(): bigint {
  const nowNs = processClock().now();
  if (nowNs > latestNs || nowNs < latestNs - setBackNs) latestNs = nowNs;
  return latestNs;
}
