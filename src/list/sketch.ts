/** The captures of a bundle as a few short digests, by which another bundle that holds the same ones is known. */
import { createHash } from 'node:crypto';
import type { RecordedFrame } from '../evidence/recording.js';

/** Digests of one bundle, at most. Who has all its captures has all of them; who has half, still several. */
export const sketchSize = 16;
/** A capture of fewer frames may be like another by chance. */
const fewestFrames = 8;
const digestBytes = 8;

/** The smallest digests of all captures: a bottom-k sketch (Broder, “On the resemblance and containment of documents”, 1997). */
export class EvidenceSketch {
  #digests: readonly string[] = [];

  /** @param frames of one capture */
  add(frames: readonly RecordedFrame[]): void {
    if (frames.length < fewestFrames) return;
    this.#digests = [...new Set([...this.#digests, digestOf(frames)])].sort().slice(0, sketchSize);
  }

  /** In base64url; empty where no capture tells anything. */
  toString(): string {
    return Buffer.from(this.#digests.join(''), 'hex').toString('base64url');
  }
}

/** The digests of a sketch that was written as text, as numbers of this machine: to be compared, and not kept. */
export function digestsIn(sketch: string): BigUint64Array {
  const { buffer } = new Uint8Array(Buffer.from(sketch, 'base64url'));
  return new BigUint64Array(buffer);
}

/** Of what was heard and sent, and when after the first frame. Neither the date counts, nor names, nor how a file wraps it. */
function digestOf(frames: readonly RecordedFrame[]): string {
  const ports = [...new Set(frames.map(({ port }) => port))];
  const startNs = frames[0]?.atNs ?? 0;
  const hash = createHash('sha256');
  for (const { port, direction, atNs, bytes } of frames) {
    hash.update(`${atNs - startNs} ${ports.indexOf(port)} ${direction} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 2 * digestBytes);
}
