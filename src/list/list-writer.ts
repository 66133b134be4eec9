/** Writes hardware-list.json an entry at a time, in the form of `canonical(list, 2)`. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { canonical } from './canonical.js';
import type { Entry, HardwareList } from './schema.js';

const bufferBytes = 1 << 20;
const noEntries = '\n  "entries": []';

/** The entry as it stands in the list. */
export const entryText = (entry: Entry): string => `    ${canonical(entry, 2).replaceAll('\n', '\n    ')}`;

export class ListWriter {
  readonly #descriptor: number;
  readonly #tail: string;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #filled = 0;
  #flushed = 0;
  #entries = 0;

  constructor(file: string, head: Omit<HardwareList, 'entries'>) {
    this.#descriptor = openSync(file, 'w');
    const text = canonical({ ...head, entries: [] }, 2);
    const at = text.indexOf(noEntries);
    this.#tail = text.slice(at + noEntries.length);
    this.#add(Buffer.from(`${text.slice(0, at)}\n  "entries": [`));
  }

  /** @returns where the text begins in the file. */
  entry(text: Buffer): number {
    this.#add(Buffer.from(this.#entries === 0 ? '\n' : ',\n'));
    this.#entries += 1;
    const at = this.#flushed + this.#filled;
    this.#add(text);
    return at;
  }

  /** Ends the file. */
  end(): void {
    this.#add(Buffer.from(`${this.#entries === 0 ? '' : '\n  '}]${this.#tail}\n`));
    this.#flush();
    closeSync(this.#descriptor);
  }

  #add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.#buffer, this.#filled, at);
      this.#filled += count;
      at += count;
      if (this.#filled === bufferBytes) this.#flush();
    }
  }

  #flush(): void {
    for (let at = 0; at < this.#filled; )
      at += writeSync(this.#descriptor, this.#buffer, at, this.#filled - at);
    this.#flushed += this.#filled;
    this.#filled = 0;
  }
}
