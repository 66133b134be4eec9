/** Whether a bundle's files may have changed since they were read: told from their inodes, without reading them. */
import { hash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { bundleFiles } from '../bundle/layout.js';

const files = ['', bundleFiles.manifest, bundleFiles.signature, bundleFiles.result, bundleFiles.subject];

/** Equal as long as nobody touched the files that decide. Evidence is held by the digests in the signed manifest, and was
 *  compared with them when it was read; a change to it shows when it is read again, as `--check` does.
 *
 *  @param mayBeWithdrawn false where it had no withdrawal when it was read: one that is added changes the folder. */
export function identityOf(folder: string, mayBeWithdrawn = true): string {
  const inodes = files.map((name) => inodeOf(`${folder}/${name}`));
  const withdrawal = mayBeWithdrawn ? inodeOf(`${folder}/${bundleFiles.withdrawal}`) : '';
  return hash('sha256', `${inodes.join('\n')}\n${withdrawal}`, 'base64url').slice(0, 22);
}

/** Empty where nothing is there. */
function inodeOf(path: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // Milliseconds as floating point still tell a quarter of a microsecond apart, at half of what big integers take.
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.mode}` : '';
}
