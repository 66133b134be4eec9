/**
 * One pcap_t that captures one direction of an interface.
 *
 * Frames leave C a batch at a time: pcap_dispatch() hands each to pcap_dump(), which writes it to a
 * memory stream, and the stream's octets are copied into JavaScript once. That costs one foreign call
 * a batch instead of several a frame.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as sentences from '../sentences.js';
import type { Direction, OpenOptions, WireError } from '../wire.js';
import { capture } from './direction.js';
import { allocate, c, type Pointer, pcap, readPointer, readSize, release, viewOf } from './library.js';

/** Jumbo frames of 9,000 octets with header, tags and FCS fit; the kernel packs frames by their size. */
const snaplen = 9_216;
/**
 * How long a partly filled ring block is kept back. Each block handed over so is one of bufferBytes /
 * 256 KiB: with 2 ms the default 16 MiB bridges a pause of this process of 128 ms, however slow the traffic.
 */
const blockTimeoutMs = 2;
const defaultBufferBytes = 16 * 1024 * 1024;
/** Frames a batch: its octets, at most `batchFrames` * `snaplen`, live as long as any of its frames. */
const batchFrames = 512;

const PCAP_ERRBUF_SIZE = 256;
const PCAP_TSTAMP_PRECISION_NANO = 1;
const PCAP_ERROR_NO_SUCH_DEVICE = -5;
const PCAP_ERROR_PERM_DENIED = -8;
const PCAP_ERROR_IFACE_NOT_UP = -9;
const PCAP_ERROR_PROMISC_PERM_DENIED = -11;
const DLT_EN10MB = 1;
const pcapDirection = { in: 1, out: 2 } as const;

const filtersInKernel = process.platform === 'linux';

export interface CaptureCounters {
  /** Frames that were put into the ring since the handle was opened; all of them will be read. */
  readonly accepted: number;
  /** Frames that found the ring full. */
  readonly dropped: number;
  /** Frames that the interface itself dropped (ps_ifdrop). */
  readonly droppedByInterface: number;
}

export interface CaptureHandle {
  readonly pcap: Pointer;
  readonly direction: Direction;
  /** Readable when there is something to read. */
  readonly fd: number;
  /** What one unit of a record's time fraction is worth, nanoseconds. */
  readonly fractionNs: number;
  /** Frames read so far. */
  readonly delivered: () => number;
  /** Takes frames, or leaves them alone: nothing fills the ring while nobody listens. */
  readonly listen: (on: boolean) => void;
  /** The next batch as savefile records, the caller's to keep; empty when there is none. Throws when
   *  libpcap reports an error. */
  readonly read: () => Uint8Array;
  readonly counters: () => CaptureCounters;
  readonly close: () => void;
}

/** Opens and activates one direction. Throws a WireError. */
export async function openHandle(options: OpenOptions, direction: Direction): Promise<CaptureHandle> {
  const errbuf = new Uint8Array(PCAP_ERRBUF_SIZE);
  const p = pcap.create(options.nic, errbuf);
  if (p === null) throw sentences.unexpected(options, 'opening', cString(errbuf));
  try {
    configure(p, options);
    const status = pcap.activate(p);
    if (status < 0) throw activationError(p, status, options);
    if (pcap.datalink(p) !== DLT_EN10MB) throw sentences.notEthernet(options);
    if (pcap.setNonblock(p, 1, errbuf) < 0) throw sentences.unexpected(options, 'opening', cString(errbuf));
    return await startHandle(p, options, direction);
  } catch (error) {
    pcap.close(p);
    throw error;
  }
}

function configure(p: Pointer, options: OpenOptions): void {
  pcap.setSnaplen(p, snaplen);
  pcap.setPromisc(p, options.promiscuous === false ? 0 : 1);
  pcap.setTimeout(p, blockTimeoutMs);
  pcap.setBufferSize(p, options.bufferBytes ?? defaultBufferBytes);
  // Refused where the platform has microseconds only; asked for again when records are read.
  pcap.setTstampPrecision(p, PCAP_TSTAMP_PRECISION_NANO);
}

async function startHandle(p: Pointer, options: OpenOptions, direction: Direction): Promise<CaptureHandle> {
  const fd = pcap.getSelectableFd(p);
  if (filtersInKernel) capture(fd, 'nothing');
  const batch = openBatch(p);
  const statistics = createCounters(p);
  let delivered = 0;

  const read = () => {
    const { frames, records } = batch.read();
    delivered += frames;
    return records;
  };

  // Frames of either direction may have come before the filter did; they would spoil the count.
  const deadline = performance.now() + 1_000;
  while (filtersInKernel && delivered < statistics().accepted && performance.now() < deadline) {
    if (read().length === 0) await sleep(1);
  }
  const before = statistics().accepted;
  delivered = 0;

  if (pcap.setDirection(p, pcapDirection[direction]) < 0) {
    throw sentences.unexpected(options, 'choosing a direction', pcap.getErr(p));
  }

  let isOpen = true;
  return {
    pcap: p,
    direction,
    fd,
    fractionNs: pcap.getTstampPrecision(p) === PCAP_TSTAMP_PRECISION_NANO ? 1 : 1_000,
    delivered: () => delivered,
    listen: (on) => {
      if (filtersInKernel) capture(fd, on ? direction : 'nothing');
    },
    read,
    counters: () => {
      const now = statistics();
      return { ...now, accepted: now.accepted - before };
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      batch.close();
      pcap.close(p);
    },
  };
}

/** Reads batches of frames through a memory stream. */
function openBatch(p: Pointer) {
  const bufferAt = allocate('void *', 1);
  const sizeAt = allocate('size_t', 1);
  const stream = c.openMemstream(bufferAt, sizeAt);
  const dumper = stream === null ? null : pcap.dumpFopen(p, stream);
  if (stream === null || dumper === null) throw new Error('out of memory for the capture buffer');
  let bufferAddress: Pointer = 0n;
  let buffer: Uint8Array = new Uint8Array();

  return {
    read(): { frames: number; records: Uint8Array } {
      c.rewind(stream);
      const frames = pcap.dispatch(p, batchFrames, pcap.dump, dumper);
      if (frames < 0) throw new Error(pcap.getErr(p));
      if (frames === 0) return { frames, records: new Uint8Array() };
      c.fflush(stream);
      const size = readSize(sizeAt);
      const address = readPointer(bufferAt);
      if (address !== bufferAddress || size > buffer.length) {
        bufferAddress = address;
        buffer = viewOf(address, size);
      }
      return { frames, records: buffer.slice(0, size) };
    },
    close(): void {
      pcap.dumpClose(dumper);
      release(readPointer(bufferAt));
      release(bufferAt);
      release(sizeAt);
    },
  };
}

/** pcap_stats() counts in 32 bits; this goes on counting. */
function createCounters(p: Pointer): () => CaptureCounters {
  const stat = new Uint32Array(3);
  const last = new Uint32Array(3);
  const total = [0, 0, 0];
  return () => {
    if (pcap.stats(p, stat) === 0) {
      for (const [index, value] of stat.entries()) {
        total[index] = (total[index] ?? 0) + ((value - (last[index] ?? 0)) >>> 0);
      }
      last.set(stat);
    }
    const [received = 0, dropped = 0, droppedByInterface = 0] = total;
    // On Linux ps_recv counts the dropped ones too (pcap_stats(3pcap)).
    return { accepted: received - dropped, dropped, droppedByInterface };
  };
}

function activationError(p: Pointer, status: number, options: OpenOptions): WireError {
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return sentences.missing(options);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return sentences.notPermitted(options);
    case PCAP_ERROR_IFACE_NOT_UP:
      return sentences.notUp(options);
    default:
      return sentences.unexpected(options, 'opening', pcap.getErr(p));
  }
}

function cString(octets: Uint8Array): string {
  return new TextDecoder().decode(octets.subarray(0, octets.indexOf(0)));
}
