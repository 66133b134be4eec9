/** IPv4: RFC 791, with the traffic class of RFC 2474 and RFC 3168. */
import { bytesToIpv4, ipv4ToBytes } from './address.js';
import { internetChecksum } from './checksum.js';
import { FrameError } from './error.js';
import { get8, get16, inRange, needOctets, put8, put16 } from './octets.js';

export const ipProtocols = { hopByHop: 0, icmp: 1, igmp: 2, tcp: 6, udp: 17, icmpv6: 58, vrrp: 112 } as const;

export const ipv4Flags = { moreFragments: 1, dontFragment: 2, reserved: 4 } as const;

export interface Ipv4 {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  /** Default 64. */
  readonly ttl?: number;
  /** Default 0, which an atomic datagram may carry: RFC 6864 section 4.1. */
  readonly identification?: number;
  /** Default 0, as is `ecn`. */
  readonly dscp?: number;
  readonly ecn?: number;
  /** A sum of `ipv4Flags`; default `dontFragment`. */
  readonly flags?: number;
  /** In units of eight octets, as on the wire; default 0. */
  readonly fragmentOffset?: number;
  /** Raw; padded with zeros to a multiple of four octets. Default none. */
  readonly options?: Uint8Array;
  /** Derived: 4. */
  readonly version?: number;
  /** Derived; octets, a multiple of 4 up to 60. */
  readonly headerLength?: number;
  /** Derived; octets. */
  readonly totalLength?: number;
  /** Derived. */
  readonly checksum?: number;
}

export interface DecodedIpv4 extends Required<Ipv4> {
  readonly checksumOk: boolean;
}

/** Writes a datagram. A derived field that is given is written as it is, right or wrong. */
export function encodeIpv4(ipv4: Ipv4): Uint8Array {
  const options = ipv4.options ?? new Uint8Array();
  const trueHeaderLength = 20 + Math.ceil(options.length / 4) * 4;
  const bytes = new Uint8Array(trueHeaderLength + ipv4.payload.length);
  const version = inRange('IPv4 version', ipv4.version ?? 4, 15);
  const ihl = inRange('IPv4 header length / 4', (ipv4.headerLength ?? trueHeaderLength) / 4, 15);
  bytes[0] = (version << 4) | ihl;
  bytes[1] = (inRange('IPv4 DSCP', ipv4.dscp ?? 0, 63) << 2) | inRange('IPv4 ECN', ipv4.ecn ?? 0, 3);
  put16(bytes, 2, ipv4.totalLength ?? bytes.length, 'IPv4 total length');
  put16(bytes, 4, ipv4.identification ?? 0, 'IPv4 identification');
  const flags = inRange('IPv4 flags', ipv4.flags ?? ipv4Flags.dontFragment, 7);
  const fragmentOffset = inRange('IPv4 fragment offset', ipv4.fragmentOffset ?? 0, 0x1fff);
  put16(bytes, 6, (flags << 13) | fragmentOffset, 'IPv4 fragment field');
  put8(bytes, 8, ipv4.ttl ?? 64, 'IPv4 TTL');
  put8(bytes, 9, ipv4.protocol, 'IPv4 protocol');
  bytes.set(ipv4ToBytes(ipv4.source), 12);
  bytes.set(ipv4ToBytes(ipv4.destination), 16);
  bytes.set(options, 20);
  const checksum = ipv4.checksum ?? internetChecksum(bytes.subarray(0, trueHeaderLength));
  put16(bytes, 10, checksum, 'IPv4 checksum');
  bytes.set(ipv4.payload, trueHeaderLength);
  return bytes;
}

/**
 * Reads a datagram; `payload` and `options` are views of `bytes`, and octets after the total length are
 * left out. Throws a FrameError when the header is cut or a length is impossible; a wrong checksum or
 * version is given as it is. Encoding a decoded datagram with a change keeps the old checksum and
 * lengths: leave them out.
 */
export function decodeIpv4(bytes: Uint8Array): DecodedIpv4 {
  needOctets('IPv4', bytes, 20);
  const headerLength = (get8(bytes, 0) & 0xf) * 4;
  const totalLength = get16(bytes, 2);
  if (headerLength < 20) throw new FrameError(`IPv4: header length ${headerLength}, needs 20`);
  if (totalLength < headerLength) {
    throw new FrameError(`IPv4: total length ${totalLength}, less than its header's ${headerLength}`);
  }
  if (totalLength > bytes.length) {
    throw new FrameError(`IPv4: total length ${totalLength}, but there are ${bytes.length} octets`);
  }
  return {
    version: get8(bytes, 0) >> 4,
    headerLength,
    dscp: get8(bytes, 1) >> 2,
    ecn: get8(bytes, 1) & 3,
    totalLength,
    identification: get16(bytes, 4),
    flags: get8(bytes, 6) >> 5,
    fragmentOffset: get16(bytes, 6) & 0x1fff,
    ttl: get8(bytes, 8),
    protocol: get8(bytes, 9),
    checksum: get16(bytes, 10),
    checksumOk: internetChecksum(bytes.subarray(0, headerLength)) === 0,
    source: bytesToIpv4(bytes.subarray(12, 16)),
    destination: bytesToIpv4(bytes.subarray(16, 20)),
    options: bytes.subarray(20, headerLength),
    payload: bytes.subarray(headerLength, totalLength),
  };
}

/** Whether a datagram is a part of a larger one, and so has no whole upper layer to read. */
export function isFragment(ipv4: DecodedIpv4): boolean {
  return ipv4.fragmentOffset !== 0 || (ipv4.flags & ipv4Flags.moreFragments) !== 0;
}
