/** Whether two files are the same, without holding either. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const chunkBytes = 1 << 20;

/** False where one is missing. */
export function sameBytes(one: string, other: string): boolean {
  const files: number[] = [];
  try {
    for (const file of [one, other]) files.push(openSync(file, 'r'));
    const [x = -1, y = -1] = files;
    if (fstatSync(x).size !== fstatSync(y).size) return false;
    const [mine, theirs] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
    for (;;) {
      const count = readSync(x, mine);
      const wanted = readSync(y, theirs);
      if (count !== wanted || !mine.subarray(0, count).equals(theirs.subarray(0, count))) return false;
      if (count === 0) return true;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  } finally {
    files.forEach(closeSync);
  }
}
