/**
 * Evidence on disk: a recording as `capture.pcapng`, which any tool reads, and `events.json`; either
 * one gzipped when it is large. What is read back equals what was written, or is an EvidenceError.
 */
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { arch, release, type } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { version } from '../root.js';
import { type EventsFile, formatEvents, parseEvents } from './events-file.js';
import { LINKTYPE_ETHERNET, type PcapngFile, type PcapngPacket, type PcapngSection } from './pcapng.js';
import { readPcapng } from './pcapng-read.js';
import { writePcapng } from './pcapng-write.js';
import type { RecordedFrame, Recording } from './recording.js';

export { EventsFileSchema } from './events-file.js';

/** What is wrong with a piece of evidence, or why it could not be stored: a sentence with its mend. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
}

/** The two files' octets, as they are stored: gzipped when large. */
export interface EncodedEvidence {
  readonly capture: Uint8Array;
  readonly events: Uint8Array;
}

/** A stored file: its name within the folder, and the SHA-256 of its octets, in hex. */
export interface StoredFile {
  readonly path: string;
  readonly sha256: string;
}

export interface StoredEvidence {
  readonly capture: StoredFile;
  readonly events: StoredFile;
}

const CAPTURE = 'capture.pcapng';
const EVENTS = 'events.json';
const GZIP_ABOVE = 64 * 1024;
/** What a gzipped file may unfold to: a stranger's file must not fill the memory. */
const UNFOLDED_MAX = 256 * 1024 * 1024;
/** As libpcap and Wireshark bound it. */
const SNAP_LENGTH = 262_144;

/** The octets of both files; the same recording on the same machine gives the same ones. Throws an
 *  EvidenceError if the recording holds what the files can't. */
export function encodeEvidence(recording: Recording): EncodedEvidence {
  let encoded: EncodedEvidence;
  try {
    encoded = {
      capture: folded(writePcapng(captureOf(recording))),
      events: folded(Buffer.from(formatEvents(recording), 'utf8')),
    };
  } catch (error) {
    throw new EvidenceError(
      `The recording of ${recording.caseId} can't be stored: ${(error as Error).message}`,
    );
  }
  // What can't be read back as it was is no evidence: better to hear of it now than from a judge.
  const expected = {
    ...recording,
    frames: recording.frames.map((frame) => ({ ...frame, bytes: Uint8Array.from(frame.bytes) })),
  };
  if (!isDeepStrictEqual(decodeEvidence(encoded.capture, encoded.events), expected)) {
    throw new EvidenceError(
      `The recording of ${recording.caseId} would not be read back as it is: it holds a value that JSON has not, ` +
        'a label that a packet comment cannot carry, or frames that are not numbered from 1.',
    );
  }
  return encoded;
}

/** The recording in the octets of the two files, gzipped or not. Throws an EvidenceError. */
export function decodeEvidence(captureBytes: Uint8Array, eventsBytes: Uint8Array): Recording {
  const capture = reading(CAPTURE, () => readPcapng(unfolded(captureBytes)));
  const events = reading(EVENTS, () => parseEvents(strictUtf8.decode(unfolded(eventsBytes))));
  return reading('The evidence', () => recordingOf(capture, events));
}

/** Who wrote the capture of a recording, by its section. Throws an EvidenceError where its octets, which are not gzipped, are
 *  others than this suite writes of the recording: what nothing of it reads would be published unread. */
export function writerOf(captureBytes: Uint8Array, recording: Recording): PcapngSection {
  return reading(CAPTURE, () => {
    const view = new DataView(captureBytes.buffer, captureBytes.byteOffset);
    // The section header is the first block, and a file by itself.
    const { section } = readPcapng(captureBytes.subarray(0, view.getUint32(4, true)));
    if (Buffer.compare(writePcapng({ ...captureOf(recording), section }), captureBytes) !== 0) {
      throw new Error('it holds blocks, options or other octets that this suite does not write.');
    }
    return section;
  });
}

/** Stores a recording in a folder, which is made if need be. Each file appears whole or not at all, and
 *  replaces an older one. Throws an EvidenceError. */
export async function writeEvidence(recording: Recording, folder: string): Promise<StoredEvidence> {
  const { capture, events } = encodeEvidence(recording);
  try {
    await mkdir(folder, { recursive: true });
    return { capture: store(folder, CAPTURE, capture), events: store(folder, EVENTS, events) };
  } catch (error) {
    throw storingFailed(folder, error as NodeJS.ErrnoException);
  }
}

/** The recording stored in a folder. Throws an EvidenceError. */
export async function readEvidence(folder: string): Promise<Recording> {
  const capture = await load(folder, CAPTURE);
  const events = await load(folder, EVENTS);
  try {
    return decodeEvidence(capture, events);
  } catch (error) {
    throw new EvidenceError(`${folder}: ${(error as Error).message}`);
  }
}

function captureOf({ startNs, endNs, ports, frames }: Recording): PcapngFile {
  const indexOf = new Map(ports.map((port, index) => [port.name, index]));
  const received = ports.map(({ unrelated }) => unrelated);
  const packets = frames.map((frame): PcapngPacket => {
    const interfaceIndex = indexOf.get(frame.port);
    if (interfaceIndex === undefined)
      throw new Error(`frame ${frame.number} is from port '${frame.port}', which it doesn't list.`);
    received[interfaceIndex] = (received[interfaceIndex] ?? 0) + 1;
    return {
      interfaceIndex,
      timeNs: startNs + BigInt(frame.atNs),
      direction: frame.direction,
      bytes: frame.bytes,
      originalLength: frame.originalLength,
      comments: commentsOf(frame),
    };
  });
  return {
    section: { hardware: arch(), os: `${type()} ${release()}`, application: `takeover ${version}` },
    interfaces: ports.map(({ name, nic, driver, abilities }) => ({
      name: `${name} (${nic})`,
      description:
        `port ${name}, captured through ${driver}, stamped by the ` +
        `${abilities.kernelTimestamps ? 'kernel' : 'harness'} within ${abilities.timestampErrorNs} ns`,
      linkType: LINKTYPE_ETHERNET,
      snapLength: SNAP_LENGTH,
    })),
    packets,
    statistics: ports.map(({ dropped }, interfaceIndex) => ({
      interfaceIndex,
      timeNs: startNs + BigInt(endNs),
      received: BigInt(received[interfaceIndex] ?? 0),
      ...(dropped !== null && { dropped: BigInt(dropped) }),
    })),
  };
}

function recordingOf(capture: PcapngFile, events: EventsFile): Recording {
  const { caseId, endNs, plan, ports, streams } = events;
  const startNs = BigInt(events.startNs);
  if (capture.interfaces.length !== ports.length) {
    throw new Error(
      `${CAPTURE} has ${capture.interfaces.length} interfaces and ${EVENTS} ${ports.length} ports.`,
    );
  }
  const frames = capture.packets.map((packet, index): RecordedFrame => {
    const port = ports[packet.interfaceIndex]?.name;
    const { timeNs, direction, bytes, originalLength, comments } = packet;
    if (port === undefined || timeNs === null || direction === undefined) {
      throw new Error(`packet ${index + 1} has no port, no time or no direction.`);
    }
    return {
      number: index + 1,
      port,
      direction,
      atNs: Number(timeNs - startNs),
      bytes,
      originalLength,
      ...labelOf(comments),
    };
  });
  ports.forEach((port, index) => void counted(port, index, capture));
  inOrder('packets', frames);
  inOrder('events', events.events);
  return { caseId, startNs, endNs, plan, ports, frames, events: events.events, streams };
}

/** Whether a capture holds as many packets as its statistics count (isb_ifrecv and isb_ifdrop, as `captureOf` writes them):
 *  one that was taken out afterwards is missed. */
function counted(
  { name, unrelated, dropped }: Recording['ports'][number],
  index: number,
  { packets, statistics }: PcapngFile,
): void {
  const said = statistics.filter(({ interfaceIndex }) => interfaceIndex === index);
  const held = packets.filter(({ interfaceIndex }) => interfaceIndex === index).length;
  const [last] = said;
  if (said.length !== 1 || last?.received === undefined) {
    throw new Error(`${CAPTURE} does not say once how many frames port ${name} received.`);
  }
  const received = last.received - BigInt(unrelated);
  if (received !== BigInt(held)) {
    throw new Error(`port ${name} received ${received} frames of this case, and ${CAPTURE} holds ${held}.`);
  }
  const lost = last.dropped === undefined ? null : Number(last.dropped);
  if (lost !== dropped) {
    throw new Error(`${CAPTURE} says that port ${name} lost ${lost} frames, and ${EVENTS} ${dropped}.`);
  }
}

function inOrder(what: string, timed: readonly { readonly atNs: number }[]): void {
  for (const [index, { atNs }] of timed.entries()) {
    if (atNs < (timed[index - 1]?.atNs ?? atNs)) throw new Error(`its ${what} are not in order of time.`);
  }
}

function commentsOf({ label, seq }: RecordedFrame): string[] {
  if (label === undefined) return [];
  return [seq === undefined ? label : `${label} #${seq}`];
}

function labelOf([comment]: readonly string[]): { label?: string; seq?: number } {
  if (comment === undefined) return {};
  const numbered = /^(.*) #(\d{1,15})$/s.exec(comment);
  return numbered ? { label: numbered[1] ?? '', seq: Number(numbered[2]) } : { label: comment };
}

/** As a file of evidence is stored: gzipped when it is large. */
export function folded(bytes: Uint8Array): Uint8Array {
  if (bytes.length > UNFOLDED_MAX) {
    throw new Error(`it takes ${bytes.length} octets, and ${UNFOLDED_MAX} are the most that is read back.`);
  }
  if (bytes.length <= GZIP_ABOVE) return bytes;
  const gzipped = gzipSync(bytes, { level: 9 });
  gzipped[9] = 255; // operating system: unknown (RFC 1952), so that all write the same
  return gzipped;
}

/** What a stored file holds, gzipped or not. Throws when it unfolds to more than a recording may take. */
export function unfolded(bytes: Uint8Array): Uint8Array {
  return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: UNFOLDED_MAX }) : bytes;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new EvidenceError(`${what} can't be read: ${(error as Error).message}`);
  }
}

/** Writes beside the place and renames, so that a reader sees the old file or the new one. Synchronous: for
 *  files this small, a turn of the thread pool for each step costs ten times the work itself. */
function store(folder: string, name: string, bytes: Uint8Array): StoredFile {
  const gzipped = isGzip(bytes);
  const path = gzipped ? `${name}.gz` : name;
  const temporary = join(folder, `.${path}.${process.pid}`);
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, join(folder, path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  rmSync(join(folder, gzipped ? name : `${name}.gz`), { force: true });
  return { path, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function load(folder: string, name: string): Promise<Uint8Array> {
  for (const path of [name, `${name}.gz`]) {
    try {
      return await readFile(join(folder, path));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') throw new EvidenceError(`The evidence in ${folder} can't be read: ${message}`);
    }
  }
  throw new EvidenceError(
    `There is no ${name} in ${folder}: name the folder of one attempt, or run the case again.`,
  );
}

function storingFailed(folder: string, { code, message }: NodeJS.ErrnoException): EvidenceError {
  const mends: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full. Free some space, or choose another folder with --out.',
    EDQUOT: 'your disk quota is used up. Free some space, or choose another folder with --out.',
    EACCES: 'the folder may not be written to. Change its permissions, or choose another with --out.',
    EROFS: 'it lies on a read-only file system. Choose another folder with --out.',
  };
  return new EvidenceError(`The evidence can't be stored in ${folder}: ${mends[code ?? ''] ?? message}`);
}
