/** What the formats of other test tools call a case. They know fewer verdicts than we do: JUnit, TAP and CTRF agree here on what is
 *  red, and docs/exports.md says what each of them loses. */
import type { CaseChange, Comparison } from '../compare/compare.js';
import type { CaseResult, Result } from '../result.js';
import { numberChangeText } from './changes.js';
import { isJudged, outcomeWords } from './words.js';

/** The comparison of each result with a baseline; absent: there is none. */
export type Comparisons = ReadonlyMap<Result, Comparison>;

export interface TestVerdict {
  /** `todo`: it fell short of what is asked, but fails nothing: a should, or a failure that the baseline has too. */
  readonly as: 'passed' | 'failed' | 'error' | 'todo' | 'skipped';
  /** Why it did not pass; of what passed, the reason of the verdict. */
  readonly message: string;
  /** What became of it since the baseline. */
  readonly change?: CaseChange;
}

/**
 * Without a baseline only a must that failed, and an error of the harness, are red, as in the exit code. With one, red is what got
 * worse, be it a verdict or a number, and nothing else.
 */
export function asTest(c: CaseResult, comparison?: Comparison): TestVerdict {
  const native = nativeVerdict(c);
  if (!comparison) return native;
  const change = comparison.cases.find(({ id }) => id === c.id);
  const slower = comparison.numbers.filter(({ id, worse }) => worse && id === c.id).map(numberChangeText);
  const said = change ? { change } : {};
  if (change?.worse) {
    const message = `worse than the baseline (${change.change}): ${c.reason}`;
    return { as: c.outcome === 'error' ? 'error' : 'failed', message, ...said };
  }
  if (slower.length > 0)
    return { as: 'failed', message: `worse than the baseline: ${slower.join('; ')}`, ...said };
  if (native.as !== 'failed' && native.as !== 'error') return { ...native, ...said };
  const known = `${outcomeWords[c.outcome].word} in the baseline too`;
  const why = change?.change === 'unchanged' && change.before?.outcome === c.outcome ? known : 'not worse';
  return { as: 'todo', message: `known: ${why}: ${c.reason}`, ...said };
}

function nativeVerdict({ level, outcome, reason }: CaseResult): TestVerdict {
  if (outcome === 'pass') return { as: 'passed', message: reason };
  if (outcome === 'error') return { as: 'error', message: `error: ${reason}` };
  if (outcome !== 'fail') return { as: 'skipped', message: `${outcome}: ${reason}` };
  if (level === 'must') return { as: 'failed', message: reason };
  return { as: isJudged(level) ? 'todo' : 'skipped', message: `${level} failed: ${reason}` };
}

/** How long all attempts of it took together, in milliseconds. */
export const durationOf = ({ attempts }: Pick<CaseResult, 'attempts'>): number =>
  attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
