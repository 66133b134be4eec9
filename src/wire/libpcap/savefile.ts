/**
 * Reads the records that pcap_dump() writes (pcap-savefile(5)): seconds, fraction, octets captured,
 * octets on the wire, each 32 bits in the host's order, then the frame.
 */
import { endianness } from 'node:os';

const headerOctets = 16;
const littleEndian = endianness() === 'LE';

/** Calls `each` for every record; `bytes` is a view of `records`. `fractionNs` is 1 or 1000: what one
 *  unit of the fraction is worth. */
export function eachRecord(
  records: Uint8Array,
  fractionNs: number,
  each: (timeNs: bigint, bytes: Uint8Array, originalLength: number) => void,
): void {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  let lastSecond = -1;
  let secondNs = 0n;
  for (let at = 0; at + headerOctets <= records.length; ) {
    const second = view.getUint32(at, littleEndian);
    if (second !== lastSecond) {
      lastSecond = second;
      secondNs = BigInt(second) * 1_000_000_000n;
    }
    const timeNs = secondNs + BigInt(view.getUint32(at + 4, littleEndian) * fractionNs);
    const length = view.getUint32(at + 8, littleEndian);
    const start = at + headerOctets;
    each(timeNs, records.subarray(start, start + length), view.getUint32(at + 12, littleEndian));
    at = start + length;
  }
}
