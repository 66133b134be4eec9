/** Reads a stranger's evidence: bounded, and only what the manifest lists. */
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import type { PcapngSection } from '../evidence/pcapng.js';
import type { Recording } from '../evidence/recording.js';
import { decodeEvidence, writerOf } from '../evidence/store.js';
import type { Attempt } from '../result.js';
import { JsonError, parseJson } from './bounded-json.js';
import { FileError, readPlainFile, sha256 } from './file.js';
import { limits } from './layout.js';

type EvidenceFiles = NonNullable<Attempt['evidence']>;

export interface ReadEvidence {
  readonly recording: Recording;
  /** Empty where nobody looked. */
  readonly section: PcapngSection;
}

/** What is wrong with a piece of evidence: a clause. */
export class UnreadableEvidence extends Error {
  override readonly name = 'UnreadableEvidence';
}

/** events.json has more depth and longer texts nowhere; but it is as long as a recording has frames. */
const eventsBounds = {
  bytes: limits.unfoldedBytes,
  depth: limits.jsonDepth,
  nodes: limits.jsonNodes,
  textLength: limits.textLength,
};

/** Recordings of one bundle, of which all together may not unfold to more than a bound. */
export class EvidenceReader {
  private left: number = limits.unfoldedSum;
  constructor(private readonly folder: string) {}

  /** Throws an UnreadableEvidence. `asWritten`: of a capture as this suite writes it, and who wrote it. */
  read({ capture, events }: EvidenceFiles, asWritten: boolean): ReadEvidence {
    const captureBytes = this.unfolded(capture);
    const eventsBytes = this.unfolded(events);
    try {
      parseJson(eventsBytes, eventsBounds);
      const recording = decodeEvidence(captureBytes, eventsBytes);
      return { recording, section: asWritten ? writerOf(captureBytes, recording) : {} };
    } catch (error) {
      const file = error instanceof JsonError ? `${events.path} ` : '';
      throw new UnreadableEvidence(`${file}${(error as Error).message.slice(0, 300)}`);
    }
  }

  private unfolded({ path, sha256: digest }: EvidenceFiles['capture']): Uint8Array {
    const bytes = this.plain(path);
    if (sha256(bytes) !== digest) throw new UnreadableEvidence(`${path} was changed after the run`);
    const most = Math.min(limits.unfoldedBytes, this.left);
    // A file that would be larger has cost as much, and so counts.
    this.left -= most;
    const whole = isGzip(bytes) && most > 0 ? gunzip(path, bytes, most) : bytes;
    if (whole.length > most) throw tooLarge(path, most);
    if (isGzip(whole)) throw new UnreadableEvidence(`${path} is gzipped twice`);
    this.left += most - whole.length;
    return whole;
  }

  private plain(path: string): Uint8Array {
    try {
      return readPlainFile(join(this.folder, path), limits.fileBytes);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new UnreadableEvidence(`${path} ${error.message}`);
    }
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** One member without extra fields, name, comment or time (RFC 1952, 2.3), and nothing behind it, as the suite writes it: nobody
 *  would read those before they are published. */
function gunzip(path: string, bytes: Uint8Array, most: number): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const [start, end] = [10, file.length - 8];
  const unfoldable = (why: string) => new UnreadableEvidence(`${path} can't be unfolded: ${why}`);
  const isBare = start <= end && file.readUInt32LE(0) === 0x0008_8b1f && file.readUInt32LE(4) === 0;
  if (!isBare) throw unfoldable('its header is not the one that this suite writes');
  let unfolded: Inflated;
  try {
    const options = { maxOutputLength: most, info: true };
    unfolded = inflateRawSync(file.subarray(start, end), options) as unknown as Inflated;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(path, most);
    throw unfoldable((error as Error).message);
  }
  const { buffer, engine } = unfolded;
  if (engine.bytesWritten !== end - start) throw unfoldable('something stands behind its end');
  if (file.readUInt32LE(end) !== crc32(buffer) || file.readUInt32LE(end + 4) !== buffer.length) {
    throw unfoldable('its checksum or length is wrong');
  }
  return buffer;
}

/** What Node.js gives for `info`, which its types leave out. */
interface Inflated {
  readonly buffer: Buffer;
  /** How many octets it took. */
  readonly engine: { readonly bytesWritten: number };
}

const tooLarge = (path: string, most: number) =>
  new UnreadableEvidence(`${path} unfolds to more than the ${most} octets that are read of it`);
