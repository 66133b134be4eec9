/** Reads a stranger's files: no link is followed, and what is read is what was looked at. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';

/** What happened to a file between two looks at it, or why it is not read: a clause without its mend. */
export class FileError extends Error {
  override readonly name = 'FileError';
  constructor(
    readonly code: 'missing' | 'not-a-file' | 'too-large' | 'changed' | 'unreadable',
    message: string,
  ) {
    super(message);
  }
}

/** Of what the system refuses, mostly to a user who may not: `EACCES`. */
export const unreadable = (error: unknown): FileError =>
  new FileError(
    'unreadable',
    `can't be read (${(error as NodeJS.ErrnoException).code ?? 'for no known reason'})`,
  );

/** What lies at a path, itself and not what it points to; undefined: nothing. Throws a FileError. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(error);
  }
}

/** The octets of a plain file of at most `bytesMax`. Throws a FileError. */
export function readPlainFile(path: string, bytesMax: number): Uint8Array {
  const seen = lookAt(path);
  if (!seen) throw new FileError('missing', 'is missing');
  if (!seen.isFile()) throw new FileError('not-a-file', 'is no file');
  if (seen.size > bytesMax) {
    throw new FileError('too-large', `has ${seen.size} octets, and ${bytesMax} are the most`);
  }
  // Not blocking: a pipe that takes the file's place would be waited for.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP' || code === 'ENOENT') throw new FileError('changed', 'changed while it was read');
    throw unreadable(error);
  }
  try {
    const opened = fstatSync(file);
    const same = opened.ino === seen.ino && opened.dev === seen.dev && opened.size === seen.size;
    if (!same || !opened.isFile()) throw new FileError('changed', 'changed while it was read');
    return readWhole(file, opened.size);
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  while (at < size) {
    const count = readSync(file, bytes, at, size - at, at);
    if (count === 0) throw new FileError('changed', 'changed while it was read');
    at += count;
  }
  return bytes;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
