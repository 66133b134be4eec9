/** The words that the list repeats: those of the judge, never a stranger's. */
import { isOfEngine } from '../bundle/attempts.js';
import type { Rejudged } from '../engine/rejudge.js';
import { groupBy } from '../report/group.js';
import type { CaseResult } from '../result.js';

/** Cases with the reasons and qualifiers that judging again came to. The words of an earlier suite are not compared with these
 *  when a bundle is judged, and so may be anything. What was not judged stays as it is. */
export function toldAgain(cases: readonly CaseResult[], judged: readonly Rejudged[]): CaseResult[] {
  const key = (caseId: string, outcome: string | undefined) => `${caseId} ${outcome}`;
  const byOutcome = new Map(groupBy(judged, ({ caseId, again }) => key(caseId, again)));
  return cases.map((c) => {
    const attempts = byOutcome.get(key(c.id, c.outcome)) ?? [];
    // Several attempts may have come to it, in different words: the case has those of one.
    const { text, qualifiers } = attempts.find((one) => one.text === c.reason) ?? attempts[0] ?? {};
    if (text === undefined || qualifiers === undefined) return c;
    return { ...c, reason: text, qualifiers: [...qualifiers, ...c.qualifiers.filter(isOfEngine)] };
  });
}
