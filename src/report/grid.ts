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
function sizePoint(id: string): Point | undefined {
  const [, row, axis, size, unit = ''] = /^(?:.*\/)?([^/]+)-([a-z]+)-(\d+)([a-z]*)$/.exec(id) ?? [];
  if (row === undefined || axis === undefined || size === undefined) return undefined;
  return { id, row, axis, size: Number(size), column: `${size} ${unit}`.trim() };
}

interface Words {
  readonly axis: string;
  /** In the order of the columns. */
  readonly words: readonly string[];
  /** Without it, the words mean something else: `arp-probe` alone is no state. */
  readonly sign: string;
  /** What a name without a word of these stands for. */
  readonly otherwise?: string;
}

const axes: readonly Words[] = [
  // The states of a neighbour cache entry (RFC 4861 §7.3.2) in the order in which one goes through them.
  {
    axis: 'entry',
    words: ['fresh', 'reachable', 'stale', 'delay', 'probe'],
    sign: 'stale',
    otherwise: 'reachable',
  },
  { axis: 'announced by', words: ['request', 'reply', 'advertisement', 'silent'], sign: 'silent' },
];

/** `override-stale`: a row and a word; `override` beside it has the word that goes without saying. */
function wordPoints(ids: readonly string[], { axis, words, sign, otherwise }: Words): Point[] {
  const point = (id: string, row: string, word: string): Point => ({
    ...{ id, row, axis, size: words.indexOf(word) },
    column: word,
  });
  const named = ids.flatMap((id) => {
    const [, row, word] = /^(?:.*\/)?([^/]+)-([a-z]+)$/.exec(id) ?? [];
    return row !== undefined && word !== undefined && words.includes(word) ? [point(id, row, word)] : [];
  });
  if (!named.some(({ column }) => column === sign)) return [];
  const rows = new Set(named.map(({ row }) => row));
  const bare = otherwise === undefined ? [] : ids.filter((id) => rows.has(lastPart(id)));
  return [...bare.map((id) => point(id, lastPart(id), otherwise ?? '')), ...named];
}

const lastPart = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** The grid that these ids span; undefined where they span none of at least two rows and two columns. Ids that
 *  are no points of it, are in no cell. */
export function gridOf(ids: readonly string[]): Grid | undefined {
  const sized = ids.flatMap((id) => sizePoint(id) ?? []);
  const all = [sized, ...axes.map((axis) => wordPoints(ids, axis))].find(({ length }) => length > 0) ?? [];
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

/** The values by which rows differ, each under the name before it: what stands in every row is a name. */
function labelsOf(rows: readonly string[]): { heads: string[]; labels: string[][] } {
  const words = rows.map((row) => row.split('-'));
  const names = (words[0] ?? []).filter((word) => words.every((row) => row.includes(word)));
  const values = words.map((row) => valuesBetween(row, names));
  const lengths = ['', ...names].map((_, i) => values.map((parts) => parts[i]?.length ?? 0));
  // `override` and `no-override` share a word, but no name.
  if (lengths.some((all) => all.includes(0) && all.some((length) => length > 0)))
    return { heads: [''], labels: rows.map((row) => [row]) };
  const widths = lengths.map((all) => Math.min(...all));
  return {
    heads: ['', ...names].flatMap((name, i) =>
      Array.from({ length: widths[i] ?? 0 }, (_, n) => (n === 0 ? name : '')),
    ),
    labels: values.map((parts) => parts.flatMap((part, i) => inColumns(part, widths[i] ?? 0))),
  };
}

/** What stands before, between and after the names. */
function valuesBetween(row: readonly string[], names: readonly string[]): string[][] {
  const places = names.map((name) => row.indexOf(name));
  return [-1, ...places].map((place, i) => row.slice(place + 1, places[i] ?? row.length));
}

/** So many columns, the last with what is left. */
const inColumns = (words: readonly string[], width: number): string[] =>
  Array.from({ length: width }, (_, i) => (i + 1 < width ? (words[i] ?? '') : words.slice(i).join('-')));

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
