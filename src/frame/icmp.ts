/** ICMP echo and echo reply: RFC 792. */
import { internetChecksum } from './checksum.js';
import { FrameError } from './error.js';
import { get8, get16, needOctets, put8, put16 } from './octets.js';

export const icmpTypes = { echoReply: 0, echoRequest: 8 } as const;

export interface IcmpEcho {
  /** 8 echo, 0 echo reply. */
  readonly type: number;
  /** Default 0. */
  readonly code?: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** Derived. */
  readonly checksum?: number;
}

export interface DecodedIcmpEcho extends Required<IcmpEcho> {
  readonly checksumOk: boolean;
}

/** Writes a message. A given checksum is written as it is. */
export function encodeIcmpEcho(echo: IcmpEcho): Uint8Array {
  const bytes = new Uint8Array(8 + echo.payload.length);
  put8(bytes, 0, echo.type, 'ICMP type');
  put8(bytes, 1, echo.code ?? 0, 'ICMP code');
  put16(bytes, 4, echo.identifier, 'ICMP identifier');
  put16(bytes, 6, echo.sequence, 'ICMP sequence');
  bytes.set(echo.payload, 8);
  put16(bytes, 2, echo.checksum ?? internetChecksum(bytes), 'ICMP checksum');
  return bytes;
}

/** Reads a message; `payload` is a view of `bytes`. Throws a FrameError when it is cut or no echo: see `isEcho`. */
export function decodeIcmpEcho(bytes: Uint8Array): DecodedIcmpEcho {
  needOctets('ICMP', bytes, 8);
  if (!isEcho(bytes)) throw new FrameError(`ICMP: type ${get8(bytes, 0)} is not an echo`);
  return {
    type: get8(bytes, 0),
    code: get8(bytes, 1),
    checksum: get16(bytes, 2),
    checksumOk: internetChecksum(bytes) === 0,
    identifier: get16(bytes, 4),
    sequence: get16(bytes, 6),
    payload: bytes.subarray(8),
  };
}

/** Whether an ICMP message is an echo or its reply. */
export function isEcho(bytes: Uint8Array): boolean {
  return bytes[0] === icmpTypes.echoRequest || bytes[0] === icmpTypes.echoReply;
}
