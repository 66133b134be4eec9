/**
 * Many stations at once: each frame of a batch is between World and a station of its own. A batch is sent as numbered
 * streams, so that its outcome is stored and not its frames; which stations it was for stands in a mark.
 */
import {
  type Context,
  markDetail,
  type PortName,
  type Recording,
  type StationBlock,
  type Stream,
  type StreamRecord,
  type Transmission,
} from '../../src/probe.js';

/** Which way a batch goes: each station speaks to World, or World sends to each station. */
export type Way = { readonly from: PortName } | { readonly to: PortName };

export interface Batch {
  /** The stations, each with the frame at the same place in `schedule`. */
  readonly indices: readonly number[];
  readonly schedule: readonly Transmission[];
  /** What became of it so far. */
  fates(): Map<number, Fate>;
}

/** What became of a station's frame in a batch. */
export interface Fate {
  /** Between these bounds it was sent. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly arrivedAt: readonly string[];
}

/** Frames of a stream. Its record tells when the first and last of equal outcome were sent, so this bounds how far the
 *  sending time of each is known: 2 ms at 125,000 frames a second. */
const streamFrames = 256;

/** Stations by their index, `0-99,101` in a mark. */
export function rangesOf(indices: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

export function indicesOf(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) return [];
    return Array.from({ length: Math.max(0, Number(last) - Number(first) + 1) }, (_, n) => Number(first) + n);
  });
}

const streamLabel = (batch: string, n: number) => `${batch}-${n}`;

/** Announces a batch: one frame for each of the stations, in this order, `spacingNs` apart. */
export function batchOf(
  context: Context,
  name: string,
  way: Way,
  block: StationBlock,
  indices: readonly number[],
  spacingNs: number,
): Batch {
  const port = 'from' in way ? way.from : 'world';
  const streams: { stream: Stream; indices: readonly number[] }[] = [];
  context.mark(name, rangesOf(indices));
  for (let first = 0; first < indices.length; first += streamFrames) {
    const part = indices.slice(first, first + streamFrames);
    const label = streamLabel(name, streams.length + 1);
    const stream = context.streamBetween(label, port, part.length, (seq) => {
      const station = block.at(part[seq - 1] ?? 0);
      const world = context.portMac('world');
      return 'from' in way
        ? { source: station, destination: world }
        : { source: world, destination: station };
    });
    if ('to' in way) context.expect(label, [way.to]);
    streams.push({ stream, indices: part });
  }
  return {
    indices,
    schedule: streams.flatMap(({ stream }) =>
      stream.frames.map((frame) => ({ port, frame, afterNs: spacingNs })),
    ),
    fates: () => new Map(streams.flatMap(({ stream, indices: part }) => [...fatesOf(stream.finish(), part)])),
  };
}

function fatesOf({ segments }: StreamRecord, indices: readonly number[]): Map<number, Fate> {
  const fates = new Map<number, Fate>();
  for (const { firstSeq, lastSeq, firstSentNs, lastSentNs, arrivedAt } of segments) {
    for (let seq = firstSeq; seq <= lastSeq; seq += 1) {
      const index = indices[seq - 1];
      if (index !== undefined) fates.set(index, { fromNs: firstSentNs, toNs: lastSentNs, arrivedAt });
    }
  }
  return fates;
}

/** What became of a recorded batch, by the station's index; empty when it was never sent. */
export function recordedFates(recording: Recording, name: string): Map<number, Fate> {
  const indices = indicesOf(markDetail(recording, name) ?? '');
  const fates = new Map<number, Fate>();
  for (let first = 0; first < indices.length; first += streamFrames) {
    const label = streamLabel(name, first / streamFrames + 1);
    const record = recording.streams.find((stream) => stream.label === label);
    if (!record) continue;
    for (const [index, fate] of fatesOf(record, indices.slice(first, first + streamFrames)))
      fates.set(index, fate);
  }
  return fates;
}

/** Whether the frame reached the port and no other. */
export function reachedOnly(fate: Fate | undefined, port: PortName): boolean {
  return fate?.arrivedAt.length === 1 && fate.arrivedAt[0] === port;
}
