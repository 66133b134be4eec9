/**
 * Which addresses a frame holds: the index that gives a captured frame to the cases it belongs to.
 * It runs for every frame on every port, so it looks only where addresses stand and builds no values.
 */
import { ipToBytes, isIpv4, isMac, macToBytes } from '../frame/address.js';
import { etherTypes, firstEtherType, isTpid } from '../frame/ethernet.js';
import { get8, get16 } from '../frame/octets.js';

/** An address as a Map key: MAC addresses below 2^48, IPv4 addresses from there, IPv6 as 16 characters. */
export type AddressKey = number | string;

const IPV4_KEYS = 2 ** 48;

/** The key of a MAC, IPv4 or IPv6 address. Throws a FrameError that names a text which is none. */
export function addressKey(address: string): AddressKey {
  if (isMac(address)) return macKey(macToBytes(address), 0);
  const octets = ipToBytes(address);
  return isIpv4(address) ? ipv4Key(octets, 0) : ipv6Key(octets, 0);
}

/** Calls `found` with the key of each address that stands in the frame: Ethernet source and destination;
 *  all four of ARP and RARP, also in LLC/SNAP; IP source and destination; the target, redirect destination
 *  and link-layer address options of neighbour discovery. An address may come more than once. 802.1Q tags
 *  are passed over; a frame that was cut is read as far as it goes. */
export function forEachAddress(frame: Uint8Array, found: (key: AddressKey) => void): void {
  if (frame.length < 14) return;
  found(macKey(frame, 0));
  found(macKey(frame, 6));
  const at = payloadOf(frame);
  const length = frame.length - at.payload;
  if (at.etherType === etherTypes.ipv4 && length >= 20) {
    found(ipv4Key(frame, at.payload + 12));
    found(ipv4Key(frame, at.payload + 16));
  } else if (at.etherType === etherTypes.ipv6 && length >= 40) {
    found(ipv6Key(frame, at.payload + 8));
    found(ipv6Key(frame, at.payload + 24));
    neighbourDiscovery(frame, at.payload, found);
  } else if (at.etherType === etherTypes.arp || at.etherType === etherTypes.rarp) {
    arp(frame, at.payload, found);
  }
}

/** The frame without 802.1Q tags and without the zeros at its end, which padding adds. */
export function bareFrame(frame: Uint8Array): Uint8Array {
  let end = frame.length;
  while (end > 0 && frame[end - 1] === 0) end--;
  const tagged = tagsEnd(frame);
  if (tagged === 12 || tagged >= end) return frame.subarray(0, end);
  return Buffer.concat([frame.subarray(0, 12), frame.subarray(tagged, end)]);
}

/** Where the EtherType stands: behind the tags, if any. */
function tagsEnd(frame: Uint8Array): number {
  let offset = 12;
  while (offset + 6 <= frame.length && isTpid(get16(frame, offset))) offset += 4;
  return offset;
}

/** EtherType and where what it names begins; through LLC/SNAP with an EtherType too (RFC 1042). */
function payloadOf(frame: Uint8Array): { etherType: number; payload: number } {
  const offset = tagsEnd(frame);
  const etherType = get16(frame, offset);
  const payload = offset + 2;
  const isSnap =
    etherType < firstEtherType &&
    get16(frame, payload) === 0xaaaa &&
    frame[payload + 2] === 3 &&
    get16(frame, payload + 3) === 0;
  return isSnap ? { etherType: get16(frame, payload + 6), payload: payload + 8 } : { etherType, payload };
}

/** RFC 826, as Ethernet and IPv4 addresses lay it out; also if a packet lies about their lengths. */
function arp(frame: Uint8Array, at: number, found: (key: AddressKey) => void): void {
  if (at + 28 > frame.length) return;
  found(macKey(frame, at + 8));
  found(ipv4Key(frame, at + 14));
  found(macKey(frame, at + 18));
  found(ipv4Key(frame, at + 24));
}

/** RFC 4861 section 4: messages 133 to 137 and where their fixed part ends. */
const OPTIONS_AT: Readonly<Record<number, number>> = { 133: 8, 134: 16, 135: 24, 136: 24, 137: 40 };

function neighbourDiscovery(frame: Uint8Array, ip: number, found: (key: AddressKey) => void): void {
  const icmp = ip + 40;
  const type = get8(frame, icmp);
  const optionsAt = OPTIONS_AT[type];
  if (frame[ip + 6] !== 58 || optionsAt === undefined) return;
  if (optionsAt >= 24 && icmp + 24 <= frame.length) found(ipv6Key(frame, icmp + 8));
  if (optionsAt >= 40 && icmp + 40 <= frame.length) found(ipv6Key(frame, icmp + 24));
  // An option's length counts units of 8 octets; type 1 and 2 are link-layer addresses (section 4.6.1).
  for (let at = icmp + optionsAt; at + 8 <= frame.length; ) {
    const length = get8(frame, at + 1) * 8;
    if (length === 0) return;
    if (frame[at] === 1 || frame[at] === 2) found(macKey(frame, at + 2));
    at += length;
  }
}

function macKey(octets: Uint8Array, at: number): number {
  return get16(octets, at) * 2 ** 32 + get16(octets, at + 2) * 2 ** 16 + get16(octets, at + 4);
}

function ipv4Key(octets: Uint8Array, at: number): number {
  return get16(octets, at) * 2 ** 16 + get16(octets, at + 2) + IPV4_KEYS;
}

function ipv6Key(octets: Uint8Array, at: number): string {
  return String.fromCharCode(...octets.subarray(at, at + 16));
}
