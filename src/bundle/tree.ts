/** What lies in a bundle's folder: looked at, never followed, never opened. */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Refusal } from './bundle.js';
import { lookAt, unreadable } from './file.js';
import { limits } from './layout.js';
import { isPlainName } from './names.js';
import { refusal } from './refusals.js';

export interface Tree {
  /** Path, with slashes, to size in octets. */
  readonly files: ReadonlyMap<string, number>;
  /** What is neither, or has a name that is not allowed. */
  readonly others: ReadonlySet<string>;
  /** Folders in which nothing lies. */
  readonly emptyFolders: readonly string[];
  readonly refusals: readonly Refusal[];
}

/** Walks the folder, and stops where it is larger than any bundle. */
export function treeOf(folder: string): Tree {
  const files = new Map<string, number>();
  const others = new Set<string>();
  const emptyFolders: string[] = [];
  const refusals: Refusal[] = [];
  const byLowerCase = new Map<string, string>();
  let entries = 0;
  let bytes = 0;

  /** Whether to go on. */
  function visit(parent: string, entry: Dirent): boolean {
    const { name } = entry;
    const path = parent === '' ? name : `${parent}/${name}`;
    const shown = () => JSON.stringify(path.slice(-120));
    entries += 1;
    if (entries > limits.files) {
      refusals.push(refusal('too-large', `it has more than ${limits.files} files and folders`));
      return false;
    }
    if (!isPlainName(name)) {
      others.add(path);
      refusals.push(refusal('name', `${shown()} has a name that is not allowed`));
      return true;
    }
    const twin = byLowerCase.get(path.toLowerCase());
    if (twin !== undefined) {
      refusals.push(refusal('name-collision', `${shown()} and ${JSON.stringify(twin)} differ only in case`));
      return true;
    }
    byLowerCase.set(path.toLowerCase(), path);
    if (entry.isDirectory()) return visitFolder(path);
    const found = lookAt(`${folder}/${path}`);
    if (!found?.isFile()) {
      refusals.push(refusal('not-a-file', `${shown()} is neither a file nor a folder`));
      return true;
    }
    bytes += found.size;
    files.set(path, found.size);
    if (found.size > limits.fileBytes) {
      const what = `${shown()} has ${found.size} octets, and ${limits.fileBytes} are the most`;
      refusals.push(refusal('too-large', what));
    }
    if (bytes > limits.bundleBytes) {
      refusals.push(refusal('too-large', `it has more than ${limits.bundleBytes} octets`));
      return false;
    }
    return true;
  }

  function visitFolder(path: string): boolean {
    if (path.length > limits.pathLength || path.split('/').length > limits.pathDepth) {
      refusals.push(
        refusal('too-large', `${JSON.stringify(path.slice(0, 80))} is longer or deeper than any of a run`),
      );
      return true;
    }
    // Not name by name (opendir), which takes three times as long. A folder of millions of names is read by threads of
    // bounded memory, where it is a stranger's.
    let entries: Dirent[];
    try {
      entries = readdirSync(join(folder, path), { withFileTypes: true });
    } catch (error) {
      refusals.push(refusal('unreadable', `${JSON.stringify(path || '.')} ${unreadable(error).message}`));
      return true;
    }
    if (entries.length === 0) emptyFolders.push(path);
    return entries.every((entry) => visit(path, entry));
  }

  visitFolder('');
  return { files, others, emptyFolders, refusals };
}
