/**
 * The undo journal: every change to a NIC or a remote host is on disk before it is made, as data, so that
 * a later process can undo what a killed run left. One file a run, a line an entry; the run keeps the file
 * locked, and a journal that isn't locked is a dead run's.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from './bench.js';
import { lockFile } from './file-lock.js';
import {
  append,
  type Change,
  cutTornLine,
  describe,
  type Entry,
  newHeader,
  parseJournal,
  tickOff,
} from './journal-file.js';
import { readLinks } from './links.js';
import { lockNics } from './lock.js';
import { because, emptyReport, type Remote, type RestoreReport, undo } from './put-back.js';
import { makeStateFolder, stateFolder } from './state.js';

export type { Change, NeighbourChange } from './journal-file.js';
export type { Remote, RestoreReport } from './put-back.js';

export interface JournalOptions {
  /** The state folder; default `stateFolder()`. */
  readonly state?: string;
  /** Undoes changes to remote hosts; without it such entries are kept. */
  readonly remote?: Remote;
}

export interface Journal {
  /** Writes the change down, then makes it. When it can't be written, it isn't made. */
  change(change: Change, apply: () => Promise<void>): Promise<void>;
  /** Undoes every change, last first, going on past what fails, and closes the journal. Idempotent. */
  undoAll(): Promise<RestoreReport>;
}

/** Makes the name of a new file as durable as its content. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Opens the journal of a run. Rejects with a BenchError. */
export async function openJournal(run: string, options: JournalOptions = {}): Promise<Journal> {
  const folder = makeStateFolder(options.state ?? stateFolder(), 'journal');
  const header = newHeader(run);
  const path = join(folder, `${Date.now()}-${process.pid}-${Math.random().toString(36).slice(2, 8)}.jsonl`);
  // Only a journal that is locked and has its header gets the name by which a restore finds it.
  const draft = `${path}.new`;
  const descriptor = await lockFile(draft);
  if (descriptor === undefined)
    throw new BenchError(`${draft} is held by another process; start the run again.`);
  const write = (line: object, what: string) => {
    try {
      append(descriptor, line);
    } catch (error) {
      throw new BenchError(
        `${what}: the undo journal ${path} can't be written (${because(error)}). Make room there.`,
      );
    }
  };
  try {
    write(header, 'The run was not begun');
    renameSync(draft, path);
    syncFolder(folder);
  } catch (error) {
    rmSync(draft, { force: true });
    closeSync(descriptor);
    throw error;
  }

  const entries: Entry[] = [];
  const underWay = new Set<Promise<void>>();
  let ending: Promise<RestoreReport> | undefined;

  const make = async (change: Change, apply: () => Promise<void>): Promise<void> => {
    const ifindex = change.kind === 'neighbour' ? null : await indexOf(change.nic);
    if (ending) throw new BenchError(`The ${describe(change)} was not changed: the run is ending.`);
    const entry: Entry = { id: entries.length, ifindex, change };
    write(entry, `The ${describe(change)} was not changed`);
    entries.push(entry);
    await apply();
  };

  const end = async (): Promise<RestoreReport> => {
    // A change that is being made must not land after it was undone.
    await Promise.allSettled(underWay);
    const report = await undo(header, entries, {
      remote: options.remote,
      hold: async () => ({ release: () => undefined }), // The run holds its NICs itself.
      settled: (entry) => tickOff(descriptor, entry),
    });
    if (report.kept.length === 0) rmSync(path, { force: true });
    closeSync(descriptor);
    return report;
  };

  return {
    change: (change, apply) => {
      const made = make(change, apply).finally(() => underWay.delete(made));
      underWay.add(made);
      return made;
    },
    undoAll: () => {
      ending ??= end();
      return ending;
    },
  };
}

async function indexOf(nic: string): Promise<number> {
  const link = (await readLinks()).find(({ ifname }) => ifname === nic);
  if (!link) throw new BenchError(`There is no NIC ${nic} here; \`ip link\` lists those that are.`);
  return link.ifindex;
}

interface DeadJournal {
  readonly path: string;
  readonly text: string;
  readonly descriptor: number;
}

/** Visits the journals, newest first, locking each that no live run holds. */
async function forEachJournal(
  state: string,
  live: (text: string) => void,
  dead: (journal: DeadJournal) => Promise<void> | void,
): Promise<void> {
  const folder = makeStateFolder(state, 'journal');
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  for (const name of names.sort().reverse()) {
    const path = join(folder, name);
    const descriptor = await lockFile(path);
    if (descriptor === undefined) {
      live(readIfThere(path));
      continue;
    }
    try {
      const text = readIfThere(path);
      // Empty: its run removed it just now, and our opening made it anew.
      if (text === '') rmSync(path, { force: true });
      else await dead({ path, text, descriptor });
    } finally {
      closeSync(descriptor);
    }
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Undoes what dead runs left: newest run first, and in each the last change first. A live run's changes,
 * and the NICs that it holds, are left alone. Running it twice does no harm. Rejects with a BenchError
 * where the state folder can't be used.
 */
export async function restore(options: JournalOptions = {}): Promise<RestoreReport> {
  const state = options.state ?? stateFolder();
  const report = emptyReport();
  await forEachJournal(
    state,
    (text) => {
      const journal = parseJournal(text);
      if (journal)
        report.live.push(`Run ${journal.header.run} (process ${journal.header.pid}) is alive; left alone.`);
    },
    async ({ path, text, descriptor }) => {
      const journal = parseJournal(text);
      if (!journal) {
        report.kept.push(`${path} can't be read as a journal; put its changes back by hand, then remove it.`);
        return;
      }
      cutTornLine(descriptor, text);
      const part = await undo(journal.header, journal.open, {
        remote: options.remote,
        hold: (nic) => lockNics([nic], 'restore', state),
        settled: (entry) => tickOff(descriptor, entry),
      });
      report.undone.push(...part.undone);
      report.dropped.push(...part.dropped);
      report.kept.push(...part.kept);
      if (part.kept.length === 0) rmSync(path, { force: true });
    },
  );
  return report;
}

/** What dead runs left, a sentence for each run; changes nothing. */
export async function staleJournals(state = stateFolder()): Promise<string[]> {
  const stale: string[] = [];
  await forEachJournal(
    state,
    () => undefined,
    ({ path, text }) => {
      const journal = parseJournal(text);
      if (!journal) stale.push(`${path} can't be read as a journal.`);
      else if (journal.open.length > 0) {
        stale.push(
          `Run ${journal.header.run} left the ${journal.open.map((e) => describe(e.change)).join(', the ')}.`,
        );
      }
    },
  );
  return stale;
}
