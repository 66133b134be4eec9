/** How far an entry is to be believed. */
import { byCodeUnit } from './canonical.js';
import type { KinOf } from './kinship.js';
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
  readonly kinOf: KinOf;
  /** Of the device: tells when it was tested where no run counts. */
  readonly newest: BundleRecord;
}

export function confidenceOf({ voices, musts, newMusts, kinOf, newest }: Weighed): Confidence {
  const parties = partiesOf(voices, kinOf);
  const times = testTimes(
    voices.flatMap(({ records }) => records),
    kinOf,
  );
  const lastTested = times.at(-1) ?? newest.startedAt;
  return {
    tier: tierOf(parties, musts),
    parties: parties.map((party) => party.map(({ name }) => name).join(' or ')),
    runs: times.length,
    lastTested,
    staleAfter: staleAfter(lastTested),
    newMusts: [...newMusts],
  };
}

/** Voices that share evidence: nobody can tell whose it is, and a run that was copied reproduces nothing. */
type Party = readonly Voice[];

/** Voice by voice: whoever shares evidence with several parties makes them one. */
function partiesOf(voices: readonly Voice[], kinOf: KinOf): Party[] {
  const evidence = new Map(voices.map((voice) => [voice, new Set(voice.records.map(evidenceIn(kinOf)))]));
  const isShared = (x: Voice, y: Voice) =>
    [...(evidence.get(x) ?? [])].some((each) => evidence.get(y)?.has(each));
  return voices.reduce<Party[]>((parties, voice) => {
    const isKin = (party: Party) => party.some((other) => isShared(voice, other));
    return [...parties.filter((party) => !isKin(party)), [...parties.filter(isKin).flat(), voice]];
  }, []);
}

/** Names the evidence that a record is of: all that share it have the same. */
const evidenceIn =
  (kinOf: KinOf) =>
  ({ path }: BundleRecord): string =>
    kinOf(path)?.first.path ?? path;

/** When each of the tests began, in order. Of runs that share evidence, the earliest time is told: a copy refreshes nothing. */
function testTimes(records: readonly BundleRecord[], kinOf: KinOf): string[] {
  const times = new Map<string, string>();
  for (const record of records) {
    const test = evidenceIn(kinOf)(record);
    const known = times.get(test);
    if (known === undefined || record.startedAt < known) times.set(test, record.startedAt);
  }
  return [...times.values()].sort(byCodeUnit);
}

/**
 * 0 nothing signed counts, 1 signed by one party, 2 shown by two independent ones, 3 one of them is the project. Another
 * party's run raises the tier only where it settled by itself what decides the entry: a run of one case reproduces nothing.
 */
function tierOf(parties: readonly Party[], musts: readonly MergedCase[]): Confidence['tier'] {
  if (parties.length === 0) return 0;
  const decisive = decisiveOf(musts);
  const settles = (voice: Voice) =>
    decisive.length > 0 &&
    decisive.every(({ opinions }) =>
      opinions.some((opinion) => opinion.voice === voice && ['P', 'F', 'N'].includes(opinion.letter)),
    );
  const vouching = parties.filter((party) => party.some(settles));
  if (vouching.length < 2) return 1;
  const isProject = ({ records }: Voice) => records.some(({ relation }) => relation === 'project');
  return vouching.some((party) => party.every(isProject)) ? 3 : 2;
}

/** The musts that make the entry what it is: those that failed, else those in dispute, else all that passed. Slow ones are
 *  run by few. */
function decisiveOf(musts: readonly MergedCase[]): readonly MergedCase[] {
  const of = (letter: MergedCase['letter']) => musts.filter((c) => c.letter === letter);
  const [failed, disputed] = [of('F'), of('D')];
  if (failed.length > 0) return failed;
  return disputed.length > 0 ? disputed : of('P').filter(({ slow }) => !slow);
}
