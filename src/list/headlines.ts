/** The few numbers that stand in the list: of each quantity, the worst that was measured. */
import { byPolling, isCovered, isOfAnnouncer, quantityOf } from '../report/measured.js';
import { sizeOf } from '../report/words.js';
import type { CaseResult, Measurement } from '../result.js';

/** How long clients wait, and how much the device holds. For the former more is worse, for the latter less. */
const worse: Readonly<Record<string, 'more' | 'less'>> = {
  'relearn time': 'more',
  'relearn time under load': 'more',
  'outage of an address': 'more',
  'link down to the first frame elsewhere': 'more',
  'link-up to the first forwarded frame': 'more',
  'stations held at once': 'less',
  'learning rate without flood or loss': 'less',
  'moves without misdelivery': 'less',
  outage: 'more',
  followed: 'more',
  'lock window': 'more',
  // Bounded by the spacing of the polls, so it stands only where nothing finer was measured that may be as long.
  [byPolling]: 'more',
};

export interface Headline extends Measurement {
  readonly case: string;
}

const keyOf = ({ name }: Pick<Measurement, 'name'>) => (name === byPolling ? name : quantityOf({ name }));

/** Whether x is the worse news. A number that ends where the tester does says less than one that the device gave. */
function isWorse(x: Measurement, y: Measurement): boolean {
  if ((x.limitedBy === undefined) !== (y.limitedBy === undefined)) return x.limitedBy === undefined;
  const more = sizeOf(x) > sizeOf(y);
  const asBound = x.limitedBy !== undefined;
  return worse[keyOf(x)] === 'less' && !asBound ? sizeOf(x) < sizeOf(y) : more;
}

/** The worst of each quantity, in a fixed order; of equal ones the first. */
export function worstOf<T extends Measurement>(measurements: readonly T[]): T[] {
  const worst = new Map<string, T>();
  for (const m of measurements) {
    const key = keyOf(m);
    const before = worst.get(key);
    if (!before || isWorse(m, before)) worst.set(key, m);
  }
  const [polled, fine] = [worst.get(byPolling), worst.get('relearn time')];
  if (polled && fine && isCovered(polled, fine)) worst.delete(byPolling);
  return Object.keys(worse).flatMap((key) => worst.get(key) ?? []);
}

/** A run's own headlines. */
export function headlinesOf(cases: readonly CaseResult[]): Headline[] {
  const told = cases
    .filter(({ outcome }) => outcome === 'pass' || outcome === 'fail')
    .flatMap(({ id, measurements }) => measurements.map((m) => ({ case: id, ...m })));
  const isTold = (m: Headline) =>
    Object.hasOwn(worse, keyOf(m)) && Number.isFinite(m.value) && !isOfAnnouncer(m.case, m);
  return worstOf(told.filter(isTold));
}
