/**
 * From the outcomes of a switch's cases to the features that are likely to be behind them. Pure: it sees nothing but the
 * cases, so that anyone can come to the same.
 */
import type { CaseResult, Diagnosis } from '../result.js';
import { matches, named, outcomesOf } from './outcomes.js';
import { unexplained } from './rule.js';
import { rules } from './rules.js';

const ofSwitch = 'switch/*';

/** The likely causes, the most far-reaching first; empty where no case of a switch failed. */
export function diagnose(cases: readonly CaseResult[]): Diagnosis[] {
  const outcomes = outcomesOf(cases.filter(({ id }) => matches(id, ofSwitch)));
  const found: Diagnosis[] = [];
  const explained: string[] = [];
  for (const { id, title, change, unless = [], evidence, explains } of rules) {
    if (unless.some((other) => found.some((diagnosis) => diagnosis.id === other))) continue;
    const sentences = evidence(outcomes);
    if (sentences.length === 0) continue;
    found.push({ id, title, evidence: [...sentences], change });
    explained.push(...explains);
  }
  const left = outcomes
    .failed(ofSwitch)
    .filter(({ id }) => !explained.some((pattern) => matches(id, pattern)));
  if (left.length === 0) return found;
  const { id, title, change } = unexplained;
  return [
    ...found,
    { id, title, evidence: [`${named(left)}: failed, and no feature that is known here shows so.`], change },
  ];
}
