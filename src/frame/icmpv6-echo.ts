/** ICMPv6 echo request and reply: RFC 4443 section 4. */
import { FrameError } from './error.js';
import { type Icmpv6, icmpv6Types } from './icmpv6.js';
import { get16, needOctets, put16 } from './octets.js';

export interface Icmpv6Echo {
  /** 128 echo request, 129 echo reply. */
  readonly type: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** The message that `encodeIcmpv6` writes. */
export function encodeIcmpv6Echo(echo: Icmpv6Echo): Icmpv6 {
  const body = new Uint8Array(4 + echo.payload.length);
  put16(body, 0, echo.identifier, 'ICMPv6 identifier');
  put16(body, 2, echo.sequence, 'ICMPv6 sequence');
  body.set(echo.payload, 4);
  return { type: echo.type, body };
}

/** Reads what `decodeIcmpv6` gave. Throws a FrameError when it is cut or no echo. */
export function decodeIcmpv6Echo(message: Icmpv6): Icmpv6Echo {
  if (message.type !== icmpv6Types.echoRequest && message.type !== icmpv6Types.echoReply) {
    throw new FrameError(`ICMPv6: type ${message.type} is not an echo`);
  }
  needOctets('ICMPv6 echo body', message.body, 4);
  return {
    type: message.type,
    identifier: get16(message.body, 0),
    sequence: get16(message.body, 2),
    payload: message.body.subarray(4),
  };
}
