/** Questions that rules ask of a run's cases. All pure. */
import type { CaseResult } from '../result.js';

export interface Outcomes {
  /** The cases that ran, in their order; a pattern with `*` at its end names all that begin so. */
  cases(...patterns: readonly string[]): readonly CaseResult[];
  failed(...patterns: readonly string[]): readonly CaseResult[];
  passed(...patterns: readonly string[]): readonly CaseResult[];
  /** Cases of which a finding holds (or, by `holds`, does not), whatever became of the case itself. */
  found(finding: string, holds: boolean, ...patterns: readonly string[]): readonly CaseResult[];
}

export const matches = (id: string, pattern: string): boolean =>
  pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

export function outcomesOf(all: readonly CaseResult[]): Outcomes {
  const ran = all.filter(({ outcome }) => outcome !== 'not-run' && outcome !== 'not-applicable');
  const cases = (...patterns: readonly string[]) =>
    ran.filter(({ id }) => patterns.some((pattern) => matches(id, pattern)));
  return {
    cases,
    failed: (...patterns) => cases(...patterns).filter(({ outcome }) => outcome === 'fail'),
    passed: (...patterns) => cases(...patterns).filter(({ outcome }) => outcome === 'pass'),
    found: (finding, holds, ...patterns) =>
      cases(...patterns).filter(({ findings }) =>
        findings.some((each) => each.id === finding && each.holds === holds),
      ),
  };
}

/** How many cases a sentence names before it only counts the rest. */
const mostNamed = 4;

/** `switch/a/x, switch/a/y and 3 more`. */
export function named(cases: readonly CaseResult[]): string {
  const ids = cases.map(({ id }) => id);
  const more = ids.length - mostNamed;
  return more > 1 ? `${ids.slice(0, mostNamed).join(', ')} and ${more} more` : ids.join(', ');
}

/** One sentence for some cases; none where there are no cases. */
export const sentence = (cases: readonly CaseResult[], text: string): string[] =>
  cases.length === 0 ? [] : [`${named(cases)}: ${text}.`];

/** What each of the first few cases itself says. */
export const reasons = (cases: readonly CaseResult[]): string[] =>
  cases.slice(0, 3).map(({ id, reason }) => `${id}: ${reason}`);
