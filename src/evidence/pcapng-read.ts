/**
 * Reads pcapng of either byte order, written by anyone. The file is not trusted: every length is
 * checked against the octets that are there before it is used, and nothing is allocated by a length
 * that the file claims. Time and memory are linear in the file's size.
 */
import type { Direction } from '../wire/wire.js';
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET_BLOCK,
  flagsOfDirection,
  INTERFACE_DESCRIPTION_BLOCK,
  INTERFACE_STATISTICS_BLOCK,
  option,
  PcapngError,
  type PcapngFile,
  type PcapngInterface,
  type PcapngPacket,
  type PcapngSection,
  type PcapngStatistics,
  SECTION_HEADER_BLOCK,
  SIMPLE_PACKET_BLOCK,
} from './pcapng.js';

/** The values of a file. Unknown blocks and options are skipped. Throws a PcapngError. */
export function readPcapng(bytes: Uint8Array): PcapngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const interfaces: TimedInterface[] = [];
  const packets: PcapngPacket[] = [];
  const statistics: PcapngStatistics[] = [];
  let section: PcapngSection | undefined;
  let littleEndian = true;
  let firstInterface = 0;

  for (let offset = 0; offset < bytes.length; ) {
    const opening = new Span(view, offset, bytes.length, littleEndian);
    const type = opening.uint32(0, 'a block type');
    if (type === SECTION_HEADER_BLOCK) {
      littleEndian = readByteOrder(opening);
      firstInterface = interfaces.length;
    } else if (section === undefined) {
      throw new PcapngError(offset, 'it does not begin with a Section Header Block');
    }
    const block = wholeBlock(view, offset, littleEndian);
    const interfaceAt = (id: number): [index: number, port: TimedInterface] => {
      const port = interfaces[firstInterface + id];
      if (!port) throw new PcapngError(offset, `a block refers to interface ${id}, which was not described`);
      return [firstInterface + id, port];
    };
    switch (type) {
      case SECTION_HEADER_BLOCK: {
        const header = readSectionHeader(block);
        section ??= header;
        break;
      }
      case INTERFACE_DESCRIPTION_BLOCK:
        interfaces.push(readInterface(block));
        break;
      case ENHANCED_PACKET_BLOCK:
        packets.push(readEnhancedPacket(block, ...interfaceAt(block.uint32(0, 'an interface ID'))));
        break;
      case SIMPLE_PACKET_BLOCK:
        packets.push(readSimplePacket(block, ...interfaceAt(0)));
        break;
      case INTERFACE_STATISTICS_BLOCK:
        statistics.push(readStatistics(block, ...interfaceAt(block.uint32(0, 'an interface ID'))));
        break;
    }
    offset = block.end + 4;
  }
  if (section === undefined) throw new PcapngError(0, 'it is empty');
  return { section, interfaces: interfaces.map(({ described }) => described), packets, statistics };
}

/** An interface, and how its timestamps become nanoseconds. */
interface TimedInterface {
  readonly described: PcapngInterface;
  readonly toNs: (ticks: bigint) => bigint;
}

/** Some octets of the file, from `start` up to `end`; positions are relative to `start`. */
class Span {
  constructor(
    private readonly view: DataView,
    readonly start: number,
    readonly end: number,
    readonly littleEndian: boolean,
  ) {}

  uint16(position: number, what: string): number {
    return this.view.getUint16(this.need(position, 2, what), this.littleEndian);
  }
  uint32(position: number, what: string): number {
    return this.view.getUint32(this.need(position, 4, what), this.littleEndian);
  }
  uint64(position: number, what: string): bigint {
    return this.view.getBigUint64(this.need(position, 8, what), this.littleEndian);
  }
  /** The upper half comes first in either byte order. */
  timestamp(position: number): bigint {
    const upper = this.uint32(position, 'a timestamp');
    return (BigInt(upper) << 32n) | BigInt(this.uint32(position + 4, 'a timestamp'));
  }
  /** A copy: the file's buffer may go. */
  bytes(position: number, length: number, what: string): Uint8Array {
    const start = this.view.byteOffset + this.need(position, length, what);
    return new Uint8Array(this.view.buffer.slice(start, start + length));
  }
  /** From `position` on, `length` octets; without it, all that are left. */
  part(position: number, what: string, length = Math.max(0, this.length - position)): Span {
    const start = this.need(position, length, what);
    return new Span(this.view, start, start + length, this.littleEndian);
  }
  get length(): number {
    return this.end - this.start;
  }

  private need(position: number, length: number, what: string): number {
    const offset = this.start + position;
    if (offset + length > this.end) {
      const left = Math.max(0, this.end - offset);
      throw new PcapngError(offset, `${what} needs ${length} octets and ${left} are left`);
    }
    return offset;
  }
}

function readByteOrder(opening: Span): boolean {
  const magic = opening.uint32(8, 'the byte-order magic');
  if (magic === BYTE_ORDER_MAGIC) return opening.littleEndian;
  if (swapped(magic) === BYTE_ORDER_MAGIC) return !opening.littleEndian;
  throw new PcapngError(
    opening.start + 8,
    `the byte-order magic is 0x${magic.toString(16).padStart(8, '0')}`,
  );
}

function swapped(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** The body of the block at `offset`, its two lengths checked (section 3.1). */
function wholeBlock(view: DataView, offset: number, littleEndian: boolean): Span {
  const rest = new Span(view, offset, view.byteLength, littleEndian);
  const length = rest.uint32(4, 'a block length');
  if (length < 12 || length % 4 !== 0) {
    throw new PcapngError(offset + 4, `a block length is ${length}, which is no multiple of 4 from 12 up`);
  }
  if (length > rest.length) {
    throw new PcapngError(offset + 4, `a block of ${length} octets is cut off after ${rest.length}`);
  }
  const again = rest.uint32(length - 4, 'a block length');
  if (again !== length) {
    throw new PcapngError(
      offset + length - 4,
      `a block's lengths differ: ${length} before it, ${again} behind it`,
    );
  }
  return new Span(view, offset + 8, offset + length - 4, littleEndian);
}

function readSectionHeader(block: Span): PcapngSection {
  const major = block.uint16(4, 'the version');
  const minor = block.uint16(6, 'the version');
  // A minor version of 2 was written by some and means the same (section 4.1).
  if (major !== 1 || (minor !== 0 && minor !== 2)) {
    throw new PcapngError(block.start + 4, `its version is ${major}.${minor}, and only 1.0 is known`);
  }
  const found = readOptions(block.part(16, 'a section header'));
  return {
    ...textOption('hardware', found, option.shb_hardware),
    ...textOption('os', found, option.shb_os),
    ...textOption('application', found, option.shb_userappl),
  };
}

function readInterface(block: Span): TimedInterface {
  const linkType = block.uint16(0, 'a link type');
  const snapLength = block.uint32(4, 'a snap length');
  const found = readOptions(block.part(8, 'an interface description'));
  const resolution =
    fixedOption(found, option.if_tsresol, 1, 'if_tsresol')?.bytes(0, 1, 'if_tsresol')[0] ?? 6;
  const offsetNs =
    BigInt.asIntN(
      64,
      fixedOption(found, option.if_tsoffset, 8, 'if_tsoffset')?.uint64(0, 'if_tsoffset') ?? 0n,
    ) * 1_000_000_000n;
  const base = resolution & 0x80 ? 2n : 10n;
  const ticksPerSecond = base ** BigInt(resolution & 0x7f);
  return {
    described: {
      linkType,
      snapLength,
      ...textOption('name', found, option.if_name),
      ...textOption('description', found, option.if_description),
    },
    toNs: (ticks) => (ticks * 1_000_000_000n) / ticksPerSecond + offsetNs,
  };
}

function readEnhancedPacket(block: Span, interfaceIndex: number, port: TimedInterface): PcapngPacket {
  const capturedLength = block.uint32(12, 'a captured length');
  const originalLength = block.uint32(16, 'an original length');
  const bytes = block.bytes(20, capturedLength, 'packet data');
  const found = readOptions(block.part(20 + padded(capturedLength), 'packet data with its padding'));
  const flags = fixedOption(found, option.epb_flags, 4, 'epb_flags')?.uint32(0, 'epb_flags') ?? 0;
  return {
    interfaceIndex,
    timeNs: port.toNs(block.timestamp(4)),
    ...directionOf(flags),
    bytes,
    originalLength,
    comments: found.filter(({ code }) => code === option.opt_comment).map(({ value }) => textOf(value)),
  };
}

function readSimplePacket(block: Span, interfaceIndex: number, port: TimedInterface): PcapngPacket {
  const originalLength = block.uint32(0, 'an original length');
  const { snapLength } = port.described;
  const capturedLength = snapLength > 0 ? Math.min(originalLength, snapLength) : originalLength;
  const bytes = block.bytes(4, capturedLength, 'packet data');
  return { interfaceIndex, timeNs: null, bytes, originalLength, comments: [] };
}

function readStatistics(block: Span, interfaceIndex: number, port: TimedInterface): PcapngStatistics {
  const found = readOptions(block.part(12, 'interface statistics'));
  const received = fixedOption(found, option.isb_ifrecv, 8, 'isb_ifrecv')?.uint64(0, 'isb_ifrecv');
  const dropped = fixedOption(found, option.isb_ifdrop, 8, 'isb_ifdrop')?.uint64(0, 'isb_ifdrop');
  return {
    interfaceIndex,
    timeNs: port.toNs(block.timestamp(4)),
    ...(received === undefined ? {} : { received }),
    ...(dropped === undefined ? {} : { dropped }),
  };
}

interface FoundOption {
  readonly code: number;
  readonly value: Span;
}

/** The options of a block, up to its end or the end marker, which some writers leave out (section 3.5). */
function readOptions(span: Span): FoundOption[] {
  const found: FoundOption[] = [];
  for (let position = 0; position < span.length; ) {
    const code = span.uint16(position, 'an option');
    const length = span.uint16(position + 2, 'an option');
    if (code === option.opt_endofopt) break;
    found.push({ code, value: span.part(position + 4, `the value of option ${code}`, length) });
    position += 4 + padded(length);
  }
  return found;
}

function fixedOption(
  found: readonly FoundOption[],
  code: number,
  length: number,
  name: string,
): Span | undefined {
  const value = found.find((one) => one.code === code)?.value;
  if (value && value.length !== length) {
    throw new PcapngError(value.start, `${name} has ${value.length} octets in place of ${length}`);
  }
  return value;
}

/** `{[key]: text}` if the option is there, else nothing. */
function textOption<K extends string>(
  key: K,
  found: readonly FoundOption[],
  code: number,
): { [P in K]?: string } {
  const value = found.find((one) => one.code === code)?.value;
  return value ? ({ [key]: textOf(value) } as { [P in K]?: string }) : {};
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A zero octet ends a string (section 3.5); what is not UTF-8 is replaced (section 3.6.3). */
function textOf(value: Span): string {
  const bytes = value.bytes(0, value.length, 'a text');
  const zero = bytes.indexOf(0);
  return utf8.decode(zero < 0 ? bytes : bytes.subarray(0, zero));
}

function directionOf(flags: number): { direction?: Direction } {
  if ((flags & 0b11) === flagsOfDirection.in) return { direction: 'in' };
  if ((flags & 0b11) === flagsOfDirection.out) return { direction: 'out' };
  return {};
}

function padded(length: number): number {
  return length + (-length & 3);
}
