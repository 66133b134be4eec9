/** Making and removing permanent entries on a host, with the tools that it has. */
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMac } from '../frame/index.js';
import type { CacheReaderOptions } from './cache-reader.js';
import type { NeighbourReader } from './neighbours.js';
import { type PermanentTool, removeCommand, setCommand, suits, wasAbsent } from './permanent.js';
import { privilegeError, rootPrefix } from './privilege.js';
import { type RunResult, SshError } from './ssh.js';

type PermanentEntries = Pick<NeighbourReader, 'noPermanent' | 'permanentTool' | 'setPermanent' | 'remove'>;

export async function permanentEntries(options: CacheReaderOptions): Promise<PermanentEntries> {
  const { ssh, system, nic } = options;
  const tools = await toolsOf(options);
  const noPermanent =
    tools.length > 0
      ? undefined
      : system.permanent?.includes('ip') && nic === undefined
        ? 'To make a permanent entry there, the host’s `interface` must stand in the bench file.'
        : `Permanent entries can’t be made safely on ${system.title}, as it is reached.`;

  const toolFor = (address: string): PermanentTool => {
    if (isIP(address) === 0 || address.includes('%')) throw new SshError(`${address} is not an IP address.`);
    const tool = tools.find((candidate) => suits(candidate, { address, interface: nic }));
    if (tool === undefined)
      throw new SshError(
        noPermanent ?? `${ssh.target} has nothing to make a permanent entry for ${address} with.`,
      );
    return tool;
  };
  const asRoot = async (argv: readonly string[]): Promise<RunResult> =>
    ssh.run([...(await rootPrefix(ssh)), ...argv]);
  const complain = (what: string, result: RunResult) => {
    throw (
      privilegeError(ssh, what, result) ??
      new SshError(`${ssh.target} could not ${what}: ${result.stderr.trim() || result.stdout.trim()}.`)
    );
  };

  return {
    ...(noPermanent !== undefined && { noPermanent }),
    permanentTool: toolFor,
    async setPermanent(address, mac) {
      const tool = toolFor(address);
      if (!isMac(mac)) throw new SshError(`${mac} is not a MAC address.`);
      const command = setCommand(tool, { address, interface: nic }, mac);
      let result = await asRoot(command);
      // A table that is full for the moment (Linux: gc_thresh3, of all namespaces together) makes room by and by.
      for (let again = 0; again < 2 && /no buffer space/i.test(result.stderr); again += 1) {
        await sleep(1000);
        result = await asRoot(command);
      }
      if (result.code !== 0) complain(`set the neighbour ${address}`, result);
    },
    async remove(address) {
      const tool = toolFor(address);
      const result = await asRoot(removeCommand(tool, { address, interface: nic }));
      if (result.code !== 0 && !wasAbsent(result.stderr + result.stdout))
        complain(`remove the neighbour ${address}`, result);
    },
  };
}

/** The tools of the system that this host has. */
async function toolsOf({ commands, system, means, nic }: CacheReaderOptions): Promise<PermanentTool[]> {
  const tools = commands.single ? (system.permanent ?? []) : [];
  if (!tools.includes('ip')) return [...tools];
  // BusyBox's `ip neigh` shows and flushes only.
  const { stdout, stderr } = means.streams ? await commands.run('ip -V') : { stdout: '', stderr: '' };
  const hasIp = nic !== undefined && /iproute2/.test(stdout + stderr);
  return tools.filter((tool) => (tool === 'ip' ? hasIp : !hasIp));
}
