/** The inside view of a host under test: its neighbour cache over SSH, where there is access. */
import { isIPv6 } from 'node:net';
import type { BenchDevice } from '../bench/bench.js';
import type { NeighbourChange } from '../bench/journal.js';
import {
  type NeighbourEntry,
  type NeighbourObservation,
  type Neighbours,
  openNeighbours,
} from '../host/neighbours.js';
import { openSsh, SshError } from '../host/ssh.js';
import { type HostTraffic, hostTraffic } from './host-traffic.js';

export interface HostCache {
  /** Makes a permanent entry, after its removal was written to the undo journal. Rejects with a sentence. */
  setPermanent(address: string, mac: string): Promise<void>;
  /** Removes it; what can't be removed now, the undo journal removes or reports when the run ends. Never rejects. */
  remove(address: string): Promise<void>;
  /** The entry as it is now; undefined when there is none. Rejects with a sentence, also when the host does not answer
   *  in time. */
  read(address: string): Promise<NeighbourEntry | undefined>;
  /** Calls `listener` for every change. Returns the function that ends it. */
  onChange(listener: (observation: NeighbourObservation) => void): () => void;
}

export interface HostView {
  readonly cache?: HostCache;
  /** What the host can be had to send itself, where there is SSH access. */
  readonly traffic?: HostTraffic;
  /** Why no permanent entries can be made there; undefined: they can. */
  readonly noPermanent?: string;
  /** Why there is no inside view any more, or how it is had. */
  readonly text: string;
  readonly ok: boolean;
  close(): Promise<void>;
}

/** Writes to the undo journal that an entry will have to be removed, then makes it. */
export type JournalEntry = (
  change: Omit<NeighbourChange, 'kind'>,
  apply: () => Promise<void>,
) => Promise<void>;

/** Opens the view. Never rejects: without it the host is judged from outside only, and says so. */
export async function openHostView(device: BenchDevice, journalled: JournalEntry): Promise<HostView> {
  const { ssh: access, interface: nic, system } = device;
  const outside = (text: string): HostView => ({ text, ok: access === undefined, close: async () => {} });
  if (access === undefined)
    return outside('no SSH access in the bench file: the host is judged from outside only');
  let opened: Neighbours | undefined;
  try {
    opened = await openNeighbours(() => openSsh(access), { interface: nic, system });
    const { ssh, reader, reason } = opened;
    const traffic = hostTraffic(ssh);
    if (!reader) {
      const close = () => traffic.close().then(ssh.close);
      return { text: reason, ok: false, noPermanent: reason, traffic, close };
    }
    let note = '';
    const listeners = new Set<(observation: NeighbourObservation) => void>();
    /** Whether it ever showed an entry of IPv6 (true), and of IPv4 (false). */
    const shown = new Set<boolean>();
    const told = (observation: NeighbourObservation) => {
      shown.add(isIPv6(observation.address));
      for (const listener of listeners) listener(observation);
    };
    const unwatch = await reader.watch(told, {
      onNote: (text) => {
        note = ` ${text}`;
      },
    });
    let lost: string | undefined;
    ssh.onLost(({ message }) => {
      lost = `The host’s cache was lost from view during the run, and the cases after that were judged from outside only. ${message}`;
    });
    const inTime = patience(ssh.target);
    const cache: HostCache = {
      async setPermanent(address, mac) {
        const tool = reader.permanentTool(address);
        const change = { ssh: access, address, tool, ...(nic !== undefined && { interface: nic }) };
        await inTime(
          () => journalled(change, () => reader.setPermanent(address, mac)),
          'take a permanent entry',
        );
      },
      remove: (address) => inTime(() => reader.remove(address), 'remove an entry').catch(() => undefined),
      async read(address) {
        // A connection that breaks is made again: so is a reading that it took along.
        const { entries } = await inTime(() => reader.read().catch(() => reader.read()), 'show its cache');
        for (const entry of entries) shown.add(isIPv6(entry.address));
        // A cache that never shows anything may be one that can't be seen.
        if (!shown.has(isIPv6(address)))
          throw new SshError(`${ssh.target} shows no IPv${isIPv6(address) ? 6 : 4} neighbour at all.`);
        return entries.find((entry) => entry.address === address);
      },
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    return {
      cache,
      traffic,
      ...(reader.noPermanent !== undefined && { noPermanent: reader.noPermanent }),
      get ok() {
        return lost === undefined;
      },
      get text() {
        return lost ?? `${ssh.target} shows its cache (${reader.system}).${note}`;
      },
      async close() {
        unwatch();
        await traffic.close();
        await reader.close();
        await ssh.close();
      },
    };
  } catch (error) {
    await opened?.reader?.close();
    await opened?.ssh.close();
    return { ...outside((error as Error).message), ok: false };
  }
}

/** How long a case waits for the host's command line: it must come to its verdict from outside meanwhile. */
const waitMs = 4000;

/** Waits for the host, and rejects with a sentence when that takes too long. Where one has waited in vain, nobody else
 *  waits until that work has ended after all. */
function patience(target: string): <T>(work: () => Promise<T>, what: string) => Promise<T> {
  let late: Promise<void> | undefined;
  return async (work, what) => {
    if (late) throw new SshError(`${target} still does not answer.`);
    const doing = work();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const over = () => {
          late = undefined;
        };
        late = doing.then(over, over);
        reject(new SshError(`${target} did not ${what} within ${waitMs / 1000} s.`));
      }, waitMs);
    });
    return Promise.race([doing, timeout]).finally(() => clearTimeout(timer));
  };
}
