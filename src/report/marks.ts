/** The marks of single frames and the bands of streams in a case's picture, and the legend to them. */
import type { Axis } from './axis.js';
import type { Fate, Mark, Sightings } from './fates.js';
import { oneEach, right, round, title } from './svg.js';
import { formatCount } from './words.js';

/** Drawn in this order, so that what is wrong lies on top. */
const fateOrder: readonly Fate[] = ['plain', 'right', 'flooded', 'stale', 'lost'];

/** The mark for a fate, told apart by shape as well as by colour; `inner` is its title. */
function shape(fate: Fate, direction: Mark['direction'], x: number, y: number, inner = ''): string {
  const circle = (r: number) => `<circle class="${fate}" cx="${x}" cy="${y}" r="${r}">${inner}</circle>`;
  const path = (style: string, d: string) => `<path class="${style}" d="${d}">${inner}</path>`;
  if (direction === 'out') return path('out', departure(x, y));
  if (fate === 'right') return circle(4);
  if (fate === 'stale') return path(fate, `M${x - 4} ${y - 4}h8v8h-8z`);
  if (fate === 'flooded') return path(fate, `M${x} ${y - 5}l5 9h-10z`);
  if (fate === 'lost') return path(fate, `M${x - 4} ${y - 4}l8 8m0-8l-8 8`);
  return circle(2.5);
}

const departure = (x: number, y: number): string => `M${x} ${y + 1}v11`;

const fateWords: Readonly<Record<Fate, string>> = {
  right: 'right',
  stale: 'stale',
  flooded: 'among further ports',
  lost: 'lost',
  plain: '',
};

export function drawMarks(marks: readonly Mark[], axis: Axis, middle: ReadonlyMap<string, number>): string {
  const groups = new Map<string, Mark[]>();
  for (const mark of [...marks].sort((x, y) => fateOrder.indexOf(x.fate) - fateOrder.indexOf(y.fate))) {
    const key = [mark.port, mark.fate, mark.direction].join();
    const group = groups.get(key);
    if (group) group.push(mark);
    else groups.set(key, [mark]);
  }
  let drawn = '';
  for (const group of groups.values()) {
    group.sort((x, y) => x.atNs - y.atNs);
    const bins = oneEach(group, ({ atNs }) => axis.x(atNs)).map((bin) => ({
      ...bin,
      x: round(axis.x(bin.item.atNs)),
    }));
    const [first] = group;
    const y = first && middle.get(first.port);
    if (!first || y === undefined) continue;
    // Data frames tell their story where they arrive: their departures are one path without words.
    if (first.direction === 'out' && first.fate !== 'plain') {
      drawn += `<path class="out" d="${bins.map(({ x }) => departure(x, y)).join('')}"/>`;
      continue;
    }
    for (const { item, count, x } of bins) {
      const more = count > 1 ? ` and ${count - 1} more` : '';
      drawn += shape(item.fate, item.direction, x, y, title(`${markText(item)}${more}`));
    }
  }
  return drawn;
}

function markText({ fate, direction, port, packet, name }: Mark): string {
  if (direction === 'out') return `packet ${packet}: ${name} sent at ${port}`;
  if (fate === 'lost') return `packet ${packet}: ${name} never came to ${port}`;
  return `packet ${packet}: ${name} at ${port} ${fateWords[fate]}`.trim();
}

export function drawBands({ bands }: Sightings, axis: Axis, middle: ReadonlyMap<string, number>): string {
  const merged: {
    from: number;
    to: number;
    fate: Fate;
    port: string;
    first: string;
    frames: number;
    count: number;
  }[] = [];
  for (const { fromNs, toNs, fate, port, name, frames } of bands) {
    const from = axis.x(fromNs);
    const to = axis.x(toNs);
    const last = merged.findLast((band) => band.port === port);
    if (last && last.fate === fate && from - last.to < 1.5) {
      last.to = Math.max(last.to, to);
      last.frames += frames;
      last.count += 1;
    } else merged.push({ from, to, fate, port, first: name, frames, count: 1 });
  }
  return merged
    .map(({ from, to, fate, port, first, frames, count }) => {
      const y = middle.get(port);
      if (y === undefined) return '';
      const text = `${first}${count > 1 ? ' …' : ''} ${fateWords[fate]}: ${formatCount(frames)} frames`;
      const [high, offset] = fate === 'right' ? [12, 6] : fate === 'lost' ? [4, 2] : [8, 4];
      return `<rect class="${fate} band" x="${round(from)}" y="${y - offset}" width="${round(Math.max(2, to - from))}" height="${high}">${title(text)}</rect>`;
    })
    .join('');
}

export interface LegendEntry {
  readonly fate: Fate | 'announce' | 'sent';
  readonly word: string;
  readonly count: number;
}

/** Only what the picture shows; frames are counted once, however many ports they came to. */
export function legendOf({ marks, bands, announcements }: Sightings, aboutHost: boolean): LegendEntry[] {
  const framesBy = new Map<Fate, Map<string, number>>();
  for (const { fate, frame, frames } of [
    ...marks.filter(({ direction }) => direction === 'in').map((mark) => ({ ...mark, frames: 1 })),
    ...bands.map((band) => ({ ...band, frame: band.name })),
  ]) {
    const counted = framesBy.get(fate) ?? new Map<string, number>();
    framesBy.set(fate, counted.set(frame, frames));
  }
  const count = (fate: Fate) =>
    [...(framesBy.get(fate)?.values() ?? [])].reduce((sum, frames) => sum + frames, 0);
  const words: LegendEntry[] = [
    { fate: 'announce', word: 'announcement', count: announcements.length },
    { fate: 'right', word: aboutHost ? 'to the owner' : 'where it belongs', count: count('right') },
    { fate: 'stale', word: aboutHost ? 'to the former owner' : 'at the old port', count: count('stale') },
    { fate: 'flooded', word: 'at further ports', count: count('flooded') },
    { fate: 'lost', word: 'lost', count: count('lost') },
    { fate: 'plain', word: 'other', count: count('plain') },
    { fate: 'sent', word: 'sent', count: marks.filter(({ direction }) => direction === 'out').length },
  ];
  return words.filter((entry) => entry.count > 0);
}

/** The legend below `y`, with the height that it takes. */
export function drawLegend(entries: readonly LegendEntry[], y: number): { drawn: string; height: number } {
  let x = 0;
  let row = y;
  const drawn = entries.map(({ fate, word, count }) => {
    const text = `${word} ${formatCount(count)}`;
    const length = text.length * 6.5 + 32;
    if (x + length > right) {
      x = 0;
      row += legendLine;
    }
    const at = round(x + 5);
    x += length;
    const symbol =
      fate === 'announce'
        ? `<circle class="announce" cx="${at}" cy="${row - 4}" r="5"/>`
        : fate === 'sent'
          ? shape('plain', 'out', at, row - 10)
          : shape(fate, 'in', at, row - 4);
    return `${symbol}<text class="small" x="${round(at + 10)}" y="${row}">${text}</text>`;
  });
  return { drawn: drawn.join(''), height: row - y };
}

const legendLine = 18;
