/**
 * The pcapng capture file format, as much of it as evidence needs (draft-ietf-opsawg-pcapng): the
 * values that `writePcapng` takes and `readPcapng` gives, and the numbers that both know.
 */
import type { Direction } from '../wire/wire.js';

/** Who wrote the section, for the reader of the file (section 4.1). */
export interface PcapngSection {
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
}

/** One interface that packets were captured on (section 4.2). */
export interface PcapngInterface {
  readonly name?: string;
  readonly description?: string;
  /** LINKTYPE; 1 is Ethernet. */
  readonly linkType: number;
  /** Octets kept of a packet at most; 0: no limit. */
  readonly snapLength: number;
}

export interface PcapngPacket {
  /** Index into `PcapngFile.interfaces`. */
  readonly interfaceIndex: number;
  /** Nanoseconds since 1970; null for a Simple Packet Block, which has no time. */
  readonly timeNs: bigint | null;
  /** Absent when the file doesn't say. */
  readonly direction?: Direction;
  readonly bytes: Uint8Array;
  /** Octets that the packet had on the wire. */
  readonly originalLength: number;
  readonly comments: readonly string[];
}

/** Counters of one interface at the end of the capture (section 4.6); absent: not known. */
export interface PcapngStatistics {
  readonly interfaceIndex: number;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly received?: bigint;
  readonly dropped?: bigint;
}

/** A whole file. Sections are joined: interface indices run through all of them. */
export interface PcapngFile {
  /** The first section's. */
  readonly section: PcapngSection;
  readonly interfaces: readonly PcapngInterface[];
  /** In the file's order: the packet at index i is what Wireshark calls number i + 1. */
  readonly packets: readonly PcapngPacket[];
  readonly statistics: readonly PcapngStatistics[];
}

/** What is wrong with a pcapng file, and at which octet of it. */
export class PcapngError extends Error {
  override readonly name = 'PcapngError';
  constructor(
    readonly offset: number,
    problem: string,
  ) {
    super(`Not a sound pcapng file: ${problem} (at octet ${offset}).`);
  }
}

export const LINKTYPE_ETHERNET = 1;

/** Palindromic, so that it reads the same in both byte orders. */
export const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION_BLOCK = 1;
export const SIMPLE_PACKET_BLOCK = 3;
export const INTERFACE_STATISTICS_BLOCK = 5;
export const ENHANCED_PACKET_BLOCK = 6;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option codes, by the names that the draft gives them. */
export const option = {
  opt_endofopt: 0,
  opt_comment: 1,
  shb_hardware: 2,
  shb_os: 3,
  shb_userappl: 4,
  if_name: 2,
  if_description: 3,
  if_tsresol: 9,
  if_tsoffset: 14,
  epb_flags: 2,
  isb_ifrecv: 4,
  isb_ifdrop: 5,
} as const;

/** Bits 0-1 of epb_flags (section 4.3.1). */
export const flagsOfDirection: Readonly<Record<Direction, number>> = { in: 0b01, out: 0b10 };
