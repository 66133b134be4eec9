/**
 * The picture of a case: a lane a port, the frames on it coloured and shaped by what became of them, and the
 * announcement as a line through all lanes. Colours come from the page's style sheet (`.timeline`).
 */
import type { RecordedEvent, Recording } from '../evidence/recording.js';
import { type Axis, makeAxis } from './axis.js';
import { escapeMarkup } from './escape.js';
import { beliefIn, isAboutHost, ownerOf, type Sightings, sightings } from './fates.js';
import { drawBands, drawLegend, drawMarks, legendOf } from './marks.js';
import { cut, laneHeight, left, oneEach, right, round, title, top, width } from './svg.js';
import { formatCount, formatNs } from './words.js';

type NeighbourEvent = Extract<RecordedEvent, { kind: 'neighbour' }>;

interface Lane {
  readonly name: string;
  readonly detail: string;
}

/** Draws the recording as an SVG element: about 2 to 8 KB, and text only, so that it can stand in a page. */
export function renderTimeline(recording: Recording, seen: Sightings = sightings(recording)): string {
  const caches = cacheLanes(recording);
  const lanes: Lane[] = [
    ...recording.ports.map(({ name, nic }) => ({ name, detail: nic })),
    ...[...caches.keys()].map((address) => ({ name: 'host’s cache', detail: address })),
  ];
  const middleOf = new Map(
    lanes.map(({ name, detail }, i) => [laneKey(name, detail), top + (i + 0.5) * laneHeight]),
  );
  const portMiddle = new Map(
    recording.ports.map(({ name, nic }) => [name, middleOf.get(laneKey(name, nic)) ?? top]),
  );
  const bottom = top + lanes.length * laneHeight;

  const flags = recording.events.filter(isFlag);
  const times = [
    ...seen.marks.map(({ atNs }) => atNs),
    ...seen.announcements.map(({ atNs }) => atNs),
    ...seen.bands.flatMap(({ fromNs, toNs }) => [fromNs, toNs]),
    ...flags.map(({ atNs }) => atNs),
    ...[...caches.values()].flat().map(({ atNs }) => atNs),
    // What a cache holds lasts until the recording's end.
    ...(caches.size > 0 ? [recording.endNs] : []),
  ];
  const axis = makeAxis(times, left + 8, right - 8, seen.announcements[0]?.atNs ?? 0, seen.bands);
  const legend = legendOf(seen, isAboutHost(recording));

  const key = drawLegend(legend, bottom + 58);
  const parts = [
    ...lanes.map((lane, i) => drawLane(lane, top + i * laneHeight)),
    ...drawAxis(axis, bottom),
    drawHeadings(seen, flags, axis, bottom),
    ...[...caches].map(([address, events]) =>
      drawCache(events, recording, axis, middleOf.get(laneKey('host’s cache', address)) ?? bottom),
    ),
    drawBands(seen, axis, portMiddle),
    drawMarks(seen.marks, axis, portMiddle),
    ...seen.announcements.flatMap(({ port, atNs, name, packet }) => {
      const y = portMiddle.get(port);
      if (y === undefined) return [];
      return `<circle class="announce" cx="${round(axis.x(atNs))}" cy="${y}" r="5">${title(`${name} sent at ${port} (packet ${packet})`)}</circle>`;
    }),
    key.drawn,
  ];
  const height = bottom + 68 + key.height;
  const told = legend
    .map(({ word, count }) => (count > 0 ? `${word}: ${formatCount(count)}` : word))
    .join(', ');
  return `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(
    `What crossed the ports in ${recording.caseId}. Frames ${told}.`,
  )}">${parts.join('')}</svg>`;
}

const laneKey = (name: string, detail: string) => JSON.stringify([name, detail]);
function drawLane({ name, detail }: Lane, y: number): string {
  return (
    `<path class="lane" d="M${left} ${y + laneHeight / 2}H${right}"/>` +
    `<text class="name" x="0" y="${y + laneHeight / 2 - 1}">${escapeMarkup(cut(name, 18))}</text>` +
    `<text class="small" x="0" y="${y + laneHeight / 2 + 11}">${escapeMarkup(cut(detail, 22))}</text>`
  );
}

function drawAxis({ ticks, folds }: Axis, y: number): string[] {
  return [
    `<path class="axis" d="M${left} ${y}H${right}${ticks.map(({ x }) => `M${round(x)} ${y}v5`).join('')}"/>`,
    ...ticks.map(
      ({ x, label }) =>
        `<text class="small ${x > right - 28 ? 'end' : 'tick'}" x="${round(x)}" y="${y + 17}">${label}</text>`,
    ),
    ...folds.map(
      ({ x, label }, i) =>
        `<g class="fold"><path d="M${round(x) - 3} ${top - 2}V${y + 4}M${round(x) + 3} ${top - 2}V${y + 4}"/>` +
        `${x - (folds[i - 1]?.x ?? 0) > 80 ? `<text class="small tick" x="${round(x)}" y="${y + 31}">… ${label} …</text>` : ''}${title(`a silence of ${label}, folded`)}</g>`,
    ),
  ];
}

type FlagEvent = Extract<RecordedEvent, { kind: 'mark' | 'owner' }>;

function isFlag(event: RecordedEvent): event is FlagEvent {
  return event.kind === 'owner' || (event.kind === 'mark' && event.name !== 'expect');
}

function flagText(event: FlagEvent): string {
  if (event.kind === 'mark')
    return event.detail === undefined ? event.name : `${event.name}: ${event.detail}`;
  return event.port === null ? `${event.address}: nobody` : `${event.address} at ${event.port}`;
}

function flagHeading(event: FlagEvent): string {
  if (event.kind === 'owner') return flagText(event);
  return event.name === 'sentinel' ? 'all ports checked' : event.name;
}

/** Two rows above the lanes: announcements, and whatever else happened, in words where there is room. */
function drawHeadings(seen: Sightings, flags: readonly FlagEvent[], axis: Axis, bottom: number): string {
  const taken: { from: number; to: number; y: number }[] = [];
  const heading = (x: number, text: string, style: string): string => {
    const shown = cut(text, 28);
    const y = style === 'announce' ? top - 32 : top - 16;
    const length = shown.length * (style === 'announce' ? 6.9 : 6.1) + 8;
    const atEnd = x + length > right;
    const place = atEnd ? { from: x - length, to: x, y } : { from: x, to: x + length, y };
    if (taken.some((other) => other.y === y && place.from < other.to && other.from < place.to)) return '';
    taken.push(place);
    return `<text class="small ${style}${atEnd ? ' end' : ''}" x="${round(atEnd ? x - 4 : x + 4)}" y="${y}">${escapeMarkup(shown)}</text>`;
  };
  const lines = (atNs: number, style: string, text: string, heard: string) => {
    const x = axis.x(atNs);
    const d = `M${round(x)} ${style === 'announce' ? `${top - 42}V${bottom}` : `${top - 24}v20`}`;
    return {
      line: `<path class="${style}" d="${d}">${title(heard)}</path>`,
      text: heading(x, text, style),
    };
  };
  const drawn = [
    ...oneEach(seen.announcements, ({ atNs }) => axis.x(atNs)).map(({ item, count }) =>
      lines(
        item.atNs,
        'announce',
        `${item.port} announces${count > 1 ? `, and ${count - 1} more` : ''}`,
        `${item.name} sent at ${item.port} (packet ${item.packet})`,
      ),
    ),
    ...oneEach(flags, ({ atNs }) => axis.x(atNs)).map(({ item }) =>
      lines(item.atNs, 'flag', flagHeading(item), `${flagText(item)} at ${formatNs(item.atNs)}`),
    ),
  ];
  // Words on top, so that no line runs through them.
  return [...drawn.map(({ line }) => line), ...drawn.map(({ text }) => text)].join('');
}

/** The host's own reports of an address, in order of time; at most four addresses are drawn. */
function cacheLanes(recording: Recording): Map<string, NeighbourEvent[]> {
  const lanes = new Map<string, NeighbourEvent[]>();
  for (const event of recording.events) {
    if (event.kind !== 'neighbour') continue;
    const lane = lanes.get(event.address);
    if (lane) lane.push(event);
    else if (lanes.size < 4) lanes.set(event.address, [event]);
  }
  return lanes;
}

function drawCache(events: readonly NeighbourEvent[], recording: Recording, axis: Axis, y: number): string {
  return events
    .flatMap((event, i) => {
      const label = `${event.mac === null ? 'no entry' : (ownerOf(recording, event.mac) ?? event.mac)} ${event.state ?? ''}`;
      const heard = `${event.address} is ${event.mac ?? 'absent'} ${event.state ?? ''} (${event.source}, ±${formatNs(event.clockErrorNs)})`;
      const endNs = events[i + 1]?.atNs ?? recording.endNs;
      // An entry that was right turns stale when the address changes hands.
      const handedOverNs = recording.events
        .filter(
          (e) => e.kind === 'owner' && e.address === event.address && e.atNs > event.atNs && e.atNs < endNs,
        )
        .map(({ atNs }) => atNs);
      const starts = [event.atNs, ...handedOverNs];
      return starts.map((startNs, piece) => {
        const from = axis.x(startNs);
        const stopNs = starts[piece + 1] ?? (i + 1 < events.length ? endNs : undefined);
        const to = stopNs === undefined ? right - 8 : axis.x(stopNs);
        const fate = event.mac === null ? 'absent' : (beliefIn(recording, event.mac, startNs) ?? 'plain');
        return drawEntry(fate, from, to, y, label.trim(), heard);
      });
    })
    .join('');
}

function drawEntry(fate: string, from: number, to: number, y: number, label: string, heard: string): string {
  const words = [label, label.split(' ', 1)[0] ?? ''].find((text) => to - from > text.length * 7.2 + 8);
  return (
    `<rect class="${fate} cache" x="${round(from)}" y="${y - 9}" width="${round(Math.max(1.5, to - from - 1))}" height="18">` +
    `${title(heard)}</rect>` +
    (words ? `<text class="small on" x="${round(from + 4)}" y="${y + 4}">${escapeMarkup(words)}</text>` : '')
  );
}
