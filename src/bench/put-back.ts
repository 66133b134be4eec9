/** Undoes what a journal holds, going on past what fails, and says what became of each entry. */
import { removeCommand, wasAbsent } from '../host/permanent.js';
import type { SshAccess } from './bench.js';
import { bootId, describe, type Entry, type Header } from './journal-file.js';
import { linkByIndex } from './links.js';
import type { NicLock } from './lock.js';
import { findNamespace, netNamespace } from './namespaces.js';
import { undoNicChange } from './undo.js';

/** Runs one command on a remote host; the argument vector holds validated values only. */
export type Remote = (access: SshAccess, argv: readonly string[]) => Promise<void>;

/** What became of the entries, a sentence each. */
export interface RestoreReport {
  readonly undone: readonly string[];
  /** Nothing to undo any more: the NIC or its namespace is gone, or the machine has restarted. */
  readonly dropped: readonly string[];
  /** Still to undo, with why and what to do. */
  readonly kept: readonly string[];
  /** Runs that are alive, whose changes were left alone. */
  readonly live: readonly string[];
}

export type MutableReport = { -readonly [Key in keyof RestoreReport]: string[] };
export const emptyReport = (): MutableReport => ({ undone: [], dropped: [], kept: [], live: [] });

/** An error as the end of a sentence. */
export const because = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

export interface UndoOptions {
  readonly remote: Remote | undefined;
  /** Makes sure of a NIC before it is touched; resolves to what lets go of it. Rejects with why not. */
  readonly hold: (nic: string) => Promise<NicLock>;
  /** Called for each entry that needs no further undoing. */
  readonly settled: (entry: Entry) => void;
}

/** Where a journal's namespace lies, seen from here: why there's nothing to undo, or why not here. */
function whereabouts(header: Header): { gone?: string; away?: string } {
  if (header.bootId !== bootId()) return { gone: 'the machine has restarted since' };
  if (header.netNamespace === netNamespace()) return {};
  const found = findNamespace(header.netNamespace, header.pidNamespace);
  if (found === 'gone') return { gone: 'its network namespace is gone' };
  const there = found === 'there' ? '' : ', if that still exists, which cannot be seen from here';
  return {
    away: `it lies in another network namespace, net:[${header.netNamespace}]${there}; undo it there`,
  };
}

/** Undoes entries, last first. Never rejects: what stays is in `kept`. */
export async function undo(
  header: Header,
  entries: readonly Entry[],
  options: UndoOptions,
): Promise<MutableReport> {
  const report = emptyReport();
  const { gone, away } = whereabouts(header);

  /** Resolves to undefined when undone, or to why there is nothing to undo. Rejects when it stays. */
  const undoOne = async ({ change, ifindex }: Entry): Promise<string | undefined> => {
    if (change.kind === 'neighbour') {
      if (!options.remote) throw new Error('there is no SSH here to remove it');
      try {
        await options.remote(change.ssh, removeCommand(change.tool ?? 'ip', change));
      } catch (error) {
        // The case that made the entry has removed it: only `ip` is content with that.
        if (!wasAbsent(because(error))) throw error;
      }
      return undefined;
    }
    if (gone) return gone;
    if (away) throw new Error(away);
    const link = ifindex === null ? undefined : await linkByIndex(ifindex);
    if (!link) return 'the NIC is gone';
    const lock = await options.hold(link.ifname);
    try {
      await undoNicChange({ ...change, nic: link.ifname });
    } finally {
      lock.release();
    }
    return undefined;
  };

  for (const entry of [...entries].reverse()) {
    const what = describe(entry.change);
    try {
      const why = await undoOne(entry);
      options.settled(entry);
      if (why) report.dropped.push(`Nothing to undo for the ${what}: ${why}.`);
      else report.undone.push(`Put back: the ${what}.`);
    } catch (error) {
      report.kept.push(
        `The ${what} was not put back: ${because(error)}. Mend that, then run \`takeover restore\`.`,
      );
    }
  }
  return report;
}
