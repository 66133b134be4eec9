/** Two results of a device, or two entries of a list, case by case. Pure: no clock, no I/O. */
import { outcomeLetters } from '../list/schema.js';
import type { CaseResult, Device, Level, Outcome, Result } from '../result.js';
import { type Change, changeOf, changes, isWorse, type Said, wasRun } from './change.js';
import { type NumberChange, numberChanges } from './numbers.js';

/** What one of the runs says of a case. */
export interface Verdict {
  readonly level: Level;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly qualifiers: readonly string[];
}

export interface CaseChange {
  readonly id: string;
  readonly title: string;
  /** Null: the run has nothing on the case. */
  readonly before: Verdict | null;
  readonly after: Verdict | null;
  readonly change: Change;
  /** Counts against the device; see docs/baseline.md. */
  readonly worse: boolean;
  /** The suite judges the case at another level now; both are in `before` and `after`. */
  readonly levelChanged: boolean;
  /** Of an absent case: why it is not tested any more, a sentence. */
  readonly why?: string;
}

/** What is compared: whose result, by which run, of which suite. */
export interface Compared {
  readonly device: Device;
  readonly run: string;
  readonly startedAt: string;
  readonly suite: string;
}

export interface Comparison {
  readonly before: Compared;
  readonly after: Compared;
  /** Every case of either run, what is worse first, then in the order of `changes`; within, in the order of the new run. */
  readonly cases: readonly CaseChange[];
  /** Numbers whose intervals do not overlap; what is worse first. */
  readonly numbers: readonly NumberChange[];
  /** Whether anything counts as worse. */
  readonly worse: boolean;
  /** Cases that both runs asked the device. None: there is nothing to compare. */
  readonly inBoth: number;
}

/** Compares two results of one device, which may differ in firmware, conditions and suite. Cases are matched by their id. */
export function compareResults(before: Result, after: Result): Comparison {
  const old = new Map(before.cases.map((c) => [c.id, c]));
  const next = new Map(after.cases.map((c) => [c.id, c]));
  const ids = [...new Set([...next.keys(), ...old.keys()])];
  const cases = ids.map((id) => caseChange(old.get(id), next.get(id), after));
  const numbers = ids.flatMap((id) => {
    const [x, y] = [old.get(id), next.get(id)];
    return x && y ? numberChanges(x, y) : [];
  });
  return {
    before: comparedOf(before),
    after: comparedOf(after),
    cases: worstFirst(cases, ({ change }) => changes.indexOf(change)),
    numbers: worstFirst(numbers, ({ change }) => ['worse', 'other', 'better'].indexOf(change)),
    worse: cases.some(({ worse }) => worse) || numbers.some(({ worse }) => worse),
    inBoth: cases.filter((c) => c.before && c.after && wasRun(c.before.outcome) && wasRun(c.after.outcome))
      .length,
  };
}

const comparedOf = ({ device, run, suite }: Result): Compared => ({
  device,
  run: run.id,
  startedAt: run.startedAt,
  suite: suite.version,
});

/** At least one of the two is there. */
function caseChange(old: CaseResult | undefined, next: CaseResult | undefined, after: Result): CaseChange {
  const about = next ?? old;
  if (!about) throw new Error('A case of neither run was compared.');
  const said = next?.outcome ?? 'absent';
  const change = changeOf(old?.outcome ?? 'absent', said);
  return {
    id: about.id,
    title: about.title,
    before: old ? verdictOf(old) : null,
    after: next ? verdictOf(next) : null,
    change,
    worse: isWorse(change, about.level, said),
    levelChanged: old !== undefined && next !== undefined && old.level !== next.level,
    ...(change === 'absent' && { why: absence(about.id, next, after) }),
  };
}

const verdictOf = ({ level, outcome, reason, qualifiers }: CaseResult): Verdict => ({
  level,
  outcome,
  reason,
  qualifiers,
});

function absence(id: string, next: CaseResult | undefined, { deselected }: Result): string {
  if (next) return `It does not apply any more: ${next.reason}`;
  const left = deselected.find((entry) => entry.id === id);
  return left ? `It was left out: ${left.why}` : 'The suite has no such case any more.';
}

/** Stable, so that cases keep the order of the catalogue. */
function worstFirst<T extends { readonly worse: boolean }>(
  items: readonly T[],
  rank: (item: T) => number,
): T[] {
  return [...items].sort((x, y) => Number(y.worse) - Number(x.worse) || rank(x) - rank(y));
}

/** How many cases changed in which way. */
export function countChanges(cases: readonly { readonly change: Change }[]): Record<Change, number> {
  const counts = Object.fromEntries(changes.map((change) => [change, 0])) as Record<Change, number>;
  for (const { change } of cases) counts[change] += 1;
  return counts;
}

/** The outcomes of an entry of a list, and the cases that its letters stand for. */
export interface Listed {
  /** `catalogue[kind]` of the list. */
  readonly catalogue: readonly string[];
  /** A letter each: `outcomeLetters`. */
  readonly outcomes: string;
}

export interface OutcomeChange {
  readonly id: string;
  readonly before: ListedOutcome;
  readonly after: ListedOutcome;
  readonly change: Change;
}

export type ListedOutcome = keyof typeof outcomeLetters;

const outcomeOf = new Map(
  (Object.keys(outcomeLetters) as ListedOutcome[]).map((outcome) => [
    outcomeLetters[outcome] as string,
    outcome,
  ]),
);

/** Compares two entries of lists, of one list or of two: every case of either, worst first. A list knows no levels, so it
 *  does not say what counts. */
export function compareOutcomes(before: Listed, after: Listed): OutcomeChange[] {
  const [old, next] = [outcomesOf(before), outcomesOf(after)];
  const all = [...new Set([...next.keys(), ...old.keys()])].map((id) => {
    const [was, is] = [old.get(id) ?? 'absent', next.get(id) ?? 'absent'];
    return { id, before: was, after: is, change: changeOf(was satisfies Said, is satisfies Said) };
  });
  return all.sort((x, y) => changes.indexOf(x.change) - changes.indexOf(y.change));
}

function outcomesOf({ catalogue, outcomes }: Listed): Map<string, ListedOutcome> {
  const letters = [...outcomes];
  return new Map(catalogue.map((id, i) => [id, outcomeOf.get(letters[i] ?? '') ?? 'absent']));
}
