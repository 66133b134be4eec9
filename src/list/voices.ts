/** What each independent voice says of a case, and what all say together. */
import { byCodeUnit } from './canonical.js';
import type { CatalogueCase } from './catalogue.js';
import { isFailure, type RunLetter } from './letters.js';
import type { BundleRecord } from './record.js';

/** Runs that count as one opinion: a vendor's own, and those of the labs that it paid. */
export interface Voice {
  readonly name: string;
  /** The newest first. */
  readonly records: readonly BundleRecord[];
}

/** A voice on a case, and the run that decides what it says. */
export interface Opinion {
  readonly letter: 'P' | 'F' | 'I' | 'N' | 'X' | '-';
  readonly voice: Voice;
  readonly by: BundleRecord;
}

/** A case as all voices together show it. `D`: they differ. */
export interface MergedCase extends CatalogueCase {
  readonly letter: Opinion['letter'] | 'D';
  readonly opinions: readonly Opinion[];
  /** Runs in which it failed, although it stands as passed. */
  readonly unreproduced: readonly BundleRecord[];
  /** Runs in which it failed, and of which nobody knows yet whether they are of this device. */
  readonly contested: readonly BundleRecord[];
}

/** The newest run first; whatever is left of the order is settled without the names of folders, as far as possible. */
export function newestFirst(x: BundleRecord, y: BundleRecord): number {
  return (
    byCodeUnit(y.startedAt, x.startedAt) ||
    byCodeUnit(y.createdAt, x.createdAt) ||
    byCodeUnit(x.run, y.run) ||
    byCodeUnit(x.evidence, y.evidence) ||
    byCodeUnit(x.path, y.path)
  );
}

/** So that `ACME ` is no second voice beside `Acme`. */
export const voiceKey = (name: string): string =>
  name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** @param counted the newest first. */
export function voicesOf(counted: readonly BundleRecord[]): Voice[] {
  const byKey = new Map<string, BundleRecord[]>();
  for (const record of counted) {
    const key = voiceKey(record.voice);
    byKey.set(key, [...(byKey.get(key) ?? []), record]);
  }
  return [...byKey]
    .sort(([x], [y]) => byCodeUnit(x, y))
    .map(([, records]) => ({
      name: records.map(({ voice }) => voice.trim()).sort(byCodeUnit)[0] ?? '',
      records,
    }));
}

/** Merges a case; `letterOf` gives what a run says of it. This is done for each case of each device.
 *
 * @param contestedRuns whose evidence parties submitted for different devices: what passed in them counts for nothing, but who
 *   claims a failed run for another device must not make this one compliant */
export function mergeCase(
  { id, level, slow }: CatalogueCase,
  voices: readonly Voice[],
  contestedRuns: readonly BundleRecord[],
  letterOf: (record: BundleRecord) => RunLetter,
): MergedCase {
  const opinions = voices.map((voice) => opinionOf(voice, letterOf, level === 'must'));
  const contested = contestedRuns.filter((record) => isFailure(letterOf(record)));
  const settled = together(opinions);
  const letter = settled === 'P' && contested.length > 0 ? 'I' : settled;
  const unreproduced =
    letter === 'P' ? voices.flatMap(({ records }) => records.filter((r) => isFailure(letterOf(r)))) : [];
  return { id, level, slow, letter, opinions, unreproduced, contested };
}

/** What a voice's runs say, from what weighs most to what weighs least. */
const weights = ['PFUK', 'IN', 'X', '-'] as const;

/**
 * A must that failed reproducibly has failed, however often it passed. Otherwise the newest run counts that settled the
 * case, and where none did, the newest that says anything of it.
 */
function opinionOf(voice: Voice, letterOf: (record: BundleRecord) => RunLetter, must: boolean): Opinion {
  const letters = voice.records.map(letterOf);
  const failed = must ? reproducible(letters) : -1;
  const weight = weights.find((some) => letters.some((letter) => some.includes(letter))) ?? '-';
  const decisive = failed >= 0 ? failed : letters.findIndex((letter) => weight.includes(letter));
  const [by, letter] = [voice.records[decisive], letters[decisive]];
  if (!by || !letter) throw new Error('A voice has at least one run.');
  return { letter: letter === 'U' || letter === 'K' ? 'F' : letter, voice, by };
}

/** The newest run that shows a reproducible failure; -1: none does. One accident may explain a single failure, but hardly
 *  two in two runs. */
function reproducible(letters: readonly RunLetter[]): number {
  const failed = letters.indexOf('F');
  if (failed >= 0) return failed;
  const doubted = letters.indexOf('U');
  return doubted >= 0 && letters.includes('U', doubted + 1) ? doubted : -1;
}

/** What is open in one opinion and known in another is known. */
const strongest = ['F', 'P', 'I', 'N', 'X'] as const;

/** Opposite opinions are a dispute, whoever and however many hold them. */
function together(opinions: readonly Opinion[]): MergedCase['letter'] {
  const some = (letter: Opinion['letter']) => opinions.some((opinion) => opinion.letter === letter);
  if (some('P') && some('F')) return 'D';
  return strongest.find(some) ?? '-';
}
