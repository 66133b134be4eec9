/** The index, and the parts of it that somebody without JavaScript chooses from: by kind, status and vendor. */
import type { ListStatus } from '../list/schema.js';
import { listStatuses } from '../list/schema.js';
import { groupBy } from '../report/group.js';
import { formatCount, plural } from '../report/words.js';
import { deviceKinds } from '../result.js';
import { type DeviceRow, kindWords } from './device-row.js';
import type { Page, Site } from './layout.js';
import { listStatusWords } from './list-words.js';
import { comparePath, devicesDataPath, diffsPath, type Slice, slicePath } from './overview-paths.js';
import { devicePath, feedPath, indexPath, scriptPath } from './paths.js';
import { announcerGroups, announcers } from './works-with.js';

/** So many devices are read in one go, and drawn at once. */
export const rowsPerPage = 100;

/** The index first; then every part of the list, a page for each hundred devices. */
export function* indexPages(site: Site, rows: readonly DeviceRow[]): Iterable<Page> {
  const facets = facetsOf(rows);
  yield* slicePages(site, { by: 'all', value: '' }, rows, facets);
  for (const facet of facets) {
    for (const { slice, chosen } of facet.items) yield* slicePages(site, slice, chosen, facets);
  }
}

interface Facet {
  readonly title: string;
  readonly items: readonly {
    readonly slice: Slice;
    readonly text: string;
    readonly chosen: readonly DeviceRow[];
  }[];
}

function facetsOf(rows: readonly DeviceRow[]): Facet[] {
  const vendors = groupBy(rows, ({ vendor }) => vendor).sort(([x], [y]) => byName.compare(x, y));
  const facets: Facet[] = [
    {
      title: 'Kind',
      items: deviceKinds.map((value) => ({
        slice: { by: 'kind', value },
        text: kindWords[value].many,
        chosen: rows.filter(({ kind }) => kind === value),
      })),
    },
    {
      title: 'Status',
      items: listStatuses.map((value) => ({
        slice: { by: 'status', value },
        text: `${listStatusWords[value].symbol} ${listStatusWords[value].word}`,
        chosen: rows.filter(({ status }) => status === value),
      })),
    },
    {
      title: 'Vendor',
      items: vendors.map(([value, chosen]) => ({ slice: { by: 'vendor', value }, text: value, chosen })),
    },
  ];
  return facets.map(({ title, items }) => ({
    title,
    items: items.filter(({ chosen }) => chosen.length > 0),
  }));
}

const byName = new Intl.Collator('en', { numeric: true });

function* slicePages(
  site: Site,
  slice: Slice,
  rows: readonly DeviceRow[],
  facets: readonly Facet[],
): Iterable<Page> {
  const pages = Math.max(1, Math.ceil(rows.length / rowsPerPage));
  for (let page = 1; page <= pages; page += 1) {
    const first = (page - 1) * rowsPerPage;
    const shown = rows.slice(first, first + rowsPerPage);
    const path = slicePath(slice, page);
    const isIndex = path === indexPath;
    const heading = headingOf(slice);
    yield {
      path,
      title: isIndex ? 'Compatible hardware' : page === 1 ? heading : `${heading}, page ${page}`,
      template: 'index',
      script: isIndex,
      view: {
        heading,
        isIndex,
        total: plural(rows.length, 'device'),
        range: rows.length > shown.length ? rangeText(first, shown.length, rows.length) : null,
        rows: shown.map(rowView),
        blank: isIndex ? rowView(blankRow) : null,
        search: isIndex ? searchView(site, rows) : null,
        facets: facets.map(({ title, items }) => facetView(title, items, slice)),
        pager: pagerOf((number) => slicePath(slice, number), page, pages),
        paths: { index: indexPath, diffs: diffsPath, compare: comparePath, feed: feedPath },
      },
      json: {
        now: site.now,
        ...(isIndex ? {} : { [slice.by]: slice.value }),
        page,
        pages,
        // The index has them all, for it is what programs look for.
        devices: (isIndex ? rows : shown).map(({ said: _, ...row }) => row),
      },
    };
  }
}

function headingOf({ by, value }: Slice): string {
  if (by === 'kind') return kindWords[value as DeviceRow['kind']].many;
  if (by === 'status') return `Status: ${listStatusWords[value as ListStatus].word.toLowerCase()}`;
  if (by === 'vendor') return `Devices of ${value}`;
  return 'Which hardware follows a MAC address takeover?';
}

const rangeText = (first: number, count: number, total: number): string =>
  `${formatCount(first + 1)} to ${formatCount(first + count)} of ${formatCount(total)}`;

/** Links to the pages before and after; null where there is but one. */
export function pagerOf(pathOf: (page: number) => string, page: number, pages: number) {
  if (pages === 1) return null;
  return {
    text: `Page ${formatCount(page)} of ${formatCount(pages)}`,
    previous: page > 1 ? pathOf(page - 1) : null,
    next: page < pages ? pathOf(page + 1) : null,
    first: page > 2 ? pathOf(1) : null,
    last: page < pages - 1 ? pathOf(pages) : null,
  };
}

const facetView = (title: string, items: Facet['items'], current: Slice) => ({
  title,
  items: items.map(({ slice, text, chosen }) => ({
    text,
    path: slicePath(slice, 1),
    count: formatCount(chosen.length),
    isCurrent: slice.by === current.by && slice.value === current.value,
  })),
});

const rowView = (row: DeviceRow) => ({ ...row, path: devicePath(row) });

const blankRow: DeviceRow = {
  ...{
    id: '',
    name: '',
    vendor: '',
    kind: 'switch',
    kindWord: '',
    hardware: '',
    firmware: '',
    conditions: '',
  },
  ...{ status: 'untested', said: { symbol: '', word: '', tone: 'not-run' } },
  ...{ relearn: null, relearnNs: null, announcers: '', works: null },
  ...{ tier: 0, tierWord: '', tested: '', stale: null },
};

function searchView(site: Site, rows: readonly DeviceRow[]) {
  const vendors = [...new Set(rows.map(({ vendor }) => vendor))].sort(byName.compare);
  return {
    source: devicesDataPath,
    devices: devicePath({ id: 'ID' }),
    compare: comparePath,
    script: scriptPath,
    now: site.now,
    kinds: deviceKinds.map((value) => ({ value, text: kindWords[value].many })),
    statuses: listStatuses.map((value) => ({ value, text: listStatusWords[value].word })),
    vendors,
    groups: announcerGroups.map(({ id, title }) => ({ id, title })),
    announcers: announcers.map(({ name, title }) => ({ id: name, title })),
  };
}
