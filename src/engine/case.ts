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

/** What is added to the qualifiers of a case that came out otherwise when it was tried again: it failed at first and not alone, or
 *  anything else. */
export const deviations = {
  crowded: 'deviation: it failed while other cases ran beside it, and not alone',
  refuted: 'deviation: it came out otherwise before',
} as const;

/** Runs a case `repeat` times and sums it up. `attempt` runs one attempt, numbered from 1. What settled nothing, and what
 *  is doubted, is tried once more, with other addresses. */
export async function runCase(
  probe: Probe,
  probeCase: ProbeCase<unknown>,
  options: {
    readonly repeat: number;
    readonly attempt: (number: number) => Promise<AttemptOutcome>;
    /** Tries again, alone, what settled nothing for that reason; undefined where that would be in vain. */
    readonly retry: (number: number, reason: string) => Promise<AttemptOutcome | undefined>;
    /** Tries again, alone, what other cases may have brought about; undefined where it is to be believed. */
    readonly alone: (number: number, first: AttemptOutcome) => Promise<AttemptOutcome | undefined>;
    /** Any failure may come of the cases beside it. */
    readonly besideOthers: boolean;
  },
): Promise<CaseResult> {
  const all: AttemptOutcome[] = [];
  const settled: Round[] = [];
  const again = async (first: AttemptOutcome): Promise<Round | undefined> => {
    const number = all.length + 1;
    if (first.attempt.outcome === 'inconclusive') return options.retry(number, first.attempt.reason);
    const doubt = doubtAbout(first, options.besideOthers);
    if (doubt === undefined) return undefined;
    // What crowds an entry out is another case; what was lost once is seldom lost twice.
    const isAlone = doubt === 'displaced';
    const second = await (isAlone ? options.alone(number, first) : options.attempt(number));
    if (!second || [first.attempt.outcome, 'not-run'].includes(second.attempt.outcome)) return second;
    const failed = isAlone && first.attempt.outcome === 'fail';
    return { ...second, deviation: failed ? deviations.crowded : deviations.refuted };
  };
  for (let round = 0; round < options.repeat; round += 1) {
    const first = await options.attempt(all.length + 1);
    all.push(first);
    const second = await again(first);
    if (second) all.push(second);
    const outcome = second ?? first;
    settled.push(outcome);
    if (outcome.attempt.outcome === 'error' || outcome.attempt.outcome === 'not-run') break;
  }
  return summed(emptyResult(probe, probeCase, 'not-run', ''), all, settled);
}

/** Why it is believed only when it happens twice. */
function doubtAbout(
  { attempt: { outcome }, judgement }: AttemptOutcome,
  besideOthers: boolean,
): Judgement['doubt'] {
  if (outcome === 'fail') return judgement?.doubt ?? (besideOthers ? 'displaced' : undefined);
  // That an entry is gone may also be what should be.
  return judgement?.doubt === 'displaced' && judgement.qualifiers.length > 0 ? 'displaced' : undefined;
}

/** What a round of a case came to, and whether it came out otherwise at first. */
type Round = AttemptOutcome & { readonly deviation?: string };

/** A failure outweighs any number of passes; what stayed open outweighs a pass; an error outweighs all. */
export const weight: readonly Outcome[] = [
  'error',
  'fail',
  'inconclusive',
  'not-applicable',
  'pass',
  'not-run',
];

function summed(base: CaseResult, all: readonly AttemptOutcome[], settled: readonly Round[]): CaseResult {
  const outcome =
    weight.find((candidate) => settled.some(({ attempt }) => attempt.outcome === candidate)) ?? 'not-run';
  const agreeing = settled.filter(({ attempt }) => attempt.outcome === outcome);
  const [decisive] = agreeing;
  const { doubt: _, ...judgement }: Partial<Judgement> = decisive?.judgement ?? {};
  const mixed = agreeing.length < settled.length && outcome === 'fail';
  return {
    ...base,
    ...judgement,
    outcome,
    reason: decisive?.attempt.reason ?? '',
    qualifiers: [
      ...(judgement.qualifiers ?? []),
      ...new Set(settled.flatMap(({ deviation }) => deviation ?? [])),
      ...(mixed ? [`flaky ${agreeing.length}/${settled.length}`] : []),
    ],
    attempts: all.flatMap(({ attempt }) => (attempt.outcome === 'not-run' ? [] : attempt)),
  };
}
