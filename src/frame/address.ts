/**
 * MAC, IPv4 and IPv6 addresses: canonical text in values, octets on the wire. The parsers read any valid
 * text ('00-00-5E-00-53-01', '2001:DB8:0::1'); what comes back as text is always canonical: lower case,
 * colons, and for IPv6 the form of RFC 5952 sections 4 and 5. So `bytesToMac(macToBytes(text))` makes an
 * operator's text comparable.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { FrameError } from './error.js';
import { get8, get16 } from './octets.js';

export const broadcastMac = 'ff:ff:ff:ff:ff:ff';
export const zeroMac = '00:00:00:00:00:00';

const octetHex = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

const macPattern = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$|^[0-9a-f]{2}(?:-[0-9a-f]{2}){5}$/i;

/** Whether `macToBytes` reads the text. */
export const isMac = (text: string): boolean => macPattern.test(text);

/** Whether `ipv4ToBytes` reads the text: four decimal numbers without leading zeros. */
export const isIpv4 = (text: string): boolean => isIPv4(text);

/** Whether `ipv6ToBytes` reads the text: RFC 4291 section 2.2, without a zone. */
export const isIpv6 = (text: string): boolean => isIPv6(text) && !text.includes('%');

/** Six octets. Throws a FrameError that names a text which is no MAC address. */
export function macToBytes(text: string): Uint8Array {
  if (!isMac(text)) throw new FrameError(`"${text}" is not a MAC address like 00:00:5e:00:53:01`);
  const bytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) bytes[i] = hexDigit(text, i * 3) * 16 + hexDigit(text, i * 3 + 1);
  return bytes;
}

/** '00:00:5e:00:53:01' from six octets. */
export function bytesToMac(bytes: Uint8Array): string {
  needLength('MAC address', bytes, 6);
  let text = octetHex[get8(bytes, 0)] as string;
  for (let i = 1; i < 6; i++) text += `:${octetHex[get8(bytes, i)]}`;
  return text;
}

/** Four octets. Throws a FrameError that names a text which is no IPv4 address. */
export function ipv4ToBytes(text: string): Uint8Array {
  if (!isIpv4(text)) throw new FrameError(`"${text}" is not an IPv4 address like 192.0.2.1`);
  const bytes = new Uint8Array(4);
  putDecimals(bytes, 0, text);
  return bytes;
}

/** '192.0.2.1' from four octets. */
export function bytesToIpv4(bytes: Uint8Array): string {
  needLength('IPv4 address', bytes, 4);
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

/** Sixteen octets. Throws a FrameError that names a text which is no IPv6 address. */
export function ipv6ToBytes(text: string): Uint8Array {
  if (!isIpv6(text)) throw new FrameError(`"${text}" is not an IPv6 address like 2001:db8::1`);
  const bytes = new Uint8Array(16);
  const gap = text.indexOf('::');
  if (gap === -1) {
    putGroups(bytes, text);
    return bytes;
  }
  putGroups(bytes, text.slice(0, gap));
  // What follows '::' ends where the address does: written from the start, then moved there.
  const tail = new Uint8Array(16);
  const length = putGroups(tail, text.slice(gap + 2));
  bytes.set(tail.subarray(0, length), 16 - length);
  return bytes;
}

/** The RFC 5952 text of sixteen octets; an IPv4-mapped address in the mixed notation of its section 5. */
export function bytesToIpv6(bytes: Uint8Array): string {
  needLength('IPv6 address', bytes, 16);
  const { start, length } = longestZeroRun(bytes);
  if (start === 0 && length === 5 && get16(bytes, 10) === 0xffff) {
    return `::ffff:${bytesToIpv4(bytes.subarray(12))}`;
  }
  if (length < 2) return groupsText(bytes, 0, 8);
  return `${groupsText(bytes, 0, start)}::${groupsText(bytes, start + length, 8)}`;
}

/** Whether the MAC address is a group address (IEEE 802: the I/G bit), broadcast included. */
export const isGroupMac = (mac: string): boolean => (get8(macToBytes(mac), 0) & 1) === 1;

/** The group to which a Neighbour Solicitation for `ipv6` goes: RFC 4291 section 2.7.1. */
export function solicitedNodeAddress(ipv6: string): string {
  const group = ipv6ToBytes('ff02::1:ff00:0');
  group.set(ipv6ToBytes(ipv6).subarray(13), 13);
  return bytesToIpv6(group);
}

/** The MAC address of an IP group: RFC 1112 section 6.4 and RFC 2464 section 7. Throws on a unicast address. */
export function multicastMacOf(ipAddress: string): string {
  const ip = ipToBytes(ipAddress);
  const isGroup = ip.length === 4 ? get8(ip, 0) >> 4 === 0xe : get8(ip, 0) === 0xff;
  if (!isGroup) throw new FrameError(`"${ipAddress}" is not a multicast address`);
  return bytesToMac(
    ip.length === 4
      ? Uint8Array.of(0x01, 0x00, 0x5e, get8(ip, 1) & 0x7f, get8(ip, 2), get8(ip, 3))
      : Uint8Array.of(0x33, 0x33, ...ip.subarray(12)),
  );
}

/** The MAC address `n` after `mac`. Throws when there is none. */
export function macPlus(mac: string, n: number): string {
  return bytesToMac(addTo(macToBytes(mac), n, mac));
}

/** The IPv4 address `n` after `ip`. Throws when there is none. */
export function ipv4Plus(ip: string, n: number): string {
  return bytesToIpv4(addTo(ipv4ToBytes(ip), n, ip));
}

/** Four or sixteen octets by the address's family. Throws a FrameError that names a wrong text. */
export function ipToBytes(text: string): Uint8Array {
  if (isIpv4(text)) return ipv4ToBytes(text);
  if (isIpv6(text)) return ipv6ToBytes(text);
  throw new FrameError(`"${text}" is not an IPv4 or IPv6 address`);
}

function needLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new FrameError(`${what}: ${bytes.length} octets, needs ${length}`);
}

/** The value of the hexadecimal digit at `at`, which `macPattern` has already vouched for. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
}

/** Writes the groups of an IPv6 text without '::' and returns the offset after them. */
function putGroups(bytes: Uint8Array, text: string): number {
  if (text === '') return 0;
  let at = 0;
  for (const group of text.split(':')) {
    if (group.includes('.')) return putDecimals(bytes, at, group);
    const value = Number.parseInt(group, 16);
    bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
  }
  return at;
}

/** Writes the numbers of an IPv4 text and returns the offset after them. */
function putDecimals(bytes: Uint8Array, start: number, text: string): number {
  let at = start;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x2e) {
      value = value * 10 + code - 0x30;
      continue;
    }
    bytes[at++] = value;
    value = 0;
  }
  bytes[at++] = value;
  return at;
}

/** The groups from `start` to before `end`, without leading zeros: RFC 5952 section 4.1. */
function groupsText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += (i === start ? '' : ':') + get16(bytes, i * 2).toString(16);
  return text;
}

/** RFC 5952 section 4.2.3: the longest run of zero groups; of equals, the first. */
function longestZeroRun(bytes: Uint8Array): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (let i = 0; i < 8; i++) {
    length = get16(bytes, i * 2) === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i + 1 - length, length };
  }
  return best;
}

function addTo(bytes: Uint8Array, n: number, text: string): Uint8Array {
  const max = 256 ** bytes.length - 1;
  let sum = bytes.reduce((total, octet) => total * 256 + octet, 0) + n;
  if (!Number.isInteger(sum) || sum < 0 || sum > max)
    throw new FrameError(`"${text}" plus ${n} is not an address`);
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = sum % 256;
    sum = Math.floor(sum / 256);
  }
  return bytes;
}
