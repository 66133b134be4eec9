/** How far an entry is to be believed. */

import type { Entry } from './schema.js';
import { staleAfter } from './stale.js';
import type { MergedCase, Voice } from './voices.js';

type Confidence = Entry['confidence'];

export interface Weighed {
  readonly voices: readonly Voice[];
  readonly musts: readonly MergedCase[];
  readonly newMusts: readonly string[];
  readonly lastTested: string;
}

export function confidenceOf({ voices, musts, newMusts, lastTested }: Weighed): Confidence {
  return {
    tier: tierOf(voices, musts),
    parties: voices.map(({ name }) => name),
    runs: voices.reduce((sum, { records }) => sum + records.length, 0),
    lastTested,
    staleAfter: staleAfter(lastTested),
    newMusts: [...newMusts],
  };
}

/**
 * 0 nothing signed counts, 1 signed by one party, 2 shown by two independent ones, 3 one of them is the project. Another
 * party's run raises the tier only where it settled by itself what decides the entry: a run of one case reproduces nothing.
 */
function tierOf(voices: readonly Voice[], musts: readonly MergedCase[]): Confidence['tier'] {
  if (voices.length === 0) return 0;
  const decisive = decisiveOf(musts);
  const settles = (voice: Voice) =>
    decisive.length > 0 &&
    decisive.every(({ opinions }) =>
      opinions.some((opinion) => opinion.voice === voice && ['P', 'F', 'N'].includes(opinion.letter)),
    );
  const vouching = voices.filter(settles);
  if (vouching.length < 2) return 1;
  return vouching.some(({ records }) => records.some(({ relation }) => relation === 'project')) ? 3 : 2;
}

/** The musts that make the entry what it is: those that failed, else those in dispute, else all that passed. Slow ones are
 *  run by few. */
function decisiveOf(musts: readonly MergedCase[]): readonly MergedCase[] {
  const of = (letter: MergedCase['letter']) => musts.filter((c) => c.letter === letter);
  const [failed, disputed] = [of('F'), of('D')];
  if (failed.length > 0) return failed;
  return disputed.length > 0 ? disputed : of('P').filter(({ slow }) => !slow);
}
