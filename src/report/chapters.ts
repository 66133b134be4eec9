/** The catalogue's chapters, so that a page of some hundred cases has a table of contents. */
import type { ProbeInfo } from '../result.js';
import { groupBy } from './group.js';

/** Where claims stand of which the result names no chapter; as results did not at first, which have but this one. */
export const further = 'Further claims';
export const all = 'All claims';

/** Groups what belongs to a probe by chapter, in the order in which the result's probes name them. */
export function byChapter<T>(
  probes: readonly ProbeInfo[],
  items: readonly T[],
  probeOf: (item: T) => string,
): { title: string; items: T[] }[] {
  const chapters = new Map(probes.map(({ id, chapter = further }) => [id, chapter]));
  const order = [...new Set(chapters.values())].filter((title) => title !== further);
  const place = (title: string) => (order.includes(title) ? order.indexOf(title) : order.length);
  const rest = order.length > 0 ? further : all;
  return groupBy(items, (item) => chapters.get(probeOf(item)) ?? further)
    .sort(([x], [y]) => place(x) - place(y))
    .map(([title, chosen]) => ({ title: title === further ? rest : title, items: chosen }));
}
