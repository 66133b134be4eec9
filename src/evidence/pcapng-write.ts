/** Writes pcapng: little-endian, one section, times in nanoseconds. The same input gives the same octets. */
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET_BLOCK,
  flagsOfDirection,
  INTERFACE_DESCRIPTION_BLOCK,
  INTERFACE_STATISTICS_BLOCK,
  option,
  type PcapngFile,
  type PcapngInterface,
  type PcapngPacket,
  type PcapngSection,
  type PcapngStatistics,
  SECTION_HEADER_BLOCK,
} from './pcapng.js';

/** if_tsresol: 10^-9 seconds. */
const NANOSECONDS = 9;
const LENGTH_MAX = 0xffff;

/**
 * The octets of a pcapng file. Throws a RangeError for what the format cannot hold: a text over
 * 65,535 octets, a packet without a time, a time before 1970.
 */
export function writePcapng(file: PcapngFile): Uint8Array {
  return Buffer.concat([
    sectionHeader(file.section),
    ...file.interfaces.map(interfaceDescription),
    ...file.packets.map(enhancedPacket),
    ...file.statistics.map(interfaceStatistics),
  ]);
}

function sectionHeader(section: PcapngSection): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  body.writeUInt16LE(1, 4); // version 1.0
  body.writeBigInt64LE(-1n, 8); // section length: not specified
  return block(SECTION_HEADER_BLOCK, [
    body,
    ...options([
      [option.shb_hardware, text(section.hardware)],
      [option.shb_os, text(section.os)],
      [option.shb_userappl, text(section.application)],
    ]),
  ]);
}

function interfaceDescription(port: PcapngInterface): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(port.linkType, 0);
  body.writeUInt32LE(port.snapLength, 4);
  return block(INTERFACE_DESCRIPTION_BLOCK, [
    body,
    ...options([
      [option.if_name, text(port.name)],
      [option.if_description, text(port.description)],
      [option.if_tsresol, Buffer.of(NANOSECONDS)],
    ]),
  ]);
}

function enhancedPacket(packet: PcapngPacket): Buffer {
  if (packet.timeNs === null) throw new RangeError('An Enhanced Packet Block needs a time.');
  const body = Buffer.alloc(20);
  body.writeUInt32LE(packet.interfaceIndex, 0);
  writeTimestamp(body, 4, packet.timeNs);
  body.writeUInt32LE(packet.bytes.length, 12);
  body.writeUInt32LE(packet.originalLength, 16);
  return block(ENHANCED_PACKET_BLOCK, [
    body,
    ...padded(packet.bytes),
    ...options([
      [option.epb_flags, packet.direction && uint32(flagsOfDirection[packet.direction])],
      ...packet.comments.map((comment): Option => [option.opt_comment, text(comment)]),
    ]),
  ]);
}

function interfaceStatistics(statistics: PcapngStatistics): Buffer {
  const body = Buffer.alloc(12);
  body.writeUInt32LE(statistics.interfaceIndex, 0);
  writeTimestamp(body, 4, statistics.timeNs);
  return block(INTERFACE_STATISTICS_BLOCK, [
    body,
    ...options([
      [option.isb_ifrecv, uint64(statistics.received)],
      [option.isb_ifdrop, uint64(statistics.dropped)],
    ]),
  ]);
}

/** Type and length, the body, and the length once more (section 3.1). */
function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 12);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, ...parts, uint32(length)]);
}

type Option = readonly [code: number, value: Uint8Array | undefined];

/** The options that have a value, and the end marker if there are any (section 3.5). */
function options(list: readonly Option[]): Uint8Array[] {
  const parts = list.flatMap(([code, value]) => {
    if (value === undefined) return [];
    if (value.length > LENGTH_MAX) {
      throw new RangeError(
        `A pcapng option holds at most ${LENGTH_MAX} octets; this one has ${value.length}.`,
      );
    }
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(value.length, 2);
    return [head, ...padded(value)];
  });
  return parts.length > 0 ? [...parts, Buffer.alloc(4, option.opt_endofopt)] : [];
}

function padded(value: Uint8Array): Uint8Array[] {
  return [value, new Uint8Array(-value.length & 3)];
}

function text(value: string | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : Buffer.from(value, 'utf8');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: bigint | undefined): Buffer | undefined {
  if (value === undefined) return undefined;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The upper half comes first in either byte order (section 4.3). */
function writeTimestamp(body: Buffer, offset: number, timeNs: bigint): void {
  body.writeUInt32LE(Number(timeNs >> 32n), offset);
  body.writeUInt32LE(Number(timeNs & 0xffff_ffffn), offset + 4);
}
