/** Which of a case's attempts decided it. */
import type { Attempt, CaseResult } from '../result.js';

/** The last with the case's outcome that left evidence; undefined where none did. */
export function decisiveAttempt({ outcome, attempts }: CaseResult): Attempt | undefined {
  return attempts.findLast((attempt) => attempt.outcome === outcome && attempt.evidence !== null);
}
