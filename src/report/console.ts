/** What an operator reads in the terminal: the table at the end, and one line of progress until then. */
import { Chalk, type ChalkInstance } from 'chalk';
import { type CaseResult, type Level, type Outcome, outcomes, type Result } from '../result.js';
import { measuredIn } from './measured.js';
import {
  countsText,
  deviceName,
  factsText,
  formatNs,
  formatRunTime,
  isFailedMust,
  isNote,
  isUnsettledMust,
  plural,
  statusWord,
  type Tone,
  type TonedWord,
  verdictSentence,
  wordOf,
  worstWord,
} from './words.js';

type Paint = (text: string) => string;

function paints(chalk: ChalkInstance): Record<Tone, Paint> {
  const asIs: Paint = (text) => text;
  return {
    holds: asIs,
    'holds-not': asIs,
    pass: chalk.green,
    fail: chalk.red,
    inconclusive: chalk.yellow,
    'not-applicable': chalk.dim,
    error: chalk.magenta,
    'not-run': chalk.dim,
  };
}

// Results come from elsewhere too: what they say must not steer the terminal it is shown on.
const plain = (text: string): string => text.replace(/[\p{Control}\u202a-\u202e\u2066-\u2069]+/gu, ' ');

/** Breaks text at spaces so that no line exceeds `width`; a longer word stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of plain(text).split(' ').filter(Boolean)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/**
 * The whole result for one device. The verdict is its first line and its last, since a terminal shows
 * one or the other. `width` is in columns.
 */
export function renderTable(result: Result, options: { color: boolean; width: number }): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const paint = paints(chalk);
  const width = Math.max(40, Math.min(options.width, 120));
  const lines: string[] = [];
  const put = (text = '') => lines.push(text);
  const putWrapped = (text: string, indent: number, style: Paint = (t) => t) => {
    for (const line of wrap(text, width - indent)) put(' '.repeat(indent) + style(line));
  };

  const { symbol, word, tone } = statusWord(result);
  const verdict = () => {
    const banner = ` ${symbol} ${word.toUpperCase()} `;
    put(`${paint[tone](chalk.bold.inverse(banner))} ${chalk.bold(plain(deviceName(result.device)))}`);
  };

  verdict();
  putWrapped(verdictSentence(result), 2);
  // A run with --grep may leave a device out: no more need be said of it.
  if (result.cases.length === 0) return `${lines.join('\n')}\n`;
  const { headline, rows, none } = measuredIn(result.cases);
  if (headline !== undefined) putWrapped(headline, 2);
  putWrapped(factsText(result.device), 2, chalk.dim);
  const { run, bench } = result;
  putWrapped(
    `bench ${bench.name} · run ${run.id} · ${run.driver} · seed ${run.seed} · ${formatRunTime(run.startedAt, run.endedAt)}`,
    2,
    chalk.dim,
  );
  if (!run.complete)
    putWrapped('The run was cut short: what it did not reach is marked as not run.', 2, paint.inconclusive);
  for (const check of result.preflight.filter(({ ok }) => !ok)) putWrapped(`! ${check.text}`, 2, paint.error);

  put();
  for (const line of probeLines(result, paint, width)) put(line);

  const about = new Map(result.probes.map((probe) => [probe.id, probe]));
  const told = new Set<string>();
  const section = (title: string, cases: readonly CaseResult[], style: Paint) => {
    if (cases.length === 0) return;
    put();
    put(style(chalk.bold(`${title} (${cases.length})`)));
    for (const [probeId, group] of groupByProbe(cases)) {
      const probe = about.get(probeId);
      const failing = group.some((c) => c.outcome === 'fail');
      putWrapped((failing ? probe?.failureTitle : probe?.title) ?? group[0]?.title ?? probeId, 2, chalk.bold);
      if (probe && !told.has(probeId)) {
        told.add(probeId);
        putWrapped(probe.why, 4);
        putWrapped(`${probe.requirement.document} ${probe.requirement.clause}`, 4, chalk.dim);
      }
      for (const c of group.slice(0, casesShown)) {
        put(`    ${painted(paint, wordOf(c))}  ${plain(c.id)}`);
        putWrapped(c.reason, 6);
        for (const qualifier of c.qualifiers) putWrapped(qualifier, 6, paint.inconclusive);
      }
      if (group.length > casesShown)
        putWrapped(`and ${group.length - casesShown} more of ${probeId}`, 4, chalk.dim);
    }
  };
  const { cases } = result;
  section('What failed', cases.filter(isFailedMust), paint.fail);
  section('What could not be settled', cases.filter(isUnsettledMust), paint.inconclusive);
  section('Notes', cases.filter(isNote), paint.inconclusive);

  if (rows.length > 0 || none.length > 0) {
    put();
    put(chalk.bold('Measured'));
    const nameWidth = Math.max(0, ...rows.map(({ name }) => plain(name).length));
    for (const { name, value, interval } of rows) {
      const measured = interval === undefined ? value : `${value}, ${interval}`;
      if (nameWidth + measured.length + 4 <= width) put(`  ${plain(name).padEnd(nameWidth)}  ${measured}`);
      else putWrapped(`${name}: ${measured}`, 2);
    }
    if (none.length > 0) putWrapped(`0 in every case: ${none.join(', ')}`, 2);
  }

  if (bench.unseen.length > 0 || result.deselected.length > 0) put();
  if (bench.unseen.length > 0) put(chalk.bold('What this bench could not see'));
  for (const sentence of bench.unseen) putWrapped(`– ${sentence}`, 2);
  if (result.deselected.length > 0) {
    putWrapped(
      `${plural(result.deselected.length, 'case')} deselected, so not part of this verdict.`,
      2,
      chalk.dim,
    );
  }
  put();
  verdict();
  return `${lines.join('\n')}\n`;
}

/** One broken probe can fail hundreds of cases; the rest is in the report. */
const casesShown = 12;

function groupByProbe(cases: readonly CaseResult[]): Map<string, CaseResult[]> {
  const groups = new Map<string, CaseResult[]>();
  for (const c of cases) groups.set(c.probe, [...(groups.get(c.probe) ?? []), c]);
  return groups;
}

function painted(paint: Record<Tone, Paint>, { tone, symbol, word }: TonedWord): string {
  return paint[tone](`${symbol} ${word}`);
}

function probeLines(result: Result, paint: Record<Tone, Paint>, width: number): string[] {
  const groups = groupByProbe(result.cases);
  const nameWidth = Math.min(
    Math.max(0, ...[...groups.keys()].map((id) => id.length)),
    Math.floor(width / 2),
  );
  return [...groups].map(([id, cases]) => {
    const { tone, symbol } = worstWord(cases);
    const name = cut(plain(id), nameWidth).padEnd(nameWidth);
    return `${paint[tone](`${symbol} ${name}`)}  ${countsText(cases)}`;
  });
}

const toneOrder: readonly Tone[] = ['pass', 'fail', 'holds', 'holds-not', ...outcomes.slice(2)];

/** The part of a writable stream that progress needs; `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Progress {
  /** `total` cases are about to run. */
  begin(total: number): void;
  start(caseId: string, title: string): void;
  finish(caseId: string, outcome: Outcome, ms: number, level: Level): void;
  /** What the run is waiting for, outside or within a case. */
  wait(text: string): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

/**
 * One line that updates itself on a terminal, with a line that stays for everything that failed or could
 * not be settled; elsewhere (a log, a pipe) one plain line for every case. `color` defaults to what the stream allows.
 */
export function createProgress(
  stream: ProgressStream,
  color: boolean = stream.isTTY === true && !process.env.NO_COLOR,
): Progress {
  const paint = paints(new Chalk({ level: color ? 1 : 0 }));
  const live = stream.isTTY === true;
  const running = new Map<string, string>();
  const done = new Map<Tone, { symbol: string; count: number }>();
  let finished = 0;
  let total = 0;
  let waiting = '';

  const clear = () => live && stream.write('\r\x1b[2K');
  const draw = () => {
    if (!live) return;
    const seen = toneOrder.flatMap((tone) => {
      const entry = done.get(tone);
      return entry ? [{ tone, text: `${entry.symbol} ${entry.count}` }] : [];
    });
    const head = `${String(finished).padStart(String(total).length)}/${total}`;
    const headWidth = [head, ...seen.map(({ text }) => text)].join('  ').length;
    const [caseId, title] = [...running].at(-1) ?? [];
    const others = running.size > 1 ? ` (+${running.size - 1})` : '';
    const doing = waiting || (caseId === undefined ? '' : `${caseId}${others} · ${title}`);
    const room = (stream.columns ?? 80) - headWidth - 3;
    clear();
    stream.write(
      [
        head,
        ...seen.map(({ tone, text }) => paint[tone](text)),
        room > 8 ? cut(plain(doing), room) : '',
      ].join('  '),
    );
  };

  return {
    begin(cases) {
      total = cases;
      draw();
    },
    start(caseId, title) {
      running.set(caseId, title);
      waiting = '';
      draw();
    },
    finish(caseId, outcome, ms, level) {
      running.delete(caseId);
      waiting = '';
      finished += 1;
      const verdict = wordOf({ level, outcome });
      const { symbol, tone } = verdict;
      done.set(tone, { symbol, count: (done.get(tone)?.count ?? 0) + 1 });
      const line = `${painted(paint, verdict)}  ${plain(caseId)}  ${formatNs(ms * 1e6)}\n`;
      if (!live) stream.write(`${finished}/${total} ${line}`);
      else if (tone === 'fail' || tone === 'error' || tone === 'inconclusive') {
        clear();
        stream.write(line);
      }
      draw();
    },
    wait(text) {
      if (text === waiting) return;
      waiting = text;
      if (live) draw();
      else if (text) stream.write(`… ${plain(text)}\n`);
    },
    end() {
      clear();
      running.clear();
    },
  };
}
