/** The texts of entries as they were written last time, for those whose bundles are as they were. */
import {
  closeSync,
  constants,
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

/** An entry as it stands in the list. */
export interface KnownText {
  readonly text: Buffer;
  /** CRC-32 of the text. */
  readonly checksum: number;
  readonly counts: Counts;
}

/** What is known of a text that was written. */
export interface WrittenEntry extends Omit<KnownText, 'text'> {
  readonly id: string;
  /** Of everything that the entry was made of. */
  readonly fingerprint: string;
  readonly offset: number;
  readonly length: number;
}

/** The first line of the index. */
interface Head {
  readonly key: string;
  /** Checksum of the lines that follow. */
  readonly entries: number;
}

const files = { list: 'list.json', index: 'entries.jsonl' } as const;

export class EntryTexts {
  readonly #folder: string;
  readonly #lines: Iterator<string>;
  readonly #descriptor: number | undefined;
  #text: Buffer = Buffer.alloc(0);
  #next: WrittenEntry | undefined;
  #open = true;
  /** Whether every entry so far was taken as it was. */
  #same: boolean;

  private constructor(folder: string, lines: Iterator<string>, descriptor: number | undefined) {
    this.#folder = folder;
    this.#lines = lines;
    this.#descriptor = descriptor;
    this.#same = descriptor !== undefined;
    this.#advance();
  }

  /** Nothing is known where there is no whole index of this key. */
  static open(folder: string, key: string): EntryTexts {
    try {
      const index = readFileSync(`${folder}/${files.index}`, 'utf8');
      const end = index.indexOf('\n');
      const head = JSON.parse(index.slice(0, end)) as Head;
      const entries = index.slice(end + 1);
      if (head.key === key && head.entries === crc32(entries)) {
        const lines = entries.split('\n')[Symbol.iterator]();
        return new EntryTexts(folder, lines, openSync(`${folder}/${files.list}`, 'r'));
      }
    } catch {
      // Missing or damaged: the same as never written.
    }
    return new EntryTexts(folder, [][Symbol.iterator](), undefined);
  }

  /** Ids must be asked for in order. The text is valid until the next one is taken. Undefined where the entry has to be made
   *  again. */
  take(id: string, fingerprint: string): KnownText | undefined {
    while (this.#next && byCodeUnit(this.#next.id, id) < 0) {
      this.#same = false;
      this.#advance();
    }
    const entry = this.#next;
    const text = entry?.id === id && entry.fingerprint === fingerprint ? this.#read(entry) : undefined;
    if (!entry || !text) {
      this.#same = false;
      return undefined;
    }
    this.#advance();
    return { text, checksum: entry.checksum, counts: entry.counts };
  }

  /** Keeps a list that was written, for the next time. */
  keep(list: string, key: string, entries: readonly WrittenEntry[]): void {
    // What is kept is this list, but perhaps for its head.
    if (this.#same && !this.#next) return;
    this.close();
    const index = `${this.#folder}/${files.index}`;
    rmSync(index, { force: true });
    copyFileSync(list, `${this.#folder}/${files.list}`, constants.COPYFILE_FICLONE);
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const head: Head = { key, entries: crc32(lines) };
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

  /** Undefined where the copy of the list is damaged. */
  #read({ offset, length, checksum }: WrittenEntry): Buffer | undefined {
    if (this.#descriptor === undefined) return undefined;
    if (this.#text.length < length) this.#text = Buffer.allocUnsafe(2 * length);
    const count = readSync(this.#descriptor, this.#text, 0, length, offset);
    const text = this.#text.subarray(0, count);
    return crc32(text) === checksum ? text : undefined;
  }
}
