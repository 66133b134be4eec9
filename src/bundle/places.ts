/**
 * Where addresses stand in a frame, and which checksums cover each of them: what has to be known to replace one and leave
 * everything else as right, or as wrong, as it was. Never throws; a frame that was cut is read as far as it goes.
 */
import { etherTypes, firstEtherType, isTpid } from '../frame/ethernet.js';
import { snapSap } from '../frame/llc.js';
import { get8, get16 } from '../frame/octets.js';
import { addressLength, type Place, type Walk } from './place.js';
import { placesOfIpv4, placesOfIpv6 } from './places-ip.js';

/** EtherTypes with which devices tell their names, keys and clocks: link aggregation, 802.1X, LLDP, PTP. */
const tellTale: readonly number[] = [0x8809, 0x888e, 0x88cc, 0x88f7];

/** The SAP of spanning tree: IEEE 802.1Q clause 8.6.3. */
const bpduSap = 0x42;
/** Of a BPDU that is not extended by MSTP's configuration name and its instances (IEEE 802.1Q clause 14). */
const rstpLength = 36;

/** All places of a frame as it was captured. `foreign`: it is none that the harness sent. */
export function placesOf(bytes: Uint8Array, foreign: boolean): Place[] {
  const places: Place[] = [];
  const walk: Walk = {
    bytes,
    foreign,
    found(kind, at, covers = []) {
      const length = addressLength[kind];
      if (at + length <= bytes.length) places.push({ kind, at, length, covers });
    },
    octets(kind, at, end, covers = []) {
      const length = Math.min(end, bytes.length) - at;
      if (length > 0) places.push({ kind, at, length, covers });
    },
  };
  walk.found('mac', 0);
  walk.found('mac', 6);
  if (bytes.length >= 14) link(walk);
  return places;
}

function link(walk: Walk): void {
  const { bytes } = walk;
  let at = 12;
  while (at + 6 <= bytes.length && isTpid(get16(bytes, at))) at += 4;
  const type = get16(bytes, at);
  if (type >= firstEtherType) network(walk, type, at + 2);
  else llc(walk, at + 2);
}

function llc(walk: Walk, at: number): void {
  const { bytes } = walk;
  const sap = bytes[at];
  if (sap === snapSap && at + 8 <= bytes.length) {
    const oui = get8(bytes, at + 3) * 0x10000 + get16(bytes, at + 4);
    if (oui === 0) network(walk, get16(bytes, at + 6), at + 8);
    // A vendor's own protocol: CDP and its like send host names and versions.
    else unknown(walk, at + 8, true);
  } else if (sap === bpduSap) {
    bpdu(walk, at + 3);
  } else {
    unknown(walk, at, false);
  }
}

/** Root and bridge identifier: IEEE 802.1Q clause 14.1. */
function bpdu(walk: Walk, at: number): void {
  walk.found('mac', at + 7);
  walk.found('mac', at + 19);
  walk.octets(walk.foreign ? 'private' : 'raw', at + rstpLength, walk.bytes.length);
}

function network(walk: Walk, etherType: number, at: number): void {
  const end = walk.bytes.length;
  switch (etherType) {
    case etherTypes.arp:
    case etherTypes.rarp:
      // As Ethernet and IPv4 lay it out, also where a packet lies about their lengths.
      walk.found('mac', at + 8);
      walk.found('ipv4', at + 14);
      walk.found('mac', at + 18);
      walk.found('ipv4', at + 24);
      walk.octets('raw', at + 28, end);
      break;
    case etherTypes.ipv4:
      placesOfIpv4(walk, at, end, []);
      break;
    case etherTypes.ipv6:
      placesOfIpv6(walk, at, end, []);
      break;
    default:
      unknown(walk, at, tellTale.includes(etherType));
  }
}

function unknown(walk: Walk, at: number, tells: boolean): void {
  walk.octets(tells && walk.foreign ? 'private' : 'raw', at, walk.bytes.length);
}
