/** IGMP: version 2 (RFC 2236) and version 3 (RFC 3376), by which hosts tell switches which groups they want. */
import { bytesToIpv4, ipv4ToBytes } from './address.js';
import { internetChecksum } from './checksum.js';
import { FrameError } from './error.js';
import {
  decodeAddresses,
  decodeGroupRecords,
  encodeAddresses,
  encodeGroupRecords,
  type GroupRecord,
} from './group-record.js';
import { get8, get16, inRange, needOctets, put8, put16 } from './octets.js';

export const igmpTypes = {
  query: 0x11,
  reportV1: 0x12,
  reportV2: 0x16,
  leave: 0x17,
  reportV3: 0x22,
} as const;

/** Where version 3 reports go: RFC 3376 section 4.2.14. */
export const igmpV3Routers = '224.0.0.22';

export interface Igmp {
  readonly type: number;
  /** Of a query: how long hosts may wait with their reports, tenths of a second up to 127. Default 0. */
  readonly responseCode?: number;
  /** What follows the checksum. */
  readonly body: Uint8Array;
  /** Derived. */
  readonly checksum?: number;
}

export interface DecodedIgmp extends Required<Igmp> {
  readonly checksumOk: boolean;
}

/** A query, report or leave of version 1 or 2. */
export interface IgmpGroup {
  readonly type: number;
  readonly responseCode?: number;
  /** `0.0.0.0` in a general query. */
  readonly group: string;
}

export interface IgmpV3Query {
  readonly responseCode: number;
  readonly group: string;
  /** S: routers need not update their timers. */
  readonly suppress: boolean;
  /** QRV: 0..7. */
  readonly robustness: number;
  /** QQIC: seconds up to 127. */
  readonly intervalCode: number;
  readonly sources: readonly string[];
}

export interface IgmpV3Report {
  readonly records: readonly GroupRecord[];
}

/** Writes a message. A given checksum is written as it is. */
export function encodeIgmp(message: Igmp): Uint8Array {
  const bytes = new Uint8Array(4 + message.body.length);
  put8(bytes, 0, message.type, 'IGMP type');
  put8(bytes, 1, message.responseCode ?? 0, 'IGMP response code');
  bytes.set(message.body, 4);
  put16(bytes, 2, message.checksum ?? internetChecksum(bytes), 'IGMP checksum');
  return bytes;
}

/** Reads a message; `body` is a view of `bytes`. Throws a FrameError on fewer than eight octets. */
export function decodeIgmp(bytes: Uint8Array): DecodedIgmp {
  needOctets('IGMP', bytes, 8);
  return {
    type: get8(bytes, 0),
    responseCode: get8(bytes, 1),
    checksum: get16(bytes, 2),
    checksumOk: internetChecksum(bytes) === 0,
    body: bytes.subarray(4),
  };
}

export function encodeIgmpGroup({ type, responseCode = 0, group }: IgmpGroup): Igmp {
  return { type, responseCode, body: ipv4ToBytes(group) };
}

/** Throws a FrameError on a report of version 3, which names its groups in records. */
export function decodeIgmpGroup({ type, responseCode = 0, body }: Igmp): Required<IgmpGroup> {
  if (type === igmpTypes.reportV3) throw new FrameError('IGMP: a report of version 3 has no group field');
  needOctets('IGMP body', body, 4);
  return { type, responseCode, group: bytesToIpv4(body.subarray(0, 4)) };
}

export function encodeIgmpV3Query(query: IgmpV3Query): Igmp {
  const addresses = encodeAddresses([query.group, ...query.sources]);
  const body = new Uint8Array(4 + addresses.length);
  body.set(addresses.subarray(0, 4));
  body[4] = (query.suppress ? 8 : 0) | inRange('IGMP robustness', query.robustness, 7);
  put8(body, 5, query.intervalCode, 'IGMP interval code');
  put16(body, 6, query.sources.length, 'IGMP sources');
  body.set(addresses.subarray(4), 8);
  return { type: igmpTypes.query, responseCode: query.responseCode, body };
}

/** Throws a FrameError on another type, a query of an older version or a cut list of sources. */
export function decodeIgmpV3Query({ type, responseCode = 0, body }: Igmp): IgmpV3Query {
  needType('IGMPv3 query', type, igmpTypes.query);
  needOctets('IGMPv3 query body', body, 8);
  const end = 8 + get16(body, 6) * 4;
  needOctets('IGMPv3 query body', body, end);
  return {
    responseCode,
    group: bytesToIpv4(body.subarray(0, 4)),
    suppress: (get8(body, 4) & 8) !== 0,
    robustness: get8(body, 4) & 7,
    intervalCode: get8(body, 5),
    sources: decodeAddresses(body.subarray(8, end), 4),
  };
}

export function encodeIgmpV3Report({ records }: IgmpV3Report): Igmp {
  const encoded = encodeGroupRecords(records);
  const body = new Uint8Array(4 + encoded.length);
  put16(body, 2, records.length, 'IGMP group records');
  body.set(encoded, 4);
  return { type: igmpTypes.reportV3, body };
}

/** Throws a FrameError on another type or a cut record. */
export function decodeIgmpV3Report({ type, body }: Igmp): IgmpV3Report {
  needType('IGMPv3 report', type, igmpTypes.reportV3);
  needOctets('IGMPv3 report body', body, 4);
  return { records: decodeGroupRecords(body.subarray(4), get16(body, 2), 4) };
}

function needType(name: string, type: number, needed: number): void {
  if (type !== needed) throw new FrameError(`${name}: IGMP type ${type}, needs ${needed}`);
}
