/**
 * The identity that data frames carry, so that each can be counted wherever it arrives: 'TKO1', then
 * token (32 bits), stream (16) and sequence number (32), at the start of a UDP payload or directly after
 * the Ethernet or SNAP header. Streams run at a hundred thousand frames a second, so reading one decodes
 * nothing else.
 */
import { complementOf } from './checksum.js';
import { FrameError } from './error.js';
import { etherTypes, firstEtherType, isTpid } from './ethernet.js';
import { ipProtocols } from './ipv4.js';
import { get8, get16, get32, put16, put32 } from './octets.js';

export interface Tag {
  /** Tells this run's frames from any other's. */
  readonly token: number;
  readonly stream: number;
  readonly seq: number;
}

/** 'TKO1'. */
const magic = 0x544b4f31;

/** Octets that a tag takes. */
export const tagLength = 14;

/** A payload of `totalLength` octets (default: just the tag) that starts with the tag; the rest is zero. */
export function encodeTag(tag: Tag, totalLength = tagLength): Uint8Array {
  if (totalLength < tagLength) throw new FrameError(`Tag: ${totalLength} octets, needs ${tagLength}`);
  const bytes = new Uint8Array(totalLength);
  put32(bytes, 0, magic, 'Tag magic');
  put32(bytes, 4, tag.token, 'Tag token');
  put16(bytes, 8, tag.stream, 'Tag stream');
  put32(bytes, 10, tag.seq, 'Tag sequence number');
  return bytes;
}

/** The tag of a whole frame, VLAN tags or not; undefined when it has none. Never throws. */
export function readTag(frame: Uint8Array): Tag | undefined {
  const { at } = payloadPlace(frame);
  if (!startsTag(frame, at)) return undefined;
  return { token: get32(frame, at + 4), stream: get16(frame, at + 8), seq: get32(frame, at + 10) };
}

/**
 * A copy of a frame that has a tag, with another sequence number: the cheap way to make a stream. The
 * checksum of UDP is updated by RFC 1624 equation 3, so a wrong one stays wrong and an absent one absent.
 * Throws a FrameError when the frame has no tag.
 */
export function withSeq(frame: Uint8Array, seq: number): Uint8Array {
  const { at, overUdp } = payloadPlace(frame);
  if (!startsTag(frame, at)) throw new FrameError('Tag: the frame has none');
  const copy = frame.slice();
  put32(copy, at + 10, seq, 'Tag sequence number');
  const checksum = get16(frame, at - 2);
  if (overUdp && checksum !== 0) {
    let sum = 0xffff - checksum;
    for (const word of [at + 10, at + 12]) sum += 0xffff - get16(frame, word) + get16(copy, word);
    put16(copy, at - 2, complementOf(sum) || 0xffff, 'UDP checksum');
  }
  return copy;
}

const startsTag = (frame: Uint8Array, at: number) =>
  frame.length >= at + tagLength && get32(frame, at) === magic;

/** Where a tag would start, and whether a UDP header ends there. Octets beyond the frame read as zero. */
function payloadPlace(frame: Uint8Array): { at: number; overUdp: boolean } {
  let at = 12;
  let type = get16(frame, at);
  while (isTpid(type)) {
    at += 4;
    type = get16(frame, at);
  }
  at += 2;
  if (type < firstEtherType) {
    type = get16(frame, at + 6);
    at += 8;
  }
  if (type === etherTypes.ipv4 && get8(frame, at + 9) === ipProtocols.udp) {
    return { at: at + (get8(frame, at) & 0xf) * 4 + 8, overUdp: true };
  }
  if (type === etherTypes.ipv6 && get8(frame, at + 6) === ipProtocols.udp) {
    return { at: at + 48, overUdp: true };
  }
  return { at, overUdp: false };
}
