/** hardware-list.json: what all accepted bundles together say about each device. */
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { probes } from '../../probes/index.js';
import type { ProgressStream } from '../report/progress.js';
import { version } from '../root.js';
import { cacheKey, openWorkplace } from './cache.js';
import { canonical } from './canonical.js';
import { type Catalogue, catalogueOf } from './catalogue.js';
import { EntryTexts } from './entry-texts.js';
import { FoldersSeen } from './folders-seen.js';
import { ListError } from './list-error.js';
import { type ReadAll, readAll } from './read-all.js';
import { RecordLog } from './record-log.js';
import { sameBytes } from './same-bytes.js';
import type { HardwareList } from './schema.js';
import { type ListSummary, writeList } from './write-list.js';

export interface CompileOptions {
  /** Default: the probes of this version. */
  readonly catalogue?: Catalogue;
  /** Where to keep what was read, for the next time. Absent: nothing is known, and nothing kept. */
  readonly cacheFolder?: string;
  /** Threads that read bundles; as many as there are cores unless given. */
  readonly threads?: number;
  /** False leaves the verdicts unchecked: for measuring what the rest costs. */
  readonly judge?: boolean;
  /** False refuses a folder without a bundle: a list that says something was made of another one. */
  readonly mayBeEmpty?: boolean;
  readonly progress?: ProgressStream;
  /** Of a thread that reads one bundle. */
  readonly bounds?: { readonly taskMs: number; readonly memoryMiB: number };
}

export interface Compiled extends Omit<ReadAll, 'rows'>, ListSummary {
  readonly bundles: number;
  /** Whether the file is another than before. */
  readonly changed: boolean;
}

/** The text of hardware-list.json: keys in order, two spaces, a line end. */
export function formatList(list: HardwareList): string {
  return `${canonical(list, 2)}\n`;
}

/** Compiles a list that fits into memory. Rejects like `compileTo`. */
export async function compileList(
  reportsFolder: string,
  options: CompileOptions = {},
): Promise<HardwareList> {
  const folder = await mkdtemp(join(tmpdir(), 'takeover-list-'));
  try {
    const file = join(folder, 'hardware-list.json');
    await compileTo(reportsFolder, file, options);
    return JSON.parse(await readFile(file, 'utf8')) as HardwareList;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes the list of the bundles below a folder to a file, whole or not at all. The same bundles give the same bytes,
 * whatever is cached, however many threads read, and in whatever order they were added. Rejects with a ListError or a
 * BundleError that names everything that can't be used.
 */
export async function compileTo(
  reportsFolder: string,
  file: string,
  options: CompileOptions = {},
): Promise<Compiled> {
  const catalogue = options.catalogue ?? catalogueOf(probes, version);
  const { judge = true, threads = availableParallelism() } = options;
  const place = openWorkplace(options.cacheFolder);
  const draft = join(dirname(file), `.${process.pid}.hardware-list.tmp`);
  try {
    const key = place.kept ? cacheKey(reportsFolder, catalogue, judge) : '';
    const folders = new FoldersSeen(join(place.folder, 'folders.json'), key, reportsFolder);
    const { log, rows: known } = RecordLog.open(join(place.folder, 'records.jsonl'), key);
    try {
      const { rows, ...read } = await readAll(reportsFolder, log, known, {
        ...options,
        ...{ catalogue, judge, threads, folders },
      });
      if (rows.length === 0 && options.mayBeEmpty === false) {
        throw new ListError([
          `${reportsFolder} holds no bundle, and ${file} lists devices: name the folder that holds the bundles with --reports, or remove the list first.`,
        ]);
      }
      known.clear();
      const texts = EntryTexts.open(place.folder, key);
      const { entries, ...summary } = writeList({ rows, catalogue, log, texts, draft });
      if (place.kept) {
        texts.keep(draft, key, entries);
        log.compact(rows, key);
        folders.write();
      }
      texts.close();
      const changed = !sameBytes(draft, file);
      if (changed) await rename(draft, file);
      return { ...read, ...summary, bundles: rows.length, changed };
    } finally {
      log.close();
    }
  } finally {
    await rm(draft, { force: true });
    place.release();
  }
}
