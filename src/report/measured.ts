/** What a device's cases measured, in the order in which an operator asks: how long the outage is comes first. */
import type { CaseResult, Measurement } from '../result.js';
import { groupBy } from './group.js';
import { formatMeasurement, formatPair, isDuration, limitWord, sizeOf } from './words.js';

/** One line: `relearn time, longest of 10, gratuitous ARP`, `8.8 µs`, `between 0 and 17.7 µs`. */
export interface MeasuredRow {
  readonly name: string;
  readonly value: string;
  readonly interval?: string;
  readonly caseId: string;
  /** Empty where the cases are of several. */
  readonly probe: string;
  readonly unit: Measurement['unit'];
  /** One for each case that the row stands for, the smallest first. */
  readonly sizes: readonly Size[];
}

/** A measurement's numbers as a picture needs them: durations in nanoseconds. */
export interface Size {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly limited: boolean;
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
  readonly probe: string;
  readonly m: Measurement;
}

/** A name begins with its quantity; what follows the first comma says which of several it is. */
export function quantityOf({ name }: Pick<Measurement, 'name'>): string {
  return name.split(',', 1)[0] ?? name;
}

/** The quantity that an operator asks for first. */
export const firstQuantity = 'relearn time';
/** Bounded by the spacing of the polls: a hundred times coarser than a stream. */
export const byPolling = 'relearn time, by polling';

/** Whether a case polled until the announcer's next frame, since the first was lost on purpose: that tells of the announcer. */
export const isOfAnnouncer = (caseId: string, { name }: Pick<Measurement, 'name'>): boolean =>
  name === byPolling && caseId.startsWith('switch/first-lost/');

/** Whether a number that was polled says nothing that a finer one does not: it may have been as short. */
export const isCovered = ({ low = 0, unit }: Measurement, fine: Measurement): boolean =>
  sizeOf({ value: low, unit }) <= sizeOf({ value: fine.high ?? fine.value, unit: fine.unit });
/** Cases that measured the same are told one by one up to this number, and as a range beyond. */
const toldSingly = 4;

export function measuredIn(cases: readonly CaseResult[]): Measured {
  const all: Taken[] = cases.flatMap(({ id, probe, measurements }) =>
    measurements.map((m) => ({ caseId: id, probe, m })),
  );
  const fine = all.filter(({ m }) => m.name !== byPolling && quantityOf(m) === firstQuantity);
  const isMoot = ({ caseId, m }: Taken) => fine.some((t) => isOfAnnouncer(caseId, m) || isCovered(m, t.m));
  const taken = all.filter((t) => t.m.name !== byPolling || !isMoot(t));
  const counted = new Set(taken.filter(({ m }) => !isNone(m)).map(({ m }) => quantityOf(m)));
  const some = taken.filter((t) => counted.has(quantityOf(t.m)));
  const key = ({ m }: Taken) => JSON.stringify([m.name, isDuration(m.unit) || m.unit]);
  const groups = groupBy(some, key).map(([, group]) => group);
  const rows = [...groups].sort((x, y) => Number(isFirst(y)) - Number(isFirst(x))).flatMap(rowsOf);
  const headline = headlineOf(some.filter((t) => quantityOf(t.m) === firstQuantity));
  return {
    rows,
    none: [...new Set(taken.map(({ m }) => quantityOf(m)))].filter((quantity) => !counted.has(quantity)),
    ...(headline !== undefined && { headline }),
  };
}

const isNone = ({ unit, value }: Measurement) => unit === 'frames' && value === 0;
const isFirst = ([taken]: readonly Taken[]) => taken !== undefined && quantityOf(taken.m) === firstQuantity;

/** The longest of them, with where its truth lies: `Relearn time 8.8 µs, between 0 and 17.7 µs, longest of 10.` */
function headlineOf(taken: readonly Taken[]): string | undefined {
  const worst = bySize(taken).at(-1);
  if (!worst) return undefined;
  const { m } = worst;
  const which = m.name.slice(quantityOf(m).length + 1).trim();
  const { value, interval } = formatMeasurement(m);
  const sentence = [`${quantityOf(m)} ${value}`, interval, which].filter(Boolean).join(', ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function rowsOf(group: readonly Taken[]): MeasuredRow[] {
  if (group.length <= toldSingly) {
    return group.map(({ caseId, probe, m }) => ({
      name: group.length === 1 ? m.name : `${m.name}, ${caseId.split('/').at(-1)}`,
      ...{ caseId, probe, unit: m.unit, sizes: [sizesOf(m)] },
      ...formatMeasurement(m),
    }));
  }
  const sorted = bySize(group);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (!least || !most) return [];
  const { unit, limitedBy } = most.m;
  const several = group.some(({ probe }) => probe !== most.probe);
  const [low, high] = formatPair(sizeOf(least.m), sizeOf(most.m), isDuration(unit) ? 'ns' : unit);
  return [
    {
      name: `${most.m.name}, ${group.length} cases`,
      value: `${low} to ${limitedBy ? `${limitWord(unit)} ` : ''}${high}`,
      ...{
        caseId: most.caseId,
        probe: several ? '' : most.probe,
        unit,
        sizes: sorted.map(({ m }) => sizesOf(m)),
      },
    },
  ];
}

function sizesOf(m: Measurement): Size {
  const at = (value: number) => sizeOf({ value, unit: m.unit });
  return {
    value: at(m.value),
    ...(m.low !== undefined && { low: at(m.low) }),
    ...(m.high !== undefined && { high: at(m.high) }),
    limited: m.limitedBy !== undefined,
  };
}

const bySize = (taken: readonly Taken[]) => [...taken].sort((x, y) => sizeOf(x.m) - sizeOf(y.m));
