/** Where every page of the site lies, relative to its root, with slashes. Names come from what is safe already (an
 *  entry's id, a bundle's path) or are made so here, and no two pages share one. */
import { slug } from '../list/slug.js';
import type { DeviceKind } from '../result.js';

type Named = { readonly id: string };

export const indexPath = 'index.html';
export const stylePath = 'site.css';
export const scriptPath = 'site.js';
export const disputesPath = 'disputes.html';
export const untestedPath = 'untested.html';
export const feedPath = 'feed.atom';
/** Everything that is tested, by kind and chapter. */
export const casesPath = 'cases/index.html';

/** Device × case. There is one for every kind. */
export const matrixPath = (kind: DeviceKind): string => `matrix/${kind}.html`;
/** Device × announcement profile. There is one for every kind. */
export const profilesPath = (kind: DeviceKind): string => `announcements/${kind}.html`;

export const devicePath = (entry: Named): string => `devices/${entry.id}.html`;
/** What differs between two entries, the older first. */
export const diffPath = (older: Named, newer: Named): string => `diff/${older.id}/${newer.id}.html`;
export const badgePath = (entry: Named, type: 'json' | 'svg'): string => `badges/${entry.id}.${type}`;

/** A case, and every device by its outcome; `page` counts from 1. */
export const casePath = (id: string, page = 1): string =>
  `cases/${fileName(id)}${page === 1 ? '' : `.page-${page}`}.html`;

/** Of a bundle, by its path below reports/. */
export const runPath = (bundle: string): string => `runs/${bundle}/index.html`;
/** What one case of a bundle's run saw. */
export const resultPath = (bundle: string, caseId: string): string =>
  `runs/${bundle}/cases/${fileName(caseId)}.html`;
/** A file of a bundle, copied as it is, so that it can be downloaded; `file` is its path in the bundle. */
export const bundleFilePath = (bundle: string, file: string): string => `runs/${bundle}/bundle/${file}`;

/** The same page for programs. */
export const jsonPath = (page: string): string => page.replace(/\.html$/, '.json');

/** From a page of the site to another file of it, as it stands in an `href`: works below any address, and from disk. */
export function linkTo(from: string, to: string): string {
  const [here, there] = [from.split('/'), to.split('/')];
  const folders = here.length - 1;
  let shared = 0;
  while (shared < folders && shared < there.length - 1 && here[shared] === there[shared]) shared += 1;
  return '../'.repeat(folders - shared) + there.slice(shared).map(encoded).join('/');
}

const encoded = (name: string): string => (/^[\w.-]*$/.test(name) ? name : encodeURIComponent(name));

const longest = 150;

/** Whether the id is like those of the catalogue, and not one that a stranger made up to be copied into a shell. */
export const isPlainCaseId = (id: string): boolean =>
  id.length <= longest &&
  id.includes('/') &&
  id.split('/').every((part) => !part.includes('.') && slug(part) === part);

/** Ids of cases are paths already. One that a stranger made up gets a single name, in a folder that is no kind of device.
 *  A dot is in neither, so that `page-2` and endings can't be taken for a case. */
const fileName = (id: string): string => (isPlainCaseId(id) ? id : `other-cases/${nameWithoutDot(id)}`);

/** A name for any text, another one for each: the slash has `slug` add a digest, which tells apart what loses its dots. */
export const nameWithoutDot = (text: string): string =>
  slug(text) === text && !text.includes('.') ? text : slug(`/${text}`).replaceAll('.', '-');
