/** The frame of every ICMPv6 message: RFC 4443 section 2.1. Echo and NDP messages fill its body. */
import { type IpAddresses, internetChecksum, sumPseudoHeader } from './checksum.js';
import { FrameError } from './error.js';
import { ipProtocols } from './ipv4.js';
import { get8, get16, needOctets, put8, put16 } from './octets.js';

export const icmpv6Types = {
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  mldV2Report: 143,
} as const;

export interface Icmpv6 {
  readonly type: number;
  /** Default 0. */
  readonly code?: number;
  /** What follows the checksum. */
  readonly body: Uint8Array;
  /** Derived. */
  readonly checksum?: number;
}

export interface DecodedIcmpv6 extends Required<Icmpv6> {
  readonly checksumOk: boolean;
}

/** Writes a message with the pseudo-header's checksum. A given checksum is written as it is. */
export function encodeIcmpv6(message: Icmpv6, addresses: IpAddresses): Uint8Array {
  const bytes = new Uint8Array(4 + message.body.length);
  put8(bytes, 0, message.type, 'ICMPv6 type');
  put8(bytes, 1, message.code ?? 0, 'ICMPv6 code');
  bytes.set(message.body, 4);
  put16(bytes, 2, message.checksum ?? checksumOf(bytes, addresses), 'ICMPv6 checksum');
  return bytes;
}

/** Reads a message; `body` is a view of `bytes`. Throws a FrameError on fewer than four octets. */
export function decodeIcmpv6(bytes: Uint8Array, addresses: IpAddresses): DecodedIcmpv6 {
  needOctets('ICMPv6', bytes, 4);
  return {
    type: get8(bytes, 0),
    code: get8(bytes, 1),
    checksum: get16(bytes, 2),
    checksumOk: checksumOf(bytes, addresses) === 0,
    body: bytes.subarray(4),
  };
}

/** Throws a FrameError unless the message is of `type` and its body has `length` octets at least. */
export function needIcmpv6(name: string, message: Icmpv6, type: number, length: number): void {
  if (message.type !== type) throw new FrameError(`${name}: ICMPv6 type ${message.type}, needs ${type}`);
  needOctets(name, message.body, length);
}

function checksumOf(bytes: Uint8Array, addresses: IpAddresses): number {
  return internetChecksum(bytes, sumPseudoHeader(addresses, ipProtocols.icmpv6, bytes.length));
}
