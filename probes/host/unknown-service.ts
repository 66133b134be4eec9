/** For claims about a service address that the host has never heard of: does it make an entry? */
import type { Context, Recording } from '../../src/probe.js';
import {
  type Belief,
  belief,
  type Cast,
  castOf,
  establish,
  established,
  type Family,
  newPort,
  numberedRoles,
  observe,
} from './takeover.js';

const control = numberedRoles(1);
const unknown = numberedRoles(2);

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
  return castOf(context, family, unknown);
}

/** NEW sends `frame` for the unknown address; then the host is made to talk to it. */
export async function introduce(
  context: Context,
  cast: Cast,
  frame: Uint8Array,
  label = 'announce',
): Promise<void> {
  context.own(cast.service, cast.new, newPort(context));
  await context.send(newPort(context), frame, label);
  await context.wait(60);
  // Read before it is observed: being made to talk to the address, the host makes an entry.
  await context.host.cache?.read(cast.service);
  await observe(context, cast, 'after-unknown');
}

/** `asked`: it had no entry; `new`: it had made one. */
export function unknownBelief(recording: Recording): Belief {
  return belief(recording, 'after-unknown', unknown);
}
