/** What the console and the page show of a survey, in the same words. */
import type { Behaviour, Column, Segment, Survey, SurveyedHost, Verdict } from '../survey/result.js';
import type { Tone, TonedWord } from './words.js';

/** Worst first, as hosts are listed. */
export const verdictOrder: readonly Verdict[] = ['misses', 'partly', 'unjudged', 'follows'];

export const surveyWords: Readonly<Record<Verdict, TonedWord>> = {
  misses: { symbol: '✗', word: 'misses', tone: 'fail' },
  partly: { symbol: '~', word: 'follows some', tone: 'inconclusive' },
  unjudged: { symbol: '?', word: 'can’t be judged', tone: 'not-run' },
  follows: { symbol: '✓', word: 'follows', tone: 'pass' },
};

export interface Cell {
  readonly symbol: string;
  readonly tone: Tone;
  readonly text: string;
}

/** A host that changes on what must change nothing is as wrong as one that ignores a takeover. */
export function cellOf({ kind }: Pick<Column, 'kind'>, behaviour: Behaviour | undefined): Cell {
  const text = behaviour?.text ?? 'not seen';
  const belief = behaviour?.belief ?? null;
  const follows = belief === 'new' || belief === 'asked';
  if (belief === null || (!follows && belief !== 'old')) return { symbol: '·', tone: 'not-run', text };
  if (kind === 'unknown') return { symbol: belief === 'new' ? '●' : '○', tone: 'holds', text };
  if (kind === 'harmless')
    return follows ? { symbol: '✗', tone: 'fail', text } : { symbol: '✓', tone: 'pass', text };
  if (!follows) return { symbol: '✗', tone: 'fail', text };
  return { symbol: belief === 'asked' ? '↻' : '✓', tone: 'pass', text };
}

export const cellsOf = ({ columns }: Pick<Segment, 'columns'>, { behaviours }: SurveyedHost): Cell[] =>
  columns.map((column) =>
    cellOf(
      column,
      behaviours.find(({ stimulus }) => stimulus === column.id),
    ),
  );

/** Worst first, then by address. */
export function orderedHosts({ hosts }: Pick<Segment, 'hosts'>): SurveyedHost[] {
  return verdictOrder.flatMap((verdict) => hosts.filter((host) => host.verdict === verdict));
}

export const cellLegend =
  '✓ sends to the new owner; ↻ asks again; ✗ stays with the old owner; ○ creates no entry; ● creates one; a dot: not seen. ' +
  'For what must change nothing: ✓ unchanged, ✗ changed.';

export const echoText = ({ echoMs }: SurveyedHost): string =>
  echoMs === null ? 'no echo' : echoMs < 9.95 ? `${echoMs.toFixed(1)} ms` : `${Math.round(echoMs)} ms`;

export const fingerprintText = ({ fingerprint }: SurveyedHost): string | undefined =>
  fingerprint === undefined ? undefined : (fingerprint?.guess ?? 'no response');

export const hasFingerprints = ({ hosts }: Pick<Segment, 'hosts'>): boolean =>
  hosts.some(({ fingerprint }) => fingerprint !== undefined);

export function rateText({ rate }: Survey): string {
  return `${rate.sent} frames sent, ${rate.busiest} in the busiest second, ${rate.limit} a second at most`;
}
