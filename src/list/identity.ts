/** Whether a bundle's files may have changed since they were read: told from their inodes, without reading them. */
import { hash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { bundleFiles } from '../bundle/layout.js';

/** A signature of a withdrawal that is added changes the folder. */
const files = [
  '',
  ...[bundleFiles.manifest, bundleFiles.signature, bundleFiles.result, bundleFiles.subject],
  bundleFiles.withdrawal,
];

/** Equal as long as nobody touched the files that decide. Evidence is held by the digests in the signed manifest, and was
 *  compared with them when it was read; a change to it shows when it is read again, as `--check` does. */
export function identityOf(folder: string): string {
  // Milliseconds as floating point still tell a quarter of a microsecond apart, at half of what big integers take.
  const inodes = files.map((name) => {
    const stat = lstatSync(`${folder}/${name}`, { throwIfNoEntry: false });
    return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.mode}` : '-';
  });
  return hash('sha256', inodes.join('\n'), 'base64url').slice(0, 22);
}
