/** Ethernet II and IEEE 802.3 frames with IEEE 802.1Q tags, as a capture shows them: without the FCS. */
import { bytesToMac, macToBytes } from './address.js';
import { FrameError } from './error.js';
import { get16, inRange, needOctets, put16 } from './octets.js';

export const etherTypes = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ipv6: 0x86dd,
  /** Customer tag, IEEE 802.1Q. */
  vlan: 0x8100,
  /** Service tag, IEEE 802.1Q, formerly 802.1ad. */
  serviceVlan: 0x88a8,
  /** Local experimental EtherType 1, IEEE 802. */
  experimental: 0x88b5,
} as const;

/** Smaller than this, the type field is an IEEE 802.3 length. */
export const firstEtherType = 0x0600;

/** The shortest frame, 64 octets, less the FCS. */
export const minimumFrameLength = 60;

export interface VlanTag {
  /** Default `etherTypes.vlan`. A decoder takes only `vlan` and `serviceVlan` for a tag. */
  readonly tpid?: number;
  /** PCP, 0..7; default 0. */
  readonly priority?: number;
  /** DEI; default false. */
  readonly dropEligible?: boolean;
  /** 0..4095; 0 tags the priority only. */
  readonly vid: number;
}

export interface Ethernet {
  readonly destination: string;
  readonly source: string;
  /** Outermost first. */
  readonly tags?: readonly VlanTag[];
  /** EtherType, or the IEEE 802.3 length when smaller than 0x0600. */
  readonly type: number;
  readonly payload: Uint8Array;
}

export interface DecodedEthernet extends Ethernet {
  readonly tags: readonly Required<VlanTag>[];
}

/** Writes a frame; `pad` fills it with zeros to the 60 octets that the medium asks for. */
export function encodeEthernet(frame: Ethernet, { pad = true } = {}): Uint8Array {
  const tags = frame.tags ?? [];
  const headerLength = 14 + 4 * tags.length;
  const length = headerLength + frame.payload.length;
  const bytes = new Uint8Array(pad ? Math.max(length, minimumFrameLength) : length);
  bytes.set(macToBytes(frame.destination), 0);
  bytes.set(macToBytes(frame.source), 6);
  let at = 12;
  for (const tag of tags) {
    put16(bytes, at, tag.tpid ?? etherTypes.vlan, '802.1Q TPID');
    put16(bytes, at + 2, tagControl(tag), '802.1Q TCI');
    at += 4;
  }
  put16(bytes, at, frame.type, 'Ethernet type');
  bytes.set(frame.payload, headerLength);
  return bytes;
}

/**
 * Reads a frame; `payload` is a view of `bytes`. An IEEE 802.3 length cuts the padding off the payload;
 * after an EtherType the padding stays, since only the layer above knows its length.
 * Throws a FrameError when the header is cut or the 802.3 length exceeds the octets there are.
 */
export function decodeEthernet(bytes: Uint8Array): DecodedEthernet {
  needOctets('Ethernet', bytes, 14);
  const tags: Required<VlanTag>[] = [];
  let at = 12;
  let type = get16(bytes, at);
  while (isTpid(type)) {
    needOctets('802.1Q', bytes, at + 6);
    const control = get16(bytes, at + 2);
    tags.push({
      tpid: type,
      priority: control >> 13,
      dropEligible: (control & 0x1000) !== 0,
      vid: control & 0xfff,
    });
    at += 4;
    type = get16(bytes, at);
  }
  const payload = bytes.subarray(at + 2);
  if (type < firstEtherType && type > payload.length) {
    throw new FrameError(`802.3: length ${type}, but ${payload.length} octets follow`);
  }
  return {
    destination: bytesToMac(bytes.subarray(0, 6)),
    source: bytesToMac(bytes.subarray(6, 12)),
    tags,
    type,
    payload: type < firstEtherType ? payload.subarray(0, type) : payload,
  };
}

/** A copy of a frame with a tag put ahead of what follows the addresses, so it becomes the outermost. */
export function withTag(frame: Uint8Array, tag: VlanTag): Uint8Array {
  needOctets('Ethernet', frame, 14);
  const copy = new Uint8Array(frame.length + 4);
  copy.set(frame.subarray(0, 12));
  put16(copy, 12, tag.tpid ?? etherTypes.vlan, '802.1Q TPID');
  put16(copy, 14, tagControl(tag), '802.1Q TCI');
  copy.set(frame.subarray(12), 16);
  return copy;
}

/** A copy of a frame between other stations. No checksum covers the addresses but the FCS. */
export function withEnds(frame: Uint8Array, ends: Pick<Ethernet, 'destination' | 'source'>): Uint8Array {
  needOctets('Ethernet', frame, 14);
  const copy = frame.slice();
  copy.set(macToBytes(ends.destination), 0);
  copy.set(macToBytes(ends.source), 6);
  return copy;
}

/** Whether a type field announces a tag. */
export function isTpid(type: number): boolean {
  return type === etherTypes.vlan || type === etherTypes.serviceVlan;
}

function tagControl({ priority = 0, dropEligible = false, vid }: VlanTag): number {
  const pcp = inRange('802.1Q priority', priority, 7);
  return (pcp << 13) | (dropEligible ? 0x1000 : 0) | inRange('802.1Q VLAN identifier', vid, 0xfff);
}
