/**
 * A time axis that stays readable when microseconds of action lie between seconds of silence: long
 * silences are folded, and every piece between two folds has the same scale.
 */
import { formatNs } from './words.js';

export interface Axis {
  /** The place of a time, in the picture's units. */
  readonly x: (ns: number) => number;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
  /** Silences drawn narrower than they were, with how long they lasted. */
  readonly folds: readonly { readonly x: number; readonly label: string }[];
}

const foldWidth = 44;
const maxFolds = 5;
const tickSpacing = 84;
const labelWidth = 58;

/**
 * Lays out `times` (nanoseconds) between `left` and `right`. Labels count from `originNs`. A silence is
 * folded when it takes more than a third of what is not folded yet; what lies in `busy` is no silence.
 */
export function makeAxis(
  times: readonly number[],
  left: number,
  right: number,
  originNs: number,
  busy: readonly { readonly fromNs: number; readonly toNs: number }[] = [],
): Axis {
  const sorted = [...new Set(times)].sort((x, y) => x - y);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? first;
  const gaps = sorted
    .slice(1)
    .map((end, i) => ({ start: sorted[i] ?? end, end }))
    .sort((x, y) => y.end - y.start - (x.end - x.start));
  let linear = last - first;
  const folded: typeof gaps = [];
  for (const gap of gaps) {
    const length = gap.end - gap.start;
    if (folded.length === maxFolds || length <= linear / 3 || length >= linear || length < 1000) break;
    if (busy.some(({ fromNs, toNs }) => fromNs < gap.end && gap.start < toNs)) continue;
    folded.push(gap);
    linear -= length;
  }
  folded.sort((x, y) => x.start - y.start);

  const scale = (right - left - folded.length * foldWidth) / Math.max(linear, 1);
  const pieces: { start: number; end: number; x: number }[] = [];
  let x = left;
  let start = first;
  for (const fold of folded) {
    pieces.push({ start, end: fold.start, x });
    x += (fold.start - start) * scale + foldWidth;
    start = fold.end;
  }
  pieces.push({ start, end: last, x });

  const place = (ns: number): number => {
    const next = pieces.findIndex((piece) => piece.start > ns);
    const piece = pieces[next === -1 ? pieces.length - 1 : Math.max(0, next - 1)] ?? {
      start: first,
      end: last,
      x: left,
    };
    if (ns <= piece.end || next === -1)
      return Math.min(right, Math.max(left, piece.x + (ns - piece.start) * scale));
    // Within a fold: its share of the fold's width.
    const after = pieces[next] ?? piece;
    const end = piece.x + (piece.end - piece.start) * scale;
    return end + ((ns - piece.end) / (after.start - piece.end)) * foldWidth;
  };

  const step = niceStep(tickSpacing / scale);
  const ticks: { x: number; label: string }[] = [];
  for (const piece of pieces) {
    const base = originNs + Math.ceil((piece.start - originNs) / step) * step;
    const marks: number[] = [];
    for (let ns = base; ns <= piece.end && marks.length < 100; ns += step) marks.push(ns);
    for (const ns of marks.length > 0 ? marks : [piece.start]) {
      const at = place(ns);
      const before = ticks.at(-1);
      if (before === undefined || at - before.x >= labelWidth)
        ticks.push({ x: at, label: tickLabel(ns - originNs, step) });
    }
  }
  const folds = folded.map((fold) => ({
    x: place((fold.start + fold.end) / 2),
    label: formatNs(fold.end - fold.start),
  }));
  return { x: place, ticks, folds };
}

/** The smallest of 1, 2, 5 × 10^n that is at least `atLeast`. */
export function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 1)));
  return [1, 2, 5].map((n) => n * power).find((step) => step >= atLeast) ?? 10 * power;
}

/** `+1.25 ms`: signed, and as exact as the step asks, up to five significant digits. */
function tickLabel(ns: number, step: number): string {
  if (ns === 0) return '0';
  const size = Math.abs(ns);
  const [scale, unit] =
    size >= 1e9 ? [1e9, 's'] : size >= 1e6 ? [1e6, 'ms'] : size >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / scale) - 1e-9));
  const whole = Math.floor(Math.log10(size / scale)) + 1;
  const value = Number((size / scale).toFixed(Math.max(0, Math.min(digits, 5 - whole))));
  return `${ns < 0 ? '−' : '+'}${value} ${unit}`;
}
