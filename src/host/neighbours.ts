/** The neighbour cache of a remote host, read by a driver that is chosen by what the host answers. */
import type { NeighbourEntry } from './ip-neigh.js';
import { openLinux } from './linux.js';
import type { Ssh } from './ssh.js';

export type { NeighbourEntry } from './ip-neigh.js';

/** An entry as the host reported it at a time: the fields of a recording's `neighbour` event. */
export interface NeighbourObservation extends NeighbourEntry {
  /**
   * This machine's CLOCK_REALTIME, nanoseconds since 1970. Of a streamed entry, when the host printed the
   * change, shortly after it made it; of a polled one, when the host read its cache.
   */
  readonly timeNs: bigint;
  /** How far `timeNs` may be off, ± nanoseconds: the clocks' difference, or the poll's round trip. */
  readonly clockErrorNs: number;
  readonly source: 'stream' | 'poll';
}

export interface WatchOptions {
  /** Hears a sentence when the watch changes its way: a broken stream, polling from now on. */
  readonly onNote?: (text: string) => void;
}

export interface NeighbourReader {
  /** The system and the means, like `Linux, ip -j neigh`. */
  readonly system: string;
  /** The cache of the interface now. Rejects with an SshError. */
  read(): Promise<NeighbourEntry[]>;
  /**
   * Calls `listener` for every change from now on: the promise resolves when the host is listening.
   * Returns the function that ends the subscription. Linux streams every change of an address, but of
   * the states not the step from STALE to DELAY.
   */
  watch(listener: (observation: NeighbourObservation) => void, options?: WatchOptions): Promise<() => void>;
  /** Makes a permanent entry. Needs root there, or sudo without a password. */
  setPermanent(address: string, mac: string): Promise<void>;
  /** Removes an entry of any kind; none there is no error. Needs root there, or sudo without a password. */
  remove(address: string): Promise<void>;
  /** Ends what `watch` left running on the host. Idempotent. */
  close(): Promise<void>;
}

/** A reader, or the sentence that says why the host is judged from outside only. */
export type Neighbours =
  | { readonly reader: NeighbourReader; readonly reason?: undefined }
  | { readonly reader?: undefined; readonly reason: string };

/** Opens the cache of `interface` (the host's own name of it). Rejects with an SshError. */
export async function openNeighbours(ssh: Ssh, options: { readonly interface: string }): Promise<Neighbours> {
  const uname = await ssh.run(['uname', '-s']);
  const system = uname.code === 0 ? uname.stdout.trim() : '';
  if (system === 'Linux') return openLinux(ssh, options.interface);
  const name = system === '' ? 'system that does not answer `uname -s`' : `system ${system}`;
  return { reason: `${ssh.target} runs an unsupported ${name}: it is judged from outside only.` };
}
