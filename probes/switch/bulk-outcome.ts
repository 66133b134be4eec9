/** What a recording tells of many stations that moved at once: see `bulk-move`. */
import { between, counted, type Measurement, type Recording } from '../../src/probe.js';
import { type Fate, reachedOnly, recordedFates } from './bulk.js';

/** The names of the batches, each kind counted from 1. */
export const lessonLabel = (n: number) => `lesson-${n}`;
export const beforeLabel = (n: number) => `before-${n}`;
export const knownLabel = (n: number) => `known-${n}`;
export const moveLabel = (n: number) => `move-${n}`;
export const lookLabel = (n: number) => `look-${n}`;
export const afterLabel = (n: number) => `after-${n}`;

/** So many frames in a row to a station are hardly lost by chance. */
export const fewestLooks = 4;

export const isLost = ({ arrivedAt }: Fate) => arrivedAt.length === 0;
export const lostOf = (fates: ReadonlyMap<number, Fate>): number[] =>
  [...fates].flatMap(([index, fate]) => (isLost(fate) ? index : []));

/** The stations that the switch knows at port a after these checks: a frame that got lost leaves it as it was. */
export function knownAfter(checks: readonly ReadonlyMap<number, Fate>[]): number[] {
  const known = new Set<number>();
  for (const [index, fate] of checks.flatMap((check) => [...check])) {
    if (reachedOnly(fate, 'a')) known.add(index);
    else if (!isLost(fate)) known.delete(index);
  }
  return [...known].sort((x, y) => x - y);
}

/** The batches of a kind, in the order in which they were sent. */
export function batches(recording: Recording, label: (n: number) => string): Map<number, Fate>[] {
  const found: Map<number, Fate>[] = [];
  for (let n = 1; ; n += 1) {
    const fates = recordedFates(recording, label(n));
    if (fates.size === 0) return found;
    found.push(fates);
  }
}

/** One address through the move. */
export interface Moved {
  /** Where the last frame to it that came out anywhere went; lost: none of the last few did. */
  readonly end: 'followed' | 'stale' | 'flooded' | 'lost';
  /** Its announcement came out at World, so the switch had it. */
  readonly carried: boolean;
  /** It was announced again, since its announcement in the burst had come out nowhere. */
  readonly repeated: boolean;
  /** How long it took to follow, milliseconds between bounds. */
  readonly outage?: { readonly lowMs: number; readonly highMs: number };
}

function endOf(seen: readonly Fate[]): Moved['end'] {
  const last = seen.findLast((fate) => !isLost(fate));
  if (!last || seen.slice(-fewestLooks).every(isLost)) return 'lost';
  if (reachedOnly(last, 'b')) return 'followed';
  return last.arrivedAt.includes('a') ? 'stale' : 'flooded';
}

/** RFC 6412's loss-derived method, for each address that the switch knew: it had followed between the last frame that
 *  did not reach the new port alone and the first after which all that came out did. */
export function movesOf(recording: Recording): Moved[] {
  const known = new Set(knownAfter(batches(recording, knownLabel)));
  const announcements = batches(recording, moveLabel);
  const looks = [...batches(recording, lookLabel), ...batches(recording, afterLabel)];
  return [...(announcements[0]?.keys() ?? [])]
    .filter((index) => known.has(index))
    .map((index) => {
      const said = announcements.flatMap((batch) => batch.get(index) ?? []);
      const seen = looks.flatMap((batch) => batch.get(index) ?? []);
      const carriedBy = said.find(({ arrivedAt }) => arrivedAt.includes('world'));
      const state = { end: endOf(seen), carried: carriedBy !== undefined, repeated: said.length > 1 };
      const effective = carriedBy ?? said.at(-1);
      const astray = seen.findLastIndex((fate) => !isLost(fate) && !reachedOnly(fate, 'b'));
      const first = seen.findIndex((fate, at) => at > astray && reachedOnly(fate, 'b'));
      const right = seen[first];
      if (state.end !== 'followed' || !right || !effective) return state;
      const wrongNs = seen[first - 1]?.fromNs ?? 0;
      const lowMs = Math.max(0, (wrongNs - effective.toNs) / 1e6);
      return {
        ...state,
        outage: { lowMs, highMs: Math.max(lowMs, (right.toNs - effective.fromNs) / 1e6) },
      };
    });
}

export function measurements(moves: readonly Moved[], count: number): Measurement[] {
  const followed = moves.filter(({ end }) => end === 'followed').length;
  const outages = moves
    .flatMap(({ outage }) => outage ?? [])
    .sort((x, y) => x.lowMs + x.highMs - (y.lowMs + y.highMs));
  const of = `${counted(count, 'address', 'addresses')} in one burst`;
  const named = { longest: outages.at(-1), median: outages[Math.floor((outages.length - 1) / 2)] };
  return [
    { name: `addresses that followed, ${of}`, value: followed, unit: 'addresses' },
    {
      name: `announcements lost, ${of}`,
      value: moves.filter(({ repeated }) => repeated).length,
      unit: 'frames',
    },
    ...Object.entries(named).flatMap(([name, outage]) =>
      outage ? between(`outage of an address, ${name}, ${of}`, outage.lowMs, outage.highMs) : [],
    ),
  ];
}

/** Share of the frames that came out nowhere in the last, and slowest, look before anything moved. */
export function lostBefore(recording: Recording): number {
  const last = batches(recording, beforeLabel).at(-1);
  return last ? lostOf(last).length / last.size : 1;
}

export const addresses = (n: number) => counted(n, 'address', 'addresses');
