/** IPv6: RFC 8200 section 3. Extension headers stay in the payload: see `upperLayer`. */
import { bytesToIpv6, ipv6ToBytes } from './address.js';
import { FrameError } from './error.js';
import { ipProtocols } from './ipv4.js';
import { get8, get16, get32, inRange, needOctets, put8, put16, put32 } from './octets.js';

const headerLength = 40;

export interface Ipv6 {
  readonly source: string;
  readonly destination: string;
  readonly nextHeader: number;
  readonly payload: Uint8Array;
  /** Default 64. */
  readonly hopLimit?: number;
  /** Default 0, as is `flowLabel`. */
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  /** Derived; octets after the header. */
  readonly payloadLength?: number;
  /** Derived: 6. */
  readonly version?: number;
}

/** Writes a packet. A derived field that is given is written as it is, right or wrong. */
export function encodeIpv6(ipv6: Ipv6): Uint8Array {
  const bytes = new Uint8Array(headerLength + ipv6.payload.length);
  const version = inRange('IPv6 version', ipv6.version ?? 6, 15);
  const trafficClass = inRange('IPv6 traffic class', ipv6.trafficClass ?? 0, 0xff);
  const flowLabel = inRange('IPv6 flow label', ipv6.flowLabel ?? 0, 0xfffff);
  put32(bytes, 0, version * 2 ** 28 + trafficClass * 2 ** 20 + flowLabel, 'IPv6 first word');
  put16(bytes, 4, ipv6.payloadLength ?? ipv6.payload.length, 'IPv6 payload length');
  put8(bytes, 6, ipv6.nextHeader, 'IPv6 next header');
  put8(bytes, 7, ipv6.hopLimit ?? 64, 'IPv6 hop limit');
  bytes.set(ipv6ToBytes(ipv6.source), 8);
  bytes.set(ipv6ToBytes(ipv6.destination), 24);
  bytes.set(ipv6.payload, headerLength);
  return bytes;
}

/**
 * Reads a packet; `payload` is a view of `bytes`, and octets after the payload length are left out.
 * Throws a FrameError when the packet is cut; a wrong version is given as it is.
 */
export function decodeIpv6(bytes: Uint8Array): Required<Ipv6> {
  needOctets('IPv6', bytes, headerLength);
  const payloadLength = get16(bytes, 4);
  if (payloadLength > bytes.length - headerLength) {
    throw new FrameError(
      `IPv6: payload length ${payloadLength}, but ${bytes.length - headerLength} octets follow`,
    );
  }
  return {
    version: get8(bytes, 0) >> 4,
    trafficClass: (get16(bytes, 0) >> 4) & 0xff,
    flowLabel: get32(bytes, 0) & 0xfffff,
    payloadLength,
    nextHeader: get8(bytes, 6),
    hopLimit: get8(bytes, 7),
    source: bytesToIpv6(bytes.subarray(8, 24)),
    destination: bytesToIpv6(bytes.subarray(24, 40)),
    payload: bytes.subarray(headerLength, headerLength + payloadLength),
  };
}

/** Hop-by-Hop Options with a Router Alert (RFC 2711) of value 0, MLD, and padding: 8 octets ahead of `nextHeader`. */
export function withRouterAlert(nextHeader: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(nextHeader, 0, 5, 2, 0, 0, 1, 0, ...payload);
}

/** What a packet carries, behind Hop-by-Hop Options (RFC 8200 section 4.3) if it has them. Throws a FrameError when
 *  they are cut. */
export function upperLayer({ nextHeader, payload }: Ipv6): Pick<Ipv6, 'nextHeader' | 'payload'> {
  if (nextHeader !== ipProtocols.hopByHop) return { nextHeader, payload };
  needOctets('IPv6 hop-by-hop options', payload, 8);
  const length = (get8(payload, 1) + 1) * 8;
  needOctets('IPv6 hop-by-hop options', payload, length);
  return { nextHeader: get8(payload, 0), payload: payload.subarray(length) };
}
