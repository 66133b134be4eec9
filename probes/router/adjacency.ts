/** Where the router sends V's packets, told from a recording alone: the next-hop MAC address and the port at which each
 *  of the client's packets came out. */
import { bytesToMac, decodeFrame, readTag } from '../../src/frame/index.js';
import {
  addressOf,
  between,
  departureNs,
  hasPort,
  type Measurement,
  type RecordedFrame,
  type Recording,
} from '../../src/probe.js';
import { asksFor, type Belief, belief } from '../host/belief.js';
import { oldPort, type Roles, roles } from '../host/cast.js';
import { followedNames, type Views, views } from '../host/views.js';

/** `asked`: it goes to NEW after the router asked for V again; `misplaced`: to NEW's address, but not out of NEW's port;
 *  `silent`: it came out nowhere. */
export type NextHop = 'old' | 'new' | 'asked' | 'misplaced' | 'other' | 'silent';

export const hopWords: Readonly<Record<NextHop, string>> = {
  old: 'ignored: still forwards to the old owner',
  new: 'updated: forwards to the new owner',
  asked: 'invalidated: asked again, and forwards to the new owner',
  misplaced: 'forwards to the new owner’s address, which did not come out at its port',
  other: 'forwards to a station that is not part of this case',
  silent: 'forwards to nobody',
};

/** Where a packet came out of the router first. */
export interface Landing {
  readonly atNs: number;
  readonly mac: string;
  /** Every port at which it came out: a switch may flood. */
  readonly ports: readonly string[];
}

/** One packet of the client's. */
export interface Packet {
  readonly sentNs: number;
  /** Absent: it came out nowhere. */
  readonly landing?: Landing;
}

/** Where tagged packets came out, by their tags' tokens. What is on its way to the router still, and was flooded, did
 *  not come out of it. */
export function landingsOf(
  frames: readonly RecordedFrame[],
  gateways: readonly (string | undefined)[],
): ReadonlyMap<number, Landing> {
  const landings = new Map<number, Landing>();
  for (const { direction, label, atNs, port, bytes } of frames) {
    const tag = direction === 'in' && label === undefined ? readTag(bytes) : undefined;
    if (!tag) continue;
    const mac = bytesToMac(bytes.subarray(0, 6));
    if (gateways.includes(mac)) continue;
    const first = landings.get(tag.token);
    landings.set(
      tag.token,
      first ? { ...first, ports: [...first.ports, port] } : { atNs, mac, ports: [port] },
    );
  }
  return landings;
}

/** The packets that were sent under these labels, in order of time, each with where the router sent it. */
export function packetsOf({ frames, plan }: Recording, labels: readonly string[]): Packet[] {
  const landings = landingsOf(frames, [plan.addresses['host-mac'], plan.addresses['host-far-mac']]);
  return frames.flatMap(({ direction, label, atNs: sentNs, bytes }) => {
    if (direction !== 'out' || label === undefined || !labels.includes(label)) return [];
    const tag = readTag(bytes);
    const landing = tag && landings.get(tag.token);
    return tag ? [{ sentNs, ...(landing && { landing }) }] : [];
  });
}

const newPortOf = (recording: Recording) => (hasPort(recording, 'b') ? 'b' : oldPort);

/** Which of V's owners the packet was sent to. The owners may differ in their port alone. */
export function ownerOf(recording: Recording, { landing }: Packet, names: Roles = roles): NextHop {
  if (!landing) return 'silent';
  const isNew = landing.mac === addressOf(recording, names.new);
  if (isNew && landing.ports.includes(newPortOf(recording))) return 'new';
  if (landing.mac === addressOf(recording, names.old)) return 'old';
  return isNew ? 'misplaced' : 'other';
}

export interface Which {
  readonly names?: Roles;
  readonly suffix?: string;
}

/** Where it forwards to after the takeover. */
export function nextHopAfter(recording: Recording, { names = roles, suffix = '' }: Which = {}): NextHop {
  const seen = packetsOf(recording, [`after${suffix}`]).map((packet) => ownerOf(recording, packet, names));
  const landed = seen.filter((hop) => hop !== 'silent');
  const worst = (['old', 'other', 'misplaced'] as const).find((hop) => landed.includes(hop));
  if (worst) return worst;
  if (landed.length === 0) return 'silent';
  return questionNs(recording, { names, suffix }) === undefined ? 'new' : 'asked';
}

/** When the router first asked everybody for V after the takeover; undefined when it did not. */
export function questionNs(
  recording: Recording,
  { names = roles, suffix = '' }: Which = {},
  sinceNs = departureNs(recording, `announce${suffix}`),
): number | undefined {
  const service = addressOf(recording, names.service);
  return recording.frames.find(
    ({ direction, label, atNs, bytes }) =>
      direction === 'in' &&
      label === undefined &&
      sinceNs !== undefined &&
      atNs >= sinceNs &&
      asksFor(decodeFrame(bytes), service),
  )?.atNs;
}

/** Why the old state was not real; true when the router forwarded to V at OLD. */
export function established(recording: Recording, { names = roles, suffix = '' }: Which = {}): true | string {
  const seen = packetsOf(recording, [`before${suffix}`]).map((packet) => ownerOf(recording, packet, names));
  const landed = seen.filter((hop) => hop !== 'silent');
  if (landed.length === 0) return notForwarding(recording);
  if (landed.every((hop) => hop === 'old')) return true;
  return 'Before the takeover the router forwarded to a station that is not the old owner.';
}

/** The likely reason for nothing to come out. */
export function notForwarding({ plan }: Pick<Recording, 'plan'>): string {
  const said = 'The router did not forward the client’s packets to the service address: turn forwarding on';
  return plan.addresses['host-far-mac'] === undefined
    ? `${said}, and let it send packets back out of the interface that they came in at, which firewalls refuse; or give the router a far side in the bench file (\`far:\`).`
    : `${said}, and let it pass UDP to port 9 (discard).`;
}

/** From the announcement's departure until all packets went to NEW: loss-derived (RFC 6412 §3.6.4). The adjacency changed
 *  after the last packet left that did not reach NEW, and before the first that did came out. Empty where none did. */
export function followed(recording: Recording, { names = roles, suffix = '' }: Which = {}): Measurement[] {
  const announcedNs = departureNs(recording, `announce${suffix}`);
  const packets = packetsOf(recording, [`follow${suffix}`, `after${suffix}`]);
  const last = packets.findLastIndex((packet) => ownerOf(recording, packet, names) !== 'new');
  const first = packets[last + 1]?.landing;
  if (announcedNs === undefined || first === undefined) return [];
  const low = Math.max(0, (packets[last]?.sentNs ?? announcedNs) - announcedNs) / 1e6;
  const high = Math.max(low, (first.atNs - announcedNs) / 1e6);
  return [between(followedNames.outside, low, high)];
}

/** How many packets left after the announcement and did not reach NEW. */
export function astray(recording: Recording, { names = roles, suffix = '' }: Which = {}): number {
  const sinceNs = departureNs(recording, `announce${suffix}`) ?? Number.POSITIVE_INFINITY;
  return packetsOf(recording, [`follow${suffix}`, `after${suffix}`]).filter(
    (packet) => packet.sentNs > sinceNs && ownerOf(recording, packet, names) !== 'new',
  ).length;
}

const ownerWords: Partial<Record<Belief, string>> = {
  old: 'the old owner',
  new: 'the new owner',
  asked: 'the new owner, after it asked',
};

/** Both views, and what the router's own packets to V show: forwarding and its own traffic may go by different tables. */
export function planes(recording: Recording, hop: NextHop, which: Which = {}): Views {
  const { names = roles, suffix = '' } = which;
  if (addressOf(recording, names.old) === addressOf(recording, names.new))
    return sameEntry(recording, hop, which);
  const both = views(recording, hop === 'misplaced' ? 'new' : hop, {
    names,
    suffix,
    followed: followed(recording, which),
  });
  const own = belief(recording, `own-answer${suffix}`, names);
  const to = ownerWords[own];
  const differ = (hop === 'old' || hop === 'new') && to !== undefined && (own === 'old') !== (hop === 'old');
  return {
    ...both,
    findings: [
      ...both.findings,
      {
        id: 'own-answers',
        holds: to === undefined ? null : !differ,
        text: to === undefined ? 'its own answers to V tell nothing' : `its own answers to V go to ${to}`,
      },
    ],
    qualifiers: differ
      ? [...both.qualifiers, `deviation: forwards to the ${hop} owner, and answers ${to} itself`]
      : both.qualifiers,
  };
}

/** Where the owners share a MAC address, nothing changes in the cache, and the router's own answers go where they went. */
function sameEntry(recording: Recording, hop: NextHop, which: Which): Views {
  return {
    findings: [
      { id: 'outside', holds: hop !== 'silent', text: `from outside: ${hopWords[hop]}` },
      { id: 'cache', holds: null, text: 'the MAC address stays the same, so its cache has nothing to tell' },
    ],
    qualifiers: [],
    measurements: followed(recording, which),
  };
}
