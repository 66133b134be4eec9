/** Multicast Listener Discovery, version 2 (RFC 3810): IGMPv3 for IPv6, carried by ICMPv6. */
import { decodeGroupRecords, encodeGroupRecords, type GroupRecord } from './group-record.js';
import { type Icmpv6, icmpv6Types, needIcmpv6 } from './icmpv6.js';
import { get16, put16 } from './octets.js';

/** Where version 2 reports go: RFC 3810 section 5.2.14. */
export const mldV2Routers = 'ff02::16';

export interface MldV2Report {
  readonly records: readonly GroupRecord[];
}

export function encodeMldV2Report({ records }: MldV2Report): Icmpv6 {
  const encoded = encodeGroupRecords(records);
  const body = new Uint8Array(4 + encoded.length);
  put16(body, 2, records.length, 'MLD group records');
  body.set(encoded, 4);
  return { type: icmpv6Types.mldV2Report, body };
}

/** Throws a FrameError on another type or a cut record. */
export function decodeMldV2Report(message: Icmpv6): MldV2Report {
  needIcmpv6('MLDv2 report body', message, icmpv6Types.mldV2Report, 4);
  const { body } = message;
  return { records: decodeGroupRecords(body.subarray(4), get16(body, 2), 16) };
}
