/** The box of a report that says what got worse than the baseline. */
import { changeWords } from '../compare/change.js';
import type { Comparison } from '../compare/compare.js';
import { caseChangeText, changeCounts, comparisonWord, deviceChanges, numberChangeText } from './changes.js';

/** More than this is in the list of cases anyway. */
const shown = 12;

export function baselineBox(comparison: Comparison, hrefOf: (id: string) => string) {
  const { before, after, cases, numbers } = comparison;
  const worse = [
    ...cases
      .filter((c) => c.worse)
      .map((c) => ({
        id: c.id,
        href: hrefOf(c.id),
        text: `${changeWords[c.change].word} (${caseChangeText(c)}): ${c.after?.reason ?? ''}`,
      })),
    ...numbers
      .filter((n) => n.worse)
      .map((n) => ({
        id: n.id,
        href: hrefOf(n.id),
        text: numberChangeText(n),
      })),
  ];
  return {
    ...comparisonWord(comparison),
    counts: changeCounts(cases),
    facts: [`run ${before.run}`, ...deviceChanges(before.device, after.device)].join(' · '),
    worse: worse.slice(0, shown),
    more: Math.max(0, worse.length - shown),
  };
}
