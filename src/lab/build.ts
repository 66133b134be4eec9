/**
 * Builds a bench out of namespaces: a real software switch, real hosts, and the four test ports of the harness. Only
 * inside `enterLab`, so nothing of it can touch the machine's own network or outlive the command.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { release } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Bench, PortName } from '../bench/bench.js';
import { parseBench } from '../bench/file.js';
import type { DeclaredVlans } from '../evidence/recording.js';
import { buildBridge } from './bridge.js';
import { type CommandOutput, inNamespace, ip, ipBatch, LabError, run, sysctl } from './command.js';
import { insideLab, labLimits, whereIs } from './enter.js';
import { faultNamed } from './faults/index.js';
import { buildMachine, type Machine } from './machine.js';
import { hostAddresses, hostNamespace, nicOf, switchNamespace, switchPort, worldNamespace } from './names.js';
import { addTestPorts, type NicKind, nicDevice, withoutOffloads } from './nics.js';
import { addBridge, openVswitchVersion, startOpenVswitch } from './openvswitch.js';
import { setTimers, type TimerChoice, timersOf } from './timers.js';
import { addVlans, labVlans } from './vlans.js';

export type SwitchKind = 'linux-bridge' | 'open-vswitch';

export interface LabOptions {
  readonly switch: SwitchKind;
  /** The name of a fault to be made; absent: a good bench. */
  readonly fault?: string;
  /** `smallest`: World is a remote machine over SSH, and there is no monitor. Default `full`. */
  readonly bench?: 'full' | 'smallest';
  /** `short`: the switch's timers are set to seconds, so that slow cases are soon done. Default `default`. */
  readonly timers?: TimerChoice;
  /** The NIC of port a, and the only device that is certified; absent: a veth, and every device is. */
  readonly nic?: NicKind;
  /** Keys, known_hosts and server settings are written here. */
  readonly directory: string;
}

export interface Lab {
  readonly bench: Bench;
  /** What the lab wrote lies here; it ends with the lab. */
  readonly directory: string;
  /** The same bench as a file that an operator could have written. */
  readonly benchYaml: string;
  readonly switchNamespace: string;
  readonly hostNamespace: string;
  /** The first folder of the PATH of whoever logs in to the host: a program put there hides the system's own. */
  readonly hostTools: string;
  /** Runs a command in one of the lab's namespaces. Rejects with a LabError when it fails. */
  exec(namespace: string, argv: readonly string[]): Promise<CommandOutput>;
  /** Ends every process of the lab and removes its namespaces and ports; idempotent. */
  close(): Promise<void>;
}

/** Builds a lab. Rejects with a LabError, having removed what was built so far. One at a time in each `enterLab`. */
export async function buildLab(options: LabOptions): Promise<Lab> {
  if (!insideLab())
    throw new LabError('A lab is built only inside namespaces of its own: start it by way of enterLab.');
  const fault = options.fault === undefined ? undefined : faultNamed(options.fault, options.switch);
  if (existsSync(`/run/netns/${switchNamespace}`))
    throw new LabError('There is a lab already: close it before the next is built.');
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= demolish();
    return closed;
  };
  try {
    const lab: Lab = {
      ...(await build(options)),
      directory: options.directory,
      switchNamespace,
      hostNamespace,
      exec: (namespace, argv) => inNamespace(namespace, argv),
      close,
    };
    await fault?.apply(lab);
    return lab;
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(options: LabOptions): Promise<Pick<Lab, 'bench' | 'benchYaml' | 'hostTools'>> {
  const smallest = options.bench === 'smallest';
  const local: PortName[] = smallest ? ['a', 'b'] : ['a', 'b', 'world', 'monitor'];
  await ip('netns', 'add', switchNamespace);
  // The switch's own ports must not speak: the kernel's MLD reports would teach it addresses of its own.
  await sysctl(switchNamespace, {
    'net.ipv6.conf.default.disable_ipv6': 1,
    'net.ipv6.conf.all.disable_ipv6': 1,
  });

  const { directory } = options;
  const [host, world] = await together([
    buildMachine({
      name: hostNamespace,
      managementLink: 'tko-mgmt',
      management: ['198.51.100.1', '198.51.100.2'],
      directory,
    }),
    smallest
      ? buildMachine({
          name: worldNamespace,
          managementLink: 'tko-mgmt-world',
          management: ['198.51.100.5', '198.51.100.6'],
          directory,
        })
      : undefined,
    addTestPorts(local, options.nic ?? 'veth'),
    options.switch === 'open-vswitch' ? startOpenVswitch(switchNamespace) : undefined,
  ]);
  if (smallest && world?.ssh === undefined)
    throw new LabError(
      `The smallest bench needs World over SSH, which is left out here. ${labLimits().join(' ')}`,
    );

  const ports = [...local.map(switchPort), switchPort('host')];
  await attachHost();
  if (world !== undefined) {
    await attachWorld();
    ports.push(switchPort('world'));
  }
  if (options.switch === 'open-vswitch') await addBridge(switchNamespace, ports);
  else await buildBridge(switchNamespace, ports);
  const vlans = options.switch === 'open-vswitch' ? labVlans : await addVlans(switchNamespace, ports);
  await setTimers(switchNamespace, options.switch, options.timers ?? 'default');

  const benchYaml = await benchFile(options, local, vlans, host, world);
  const bench = parseBench(benchYaml, { file: 'the lab’s bench file', directory });
  return { bench, benchYaml, hostTools: host.tools };
}

/** Waits for all, also when one of them fails, so that nothing is still being built when it is taken down. */
async function together<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** Connects `eth0` of a machine with the switch. */
async function connect(namespace: string, port: PortName | 'host'): Promise<void> {
  await ip(
    ...`link add eth0 netns ${namespace} type veth peer name ${switchPort(port)} netns ${switchNamespace}`.split(
      ' ',
    ),
  );
  await together([
    inNamespace(namespace, withoutOffloads('eth0')),
    ip('-n', switchNamespace, 'link', 'set', switchPort(port), 'up'),
  ]);
}

/** The host under test keeps Linux' own settings, but for duplicate address detection, which takes a second. */
async function attachHost(): Promise<void> {
  await connect(hostNamespace, 'host');
  await sysctl(hostNamespace, { 'net.ipv6.conf.eth0.accept_dad': 0 });
  await ipBatch(
    [
      `address add ${hostAddresses.ipv4}/24 dev eth0`,
      `address add ${hostAddresses.ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
    ],
    hostNamespace,
  );
}

/** World's NIC is a test port, only on another machine. */
async function attachWorld(): Promise<void> {
  await connect(worldNamespace, 'world');
  await sysctl(worldNamespace, { 'net.ipv6.conf.eth0.disable_ipv6': 1 });
  await ip('-n', worldNamespace, 'link', 'set', 'eth0', 'up');
}

/** The switch's own address, which both kinds give to the interface by which they are managed. */
async function ownAddress(): Promise<string> {
  const { stdout } = await ip('-n', switchNamespace, '-j', 'link', 'show', 'br0');
  const [bridge] = JSON.parse(stdout) as readonly { readonly address: string }[];
  if (bridge === undefined) throw new LabError('The switch has no interface br0.');
  return bridge.address;
}

/** Open vSwitch's own default (ovs-vswitchd.conf.db(5)); the Linux bridge knows no limit. */
const labTableSize = 8_192;

/** The bench file that an operator of this bench could have written. */
async function benchFile(
  options: LabOptions,
  local: readonly PortName[],
  vlans: DeclaredVlans | undefined,
  host: Machine,
  world: Machine | undefined,
): Promise<string> {
  const { fault } = options;
  const faulty = fault === undefined ? {} : { conditions: { fault } };
  const bridge = { vendor: 'Linux', model: 'bridge', firmware: release() };
  const device =
    options.switch === 'linux-bridge'
      ? bridge
      : { vendor: 'Open vSwitch', model: 'userspace datapath', firmware: await openVswitchVersion() };
  const file = {
    bench: `virtual lab, ${options.switch}${fault === undefined ? '' : `, made faulty: ${fault}`}`,
    ports: {
      ...Object.fromEntries(local.map((port) => [port, nicOf(port)])),
      ...(world && { world: { interface: 'eth0', ssh: world.ssh } }),
    },
    devices: [
      {
        kind: 'switch',
        ...device,
        ...faulty,
        mac: await ownAddress(),
        timers: timersOf(options.switch, options.timers ?? 'default'),
        tableSize: labTableSize,
        ...(vlans && { vlans }),
      },
      {
        kind: 'host',
        vendor: 'Linux',
        model: 'network stack',
        firmware: release(),
        ...faulty,
        ...hostAddresses,
        interface: 'eth0',
        ...(host.ssh && { ssh: host.ssh }),
      },
      { ...nicDevice(options.nic ?? 'veth'), ...faulty },
    ].filter(({ kind }) => options.nic === undefined || kind === 'nic'),
  };
  return stringify(file, { aliasDuplicateObjects: false });
}

/** Takes down whatever of a lab is there. */
async function demolish(): Promise<void> {
  const there = new Set(await readdir('/run/netns'));
  const namespaces = [switchNamespace, hostNamespace, worldNamespace].filter((name) => there.has(name));
  await together(namespaces.map(endProcesses));
  const links = (await readdir('/proc/sys/net/ipv4/conf')).filter((nic) => nic.startsWith('tko-'));
  await ipBatch([
    ...links.map((nic) => `link delete ${nic}`),
    ...namespaces.map((name) => `netns delete ${name}`),
  ]);
  // Rules of a faulty NIC wait for the next one of its name.
  if (whereIs('nft') !== undefined) await run(['nft', 'flush', 'ruleset']);
}

/** Kills every process in a namespace and waits until none is left. */
async function endProcesses(namespace: string): Promise<void> {
  for (const deadline = Date.now() + 5000; ; ) {
    const { stdout } = await ip('netns', 'pids', namespace);
    const pids = stdout.split('\n').filter(Boolean).map(Number);
    if (pids.length === 0) return;
    if (Date.now() > deadline)
      throw new LabError(`Processes ${pids.join(', ')} of ${namespace} can't be ended.`);
    for (const pid of pids) kill(pid);
    await setTimeout(5);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself
  }
}
