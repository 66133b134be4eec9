/**
 * The network that lab tests run in: a private namespace, which the test runner made with
 * `unshare --net --mount --pid --fork --kill-child` and a tmpfs on /run. Everything made here goes with it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** Runs a command, never through a shell; returns what it printed. Throws with its complaint. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export const ip = (...args: readonly string[]): string => run('ip', ...args);

/** Whether a program is installed. */
export const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0;

/** Refuses to work where a mistake could reach a real network. */
export function requirePrivateNamespace(): void {
  const routes = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1);
  if (routes.some((route) => route.split('\t')[1] === '00000000')) {
    throw new Error('Lab tests run in a network namespace of their own: start them with `npm test`.');
  }
}

/** Makes a veth pair that behaves as two NICs with a cable: both up, silent, without offloads. */
export function makeVethPair(first: string, second: string): void {
  requirePrivateNamespace();
  ip('link', 'add', first, 'type', 'veth', 'peer', 'name', second);
  for (const nic of [first, second]) {
    writeFileSync(`/proc/sys/net/ipv6/conf/${nic}/disable_ipv6`, '1');
    // One at a time: ethtool stops at the first feature that a kernel refuses to change.
    for (const feature of ['tx', 'rx', 'gso', 'tso', 'gro', 'sg'])
      spawnSync('ethtool', ['-K', nic, feature, 'off']);
    ip('link', 'set', nic, 'up');
  }
}

/** Removes an interface (a veth takes its peer along), if it is still there. */
export function removeLink(nic: string): void {
  spawnSync('ip', ['link', 'del', nic]);
}

/** The kernel's own counters of an interface, from /proc/net/dev of this namespace. */
export function counters(nic: string): { receivedFrames: number; receiveDrops: number; sentFrames: number } {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((each) => each.trim().startsWith(`${nic}:`));
  if (line === undefined) throw new Error(`There is no interface ${nic}.`);
  const fields = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return { receivedFrames: fields[1] ?? 0, receiveDrops: fields[3] ?? 0, sentFrames: fields[9] ?? 0 };
}

/** Waits until something holds; throws when it doesn't in time. */
export async function until(what: string, holds: () => boolean, withinMs = 2_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
