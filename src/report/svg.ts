/** The geometry of a case's picture, and what every part of it is drawn with. */
import { escapeMarkup } from './escape.js';

export const width = 880;
export const left = 132;
export const right = 862;
export const top = 44;
export const laneHeight = 36;
/** Marks of one kind closer than this are drawn as one. */
export const binWidth = 6;

export const round = (n: number): number => Math.round(n * 10) / 10;
export const title = (text: string) => `<title>${escapeMarkup(text)}</title>`;
export const cut = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Thins out items, in order of time, to one for each few units of width, with how many it stands for. */
export function oneEach<T>(items: readonly T[], x: (item: T) => number): { item: T; count: number }[] {
  const kept: { item: T; count: number; x: number }[] = [];
  for (const item of items) {
    const last = kept.at(-1);
    if (last && x(item) - last.x < binWidth) last.count += 1;
    else kept.push({ item, count: 1, x: x(item) });
  }
  return kept;
}
