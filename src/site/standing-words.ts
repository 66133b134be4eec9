/** How a submission stands, in words. */
import type { Entry } from '../list/schema.js';
import type { TonedWord } from '../report/words.js';

export type Submission = Entry['submissions'][number];

export const standingWords: Readonly<Record<Submission['standing'], TonedWord>> = {
  counted: { symbol: '✓', word: 'counts', tone: 'pass' },
  preview: { symbol: '·', word: 'preview only', tone: 'not-run' },
  duplicate: { symbol: '=', word: 'duplicate', tone: 'not-run' },
  quarantined: { symbol: '!', word: 'quarantined', tone: 'error' },
  withdrawn: { symbol: '–', word: 'withdrawn', tone: 'not-applicable' },
};

/** Whether its files may be handed out: what a quarantined bundle holds is not what it says, and may be anybody's addresses. */
export const isHandedOut = ({ standing }: Pick<Submission, 'standing'>): boolean =>
  standing !== 'quarantined';

export const relationWords: Readonly<Record<Submission['relation'], string>> = {
  vendor: 'the vendor',
  lab: 'a lab',
  user: 'a user',
  project: 'this project',
};

type Party = Pick<Submission, 'organisation' | 'relation' | 'voice'>;

/** `Lab North (a lab), paid by Acme`. */
export function partyText({ organisation, relation, voice }: Party): string {
  const paid = voice === organisation ? '' : `, paid by ${voice}`;
  return `${organisation} (${relationWords[relation]})${paid}`;
}
