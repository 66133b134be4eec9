/** Device × case and device × announcement, for every kind of device. */

import { announcementProbes } from '../announced.js';
import type { Entry } from '../list/schema.js';
import type { Profile } from '../profiles/profile.js';
import { groupBy } from '../report/group.js';
import { formatCount, isJudged } from '../report/words.js';
import { type DeviceKind, deviceKinds } from '../result.js';
import { type DeviceRow, kindWords } from './device-row.js';
import { pagerOf } from './index-pages.js';
import type { Page, Site } from './layout.js';
import { letterWords, toldLetterWords } from './list-words.js';
import { type Cell, type Column, pagesOf, panelsOf } from './matrix.js';
import { numbered } from './overview-paths.js';
import { casePath, matrixPath, profilesPath, resultPath } from './paths.js';
import { testedCase } from './tested-cases.js';
import { announcers, worksWords } from './works-with.js';

export function* matrixPages(site: Site, rows: readonly DeviceRow[]): Iterable<Page> {
  const entries = new Map(site.list.entries.map((entry) => [entry.id, entry]));
  for (const kind of deviceKinds) {
    const chosen = rows.filter((row) => row.kind === kind);
    yield* pagesOfMatrix(caseMatrix(site, kind, entries), kind, chosen, rows);
    yield* pagesOfMatrix(announcerMatrix(site, kind), kind, chosen, rows);
  }
}

interface Matrix {
  readonly heading: string;
  readonly lead: string;
  readonly first: (kind: DeviceKind) => string;
  /** The other one. */
  readonly beside: { readonly text: string; readonly first: (kind: DeviceKind) => string };
  readonly columns: readonly Column[];
  readonly cellOf: (row: DeviceRow, column: number) => Cell;
  /** For the page's JSON. */
  readonly lettersOf: (row: DeviceRow) => string;
}

const nowhere = (letter: string): Cell => ({ letter, path: null });

/** Where a case that failed, or is disputed, can be read: with the run that saw it. */
function failedRuns(site: Site, { failing, disputed }: Entry): Map<string, string> {
  const runs = [
    ...failing.map((c): [string, readonly string[]] => [c.id, c.runs]),
    ...disputed.map((c): [string, readonly string[]] => [c.id, c.fail]),
  ];
  return new Map(
    runs.flatMap(([id, bundles]) => {
      const bundle = bundles.find(site.hasRun);
      return bundle === undefined ? [] : [[id, resultPath(bundle, id)]];
    }),
  );
}

function caseMatrix(site: Site, kind: DeviceKind, entries: ReadonlyMap<string, Entry>): Matrix {
  const ids = site.list.catalogue[kind] ?? [];
  const failures = new Map<string, Map<string, string>>();
  const failuresOf = (row: DeviceRow) => {
    const known = failures.get(row.id);
    if (known) return known;
    const entry = entries.get(row.id);
    const found = entry ? failedRuns(site, entry) : new Map<string, string>();
    failures.set(row.id, found);
    return found;
  };
  return {
    heading: `${kindWords[kind].many}, case by case`,
    lead: 'Every case of the catalogue against every device. A cell that failed a must leads to what was seen.',
    first: matrixPath,
    beside: { text: 'by announcement', first: profilesPath },
    columns: ids.map((id) => {
      const { name, title, level, probe } = testedCase(id);
      const { chapter, title: group } = probe ?? { chapter: 'Earlier suites', title: 'No longer tested' };
      const words = isJudged(level) ? letterWords : toldLetterWords;
      return { name, title: `${id} (${level}): ${title}`, path: casePath(id), group, chapter, words };
    }),
    cellOf: (row, column) => {
      const letter = entries.get(row.id)?.outcomes[column] ?? '-';
      if (letter !== 'F' && letter !== 'D') return nowhere(letter);
      return { letter, path: failuresOf(row).get(ids[column] ?? '') ?? null };
    },
    lettersOf: ({ id }) => entries.get(id)?.outcomes ?? '',
  };
}

function announcerMatrix({ list }: Site, kind: DeviceKind): Matrix {
  const tested = new Set(list.catalogue[kind]);
  const places = [...announcers.keys()];
  const familyOf = (place: number) => announcers[place]?.family ?? '';
  const ordered = places.sort((x, y) => familyOf(x).localeCompare(familyOf(y)) || x - y);
  const isHeard = kind !== 'nic';
  return {
    heading: `${kindWords[kind].many}, by announcement`,
    lead: isHeard
      ? 'Each column is a failover software as it announces a takeover, frame for frame.'
      : 'A NIC follows no announcement: it sends them.',
    first: profilesPath,
    beside: { text: 'case by case', first: matrixPath },
    columns: isHeard ? ordered.flatMap((place) => columnOf(announcers[place], tested)) : [],
    cellOf: (row, column) => nowhere(row.announcers[ordered[column] ?? -1] ?? '-'),
    lettersOf: ({ announcers: letters }) => letters,
  };
}

function columnOf(announcer: Profile | undefined, tested: ReadonlySet<string>): Column[] {
  if (!announcer) return [];
  const { name, title, family } = announcer;
  const id = `${announcementProbes.programs}/${name}`;
  const path = tested.has(id) ? casePath(id) : null;
  const group = family === 'ipv4' ? 'IPv4' : 'IPv6';
  return [{ name, title, path, group, chapter: 'Failover software', words: worksWords }];
}

function* pagesOfMatrix(
  matrix: Matrix,
  kind: DeviceKind,
  rows: readonly DeviceRow[],
  all: readonly DeviceRow[],
): Iterable<Page> {
  const { heading, lead, columns, cellOf, beside } = matrix;
  const words = new Map(
    columns.flatMap((column) => Object.values(column.words)).map((word) => [word.word, word]),
  );
  const first = matrix.first(kind);
  const pages = pagesOf(rows, columns.length);
  const counts = new Map(groupBy(all, (row) => row.kind).map(([of, { length }]) => [of, length]));
  for (const [i, shown] of pages.entries()) {
    const path = numbered(first, i + 1);
    const panels = shown.length === 0 ? [] : panelsOf(path, columns, shown, cellOf);
    yield {
      path,
      title: i === 0 ? heading : `${heading}, page ${i + 1}`,
      template: 'matrix-page',
      view: {
        heading,
        lead,
        isEmpty: shown.length === 0,
        nothing: `No ${kindWords[kind].one} has been tested yet.`,
        kinds: deviceKinds.map((of) => ({
          text: kindWords[of].many,
          count: formatCount(counts.get(of) ?? 0),
          path: matrix.first(of),
          isCurrent: of === kind,
        })),
        beside: { text: beside.text, path: beside.first(kind) },
        panels,
        chapters: panels.length > 1 ? panels.filter(({ anchor }) => anchor !== null) : null,
        key: [...words.values()],
        pager: pagerOf((page) => numbered(first, page), i + 1, pages.length),
      },
      json: {
        kind,
        letters: Object.fromEntries(
          Object.entries(columns[0]?.words ?? {}).map(([letter, { word }]) => [letter, word]),
        ),
        columns: columns.map(({ name, title, chapter }) => ({ name, title, chapter })),
        devices: shown.map((row) => ({ id: row.id, letters: matrix.lettersOf(row) })),
      },
    };
  }
}
