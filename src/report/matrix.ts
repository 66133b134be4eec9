/** A grid of cases as a table: in each cell its outcome, and what was measured or what became of a host's entry. Pure. */
import type { CaseResult } from '../result.js';
import type { Grid } from './grid.js';
import { isViewMeasurement, twoViewsOf, verdictWordOf } from './two-views.js';
import { formatMeasurement, wordOf } from './words.js';

export function matrixView(grid: Grid, cases: readonly CaseResult[], hrefOf: (id: string) => string) {
  const inGrid = new Set(grid.rows.flatMap(({ cells }) => cells));
  const points = cases.filter(({ id }) => inGrid.has(id));
  const measured = measuredInMost(points);
  const cells = new Map(points.map((c) => [c.id, cellOf(c, measured, hrefOf)]));
  const shown = [...cells.values()];
  const seen = new Map(shown.map(({ tone, symbol, word }) => [tone, { tone, symbol, word }]));
  return {
    ...grid,
    span: grid.columns.length,
    measured: measured ?? null,
    key: [...seen.values()],
    disagree: shown.some(({ disagree }) => disagree),
    rows: grid.rows.map(({ labels, cells: ids }) => ({
      labels: labels.flatMap((label, depth) =>
        label ? [{ ...label, scope: depth + 1 < grid.heads.length ? 'rowgroup' : 'row' }] : [],
      ),
      cells: ids.map((id) => (id === null ? null : (cells.get(id) ?? null))),
    })),
  };
}

function cellOf(c: CaseResult, measured: string | undefined, hrefOf: (id: string) => string) {
  const m = c.measurements.find(({ name }) => name === measured);
  const isSettled = c.outcome === 'pass' || c.outcome === 'fail';
  return {
    ...wordOf(c),
    id: c.id,
    href: hrefOf(c.id),
    /** Instead of the outcome's word. */
    says: (m ? formatMeasurement(m).value : isSettled ? verdictWordOf(c) : undefined) ?? null,
    disagree: twoViewsOf(c)?.agree === false,
  };
}

/** The one quantity that was measured in more than half of the cases; undefined where there is none, or several. */
function measuredInMost(cases: readonly CaseResult[]): string | undefined {
  const names = cases.flatMap(({ measurements }) =>
    measurements.filter((m) => !isViewMeasurement(m)).map(({ name }) => name),
  );
  const common = [...new Set(names)].filter(
    (name) => names.filter((other) => other === name).length > cases.length / 2,
  );
  return common.length === 1 ? common[0] : undefined;
}
