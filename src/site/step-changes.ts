/** What changed from one firmware of a device to the next, by the letters of both entries. Pure. */
import { changes, changeWords } from '../compare/change.js';
import { compareOutcomes, countChanges, type OutcomeChange } from '../compare/compare.js';
import { isJudged } from '../report/words.js';
import type { Step } from './firmwares.js';
import { testedCase } from './tested-cases.js';

/** In which ways anything changed. */
export const told = changes.filter((change) => change !== 'unchanged');

/** @param catalogue the cases that the letters stand for */
export function stepChanges({ older, newer }: Step, catalogue: readonly string[]): OutcomeChange[] {
  const listed = ({ outcomes }: Step['older']) => ({ catalogue, outcomes });
  return compareOutcomes(listed(older), listed(newer)).filter(({ change }) => change !== 'unchanged');
}

/** Whether it is a case that decides something, or gives a note. */
export const counts = ({ id }: OutcomeChange): boolean => isJudged(testedCase(id).level);

/** `2 broken, 1 fixed`, of what is judged; empty where nothing is told. */
export function countsText(found: readonly OutcomeChange[]): string {
  const numbers = countChanges(found.filter(counts));
  return told
    .flatMap((change) => (numbers[change] > 0 ? [`${numbers[change]} ${changeWords[change].word}`] : []))
    .join(', ');
}
