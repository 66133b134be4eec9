/** Acting in one VLAN of a trunk, and telling in which VLAN a frame came out. The bench's ports are members of all
 *  declared VLANs: the native one untagged, the others tagged. */
import { decodeFrame, type VlanTag, withTag } from '../../src/frame/index.js';
import {
  type Context,
  type Declared,
  deliveries,
  type PortName,
  type Recording,
  type Tally,
  tally,
} from '../../src/probe.js';
import { astray, mostlyLost, taught, teach, toStation } from './station.js';

export interface Vlans {
  readonly native: number;
  /** The first two of the tagged VLANs. */
  readonly x: number;
  readonly y: number;
}

/** The VLANs to act in. Throws where the bench file declares none, which the need 'vlans' keeps from happening. */
export function vlansOf({ vlans }: Declared): Vlans {
  const [x, y] = vlans?.tagged ?? [];
  if (!vlans || x === undefined || y === undefined)
    throw new Error('The bench declares no two tagged VLANs.');
  return { native: vlans.native, x, y };
}

/** The same context, but whatever a port sends is tagged so (outermost first), and its service addresses are others:
 *  frames that differ in nothing but their tags could not be told apart. */
export function tagged<P>(context: Context<P>, ...tags: readonly VlanTag[]): Context<P> {
  const name = tags.map(({ vid }) => vid).join('-');
  const changes: Pick<Context<P>, 'send' | 'ipv4'> = {
    send: (port, frame, label) => context.send(port, tags.reduceRight(withTag, frame), label),
    ipv4: (role) => context.ipv4(`${role}-${name}`),
  };
  return Object.assign(Object.create(context), changes);
}

/** The same context, acting in that VLAN. */
export function inVlan<P>(context: Context<P>, vid: number): Context<P> {
  return vid === vlansOf(context.declared).native ? context : tagged(context, { vid });
}

/** The VLAN in which a frame crossed a port: without a VID it is the native one. */
export function vlanOf(bytes: Uint8Array, { native }: Vlans): number {
  return decodeFrame(bytes).ethernet?.tags[0]?.vid || native;
}

/** The recording without what came out in other VLANs than that one: leaks are a claim of their own. */
export function seenIn(recording: Recording, vid: number): Recording {
  const vlans = vlansOf(recording.plan.declared);
  const frames = recording.frames.filter((f) => f.direction === 'out' || vlanOf(f.bytes, vlans) === vid);
  return { ...recording, frames };
}

/** Where frames went that should all have reached one port alone. */
export interface Whereabouts {
  readonly seen: Tally;
  readonly verdict: 'right' | 'astray' | 'lossy';
}

export function whereabouts(recording: Recording, label: string, port: PortName, old: PortName): Whereabouts {
  const seen = tally(deliveries(recording, label), port, old);
  return { seen, verdict: astray(seen) ? 'astray' : mostlyLost(seen) ? 'lossy' : 'right' };
}

/** Frames to a station that has not spoken in the second VLAN yet. */
const unknownFrames = 5;

/** Control: the station speaks on A in VLAN x; World sends to it in VLAN y, where it has not spoken. */
export async function learnInX(context: Context<unknown>, station: string): Promise<void> {
  const { x, y } = vlansOf(context.declared);
  await teach(inVlan(context, x), 'a', station, 'before-x');
  await toStation(inVlan(context, y), 'unknown-y', station, unknownFrames);
}

/** Control: it then speaks on A in VLAN y as well. */
export async function learnInBoth(context: Context<unknown>, station: string): Promise<void> {
  await learnInX(context, station);
  await teach(inVlan(context, vlansOf(context.declared).y), 'a', station, 'before-y');
}

/** Whether both lessons were learned. */
export function taughtInBoth(recording: Recording): true | string {
  const inX = taughtInX(recording);
  if (inX !== true) return inX;
  return taught(seenIn(recording, vlansOf(recording.plan.declared).y), 'a', 'before-y');
}

/** Whether the first lesson was. */
export const taughtInX = (recording: Recording): true | string =>
  taught(seenIn(recording, vlansOf(recording.plan.declared).x), 'a', 'before-x');

/** Whether a station of VLAN x was known in VLAN y before it spoke there (IEEE 802.1Q's shared VLAN learning). */
export function learning(recording: Recording): 'shared' | 'independent' | 'untold' {
  const { y } = vlansOf(recording.plan.declared);
  const arrived = deliveries(seenIn(recording, y), 'unknown-y').filter(({ arrivals }) => arrivals.size > 0);
  const elsewhere = arrived.some(({ arrivals }) => [...arrivals.keys()].some((port) => port !== 'a'));
  if (elsewhere) return 'independent';
  return arrived.length * 2 > unknownFrames ? 'shared' : 'untold';
}
