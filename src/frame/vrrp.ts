/**
 * The advertisements of virtual routers: VRRP version 2 (RFC 3768 section 5) and 3 (RFC 5798 section 5), and CARP,
 * which shares their protocol number. CARP's counter and digest say something to its peers only; here they are zero.
 */

import { ipToBytes, isIpv4 } from './address.js';
import { type IpAddresses, internetChecksum, sumPseudoHeader } from './checksum.js';
import { type IpLink, ipFrame } from './compose.js';
import { ipProtocols } from './ipv4.js';
import { put8, put16 } from './octets.js';

/** Where all virtual routers listen: RFC 3768 section 5.2.2, RFC 5798 section 5.1.2.2. */
export const vrrpGroups = { ipv4: '224.0.0.18', ipv6: 'ff02::12' } as const;

/** A receiver discards an advertisement with another TTL or hop limit: RFC 5798 section 5.1. */
const vrrpHopLimit = 255;

export interface VrrpAdvertisement {
  readonly version: 2 | 3;
  readonly virtualRouter: number;
  readonly priority: number;
  /** Whole seconds in version 2, hundredths in version 3. */
  readonly interval: number;
  /** The virtual router's addresses, of one family. */
  readonly addresses: readonly string[];
}

/** Octets of authentication data that end a message of version 2: RFC 3768 section 5.3.10. */
const authenticationLength = 8;

export function encodeVrrp(advertisement: VrrpAdvertisement, link: IpAddresses): Uint8Array {
  const { version, virtualRouter, priority, interval, addresses } = advertisement;
  const octets = addresses.map(ipToBytes);
  const listed = octets.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(8 + listed + (version === 2 ? authenticationLength : 0));
  bytes[0] = (version << 4) | 1;
  put8(bytes, 1, virtualRouter, 'VRRP virtual router');
  put8(bytes, 2, priority, 'VRRP priority');
  put8(bytes, 3, addresses.length, 'VRRP address count');
  if (version === 2) put8(bytes, 5, interval, 'VRRP interval');
  else put16(bytes, 4, interval, 'VRRP interval');
  let at = 8;
  for (const address of octets) {
    bytes.set(address, at);
    at += address.length;
  }
  const initial = version === 2 ? 0 : sumPseudoHeader(link, ipProtocols.vrrp, bytes.length);
  put16(bytes, 6, internetChecksum(bytes, initial), 'VRRP checksum');
  return bytes;
}

export function vrrpFrame(frame: Omit<IpLink, 'ipDestination'> & VrrpAdvertisement): Uint8Array {
  const ipDestination = isIpv4(frame.ipSource) ? vrrpGroups.ipv4 : vrrpGroups.ipv6;
  const message = encodeVrrp(frame, { source: frame.ipSource, destination: ipDestination });
  return ipFrame({ ...frame, ipDestination, ipHopLimit: vrrpHopLimit }, ipProtocols.vrrp, message);
}

export interface CarpAdvertisement {
  readonly virtualHost: number;
  /** Seconds. */
  readonly interval: number;
}

const carpLength = 36;

export function encodeCarp({ virtualHost, interval }: CarpAdvertisement): Uint8Array {
  const bytes = new Uint8Array(carpLength);
  bytes[0] = (2 << 4) | 1;
  put8(bytes, 1, virtualHost, 'CARP virtual host');
  // Counter and digest, in words of four octets.
  bytes[3] = 7;
  put8(bytes, 5, interval, 'CARP interval');
  put16(bytes, 6, internetChecksum(bytes), 'CARP checksum');
  return bytes;
}

export function carpFrame(frame: Omit<IpLink, 'ipDestination'> & CarpAdvertisement): Uint8Array {
  const ipDestination = isIpv4(frame.ipSource) ? vrrpGroups.ipv4 : vrrpGroups.ipv6;
  return ipFrame({ ...frame, ipDestination, ipHopLimit: vrrpHopLimit }, ipProtocols.vrrp, encodeCarp(frame));
}
