/** One page for a run, complete in itself: no script, nothing fetched, every text escaped. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { CaseResult, Finding, Level, Measurement, ProbeInfo } from '../result.js';
import { levels, outcomes } from '../result.js';
import { packageRoot } from '../root.js';
import { safeHref, safeLink, stripControls } from './escape.js';
import { measuredIn } from './measured.js';
import { overviewOf } from './overview.js';
import { drawPictures, type ReportInput } from './pictures.js';
import {
  countOutcomes,
  countsText,
  deviceFacts,
  deviceName,
  factsText,
  formatCount,
  formatMeasurement,
  formatNs,
  formatRunTime,
  holdsNotWord,
  holdsWord,
  isFailedMust,
  isJudged,
  isNote,
  isProblem,
  isUnsettledMust,
  levelWords,
  outcomeWords,
  plural,
  statusWord,
  type TonedWord,
  verdictSentence,
  wordOf,
} from './words.js';

/** All pictures of a page together, in characters. Cases that did not pass have theirs first. */
const pictureBudget = 2_000_000;
/** Cases shown unfolded, so that a page on which everything failed still opens at once. */
const openCases = 12;

/**
 * Renders the page. Rejects only where `recordingOf` rejects.
 * @param options.generatedAt the moment that the page names as its own, ISO 8601
 */
export async function renderHtml(
  inputs: readonly ReportInput[],
  options: { generatedAt: string },
): Promise<string> {
  const { page, style } = loadTemplates();
  const budget = { left: pictureBudget };
  const devices = [];
  // A device that no case was selected for, has nothing to show.
  const ordered = [...inputs].sort((x, y) => emptiness(x) - emptiness(y));
  for (const [i, input] of ordered.entries()) {
    devices.push(await deviceView(input, inputs.length > 1 ? `${i + 1}/` : '', budget));
  }
  const names = ordered.map(({ result }) => deviceName(result.device)).join(', ');
  const html = page({
    title: `${names}: MAC address takeover`,
    style,
    styleHash: createHash('sha256').update(style).digest('base64'),
    several: devices.length > 1,
    devices,
    generatedAt: formatTime(options.generatedAt),
  });
  // Handlebars escaped every text; what no page may hold is left.
  return stripControls(html);
}

const emptiness = ({ result }: ReportInput) => Number(result.cases.length === 0);

let loaded: { page: (view: object) => string; style: string } | undefined;

function loadTemplates() {
  if (loaded) return loaded;
  const read = (name: string) => readFileSync(join(packageRoot, 'templates', name), 'utf8');
  const handlebars = Handlebars.create();
  for (const name of ['device', 'matrix', 'case', 'problems'])
    handlebars.registerPartial(name, read(`${name}.hbs`));
  loaded = { page: handlebars.compile(read('run.hbs'), { strict: true }), style: read('report.css') };
  return loaded;
}

async function deviceView(input: ReportInput, prefix: string, budget: { left: number }) {
  const { result } = input;
  const { cases, run, bench, suite } = result;
  const probes = new Map(result.probes.map((probe) => [probe.id, probe]));
  const anchorOf = (id: string) => prefix + id.replace(/[^\w./-]/g, '-');
  const pictures = await drawPictures(input, budget);
  const open = new Set(cases.filter(isProblem).slice(0, openCases));
  const shown = (c: CaseResult) => ({
    ...caseView(c, probes.get(c.probe)),
    anchor: anchorOf(c.id),
    open: open.has(c),
    href: safeHref(input.evidenceHref(c.id)) ?? null,
    picture: pictures.get(c.id) ?? null,
  });

  const measured = measuredIn(cases);

  // What a probe's failure costs is told once, where it is met first.
  const told = new Set<string>();
  const problems = (chosen: readonly CaseResult[]) =>
    byProbe(chosen).map(([id, group]) => {
      const probe = probes.get(id);
      const failing = group.some((c) => c.outcome === 'fail');
      const first = !told.has(id);
      told.add(id);
      return {
        heading: (failing ? probe?.failureTitle : probe?.title) ?? group[0]?.title ?? id,
        why: (first && probe?.why) || null,
        failing,
        clause: clauseView(probe),
        cases: group.map((c) => ({
          ...wordOf(c),
          id: c.id,
          href: anchorOf(c.id),
          reason: c.reason,
          qualifiers: c.qualifiers,
        })),
      };
    });

  return {
    anchor: anchorOf('verdict'),
    name: deviceName(result.device),
    facts: deviceFacts(result.device),
    factsText: factsText(result.device),
    ...statusWord(result),
    sentence: verdictSentence(result),
    headline: measured.headline ?? null,
    incomplete: !run.complete,
    failedChecks: result.preflight.filter(({ ok }) => !ok).map(({ text }) => text),
    levels: levels.flatMap((level) => levelRow(level, cases)),
    measured: measured.rows.map((row) => ({
      ...row,
      interval: row.interval ?? null,
      href: anchorOf(row.caseId),
    })),
    measuredNone: measured.none.join(', '),
    failed: problems(cases.filter(isFailedMust)),
    unsettled: problems(cases.filter(isUnsettledMust)),
    notes: problems(cases.filter(isNote)),
    probes: byProbe(cases).map(([id, group]) => ({
      id,
      title: probes.get(id)?.title ?? group[0]?.title ?? id,
      counts: countsText(group),
      ...overviewOf(group, anchorOf, shown),
    })),
    unseen: bench.unseen,
    deselected: result.deselected,
    deselectedCount: plural(result.deselected.length, 'case'),
    instrument: [
      { term: 'Bench', value: bench.name },
      { term: 'Run', value: run.id },
      { term: 'Started', value: formatTime(run.startedAt) },
      { term: 'Took', value: formatRunTime(run.startedAt, run.endedAt) },
      { term: 'Driver', value: run.driver },
      { term: 'Seed', value: String(run.seed) },
      { term: 'Repeats', value: String(run.repeat) },
      { term: 'Suite', value: suite.version },
      { term: 'Catalogue', value: suite.catalogueDigest.slice(0, 16) },
      ...Object.entries(result.environment).map(([term, value]) => ({ term, value })),
    ],
    ports: bench.ports.map((port) => ({
      name: port.name,
      nic: port.nic,
      driver: port.driver,
      stamps: `${port.kernelTimestamps ? 'kernel' : 'process'}, ±${formatNs(port.timestampErrorNs)}`,
    })),
    preflight: result.preflight.map(({ ok, text }) => ({ ...checkWord(ok), text })),
  };
}

const checkWord = (ok: boolean): TonedWord => wordOf({ level: 'must', outcome: ok ? 'pass' : 'fail' });

function byProbe(cases: readonly CaseResult[]): [string, CaseResult[]][] {
  const groups = new Map<string, CaseResult[]>();
  for (const c of cases) {
    const group = groups.get(c.probe);
    if (group) group.push(c);
    else groups.set(c.probe, [c]);
  }
  return [...groups];
}

function levelRow(level: Level, cases: readonly CaseResult[]) {
  const chosen = cases.filter((c) => c.level === level);
  if (chosen.length === 0) return [];
  const counts = countOutcomes(chosen);
  return [
    {
      level,
      meaning: levelWords[level],
      total: formatCount(chosen.length),
      counts: outcomes
        .filter((outcome) => counts[outcome] > 0)
        .map((outcome) => {
          const said = wordOf({ level, outcome });
          const word =
            counts[outcome] === 1 ? said.word : said.word.replace('holds', 'hold').replace('does', 'do');
          return { ...said, word, count: formatCount(counts[outcome]) };
        }),
    },
  ];
}

function clauseView(probe: ProbeInfo | undefined) {
  if (!probe) return null;
  const { document, clause, link } = probe.requirement;
  return { text: `${document} ${clause}`.trim(), link: safeLink(link) ?? null };
}

/** What does not hold is a failure only where the case failed by it. */
function findingView({ holds, text }: Finding, { level, outcome }: CaseResult) {
  if (holds === null)
    return {
      ...outcomeWords['not-applicable'],
      tone: 'not-applicable',
      word: 'not visible on this bench',
      text,
    };
  const { word } = holds ? holdsWord : holdsNotWord;
  if (isJudged(level) && (holds || outcome === 'fail')) return { ...checkWord(holds), word, text };
  return { ...(holds ? holdsWord : holdsNotWord), text };
}

function measurementView(m: Measurement) {
  const { value, interval = null } = formatMeasurement(m);
  return { name: m.name, value, interval };
}

function caseView(c: CaseResult, probe: ProbeInfo | undefined) {
  return {
    ...wordOf(c),
    id: c.id,
    title: c.title,
    level: c.level,
    reason: c.reason,
    why: probe?.why ?? null,
    clause: clauseView(probe),
    expected: c.expected || null,
    observed: c.observed || null,
    findings: c.findings.map((finding) => findingView(finding, c)),
    measurements: c.measurements.map(measurementView),
    qualifiers: c.qualifiers,
    attempts: c.attempts.map((attempt, i) => ({
      ...wordOf({ level: c.level, outcome: attempt.outcome }),
      number: i + 1,
      reason: attempt.reason === c.reason ? null : attempt.reason,
      startedAt: formatTime(attempt.startedAt),
      took: formatNs(attempt.durationMs * 1e6),
      digest: attempt.evidence?.capture.sha256.slice(0, 16) ?? null,
    })),
  };
}

/** `2025-11-20 14:03:07 UTC`; what is no date stands as it was given. */
function formatTime(iso: string): string {
  const ms = Date.parse(iso);
  if (!Number.isFinite(ms)) return iso;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
