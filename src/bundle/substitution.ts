/**
 * Which harmless address stands for which real one. The table is made from all addresses of a bundle at once, so that what
 * is related stays so: hosts of one network, a link-local address and the MAC address that it holds, an address and the
 * group at which it is asked for.
 */
import {
  bytesToIpv4,
  bytesToIpv6,
  bytesToMac,
  ipv4ToBytes,
  ipv6ToBytes,
  isGroupMac,
  isIpv4,
  isMac,
  macToBytes,
} from '../frame/address.js';
import { get8, get16 } from '../frame/octets.js';
import { isPublishable } from './publishable.js';
import type { Replacements } from './rewrite.js';

/** A run's addresses can't be told apart by the harmless ones that there are. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
}

/** TEST-NET-1, -2, -3 (RFC 5737), then what benchmarks may use (RFC 2544, appendix C.2.2). */
const ipv4Networks: readonly number[] = [
  0xc00002,
  0xc63364,
  0xcb0071,
  ...Array.from({ length: 512 }, (_, index) => 0xc61200 + index),
];
/** Locally administered, so nobody's. */
const firstMacPrefix = 0x020000;
/** The last three octets: what a solicited-node group and its MAC address keep of an address (RFC 4291 section 2.7.1). */
const suffixes = 0x1000000;
/** Suffixes so small were given by hand, and say nothing. */
const smallSuffix = 0x10000;

/** The replacements for those of a bundle's addresses that may not be published. `seen`: all of its addresses, as canonical
 *  text. Throws a SubstitutionError when there are too many. */
export function replacementsFor(seen: Iterable<string>): Replacements {
  const all = new Set(seen);
  const macs = [...all].filter(isMac);
  const ipv4s = [...all].filter(isIpv4);
  const ipv6s = [...all].filter((address) => !isMac(address) && !isIpv4(address));
  const table = new Map<string, string>();
  const note = (from: string, to: string) => {
    if (from !== to) table.set(from, to);
  };

  const ipv4 = ipv4Mapping(ipv4s);
  for (const address of ipv4s) note(address, ipv4(address));
  const { mac, ipv6 } = linkMapping(macs, ipv6s);
  for (const address of macs) note(address, mac(address));
  for (const address of ipv6s) note(address, ipv6(address));
  return table;
}

/** Network by network, with the host's octet kept. */
function ipv4Mapping(addresses: readonly string[]): (address: string) => string {
  const network = (address: string) => Math.floor(toNumber(ipv4ToBytes(address)) / 256);
  const taken = new Set(addresses.filter(isPublishable).map(network));
  const harmless = numbering(ipv4Networks.filter((one) => !taken.has(one)).values(), 'IPv4 networks');
  return (address) =>
    isPublishable(address)
      ? address
      : bytesToIpv4(fromNumber(harmless(network(address)) * 256 + get8(ipv4ToBytes(address), 3), 4));
}

/** MAC and IPv6 addresses together, for the latter hold parts of the former. */
function linkMapping(macs: readonly string[], ipv6s: readonly string[]) {
  const unicast6 = ipv6s.map(ipv6ToBytes).filter((octets) => octets[0] !== 0xff);
  const isReal6 = (octets: Uint8Array) =>
    !isPublishable(bytesToIpv6(octets)) || realMacIn(octets) !== undefined;
  const real6 = unicast6.filter(isReal6);
  const open6 = unicast6.filter((octets) => !isReal6(octets));
  const realMacs = [...macs, ...real6.flatMap((octets) => realMacIn(octets) ?? [])]
    .filter((mac) => !isGroupMac(mac) && !isPublishable(mac))
    .map(macToBytes);

  const openSuffixes = new Set(open6.map(suffixOf));
  const ofMac = new Set(realMacs.map(suffixOf));
  const byHand = (suffix: number) => suffix < smallSuffix && !ofMac.has(suffix);
  const kept = real6.filter(isNumbered).map(suffixOf).filter(byHand);
  const keptSuffixes = new Set(kept);
  const suffix = numbering(
    counting(1, suffixes, (n) => openSuffixes.has(n) || keptSuffixes.has(n)),
    'addresses',
  );
  const publishedSuffix = (real: number) => (keptSuffixes.has(real) ? real : suffix(real));

  const takenPrefixes = new Set([...macs.map(macToBytes), ...open6.map(macBytesIn)].map(prefixOf));
  const macPrefix = numbering(
    counting(firstMacPrefix, 0x030000, (n) => takenPrefixes.has(n)),
    'makers of MAC addresses',
  );
  const takenNetworks = new Set(open6.map(networkOf));
  const network = numbering(
    counting(1, 0x10000, (n) => takenNetworks.has(documentationNetwork(n))),
    'IPv6 networks',
  );
  const upper = numbering(
    counting(1, 0x10000, () => false),
    'IPv6 interface identifiers',
  );

  const macOf = (octets: Uint8Array): Uint8Array =>
    fromNumber(macPrefix(prefixOf(octets)) * suffixes + publishedSuffix(suffixOf(octets)), 6);
  const identifierOf = (octets: Uint8Array): Uint8Array => {
    if (realMacIn(octets) !== undefined) return identifierOfMac(macOf(macBytesIn(octets)));
    const high = toNumber(octets.subarray(8, 13));
    const identifier = fromNumber(high === 0 ? 0 : upper(high), 8);
    identifier.copyWithin(0, 3);
    identifier.set(fromNumber(publishedSuffix(suffixOf(octets)), 3), 5);
    return identifier;
  };
  const networkPart = (octets: Uint8Array): Uint8Array =>
    keepsNetwork(octets) ? octets.subarray(0, 8) : fromHex(documentationNetwork(network(networkOf(octets))));
  const isRealSuffix = (octets: Uint8Array) => !openSuffixes.has(suffixOf(octets));

  return {
    mac(address: string): string {
      const octets = macToBytes(address);
      if (isSolicitedNodeMac(octets)) {
        return isRealSuffix(octets)
          ? bytesToMac(Uint8Array.of(0x33, 0x33, 0xff, ...fromNumber(publishedSuffix(suffixOf(octets)), 3)))
          : address;
      }
      return isGroupMac(address) || isPublishable(address) ? address : bytesToMac(macOf(octets));
    },
    ipv6(address: string): string {
      const octets = ipv6ToBytes(address);
      if (octets[0] === 0xff) {
        if (!isSolicitedNode(octets) || !isRealSuffix(octets)) return address;
        octets.set(fromNumber(publishedSuffix(suffixOf(octets)), 3), 13);
        return bytesToIpv6(octets);
      }
      if (!isReal6(octets)) return address;
      return bytesToIpv6(Uint8Array.of(...networkPart(octets), ...identifierOf(octets)));
    },
  };
}

/** Gives each value the next of `numbers`, and the same one again. */
function numbering(numbers: Iterator<number>, what: string): (value: number | string) => number {
  const given = new Map<number | string, number>();
  return (value) => {
    const known = given.get(value);
    if (known !== undefined) return known;
    const { value: next, done } = numbers.next();
    if (done) {
      throw new SubstitutionError(
        `The captures hold more ${what} than there are harmless ones to put in their place: run the suite on a network with less traffic of others.`,
      );
    }
    given.set(value, next);
    return next;
  };
}

function* counting(first: number, end: number, taken: (n: number) => boolean): Generator<number> {
  for (let n = first; n < end; n++) if (!taken(n)) yield n;
}

const toNumber = (octets: Uint8Array) => octets.reduce((sum, octet) => sum * 256 + octet, 0);

function fromNumber(value: number, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  for (let at = length - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256))
    octets[at] = rest % 256;
  return octets;
}

const prefixOf = (mac: Uint8Array) => toNumber(mac.subarray(0, 3));
const suffixOf = (octets: Uint8Array) => toNumber(octets.subarray(octets.length - 3));

const networkOf = (ipv6: Uint8Array) => Buffer.from(ipv6.subarray(0, 8)).toString('hex');
/** 2001:db8:n::/64. */
const documentationNetwork = (n: number) => `20010db8${n.toString(16).padStart(4, '0')}0000`;
const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Link-local, or of a documentation network. Below ::/64, the rest is the address: of IPv4 (RFC 4291 section 2.5.5). */
function keepsNetwork(ipv6: Uint8Array): boolean {
  const network = new Uint8Array(16);
  network.set(ipv6.subarray(0, 8));
  return toNumber(network) !== 0 && isPublishable(bytesToIpv6(network));
}

/** Whether the interface identifier is but a number, like the ::50 that someone configured. */
const isNumbered = (ipv6: Uint8Array) => toNumber(ipv6.subarray(8, 13)) === 0;

/** The MAC address of which a modified EUI-64 would be made: RFC 4291 appendix A. */
function macBytesIn(ipv6: Uint8Array): Uint8Array {
  return Uint8Array.of(get8(ipv6, 8) ^ 2, ...ipv6.subarray(9, 11), ...ipv6.subarray(13));
}

function identifierOfMac(mac: Uint8Array): Uint8Array {
  return Uint8Array.of(get8(mac, 0) ^ 2, ...mac.subarray(1, 3), 0xff, 0xfe, ...mac.subarray(3));
}

/** The MAC address in an address's modified EUI-64, where it has one that may not be published. */
function realMacIn(ipv6: Uint8Array): string | undefined {
  if (get16(ipv6, 11) !== 0xfffe) return undefined;
  const mac = bytesToMac(macBytesIn(ipv6));
  return isPublishable(mac) ? undefined : mac;
}

const solicitedNode = Uint8Array.from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]);
const isSolicitedNode = (ipv6: Uint8Array) => solicitedNode.every((octet, n) => ipv6[n] === octet);
const isSolicitedNodeMac = (mac: Uint8Array) => get16(mac, 0) === 0x3333 && mac[2] === 0xff;
