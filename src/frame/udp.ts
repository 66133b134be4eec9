/** UDP: RFC 768, and over IPv6 RFC 8200 section 8.1. */
import { isIpv4 } from './address.js';
import { type IpAddresses, internetChecksum, sumPseudoHeader } from './checksum.js';
import { FrameError } from './error.js';
import { ipProtocols } from './ipv4.js';
import { get16, needOctets, put16 } from './octets.js';

const headerLength = 8;

export interface Udp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
  /** Derived; octets, header included. */
  readonly length?: number;
  /** Derived; 0 says over IPv4 that there is none. */
  readonly checksum?: number;
}

export interface DecodedUdp extends Required<Udp> {
  /** Right, or absent where it may be: over IPv4. */
  readonly checksumOk: boolean;
}

/** Writes a datagram; its pseudo-header is of the addresses' family. A given length or checksum is written as it is. */
export function encodeUdp(udp: Udp, addresses: IpAddresses): Uint8Array {
  const bytes = new Uint8Array(headerLength + udp.payload.length);
  const length = udp.length ?? bytes.length;
  put16(bytes, 0, udp.sourcePort, 'UDP source port');
  put16(bytes, 2, udp.destinationPort, 'UDP destination port');
  put16(bytes, 4, length, 'UDP length');
  bytes.set(udp.payload, headerLength);
  put16(bytes, 6, udp.checksum ?? checksumOf(bytes, length, addresses), 'UDP checksum');
  return bytes;
}

/**
 * Reads a datagram; `payload` is a view of `bytes`, and octets after the length are left out. Throws a
 * FrameError when the header is cut or the length is impossible; a wrong checksum is given as it is.
 */
export function decodeUdp(bytes: Uint8Array, addresses: IpAddresses): DecodedUdp {
  needOctets('UDP', bytes, headerLength);
  const length = get16(bytes, 4);
  if (length < headerLength) throw new FrameError(`UDP: length ${length}, needs ${headerLength}`);
  if (length > bytes.length) {
    throw new FrameError(`UDP: length ${length}, but there are ${bytes.length} octets`);
  }
  const checksum = get16(bytes, 6);
  const datagram = bytes.subarray(0, length);
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    length,
    checksum,
    checksumOk:
      checksum === 0
        ? isIpv4(addresses.destination)
        : internetChecksum(datagram, sumPseudoHeader(addresses, ipProtocols.udp, length)) === 0,
    payload: datagram.subarray(headerLength),
  };
}

/** Over what the length field claims, so that a wrong length alone is wrong; 0 is sent as all ones. */
function checksumOf(bytes: Uint8Array, length: number, addresses: IpAddresses): number {
  const pseudoHeader = sumPseudoHeader(addresses, ipProtocols.udp, length);
  return internetChecksum(bytes.subarray(0, length), pseudoHeader) || 0xffff;
}
