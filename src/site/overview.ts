/** The pages and files that are about many devices. */
import type { ListStatus } from '../list/schema.js';
import { deviceKinds } from '../result.js';
import { badgeFiles } from './badge.js';
import { deviceRows, kindWords } from './device-row.js';
import { diffPages } from './diff-pages.js';
import { changesOf, feedFile } from './feed.js';
import { indexPages } from './index-pages.js';
import type { Page, Site, SiteFile } from './layout.js';
import { matrixPages } from './matrix-pages.js';
import { openPages } from './open-pages.js';
import { comparePath, devicesDataPath } from './overview-paths.js';
import { devicePath, indexPath, matrixPath } from './paths.js';
import { searchFiles } from './search-data.js';

/** One after the other, since there may be thousands. */
export function* overviewPages(site: Site): Iterable<Page> {
  const rows = deviceRows(site.list, site.now);
  yield* indexPages(site, rows);
  yield comparePage;
  yield* matrixPages(site, rows);
  yield* diffPages(site, rows);
  yield* openPages(site, rows);
}

/** What is no page: data for the search, and badges. The feed is `changesFile`. */
export function* overviewFiles(site: Site): Iterable<SiteFile> {
  yield* searchFiles(site.list, deviceRows(site.list, site.now));
  yield* badgeFiles(site.list.entries, site.now);
}

/** @param statuses of entries by their ids, what the list said as their runs came to count, one after the other */
export function changesFile(site: Site, statuses: ReadonlyMap<string, readonly ListStatus[]>): SiteFile {
  const changes = site.list.entries.flatMap((entry) => changesOf(entry, statuses.get(entry.id)));
  return feedFile(changes, site);
}

const comparePage: Page = {
  path: comparePath,
  title: 'Side by side',
  template: 'compare',
  script: true,
  view: {
    source: devicesDataPath,
    devices: devicePath({ id: 'ID' }),
    paths: { index: indexPath },
    kinds: deviceKinds.map((kind) => ({ text: kindWords[kind].many, path: matrixPath(kind) })),
  },
  json: { about: 'Devices side by side, chosen by the query: ?device=ID&device=ID.' },
};
