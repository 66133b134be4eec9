/** Which outcome a case may claim, given its attempts: the rules of engine/case.ts, read backwards. */
import { deviations, weight } from '../engine/case.js';
import type { Attempt, CaseResult, Judgement, Outcome } from '../result.js';

/** An attempt, and what its evidence says; undefined where it has no verdict. */
export interface Tried {
  readonly outcome: Outcome;
  readonly judgement: Judgement | undefined;
}

/** Whether a verdict is said to have come from its evidence: where the harness failed, none did. */
export const isJudged = ({ outcome, evidence }: Attempt): boolean =>
  evidence !== null && outcome !== 'error' && outcome !== 'not-run';

const ofDeviation: readonly string[] = Object.values(deviations);

/** Whether the engine adds it to the judge's qualifiers, word by word: a stranger's words may not pass for its. */
export const isOfEngine = (qualifier: string): boolean =>
  ofDeviation.includes(qualifier) || /^flaky \d+\/\d+$/.test(qualifier);

/** Whether the attempt may have been tried again, so that the one behind it counts in its place. Where a host has room for
 *  few neighbours, or cases ran side by side, any failure may. */
function isDoubted({ outcome, judgement }: Tried, mayCrowd: boolean): boolean {
  if (outcome === 'inconclusive') return true;
  if (outcome === 'fail') return judgement?.doubt !== undefined || mayCrowd;
  return judgement?.doubt === 'displaced' && judgement.qualifiers.length > 0;
}

/** Which deviations the attempts can have brought about: a doubted one came out otherwise when it was tried again. */
function deviationsIn(tried: readonly Tried[], mayCrowd: boolean): Set<string> {
  return new Set(
    tried.flatMap((first, at) => {
      const second = tried[at + 1];
      const isRefuted = second !== undefined && second.outcome !== first.outcome;
      // What stayed open was tried again because of that, and refutes nothing.
      if (!isRefuted || first.outcome === 'inconclusive' || !isDoubted(first, mayCrowd)) return [];
      const isCrowded = first.outcome === 'fail' && first.judgement?.doubt !== 'lost';
      return isCrowded ? deviations.crowded : deviations.refuted;
    }),
  );
}

/**
 * For each way in which the attempts can have come about, how many rounds settled on `claimed`, of how many, as `k/n`. Empty
 * where none gives that outcome.
 */
function waysTo(claimed: Outcome, tried: readonly Tried[], mayCrowd: boolean): Set<string> {
  const lightest = weight.indexOf(claimed);
  /** From an attempt on: so many rounds with that outcome, of so many. */
  let behind: Set<string>[] = [new Set(['0/0'])];
  for (let at = tried.length - 1; at >= 0; at--) {
    const here = new Set<string>();
    const settle = ({ outcome }: Tried, rest: Set<string> | undefined) => {
      if (weight.indexOf(outcome) < lightest) return;
      for (const way of rest ?? []) {
        const [agreeing = 0, rounds = 0] = way.split('/').map(Number);
        // An error ends the case.
        if (outcome === 'error' && rounds > 0) continue;
        here.add(`${agreeing + (outcome === claimed ? 1 : 0)}/${rounds + 1}`);
      }
    };
    const [first, second] = [tried[at], tried[at + 1]];
    if (first) settle(first, behind[0]);
    if (first && second && isDoubted(first, mayCrowd)) settle(second, behind[1]);
    behind = [here, ...behind];
  }
  return new Set([...(behind[0] ?? [])].filter((way) => !way.startsWith('0/')));
}

/** Why a case does not follow from its attempts, as a clause; undefined where it does. `words`: its texts must be this suite's
 *  too, in which what is expected of a case that has no verdict is this, its probe's title. */
export function wrongClaim(
  claim: CaseResult,
  tried: readonly Tried[],
  options: { readonly mayCrowd: boolean; readonly words?: string },
): string | undefined {
  if (tried.length === 0) {
    if (claim.outcome === 'not-run' || claim.outcome === 'not-applicable') {
      return isBare(claim, options.words) ? undefined : 'it was never tried, and yet it found something';
    }
    return `it was never tried, and yet its outcome is ${claim.outcome}`;
  }
  if (claim.outcome === 'not-run') {
    const [first] = tried;
    const isCutShort = first !== undefined && tried.length === 1 && isDoubted(first, options.mayCrowd);
    if (isCutShort && isBare(claim, options.words)) return undefined;
  }
  const ways = waysTo(claim.outcome, tried, options.mayCrowd);
  if (ways.size === 0) {
    return `its outcome is ${claim.outcome}, which does not follow from its attempts (${tried.map(({ outcome }) => outcome).join(', ')})`;
  }
  const flaky = claim.qualifiers.filter((text) => text.startsWith('flaky ')).join();
  const honest = [...ways].some((way) => {
    const [agreeing, rounds] = way.split('/');
    return flaky === (claim.outcome === 'fail' && agreeing !== rounds ? `flaky ${way}` : '');
  });
  if (!honest) return 'how often it failed does not follow from its attempts';
  // An error outweighs a failure by itself: the case is open, and nothing of it passed.
  const hidden =
    claim.outcome !== 'fail' && claim.outcome !== 'error' && tried.some(({ outcome }) => outcome === 'fail');
  if (hidden && !claim.qualifiers.some(isOfEngine)) {
    return 'it does not tell that an attempt failed';
  }
  const told = claim.qualifiers.filter((text) => ofDeviation.includes(text));
  const shown = deviationsIn(tried, options.mayCrowd);
  if (new Set(told).size < told.length || told.some((text) => !shown.has(text))) {
    return 'that it came out otherwise before does not follow from its attempts';
  }
  return tried.some((one) => one.outcome === claim.outcome && saysSame(claim, one.judgement, options.words))
    ? undefined
    : 'its findings, measurements or texts are not those that its evidence gives';
}

/** Whether a case without a verdict says nothing beyond its reason, which none can judge again. */
function isBare(
  { findings, measurements, expected, observed, qualifiers }: CaseResult,
  words: string | undefined,
): boolean {
  const isSilent = words === undefined || (expected === words && observed === '' && qualifiers.length === 0);
  return findings.length + measurements.length === 0 && isSilent;
}

function saysSame(claim: CaseResult, judgement: Judgement | undefined, words: string | undefined): boolean {
  if (!judgement) return isBare(claim, words);
  const numbers = (said: Pick<Judgement, 'measurements'>) =>
    said.measurements.map(({ name, value, unit, low, high, limitedBy }) => [
      name,
      value,
      unit,
      low,
      high,
      limitedBy,
    ]);
  const facts = (said: Pick<Judgement, 'findings'>) => said.findings.map(({ id, holds }) => [id, holds]);
  const texts = (said: Omit<Judgement, 'outcome'>) => [
    ...[said.reason, said.expected, said.observed],
    said.findings.map(({ text }) => text),
    said.qualifiers.filter((text) => !isOfEngine(text)),
  ];
  const same = (view: (said: Omit<Judgement, 'outcome'>) => unknown) =>
    JSON.stringify(view(claim)) === JSON.stringify(view(judgement));
  return same(numbers) && same(facts) && (words === undefined || same(texts));
}
