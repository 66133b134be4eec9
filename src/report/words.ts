/** The words, symbols and numbers that every view of a result shares. */
import type { CaseResult, Device, Level, Measurement, Outcome, Result, Status } from '../result.js';
import { levels, outcomes, statusOf } from '../result.js';

/** Symbol, word and colour always stand together: none of them is needed to read the others. */
export interface Word {
  readonly symbol: string;
  readonly word: string;
}

export const outcomeWords: Readonly<Record<Outcome, Word>> = {
  pass: { symbol: '✓', word: 'passed' },
  fail: { symbol: '✗', word: 'failed' },
  inconclusive: { symbol: '?', word: 'inconclusive' },
  'not-applicable': { symbol: '–', word: 'not applicable' },
  error: { symbol: '!', word: 'harness error' },
  'not-run': { symbol: '·', word: 'not run' },
};

/** What a word is coloured by: an outcome, or one of the two that are neither good nor bad. */
export type Tone = Outcome | 'holds' | 'holds-not';

export interface TonedWord extends Word {
  readonly tone: Tone;
}

type Verdict = Pick<CaseResult, 'level' | 'outcome'>;

/** Whether a case of the level is judged, or only tells how the device is. */
export const isJudged = (level: Level): boolean => level === 'must' || level === 'should';

export const holdsWord: TonedWord = { symbol: '●', word: 'holds', tone: 'holds' };
export const holdsNotWord: TonedWord = { symbol: '○', word: 'does not hold', tone: 'holds-not' };

/** The word for a case. What is not judged can't fail: it holds, or it does not. */
export function wordOf({ level, outcome }: Verdict): TonedWord {
  if (!isJudged(level) && outcome === 'pass') return holdsWord;
  if (!isJudged(level) && outcome === 'fail') return holdsNotWord;
  return { ...outcomeWords[outcome], tone: outcome };
}

/** What a level means for the verdict. */
export const levelWords: Readonly<Record<Level, string>> = {
  must: 'decides the verdict',
  should: 'gives a note',
  may: 'decides nothing',
  info: 'decides nothing',
};

export const statusWords: Readonly<Record<Status, TonedWord>> = {
  compliant: { symbol: '✓', word: 'Compliant', tone: 'pass' },
  'compliant-with-notes': { symbol: '✓', word: 'Compliant, with notes', tone: 'pass' },
  'non-compliant': { symbol: '✗', word: 'Not compliant', tone: 'fail' },
  inconclusive: { symbol: '?', word: 'Inconclusive', tone: 'inconclusive' },
};

/** The verdict on a device in a word; a run that was not about the device has none. */
export function statusWord({ cases }: Pick<Result, 'cases'>): TonedWord {
  if (cases.length === 0) return { symbol: '·', word: 'Not tested', tone: 'not-run' };
  return statusWords[statusOf(cases)];
}

export function countOutcomes(cases: readonly Pick<CaseResult, 'outcome'>[]): Record<Outcome, number> {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { outcome } of cases) counts[outcome] += 1;
  return counts;
}

/** One level's cases: `10 passed, 2 failed`, or `150 of 240 hold, 1 inconclusive`. Only what occurred. */
function levelText(level: Level, cases: readonly Verdict[]): string {
  const counts = countOutcomes(cases);
  const told = counts.pass + counts.fail;
  const said =
    isJudged(level) || told === 0
      ? []
      : [
          told === 1
            ? wordOf({ level, outcome: counts.pass ? 'pass' : 'fail' }).word
            : `${counts.pass} of ${told} hold`,
        ];
  const others = outcomes.filter(
    (outcome) => counts[outcome] > 0 && (isJudged(level) || (outcome !== 'pass' && outcome !== 'fail')),
  );
  return [...said, ...others.map((outcome) => `${counts[outcome]} ${outcomeWords[outcome].word}`)].join(', ');
}

/** `must 1 passed · info 150 of 240 hold`: what became of the cases, level by level. */
export function countsText(cases: readonly Verdict[]): string {
  const texts = levels.flatMap((level) => {
    const chosen = cases.filter((c) => c.level === level);
    return chosen.length === 0 ? [] : [`${level} ${levelText(level, chosen)}`];
  });
  return texts.join(' · ') || 'no cases';
}

/** The order in which an operator wants to hear of them. */
const worstFirst: readonly Outcome[] = ['fail', 'error', 'inconclusive', 'not-run', 'pass', 'not-applicable'];

/** The word for several cases together: the worst of those that are judged, or else of all. */
export function worstWord(cases: readonly Verdict[]): TonedWord {
  const judged = cases.filter(({ level }) => isJudged(level));
  const [worst] = [...(judged.length > 0 ? judged : cases)].sort(
    (x, y) => worstFirst.indexOf(x.outcome) - worstFirst.indexOf(y.outcome),
  );
  return wordOf(worst ?? { level: 'info', outcome: 'not-run' });
}

/** `1 must`, `3 musts`. */
export function plural(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** The one sentence under the verdict: what decided it. Agrees with `statusOf`. */
export function verdictSentence(result: {
  readonly cases: readonly CaseResult[];
  readonly deselected: Result['deselected'];
}): string {
  if (result.cases.length === 0)
    return `No case was selected: ${plural(result.deselected.length, 'case')} left out.`;
  const status = statusOf(result.cases);
  const musts = result.cases.filter((c) => c.level === 'must');
  const counts = countOutcomes(musts);
  const unsettled = counts.inconclusive + counts.error + counts['not-run'];
  const settled = counts.pass + counts.fail;
  if (status === 'non-compliant') {
    const rest = unsettled > 0 ? `; ${plural(unsettled, 'further must')} unsettled` : '';
    return `${counts.fail} of ${plural(musts.length, 'must')} failed${rest}.`;
  }
  if (status === 'inconclusive') {
    if (settled === 0 && unsettled === 0) return 'No must was tested, so nothing can be said.';
    return `Nothing that must hold failed, but ${plural(unsettled, 'must')} of ${formatCount(musts.length)} could not be settled.`;
  }
  const passed =
    counts.pass === 1
      ? 'The one must that applies passed'
      : `All ${formatCount(counts.pass)} musts that apply passed`;
  if (status === 'compliant') return `${passed}.`;
  const notes = result.cases.filter((c) => c.level === 'should' && c.outcome === 'fail').length;
  const qualified = musts.filter((c) => c.qualifiers.length > 0).length;
  const said = [
    notes > 0 ? `${plural(notes, 'should')} failed` : '',
    qualified > 0 ? `${plural(qualified, 'must')} passed with a qualifier` : '',
  ].filter(Boolean);
  return `${passed}; ${said.join(' and ')}.`;
}

export const isFailedMust = (c: Pick<CaseResult, 'level' | 'outcome'>): boolean =>
  c.level === 'must' && c.outcome === 'fail';

export const isUnsettledMust = (c: Pick<CaseResult, 'level' | 'outcome'>): boolean =>
  c.level === 'must' && (c.outcome === 'inconclusive' || c.outcome === 'error' || c.outcome === 'not-run');

/** What an operator has to look at. */
export const isProblem = (c: Verdict): boolean => isFailedMust(c) || isUnsettledMust(c);

/** What does not decide the verdict, but an operator should hear: a qualified must, a should that failed or could
 *  not be settled, an error of the harness. */
export const isNote = (c: Pick<CaseResult, 'level' | 'outcome' | 'qualifiers'>): boolean =>
  c.level === 'must'
    ? c.outcome === 'pass' && c.qualifiers.length > 0
    : c.outcome === 'error' ||
      (c.level === 'should' && (c.outcome === 'fail' || c.outcome === 'inconclusive'));

/** `Acme S24 rev B 1.2`. */
export function exactName({ vendor, model, hardware, firmware }: Device): string {
  return [vendor, model, hardware, firmware].filter((part) => part !== undefined).join(' ');
}

/** `Acme S24`; what tells revisions apart is in `deviceFacts`. */
export function deviceName(device: Device): string {
  return `${device.vendor} ${device.model}`;
}

/** Kind, hardware revision, firmware and the conditions, each a term and its value. */
export function deviceFacts(device: Device): { term: string; value: string }[] {
  return [
    { term: 'kind', value: device.kind },
    ...(device.hardware === undefined ? [] : [{ term: 'hardware', value: device.hardware }]),
    { term: 'firmware', value: device.firmware },
    ...Object.entries(device.conditions)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([term, value]) => ({ term, value })),
  ];
}

/** The facts in one line, to tell devices of one name apart: `host · firmware 6.1 · port-security off`. */
export function factsText(device: Device): string {
  const facts = deviceFacts(device).map(({ term, value }) => (term === 'kind' ? value : `${term} ${value}`));
  return facts.join(' · ');
}

const nsPer = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } as const;

/** A measurement's size, comparable among those of one name: durations in nanoseconds. */
export const sizeOf = ({ value, unit }: Pick<Measurement, 'value' | 'unit'>): number =>
  isDuration(unit) ? value * nsPer[unit] : value;

export function isDuration(unit: Measurement['unit']): unit is keyof typeof nsPer {
  return unit in nsPer;
}

const durationUnits = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
] as const;

/** So many significant digits in the unit that suits: `1.25 ms`, `300 s`, `0 s`. */
export function formatNs(ns: number, digits = 3): string {
  if (ns === 0) return '0 s';
  const [scale, unit] = durationUnits.find(([size]) => Math.abs(ns) >= size * 0.9995) ?? [1, 'ns'];
  return `${significant(ns / scale, digits)} ${unit}`;
}

function significant(value: number, digits: number): string {
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value) || 1));
  return String(Number(value.toFixed(Math.max(0, Math.min(decimals, 6))))).replace('-', '−');
}

// Made once: toLocaleString would make one for each number.
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** `1,000,000`. */
export const formatCount = (value: number): string => grouped.format(value);

export function formatQuantity(value: number, unit: Measurement['unit'], digits = 3): string {
  if (isDuration(unit)) return formatNs(value * nsPer[unit], digits);
  // No rate is known to a hundredth.
  const number = formatCount(Math.abs(value) < 100 ? value : Math.round(value));
  if (unit === 'count') return number;
  return `${number} ${unit === 'percent' ? '%' : value === 1 ? singular(unit) : unit}`;
}

const singular = (unit: string): string =>
  unit.replace(/^addresses/, 'address').replace(/^(frame|move)s/, '$1');

/** Two quantities with the unit said once where they share it: `['1.23', '1.25 ms']`, `['0', '17.7 µs']`. */
export function formatPair(
  low: number,
  high: number,
  unit: Measurement['unit'],
  digits = 3,
): [string, string] {
  const [from, to] = [formatQuantity(low, unit, digits), formatQuantity(high, unit, digits)];
  const [number = from, lowUnit] = from.split(' ');
  return [low === 0 || to.endsWith(` ${lowUnit}`) ? number : from, to];
}

/** A measurement in words, and the interval that the truth lies in where one was given: `8.8 µs`, `between 0
 *  and 17.7 µs`. As many digits as tell the bounds apart, so that the value is seen to lie between them. */
export function formatMeasurement(m: Measurement): { value: string; interval?: string } {
  const { value, interval } = formatInterval(m);
  if (m.limitedBy === undefined) return { value, ...(interval !== undefined && { interval }) };
  const limit = 'the tester goes no further';
  return { value: `${limitWord(m.unit)} ${value}`, interval: [interval, limit].filter(Boolean).join('; ') };
}

/** What a number that ends where the tester does says of the device: it may be quicker, or hold more. */
export const limitWord = (unit: Measurement['unit']): 'at most' | 'at least' =>
  isDuration(unit) ? 'at most' : 'at least';

function formatInterval({ value, low, high, unit }: Measurement): { value: string; interval?: string } {
  const text = (n: number, digits = 3) => formatQuantity(n, unit, digits);
  if (low === undefined || high === undefined) {
    if (high !== undefined) return { value: text(value), interval: `at most ${text(high)}` };
    return { value: text(value), ...(low !== undefined && { interval: `at least ${text(low)}` }) };
  }
  const digits = [3, 4, 5, 6].find((n) => text(low, n) !== text(high, n)) ?? 3;
  return {
    value: text(value, digits),
    interval: `between ${formatPair(low, high, unit, digits).join(' and ')}`,
  };
}

/** How long something will take: `17 s`, `4:20 min`. */
export function formatWait(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

/** How long a run took: `42 s`, `3 min 12 s`. */
export function formatRunTime(startedAt: string, endedAt: string): string {
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  if (!Number.isFinite(seconds)) return 'unknown time';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
