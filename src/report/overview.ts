/** How a probe's cases are laid out on the page: side by side where they are many, and one by one. */
import type { CaseResult } from '../result.js';
import { type Grid, gridOf } from './grid.js';
import { isProblem, plural, type TonedWord, wordOf } from './words.js';

/** From so many cases on, a probe's are first shown side by side. */
const manyCases = 4;

/** What the page shows of a probe's cases; `folded` are those that are side by side already, `unfolded` only
 *  where one of them is a problem. `shown` is a case by itself. */
export function overviewOf<View>(
  cases: readonly CaseResult[],
  anchorOf: (id: string) => string,
  shown: (c: CaseResult) => View,
) {
  const cell = (c: CaseResult) => ({ ...wordOf(c), id: c.id, name: localName(c), href: anchorOf(c.id) });
  const grid = gridOf(cases.map(({ id }) => id));
  const inGrid = new Set(grid?.rows.flatMap(({ cells }) => cells));
  const alone = cases.filter(({ id }) => !inGrid.has(id));
  const strip = !grid && cases.length >= manyCases;
  const folded = grid ? cases.filter(({ id }) => inGrid.has(id)) : strip ? cases : [];
  return {
    matrix: grid ? matrixView(grid, new Map(cases.map((c) => [c.id, cell(c)]))) : null,
    strip: strip ? cases.map(cell) : null,
    cases: (strip ? [] : alone).map(shown),
    folded: folded.map(shown),
    foldedCount: plural(folded.length, 'case'),
    unfolded: folded.some(isProblem),
  };
}

const localName = ({ id, probe }: CaseResult): string =>
  id.startsWith(`${probe}/`) ? id.slice(probe.length + 1) : id;

function matrixView(grid: Grid, cells: ReadonlyMap<string, TonedWord & { id: string }>) {
  const seen = new Map([...cells.values()].map(({ tone, symbol, word }) => [tone, { tone, symbol, word }]));
  return {
    ...grid,
    span: grid.columns.length,
    key: [...seen.values()],
    rows: grid.rows.map(({ labels, cells: ids }) => ({
      labels: labels.flatMap((label, depth) =>
        label ? [{ ...label, scope: depth + 1 < grid.heads.length ? 'rowgroup' : 'row' }] : [],
      ),
      cells: ids.map((id) => (id === null ? null : (cells.get(id) ?? null))),
    })),
  };
}
