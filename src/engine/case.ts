/** From attempts to the result of a case: repeats, one retry of what stayed open, one more of what failed beside
 *  other cases, and `flaky k/n`. */
import type { Probe, ProbeCase } from '../probe.js';
import type { CaseResult, Judgement, Outcome } from '../result.js';
import type { AttemptOutcome } from './attempt.js';

/** The skeleton of a case's result, before anything ran. */
export function emptyResult(
  probe: Probe,
  probeCase: ProbeCase<unknown>,
  outcome: Outcome,
  reason: string,
): CaseResult {
  return {
    id: `${probe.id}/${probeCase.id}`,
    probe: probe.id,
    title: probeCase.title,
    level: probeCase.level ?? probe.requirement.level,
    outcome,
    reason,
    expected: probe.title,
    observed: '',
    findings: [],
    measurements: [],
    qualifiers: [],
    attempts: [],
  };
}

/** Runs a case `repeat` times and sums it up. `attempt` runs one attempt, numbered from 1; `alone`
 *  asks that nothing else run beside it. An attempt that settled nothing is tried once more, with other
 *  addresses and alone, if `mayRetry` lets it. A failure beside other cases is put to the test by `confirm`, which
 *  resolves undefined where it is to be believed. */
export async function runCase(
  probe: Probe,
  probeCase: ProbeCase<unknown>,
  options: {
    readonly repeat: number;
    readonly mayRetry: () => boolean;
    readonly attempt: (number: number, alone: boolean) => Promise<AttemptOutcome>;
    readonly confirm?: (number: number) => Promise<AttemptOutcome | undefined>;
  },
): Promise<CaseResult> {
  const all: AttemptOutcome[] = [];
  const settled: AttemptOutcome[] = [];
  for (let round = 0; round < options.repeat; round += 1) {
    let outcome = await options.attempt(all.length + 1, false);
    all.push(outcome);
    if (outcome.attempt.outcome === 'inconclusive' && options.mayRetry()) {
      outcome = await options.attempt(all.length + 1, true);
      all.push(outcome);
    } else if (outcome.attempt.outcome === 'fail') {
      const confirmed = await options.confirm?.(all.length + 1);
      if (confirmed) {
        all.push(confirmed);
        outcome = confirmed.attempt.outcome === 'fail' ? confirmed : refuted(confirmed);
      }
    }
    settled.push(outcome);
    if (outcome.attempt.outcome === 'error' || outcome.attempt.outcome === 'not-run') break;
  }
  return summed(emptyResult(probe, probeCase, 'not-run', ''), all, settled);
}

/** What a failure comes to that did not happen again when the case ran alone. */
function refuted({ attempt, judgement }: AttemptOutcome): AttemptOutcome {
  const note = 'deviation: it failed while other cases ran beside it, and not alone';
  return { attempt, judgement: judgement && { ...judgement, qualifiers: [...judgement.qualifiers, note] } };
}

/** A failure outweighs any number of passes; what stayed open outweighs a pass; an error outweighs all. */
const weight: readonly Outcome[] = ['error', 'fail', 'inconclusive', 'not-applicable', 'pass', 'not-run'];

function summed(
  base: CaseResult,
  all: readonly AttemptOutcome[],
  settled: readonly AttemptOutcome[],
): CaseResult {
  const outcome =
    weight.find((candidate) => settled.some(({ attempt }) => attempt.outcome === candidate)) ?? 'not-run';
  const decisive = settled.find(({ attempt }) => attempt.outcome === outcome);
  const judgement: Partial<Judgement> = decisive?.judgement ?? {};
  const agreeing = settled.filter(({ attempt }) => attempt.outcome === outcome).length;
  const mixed = agreeing < settled.length && outcome === 'fail';
  return {
    ...base,
    ...judgement,
    outcome,
    reason: decisive?.attempt.reason ?? '',
    qualifiers: [...(judgement.qualifiers ?? []), ...(mixed ? [`flaky ${agreeing}/${settled.length}`] : [])],
    attempts: all.flatMap(({ attempt }) => (attempt.outcome === 'not-run' ? [] : attempt)),
  };
}
