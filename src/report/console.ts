/** What an operator reads in the terminal when a run is over. */
import { Chalk } from 'chalk';
import type { CaseResult, Result } from '../result.js';
import { answersOf } from './advice.js';
import { compatibilityLines } from './announcements.js';
import { groupBy } from './group.js';
import { measuredIn } from './measured.js';
import { cut, type Paint, painted, paints, plain, wrap } from './paint.js';
import { probeChapters } from './probe-lines.js';
import { entriesOf } from './problems.js';
import { viewsSummary } from './two-views.js';
import { waysOf } from './ways.js';
import {
  deviceName,
  factsText,
  formatRunTime,
  isFailedMust,
  isNote,
  isUnsettledMust,
  plural,
  statusWord,
  verdictSentence,
  wordOf,
} from './words.js';

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

  const putProbes = () => {
    const longest = Math.max(0, ...result.cases.map(({ probe }) => probe.length));
    const nameWidth = Math.min(longest, Math.floor(width / 2));
    for (const { title, lines: probes, idle } of probeChapters(result)) {
      if (title) put(chalk.bold(title));
      for (const { id, word: said, counts } of probes) {
        const name = cut(plain(id), nameWidth).padEnd(nameWidth);
        put(`${paint[said.tone](`${said.symbol} ${name}`)}  ${counts}`);
      }
      for (const sentence of idle) putWrapped(`– ${sentence}`, 0, chalk.dim);
    }
  };

  verdict();
  putWrapped(verdictSentence(result), 2);
  // A run with --grep may leave a device out: no more need be said of it.
  if (result.cases.length === 0) return `${lines.join('\n')}\n`;
  const { headline, rows, none } = measuredIn(result.cases);
  if (headline !== undefined) putWrapped(headline, 2);
  const views = viewsSummary(result.cases);
  for (const sentence of views ? [views.sentence ?? '', ...views.unseen] : []) putWrapped(sentence, 2);
  if (views && views.disagreeing.length > 0) {
    const ids = views.disagreeing.map(({ id }) => id);
    const rest = ids.length > entriesShown ? ` and ${ids.length - entriesShown} more` : '';
    putWrapped(`≠ ${ids.slice(0, entriesShown).join(', ')}${rest}`, 4, paint.inconclusive);
  }
  for (const { symbol, label, names } of compatibilityLines(result.cases))
    putWrapped(`${symbol} ${label}: ${names}`, 2);
  for (const { title, sentence, change } of answersOf(waysOf(result.cases))) {
    putWrapped(`${title}: ${sentence}.`, 2);
    if (change !== undefined) putWrapped(`→ ${change}`, 4);
  }
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
  putProbes();

  const about = new Map(result.probes.map((probe) => [probe.id, probe]));
  const told = new Set<string>();
  const section = (title: string, cases: readonly CaseResult[], style: Paint) => {
    if (cases.length === 0) return;
    put();
    put(style(chalk.bold(`${title} (${cases.length})`)));
    for (const [probeId, group] of groupBy(cases, (c) => c.probe)) {
      const probe = about.get(probeId);
      const failing = group.some((c) => c.outcome === 'fail');
      putWrapped((failing ? probe?.failureTitle : probe?.title) ?? group[0]?.title ?? probeId, 2, chalk.bold);
      if (probe && !told.has(probeId)) {
        told.add(probeId);
        putWrapped(probe.why, 4);
        putWrapped(`${probe.requirement.document} ${probe.requirement.clause}`, 4, chalk.dim);
      }
      const entries = entriesOf(group);
      for (const { cases: alike, reason, qualifiers } of entries.slice(0, entriesShown)) {
        const [c] = alike;
        if (!c) continue;
        const several = alike.length > 1;
        put(`    ${painted(paint, wordOf(c))}  ${plain(several ? `${alike.length} of ${probeId}` : c.id)}`);
        if (several)
          putWrapped(alike.map(({ id }) => id.slice(probeId.length + 1)).join(', '), 6, chalk.bold);
        putWrapped(reason, 6);
        for (const qualifier of qualifiers) putWrapped(qualifier, 6, paint.inconclusive);
      }
      const rest = entries.slice(entriesShown).flatMap((entry) => entry.cases);
      if (rest.length > 0) putWrapped(`and ${rest.length} more of ${probeId}`, 4, chalk.dim);
    }
  };
  const { cases } = result;
  section('What failed', cases.filter(isFailedMust), paint.fail);
  section('What could not be settled', cases.filter(isUnsettledMust), paint.inconclusive);
  section('Notes', cases.filter(isNote), paint.inconclusive);

  const { diagnoses = [] } = result;
  if (diagnoses.length > 0) {
    put();
    put(chalk.bold(diagnoses.length === 1 ? 'Likely cause' : 'Likely causes'));
    for (const { title, evidence, change } of diagnoses) {
      putWrapped(title, 2, chalk.bold);
      for (const text of evidence) putWrapped(`– ${text}`, 4);
      putWrapped(`→ ${change}`, 4);
    }
  }

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
const entriesShown = 12;
