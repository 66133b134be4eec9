/**
 * What has a host send something at once to whoever asks: an echo request (RFC 792, RFC 4443), or, of a host that answers
 * none, the SYN of a connection that is never made. A port that is open answers that with SYN and ACK, a closed one with
 * RST (RFC 9293 section 3.10.7); either acknowledges the SYN's number, and so is known by it.
 */
import { echoFrame, type IpLink, tcpFrame } from './compose.js';
import type { Decoded } from './decode.js';
import { icmpTypes } from './icmp.js';
import { icmpv6Types } from './icmpv6.js';
import { tcpFlags } from './tcp.js';

export interface Prompt extends IpLink {
  /** 32 bits, drawn at random or counted: tells it from others, and its answer from theirs. */
  readonly number: number;
  /** The host's port that is sent a SYN; absent: an echo request. */
  readonly tcpPort?: number;
}

/** A TCP port that answers a SYN: an open one begins a connection, which has to be ended; a closed one refuses it. */
export interface AnsweringPort {
  readonly port: number;
  readonly isOpen: boolean;
}

/** The asker's ports: the upper half of the dynamic ones (RFC 6335 section 6), where nothing else of ours is. */
const firstPort = 57_344;
const ports = 8_192;
/** What every IPv6 path carries, less its headers (RFC 8200 section 5). */
const maximumSegmentSize = 1220;

const portOf = (number: number) => firstPort + (number % ports);
const isSet = (flags: number, bit: number) => (flags & bit) !== 0;

export function promptFrame({ number, tcpPort, ...link }: Prompt): Uint8Array {
  if (tcpPort === undefined)
    return echoFrame({ ...link, identifier: number >>> 16, sequence: number & 0xffff });
  return tcpFrame({
    ...link,
    sourcePort: portOf(number),
    destinationPort: tcpPort,
    sequence: number,
    flags: tcpFlags.syn,
    options: [{ type: 'maximum-segment-size', octets: maximumSegmentSize }],
    payload: new Uint8Array(),
  });
}

/** Ends what a SYN has begun at an open port, which would repeat its answer else; needless after RST, or an echo. */
export function hangUpFrame({ number, tcpPort = 0, ...link }: Prompt): Uint8Array {
  return tcpFrame({
    ...link,
    sourcePort: portOf(number),
    destinationPort: tcpPort,
    sequence: (number + 1) >>> 0,
    flags: tcpFlags.rst,
    payload: new Uint8Array(),
  });
}

/** The prompt's number, where the frame is one. */
export function promptNumber({ icmp, icmpv6Echo, tcp }: Decoded): number | undefined {
  const echo = icmp ?? icmpv6Echo;
  if (echo?.type === icmpTypes.echoRequest || echo?.type === icmpv6Types.echoRequest) return numberOf(echo);
  if (!tcp || tcp.flags !== tcpFlags.syn) return undefined;
  return tcp.sourcePort === portOf(tcp.sequence) ? tcp.sequence : undefined;
}

/** The number of the prompt that the frame answers, where it answers one. */
export function answeredNumber({ icmp, icmpv6Echo, tcp }: Decoded): number | undefined {
  const echo = icmp ?? icmpv6Echo;
  if (echo?.type === icmpTypes.echoReply || echo?.type === icmpv6Types.echoReply) return numberOf(echo);
  if (!tcp || !isSet(tcp.flags, tcpFlags.ack) || !isSet(tcp.flags, tcpFlags.syn + tcpFlags.rst))
    return undefined;
  const number = (tcp.acknowledgement - 1) >>> 0;
  return tcp.destinationPort === portOf(number) ? number : undefined;
}

/** Whether the host waits for more: its port is open. */
export const isHalfOpen = ({ tcp }: Decoded): boolean => tcp !== undefined && isSet(tcp.flags, tcpFlags.syn);

const numberOf = ({ identifier, sequence }: { identifier: number; sequence: number }): number =>
  identifier * 0x10000 + sequence;
