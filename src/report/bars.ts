/** One row of a picture of numbers: a bar, an interval or a row of dots, between gridlines. Places are in percent
 *  of the width, so that it fits any page without its strokes being stretched. */
import type { Size } from './measured.js';
import type { Scale } from './scale.js';
import { round } from './svg.js';

export interface RowStyle {
  /** Where a number that ends with the tester points: a rate may be higher, a duration shorter. */
  readonly openTo: 'higher' | 'lower';
  /** What the numbers are held against. */
  readonly mark?: number;
  /** A colour of its own, as in the cases' pictures: `lost`, `stale`, `flooded`. */
  readonly tone?: string;
}

const percent = (place: number): string => `${round(place)}%`;
const line = (style: string, x: number) =>
  `<line class="${style}" x1="${percent(x)}" x2="${percent(x)}" y2="100%"/>`;

/** Draws the sizes of one row; a single one with its interval, several as dots between the first and the last. */
export function drawRow(sizes: readonly Size[], scale: Scale, { openTo, mark, tone }: RowStyle): string {
  const [first] = sizes;
  const last = sizes.at(-1);
  if (!first || !last) return '';
  const isOver = mark !== undefined && last.value > mark && openTo === 'lower';
  const style = [tone ?? 'amount', isOver ? 'over' : ''].filter(Boolean).join(' ');
  const grid = scale.ticks.map(({ at }) => line('grid', at)).join('');
  const shown = sizes.length > 1 ? dots(sizes, scale) : single(first, scale, openTo);
  return (
    `<svg class="row" width="100%" height="100%">${grid}<g class="${style}">${shown}</g>` +
    `${mark === undefined ? '' : line('mark', scale.place(mark))}</svg>`
  );
}

function single(size: Size, scale: Scale, openTo: RowStyle['openTo']): string {
  const { value, low, high, limited } = size;
  const at = scale.place(value);
  const end = limited ? opening(at, openTo) : '';
  if (low !== undefined || high !== undefined) {
    const [from, to] = [scale.place(low ?? value), scale.place(high ?? value)];
    // An amount is a length from zero, sure up to the interval's beginning.
    return (
      (openTo === 'higher' && !scale.isLog ? bar(from) + span(from, to) : span(from, to) + dot(at)) + end
    );
  }
  // By powers of ten a length says nothing: the line only leads the eye to its dot.
  return (scale.isLog ? thread(0, at) + dot(at) : bar(at)) + end;
}

function dots(sizes: readonly Size[], scale: Scale): string {
  const places = sizes.map(({ value }) => scale.place(value));
  const apart = places.filter((place, i) => i === 0 || round(place) !== round(places[i - 1] ?? place));
  return thread(Math.min(...places), Math.max(...places)) + apart.map(dot).join('');
}

/** An arrow towards where the device may be. */
function opening(at: number, openTo: RowStyle['openTo']): string {
  const d = openTo === 'higher' ? 'M2 0H26M20 -5l6 5l-6 5' : 'M-2 0H-26M-20 -5l-6 5l6 5';
  return `<svg class="open" x="${percent(at)}" y="50%"><path d="${d}"/></svg>`;
}

const dot = (at: number): string => `<circle cx="${percent(at)}" cy="50%" r="4.5"/>`;
const thread = (from: number, to: number): string =>
  `<line class="thread" x1="${percent(from)}" x2="${percent(to)}" y1="50%" y2="50%"/>`;
const span = (from: number, to: number): string =>
  `<line class="span" x1="${percent(from)}" x2="${percent(to)}" y1="50%" y2="50%"/>`;
const bar = (to: number): string => `<line class="bar" x2="${percent(to)}" y1="50%" y2="50%"/>`;

/** The labels over the rows. */
export function drawTicks(scale: Scale, label: (size: number) => string): string {
  const texts = scale.ticks.map(({ at, size, isMinor }) => {
    const anchor = at < 4 ? ' start' : at > 96 ? ' end' : '';
    return `<text class="tick${anchor}${isMinor ? ' minor' : ''}" x="${percent(at)}" y="14">${label(size)}</text>`;
  });
  return `<svg class="ticks" width="100%" height="18">${texts.join('')}</svg>`;
}
