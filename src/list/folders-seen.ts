/** Which folders held which, so that those that nobody touched need not be read again. */
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { KnownFolders } from '../bundle/find.js';

/** A folder that changed this short a time before it was read may change again without its time telling: clocks of file
 *  systems tick every few milliseconds. */
const settledMs = 1_000;

interface Folder {
  readonly identity: string;
  readonly names: readonly string[];
}

/** Of the folders above the bundles. What is added, removed, renamed or replaced in one changes its times. */
export class FoldersSeen implements KnownFolders {
  readonly #file: string;
  readonly #key: string;
  readonly #reportsFolder: string;
  readonly #nowMs: () => number;
  readonly #before: ReadonlyMap<string, Folder>;
  readonly #now = new Map<string, Folder>();
  #same = true;

  /** Nothing is known where the file is damaged, or was written under another key. */
  constructor(file: string, key: string, reportsFolder: string, nowMs = Date.now) {
    this.#file = file;
    this.#key = key;
    this.#reportsFolder = reportsFolder;
    this.#nowMs = nowMs;
    this.#before = readFolders(file, key);
  }

  namesIn(path: string): readonly string[] | undefined {
    const folder = this.#before.get(path);
    if (folder?.identity !== this.#identityOf(path)) return undefined;
    if (folder) this.#now.set(path, folder);
    return folder?.names;
  }

  keep(path: string, names: readonly string[]): void {
    this.#same = false;
    const identity = this.#identityOf(path);
    if (identity !== undefined) this.#now.set(path, { identity, names });
  }

  /** Keeps what was seen, for the next time. */
  write(): void {
    if (this.#same && this.#now.size === this.#before.size) return;
    const text = JSON.stringify([...this.#now]);
    writeFileSync(`${this.#file}.new`, `${this.#key} ${crc32(text)}\n${text}`, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** Undefined where it may change without a trace. */
  #identityOf(path: string): string | undefined {
    const stat = lstatSync(`${this.#reportsFolder}/${path}`, { throwIfNoEntry: false });
    if (!stat?.isDirectory() || this.#nowMs() - stat.ctimeMs < settledMs) return undefined;
    return `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs}`;
  }
}

function readFolders(file: string, key: string): ReadonlyMap<string, Folder> {
  try {
    const text = readFileSync(file, 'utf8');
    const end = text.indexOf('\n');
    const folders = text.slice(end + 1);
    if (text.slice(0, end) === `${key} ${crc32(folders)}`)
      return new Map(JSON.parse(folders) as [string, Folder][]);
  } catch {
    // Missing or damaged: the same as never written.
  }
  return new Map();
}
