/** A profile's frames, octet for octet, with their times: what a replay sends. */
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  bytesToIpv6,
  carpFrame,
  ipv6ToBytes,
  macToBytes,
  multicastMacOf,
  neighbourAdvertisementFrame,
  rarpFrame,
  udpFrame,
  vrrpFrame,
  vrrpGroups,
  withTag,
  zeroMac,
} from '../frame/index.js';
import { type Announcement, type MacRole, macRoles, type Profile, type ProfileFrame } from './profile.js';

/** One side of a takeover. */
export interface Owner {
  /** Its NIC's own address. */
  readonly nic: string;
  /** Its own IP address, which doesn't move. */
  readonly ip: string;
}

/** The addresses that stand for a profile's roles. */
export interface Cast {
  readonly moved: string;
  /** What the old owner takes in exchange, where the profile has that. */
  readonly returning?: string;
  readonly old: Owner;
  readonly new: Owner;
  /** As many as the profile's `addresses`. */
  readonly services: readonly string[];
  /** Where datagrams go. */
  readonly peer: { readonly mac: string; readonly ip: string };
}

/** A frame's place in a profile. */
export interface Moment {
  readonly atNs: number;
  readonly from: 'new' | 'old';
  readonly announcement: Announcement;
  /** Which of the service addresses it names, from 0. */
  readonly service: number;
}

/** When each frame leaves, in order. It depends on nothing but the profile. */
export function momentsOf(profile: Profile): Moment[] {
  const { addresses = 1, order = 'rounds' } = profile;
  const moments = profile.announcements.flatMap((announcement) => {
    const { atMs, repeat = 1, gapUs = 0, from = 'new' } = announcement;
    const count = namesService(announcement) ? addresses : 1;
    return atMs.flatMap((startMs) =>
      Array.from({ length: repeat * count }, (_, index) => ({
        atNs: Math.round(startMs * 1e6 + index * gapUs * 1e3),
        from,
        announcement,
        service: order === 'rounds' ? index % count : Math.floor(index / repeat),
      })),
    );
  });
  return moments.sort((one, other) => one.atNs - other.atNs);
}

/** Whether it tells its hearers where a service address is: the others only show that their sender is there. */
export function namesService({ frame }: ProfileFrame): boolean {
  return !['vrrp-advertisement', 'carp-advertisement', 'datagram', 'rarp-request', 'rarp-reply'].includes(
    frame,
  );
}

/** Whether it is meant to be heard as news of a takeover. */
export const announces = ({ frame }: ProfileFrame): boolean =>
  !['vrrp-advertisement', 'carp-advertisement', 'datagram'].includes(frame);

/** A frame of the profile, as the old or the new owner sends it. */
export function frameOf(
  profile: Profile,
  frame: ProfileFrame,
  cast: Cast,
  from: 'old' | 'new',
  service = 0,
): Uint8Array {
  const bytes = build(profile, frame, cast, cast[from], cast.services[service] ?? '');
  // Software hands ARP over as the 42 octets that it is, and leaves the padding to the NIC.
  const own = frame.frame.includes('arp-re') ? bytes.subarray(0, arpOctets) : bytes;
  const padded = new Uint8Array(Math.max(own.length, frame.octets ?? 0));
  padded.set(own);
  return frame.vlan ? withTag(padded, { vid: frame.vlan.id, priority: frame.vlan.priority ?? 0 }) : padded;
}

const arpOctets = 42;

function build(profile: Profile, frame: ProfileFrame, cast: Cast, owner: Owner, service: string): Uint8Array {
  const mac = (field: string | undefined, otherwise: string): string => {
    if (field === undefined) return otherwise;
    return macRoles.some((role) => role === field) ? roleOf(field as MacRole, cast, owner) : field;
  };
  const source = mac(frame.source, cast.moved);
  const link = { source, destination: mac(frame.destination, broadcastMac) };
  const group = (address: string) => mac(frame.destination, multicastMacOf(address));
  const isRarp = frame.frame.startsWith('rarp');
  const sender = { service, zero: '0.0.0.0', 'link-local': linkLocalOf(source) }[
    frame.sender ?? (isRarp ? 'zero' : 'service')
  ];
  const router = { virtualRouter: frame.virtualRouter ?? 1, ipSource: owner.ip };
  const vrrpGroup = vrrpGroups[profile.family];
  switch (frame.frame) {
    case 'arp-request':
    case 'arp-reply':
    case 'rarp-request':
    case 'rarp-reply': {
      const operation = operations[frame.frame];
      const packet = {
        operation,
        sha: mac(frame.sha, source),
        spa: sender,
        tha: mac(frame.tha, zeroMac),
        tpa: isRarp ? '0.0.0.0' : service,
      };
      return isRarp ? rarpFrame({ ...link, ...packet }) : arpFrame({ ...link, ...packet });
    }
    case 'neighbour-advertisement': {
      const flags = frame.flags ?? 'O';
      return neighbourAdvertisementFrame({
        source,
        destination: group(allNodes),
        ipSource: sender,
        ipDestination: allNodes,
        router: flags.includes('R'),
        solicited: flags.includes('S'),
        override: flags.includes('O'),
        target: service,
        options:
          frame.option === 'none' ? [] : [{ type: 'target-link-layer', mac: mac(frame.option, source) }],
      });
    }
    case 'vrrp-advertisement': {
      const version = frame.version === 3 || profile.family === 'ipv6' ? 3 : 2;
      return vrrpFrame({
        ...router,
        source,
        destination: group(vrrpGroup),
        version,
        priority: 255,
        interval: version === 2 ? 1 : 100,
        addresses: cast.services,
      });
    }
    case 'carp-advertisement':
      return carpFrame({
        ...router,
        source,
        destination: group(vrrpGroup),
        virtualHost: router.virtualRouter,
        interval: 1,
      });
    case 'datagram':
      return udpFrame({
        source,
        destination: mac(frame.destination, cast.peer.mac),
        ipSource: service,
        ipDestination: cast.peer.ip,
        payload: new Uint8Array(86),
      });
  }
}

const operations = {
  'arp-request': arpOperations.request,
  'arp-reply': arpOperations.reply,
  'rarp-request': arpOperations.rarpRequest,
  'rarp-reply': arpOperations.rarpReply,
} as const;

const allNodes = 'ff02::1';

function roleOf(role: MacRole, { moved, returning }: Cast, { nic }: Owner): string {
  return { moved, returning: returning ?? moved, nic, broadcast: broadcastMac, zero: zeroMac }[role];
}

/** The link-local address that a NIC makes of its own: RFC 4291, appendix A. */
export function linkLocalOf(mac: string): string {
  const [first = 0, second = 0, third = 0, ...last] = macToBytes(mac);
  const bytes = ipv6ToBytes('fe80::');
  bytes.set([first ^ 2, second, third, 0xff, 0xfe, ...last], 8);
  return bytesToIpv6(bytes);
}

/** Whether a role stands in any of its frames. */
export function usesRole({ announcements, steady }: Profile, role: MacRole): boolean {
  return [...announcements, ...(steady ? [steady] : [])].some((frame) =>
    [frame.source, frame.destination, frame.sha, frame.tha, frame.option].includes(role),
  );
}
