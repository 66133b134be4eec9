/** The texts of entries as they were written last time, for those whose bundles are as they were. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { byCodeUnit } from './canonical.js';
import type { Entry } from './schema.js';

/** How many bundles have each standing. */
export type Counts = Readonly<Record<Entry['submissions'][number]['standing'], number>>;

/** What is known of a text that was written. */
export interface WrittenEntry {
  readonly id: string;
  /** Of everything that the entry was made of. */
  readonly fingerprint: string;
  readonly offset: number;
  readonly length: number;
  readonly counts: Counts;
}

/** The first line of the index. */
interface Head {
  readonly key: string;
  /** Of the copy of the list. */
  readonly sha256: string;
  /** Checksum of the lines that follow. */
  readonly entries: number;
}

const files = { list: 'list.json', index: 'entries.jsonl' } as const;

export class EntryTexts {
  readonly #folder: string;
  readonly #lines: Iterator<string>;
  readonly #descriptor: number | undefined;
  #next: WrittenEntry | undefined;
  #open = true;

  private constructor(folder: string, lines: Iterator<string>, descriptor: number | undefined) {
    this.#folder = folder;
    this.#lines = lines;
    this.#descriptor = descriptor;
    this.#advance();
  }

  /** Nothing is known where the copy of the list is not the one that the index describes. */
  static open(folder: string, key: string): EntryTexts {
    try {
      const index = readFileSync(`${folder}/${files.index}`, 'utf8');
      const end = index.indexOf('\n');
      const head = JSON.parse(index.slice(0, end)) as Head;
      const entries = index.slice(end + 1);
      const list = `${folder}/${files.list}`;
      if (head.key === key && head.entries === crc32(entries) && head.sha256 === digestOf(list))
        return new EntryTexts(folder, entries.split('\n')[Symbol.iterator](), openSync(list, 'r'));
    } catch {
      // Missing or damaged: the same as never written.
    }
    return new EntryTexts(folder, [][Symbol.iterator](), undefined);
  }

  /** Ids must be asked for in order. Undefined where the entry has to be made again. */
  take(id: string, fingerprint: string): { readonly text: Buffer; readonly counts: Counts } | undefined {
    while (this.#next && byCodeUnit(this.#next.id, id) < 0) this.#advance();
    const entry = this.#next;
    if (entry?.id !== id || entry.fingerprint !== fingerprint || this.#descriptor === undefined)
      return undefined;
    const text = Buffer.allocUnsafe(entry.length);
    readSync(this.#descriptor, text, 0, entry.length, entry.offset);
    return { text, counts: entry.counts };
  }

  /** Keeps a list that was written, for the next time. */
  keep(list: string, sha256: string, key: string, entries: Iterable<WrittenEntry>): void {
    this.close();
    const index = `${this.#folder}/${files.index}`;
    rmSync(index, { force: true });
    copyFileSync(list, `${this.#folder}/${files.list}`);
    const lines = Array.from(entries, (entry) => `${JSON.stringify(entry)}\n`).join('');
    const head: Head = { key, sha256, entries: crc32(lines) };
    writeFileSync(`${index}.new`, `${JSON.stringify(head)}\n${lines}`, { mode: 0o600 });
    renameSync(`${index}.new`, index);
  }

  close(): void {
    if (this.#descriptor !== undefined && this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }

  #advance(): void {
    const { value, done } = this.#lines.next();
    this.#next = done || value === '' ? undefined : (JSON.parse(value) as WrittenEntry);
  }
}

function digestOf(file: string): string {
  const hash = createHash('sha256');
  const descriptor = openSync(file, 'r');
  const chunk = Buffer.allocUnsafe(1 << 20);
  for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk))
    hash.update(chunk.subarray(0, count));
  closeSync(descriptor);
  return hash.digest('hex');
}
