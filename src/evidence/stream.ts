/**
 * Takes in a numbered stream: hundreds of thousands of frames, kept as the time at which each crossed
 * each port and reduced to run-length segments at the end. Frames are known by the sequence number in
 * their tag, so nothing but times is stored, except where a frame arrived other than it was sent.
 */
import type { CapturedFrame } from '../wire/wire.js';
import type { RecordedFrame, StreamRecord, StreamSegment } from './recording.js';

/** Frames stored whole on either side of a change and at the stream's ends. */
export const FRAMES_BESIDE_CHANGE = 16;
/** Changes whose frames are stored whole: so many first ones and as many last ones. The segments of a
 *  stream that changes more often are complete all the same. */
export const CHANGES_SHOWN_EACH_END = 32;
/** Repeated and unexpected frames stored whole; the rest is counted. */
export const ODDITIES_KEPT = 256;

/** What a session makes of a stream when it ends. */
export interface StreamOutcome {
  readonly record: StreamRecord;
  /** The frames around each change, numbered 0 for the session to number. */
  readonly frames: RecordedFrame[];
  /** What a judge should know about how the outcome came about, a sentence each. */
  readonly notes: readonly string[];
}

/** A frame as it was seen when it differs from the one sent: tagged, padded, cut or corrupted. */
type Altered = Pick<RecordedFrame, 'bytes' | 'originalLength'>;

/** The times of one direction of one port by the frame's index; NaN: not seen. */
interface Column {
  readonly atNs: Float64Array;
  readonly altered: Map<number, Altered>;
}

export interface StreamCollector {
  /** Takes a captured frame that carries this stream's tag. */
  take(frame: CapturedFrame, atNs: number, seq: number): void;
  /** How many of the frames numbered `first` to `last` have come in at some port so far. */
  carried(first: number, last: number): number;
  outcome(): StreamOutcome;
}

export interface StreamPlan {
  readonly label: string;
  /** The sending port, whose outbound capture gives the sending times. */
  readonly port: string;
  /** All ports of the recording. */
  readonly ports: readonly string[];
  /** As they will be sent, numbered from `firstSeq` without gaps. */
  readonly frames: readonly Uint8Array[];
  readonly firstSeq: number;
}

export function createStreamCollector({ label, port, ports, frames, firstSeq }: StreamPlan): StreamCollector {
  const column = (): Column => ({
    atNs: new Float64Array(frames.length).fill(Number.NaN),
    altered: new Map(),
  });
  const sent = column();
  const arrivals = new Map([...ports].sort().map((name) => [name, column()]));
  const oddities: RecordedFrame[] = [];
  let oddityCount = 0;

  function take(frame: CapturedFrame, atNs: number, seq: number): void {
    const index = seq - firstSeq;
    const column =
      frame.direction === 'in' ? arrivals.get(frame.port) : frame.port === port ? sent : undefined;
    const original = frames[index];
    if (!column || !original || !Number.isNaN(column.atNs[index])) {
      // Seen twice, or sent by nobody: worth a judge's look, so kept whole.
      oddityCount += 1;
      if (oddities.length < ODDITIES_KEPT)
        oddities.push(recorded(frame.port, frame.direction, atNs, seq, frame));
      return;
    }
    column.atNs[index] = atNs;
    if (frame.originalLength !== original.length || Buffer.compare(frame.bytes, original) !== 0) {
      column.altered.set(index, { bytes: frame.bytes, originalLength: frame.originalLength });
    }
  }

  function carried(first: number, last: number): number {
    const columns = [...arrivals.values()].map(({ atNs }) => atNs);
    let count = 0;
    for (let index = first - firstSeq; index <= last - firstSeq; index++) {
      if (columns.some((atNs) => !Number.isNaN(atNs[index] ?? Number.NaN))) count++;
    }
    return count;
  }

  function recorded(
    at: string,
    direction: CapturedFrame['direction'],
    atNs: number,
    seq: number,
    { bytes, originalLength }: Altered,
  ): RecordedFrame {
    return { number: 0, port: at, direction, atNs, bytes, originalLength, label, seq };
  }

  /** Frames up to the last one seen anywhere: the ones behind it were not sent. */
  function countSent(): number {
    const columns = [sent, ...arrivals.values()];
    let count = frames.length;
    while (count > 0 && columns.every(({ atNs }) => Number.isNaN(atNs[count - 1]))) count--;
    return count;
  }

  /** Run-length encodes by the set of ports. The sets are compared as bit masks. */
  function segmentsOf(sentNs: Float64Array): StreamSegment[] {
    const names = [...arrivals.keys()];
    const columns = [...arrivals.values()].map(({ atNs }) => atNs);
    const maskAt = (index: number): number =>
      columns.reduce((mask, atNs, bit) => (Number.isNaN(atNs[index]) ? mask : mask | (1 << bit)), 0);
    const segments: StreamSegment[] = [];
    for (let first = 0; first < sentNs.length; ) {
      const mask = maskAt(first);
      let last = first;
      while (last + 1 < sentNs.length && maskAt(last + 1) === mask) last++;
      segments.push({
        firstSeq: firstSeq + first,
        lastSeq: firstSeq + last,
        firstSentNs: sentNs[first] ?? 0,
        lastSentNs: sentNs[last] ?? 0,
        arrivedAt: names.filter((_, bit) => mask & (1 << bit)),
      });
      first = last + 1;
    }
    return segments;
  }

  function framesAround(changes: readonly number[], count: number): RecordedFrame[] {
    const around: RecordedFrame[] = [];
    let done = 0;
    for (const change of changes) {
      const end = Math.min(count, change + FRAMES_BESIDE_CHANGE);
      for (let index = Math.max(done, change - FRAMES_BESIDE_CHANGE); index < end; index++) {
        const original = frames[index];
        if (!original) continue;
        const seen = (at: string, direction: CapturedFrame['direction'], { atNs, altered }: Column): void => {
          const time = atNs[index];
          if (time === undefined || Number.isNaN(time)) return;
          const as = altered.get(index) ?? { bytes: original, originalLength: original.length };
          around.push(recorded(at, direction, time, firstSeq + index, as));
        };
        seen(port, 'out', sent);
        for (const [name, column] of arrivals) seen(name, 'in', column);
      }
      done = Math.max(done, end);
    }
    return around;
  }

  function outcome(): StreamOutcome {
    const count = countSent();
    const notes: string[] = [];
    const { sentNs, missing } = withoutGaps(
      sent.atNs,
      [...arrivals.values()].map(({ atNs }) => atNs),
      count,
    );
    if (missing > 0) {
      notes.push(
        `Stream ${label}: the outbound capture missed ${missing} of ${count} frames, whose sending times are interpolated between their neighbours'.`,
      );
    }
    if (oddityCount > 0) {
      notes.push(
        `Stream ${label}: ${oddityCount} frames were seen more than once at a port or leaving a port that did not send them; ${oddities.length} of them are in the capture.`,
      );
    }
    const segments = segmentsOf(sentNs);
    const changes = [...segments.map((segment) => segment.firstSeq - firstSeq), count];
    const shown =
      changes.length <= 2 * CHANGES_SHOWN_EACH_END
        ? changes
        : [...changes.slice(0, CHANGES_SHOWN_EACH_END), ...changes.slice(-CHANGES_SHOWN_EACH_END)];
    if (shown.length < changes.length) {
      notes.push(
        `Stream ${label}: frames are in the capture for the first and last ${CHANGES_SHOWN_EACH_END} of ${changes.length} changes; the segments are complete.`,
      );
    }
    return {
      record: { label, port, framesSent: count, segments },
      frames: [...framesAround(shown, count), ...oddities],
      notes,
    };
  }

  return { take, carried, outcome };
}

/**
 * The sending times of the first `count` frames, with what the outbound capture missed put in between
 * its neighbours, in proportion. Where it saw nothing at all, the first arrival stands in.
 */
function withoutGaps(
  sent: Float64Array,
  arrivals: readonly Float64Array[],
  count: number,
): { sentNs: Float64Array; missing: number } {
  let sentNs = sent.slice(0, count);
  const missing = sentNs.reduce((sum, time) => (Number.isNaN(time) ? sum + 1 : sum), 0);
  if (missing === count) {
    sentNs = sentNs.map((_, index) => {
      const times = arrivals.map((atNs) => atNs[index] ?? Number.NaN).filter((time) => !Number.isNaN(time));
      return times.length > 0 ? Math.min(...times) : Number.NaN;
    });
  }
  let known = -1;
  for (let index = 0; index <= count; index++) {
    const time = sentNs[index];
    if (index < count && (time === undefined || Number.isNaN(time))) continue;
    const before = sentNs[known] ?? time ?? 0;
    const after = time ?? before;
    for (let gap = known + 1; gap < index; gap++) {
      sentNs[gap] = Math.round(before + ((after - before) * (gap - known)) / (index - known));
    }
    known = index;
  }
  return { sentNs, missing };
}
