/** The recording of one attempt at one case while it runs. */
import { readTag } from '../frame/tag.js';
import type { Wire } from '../wire/wire.js';
import { type AddressKey, addressKey } from './addresses.js';
import { addTo, type CaseIndex, frameKey, type Member, removeFrom, streamKey } from './case-index.js';
import type { RealtimeClock } from './clock.js';
import type {
  CasePlan,
  RecordedEvent,
  RecordedFrame,
  RecordedPort,
  Recording,
  StreamRecord,
} from './recording.js';
import { announcedAs, type Expectation, labelRepeats } from './repeats.js';
import { createStreamCollector, type StreamCollector } from './stream.js';

export interface BeginOptions {
  readonly caseId: string;
  /** JSON values only. */
  readonly params: unknown;
  readonly limits: CasePlan['limits'];
  readonly declared?: CasePlan['declared'];
}

/** An event as the engine reports it: the session adds the time. */
export type UntimedEvent = RecordedEvent extends infer Event
  ? Event extends RecordedEvent
    ? Omit<Event, 'atNs'>
    : never
  : never;

export interface Session {
  /** Gives a MAC, IPv4 or IPv6 address to the case: from now on, frames that hold it belong to it.
   *  Throws a FrameError for a text that is no address. */
  claim(role: string, address: string): void;
  /** Names an address that the case uses with others: frames that hold only it do not belong to it. */
  shared(role: string, address: string): void;
  /** From now on, a captured frame equal to these octets (802.1Q tags and zero padding aside) belongs,
   *  on every port and in either direction, and carries this label and number. Frames that were announced
   *  more than once are told apart by the order in which they left. */
  expect(frame: Uint8Array, label: string, seq: number): void;
  /** Announces a numbered stream: frames whose tags count up by one (frame/tag.ts). They are not recorded
   *  one by one but as the segments of a StreamRecord. `finish` tells how it stands, `carried` how many of some
   *  frames have come in somewhere; the recording holds what also arrived later. Throws a TypeError if a tag is
   *  missing or out of order. */
  stream(
    label: string,
    port: string,
    frames: readonly Uint8Array[],
  ): { finish(): StreamRecord; carried(first: number, last: number): number };
  /** What belongs so far, in order of arrival; its numbers are not yet those of the capture file, and
   *  frames of streams are not among it. */
  readonly frames: readonly RecordedFrame[];
  /** Calls `listener` for each frame added to `frames`. Returns the function that ends it. */
  onFrame(listener: (frame: RecordedFrame) => void): () => void;
  /** @param atNs when it happened; default now */
  event(event: UntimedEvent, atNs?: number): void;
  mark(name: string, detail?: string): void;
  /** Nanoseconds since the recording's start, in the clock of the frames' stamps. */
  nowNs(): number;
  /** The same for a given CLOCK_REALTIME. */
  relativeNs(timeNs: bigint): number;
  /** Waits for what crossed the ports before the call, then ends the session. Never rejects: a port that
   *  failed is a note in the recording. */
  finish(): Promise<Recording>;
}

/** What sessions share. */
export interface SessionSurroundings {
  readonly wires: readonly Wire[];
  readonly clock: RealtimeClock;
  readonly index: CaseIndex;
  /** Frames captured so far, by port. */
  readonly seen: ReadonlyMap<string, number>;
}

export function createSession(
  options: BeginOptions,
  { wires, clock, index, seen }: SessionSurroundings,
): Session {
  const startNs = clock.now();
  const seenBefore = new Map(seen);
  const droppedBefore = Promise.all(wires.map(droppedSoFar));
  const addresses: Record<string, string> = {};
  const claimed = new Set<AddressKey>();
  const expectations = new Map<string, Expectation[]>();
  const streams = new Map<string, StreamCollector>();
  const frames: RecordedFrame[] = [];
  /** The announcements of the octets of `frames[i]`, to tell repeats apart at the end. */
  const expectedOf: (readonly Expectation[] | undefined)[] = [];
  const ownCount = new Map<string, number>();
  const listeners = new Set<(frame: RecordedFrame) => void>();
  const events: RecordedEvent[] = [];
  let finished: Promise<Recording> | undefined;

  const nowNs = (): number => Number(clock.now() - startNs);

  function event(what: UntimedEvent, atNs = nowNs()): void {
    events.push({ atNs, ...what });
  }

  function countOwn(port: string): void {
    ownCount.set(port, (ownCount.get(port) ?? 0) + 1);
  }

  const member: Member = {
    startNs,
    expectations,
    take(captured, expected) {
      countOwn(captured.port);
      const { port, direction, bytes, originalLength } = captured;
      const atNs = Number(captured.timeNs - startNs);
      const announced = expected && announcedAs(expected, atNs);
      const label = announced && { label: announced.label, seq: announced.seq };
      const frame = { number: frames.length + 1, port, direction, atNs, bytes, originalLength, ...label };
      frames.push(frame);
      expectedOf.push(expected);
      for (const listener of [...listeners]) listener(frame);
    },
    takeOfStream(captured, stream, seq) {
      countOwn(captured.port);
      stream.take(captured, Number(captured.timeNs - startNs), seq);
    },
  };

  async function finish(): Promise<Recording> {
    await flush();
    const dropped = await droppedSince(wires, await droppedBefore);
    leave();
    const outcomes = [...streams.values()].map((stream) => stream.outcome());
    for (const text of outcomes.flatMap(({ notes }) => notes)) event({ kind: 'note', text });
    const whole = [...labelRepeats(frames, expectedOf), ...outcomes.flatMap((outcome) => outcome.frames)];
    return {
      caseId: options.caseId,
      startNs,
      endNs: nowNs(),
      plan: { params: options.params, addresses, limits: options.limits, declared: options.declared ?? {} },
      ports: wires.map(({ port, nic, driver, abilities }, at): RecordedPort => {
        const { kernelTimestamps, timestampErrorNs, dropCounter } = abilities;
        const unrelated = (seen.get(port) ?? 0) - (seenBefore.get(port) ?? 0) - (ownCount.get(port) ?? 0);
        const known = { kernelTimestamps, timestampErrorNs, dropCounter };
        return { name: port, nic, driver, abilities: known, dropped: dropped[at] ?? null, unrelated };
      }),
      frames: whole.sort(byTime).map((frame, at) => ({ ...frame, number: at + 1 })),
      events: events.sort(byTime),
      streams: outcomes.map(({ record }) => record),
    };
  }

  async function flush(): Promise<void> {
    const flushed = await Promise.allSettled(wires.map((wire) => wire.flush()));
    for (const [at, result] of flushed.entries()) {
      if (result.status === 'fulfilled') continue;
      const problem = result.reason instanceof Error ? result.reason.message : String(result.reason);
      event({ kind: 'note', text: `Port ${wires[at]?.port}: its last frames may be missing. ${problem}` });
    }
  }

  /** Leaves nothing behind in the recorder. */
  function leave(): void {
    for (const key of claimed) removeFrom(index.byAddress, key, member);
    for (const key of expectations.keys()) removeFrom(index.byFrame, key, member);
    for (const key of streams.keys()) index.streams.delete(key);
    listeners.clear();
  }

  return {
    claim(role, address) {
      const key = addressKey(address);
      addresses[role] = address;
      claimed.add(key);
      addTo(index.byAddress, key, member);
    },
    shared(role, address) {
      addresses[role] = address;
    },
    expect(frame, label, seq) {
      const key = frameKey(frame);
      const same = expectations.get(key);
      const announced = { label, seq, fromNs: nowNs() };
      if (same) same.push(announced);
      else expectations.set(key, [announced]);
      addTo(index.byFrame, key, member);
    },
    stream(label, port, sent) {
      const { key, firstSeq } = identify(label, sent);
      const names = wires.map((wire) => wire.port);
      const collector = createStreamCollector({ label, port, ports: names, frames: sent, firstSeq });
      streams.set(key, collector);
      index.streams.set(key, { member, collector });
      return { finish: () => collector.outcome().record, carried: collector.carried };
    },
    frames,
    onFrame(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    event,
    mark: (name, detail) => event({ kind: 'mark', name, ...(detail !== undefined && { detail }) }),
    nowNs,
    relativeNs: (timeNs) => Number(timeNs - startNs),
    finish() {
      finished ??= finish();
      return finished;
    },
  };
}

function byTime(one: { readonly atNs: number }, other: { readonly atNs: number }): number {
  return one.atNs - other.atNs;
}

/** Frames that the capture lost so far; undefined where the driver can't know, or the port has failed. */
function droppedSoFar(wire: Wire): Promise<number | undefined> {
  return wire.statistics().then(
    ({ dropped }) => dropped,
    () => undefined,
  );
}

async function droppedSince(
  wires: readonly Wire[],
  before: readonly (number | undefined)[],
): Promise<(number | null)[]> {
  const after = await Promise.all(wires.map(droppedSoFar));
  return after.map((now, at) => {
    const then = before[at];
    return now === undefined || then === undefined ? null : now - then;
  });
}

/** A stream's key and first number, from the tags of its frames. */
function identify(label: string, frames: readonly Uint8Array[]): { key: string; firstSeq: number } {
  const first = frames[0] && readTag(frames[0]);
  if (!first) throw new TypeError(`Stream ${label}: its first frame carries no tag.`);
  const key = streamKey(first);
  for (const [at, frame] of frames.entries()) {
    const tag = readTag(frame);
    if (!tag || streamKey(tag) !== key || tag.seq !== first.seq + at) {
      throw new TypeError(
        `Stream ${label}: frame ${at} doesn't carry number ${first.seq + at} of the stream.`,
      );
    }
  }
  return { key, firstSeq: first.seq };
}
