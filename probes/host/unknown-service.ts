/** For claims about a service address that the host has never heard of: does it make an entry? */
import type { Context, Recording } from '../../src/probe.js';
import { type Belief, belief, established } from './belief.js';
import { type Cast, castOf, type Family, newPort, numberedRoles } from './cast.js';
import { establish, observe } from './takeover.js';
import { type Views, views } from './views.js';

const control = numberedRoles(1);
const unknown = numberedRoles(2);
const observed = 'after-unknown';

/** Control: with another service address the host answers, asks, and keeps entries. */
export async function controlWithAnother(context: Context, family: Family = 'ipv4'): Promise<void> {
  await establish(context, castOf(context, family, control));
}

export function controlHeld(recording: Recording): true | string {
  return established(recording, '', control);
}

export function unknownCast(context: Context, family: Family = 'ipv4'): Cast {
  // The first to name the role decides where its address comes from.
  if (family === 'ipv4') context.unheardIpv4(unknown.service);
  else context.unheardIpv6(unknown.service);
  return castOf(context, family, unknown);
}

/** NEW sends `frame` for the unknown address; then the host is made to talk to it. Nobody answers when it asks: what it
 *  was told would still be known to it in the next run. */
export async function introduce(
  context: Context,
  cast: Cast,
  frame: Uint8Array,
  label = 'announce',
): Promise<void> {
  await context.send(newPort(context), frame, label);
  await context.wait(60);
  // Read before it is observed: being made to talk to the address, the host makes an entry.
  await context.host.cache?.read(cast.service);
  await observe(context, cast, observed);
}

/** What the host's cache held before it was made to talk to the address, beside what it did then. */
export function unknownViews(recording: Recording, outside: Belief): Views {
  const asked = recording.events.find(
    ({ kind, ...event }) => kind === 'mark' && 'name' in event && event.name === observed,
  );
  const before = recording.events.filter(({ atNs }) => asked !== undefined && atNs < asked.atNs);
  // That the host asks is no accident here: it is what it does about an address that it does not know.
  const { doubt: _, ...both } = views({ ...recording, events: before }, outside, { names: unknown });
  return both;
}

/** `asked`: it had no entry; `new`: it had made one. */
export function unknownBelief(recording: Recording): Belief {
  return belief(recording, observed, unknown);
}
