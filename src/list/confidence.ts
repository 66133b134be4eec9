/** How far an entry is to be believed. */
import { byCodeUnit } from './canonical.js';
import { independentOf, type KinOf } from './kinship.js';
import { isSettled, type RunLetter } from './letters.js';
import type { BundleRecord } from './record.js';
import type { Entry } from './schema.js';
import { staleAfter } from './stale.js';
import type { MergedCase, Voice } from './voices.js';

type Confidence = Entry['confidence'];

export interface Weighed {
  /** Of the runs that count. */
  readonly voices: readonly Voice[];
  readonly musts: readonly MergedCase[];
  readonly newMusts: readonly string[];
  /** What a run says of a case. */
  readonly letterOf: (record: BundleRecord, caseId: string) => RunLetter;
  readonly kinOf: KinOf;
  /** Of the runs that count, or of all where none does: tells when it was tested where none settled a must. */
  readonly newest: BundleRecord;
}

export function confidenceOf(weighed: Weighed): Confidence {
  const { musts, newMusts, letterOf, kinOf, newest } = weighed;
  const settles = (record: BundleRecord) => musts.some(({ id }) => isSettled(letterOf(record, id)));
  // Who settled no must has shown nothing.
  const voices = weighed.voices.filter(({ records }) => records.some(settles));
  const records = voices.flatMap((voice) => voice.records.filter(settles));
  const lastTested = lastTestedOf({ ...weighed, voices }, records) ?? newest.startedAt;
  return {
    tier: tierOf(voices, musts, kinOf),
    parties: partiesOf(voices, kinOf).map((party) => party.map(({ name }) => name).join(' or ')),
    runs: independentOf(records, ({ path }) => marksOf(path, kinOf)).length,
    lastTested,
    staleAfter: staleAfter(lastTested),
    newMusts: [...newMusts],
  };
}

const marksOf = (path: string, kinOf: KinOf): readonly bigint[] => kinOf(path)?.marks ?? [];

/** Of all that a voice submitted. */
const marksOfVoice = ({ records }: Voice, kinOf: KinOf): ReadonlySet<bigint> =>
  new Set(records.flatMap(({ path }) => marksOf(path, kinOf)));

/** Whether two voices have evidence in common: nobody can tell whose it is, and a run that was copied reproduces nothing. */
function sharing(voices: readonly Voice[], kinOf: KinOf): (x: Voice, y: Voice) => boolean {
  const marks = new Map(voices.map((voice) => [voice, marksOfVoice(voice, kinOf)]));
  return (x, y) => [...(marks.get(x) ?? [])].some((mark) => marks.get(y)?.has(mark));
}

/** As many as share nothing with each other, each with those that share with it. */
function partiesOf(voices: readonly Voice[], kinOf: KinOf): Voice[][] {
  const isShared = sharing(voices, kinOf);
  return independentOf(voices, (voice) => marksOfVoice(voice, kinOf)).map((one) =>
    voices.filter((voice) => voice === one || isShared(one, voice)),
  );
}

/**
 * 0 nothing signed settles a must, 1 signed by one party, 2 shown by two independent ones, 3 one of them is the project. Another
 * party's run raises the tier only where it settled by itself what decides the entry: a run of one case reproduces nothing.
 */
function tierOf(voices: readonly Voice[], musts: readonly MergedCase[], kinOf: KinOf): Confidence['tier'] {
  if (voices.length === 0) return 0;
  const decisive = decisiveOf(musts);
  const settlesAll = (voice: Voice) =>
    decisive.length > 0 &&
    decisive.every(({ opinions }) =>
      opinions.some((opinion) => opinion.voice === voice && ['P', 'F', 'N'].includes(opinion.letter)),
    );
  const vouching = voices.filter(settlesAll);
  const isShared = sharing(vouching, kinOf);
  const isRepeated = (one: Voice) => vouching.some((other) => other !== one && !isShared(one, other));
  const isProject = ({ records }: Voice) => records.some(({ relation }) => relation === 'project');
  const repeated = vouching.filter(isRepeated);
  if (repeated.length === 0) return 1;
  return repeated.some(isProject) ? 3 : 2;
}

/** The musts that make the entry what it is: those that failed, else those in dispute, else all that passed. Slow ones are
 *  run by few. */
function decisiveOf(musts: readonly MergedCase[]): readonly MergedCase[] {
  const of = (letter: MergedCase['letter']) => musts.filter((c) => c.letter === letter);
  const [failed, disputed] = [of('F'), of('D')];
  if (failed.length > 0) return failed;
  return disputed.length > 0 ? disputed : of('P').filter(({ slow }) => !slow);
}

/**
 * Of each must that decides the entry, the newest run that shows what it stands for; of these, the oldest: a run of few cases
 * refreshes nothing. Where no must decides, the newest run.
 *
 * @param records that settled a must
 */
function lastTestedOf(
  { voices, musts, letterOf, kinOf }: Pick<Weighed, 'voices' | 'musts' | 'letterOf' | 'kinOf'>,
  records: readonly BundleRecord[],
): string | undefined {
  const times = testTimes(voices, kinOf);
  const newestOf = (some: readonly BundleRecord[]) =>
    some
      .flatMap((record) => times.get(record) ?? [])
      .sort(byCodeUnit)
      .at(-1);
  const ofEach = decisiveOf(musts).flatMap(
    ({ id, letter }) =>
      newestOf(records.filter((record) => shows[letter]?.includes(letterOf(record, id)))) ?? [],
  );
  return ofEach.sort(byCodeUnit)[0] ?? newestOf(records);
}

/** Letters of runs that show what a must stands for. */
const shows: Readonly<Partial<Record<MergedCase['letter'], string>>> = { P: 'P', F: 'FUK', D: 'PFUK' };

/** When each run's test began. Of a voice's runs that share evidence, the earliest time counts: its own copy refreshes nothing.
 *  Another's copy tells nothing of it, or whoever dates one back would make it stale. */
function testTimes(voices: readonly Voice[], kinOf: KinOf): ReadonlyMap<BundleRecord, string> {
  const times = new Map<BundleRecord, string>();
  const earlier = (x: string, y: string | undefined) => (y !== undefined && y < x ? y : x);
  for (const { records } of voices) {
    const earliest = new Map<bigint, string>();
    for (const { path, startedAt } of records)
      for (const mark of marksOf(path, kinOf)) earliest.set(mark, earlier(startedAt, earliest.get(mark)));
    for (const record of records) {
      const shared = marksOf(record.path, kinOf).map((mark) => earliest.get(mark));
      times.set(record, shared.reduce<string>(earlier, record.startedAt));
    }
  }
  return times;
}
