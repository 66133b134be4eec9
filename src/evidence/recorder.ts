/**
 * The live recorder: many cases side by side on the same wires, each getting the frames that are its
 * own. A frame belongs to a case when it holds an address that the case claimed, when it equals a frame
 * that the case announced it would send, or when it carries the tag of one of its streams.
 */
import { readTag } from '../frame/tag.js';
import type { CapturedFrame, Wire } from '../wire/wire.js';
import { forEachAddress } from './addresses.js';
import { type CaseIndex, frameKey, type Member, streamKey } from './case-index.js';
import { processClock } from './clock.js';
import type { Expectation } from './repeats.js';
import { type BeginOptions, createSession, type Session } from './session.js';

export type { BeginOptions, Session, UntimedEvent } from './session.js';

export interface Recorder {
  begin(options: BeginOptions): Session;
  /** Ends the subscriptions and forgets all sessions. The wires stay open: they are the caller's. */
  close(): void;
}

/** How far a frame's stamp may lie before the start of its case, beyond the driver's own error. */
const STRAGGLER_AFTER_NS = 2_000_000;

/** Starts recording from these wires. Takes a few milliseconds to calibrate the clock. */
export function createRecorder(wires: readonly Wire[]): Recorder {
  const clock = processClock();
  const index: CaseIndex = { byAddress: new Map(), byFrame: new Map(), streams: new Map() };
  const seen = new Map(wires.map((wire) => [wire.port, 0]));
  const subscriptions = wires.map((wire) => {
    const toleranceNs = BigInt(STRAGGLER_AFTER_NS + Math.ceil(wire.abilities.timestampErrorNs));
    return wire.subscribe((frame) => {
      seen.set(wire.port, (seen.get(wire.port) ?? 0) + 1);
      if (giveToStream(index, frame)) return;
      for (const [member, expected] of ownersOf(index, frame.bytes)) {
        // A frame from before the case began is a straggler of whoever had the address then.
        if (frame.timeNs + toleranceNs >= member.startNs) member.take(frame, expected);
      }
    });
  });

  return {
    begin: (options) => createSession(options, { wires, clock, index, seen }),
    close() {
      for (const unsubscribe of subscriptions) unsubscribe();
      for (const entries of Object.values(index)) entries.clear();
    },
  };
}

function giveToStream({ streams }: CaseIndex, frame: CapturedFrame): boolean {
  if (streams.size === 0) return false;
  const tag = readTag(frame.bytes);
  const active = tag && streams.get(streamKey(tag));
  if (!active) return false;
  active.member.takeOfStream(frame, active.collector, tag.seq);
  return true;
}

/** The cases that a frame belongs to, each with its announcements of these octets, if there are any. */
function ownersOf(index: CaseIndex, frame: Uint8Array): Map<Member, readonly Expectation[] | undefined> {
  const owners = new Map<Member, readonly Expectation[] | undefined>();
  if (index.byFrame.size > 0) {
    const key = frameKey(frame);
    for (const member of index.byFrame.get(key) ?? []) owners.set(member, member.expectations.get(key));
  }
  if (index.byAddress.size > 0) {
    forEachAddress(frame, (key) => {
      for (const member of index.byAddress.get(key) ?? []) {
        if (!owners.has(member)) owners.set(member, undefined);
      }
    });
  }
  return owners;
}
