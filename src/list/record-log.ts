/** Records on disk: a file that is only ever added to, a line each, so that a compile that was stopped loses nothing. */
import { closeSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { BundleRecord } from './record.js';
import { type Row, rowOf, type ToldRow } from './row.js';

const chunkBytes = 1 << 20;
const newline = 0x0a;
const tab = 0x09;

export class RecordLog {
  readonly #file: string;
  #descriptor: number;
  #end = 0;

  private constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, 'a+', 0o600);
  }

  /**
   * Opens the log and reads it. What was written under another key is forgotten, and so is every line that is damaged.
   *
   * @param key of what the records depend on besides their bundles.
   */
  static open(file: string, key: string): { readonly log: RecordLog; readonly rows: Map<string, Row> } {
    const log = new RecordLog(file);
    const rows = new Map<string, Row>();
    const head = `takeover-records 1 ${key}`;
    let first = true;
    for (const { bytes, offset } of log.#lines()) {
      if (first && bytes.toString('latin1') !== head) break;
      if (!first) {
        const row = readLine(bytes, offset);
        if (row) rows.set(row.path, row);
      }
      first = false;
      log.#end = offset + bytes.length + 1;
    }
    // A torn last line is cut off, and so is a foreign file.
    ftruncateSync(log.#descriptor, log.#end);
    if (log.#end === 0) log.#write(Buffer.from(`${head}\n`));
    return { log, rows };
  }

  append(record: BundleRecord, identity: string): Row {
    const told = rowOf(record, identity);
    const said = Buffer.from(`${JSON.stringify(told)}\t${JSON.stringify(record)}`);
    const line = Buffer.concat([Buffer.from(`${checksum(said)}\t`), said, Buffer.from('\n')]);
    const offset = this.#end;
    this.#write(line);
    return { ...told, offset, length: line.length - 1 };
  }

  read({ offset, length }: Pick<Row, 'offset' | 'length'>): BundleRecord {
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.#descriptor, bytes, 0, length, offset);
    return JSON.parse(bytes.toString('utf8', bytes.lastIndexOf(tab) + 1)) as BundleRecord;
  }

  /** Drops what none of the rows needs, where that is more than half of the file. */
  compact(rows: readonly Row[], key: string): void {
    const live = rows.reduce((sum, { length }) => sum + length + 1, 0);
    if (this.#end < 2 * live + chunkBytes) return;
    const draft = `${this.#file}.new`;
    const descriptor = openSync(draft, 'w', 0o600);
    writeSync(descriptor, `takeover-records 1 ${key}\n`);
    for (const { offset, length } of rows) {
      const bytes = Buffer.allocUnsafe(length + 1);
      readSync(this.#descriptor, bytes, 0, length + 1, offset);
      writeSync(descriptor, bytes);
    }
    closeSync(descriptor);
    renameSync(draft, this.#file);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(bytes: Buffer): void {
    writeSync(this.#descriptor, bytes);
    this.#end += bytes.length;
  }

  /** The whole lines of the file. `bytes` are valid until the next one is taken. */
  *#lines(): Generator<{ readonly bytes: Buffer; readonly offset: number }> {
    let buffer: Buffer = Buffer.allocUnsafe(chunkBytes);
    let filled = 0;
    /** Of the buffer, in the file. */
    let start = 0;
    for (;;) {
      const count = readSync(this.#descriptor, buffer, filled, buffer.length - filled, start + filled);
      if (count === 0) return;
      filled += count;
      let from = 0;
      const held = buffer.subarray(0, filled);
      for (let to = held.indexOf(newline); to >= 0; to = held.indexOf(newline, from)) {
        yield { bytes: held.subarray(from, to), offset: start + from };
        from = to + 1;
      }
      held.copy(buffer, 0, from);
      start += from;
      filled -= from;
      // A line that is longer than the buffer.
      if (filled === buffer.length) buffer = Buffer.concat([buffer], 2 * filled);
    }
  }
}

const checksum = (bytes: Buffer): string => crc32(bytes).toString(16).padStart(8, '0');

/** `<checksum>`, row and record, with tabs between them: JSON has none. Undefined where the line is damaged. */
function readLine(bytes: Buffer, offset: number): Row | undefined {
  const first = bytes.indexOf(tab);
  if (bytes.toString('latin1', 0, first) !== checksum(bytes.subarray(first + 1))) return undefined;
  const told = JSON.parse(bytes.toString('utf8', first + 1, bytes.lastIndexOf(tab))) as ToldRow;
  return { ...told, offset, length: bytes.length };
}
