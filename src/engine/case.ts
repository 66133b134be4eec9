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

/** Runs a case `repeat` times and sums it up. `attempt` runs one attempt, numbered from 1. One that settled nothing is
 *  tried once more by `retry`, with other addresses and alone; it resolves undefined where that would be in vain. What
 *  one accident could have brought about is tried again at once. A failure beside other cases is put to the test by
 *  `confirm`, which resolves undefined where it is to be believed. */
export async function runCase(
  probe: Probe,
  probeCase: ProbeCase<unknown>,
  options: {
    readonly repeat: number;
    readonly attempt: (number: number) => Promise<AttemptOutcome>;
    readonly retry: (number: number, reason: string) => Promise<AttemptOutcome | undefined>;
    /** Tries again, alone, what is doubted because an entry was gone; undefined where that is to be believed. */
    readonly undisturbed: (number: number, first: AttemptOutcome) => Promise<AttemptOutcome | undefined>;
    /** The host has room for few neighbours, so that any failure may come of the cases beside it. */
    readonly crowded?: boolean;
    readonly confirm?: (number: number) => Promise<AttemptOutcome | undefined>;
  },
): Promise<CaseResult> {
  const all: AttemptOutcome[] = [];
  const settled: AttemptOutcome[] = [];
  for (let round = 0; round < options.repeat; round += 1) {
    let outcome = await options.attempt(all.length + 1);
    all.push(outcome);
    const doubt = doubtAbout(outcome, options.crowded ?? false);
    if (outcome.attempt.outcome === 'inconclusive') {
      const again = await options.retry(all.length + 1, outcome.attempt.reason);
      if (again) {
        outcome = again;
        all.push(outcome);
      }
    } else if (doubt) {
      const number = all.length + 1;
      // What crowds an entry out is another case.
      const again = await (doubt === 'displaced'
        ? options.undisturbed(number, outcome)
        : options.attempt(number));
      if (again) {
        all.push(again);
        const same = again.attempt.outcome === outcome.attempt.outcome;
        outcome = same ? again : refuted(again, 'it came out otherwise before');
      }
    } else if (outcome.attempt.outcome === 'fail') {
      const confirmed = await options.confirm?.(all.length + 1);
      if (confirmed) {
        all.push(confirmed);
        outcome =
          confirmed.attempt.outcome === 'fail'
            ? confirmed
            : refuted(confirmed, 'it failed while other cases ran beside it, and not alone');
      }
    }
    settled.push(outcome);
    if (outcome.attempt.outcome === 'error' || outcome.attempt.outcome === 'not-run') break;
  }
  return summed(emptyResult(probe, probeCase, 'not-run', ''), all, settled);
}

/** Why it is believed only when it happens twice. */
function doubtAbout(
  { attempt: { outcome }, judgement }: AttemptOutcome,
  crowded: boolean,
): Judgement['doubt'] {
  if (outcome === 'fail') return judgement?.doubt ?? (crowded ? 'displaced' : undefined);
  // That an entry is gone may also be what should be.
  return judgement?.doubt === 'displaced' && judgement.qualifiers.length > 0 ? 'displaced' : undefined;
}

/** What a case comes to that came out otherwise at first. */
function refuted({ attempt, judgement }: AttemptOutcome, what: string): AttemptOutcome {
  const qualifiers = [...(judgement?.qualifiers ?? []), `deviation: ${what}`];
  return { attempt, judgement: judgement && { ...judgement, qualifiers } };
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
  const { doubt: _, ...judgement }: Partial<Judgement> = decisive?.judgement ?? {};
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
