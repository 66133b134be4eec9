/** A scale for quantities: linear from zero, or by powers of ten where they differ by more than a person could
 *  see otherwise. Places are percentages, so that a picture can be as wide as the page lets it. */
import { niceStep } from './axis.js';

export interface Scale {
  readonly isLog: boolean;
  /** The place of a size: 0 at the left edge, 100 at the right one. What lies beyond stands at the edge. */
  readonly place: (size: number) => number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly at: number;
  readonly size: number;
  /** May be left out where the page is narrow. */
  readonly isMinor: boolean;
}

/** From this ratio on, the smaller of two bars could hardly be seen. */
const widestLinear = 50;
const maxPowers = 7;

export function makeScale(sizes: readonly number[], top?: number): Scale {
  const positive = sizes.filter((size) => size > 0);
  const most = Math.max(...positive, 0) || 1;
  const least = Math.min(...positive, most);
  return top === undefined && most / least > widestLinear ? logScale(least, most) : linearScale(top ?? most);
}

function linearScale(most: number): Scale {
  const step = niceStep(most / 4);
  const to = Math.ceil((most / step) * 1.0001 - 1e-3) * step || 1;
  const count = Math.round(to / step);
  return {
    isLog: false,
    place: (size) => clamp((size / to) * 100),
    ticks: Array.from({ length: count + 1 }, (_, i) => tick((i / count) * 100, i * step, i % 2 === 1)),
  };
}

function logScale(least: number, most: number): Scale {
  const from = Math.log10(least) - 0.15;
  const to = Math.log10(most) + 0.15;
  const place = (size: number) => clamp(((Math.log10(size) - from) / (to - from)) * 100);
  const every = Math.ceil((to - from) / maxPowers);
  const powers: number[] = [];
  for (let power = Math.ceil(from); power <= to; power += every) powers.push(power);
  return {
    isLog: true,
    // Zero has no place by powers of ten: it stands at the edge.
    place: (size) => (size > 0 ? place(size) : 0),
    ticks: powers.map((power, i) => tick(place(10 ** power), 10 ** power, i % 2 === 1)),
  };
}

const tick = (at: number, size: number, isMinor: boolean): Tick => ({ at, size, isMinor });
const clamp = (percent: number): number => Math.min(100, Math.max(0, percent));
