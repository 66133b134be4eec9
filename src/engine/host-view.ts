/** The inside view of a host under test: its neighbour cache over SSH, where there is access. */
import type { BenchDevice, SshAccess } from '../bench/bench.js';
import { type NeighbourEntry, type NeighbourObservation, openNeighbours } from '../host/neighbours.js';
import { openSsh } from '../host/ssh.js';

export interface HostCache {
  /** Makes a permanent entry, after its removal was written to the undo journal. */
  setPermanent(address: string, mac: string): Promise<void>;
  remove(address: string): Promise<void>;
  /** The entry as it is now; undefined when there is none. Rejects with a sentence once the view is lost. */
  read(address: string): Promise<NeighbourEntry | undefined>;
  /** Calls `listener` for every change. Returns the function that ends it. */
  onChange(listener: (observation: NeighbourObservation) => void): () => void;
}

export interface HostView {
  readonly cache?: HostCache;
  /** Why there is no inside view any more, or how it is had. */
  readonly text: string;
  readonly ok: boolean;
  close(): Promise<void>;
}

/** Writes to the undo journal that an entry will have to be removed, then makes it. */
export type JournalEntry = (
  change: { readonly ssh: SshAccess; readonly interface: string; readonly address: string },
  apply: () => Promise<void>,
) => Promise<void>;

/** Opens the view. Never rejects: without it the host is judged from outside only, and says so. */
export async function openHostView(device: BenchDevice, journalled: JournalEntry): Promise<HostView> {
  const { ssh: access, interface: nic } = device;
  const outside = (text: string): HostView => ({ text, ok: access === undefined, close: async () => {} });
  if (access === undefined || nic === undefined) {
    return outside('no SSH access in the bench file: the host is judged from outside only');
  }
  try {
    const ssh = await openSsh(access);
    const { reader, reason } = await openNeighbours(ssh, { interface: nic });
    if (!reader) {
      await ssh.close();
      return { text: reason, ok: false, close: async () => {} };
    }
    const listeners = new Set<(observation: NeighbourObservation) => void>();
    const unwatch = await reader.watch((observation) => {
      for (const listener of listeners) listener(observation);
    });
    // A connection that breaks is made again, once in a run: so is a read that it took along.
    const readAll = shared(() => reader.read().catch(() => reader.read()));
    let lost: string | undefined;
    ssh.onLost(({ message }) => {
      lost = `The host’s cache was lost from view during the run, and the cases after that were judged from outside only. ${message}`;
    });
    const cache: HostCache = {
      setPermanent: (address, mac) =>
        journalled({ ssh: access, interface: nic, address }, () => reader.setPermanent(address, mac)),
      remove: (address) => reader.remove(address),
      async read(address) {
        return (await readAll()).find((candidate) => candidate.address === address);
      },
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    return {
      cache,
      get ok() {
        return lost === undefined;
      },
      get text() {
        return lost ?? `${ssh.target} shows its cache (${reader.system})`;
      },
      async close() {
        unwatch();
        await reader.close();
        await ssh.close();
      },
    };
  } catch (error) {
    return { ...outside((error as Error).message), ok: false };
  }
}

/** Whoever asks while a read is under way shares the next one, which begins after they asked: so cases side
 *  by side cost the host one command, not one each. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= current.then(() => {
      const started = read();
      current = started.catch(() => undefined);
      next = undefined;
      return started;
    });
    return next;
  };
}
