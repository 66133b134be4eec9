/** What became of a case in one run, a letter each: finer than the list's own letters (`outcomeLetters`). */
import type { CaseResult } from '../result.js';

export const runLetters = {
  pass: 'P',
  /** Failed, and nothing in the run speaks against it. */
  fail: 'F',
  /** Failed once, and passed when it was tried again: a second run of the same voice makes it a failure. */
  doubted: 'U',
  /** Failed in some repeats and not in others. */
  flaky: 'K',
  inconclusive: 'I',
  notApplicable: 'N',
  /** It was left out, the run ended before it, or nobody knows the run's suite. */
  leftOut: 'X',
  /** The run's suite was published without the case. */
  unknown: '-',
} as const;

export type RunLetter = (typeof runLetters)[keyof typeof runLetters];

export const isFailure = (letter: RunLetter): boolean => letter === 'F' || letter === 'U' || letter === 'K';

/** Whether a run showed how the device behaves: that it can't be tried on a bench tells nothing of it. */
export const isSettled = (letter: RunLetter): boolean => letter === 'P' || isFailure(letter);

export function runLetter(c: Pick<CaseResult, 'outcome' | 'qualifiers' | 'attempts'>): RunLetter {
  switch (c.outcome) {
    case 'pass':
      return 'P';
    case 'fail':
      return failureLetter(c);
    case 'not-applicable':
      return 'N';
    case 'not-run':
      return 'X';
    default:
      return 'I';
  }
}

/** That a failure is doubtful has to be seen in the attempts: a qualifier alone excuses nothing. */
function failureLetter({ qualifiers, attempts }: Pick<CaseResult, 'qualifiers' | 'attempts'>): RunLetter {
  const failed = attempts.filter(({ outcome }) => outcome === 'fail').length;
  const mixed = failed < attempts.length;
  if (mixed && qualifiers.some((qualifier) => qualifier.startsWith('flaky'))) return 'K';
  return failed < 2 && attempts.some(({ outcome }) => outcome === 'pass') ? 'U' : 'F';
}
