/** Cases that are the points of a grid, told by their ids alone, so that they can be shown as one table. Pure. */

export interface Grid {
  /** What the columns differ in: `age`. */
  readonly axis: string;
  /** `100 ms`, `500 ms`, in order of size. */
  readonly columns: readonly string[];
  /** Over the labels of the rows; empty where the ids name no parameter, only its value. */
  readonly heads: readonly string[];
  readonly rows: readonly GridRow[];
}

export interface GridRow {
  /** One for each head, with the rows that it stands for; null: an earlier row's label stands for this one. */
  readonly labels: readonly ({ readonly text: string; readonly span: number } | null)[];
  /** The id at each column; null where the grid has a hole. */
  readonly cells: readonly (string | null)[];
}

interface Point {
  readonly id: string;
  readonly row: string;
  readonly axis: string;
  readonly size: number;
  readonly column: string;
}

/** `reply-unicast-tha-zero-age-500ms`: a row, an axis, and a number with its unit. */
function pointOf(id: string): Point | undefined {
  const [, row, axis, size, unit = ''] = /^(?:.*\/)?([^/]+)-([a-z]+)-(\d+)([a-z]*)$/.exec(id) ?? [];
  if (row === undefined || axis === undefined || size === undefined) return undefined;
  return { id, row, axis, size: Number(size), column: `${size} ${unit}`.trim() };
}

/** The grid that these ids span; undefined where they span none of at least two rows and two columns. Ids that
 *  are no points of it, are in no cell. */
export function gridOf(ids: readonly string[]): Grid | undefined {
  const all = ids.flatMap((id) => pointOf(id) ?? []);
  const points = all.filter(({ axis }) => axis === all[0]?.axis);
  const sizes = new Map(points.map(({ column, size }) => [column, size]));
  const columns = [...sizes.keys()].sort((x, y) => (sizes.get(x) ?? 0) - (sizes.get(y) ?? 0));
  const rows = [...new Set(points.map(({ row }) => row))];
  const [first] = points;
  if (!first || rows.length < 2 || columns.length < 2) return undefined;
  const at = new Map(points.map(({ row, column, id }) => [`${row} ${column}`, id]));
  const { heads, labels } = labelsOf(rows);
  return {
    axis: first.axis,
    columns,
    heads,
    rows: rows.map((row, i) => ({
      labels: heads.map((_, depth) => spanned(labels, i, depth)),
      cells: columns.map((column) => at.get(`${row} ${column}`) ?? null),
    })),
  };
}

/** The words in which the rows differ, each under the word before it where that never changes. */
function labelsOf(rows: readonly string[]): { heads: string[]; labels: string[][] } {
  const words = rows.map((row) => row.split('-'));
  const length = words[0]?.length ?? 0;
  if (words.some((row) => row.length !== length)) return { heads: [''], labels: rows.map((row) => [row]) };
  const constant = (place: number) => words.every((row) => row[place] === words[0]?.[place]);
  const places = Array.from({ length }, (_, place) => place).filter((place) => !constant(place));
  return {
    heads: places.map((place) => (place > 0 && constant(place - 1) ? (words[0]?.[place - 1] ?? '') : '')),
    labels: words.map((row) => places.map((place) => row[place] ?? '')),
  };
}

/** The label at a depth, once for the rows below one another that agree in it and in all before it. */
function spanned(
  labels: readonly string[][],
  row: number,
  depth: number,
): { text: string; span: number } | null {
  const key = (i: number) => labels[i]?.slice(0, depth + 1).join(' ');
  if (row > 0 && key(row - 1) === key(row)) return null;
  let span = 1;
  while (row + span < labels.length && key(row + span) === key(row)) span += 1;
  return { text: labels[row]?.[depth] ?? '', span };
}
