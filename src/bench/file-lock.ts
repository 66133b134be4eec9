/**
 * A lock that the kernel lets go of when its holder dies, however it dies: flock(2) on an open file.
 * Node has no binding for it, but the lock belongs to the open file description, so that flock(1) can take
 * it on a descriptor that it inherits, and it stays with us. Unlike a pid in a file, it can't go stale, be
 * taken twice in a race, or be misread from another pid namespace.
 */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { BenchError } from './bench.js';

function flock(descriptor: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    child.once('error', () => reject(new BenchError('flock is not installed; install util-linux.')));
    child.once('close', (code) => resolve(code === 0));
  });
}

/**
 * Opens `path`, making it if need be, and locks it; undefined when another process holds it. Returns the
 * descriptor, whose closing lets go. (A FileHandle would let go when it is garbage-collected.)
 * Rejects with a BenchError.
 */
export async function lockFile(path: string): Promise<number | undefined> {
  for (;;) {
    const descriptor = openForLock(path);
    let ours = false;
    try {
      if (!(await flock(descriptor))) return undefined;
      // Its last holder may have removed the file between our opening and locking it.
      ours = fstatSync(descriptor).ino === statSync(path, { throwIfNoEntry: false })?.ino;
      if (ours) return descriptor;
    } finally {
      if (!ours) closeSync(descriptor);
    }
  }
}

function openForLock(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BenchError(`${path} can't be written (${code}); mend that, or set TAKEOVER_STATE.`);
  }
}
