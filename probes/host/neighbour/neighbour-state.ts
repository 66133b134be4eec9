/**
 * The states of a neighbour cache entry (RFC 4861 §7.3.2), each brought about from outside, and how they show: an entry
 * that is not confirmed is verified once it is used, by a unicast solicitation after DELAY_FIRST_PROBE_TIME, 5 s.
 */
import { type Decoded, decodeFrame, isGroupMac } from '../../../src/frame/index.js';
import { addressOf, type Context, type RecordedFrame, type Recording } from '../../../src/probe.js';
import { belief, established, verdictWords } from '../belief.js';
import { type Cast, oldPort, type Roles, roles } from '../cast.js';
import { establish, observe, waitForAge } from '../takeover.js';
import { advertise, plain } from './advertisement.js';
import { ordinary, solicit } from './solicitation.js';

export type NeighbourState = 'reachable' | 'stale' | 'delay' | 'probe';

/** A station that had V before OLD, so that the host's entry for OLD is one that was changed: never confirmed. */
const former: Roles = { service: roles.service, old: 'former', new: roles.old };

/** Longer than any lock on a fresh entry that is known (Linux's locktime for ARP is 1 s). */
const unlockedMs = 1100;

/** Time for the host to act on what it received. */
const settleMs = 60;

/** DELAY_FIRST_PROBE_TIME (RFC 4861 §10), and as much again as a busy host or a coarse timer may add. */
export const verifiedWithinMs = 7000;

/** Brings the host's entry for V, at OLD, into the state, of the given age where it is one that lasts. */
export async function bringTo(
  context: Context,
  cast: Cast,
  state: NeighbourState,
  ageMs = 1500,
): Promise<void> {
  if (state === 'reachable') {
    // OLD's answer to the host's own question confirms it.
    await establish(context, cast);
    await waitForAge(context, cast, ageMs);
    return;
  }
  await establish(context, { ...cast, old: context.mac(former.old) });
  await context.wait(unlockedMs);
  context.own(cast.service, cast.old, oldPort);
  if (state === 'stale') {
    // The host answers nothing to an advertisement, so that its entry stays unused.
    await context.send(oldPort, advertise(context, cast, plain, cast.old), 'move');
    await context.wait(unlockedMs);
    await readState(context, cast);
    return;
  }
  // Its answer to a solicitation is the first use of the changed entry.
  await context.send(oldPort, solicit(context, cast, ordinary, cast.old), 'move');
  await context.wait(settleMs);
  context.disown(cast.service);
  await observe(context, cast, 'moved');
  if (state === 'delay') {
    await context.wait(unlockedMs);
  } else {
    await context.until(() => verifications(context.frames, cast.service).length > 0, verifiedWithinMs);
  }
  await readState(context, cast);
}

async function readState(context: Context, cast: Cast): Promise<void> {
  await context.host.cache?.read(cast.service);
  context.mark('state-read');
}

/** Why the entry was not in the state; true when it was, as far as can be told. */
export function broughtTo(recording: Recording, state: NeighbourState): true | string {
  if (state === 'reachable') return established(recording);
  const first = established(recording, '', former);
  if (first !== true) return first;
  if (state !== 'stale') {
    const moved = belief(recording, 'moved');
    if (moved !== 'old')
      return `A solicitation from another station did not move the entry, so that it could not be brought to ${state.toUpperCase()}; from outside: ${verdictWords[moved]}.`;
  }
  const verified = verifications(recording.frames, addressOf(recording, roles.service));
  if (state === 'probe' && verified.length === 0)
    return `The host did not verify the changed entry within ${verifiedWithinMs / 1000} s of using it, so that the state PROBE was never reached.`;
  const seen = stateInCache(recording);
  if (seen !== undefined && known.includes(seen) && seen !== state.toUpperCase())
    return `The host's own cache has the entry in state ${seen}, not ${state.toUpperCase()}.`;
  return true;
}

const known: readonly string[] = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE'];

/** The state of V's entry, in the host's own word, when it was read before the takeover. */
export function stateInCache(recording: Recording): string | undefined {
  const service = addressOf(recording, roles.service);
  const read = recording.events.find((e) => e.kind === 'mark' && e.name === 'state-read');
  const last = recording.events.findLast(
    (e) =>
      e.kind === 'neighbour' &&
      e.address === service &&
      read !== undefined &&
      e.atNs + e.clockErrorNs <= read.atNs,
  );
  return last?.kind === 'neighbour' ? (last.state ?? undefined) : undefined;
}

/** Asking one station verifies the entry there is (RFC 4861 §7.3.3); asking everybody means that there is none. */
function verifies({ ethernet, neighbourSolicitation }: Decoded, service: string): boolean {
  return (
    ethernet !== undefined && !isGroupMac(ethernet.destination) && neighbourSolicitation?.target === service
  );
}

export interface Verification {
  readonly atNs: number;
  /** The station that was asked. */
  readonly asked: string;
}

/** The host's unicast solicitations for V since a time. */
export function verifications(
  frames: readonly RecordedFrame[],
  service: string,
  sinceNs = 0,
): Verification[] {
  return frames.flatMap(({ direction, label, atNs, bytes }) => {
    if (direction !== 'in' || label !== undefined || atNs < sinceNs) return [];
    const decoded = decodeFrame(bytes);
    return verifies(decoded, service) ? [{ atNs, asked: decoded.ethernet?.destination ?? '' }] : [];
  });
}
