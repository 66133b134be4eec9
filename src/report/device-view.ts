/** What a page shows of a device: verdict, causes, what failed, what was measured, and every case. */
import type { CaseResult, Diagnosis, ProbeInfo, Result } from '../result.js';
import { levels } from '../result.js';
import { answerSentences, answersOf } from './advice.js';
import { announcementsOf, compatibilityLines, compatibilitySentence } from './announcements.js';
import { chaptersOf, leftOutOf } from './catalogue.js';
import { causesOf } from './causes.js';
import { figuresOf, type HeldAgainst } from './figures.js';
import { viewsBox, waysView } from './host-page.js';
import type { Links } from './links.js';
import { measuredIn } from './measured.js';
import { problemTeller } from './problems.js';
import { checkWord, formatTime, levelRow } from './views.js';
import { waysOf } from './ways.js';
import {
  deviceFacts,
  deviceName,
  factsText,
  formatNs,
  formatRunTime,
  isFailedMust,
  isNote,
  isUnsettledMust,
  statusWord,
  verdictSentence,
} from './words.js';

/** A shorter page needs no table of contents. */
const manyCases = 12;

/** What is told: a run's cases, or those of several runs together. */
export interface Told {
  readonly cases: readonly CaseResult[];
  readonly probes: readonly ProbeInfo[];
  readonly diagnoses?: readonly Diagnosis[];
  readonly limits?: HeldAgainst | undefined;
}

/** The sections of a device's page, null where there is nothing to tell. */
export function sectionsOf(
  { cases, probes, diagnoses = [], limits = {} }: Told,
  { anchorOf, hrefOf }: Links,
) {
  const about = new Map(probes.map((probe) => [probe.id, probe]));
  const measured = measuredIn(cases);
  const figures = figuresOf(measured.rows, limits, {
    hrefOf,
    titleOf: (id) => about.get(id)?.title ?? id,
  });
  const problems = problemTeller(about, hrefOf);
  const section = sectionsWith(anchorOf);
  // In the order of the page, since what a probe's failure costs is told where it is met first.
  const found = causesOf({ diagnoses, cases }, hrefOf);
  const causes = section(found.length === 1 ? 'Likely cause' : 'Likely causes', found);
  const failed = section('What failed', problems(cases.filter(isFailedMust)));
  const unsettled = section('What could not be settled', problems(cases.filter(isUnsettledMust)));
  const notes = section('Notes', problems(cases.filter(isNote)));
  const announcements = announcementsOf(cases, hrefOf);
  const matrix = section('Announcements', announcements ? [announcements] : []);
  const answers = answersOf(waysOf(cases));
  const ways = section('Announcements', answers.length > 0 ? [waysView(answers, hrefOf)] : []);
  const numbers = section('What was measured', figures);
  return {
    headline: measured.headline ?? null,
    told: [compatibilitySentence(cases) ?? [], answerSentences(answers)].flat(),
    ...{ causes, failed, unsettled, notes, matrix, ways, numbers },
    compatibility: compatibilityLines(cases),
    measuredNone: measured.none.join(', '),
    levels: levels.flatMap((level) => levelRow(level, cases)),
  };
}

const sectionsWith =
  (anchorOf: Links['anchorOf']) =>
  <T>(title: string, items: readonly T[]) =>
    items.length === 0 ? null : { title, anchor: anchorOf(title.toLowerCase().replaceAll(' ', '-')), items };

/** A run's page; `shown` is a case by itself. */
export function deviceView<View>(result: Result, links: Links, shown: (c: CaseResult) => View) {
  const { cases, probes, run, bench, diagnoses } = result;
  const sections = sectionsOf(
    { cases, probes, limits: bench.limits, ...(diagnoses && { diagnoses }) },
    links,
  );
  const { causes, failed, unsettled, notes, matrix, ways, numbers } = sections;
  const chapters = sectionsWith(links.anchorOf)('Every case', chaptersOf({ cases, probes }, links, shown));
  const told = [causes, failed, unsettled, notes, matrix, ways, numbers, chapters];
  return {
    anchor: links.anchorOf('verdict'),
    name: deviceName(result.device),
    facts: deviceFacts(result.device),
    factsText: factsText(result.device),
    ...statusWord(result),
    sentence: verdictSentence(result),
    ...sections,
    chapters,
    incomplete: !run.complete,
    failedChecks: result.preflight.filter(({ ok }) => !ok).map(({ text }) => text),
    contents:
      cases.length > manyCases
        ? { sections: told.filter((entry) => entry !== null), chapters: chapters?.items ?? [] }
        : null,
    views: viewsBox(cases, links.hrefOf),
    unseen: bench.unseen,
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
