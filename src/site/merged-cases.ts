/** The cases of a list's entry: what its letters say, told in the words of the newest run that counts and says so. */
import { probes as catalogue } from '../../probes/index.js';
import { probeInfo } from '../engine/catalogue.js';
import { type Entry, outcomeLetters } from '../list/schema.js';
import type { CaseResult, Outcome, ProbeInfo, Result } from '../result.js';
import { testedCase } from './tested-cases.js';

export interface Merged {
  /** In the catalogue's order; without those that no run had. A disputed one is inconclusive here. */
  readonly cases: readonly CaseResult[];
  readonly probes: readonly ProbeInfo[];
  /** The bundle whose words a case has. */
  readonly runOf: ReadonlyMap<string, string>;
}

const current = new Map(catalogue.map((probe) => [probe.id, probeInfo(probe)]));

/** Where no run of the entry is at hand. */
const untold = 'The report that says why is not part of these pages.';

/** What a run may call what the list has a letter for. */
const saidBy: Readonly<Record<string, readonly Outcome[]>> = {
  [outcomeLetters.pass]: ['pass'],
  [outcomeLetters.fail]: ['fail'],
  [outcomeLetters.disputed]: ['fail'],
  [outcomeLetters.inconclusive]: ['inconclusive', 'error', 'not-run'],
  [outcomeLetters['not-applicable']]: ['not-applicable'],
};

/** Takes the runs of an entry, newest first and one at a time: what it keeps of each is little. */
export class MergingCases {
  readonly #letters: ReadonlyMap<string, string>;
  readonly #entry: Entry;
  readonly #found = new Map<string, { c: CaseResult; run: string }>();
  readonly #probes = new Map<string, ProbeInfo>();

  /** @param ids the cases that the entry's letters stand for */
  constructor(entry: Entry, ids: readonly string[]) {
    this.#entry = entry;
    this.#letters = new Map(ids.map((id, i) => [id, entry.outcomes.charAt(i)]));
  }

  take(run: string, { cases, probes }: Pick<Result, 'cases' | 'probes'>): void {
    for (const probe of probes) if (!this.#probes.has(probe.id)) this.#probes.set(probe.id, probe);
    for (const c of cases) {
      const letter = this.#letters.get(c.id) ?? '';
      if (!this.#found.has(c.id) && saidBy[letter]?.includes(c.outcome)) {
        this.#found.set(c.id, { c: { ...c, attempts: [] }, run });
      }
    }
  }

  merged(): Merged {
    const cases = [...this.#letters].flatMap(([id, letter]) => this.#caseOf(id, letter) ?? []);
    const ids = [...new Set(cases.map(({ probe }) => probe))];
    return {
      cases,
      probes: ids.flatMap((id) => current.get(id) ?? this.#probes.get(id) ?? []),
      runOf: new Map([...this.#found].map(([id, { run }]) => [id, run])),
    };
  }

  #caseOf(id: string, letter: string): CaseResult | undefined {
    const [outcome] = saidBy[letter] ?? [];
    if (outcome === undefined) return undefined;
    const { title, level, probe } = testedCase(id);
    const found = this.#found.get(id)?.c;
    const told: CaseResult = found
      ? { ...found, level: probe ? level : found.level }
      : {
          ...{ id, title, level, outcome, expected: '', observed: '' },
          probe: probe?.id ?? id.slice(0, Math.max(0, id.lastIndexOf('/'))),
          reason: this.#entry.failing.find((failing) => failing.id === id)?.reason ?? untold,
          ...{ findings: [], measurements: this.#measured(id), qualifiers: [], attempts: [] },
        };
    if (letter !== outcomeLetters.disputed) return told;
    return { ...told, outcome: 'inconclusive', reason: 'Parties came to opposite results.' };
  }

  #measured(id: string): CaseResult['measurements'] {
    return this.#entry.measurements
      .filter((measurement) => measurement.case === id)
      .map(({ case: _, run: __, ...measurement }) => measurement);
  }
}
