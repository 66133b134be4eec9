/** Words, symbols and colours for what the list says; what a run says has its own in report/words.ts. */
import type { Entry, ListStatus } from '../list/schema.js';
import { outcomeLetters } from '../list/schema.js';
import {
  holdsNotWord,
  holdsWord,
  isJudged,
  outcomeWords,
  statusWords,
  type TonedWord,
} from '../report/words.js';
import type { Level } from '../result.js';

export const listStatusWords: Readonly<Record<ListStatus, TonedWord>> = {
  ...statusWords,
  disputed: { symbol: '≠', word: 'Disputed', tone: 'error' },
  untested: { symbol: '·', word: 'Untested', tone: 'not-run' },
  withdrawn: { symbol: '–', word: 'Withdrawn', tone: 'not-applicable' },
};

const absentWord: TonedWord = { symbol: '·', word: 'not tested', tone: 'not-run' };

/** For each letter of `outcomes`, of what is judged (must, should). */
export const letterWords: Readonly<Record<string, TonedWord>> = {
  [outcomeLetters.pass]: { ...outcomeWords.pass, tone: 'pass' },
  [outcomeLetters.fail]: { ...outcomeWords.fail, tone: 'fail' },
  [outcomeLetters.disputed]: { symbol: '≠', word: 'disputed', tone: 'error' },
  [outcomeLetters.inconclusive]: { ...outcomeWords.inconclusive, tone: 'inconclusive' },
  [outcomeLetters['not-applicable']]: { ...outcomeWords['not-applicable'], tone: 'not-applicable' },
  [outcomeLetters.absent]: absentWord,
};

/** The same for a level that is not judged: it can't fail, but holds or does not. */
export const toldLetterWords: Readonly<Record<string, TonedWord>> = {
  ...letterWords,
  [outcomeLetters.pass]: holdsWord,
  [outcomeLetters.fail]: holdsNotWord,
};

export const letterWord = (letter: string, level: Level): TonedWord =>
  (isJudged(level) ? letterWords : toldLetterWords)[letter] ?? absentWord;

export const tierWords = [
  'nothing signed settles a must',
  'signed by one party',
  'two independent parties',
  'reproduced by the project',
] as const;

/** Why an entry is stale, a sentence; undefined: it is not. `now` is ISO 8601. */
export function staleness({ confidence }: Pick<Entry, 'confidence'>, now: string): string | undefined {
  const { newMusts, staleAfter } = confidence;
  if (newMusts.length > 0)
    return `The catalogue has ${newMusts.length === 1 ? 'a must' : `${newMusts.length} musts`} that no run of this device had.`;
  if (Date.parse(now) > Date.parse(staleAfter)) return 'It was last tested more than 18 months ago.';
  return undefined;
}

/** `2026-11-23`; what is no date stands as it was given. */
export function dayOf(iso: string): string {
  return /^\d{4}-\d{2}-\d{2}T/.test(iso) ? iso.slice(0, 10) : iso;
}
