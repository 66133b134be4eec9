/** A table of devices against cases or announcements: cut into panels that fit on paper, and into pages. Pure. */
import { escapeMarkup } from '../report/escape.js';
import type { TonedWord } from '../report/words.js';
import type { DeviceRow } from './device-row.js';
import { devicePath, linkTo } from './paths.js';

/** A browser takes longer than a second for more. */
const cellsPerPage = 60_000;
const mostRows = 500;
/** What fits on paper, across. */
const panelColumns = 40;

export interface Column {
  readonly name: string;
  /** What it is about, a sentence. */
  readonly title: string;
  /** The page about it; null: there is none. */
  readonly path: string | null;
  /** Columns that follow each other in one group stand under its title. */
  readonly group: string;
  /** Groups in one chapter make panels of their own. */
  readonly chapter: string;
  /** For each letter. */
  readonly words: Words;
}

export type Words = Readonly<Record<string, TonedWord>>;

const chapterAnchor = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** The rows of each page. */
export function pagesOf(rows: readonly DeviceRow[], columns: number): DeviceRow[][] {
  const perPage = Math.min(mostRows, Math.max(1, Math.floor(cellsPerPage / Math.max(1, columns))));
  const pages = Math.max(1, Math.ceil(rows.length / perPage));
  return Array.from({ length: pages }, (_, page) => rows.slice(page * perPage, (page + 1) * perPage));
}

/** One of the letters of a row, and where to read on; null: nowhere. */
export interface Cell {
  readonly letter: string;
  readonly path: string | null;
}

/**
 * The panels of a page, each with its own heading.
 * @param cellOf the letter of a row in a column, counted from 0
 */
export function panelsOf(
  page: string,
  columns: readonly Column[],
  rows: readonly DeviceRow[],
  cellOf: (row: DeviceRow, column: number) => Cell,
) {
  // Written by hand, from nothing but our own words and links: a page has tens of thousands of cells.
  const cellMarkup = (row: DeviceRow, place: number): string => {
    const column = columns[place];
    const { letter, path } = cellOf(row, place);
    const word = column?.words[letter];
    if (!column || !word) return '<td>';
    const { symbol, tone } = word;
    if (path === null) return `<td class="${tone}">${symbol}`;
    const [href, title] = [linkTo(page, path), `${column.name}: ${word.word}`].map(escapeMarkup);
    return `<td class="${tone}"><a href="${href}" title="${title}">${symbol}</a>`;
  };
  return cut(columns).map(({ chapter, part, parts, places }) => ({
    chapter,
    heading: parts > 1 ? `${chapter}, part ${part} of ${parts}` : chapter,
    anchor: part === 1 ? chapterAnchor(chapter) : null,
    groups: spans(places.map((place) => columns[place]?.group ?? '')),
    columns: places.flatMap((place) => columns[place] ?? []),
    rows: rows.map((row) => ({
      name: row.name,
      facts: [row.hardware, row.firmware, row.conditions].filter(Boolean).join(' · '),
      path: devicePath(row),
      stale: row.stale,
      cells: places.map((place) => cellMarkup(row, place)).join(''),
    })),
  }));
}

interface Cut {
  readonly chapter: string;
  readonly part: number;
  readonly parts: number;
  /** Of the columns, counted from 0. */
  readonly places: readonly number[];
}

/** Chapters, and those that are too wide in parts of about the same width. */
function cut(columns: readonly Column[]): Cut[] {
  const chapters = new Map<string, number[]>();
  for (const [place, { chapter }] of columns.entries()) {
    const places = chapters.get(chapter);
    if (places) places.push(place);
    else chapters.set(chapter, [place]);
  }
  return [...chapters].flatMap(([chapter, places]) => {
    const parts = Math.ceil(places.length / panelColumns);
    const width = Math.ceil(places.length / parts);
    return Array.from({ length: parts }, (_, i) => ({
      chapter,
      part: i + 1,
      parts,
      places: places.slice(i * width, (i + 1) * width),
    }));
  });
}

/** Equal neighbours as one, with their number. */
function spans(titles: readonly string[]): { title: string; span: number }[] {
  const found: { title: string; span: number }[] = [];
  for (const title of titles) {
    const last = found.at(-1);
    if (last?.title === title) last.span += 1;
    else found.push({ title, span: 1 });
  }
  return found;
}
