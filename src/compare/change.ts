/** What became of a case between two runs, told by its two outcomes alone. Pure. */
import type { Level, Outcome } from '../result.js';

/** Worst first: the order in which they are told. */
export const changes = [
  'broken',
  'lost',
  'new',
  'settled',
  'reopened',
  'absent',
  'fixed',
  'unchanged',
] as const;
export type Change = (typeof changes)[number];

/** A word and what it means, for every view. */
export const changeWords: Readonly<Record<Change, { readonly word: string; readonly means: string }>> = {
  broken: { word: 'broken', means: 'passed before, fails now' },
  lost: { word: 'lost', means: 'passed before, can’t be told any more' },
  new: { word: 'new', means: 'was not tested before' },
  settled: { word: 'settled', means: 'could not be told before' },
  reopened: { word: 'reopened', means: 'failed before, can’t be told any more' },
  absent: { word: 'absent', means: 'is not tested any more' },
  fixed: { word: 'fixed', means: 'failed before, passes now' },
  unchanged: { word: 'unchanged', means: 'came out as before' },
};

/** An outcome of a run, `absent` where a run or a list has nothing on the case, `disputed` in a list only. */
export type Said = Outcome | 'disputed' | 'absent';

/** What two outcomes are compared by. A case that does not apply was not tested, and for a reason that stands in the bench
 *  file: no device changes that. */
type Standing = 'pass' | 'fail' | 'open' | 'absent';

const standings: Readonly<Record<Said, Standing>> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'open',
  error: 'open',
  'not-run': 'open',
  disputed: 'open',
  'not-applicable': 'absent',
  absent: 'absent',
};

const table: Readonly<Record<Standing, Readonly<Record<Standing, Change>>>> = {
  pass: { pass: 'unchanged', fail: 'broken', open: 'lost', absent: 'absent' },
  fail: { pass: 'fixed', fail: 'unchanged', open: 'reopened', absent: 'absent' },
  open: { pass: 'settled', fail: 'settled', open: 'unchanged', absent: 'absent' },
  absent: { pass: 'new', fail: 'new', open: 'new', absent: 'unchanged' },
};

export function changeOf(before: Said, after: Said): Change {
  return table[standings[before]][standings[after]];
}

/**
 * Whether a change is for the worse, which is what a baseline stops. Of what is judged (must, should): what passed and does
 * not any more. Besides, a must that fails and of which the baseline had nothing: nobody has accepted that failure.
 */
export function isWorse(change: Change, level: Level, after: Said): boolean {
  if (change === 'broken' || change === 'lost') return level === 'must' || level === 'should';
  return (change === 'new' || change === 'settled') && after === 'fail' && level === 'must';
}

/** Whether the device was asked: a run in which no case was is no evidence of anything. */
export function wasRun(said: Said): boolean {
  return standings[said] !== 'absent' && said !== 'not-run';
}
