/** Whether a measured number got worse, beyond what both measurements leave open. Pure. */
import type { CaseResult, Measurement } from '../result.js';

export interface NumberChange {
  /** The case that measured it. */
  readonly id: string;
  readonly before: Measurement;
  readonly after: Measurement;
  /** `other`: it differs, and neither is better. */
  readonly change: 'worse' | 'better' | 'other';
  /** Whether it counts against the device: see `counted` and `matters`. */
  readonly worse: boolean;
}

/** Quantities of which less is better: a name's part before the first comma. */
const lessIsBetter =
  /^(relearn time|outage|followed$|lock window|until it finds out|with the loser|link down to|link-up to|group traffic after|announcement from |frames (lost|to the old port|flooded)|first frames (to the old port|flooded|lost)|announcements lost|load that came out nowhere|frames to a half-announced address)/;
const moreIsBetter =
  /^(stations held|learning rate|moves without misdelivery|moves followed|addresses (that followed|carried)|first frames that followed|announcements carried|random addresses learned|packets kept)/;

/**
 * Quantities that count against a device, since no single accident decides them: the median of several moves, and the size of
 * a table. All others are told: their intervals say how well one sample was measured, not how far the next one lies off.
 */
const counted = /^(relearn time, median of|stations held at once)/;
/** Two runs on one bench differ by less without any change of the device: schedulers, timers, other load. */
const noiseFactor = 2;
/** No client of a service notices less. */
const noticedNs = 1_000_000;

const nsPer: Readonly<Partial<Record<Measurement['unit'], number>>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Where the truth lies, durations in nanoseconds. Without bounds it is the value, exactly; where the tester ended first, the
 *  device may be better without limit. */
function intervalOf({ name, value, unit, low = value, high = value, limitedBy }: Measurement): Interval {
  const scale = nsPer[unit] ?? 1;
  const bounds = { low: low * scale, high: high * scale };
  if (limitedBy === undefined) return bounds;
  return lessIsBetter.test(name) ? { ...bounds, low: 0 } : { ...bounds, high: Number.POSITIVE_INFINITY };
}

const comparable = (x: Measurement, y: Measurement): boolean =>
  x.unit === y.unit || (nsPer[x.unit] !== undefined && nsPer[y.unit] !== undefined);

/** Undefined where the intervals overlap, or the units can't be compared. */
function numberChange(id: string, before: Measurement, after: Measurement): NumberChange | undefined {
  if (!comparable(before, after)) return undefined;
  const [old, next] = [intervalOf(before), intervalOf(after)];
  const [fell, rose] = [next.high < old.low, next.low > old.high];
  if (!fell && !rose) return undefined;
  const quantity = before.name;
  if (!lessIsBetter.test(quantity) && !moreIsBetter.test(quantity))
    return { id, before, after, change: 'other', worse: false };
  const worse = lessIsBetter.test(quantity) ? rose : fell;
  return {
    id,
    before,
    after,
    change: worse ? 'worse' : 'better',
    worse: worse && counted.test(quantity) && matters(old, next, nsPer[before.unit] !== undefined),
  };
}

/** Worse by a factor of two from bound to bound and, if a time, by a millisecond. */
function matters(old: Interval, next: Interval, isDuration: boolean): boolean {
  if (next.low > old.high)
    return next.low >= noiseFactor * old.high && (!isDuration || next.low - old.high >= noticedNs);
  return old.low >= noiseFactor * next.high;
}

/** What two results of one case measured differently; by name, and the first of a name counts. */
export function numberChanges(before: CaseResult, after: CaseResult): NumberChange[] {
  const known = new Map([...before.measurements].reverse().map((m) => [m.name, m]));
  return after.measurements.flatMap((m) => {
    const old = known.get(m.name);
    const change = old && numberChange(after.id, old, m);
    return change ? [change] : [];
  });
}
