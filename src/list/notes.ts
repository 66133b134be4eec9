/** What an operator should know besides: a sentence each, and a reason for `compliant-with-notes`. */
import { relearnLimit } from '../result.js';
import type { BundleRecord } from './record.js';
import { listed } from './text.js';
import type { MergedCase } from './voices.js';

/** So many ids are told in a sentence. */
const told = 8;

const untold = 'the run’s page tells why';

export const reasonIn = ({ reasons }: BundleRecord, id: string): string => reasons[id] ?? untold;

export function notesOf(cases: readonly MergedCase[]): string[] {
  const ofCase = (c: MergedCase) =>
    c.level === 'must' ? mustNotes(c) : c.level === 'should' ? shouldNotes(c) : [];
  return [...cases.flatMap(ofCase), ...summaries(cases), ...lenientNotes(cases)];
}

function mustNotes({ id, letter, slow, opinions, unreproduced, contested }: MergedCase): string[] {
  const decisive = opinions.filter((opinion) => opinion.letter === letter);
  switch (letter) {
    case 'P': {
      const said = decisive.flatMap(({ by }) => by.qualifiers[id] ?? []);
      return [
        ...[...new Set(said)].map((qualifier) => `${id}: ${qualifier}`),
        ...unreproduced.map(({ path }) => `${id} failed in reports/${path}, which was not reproduced.`),
      ];
    }
    case 'I':
      if (contested.length > 0) {
        return contested.map(
          ({ path }) => `${id} failed in reports/${path}, and whose evidence that is, is open.`,
        );
      }
      return [`${id} is not settled: ${decisive[0] ? reasonIn(decisive[0].by, id) : untold}`];
    case 'X':
      return slow ? [] : [`${id} was left out of every run, and is a must.`];
    default:
      return [];
  }
}

function shouldNotes({ id, letter, opinions }: MergedCase): string[] {
  if (letter === 'D') return [`${id}: parties differ.`];
  const failed = opinions.find((opinion) => opinion.letter === 'F');
  return letter === 'F' && failed ? [`${id}: ${reasonIn(failed.by, id)}`] : [];
}

/** What nobody tried, in a sentence for each reason. */
function summaries(cases: readonly MergedCase[]): string[] {
  const say = (chosen: readonly MergedCase[], what: string) =>
    chosen.length === 0
      ? []
      : [
          `${what}: ${listed(
            chosen.map(({ id }) => id),
            told,
          )}.`,
        ];
  const open = cases.filter(({ letter }) => letter === 'X' || letter === '-');
  return [
    ...say(
      open.filter(({ level, slow, letter }) => level === 'must' && slow && letter === 'X'),
      'Left out of every run, since it is slow (it runs with --slow)',
    ),
    ...say(
      open.filter(({ level, letter }) => level === 'should' && letter === 'X'),
      'Left out of every run',
    ),
    ...say(
      cases.filter(({ level, letter }) => level === 'must' && letter === 'N'),
      'Not to be tried on any bench so far',
    ),
  ];
}

/** The limit is the submitter's choice: where a must passed only under one that is longer than usual, that is to be known. */
function lenientNotes(cases: readonly MergedCase[]): string[] {
  const passed = cases
    .filter(({ level, letter }) => level === 'must' && letter === 'P')
    .map(({ opinions }) => opinions.filter((opinion) => opinion.letter === 'P').map(({ by }) => by))
    .filter((runs) => runs.every(({ lenientMs }) => lenientMs !== undefined));
  return [...new Set(passed.flat())].map(
    ({ path, lenientMs }) =>
      `Tested with a limit of ${lenientMs} ms to relearn in reports/${path}: ${relearnLimit.usualMs} ms are usual.`,
  );
}
