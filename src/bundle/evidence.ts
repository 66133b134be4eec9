/** Reads a stranger's evidence: bounded, and only what the manifest lists. */
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Recording } from '../evidence/recording.js';
import { decodeEvidence } from '../evidence/store.js';
import type { Attempt } from '../result.js';
import { JsonError, parseJson } from './bounded-json.js';
import { FileError, readPlainFile, sha256 } from './file.js';
import { limits } from './layout.js';

type EvidenceFiles = NonNullable<Attempt['evidence']>;

/** What is wrong with a piece of evidence: a clause. */
export class UnreadableEvidence extends Error {
  override readonly name = 'UnreadableEvidence';
}

/** events.json has more depth and longer texts nowhere; but it is as long as a recording has frames. */
const eventsBounds = { bytes: limits.unfoldedBytes, depth: limits.jsonDepth, textLength: limits.textLength };

/** Recordings of one bundle, of which all together may not unfold to more than a bound. */
export class EvidenceReader {
  private left: number = limits.unfoldedSum;
  constructor(private readonly folder: string) {}

  /** Throws an UnreadableEvidence. */
  read({ capture, events }: EvidenceFiles): Recording {
    const captureBytes = this.unfolded(capture);
    const eventsBytes = this.unfolded(events);
    try {
      parseJson(eventsBytes, eventsBounds);
      return decodeEvidence(captureBytes, eventsBytes);
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

function gunzip(path: string, bytes: Uint8Array, most: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(path, most);
    throw new UnreadableEvidence(`${path} can't be unfolded: ${(error as Error).message}`);
  }
}

const tooLarge = (path: string, most: number) =>
  new UnreadableEvidence(`${path} unfolds to more than the ${most} octets that are read of it`);
