/** TCP: RFC 9293, over IPv4 and, with its pseudo-header, over IPv6 (RFC 8200 section 8.1). */
import { type IpAddresses, internetChecksum, sumPseudoHeader } from './checksum.js';
import { FrameError } from './error.js';
import { ipProtocols } from './ipv4.js';
import { get8, get16, get32, inRange, needOctets, put16, put32 } from './octets.js';

const fixedLength = 20;

export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** RFC 9293 section 3.2; every option but these is `unknown`. The end of the list is written as padding. */
export type TcpOption =
  | { readonly type: 'no-operation' }
  | { readonly type: 'maximum-segment-size'; readonly octets: number }
  | { readonly type: 'unknown'; readonly kind: number; readonly data: Uint8Array };

export interface Tcp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  /** Default 0: means something only with the flag `ack`. */
  readonly acknowledgement?: number;
  /** A sum of `tcpFlags`. */
  readonly flags: number;
  /** Default 65535. */
  readonly window?: number;
  /** Default 0. */
  readonly urgentPointer?: number;
  /** Default none. */
  readonly options?: readonly TcpOption[];
  readonly payload: Uint8Array;
  /** Derived; octets, a multiple of 4 up to 60. */
  readonly headerLength?: number;
  /** Derived. */
  readonly checksum?: number;
}

export interface DecodedTcp extends Required<Tcp> {
  readonly checksumOk: boolean;
}

/** Writes a segment; its pseudo-header is of the addresses' family. A given derived field is written as it is. */
export function encodeTcp(tcp: Tcp, addresses: IpAddresses): Uint8Array {
  const options = encodeOptions(tcp.options ?? []);
  const trueHeaderLength = fixedLength + options.length;
  const bytes = new Uint8Array(trueHeaderLength + tcp.payload.length);
  const dataOffset = inRange('TCP header length / 4', (tcp.headerLength ?? trueHeaderLength) / 4, 15);
  put16(bytes, 0, tcp.sourcePort, 'TCP source port');
  put16(bytes, 2, tcp.destinationPort, 'TCP destination port');
  put32(bytes, 4, tcp.sequence, 'TCP sequence number');
  put32(bytes, 8, tcp.acknowledgement ?? 0, 'TCP acknowledgement number');
  bytes[12] = dataOffset << 4;
  bytes[13] = inRange('TCP flags', tcp.flags, 0xff);
  put16(bytes, 14, tcp.window ?? 0xffff, 'TCP window');
  put16(bytes, 18, tcp.urgentPointer ?? 0, 'TCP urgent pointer');
  bytes.set(options, fixedLength);
  bytes.set(tcp.payload, trueHeaderLength);
  put16(bytes, 16, tcp.checksum ?? checksumOf(bytes, addresses), 'TCP checksum');
  return bytes;
}

/**
 * Reads a segment; `payload` is a view of `bytes`. Throws a FrameError when the header is cut, its length is
 * impossible, or an option does not fit; a wrong checksum is given as it is.
 */
export function decodeTcp(bytes: Uint8Array, addresses: IpAddresses): DecodedTcp {
  needOctets('TCP', bytes, fixedLength);
  const headerLength = (get8(bytes, 12) >> 4) * 4;
  if (headerLength < fixedLength) {
    throw new FrameError(`TCP: header length ${headerLength}, needs ${fixedLength}`);
  }
  needOctets('TCP', bytes, headerLength);
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    sequence: get32(bytes, 4),
    acknowledgement: get32(bytes, 8),
    headerLength,
    flags: get8(bytes, 13),
    window: get16(bytes, 14),
    checksum: get16(bytes, 16),
    checksumOk: checksumOf(bytes, addresses) === 0,
    urgentPointer: get16(bytes, 18),
    options: decodeOptions(bytes.subarray(fixedLength, headerLength)),
    payload: bytes.subarray(headerLength),
  };
}

const optionKinds = { endOfList: 0, noOperation: 1, maximumSegmentSize: 2 } as const;

function encodeOptions(options: readonly TcpOption[]): Uint8Array {
  const octets = options.flatMap((option) => {
    if (option.type === 'no-operation') return [optionKinds.noOperation];
    if (option.type === 'unknown') return [option.kind, option.data.length + 2, ...option.data];
    const size = inRange('TCP maximum segment size', option.octets, 0xffff);
    return [optionKinds.maximumSegmentSize, 4, size >> 8, size & 0xff];
  });
  const padded = new Uint8Array(Math.ceil(octets.length / 4) * 4);
  padded.set(octets);
  return padded;
}

function decodeOptions(bytes: Uint8Array): TcpOption[] {
  const options: TcpOption[] = [];
  for (let at = 0; at < bytes.length && get8(bytes, at) !== optionKinds.endOfList; ) {
    const kind = get8(bytes, at);
    if (kind === optionKinds.noOperation) {
      options.push({ type: 'no-operation' });
      at += 1;
      continue;
    }
    const length = at + 1 < bytes.length ? get8(bytes, at + 1) : 0;
    if (length < 2 || at + length > bytes.length) {
      throw new FrameError(`TCP: option ${kind} has length ${length}, which does not fit`);
    }
    const data = bytes.subarray(at + 2, at + length);
    options.push(
      kind === optionKinds.maximumSegmentSize && length === 4
        ? { type: 'maximum-segment-size', octets: get16(data, 0) }
        : { type: 'unknown', kind, data },
    );
    at += length;
  }
  return options;
}

function checksumOf(bytes: Uint8Array, addresses: IpAddresses): number {
  return internetChecksum(bytes, sumPseudoHeader(addresses, ipProtocols.tcp, bytes.length));
}
