/** What changed between two runs of a device, for the terminal: what got worse first. */
import { Chalk } from 'chalk';
import { type Change, changes, changeWords } from '../compare/change.js';
import { type CaseChange, type Comparison, countChanges } from '../compare/compare.js';
import type { NumberChange } from '../compare/numbers.js';
import type { Device } from '../result.js';
import { paints, plain, wrap } from './paint.js';
import { deviceFacts, deviceName, formatMeasurement, plural, type TonedWord, wordOf } from './words.js';

/** One broken feature can change hundreds of cases; `--json` has them all. */
const shownOfEach = 12;

/** In one word whether anything counts as worse. */
export function comparisonWord({ worse, inBoth }: Pick<Comparison, 'worse' | 'inBoth'>): TonedWord {
  if (worse) return { symbol: '✗', word: 'Worse than before', tone: 'fail' };
  if (inBoth === 0) return { symbol: '·', word: 'Nothing to compare', tone: 'not-run' };
  return { symbol: '✓', word: 'Nothing got worse', tone: 'pass' };
}

/** `2 broken, 1 fixed, 170 unchanged`: only what occurred. */
export function changeCounts(cases: readonly { readonly change: Change }[]): string {
  const counts = countChanges(cases);
  const said = changes.filter((change) => counts[change] > 0);
  return said.map((change) => `${counts[change]} ${changeWords[change].word}`).join(', ') || 'no cases';
}

/** `must: passed → failed`, and the level's change where it changed. */
export function caseChangeText({ before, after }: Pick<CaseChange, 'before' | 'after'>): string {
  const words = [before, after].map((verdict) => (verdict ? wordOf(verdict).word : 'not tested'));
  const known = [...new Set([before, after].flatMap((verdict) => verdict?.level ?? []))];
  return `${known.join(' → ')}: ${words.join(' → ')}`;
}

/** `relearn time, median of 10: 8.1 µs → 300 ms, between 299 and 301 ms`. */
export function numberChangeText({ before, after }: NumberChange): string {
  const { value, interval } = formatMeasurement(after);
  return `${after.name}: ${formatMeasurement(before).value} → ${value}${interval === undefined ? '' : `, ${interval}`}`;
}

/** What of two devices differs: `firmware 4.2.1 → 4.2.2`. */
export function deviceChanges(before: Device, after: Device): string[] {
  const [old, next] = [before, after].map((d) => new Map(deviceFacts(d).map((f) => [f.term, f.value])));
  const terms = new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])]);
  return [...terms]
    .filter((term) => old?.get(term) !== next?.get(term))
    .map((term) => `${term} ${old?.get(term) ?? 'not said'} → ${next?.get(term) ?? 'not said'}`);
}

/** The comparison as lines. `brief`: only what counts, as a run with a baseline tells it. `width` is in columns. */
export function renderComparison(
  comparison: Comparison,
  options: { readonly color: boolean; readonly width: number; readonly brief?: boolean },
): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const paint = paints(chalk);
  const width = Math.max(40, Math.min(options.width, 120));
  const lines: string[] = [];
  const put = (text: string, indent = 0, style = (t: string) => t) => {
    for (const line of wrap(text, width - indent)) lines.push(' '.repeat(indent) + style(line));
  };
  const section = (title: string, entries: readonly (() => void)[]) => {
    if (entries.length === 0) return;
    lines.push('', chalk.bold(`${title} (${entries.length})`));
    for (const entry of entries.slice(0, shownOfEach)) entry();
    if (entries.length > shownOfEach)
      put(`and ${entries.length - shownOfEach} more; \`takeover diff --json\` has them all`, 2, chalk.dim);
  };
  const tellCase = (c: CaseChange) => () => {
    lines.push(`  ${chalk.bold(plain(c.id))}`);
    put(`${c.worse ? `${changeWords[c.change].word}: ` : ''}${caseChangeText(c)}`, 4);
    const said = c.why ?? c.after?.reason;
    if (said !== undefined) put(said, 4, chalk.dim);
  };
  const tellNumber = (n: NumberChange) => () => {
    put(numberChangeText(n), 2);
    lines.push(`    ${chalk.dim(plain(n.id))}`);
  };

  const { before, after, cases, numbers } = comparison;
  const { symbol, word, tone } = comparisonWord(comparison);
  lines.push(
    `${paint[tone](chalk.bold.inverse(` ${symbol} ${word.toUpperCase()} `))} ${chalk.bold(plain(deviceName(after.device)))}`,
  );
  put(`${changeCounts(cases)}.`, 2);
  for (const change of deviceChanges(before.device, after.device)) put(change, 2, chalk.dim);
  if (before.suite !== after.suite) put(`suite ${before.suite} → ${after.suite}`, 2, chalk.dim);
  put(`run ${before.run} → ${after.run}`, 2, chalk.dim);

  const others = cases.filter((c) => !c.worse);
  section('What got worse', [
    ...cases.filter((c) => c.worse).map(tellCase),
    ...numbers.filter((n) => n.worse).map(tellNumber),
  ]);
  if (options.brief) return `${lines.join('\n')}\n`;
  for (const change of changes) {
    if (change === 'unchanged') continue;
    const { word: title, means } = changeWords[change];
    section(`${title}: ${means}`, others.filter((c) => c.change === change).map(tellCase));
  }
  section(
    'judged at another level now',
    others.filter((c) => c.levelChanged && c.change === 'unchanged').map(tellCase),
  );
  const counted = numbers.filter((n) => !n.worse);
  const titles = { worse: 'worse, not counted', other: 'different', better: 'better' } as const;
  for (const change of ['worse', 'other', 'better'] as const)
    section(`Numbers: ${titles[change]}`, counted.filter((n) => n.change === change).map(tellNumber));
  return `${lines.join('\n')}\n`;
}

/** One sentence for all devices of a run. */
export function baselineSentence(comparisons: readonly Comparison[]): string {
  const worse = comparisons.flatMap(({ cases, numbers }) => [...cases, ...numbers]).filter((c) => c.worse);
  if (worse.length > 0) return `${plural(worse.length, 'thing')} got worse than the baseline.`;
  if (comparisons.every(({ inBoth }) => inBoth === 0))
    return 'No case ran in the baseline and again now, so nothing was compared.';
  return 'Nothing got worse than the baseline.';
}
