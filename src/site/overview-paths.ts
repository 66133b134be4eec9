/** Where the pages about many devices lie, beside those of paths.ts. */
import type { DeviceKind } from '../result.js';
import { nameWithoutDot } from './paths.js';

/** Two or more devices side by side; which, stands in its query: `?device=ID&device=ID`. */
export const comparePath = 'compare.html';
/** What changed from one firmware to the next, all of them. */
export const diffsPath = 'diff/index.html';

/** A part of the list that has pages without JavaScript too. */
export interface Slice {
  readonly by: 'all' | 'kind' | 'status' | 'vendor';
  readonly value: string;
}

/** The whole list begins on the index; `page` counts from 1. */
export function slicePath({ by, value }: Slice, page: number): string {
  if (by === 'all') return page === 1 ? 'index.html' : `lists/all.page-${page}.html`;
  return numbered(`lists/${by}/${nameWithoutDot(value)}.html`, page);
}

/** A further page of what begins at `first`. */
export const numbered = (first: string, page: number): string =>
  page === 1 ? first : first.replace(/\.html$/, `.page-${page}.html`);

/** What the search reads: classic scripts, which also a page from disk may load. */
export const devicesDataPath = 'data/devices.js';
export const casesDataPath = (kind: DeviceKind): string => `data/cases-${kind}.js`;
export const outcomesDataPath = (shard: number): string => `data/outcomes-${shard}.js`;
