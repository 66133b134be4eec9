/** What a device's cases measured, in the order in which an operator asks: how long the outage is comes first. */
import type { CaseResult, Measurement } from '../result.js';
import { formatMeasurement, formatPair, isDuration, sizeOf } from './words.js';

/** One line: `relearn time, longest of 10, gratuitous ARP`, `8.8 µs`, `between 0 and 17.7 µs`. */
export interface MeasuredRow {
  readonly name: string;
  readonly value: string;
  readonly interval?: string;
  readonly caseId: string;
}

export interface Measured {
  /** The one number that stands beside the verdict, as a sentence. */
  readonly headline?: string;
  readonly rows: readonly MeasuredRow[];
  /** Quantities of frames that were 0 wherever they were counted. */
  readonly none: readonly string[];
}

interface Taken {
  readonly caseId: string;
  readonly m: Measurement;
}

/** A name begins with its quantity; what follows the first comma says which of several it is. */
function quantityOf({ m }: Taken): string {
  return m.name.split(',', 1)[0] ?? m.name;
}

const first = 'relearn time';
/** Bounded by the spacing of the polls: a hundred times coarser than a stream. */
const coarse = 'relearn time, by polling';
/** Cases that measured the same are told one by one up to this number, and as a range beyond. */
const toldSingly = 4;

export function measuredIn(cases: readonly CaseResult[]): Measured {
  const all: Taken[] = cases.flatMap(({ id, measurements }) => measurements.map((m) => ({ caseId: id, m })));
  const fine = all.filter(({ m }) => m.name !== coarse);
  const taken = fine.some((t) => quantityOf(t) === first) ? fine : all;
  const counted = new Set(taken.filter(({ m }) => !isNone(m)).map(quantityOf));
  const some = taken.filter((t) => counted.has(quantityOf(t)));
  const groups = groupBy(some, ({ m }) => JSON.stringify([m.name, isDuration(m.unit) || m.unit]));
  const rows = [...groups].sort((x, y) => Number(isFirst(y)) - Number(isFirst(x))).flatMap(rowsOf);
  const headline = headlineOf(some.filter((t) => quantityOf(t) === first));
  return {
    rows,
    none: [...new Set(taken.map(quantityOf))].filter((quantity) => !counted.has(quantity)),
    ...(headline !== undefined && { headline }),
  };
}

const isNone = ({ unit, value }: Measurement) => unit === 'frames' && value === 0;
const isFirst = ([taken]: readonly Taken[]) => taken !== undefined && quantityOf(taken) === first;

/** The longest of them, with where its truth lies: `Relearn time 8.8 µs, between 0 and 17.7 µs, longest of 10.` */
function headlineOf(taken: readonly Taken[]): string | undefined {
  const worst = bySize(taken).at(-1);
  if (!worst) return undefined;
  const { m } = worst;
  const which = m.name.slice(quantityOf(worst).length + 1).trim();
  const { value, interval } = formatMeasurement(m);
  const sentence = [`${quantityOf(worst)} ${value}`, interval, which].filter(Boolean).join(', ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function rowsOf(group: readonly Taken[]): MeasuredRow[] {
  if (group.length <= toldSingly) {
    return group.map(({ caseId, m }) => ({
      name: group.length === 1 ? m.name : `${m.name}, ${caseId.split('/').at(-1)}`,
      caseId,
      ...formatMeasurement(m),
    }));
  }
  const sorted = bySize(group);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (!least || !most) return [];
  const { unit } = most.m;
  const range = formatPair(sizeOf(least.m), sizeOf(most.m), isDuration(unit) ? 'ns' : unit).join(' to ');
  return [{ name: `${most.m.name}, ${group.length} cases`, value: range, caseId: most.caseId }];
}

const bySize = (taken: readonly Taken[]) => [...taken].sort((x, y) => sizeOf(x.m) - sizeOf(y.m));

function groupBy(items: readonly Taken[], key: (item: Taken) => string): Taken[][] {
  const groups = new Map<string, Taken[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}
