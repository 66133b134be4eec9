/** The page of an entry: whether the device follows a takeover, what it costs where it doesn't, and who says so. */
import { diagnose } from '../diagnosis/diagnose.js';
import { type Entry, type HardwareList, outcomeLetters } from '../list/schema.js';
import { linkCases } from '../report/causes.js';
import { byChapter } from '../report/chapters.js';
import { sectionsOf } from '../report/device-view.js';
import { countsText, deviceName, isNote, verdictSentence, worstWord } from '../report/words.js';
import { confidenceSentences, meaningSentence, statusSentence } from './confidence-words.js';
import { conditionsText } from './device-row.js';
import { firmwareTimeline } from './firmware-timeline.js';
import type { Page } from './layout.js';
import { dayOf, listStatusWords, staleness } from './list-words.js';
import type { Merged } from './merged-cases.js';
import { badgePath, casePath, devicePath, linkTo, matrixPath, resultPath, runPath } from './paths.js';
import { anchorOf } from './run-pages.js';
import { partyText, standingWords } from './standing-words.js';
import { testedCase } from './tested-cases.js';
import { announcers, worksWith, worksWords } from './works-with.js';

export interface DeviceInput {
  readonly entry: Entry;
  /** All entries of the model, this one among them. */
  readonly relatives: readonly Entry[];
  readonly catalogue: HardwareList['catalogue'];
  readonly merged: Merged;
  /** The bundles of the entry that have pages. */
  readonly runs: ReadonlySet<string>;
  readonly now: string;
}

export function devicePage({ entry, relatives, catalogue, merged, runs, now }: DeviceInput): Page {
  const { device, status, confidence } = entry;
  const path = devicePath(entry);
  const ids = catalogue[device.kind] ?? [];
  const { cases, probes, runOf } = merged;
  const hrefOf = (id: string) => linkTo(path, resultOf(runOf.get(id), id, runs) ?? casePath(id));
  const sections = sectionsOf({ cases, probes, diagnoses: diagnose(cases) }, { anchorOf, hrefOf });
  const letters = answersOf(catalogue)(device.kind, entry.outcomes);
  const firmwares = firmwareTimeline(entry, relatives, ids);
  return {
    path,
    title: `${deviceName(device)} ${device.firmware}: ${listStatusWords[status].word}`,
    template: 'device',
    view: {
      name: deviceName(device),
      facts: [
        { term: 'kind', value: device.kind },
        ...(device.hardware === undefined ? [] : [{ term: 'hardware', value: device.hardware }]),
        { term: 'firmware', value: device.firmware },
        { term: 'conditions', value: conditionsText(device) || 'as it came' },
        { term: 'last tested', value: dayOf(confidence.lastTested) },
      ],
      ...listStatusWords[status],
      meaning: meaningSentence(entry) ?? null,
      sentence: statusSentence(entry) ?? verdictSentence({ cases, deselected: [] }),
      stale: staleness(entry, now) ?? null,
      newMusts: confidence.newMusts.map((id) => caseLink(id)),
      told: [sections.headline ?? [], runOf.size > 0 || sections.matrix ? sections.told : []].flat(),
      causes: sections.causes,
      failed: sections.failed,
      disputed: entry.disputed.map(({ id, pass, fail }) => ({
        ...caseLink(id),
        sides: [
          { word: 'Passed', runs: pass.map((run) => sideOf(entry, run, id, runs)) },
          { word: 'Failed', runs: fail.map((run) => sideOf(entry, run, id, runs)) },
        ],
      })),
      missing: entry.missing.map((id) => ({
        ...caseLink(id),
        reason: cases.find((c) => c.id === id)?.reason ?? null,
      })),
      costs: sections.notes,
      notes: notesOf(entry, cases).map((note) => linkCases(note, new Set(ids), hrefOf)),
      works: sections.compatibility.length > 0 ? sections.compatibility : worksLines(letters),
      matrix: sections.matrix,
      // Letters alone don't tell in which way a host followed.
      ways: runOf.size > 0 ? sections.ways : null,
      numbers: sections.numbers,
      measuredNone: sections.measuredNone,
      conditions: Object.entries(device.conditions).map(([term, value]) => ({ term, value })),
      firmwares: firmwares.length > 1 ? firmwares : null,
      confidence: confidenceSentences(entry, now),
      submissions: entry.submissions.map((submission) => ({
        ...submission,
        ...standingWords[submission.standing],
        tested: dayOf(submission.startedAt),
        party: partyText(submission),
        status: listStatusWords[submission.status],
        why: submission.why ?? null,
        isDimmed: submission.standing !== 'counted',
        page: runs.has(submission.path) ? runPath(submission.path) : null,
      })),
      levels: sections.levels,
      chapters: byChapter(probes, cases, ({ probe }) => probe).map(({ title, items }) => ({
        title,
        ...worstWord(items.filter(({ outcome }) => outcome !== 'not-applicable')),
        counts: countsText(items),
      })),
      newestRun: newestRun(entry, runs),
      matrixPath: matrixPath(device.kind),
      badge: { path: badgePath(entry, 'svg'), alt: `Badge: ${listStatusWords[status].word}` },
    },
    json: {
      now,
      stale: staleness(entry, now) ?? null,
      entry,
      cases: ids.map((id, i) => ({ id, outcome: outcomeNames.get(entry.outcomes.charAt(i)) ?? 'absent' })),
      firmwares: relatives.map(({ id, device: { firmware } }) => ({
        id,
        firmware,
        href: linkTo(path, devicePath({ id })),
      })),
      runs: [...runs].map((run) => ({ bundle: run, href: linkTo(path, runPath(run)) })),
    },
  };
}

const outcomeNames = new Map(
  Object.entries(outcomeLetters).map(([name, letter]) => [letter as string, name]),
);

/** Made once for a list. */
const answers = new WeakMap<HardwareList['catalogue'], ReturnType<typeof worksWith>>();

function answersOf(catalogue: HardwareList['catalogue']): ReturnType<typeof worksWith> {
  const made = answers.get(catalogue) ?? worksWith(catalogue);
  answers.set(catalogue, made);
  return made;
}

/** What the list notes besides what its cases tell themselves. */
const notesOf = ({ notes }: Entry, cases: Merged['cases']): string[] =>
  notes.filter((note) => !cases.some((c) => isNote(c) && note.startsWith(`${c.id}: `)));

const resultOf = (run: string | undefined, id: string, runs: ReadonlySet<string>): string | undefined =>
  run !== undefined && runs.has(run) ? resultPath(run, id) : undefined;

const caseLink = (id: string) => ({ id, title: testedCase(id).title, path: casePath(id) });

function sideOf({ submissions }: Entry, run: string, id: string, runs: ReadonlySet<string>) {
  const submission = submissions.find(({ path }) => path === run);
  return {
    party: submission ? `${partyText(submission)}, ${dayOf(submission.startedAt)}` : run,
    path: resultOf(run, id, runs) ?? null,
  };
}

function newestRun({ submissions }: Entry, runs: ReadonlySet<string>): string | null {
  const newest = submissions.find(({ path, standing }) => standing === 'counted' && runs.has(path));
  return newest ? runPath(newest.path) : null;
}

const workLabels = [
  ['P', 'Works with'],
  ['S', 'Only at times'],
  ['D', 'Disputed'],
  ['F', 'Not with'],
  ['I', 'Not settled'],
] as const;

/** Where the runs tell no more than letters. */
const worksLines = (letters: string) =>
  workLabels.flatMap(([letter, label]) => {
    const names = announcers.filter((_, i) => letters.charAt(i) === letter).map(({ name }) => name);
    const word = worksWords[letter];
    return names.length === 0 || !word ? [] : [{ ...word, label, names: names.join(', ') }];
  });
