/** Writes hardware-list.json an entry at a time, in the form of `canonical(list, 2)`. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { canonical } from './canonical.js';
import type { Entry, HardwareList } from './schema.js';

const bufferBytes = 1 << 20;
const noEntries = '\n  "entries": []';

/** The entry as it stands in the list. */
export const entryText = (entry: Entry): string => `    ${canonical(entry, 2).replaceAll('\n', '\n    ')}`;

export class ListWriter {
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  readonly #tail: string;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;
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
    const at = this.#written;
    this.#add(text);
    return at;
  }

  /** Ends the file. @returns its sha256. */
  end(): string {
    this.#add(Buffer.from(`${this.#entries === 0 ? '' : '\n  '}]${this.#tail}\n`));
    this.#flush();
    closeSync(this.#descriptor);
    return this.#hash.digest('hex');
  }

  #add(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#written += bytes.length;
    if (this.#pendingBytes >= bufferBytes) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending);
    this.#hash.update(bytes);
    writeSync(this.#descriptor, bytes);
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
