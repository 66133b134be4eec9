/** IEEE 802.2 LLC with SNAP, as RFC 1042 uses it to carry EtherTypes in an IEEE 802.3 frame. */
import { get8, get16, inRange, needOctets, put8, put16 } from './octets.js';

/** The SAP that announces SNAP. */
export const snapSap = 0xaa;

export interface Snap {
  /** 24 bits; 0 means that `type` is an EtherType. */
  readonly oui: number;
  readonly type: number;
  readonly payload: Uint8Array;
  /** Default 0xaa, as is `ssap`. A frame with others is LLC but not SNAP. */
  readonly dsap?: number;
  readonly ssap?: number;
  /** Default 3: unnumbered information. */
  readonly control?: number;
}

/** Writes the eight octets of LLC and SNAP and the payload. */
export function encodeSnap(snap: Snap): Uint8Array {
  const bytes = new Uint8Array(8 + snap.payload.length);
  put8(bytes, 0, snap.dsap ?? snapSap, 'LLC DSAP');
  put8(bytes, 1, snap.ssap ?? snapSap, 'LLC SSAP');
  put8(bytes, 2, snap.control ?? 3, 'LLC control');
  const oui = inRange('SNAP OUI', snap.oui, 0xffffff);
  put8(bytes, 3, oui >>> 16, 'SNAP OUI');
  put16(bytes, 4, oui & 0xffff, 'SNAP OUI');
  put16(bytes, 6, snap.type, 'SNAP type');
  bytes.set(snap.payload, 8);
  return bytes;
}

/** Reads LLC and SNAP whatever the SAPs are: see `isSnap`. Throws a FrameError on fewer than eight octets. */
export function decodeSnap(bytes: Uint8Array): Required<Snap> {
  needOctets('LLC/SNAP', bytes, 8);
  return {
    dsap: get8(bytes, 0),
    ssap: get8(bytes, 1),
    control: get8(bytes, 2),
    oui: get8(bytes, 3) * 0x10000 + get16(bytes, 4),
    type: get16(bytes, 6),
    payload: bytes.subarray(8),
  };
}

/** Whether LLC octets announce SNAP; other LLC (spanning tree, for one) is none of ours. */
export function isSnap(bytes: Uint8Array): boolean {
  return bytes[0] === snapSap && bytes[1] === snapSap && bytes[2] === 3;
}
