/** The neighbour cache of a Linux host: iproute2's `ip neigh`, or BusyBox's. */
import { isIP } from 'node:net';
import { type NeighbourEntry, NeighbourFormatError, parseIpNeighJson, parseIpNeighText } from './ip-neigh.js';
import { startMonitor } from './linux-monitor.js';
import type { NeighbourObservation, NeighbourReader, Neighbours } from './neighbours.js';
import { pollMs, startPolling } from './poll.js';
import { privilegeError, rootPrefix } from './privilege.js';
import { plainLocale } from './shell.js';
import { type Ssh, SshError } from './ssh.js';

/** What `watch` runs, and how to end it. */
interface Source {
  stop(): Promise<void>;
}

/** Opens the cache of `nic`. Rejects with an SshError. */
export async function openLinux(ssh: Ssh, nic: string): Promise<Neighbours> {
  if (!/^[^\s/-][^\s/]{0,14}$/.test(nic)) {
    throw new SshError(`${nic} can't be the name of an interface: correct \`interface\` in the bench file.`);
  }
  const plain = await ssh.run([...plainLocale, ...show(nic)]);
  if (plain.code === 127) {
    return { reason: `${ssh.target} runs Linux without the command ip: it is judged from outside only.` };
  }
  if (plain.code !== 0) {
    const why = plain.stderr.trim();
    throw new SshError(
      `${ssh.target} can't show the neighbours of ${nic} (${why}): correct \`interface\` in the bench file.`,
    );
  }
  const json = await ssh.run([...plainLocale, ...show(nic, '-j')]);
  return { reader: linuxReader(ssh, nic, json.code === 0 && isJson(json.stdout, nic)) };
}

function show(nic: string, ...options: string[]): string[] {
  return ['ip', ...options, 'neigh', 'show', 'dev', nic];
}

function isJson(text: string, nic: string): boolean {
  try {
    parseIpNeighJson(text, nic);
    return true;
  } catch (error) {
    if (error instanceof NeighbourFormatError) return false;
    throw error;
  }
}

function linuxReader(ssh: Ssh, nic: string, speaksJson: boolean): NeighbourReader {
  const listeners = new Map<(observation: NeighbourObservation) => void, (text: string) => void>();
  const tell = (observation: NeighbourObservation) => {
    for (const listener of listeners.keys()) listener(observation);
  };
  const note = (text: string) => {
    for (const onNote of listeners.values()) onNote(text);
  };

  const read = async (): Promise<NeighbourEntry[]> => {
    const { code, stdout, stderr } = await ssh.run([
      ...plainLocale,
      ...show(nic, ...(speaksJson ? ['-j'] : [])),
    ]);
    if (code !== 0)
      throw new SshError(`${ssh.target} can't show the neighbours of ${nic}: ${stderr.trim()}.`);
    return speaksJson ? parseIpNeighJson(stdout, nic) : parseIpNeighText(stdout, nic);
  };

  const poll = (why: string): Promise<Source> => {
    note(`${why} The cache is read every ${pollMs} ms from now on.`);
    return startPolling(ssh, read, tell, note);
  };

  /** Streams where the host can, and polls where it can't or no longer does. */
  const start = async (): Promise<Source> => {
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

  const change = async (what: string, argv: readonly string[]) => {
    const result = await ssh.run([...plainLocale, ...(await rootPrefix(ssh)), ...argv]);
    if (result.code === 0) return;
    const error = privilegeError(ssh, what, result);
    throw error ?? new SshError(`${ssh.target} could not ${what}: ${result.stderr.trim()}.`);
  };

  return {
    system: `Linux, ${speaksJson ? 'ip -j neigh' : 'ip neigh'}`,
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
    setPermanent: async (address, mac) => {
      checkAddress(address);
      if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) throw new SshError(`${mac} is not a MAC address.`);
      const entry = [address, 'lladdr', mac, 'dev', nic, 'nud', 'permanent'];
      await change(`set the neighbour ${address}`, ['ip', 'neigh', 'replace', ...entry]);
    },
    remove: async (address) => {
      checkAddress(address);
      const there = (await read()).some((entry) => entry.address === address);
      if (there) await change(`remove the neighbour ${address}`, ['ip', 'neigh', 'del', address, 'dev', nic]);
    },
    close: async () => {
      listeners.clear();
      const running = await source?.catch(() => undefined);
      source = undefined;
      await running?.stop();
    },
  };
}

function checkAddress(address: string): void {
  if (isIP(address) === 0 || address.includes('%')) throw new SshError(`${address} is not an IP address.`);
}
