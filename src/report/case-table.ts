/** The cases of a claim about a host or router below one another: both views of each, and what they found and measured
 *  in common. Pure. */
import type { CaseResult } from '../result.js';
import { isViewFinding, isViewMeasurement, twoViewsOf, type View, verdictWordOf } from './two-views.js';
import { findingWord } from './views.js';
import { formatMeasurement, type TonedWord, wordOf } from './words.js';

export interface CaseTable {
  readonly hasOutside: boolean;
  readonly hasCache: boolean;
  readonly findings: readonly string[];
  readonly measurements: readonly string[];
  readonly rows: readonly CaseRow[];
}

interface CaseRow {
  readonly name: string;
  readonly title: string;
  readonly href: string;
  readonly verdict: TonedWord;
  readonly outside: View | null;
  readonly cache: View | null;
  readonly disagree: boolean;
  /** One for each of the table's; null: the case has none. */
  readonly findings: readonly ((TonedWord & { readonly about: string }) | null)[];
  readonly measurements: readonly ({ readonly value: string; readonly about: string } | null)[];
}

/** Undefined where the cases have nothing in common that a table could show. */
export function caseTableOf(
  cases: readonly CaseResult[],
  hrefOf: (id: string) => string,
): CaseTable | undefined {
  if (!cases.every(({ probe }) => /^(?:host|router)\//.test(probe))) return undefined;
  const measurements = shared(
    cases.map((c) => c.measurements.filter((m) => !isViewMeasurement(m)).map(({ name }) => name)),
  ).slice(0, mostColumns);
  const findings = shared(cases.map((c) => c.findings.filter((f) => !isViewFinding(f)).map(({ id }) => id)))
    .filter((id) => differ(cases, id))
    .slice(0, mostColumns - measurements.length);
  const rows = cases.map((c): CaseRow => {
    const { outside = null, cache = null, agree = null } = twoViewsOf(c) ?? {};
    const verdict = verdictWordOf(c);
    return {
      name: c.id.slice(c.probe.length + 1),
      title: c.title,
      href: hrefOf(c.id),
      verdict: wordOf(c),
      outside: outside && { ...outside, says: verdict ?? outside.says },
      cache,
      disagree: agree === false,
      findings: findings.map((id) => {
        const found = c.findings.find((finding) => finding.id === id);
        return found ? { ...findingWord(found, c), about: found.text } : null;
      }),
      measurements: measurements.map((name) => {
        const found = c.measurements.find((m) => m.name === name);
        if (!found) return null;
        const { value, interval = '' } = formatMeasurement(found);
        return { value, about: interval };
      }),
    };
  });
  const hasOutside = rows.some(({ outside }) => outside !== null);
  if (!hasOutside && findings.length + measurements.length === 0) return undefined;
  return { hasOutside, hasCache: rows.some(({ cache }) => cache !== null), findings, measurements, rows };
}

/** Beside both views: wider, no page shows it. */
const mostColumns = 5;

/** What more than one of them has, in the order in which it is met. */
function shared(lists: readonly (readonly string[])[]): string[] {
  const all = lists.flatMap((list) => [...new Set(list)]);
  return [...new Set(all)].filter((name) => all.indexOf(name) !== all.lastIndexOf(name));
}

/** Whether the finding tells cases apart: what all of them share is told by each. */
function differ(cases: readonly CaseResult[], id: string): boolean {
  const seen = cases.map(({ findings }) => findings.find((finding) => finding.id === id)?.holds);
  return new Set(seen.filter((holds) => holds !== undefined)).size > 1;
}
