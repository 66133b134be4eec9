/** Puts other addresses into a frame, and keeps each checksum as right, or as wrong, as it was. */
import { bytesToIpv4, bytesToIpv6, bytesToMac, ipToBytes, isMac, macToBytes } from '../frame/address.js';
import { complementOf } from '../frame/checksum.js';
import { get8, get16 } from '../frame/octets.js';
import { type AddressKind, addressLength, type Cover, type Place } from './place.js';
import { placesOf } from './places.js';

/** From an address to what is published in its place, both as canonical text. */
export type Replacements = ReadonlyMap<string, string>;

/** Rewrites frames by one table; octets of its addresses are found also where no protocol is known to have any. */
export type Rewriter = (frame: Uint8Array, foreign: boolean) => Uint8Array;

const textOf: Readonly<Record<AddressKind, (octets: Uint8Array) => string>> = {
  mac: bytesToMac,
  ipv4: bytesToIpv4,
  ipv6: bytesToIpv6,
};

const octetsOf = (address: string) => (isMac(address) ? macToBytes(address) : ipToBytes(address));

/** Every address that stands in a frame, as text; one may come more than once. */
export function addressesOfFrame(bytes: Uint8Array, foreign: boolean): string[] {
  return placesOf(bytes, foreign).flatMap(({ kind, at, length }) =>
    kind === 'raw' || kind === 'private' ? [] : [textOf[kind](bytes.subarray(at, at + length))],
  );
}

/** A rewriter that gives a frame back as it is where there is nothing to replace, and else a changed copy. */
export function rewriterFor(replacements: Replacements): Rewriter {
  /** By the octets as a string; beside it, how they may begin, which most octets don't. */
  const byOctets = new Map([...replacements].map(([from, to]) => [keyOf(octetsOf(from)), octetsOf(to)]));
  const starts = new Set([...replacements.keys()].map((from) => startOf(octetsOf(from), 0)));

  function knownAt(bytes: Uint8Array, at: number, end: number): Uint8Array | undefined {
    if (!starts.has(startOf(bytes, at))) return undefined;
    for (const length of longestFirst) {
      const known = at + length <= end ? byOctets.get(keyOf(bytes.subarray(at, at + length))) : undefined;
      if (known) return known;
    }
    return undefined;
  }

  /** What to write over a place: pieces, each with where it begins. */
  function piecesOf({ kind, at, length }: Place, bytes: Uint8Array): { at: number; octets: Uint8Array }[] {
    if (kind === 'private') return [{ at, octets: new Uint8Array(length) }];
    if (kind !== 'raw') {
      const to = byOctets.get(keyOf(bytes.subarray(at, at + length)));
      return to === undefined ? [] : [{ at, octets: to }];
    }
    const pieces: { at: number; octets: Uint8Array }[] = [];
    const end = at + length;
    for (let here = at; here + addressLength.ipv4 <= end; here++) {
      const octets = knownAt(bytes, here, end);
      if (!octets) continue;
      pieces.push({ at: here, octets });
      here += octets.length - 1;
    }
    return pieces;
  }

  return (frame, foreign) => {
    let copy: Uint8Array | undefined;
    for (const place of placesOf(frame, foreign)) {
      for (const { at, octets } of piecesOf(place, frame)) {
        copy ??= frame.slice();
        replaceAt(copy, at, octets, place.covers);
      }
    }
    return copy ?? frame;
  };
}

/** No two kinds of address are equally long, so the octets alone tell which one it is. */
const keyOf = (octets: Uint8Array) =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
const longestFirst = [addressLength.ipv6, addressLength.mac, addressLength.ipv4];

/** The first four octets, which the shortest address has. */
const startOf = (bytes: Uint8Array, at: number) => get16(bytes, at) * 0x10000 + get16(bytes, at + 2);

interface Edit {
  readonly at: number;
  readonly before: number;
  readonly after: number;
  /** Of a checksum that followed, which no pseudo-header holds. */
  readonly followed: boolean;
}

function replaceAt(bytes: Uint8Array, at: number, octets: Uint8Array, covers: readonly Cover[]): void {
  const edits: Edit[] = [];
  const write = (where: number, after: number, followed: boolean) => {
    edits.push({ at: where, before: get8(bytes, where), after, followed });
    bytes[where] = after;
  };
  for (const [index, octet] of octets.entries()) write(at + index, octet, false);
  for (const cover of covers) {
    const checksum = updated(get16(bytes, cover.at), cover, edits, at);
    if (checksum === undefined) continue;
    write(cover.at, checksum >> 8, true);
    write(cover.at + 1, checksum & 0xff, true);
  }
}

/** RFC 1624, equation 3: the difference between a wrong checksum and the right one stays the same. Undefined: there is no
 *  checksum to follow. */
function updated(
  checksum: number,
  cover: Cover,
  edits: readonly Edit[],
  addressAt: number,
): number | undefined {
  if (cover.optional && checksum === 0) return undefined;
  let sum = 0xffff - checksum;
  for (const { at, before, after, followed } of edits) {
    if (followed && (cover.pseudo || at < cover.start || at >= cover.end)) continue;
    // In a pseudo-header an address begins at an even octet, wherever it stands in the packet.
    const isHigh = (at - (cover.pseudo ? addressAt : cover.start)) % 2 === 0;
    sum += isHigh ? 0xffff - (before << 8) + (after << 8) : 0xffff - before + after;
  }
  const complement = complementOf(sum);
  return cover.optional && complement === 0 ? 0xffff : complement;
}
