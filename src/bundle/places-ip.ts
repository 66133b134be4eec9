/** Where addresses stand in IPv4 and IPv6, and in what they carry. */
import { ipProtocols } from '../frame/ipv4.js';
import { get8, get16, get32 } from '../frame/octets.js';
import type { Cover, Upper, Walk } from './place.js';
import { placesOfIcmpv4, placesOfIcmpv6, placesOfIgmp, placesOfVrrp } from './places-control.js';

const ipInIp = 4;
const ipv6InIp = 41;

/** Extension headers that say how long they are (RFC 8200 section 4), and the fragment header. */
const extensions: readonly number[] = [ipProtocols.hopByHop, 43, 60];
const fragmentHeader = 44;

/** Ports of protocols that tell names, settings and secrets of whoever speaks them: DNS, DHCP, NetBIOS, SNMP, LDAP, syslog,
 *  DHCPv6, SSDP, WS-Discovery, SIP, mDNS, LLMNR. */
const tellTalePorts: readonly number[] = [
  ...[53, 67, 68, 137, 138, 161, 162, 389, 514, 546, 547, 1900, 3702, 5060, 5353, 5355],
];

/** 'TKO1': what the harness puts into its own payloads (frame/tag.ts), where numbers must not be taken for addresses. */
const tagMagic = 0x544b4f31;
const tagLength = 14;

/** A packet inside a packet inside a packet is nobody's error message. */
const deepest = 6;

export function placesOfIpv4(walk: Walk, at: number, limit: number, outer: readonly Cover[]): void {
  const { bytes } = walk;
  if (at + 20 > limit || outer.length > deepest) {
    walk.octets('raw', at, limit, outer);
    return;
  }
  const headerEnd = Math.min(at + Math.max(20, (get8(bytes, at) & 0xf) * 4), limit);
  const total = get16(bytes, at + 2);
  const end = total >= headerEnd - at ? Math.min(at + total, limit) : limit;
  const header: Cover = { at: at + 10, start: at, end: headerEnd };
  const offset = get16(bytes, at + 6) & 0x1fff;
  const upper: Upper = { protocol: get8(bytes, at + 9), at: headerEnd, end, family: 'ipv4', outer };
  const cover = offset === 0 ? transportCover(walk, upper) : undefined;
  const covers = [header, ...asPseudo(cover), ...outer];
  walk.found('ipv4', at + 12, covers);
  walk.found('ipv4', at + 16, covers);
  walk.octets('raw', at + 20, headerEnd, [header, ...outer]);
  if (offset === 0) transport(walk, upper, cover);
  else walk.octets('raw', headerEnd, end, outer);
  // What pads a short frame, or leaked from a sender's memory.
  walk.octets('raw', end, limit, outer);
}

export function placesOfIpv6(walk: Walk, at: number, limit: number, outer: readonly Cover[]): void {
  const { bytes } = walk;
  if (at + 40 > limit || outer.length > deepest) {
    walk.octets('raw', at, limit, outer);
    return;
  }
  const end = Math.min(at + 40 + get16(bytes, at + 4), limit);
  let protocol = get8(bytes, at + 6);
  let next = at + 40;
  let later = false;
  while (next + 8 <= end && (extensions.includes(protocol) || protocol === fragmentHeader)) {
    const length = protocol === fragmentHeader ? 8 : (get8(bytes, next + 1) + 1) * 8;
    if (protocol === fragmentHeader) later ||= get16(bytes, next + 2) >= 8;
    else walk.octets('raw', next + 2, Math.min(next + length, end), outer);
    protocol = get8(bytes, next);
    next += length;
  }
  const upper: Upper = { protocol, at: Math.min(next, end), end, family: 'ipv6', outer };
  const cover = later ? undefined : transportCover(walk, upper);
  const covers = [...asPseudo(cover), ...outer];
  walk.found('ipv6', at + 8, covers);
  walk.found('ipv6', at + 24, covers);
  if (later) walk.octets('raw', upper.at, end, outer);
  else transport(walk, upper, cover);
  walk.octets('raw', end, limit, outer);
}

const asPseudo = (cover: TransportCover | undefined): Cover[] =>
  cover?.overAddresses ? [{ ...cover, pseudo: true }] : [];

interface TransportCover extends Cover {
  /** The packet's own addresses are part of its sum. */
  readonly overAddresses: boolean;
}

/** The checksum of what a packet carries; undefined where it has none, or was cut before it. */
function transportCover({ bytes }: Walk, upper: Upper): TransportCover | undefined {
  const { protocol, at, end, family } = upper;
  const cover = (offset: number, overAddresses: boolean, more: Partial<Cover> = {}) =>
    at + offset + 2 <= end ? { at: at + offset, start: at, end, overAddresses, ...more } : undefined;
  switch (protocol) {
    case ipProtocols.udp: {
      const length = at + 6 <= end ? get16(bytes, at + 4) : 0;
      return cover(6, true, { optional: true, end: length >= 8 ? Math.min(at + length, end) : end });
    }
    case ipProtocols.tcp:
      return cover(16, true);
    case ipProtocols.icmp:
    case ipProtocols.igmp:
      return cover(2, false);
    case ipProtocols.icmpv6:
      return cover(2, true);
    case ipProtocols.vrrp:
      // Version 2 has no pseudo-header. In version 3 over IPv4 some senders leave it out too: whichever makes it right.
      return cover(6, get8(bytes, at) >> 4 === 3 && !(family === 'ipv4' && isRight(bytes, at, end)));
    default:
      return undefined;
  }
}

function isRight(bytes: Uint8Array, start: number, end: number): boolean {
  let sum = 0;
  for (let at = start; at < end; at++) sum += (at - start) % 2 === 0 ? get8(bytes, at) << 8 : get8(bytes, at);
  return sum % 0xffff === 0;
}

function transport(walk: Walk, upper: Upper, cover: Cover | undefined): void {
  const { bytes } = walk;
  const { protocol, at, end, outer } = upper;
  const covers = cover ? [cover, ...outer] : outer;
  switch (protocol) {
    case ipProtocols.icmp:
      placesOfIcmpv4(walk, upper, covers);
      break;
    case ipProtocols.icmpv6:
      placesOfIcmpv6(walk, upper, covers);
      break;
    case ipProtocols.igmp:
      placesOfIgmp(walk, upper, covers);
      break;
    case ipProtocols.vrrp:
      placesOfVrrp(walk, upper, covers);
      break;
    case ipProtocols.udp:
      payload(walk, at + 8, upper, covers);
      break;
    case ipProtocols.tcp:
      if (at + 13 <= end) payload(walk, at + Math.max(20, (get8(bytes, at + 12) >> 4) * 4), upper, covers);
      break;
    case ipInIp:
      placesOfIpv4(walk, at, end, covers);
      break;
    case ipv6InIp:
      placesOfIpv6(walk, at, end, covers);
      break;
    default:
      walk.octets('raw', at, end, covers);
  }
}

function payload(walk: Walk, from: number, { at, end }: Upper, covers: readonly Cover[]): void {
  const { bytes, foreign } = walk;
  if (from >= end) return;
  const tells = [get16(bytes, at), get16(bytes, at + 2)].some((port) => tellTalePorts.includes(port));
  const isOurs = from + tagLength <= end && get32(bytes, from) === tagMagic;
  walk.octets(foreign && tells ? 'private' : 'raw', isOurs ? from + tagLength : from, end, covers);
}
