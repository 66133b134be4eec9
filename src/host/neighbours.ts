/** The neighbour cache of a remote host, read by the means of its system: the bench file's, or what the host answers. */
import { interfaceName } from '../bench/bench.js';
import { cacheReader } from './cache-reader.js';
import { type Commands, shellCommands, singleCommands } from './commands.js';
import { type NeighbourEntry, NeighbourFormatError } from './neighbour-entry.js';
import type { PermanentTool } from './permanent.js';
import type { Reading } from './poll.js';
import { type Ssh, SshError } from './ssh.js';
import type { SystemName } from './system-names.js';
import { type Means, questions, type Show, type System, systemNamed } from './systems.js';

export type { NeighbourEntry } from './neighbour-entry.js';

/** An entry as the host reported it at a time: the fields of a recording's `neighbour` event. */
export interface NeighbourObservation extends NeighbourEntry {
  /**
   * This machine's CLOCK_REALTIME, nanoseconds since 1970. Of a streamed entry, when the host printed the
   * change, shortly after it made it; of a polled one, when the host read its cache.
   */
  readonly timeNs: bigint;
  /** How far `timeNs` may be off, ± nanoseconds: the clocks' difference, or the poll's round trip. */
  readonly clockErrorNs: number;
  /** Of a polled entry: when the reading before this one began, which did not show the change. */
  readonly previousNs?: bigint;
  readonly source: 'stream' | 'poll';
}

export interface WatchOptions {
  /** Hears a sentence when the watch changes its way: a broken stream, polling from now on. */
  readonly onNote?: (text: string) => void;
}

export interface NeighbourReader {
  /** The system and the means, like `Linux, ip -j neigh`. */
  readonly system: string;
  /** Why no permanent entries can be made here; undefined: they can. */
  readonly noPermanent?: string;
  /** The cache of the interface. Whoever asks while a reading is under way shares the next one. Rejects with an SshError. */
  read(): Promise<Reading>;
  /**
   * Calls `listener` for every change from now on: the promise resolves when the host is listening.
   * Returns the function that ends the subscription. Linux streams every change of an address, but of
   * the states not the step from STALE to DELAY.
   */
  watch(listener: (observation: NeighbourObservation) => void, options?: WatchOptions): Promise<() => void>;
  /** What makes a permanent entry for the address, and removes it. Throws an SshError where nothing does. */
  permanentTool(address: string): PermanentTool;
  /** Makes a permanent entry. Needs root there, or sudo without a password. */
  setPermanent(address: string, mac: string): Promise<void>;
  /** Removes an entry of any kind; none there is no error. Needs root there, or sudo without a password. */
  remove(address: string): Promise<void>;
  /** Ends what `watch` left running on the host. Idempotent. */
  close(): Promise<void>;
}

/** A reader, or the sentence that says why the host is judged from outside only; and the connection to the host. */
export type Neighbours = { readonly ssh: Ssh } & (
  | { readonly reader: NeighbourReader; readonly reason?: undefined }
  | { readonly reader?: undefined; readonly reason: string }
);

export interface NeighboursOptions {
  /** The host's own name of it; absent: the entries of every interface. */
  readonly interface?: string | undefined;
  /** Absent: it is asked. */
  readonly system?: SystemName | undefined;
}

/** How long the host may take to answer a question. */
const questionMs = 5000;

/** The bench file names an interface that the host has not. */
class InterfaceError extends SshError {}

/**
 * Finds out how to read the host's cache. Single commands are tried first; where the host refuses them, or hangs up after
 * one as Cisco IOS does, an interactive shell on a new connection. Rejects with an SshError.
 */
export async function openNeighbours(
  connect: () => Promise<Ssh>,
  { interface: nic, system: name }: NeighboursOptions,
): Promise<Neighbours> {
  if (nic !== undefined && !interfaceName.test(nic))
    throw new SshError(`${nic} can't be the name of an interface: correct \`interface\` in the bench file.`);
  const ssh = await connect();
  const { system, opened } = await bySingleCommands(ssh, name && systemNamed(name), nic);
  if (opened?.reader) return opened;
  const { target } = ssh;
  await ssh.close();
  const anew = await connect();
  try {
    const inShell = await byShell(anew, system, nic);
    return inShell.reader ? inShell : { ssh: anew, reason: opened?.reason ?? inShell.reason };
  } catch (error) {
    if (!(error instanceof SshError) || anew.lost) {
      await anew.close();
      throw error;
    }
    return { ssh: anew, reason: opened?.reason ?? (system ? outside(error.message) : unknown(target)) };
  }
}

/** What came of it: a reader, or why not; and the system as far as it was recognised. */
async function bySingleCommands(
  ssh: Ssh,
  named: System | undefined,
  nic: string | undefined,
): Promise<{ system?: System | undefined; opened?: Neighbours }> {
  const commands = singleCommands(ssh);
  let system = named;
  try {
    system ??= await ask(commands, questions);
    if (system === undefined) return {};
    const opened = await open(ssh, commands, system, nic);
    // Whoever hung up after a command would do so after each.
    return ssh.breaks === 0 ? { system, opened } : { system };
  } catch (error) {
    if (error instanceof SshError && !(error instanceof InterfaceError)) return { system };
    await ssh.close();
    throw error;
  }
}

async function byShell(ssh: Ssh, known: System | undefined, nic: string | undefined): Promise<Neighbours> {
  const shell = await shellCommands(ssh, known?.quiet);
  if (known) return open(ssh, shell, known, nic);
  // A shell that has nothing but a prompt is most often a router's: its own question comes first.
  const system = await ask(shell, [...questions.slice(1), ...questions.slice(0, 1)]);
  shell.close();
  if (system === undefined) return { ssh, reason: unknown(ssh.target) };
  return open(ssh, await shellCommands(ssh, system.quiet), system, nic);
}

const outside = (why: string) => `${why.replace(/\.$/, '')}: it is judged from outside only.`;

function unknown(target: string): string {
  const asked = questions.map(({ line }) => `\`${line}\``).join(', ');
  return `${outside(`${target} runs a system that is not known here, for it answers none of ${asked}`)} If its cache can be read after all, name it as \`system\` in the bench file.`;
}

/** Which system it is; undefined: no answer is known. */
async function ask(commands: Commands, list: typeof questions): Promise<System | undefined> {
  for (const { line, answers } of list) {
    const { stdout } = await commands.run(line, questionMs);
    const found = answers.find(([pattern]) => pattern.test(stdout));
    if (found) return systemNamed(found[1]);
  }
  return undefined;
}

/** Opens the first of the system's means that shows its cache. */
async function open(
  ssh: Ssh,
  commands: Commands,
  system: System,
  nic: string | undefined,
): Promise<Neighbours> {
  const { target } = ssh;
  let why = '';
  for (const means of system.means) {
    const shows: Show[] = [];
    for (const show of means.shows) {
      const shown = await tryShow(commands, show, nic);
      if (shown === undefined) shows.push(show);
      else why = shown;
      if (/(cannot|can.t) find device/i.test(shown ?? '')) {
        throw new InterfaceError(
          `${target} can't show the neighbours of ${nic} (${shown}): correct \`interface\` in the bench file.`,
        );
      }
    }
    if (shows.length > 0) {
      const usable: Means = { ...means, shows };
      return { ssh, reader: await cacheReader({ ssh, commands, system, means: usable, nic }) };
    }
  }
  const tried = system.means.map(({ title }) => `\`${title}\``).join(', ');
  return {
    ssh,
    reason: outside(`${target} runs ${system.title}, and none of ${tried} shows its cache there (${why})`),
  };
}

/** Why a command does not show the cache; undefined: it does. */
async function tryShow(commands: Commands, show: Show, nic: string | undefined): Promise<string | undefined> {
  const { stdout, stderr, code } = await commands.run(show.line(nic));
  try {
    const entries = show.parse(stdout, nic);
    // Routers give no exit code, or a wrong one.
    if (code <= 0 || entries.length > 0) return undefined;
  } catch (error) {
    if (!(error instanceof NeighbourFormatError)) throw error;
    if (stderr.trim() === '') return error.message.replace(/\.$/, '');
  }
  return stderr.trim().split('\n')[0] || `exit code ${code}`;
}
