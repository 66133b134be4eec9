/**
 * The router under test: a namespace that forwards, one-armed on the switch, or with a far side where our port World is.
 * Its kernel forwards as Linux does by itself, or because FRR told it to.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { inNamespace, ip, ipBatch, LabError, run, startDaemon, sysctl, within } from './command.js';
import { singleUser } from './enter.js';
import { buildMachine, type Machine } from './machine.js';
import { farAddresses, nicOf, routerAddresses, routerNamespace } from './names.js';
import { withoutOffloads } from './nics.js';
import type { TimerChoice } from './timers.js';

export const routerKinds = ['linux', 'frr'] as const;
export type RouterKind = (typeof routerKinds)[number];

/** RFC 4861 §10 and Linux: 30 s; so short in the lab that what waits for it is soon done. */
const neighbourS: Readonly<Record<TimerChoice, number>> = { default: 30, short: 2 };

/** The namespace with its SSH server; `eth0` is the caller's to add. */
export const buildRouter = (directory: string): Promise<Machine> =>
  buildMachine({
    name: routerNamespace,
    managementLink: 'tko-mgmt-router',
    management: ['198.51.100.9', '198.51.100.10'],
    directory,
  });

export interface RouterSetup {
  readonly kind: RouterKind;
  /** Whether our port World is at its far side. */
  readonly far: boolean;
  readonly timers: TimerChoice;
}

/** Gives `eth0` its addresses and lets the router forward. It keeps Linux' own settings but for three: duplicate address
 *  detection takes a second; RFC 9131 is followed, as its condition in the bench file says; short timers are short. */
export async function setUpRouter(machine: Machine, { kind, far, timers }: RouterSetup): Promise<void> {
  if (far) await addFarSide();
  await sysctl(routerNamespace, {
    ...(kind === 'linux' && { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 }),
    'net.ipv6.conf.eth0.accept_dad': 0,
    ...(existsSync('/proc/sys/net/ipv6/conf/lo/accept_untracked_na') && {
      'net.ipv6.conf.eth0.accept_untracked_na': 1,
    }),
    ...(timers === 'short' && shortTimers),
  });
  await ipBatch(
    [
      `address add ${routerAddresses.ipv4}/24 dev eth0`,
      `address add ${routerAddresses.ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
      ...(far
        ? [
            `address add ${farAddresses.ipv4}/24 dev eth1`,
            `address add ${farAddresses.ipv6}/64 dev eth1 nodad`,
            'link set eth1 up',
          ]
        : []),
    ],
    routerNamespace,
  );
  if (kind === 'frr') await startZebra(machine);
}

const shortTimers = Object.fromEntries(
  ['ipv4', 'ipv6'].flatMap((family) => [
    [`net.${family}.neigh.eth0.base_reachable_time_ms`, neighbourS.short * 1000],
    [`net.${family}.neigh.eth0.delay_first_probe_time`, 1],
  ]),
);

/** Our port World, on the cable to the router's second interface. */
async function addFarSide(): Promise<void> {
  const world = nicOf('world');
  await ipBatch([`link add ${world} type veth peer name eth1 netns ${routerNamespace}`]);
  await writeFile(`/proc/sys/net/ipv6/conf/${world}/disable_ipv6`, '1');
  await Promise.all([run(withoutOffloads(world)), inNamespace(routerNamespace, withoutOffloads('eth1'))]);
  await sysctl(routerNamespace, { 'net.ipv6.conf.eth1.accept_dad': 0 });
  await ip('link', 'set', world, 'up');
}

/** A router's entry in a bench file. */
export type LabRouter = Awaited<ReturnType<typeof routerDevice>>;

export async function routerDevice(machine: Machine, { kind, far, timers }: RouterSetup) {
  const product =
    kind === 'linux'
      ? { vendor: 'Linux', model: 'forwarding', firmware: release() }
      : { vendor: 'FRR', model: 'zebra', firmware: await zebraVersion() };
  return {
    kind: 'router' as const,
    ...product,
    conditions: { accept_untracked_na: '1' },
    ...routerAddresses,
    interface: 'eth0',
    ...(far && { far: { port: 'world', ...farAddresses } }),
    timers: { neighbourS: neighbourS[timers] },
    ...(machine.ssh && { ssh: machine.ssh }),
  };
}

const zebra = '/usr/lib/frr/zebra';

/** Its own folder, below the lab's private /run: where it looks for its socket, it is no longer root. */
const folder = '/run/takeover-frr';

/** What this machine can't do for a router with FRR, with its mend; undefined when it can. */
export function frrLimit(): string | undefined {
  if (!existsSync(zebra)) return 'FRR is not installed: install frr, then try again.';
  if (singleUser())
    return 'FRR changes its user, which a user namespace with one user forbids: run it as root.';
  return undefined;
}

async function zebraVersion(): Promise<string> {
  const { stdout } = await run([zebra, '--version']);
  return /\b\d+(\.\d+)+\b/.exec(stdout)?.[0] ?? 'unknown';
}

/** Starts a private zebra, which turns forwarding on; whoever logs in finds its `vtysh`. Ends with the namespace. */
async function startZebra({ tools }: Machine): Promise<void> {
  const limit = frrLimit();
  if (limit !== undefined) throw new LabError(limit);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'zebra.conf');
  await writeFile(config, 'hostname router\nip forwarding\nipv6 forwarding\n');
  await run(['chown', '-R', 'frr:frr', folder]);
  const own = ['-u', 'frr', '-g', 'frr', '-A', '127.0.0.1', '-P', '0', '-f', config];
  const files = ['-i', join(folder, 'zebra.pid'), '-z', join(folder, 'zserv.api'), '--vty_socket', folder];
  await startDaemon(within(routerNamespace, [zebra, ...own, ...files]), () =>
    existsSync(join(folder, 'zebra.vty')),
  );
  await writeFile(join(tools, 'vtysh'), `#!/bin/sh\nexec /usr/bin/vtysh --vty_socket ${folder} "$@"\n`, {
    mode: 0o755,
  });
  await untilForwarding();
}

/** zebra reads its configuration after it has opened its socket. */
async function untilForwarding(): Promise<void> {
  const keys = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];
  for (const deadline = Date.now() + 5_000; ; ) {
    const { stdout } = await inNamespace(routerNamespace, ['sysctl', '-n', ...keys]);
    if (
      stdout
        .trim()
        .split(/\s+/)
        .every((value) => value === '1')
    )
      return;
    if (Date.now() > deadline) throw new LabError('FRR’s zebra did not turn forwarding on within 5 s.');
  }
}
