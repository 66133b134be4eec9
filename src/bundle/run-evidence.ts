/** The files of evidence that a run's result.json names, read with care. */
import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { isAbsolute, join, posix } from 'node:path';
import { type EventsFile, parseEvents } from '../evidence/events-file.js';
import type { PcapngFile } from '../evidence/pcapng.js';
import { readPcapng } from '../evidence/pcapng-read.js';
import { unfolded } from '../evidence/store.js';
import type { Attempt, Result } from '../result.js';
import { SubmitError } from './submit-error.js';

export type EvidenceFiles = NonNullable<Attempt['evidence']>;

export interface RunEvidence {
  readonly files: EvidenceFiles;
  readonly capture: PcapngFile;
  readonly events: EventsFile;
}

/** What the attempts of a result name, in its order. */
export function evidenceOf({ cases }: Result): EvidenceFiles[] {
  return cases.flatMap(({ attempts }) => attempts).flatMap(({ evidence }) => evidence ?? []);
}

/** One attempt's evidence, of which not an octet has changed since the run. Rejects with a SubmitError. */
export async function readRunEvidence(folder: string, files: EvidenceFiles): Promise<RunEvidence> {
  const [capture, events] = await Promise.all([
    readUnchanged(folder, files.capture),
    readUnchanged(folder, files.events),
  ]);
  try {
    return {
      files,
      capture: readPcapng(unfolded(capture)),
      events: parseEvents(new TextDecoder('utf-8', { fatal: true }).decode(unfolded(events))),
    };
  } catch (error) {
    throw new SubmitError(
      `${join(folder, files.capture.path)} and the events beside it can't be read (${(error as Error).message}): run the suite again.`,
    );
  }
}

async function readUnchanged(
  folder: string,
  { path, sha256 }: EvidenceFiles['capture'],
): Promise<Uint8Array> {
  const broken = (what: string) =>
    new SubmitError(
      `${join(folder, path)} ${what}: copy the whole folder of the run again, or run the suite again.`,
    );
  if (isAbsolute(path) || path.includes('\\') || posix.normalize(path) !== path || path.startsWith('..')) {
    throw new SubmitError(`result.json names '${path}' as evidence, which lies outside the run's folder.`);
  }
  const file = join(folder, path);
  const found = await lstat(file).catch(() => undefined);
  if (!found?.isFile()) throw broken(found ? 'is no plain file' : 'is missing');
  const bytes = await readFile(file);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw broken('was changed after the run');
  return bytes;
}
