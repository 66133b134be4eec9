/** How a probe's cases are laid out on the page: side by side where they are many, and one by one. */
import type { CaseResult } from '../result.js';
import { caseTableOf } from './case-table.js';
import { gridOf } from './grid.js';
import { matrixView } from './matrix.js';
import { isProblem, plural, wordOf } from './words.js';

/** From so many cases on, a probe's are first shown side by side. */
const manyCases = 4;

/** What the page shows of a probe's cases; `folded` are those that are side by side already, `unfolded` only
 *  where one of them is a problem. `shown` is a case by itself. */
export function overviewOf<View>(
  cases: readonly CaseResult[],
  hrefOf: (id: string) => string,
  shown: (c: CaseResult) => View,
) {
  const cell = (c: CaseResult) => ({ ...wordOf(c), id: c.id, name: localName(c), href: hrefOf(c.id) });
  const grid = gridOf(cases.map(({ id }) => id));
  const inGrid = new Set(grid?.rows.flatMap(({ cells }) => cells));
  const alone = cases.filter(({ id }) => !inGrid.has(id));
  const many = alone.length >= manyCases;
  const table = many ? caseTableOf(alone, hrefOf) : undefined;
  const strip = many && !grid && !table;
  const singly = table || strip ? [] : alone;
  const folded = cases.filter((c) => !singly.includes(c));
  return {
    matrix: grid ? matrixView(grid, cases, hrefOf) : null,
    strip: strip ? cases.map(cell) : null,
    table: table
      ? { ...table, findings: table.findings.map((id) => ({ label: id.replaceAll('-', ' ') })) }
      : null,
    cases: singly.map(shown),
    folded: folded.map(shown),
    foldedCount: plural(folded.length, 'case'),
    unfolded: folded.some(isProblem),
  };
}

const localName = ({ id, probe }: CaseResult): string =>
  id.startsWith(`${probe}/`) ? id.slice(probe.length + 1) : id;
