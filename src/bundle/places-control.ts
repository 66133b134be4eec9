/** Where addresses stand in ICMP, neighbour discovery, multicast reports and the advertisements of virtual routers. */
import { get8, get16 } from '../frame/octets.js';
import {
  type AddressKind,
  addressLength,
  type Cover,
  type IpFamily,
  type Upper,
  type Walk,
} from './place.js';
import { placesOfIpv4, placesOfIpv6 } from './places-ip.js';

/** Messages that quote the packet that they are about: RFC 792 and RFC 4443 section 2.1. */
const quotingIcmpv4: readonly number[] = [3, 4, 5, 11, 12];
const redirectIcmpv4 = 5;
const lastErrorIcmpv6 = 127;

/** Neighbour discovery, and how many addresses lie between its fixed part and its options: RFC 4861 section 4. */
const discovery: Readonly<Record<number, { readonly addresses: number; readonly options: number }>> = {
  133: { addresses: 0, options: 8 },
  134: { addresses: 0, options: 16 },
  135: { addresses: 1, options: 24 },
  136: { addresses: 1, options: 24 },
  137: { addresses: 2, options: 40 },
};

const mldQuery = 130;
const mldV1: readonly number[] = [131, 132];
const mldV2Report = 143;

/** Options of neighbour discovery: RFC 4861 section 4.6, RFC 4191, RFC 8106, RFC 8910, RFC 8781. */
const optionCode = { source: 1, target: 2, prefix: 3, redirected: 4, rdnss: 25 } as const;
/** They tell a network's routes, search domains, portal and translator, in forms of their own. */
const privateOptions: readonly number[] = [24, 31, 37, 38];

export function placesOfIcmpv4(walk: Walk, { at, end }: Upper, covers: readonly Cover[]): void {
  if (at + 8 > end) return;
  const type = get8(walk.bytes, at);
  if (type === redirectIcmpv4) walk.found('ipv4', at + 4, covers);
  if (quotingIcmpv4.includes(type)) placesOfIpv4(walk, at + 8, end, covers);
  else walk.octets('raw', at + 8, end, covers);
}

export function placesOfIcmpv6(walk: Walk, { at, end }: Upper, covers: readonly Cover[]): void {
  if (at + 8 > end) return;
  const type = get8(walk.bytes, at);
  const message = discovery[type];
  if (message) {
    for (let n = 0; n < message.addresses; n++) found(walk, 'ipv6', at + 8 + n * 16, end, covers);
    options(walk, at + message.options, end, covers);
  } else if (type === mldQuery) {
    // Version 2 has sources behind it, from octet 28 on: RFC 3810 section 5.1.
    found(walk, 'ipv6', at + 8, end, covers);
    for (let next = at + 28; next < end; next += 16) found(walk, 'ipv6', next, end, covers);
  } else if (mldV1.includes(type)) {
    found(walk, 'ipv6', at + 8, end, covers);
  } else if (type === mldV2Report) {
    groupRecords(walk, 'ipv6', at, end, covers);
  } else if (type > 0 && type <= lastErrorIcmpv6) {
    placesOfIpv6(walk, at + 8, end, covers);
  } else {
    walk.octets('raw', at + 8, end, covers);
  }
}

function options(walk: Walk, from: number, end: number, covers: readonly Cover[]): void {
  const { bytes } = walk;
  let at = from;
  while (at + 8 <= end) {
    const code = get8(bytes, at);
    const next = Math.min(at + get8(bytes, at + 1) * 8, end);
    if (next === at) break;
    if (code === optionCode.source || code === optionCode.target) found(walk, 'mac', at + 2, next, covers);
    else if (code === optionCode.prefix) found(walk, 'ipv6', at + 16, next, covers);
    else if (code === optionCode.redirected) placesOfIpv6(walk, at + 8, next, covers);
    else if (code === optionCode.rdnss) {
      for (let server = at + 8; server < next; server += 16) found(walk, 'ipv6', server, next, covers);
    } else {
      const tells = walk.foreign && privateOptions.includes(code);
      walk.octets(tells ? 'private' : 'raw', at + 2, next, covers);
    }
    at = next;
  }
  walk.octets('raw', at, end, covers);
}

const igmpQuery = 0x11;
const igmpV3Report = 0x22;

/** RFC 2236 and RFC 3376 section 4. */
export function placesOfIgmp(walk: Walk, { at, end }: Upper, covers: readonly Cover[]): void {
  if (at + 8 > end) return;
  const type = get8(walk.bytes, at);
  if (type === igmpV3Report) {
    groupRecords(walk, 'ipv4', at, end, covers);
    return;
  }
  found(walk, 'ipv4', at + 4, end, covers);
  if (type === igmpQuery) {
    for (let next = at + 12; next < end; next += 4) found(walk, 'ipv4', next, end, covers);
  } else {
    walk.octets('raw', at + 8, end, covers);
  }
}

/** The records of an IGMPv3 and of an MLDv2 report, which differ in the length of their addresses. */
function groupRecords(walk: Walk, family: IpFamily, at: number, end: number, covers: readonly Cover[]): void {
  const { bytes } = walk;
  const size = addressLength[family];
  let record = at + 8;
  for (let left = get16(bytes, at + 6); left > 0 && record + 4 + size <= end; left--) {
    const addressesEnd = record + 4 + size * (1 + get16(bytes, record + 2));
    for (let address = record + 4; address < addressesEnd; address += size) {
      found(walk, family, address, end, covers);
    }
    const next = addressesEnd + get8(bytes, record + 1) * 4;
    walk.octets('raw', addressesEnd, Math.min(next, end), covers);
    record = next;
  }
  walk.octets('raw', record, end, covers);
}

const vrrpAuthentication = 8;

/** RFC 3768 and RFC 5798, section 5; CARP, which shares their number, has no addresses. */
export function placesOfVrrp(walk: Walk, { at, end, family }: Upper, covers: readonly Cover[]): void {
  const { bytes } = walk;
  if (at + 8 > end) return;
  const listedEnd = at + 8 + get8(bytes, at + 3) * addressLength[family];
  const isVersion2 = get8(bytes, at) >> 4 === 2;
  if (listedEnd + (isVersion2 ? vrrpAuthentication : 0) > end) {
    walk.octets('raw', at + 8, end, covers);
    return;
  }
  for (let next = at + 8; next < listedEnd; next += addressLength[family]) {
    walk.found(family, next, covers);
  }
  // Version 2 ends in a password, in the clear.
  walk.octets(isVersion2 && walk.foreign ? 'private' : 'raw', listedEnd, end, covers);
}

/** An address that lies within `end` as a whole. */
function found(walk: Walk, kind: AddressKind, at: number, end: number, covers: readonly Cover[]): void {
  if (at + addressLength[kind] <= end) walk.found(kind, at, covers);
  else walk.octets('raw', at, end, covers);
}
