/** Reads one host's cache by the means that were found: streamed where it can be, polled otherwise. */
import { processClock } from '../evidence/clock.js';
import { timed } from './clock.js';
import type { Commands } from './commands.js';
import { startMonitor } from './linux-monitor.js';
import { type NeighbourEntry, NeighbourFormatError } from './neighbour-entry.js';
import type { NeighbourObservation, NeighbourReader } from './neighbours.js';
import { permanentEntries } from './permanent-entries.js';
import { pollMs, type Reading, startPolling } from './poll.js';
import { shared } from './shared.js';
import { type Ssh, SshError } from './ssh.js';
import type { Means, System } from './systems.js';

export interface CacheReaderOptions {
  readonly ssh: Ssh;
  readonly commands: Commands;
  readonly system: System;
  /** With the commands that work on this host. */
  readonly means: Means;
  readonly nic: string | undefined;
}

/** What `watch` runs, and how to end it. */
interface Source {
  stop(): Promise<void>;
}

export async function cacheReader(options: CacheReaderOptions): Promise<NeighbourReader> {
  const { ssh, commands, system, means, nic } = options;
  const clock = processClock();
  const listeners = new Map<(observation: NeighbourObservation) => void, (text: string) => void>();
  const tell = (observation: NeighbourObservation) => {
    for (const listener of listeners.keys()) listener(observation);
  };
  const note = (text: string) => {
    for (const onNote of listeners.values()) onNote(text);
  };

  const readNow = async (): Promise<NeighbourEntry[]> => {
    const entries: NeighbourEntry[] = [];
    for (const { line, parse } of means.shows) {
      const { code, stdout, stderr } = await commands.run(line(nic));
      if (code > 0 && stdout.trim() === '')
        throw new SshError(
          `${ssh.target} can't show its neighbours: ${stderr.trim() || `exit code ${code}`}.`,
        );
      try {
        entries.push(...parse(stdout, nic));
      } catch (error) {
        if (!(error instanceof NeighbourFormatError)) throw error;
        throw new SshError(`${ssh.target} can't show its neighbours. ${error.message}`);
      }
    }
    return entries;
  };
  const read = shared(async (): Promise<Reading> => {
    const { value: entries, ns: timeNs, errorNs } = await timed(readNow, clock);
    return { entries, timeNs, errorNs };
  });

  const poll = (why: string): Promise<Source> => {
    note(`${why} The cache is read every ${pollMs} ms from now on.`);
    return startPolling(ssh, read, tell, note);
  };

  /** Streams where the host can, and polls where it can't or no longer does. */
  const start = async (): Promise<Source> => {
    if (!means.streams || !commands.single) return startPolling(ssh, read, tell, note);
    const monitor = await startMonitor(ssh, nic, tell);
    if (monitor.reason !== undefined) return poll(monitor.reason);
    let source: Promise<Source> = Promise.resolve(monitor);
    let stopped = false;
    void monitor.ended.then((why) => {
      if (stopped) return;
      source = poll(why);
      source.catch((error: Error) => note(error.message));
    });
    return {
      stop: async () => {
        stopped = true;
        await (await source.catch(() => monitor)).stop();
      },
    };
  };
  let source: Promise<Source> | undefined;

  return {
    system: `${system.title}, ${means.title}`,
    ...(await permanentEntries(options)),
    read,
    watch: async (listener, { onNote = () => undefined } = {}) => {
      listeners.set(listener, onNote);
      source ??= start();
      try {
        await source;
      } catch (error) {
        source = undefined;
        listeners.delete(listener);
        throw error;
      }
      return () => void listeners.delete(listener);
    },
    close: async () => {
      listeners.clear();
      const running = await source?.catch(() => undefined);
      source = undefined;
      await running?.stop();
      commands.close();
    },
  };
}
