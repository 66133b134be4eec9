/**
 * One end of a TCP connection (RFC 9293 section 3.10), as much of it as a station needs that is played by the harness:
 * it takes what comes in order, acknowledges everything at once, and never repeats anything. It has no owner and no
 * address, so the station that takes V over can go on with what the old one left: as failover software does that shares
 * its connections' state.
 */
import { type Tcp, tcpFlags } from '../../../src/frame/index.js';

export type TcpState = 'listening' | 'opening' | 'open' | 'closing' | 'closed';

export interface TcpEndpoint {
  readonly state: TcpState;
  /** The other end sent RST, or refused the connection. */
  readonly wasReset: boolean;
  /** Octets taken in order so far. */
  readonly taken: number;
  /** What is to be sent in answer to a segment of this connection. */
  receive(segment: Tcp): Tcp[];
  /** A segment one octet beyond a hole that is never filled: “acknowledged immediately” (RFC 5681 section 4.2), and
   *  no octet ever reaches the application. `nth` makes it differ from the others, in its window. */
  beyondHole(nth: number): Tcp;
  /** Ends it from this side. */
  close(): Tcp;
  /** Ends it with nothing left on either side. */
  abort(): Tcp;
}

export interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const { ack, fin, psh, rst, syn } = tcpFlags;
const window = 16_384;
/** What every IPv6 path carries, less its headers (RFC 8200 section 5). */
const maximumSegmentSize = 1220;
const none = new Uint8Array();
const isSet = (flags: number, bit: number) => (flags & bit) !== 0;
/** Sequence numbers wrap around (RFC 9293 section 3.4). */
const plus = (sequence: number, octets: number) => (sequence + octets) % 2 ** 32;

/** Waits for the other end's SYN. */
export function listen(ports: Ports, initialSequence: number): TcpEndpoint {
  return endpoint(ports, initialSequence, 'listening').end;
}

/** Sends a SYN. */
export function open(
  ports: Ports,
  initialSequence: number,
): { readonly end: TcpEndpoint; readonly syn: Tcp } {
  const { end, segment } = endpoint(ports, initialSequence, 'opening');
  return { end, syn: segment(syn) };
}

function endpoint(ports: Ports, initialSequence: number, begin: 'listening' | 'opening') {
  let state: TcpState = begin;
  let wasReset = false;
  let taken = 0;
  /** SND.NXT and RCV.NXT. */
  let next = initialSequence;
  let expected = 0;

  /** Takes the next sequence numbers itself, where it needs any. */
  function segment(flags: number): Tcp {
    const opens = isSet(flags, syn);
    const acknowledgement = isSet(flags, ack) ? { acknowledgement: expected } : {};
    const sent: Tcp = {
      ...ports,
      sequence: next,
      ...acknowledgement,
      flags,
      window,
      options: opens ? [{ type: 'maximum-segment-size', octets: maximumSegmentSize }] : [],
      payload: none,
    };
    if (opens || isSet(flags, fin)) next = plus(next, 1);
    return sent;
  }

  /** The answer to a SYN, also when it comes again because our answer was lost. */
  function accept(sequence: number): Tcp[] {
    state = 'opening';
    next = initialSequence;
    expected = plus(sequence, 1);
    return [segment(syn + ack)];
  }

  const end: TcpEndpoint = {
    get state() {
      return state;
    },
    get wasReset() {
      return wasReset;
    },
    get taken() {
      return taken;
    },
    receive({ sequence, acknowledgement = 0, flags, payload }) {
      if (state === 'closed') return [];
      if (isSet(flags, rst)) {
        state = 'closed';
        wasReset = true;
        return [];
      }
      if (isSet(flags, syn)) {
        if (begin === 'listening') return isSet(flags, ack) ? [] : accept(sequence);
        if (!isSet(flags, ack) || acknowledgement !== next) return [];
        if (state === 'opening') {
          state = 'open';
          expected = plus(sequence, 1);
        }
        return [segment(ack)];
      }
      if (state === 'listening' || !isSet(flags, ack)) return [];
      if (state === 'opening' && acknowledgement === next) state = 'open';
      const ends = isSet(flags, fin);
      if (payload.length === 0 && !ends) return [];
      if (sequence !== expected) return [segment(ack)];
      taken += payload.length;
      expected = plus(expected, payload.length + (ends ? 1 : 0));
      if (!ends) return [segment(ack)];
      const answer = [segment(state === 'closing' ? ack : ack + fin)];
      state = 'closed';
      return answer;
    },
    beyondHole: (nth) => ({
      ...ports,
      sequence: plus(next, 1),
      acknowledgement: expected,
      flags: psh + ack,
      window: window - (nth % 4096),
      payload: Uint8Array.of(0),
    }),
    close() {
      state = 'closing';
      return segment(ack + fin);
    },
    abort() {
      state = 'closed';
      return segment(rst + ack);
    },
  };
  return { end, segment };
}
