/** One page for a run, complete in itself: no script, nothing fetched, every text escaped. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { CaseResult, Result } from '../result.js';
import { levels } from '../result.js';
import { packageRoot } from '../root.js';
import { answerSentences, answersOf } from './advice.js';
import { announcementsOf, compatibilityLines, compatibilitySentence } from './announcements.js';
import { chaptersOf, leftOutOf } from './catalogue.js';
import { causesOf } from './causes.js';
import { comparisonOf } from './compare.js';
import { escapeMarkup, safeHref, stripControls } from './escape.js';
import { figuresOf } from './figures.js';
import { groupBy } from './group.js';
import { viewsBox, waysView } from './host-page.js';
import { measuredIn } from './measured.js';
import { drawPictures, type ReportInput } from './pictures.js';
import { problemTeller } from './problems.js';
import { caseView, checkWord, formatTime, levelRow } from './views.js';
import { waysOf } from './ways.js';
import {
  deviceFacts,
  deviceName,
  factsText,
  formatNs,
  formatRunTime,
  isFailedMust,
  isNote,
  isProblem,
  isUnsettledMust,
  statusWord,
  verdictSentence,
} from './words.js';

/** All pictures of a page together, in characters. Cases that did not pass have theirs first. */
const pictureBudget = 1_800_000;
/** Cases shown unfolded, the first problem of a probe each: a page on which everything failed can still be read. */
const openCases = 6;
/** A shorter page needs no table of contents. */
const manyCases = 12;

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
  const ordered = [...inputs]
    .sort((x, y) => emptiness(x) - emptiness(y))
    .map((input, i) => ({ ...input, anchorOf: anchorsWith(inputs.length > 1 ? `${i + 1}/` : '') }));
  for (const input of ordered) devices.push(await deviceView(input, input.anchorOf, budget));
  const names = ordered.map(({ result }) => deviceName(result.device)).join(', ');
  const html = page({
    title: `${names}: MAC address takeover`,
    style,
    styleHash: createHash('sha256').update(style).digest('base64'),
    several: devices.length > 1,
    comparison: comparisonOf(ordered) ?? null,
    devices,
    generatedAt: formatTime(options.generatedAt),
  });
  // Handlebars escaped every text; what no page may hold is left.
  return stripControls(html);
}

const anchorsWith = (prefix: string) => (id: string) => prefix + id.replace(/[^\w./-]/g, '-');

const emptiness = ({ result }: ReportInput) => Number(result.cases.length === 0);

let loaded: { page: (view: object) => string; style: string } | undefined;

const partials = [
  'device',
  'contents',
  'announcements',
  'ways',
  'compare',
  'figures',
  'chapter',
  'matrix',
  'case-table',
  'case',
  'problems',
  'entry',
];

function loadTemplates() {
  if (loaded) return loaded;
  const read = (name: string) => readFileSync(join(packageRoot, 'templates', name), 'utf8');
  const handlebars = Handlebars.create();
  for (const name of partials) handlebars.registerPartial(name, read(`${name}.hbs`));
  // Between backticks stands what is typed or written in a file.
  handlebars.registerHelper('prose', (text: string) => {
    return new Handlebars.SafeString(escapeMarkup(text).replace(/`([^`]+)`/g, '<code>$1</code>'));
  });
  loaded = { page: handlebars.compile(read('run.hbs'), { strict: true }), style: read('report.css') };
  return loaded;
}

async function deviceView(input: ReportInput, anchorOf: (id: string) => string, budget: { left: number }) {
  const { result } = input;
  const { cases, run } = result;
  const probes = new Map(result.probes.map((probe) => [probe.id, probe]));
  const pictures = await drawPictures(input, budget);
  const firstProblems = groupBy(cases.filter(isProblem), ({ probe }) => probe).map(([, [first]]) => first);
  const open = new Set(firstProblems.slice(0, openCases));
  const shown = (c: CaseResult) => ({
    ...caseView(c, probes.get(c.probe)),
    anchor: anchorOf(c.id),
    open: open.has(c),
    href: safeHref(input.evidenceHref(c.id)) ?? null,
    picture: pictures.get(c.id) ?? null,
  });

  const measured = measuredIn(cases);
  const figures = figuresOf(measured.rows, result.bench.limits ?? {}, {
    anchorOf,
    titleOf: (id) => probes.get(id)?.title ?? id,
  });
  const problems = problemTeller(probes, anchorOf);
  const section = <T>(title: string, items: readonly T[]) =>
    items.length === 0 ? null : { title, anchor: anchorOf(title.toLowerCase().replaceAll(' ', '-')), items };
  // In the order of the page, since what a probe's failure costs is told where it is met first.
  const found = causesOf(result, anchorOf);
  const causes = section(found.length === 1 ? 'Likely cause' : 'Likely causes', found);
  const failed = section('What failed', problems(cases.filter(isFailedMust)));
  const unsettled = section('What could not be settled', problems(cases.filter(isUnsettledMust)));
  const notes = section('Notes', problems(cases.filter(isNote)));
  const announcements = announcementsOf(cases, anchorOf);
  const matrix = section('Announcements', announcements ? [announcements] : []);
  const answers = answersOf(waysOf(cases));
  const ways = section('Announcements', answers.length > 0 ? [waysView(answers, anchorOf)] : []);
  const numbers = section('What was measured', figures);
  const chapters = section('Every case', chaptersOf(result, anchorOf, shown));
  const sections = [causes, failed, unsettled, notes, matrix, ways, numbers, chapters];

  return {
    anchor: anchorOf('verdict'),
    name: deviceName(result.device),
    facts: deviceFacts(result.device),
    factsText: factsText(result.device),
    ...statusWord(result),
    sentence: verdictSentence(result),
    headline: measured.headline ?? null,
    told: [compatibilitySentence(cases) ?? [], answerSentences(answers)].flat(),
    incomplete: !run.complete,
    failedChecks: result.preflight.filter(({ ok }) => !ok).map(({ text }) => text),
    contents:
      cases.length > manyCases
        ? { sections: sections.filter((entry) => entry !== null), chapters: chapters?.items ?? [] }
        : null,
    ...{ causes, failed, unsettled, notes, matrix, ways, numbers, chapters },
    views: viewsBox(cases, anchorOf),
    compatibility: compatibilityLines(cases),
    measuredNone: measured.none.join(', '),
    levels: levels.flatMap((level) => levelRow(level, cases)),
    unseen: result.bench.unseen,
    leftOut: leftOutOf(result.deselected),
    ...instrumentView(result),
  };
}

/** What the device was tested with. */
function instrumentView({ bench, run, suite, environment, preflight }: Result) {
  return {
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
      ...Object.entries(environment).map(([term, value]) => ({ term, value })),
    ],
    ports: bench.ports.map((port) => ({
      name: port.name,
      nic: port.nic,
      driver: port.driver,
      stamps: `${port.kernelTimestamps ? 'kernel' : 'process'}, ±${formatNs(port.timestampErrorNs)}`,
    })),
    preflight: preflight.map(({ ok, text }) => ({ ...checkWord(ok), text })),
  };
}
