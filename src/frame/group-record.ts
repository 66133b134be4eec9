/** What a host says of a multicast group: the records of an IGMPv3 report (RFC 3376 section 4.2.4) and of an MLDv2
 *  report (RFC 3810 section 5.2.5), alike but for the length of their addresses. */
import { bytesToIpv4, bytesToIpv6, ipToBytes } from './address.js';
import { get8, get16, needOctets, put8, put16 } from './octets.js';

/** RFC 3376 section 4.2.12 and RFC 3810 section 5.2.12. */
export const groupRecordTypes = {
  isInclude: 1,
  isExclude: 2,
  toInclude: 3,
  /** Sent when a group is joined: everything but these sources is wanted from now on. */
  toExclude: 4,
  allowSources: 5,
  blockSources: 6,
} as const;

export interface GroupRecord {
  readonly type: number;
  readonly group: string;
  readonly sources: readonly string[];
  /** Whole words of four octets; default none. */
  readonly auxiliary?: Uint8Array;
}

/** Writes records one after another, each with addresses of the family of its own group. */
export function encodeGroupRecords(records: readonly GroupRecord[]): Uint8Array {
  return Uint8Array.from(records.flatMap((record) => [...encodeGroupRecord(record)]));
}

/** Reads `count` records whose addresses have `addressLength` octets. Throws a FrameError when one is cut. */
export function decodeGroupRecords(
  bytes: Uint8Array,
  count: number,
  addressLength: 4 | 16,
): Required<GroupRecord>[] {
  const records: Required<GroupRecord>[] = [];
  let rest = bytes;
  for (let n = 0; n < count; n += 1) {
    needOctets('Group record', rest, 4 + addressLength);
    const sourcesEnd = 4 + addressLength * (1 + get16(rest, 2));
    const end = sourcesEnd + get8(rest, 1) * 4;
    needOctets('Group record', rest, end);
    const [group = '', ...sources] = decodeAddresses(rest.subarray(4, sourcesEnd), addressLength);
    records.push({ type: get8(rest, 0), group, sources, auxiliary: rest.subarray(sourcesEnd, end) });
    rest = rest.subarray(end);
  }
  return records;
}

/** Addresses one after another, for a list of sources. */
export function encodeAddresses(addresses: readonly string[]): Uint8Array {
  return Uint8Array.from(addresses.flatMap((address) => [...ipToBytes(address)]));
}

/** Reads as many addresses as `bytes` holds. */
export function decodeAddresses(bytes: Uint8Array, addressLength: 4 | 16): string[] {
  const textOf = addressLength === 4 ? bytesToIpv4 : bytesToIpv6;
  return Array.from({ length: bytes.length / addressLength }, (_, index) =>
    textOf(bytes.subarray(index * addressLength, (index + 1) * addressLength)),
  );
}

function encodeGroupRecord({ type, group, sources, auxiliary = new Uint8Array() }: GroupRecord): Uint8Array {
  const addresses = encodeAddresses([group, ...sources]);
  const bytes = new Uint8Array(4 + addresses.length + auxiliary.length);
  put8(bytes, 0, type, 'Group record type');
  put8(bytes, 1, auxiliary.length / 4, 'Group record auxiliary length / 4');
  put16(bytes, 2, sources.length, 'Group record sources');
  bytes.set(addresses, 4);
  bytes.set(auxiliary, 4 + addresses.length);
  return bytes;
}
