/**
 * Neighbour Discovery messages: RFC 4861 sections 4.1 to 4.4. Each codec is between a value and the
 * ICMPv6 message that carries it, which `encodeIcmpv6` writes and `decodeIcmpv6` reads.
 */
import { bytesToIpv6, ipv6ToBytes } from './address.js';
import { type Icmpv6, icmpv6Types, needIcmpv6 } from './icmpv6.js';
import { decodeNdpOptions, encodeNdpOptions, type NdpOption } from './ndp-option.js';
import { get8, get16, get32, put8, put16, put32 } from './octets.js';

export interface RouterSolicitation {
  readonly options: readonly NdpOption[];
}

export interface RouterAdvertisement {
  /** The hop limit that hosts should use; 0: the router doesn't say. */
  readonly hopLimit: number;
  /** M: addresses by DHCPv6. */
  readonly managed: boolean;
  /** O: other configuration by DHCPv6. */
  readonly other: boolean;
  /** Among several default routers (RFC 4191 section 2.2); absent: medium. */
  readonly preference?: 'low' | 'high';
  /** How long the sender is a default router; 0: it is none. */
  readonly lifetimeS: number;
  /** 0: the router doesn't say, as for `retransMs`. */
  readonly reachableMs: number;
  readonly retransMs: number;
  readonly options: readonly NdpOption[];
}

export interface NeighbourSolicitation {
  readonly target: string;
  readonly options: readonly NdpOption[];
}

export interface NeighbourAdvertisement {
  /** R: the sender is a router. */
  readonly router: boolean;
  /** S: answers a solicitation. */
  readonly solicited: boolean;
  /** O: overrides what the receiver's cache holds. */
  readonly override: boolean;
  readonly target: string;
  readonly options: readonly NdpOption[];
}

export function encodeRouterSolicitation(message: RouterSolicitation): Icmpv6 {
  return { type: icmpv6Types.routerSolicitation, body: bodyOf(4, message.options) };
}

/** Throws a FrameError on another type, a cut message or an unreadable option; as do those below. */
export function decodeRouterSolicitation(message: Icmpv6): RouterSolicitation {
  needIcmpv6('Router Solicitation body', message, icmpv6Types.routerSolicitation, 4);
  return { options: decodeNdpOptions(message.body.subarray(4)) };
}

/** The bits Prf; 10 is reserved and counts as medium, 00. */
const preferences = { low: 0x18, high: 0x08 } as const;

export function encodeRouterAdvertisement(message: RouterAdvertisement): Icmpv6 {
  const body = bodyOf(12, message.options);
  put8(body, 0, message.hopLimit, 'Router Advertisement hop limit');
  const preference = message.preference === undefined ? 0 : preferences[message.preference];
  body[1] = (message.managed ? 0x80 : 0) | (message.other ? 0x40 : 0) | preference;
  put16(body, 2, message.lifetimeS, 'Router Advertisement lifetime');
  put32(body, 4, message.reachableMs, 'Router Advertisement reachable time');
  put32(body, 8, message.retransMs, 'Router Advertisement retransmission timer');
  return { type: icmpv6Types.routerAdvertisement, body };
}

export function decodeRouterAdvertisement(message: Icmpv6): RouterAdvertisement {
  needIcmpv6('Router Advertisement body', message, icmpv6Types.routerAdvertisement, 12);
  const { body } = message;
  const preference = (['low', 'high'] as const).find((name) => (get8(body, 1) & 0x18) === preferences[name]);
  return {
    hopLimit: get8(body, 0),
    managed: (get8(body, 1) & 0x80) !== 0,
    other: (get8(body, 1) & 0x40) !== 0,
    ...(preference && { preference }),
    lifetimeS: get16(body, 2),
    reachableMs: get32(body, 4),
    retransMs: get32(body, 8),
    options: decodeNdpOptions(body.subarray(12)),
  };
}

export function encodeNeighbourSolicitation(message: NeighbourSolicitation): Icmpv6 {
  const body = bodyOf(20, message.options);
  body.set(ipv6ToBytes(message.target), 4);
  return { type: icmpv6Types.neighbourSolicitation, body };
}

export function decodeNeighbourSolicitation(message: Icmpv6): NeighbourSolicitation {
  needIcmpv6('Neighbour Solicitation body', message, icmpv6Types.neighbourSolicitation, 20);
  const { body } = message;
  return { target: bytesToIpv6(body.subarray(4, 20)), options: decodeNdpOptions(body.subarray(20)) };
}

export function encodeNeighbourAdvertisement(message: NeighbourAdvertisement): Icmpv6 {
  const body = bodyOf(20, message.options);
  body[0] = (message.router ? 0x80 : 0) | (message.solicited ? 0x40 : 0) | (message.override ? 0x20 : 0);
  body.set(ipv6ToBytes(message.target), 4);
  return { type: icmpv6Types.neighbourAdvertisement, body };
}

export function decodeNeighbourAdvertisement(message: Icmpv6): NeighbourAdvertisement {
  needIcmpv6('Neighbour Advertisement body', message, icmpv6Types.neighbourAdvertisement, 20);
  const { body } = message;
  return {
    router: (get8(body, 0) & 0x80) !== 0,
    solicited: (get8(body, 0) & 0x40) !== 0,
    override: (get8(body, 0) & 0x20) !== 0,
    target: bytesToIpv6(body.subarray(4, 20)),
    options: decodeNdpOptions(body.subarray(20)),
  };
}

/** A body with `fixed` octets of zero and the options after them. */
function bodyOf(fixed: number, options: readonly NdpOption[]): Uint8Array {
  const encoded = encodeNdpOptions(options);
  const body = new Uint8Array(fixed + encoded.length);
  body.set(encoded, fixed);
  return body;
}
