/**
 * Builds a bench out of namespaces: a real software switch, real hosts, and the four test ports of the harness. Only
 * inside `enterLab`, so nothing of it can touch the machine's own network or outlive the command.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Bench, PortName } from '../bench/bench.js';
import { parseBench } from '../bench/file.js';
import { startAddressService } from './address-service.js';
import { benchFile, localPorts } from './bench-file.js';
import { buildBridge } from './bridge.js';
import { type CommandOutput, inNamespace, ip, ipBatch, LabError, run, sysctl } from './command.js';
import { insideLab, labLimits, whereIs } from './enter.js';
import { faultNamed } from './faults/index.js';
import { buildMachine } from './machine.js';
import {
  hostAddresses,
  hostNamespace,
  routerNamespace,
  switchNamespace,
  switchPort,
  worldNamespace,
} from './names.js';
import { addTestPorts, type NicKind, withoutOffloads } from './nics.js';
import { addBridge, startOpenVswitch } from './openvswitch.js';
import { buildRouter, type RouterKind, type RouterSetup, routerDevice, setUpRouter } from './router.js';
import { startServices } from './services.js';
import { setTimers, type TimerChoice } from './timers.js';
import { addVlans, labVlans } from './vlans.js';

export type SwitchKind = 'linux-bridge' | 'open-vswitch';

export type BenchSize = 'full' | 'smallest' | 'far';

export interface LabOptions {
  readonly switch: SwitchKind;
  /** The name of a fault to be made; absent: a good bench. */
  readonly fault?: string;
  /** `smallest`: World is a remote machine over SSH, and there is no monitor. `far`: World is at the router's far side,
   *  so that the switch is not certified. Default `full`. */
  readonly bench?: BenchSize;
  /** The router under test, or `none`. Default `linux`. */
  readonly router?: RouterKind | 'none';
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

function routerSetup({
  router: kind = 'linux',
  bench,
  nic,
  timers = 'default',
}: LabOptions): RouterSetup | undefined {
  return kind === 'none' || nic !== undefined ? undefined : { kind, far: bench === 'far', timers };
}

async function build(options: LabOptions): Promise<Pick<Lab, 'bench' | 'benchYaml' | 'hostTools'>> {
  const smallest = options.bench === 'smallest';
  const local = localPorts[options.bench ?? 'full'];
  const router = routerSetup(options);
  await ip('netns', 'add', switchNamespace);
  // The switch's own ports must not speak: the kernel's MLD reports would teach it addresses of its own.
  await sysctl(switchNamespace, {
    'net.ipv6.conf.default.disable_ipv6': 1,
    'net.ipv6.conf.all.disable_ipv6': 1,
  });

  const { directory } = options;
  const [host, world, routerMachine] = await together([
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
    router && buildRouter(directory),
    addTestPorts(local, options.nic ?? 'veth'),
    options.switch === 'open-vswitch' ? startOpenVswitch(switchNamespace) : undefined,
  ]);
  if (smallest && world?.ssh === undefined)
    throw new LabError(
      `The smallest bench needs World over SSH, which is left out here. ${labLimits().join(' ')}`,
    );

  const ports = [...local.map(switchPort), switchPort('host')];
  await attachHost();
  await startServices(hostNamespace, host.tools);
  if (router && routerMachine) {
    await connect(routerNamespace, 'router');
    await setUpRouter(routerMachine, router);
    ports.push(switchPort('router'));
  }
  if (world !== undefined) {
    await attachWorld();
    ports.push(switchPort('world'));
  }
  if (options.switch === 'open-vswitch') await addBridge(switchNamespace, ports);
  else await buildBridge(switchNamespace, ports);
  const vlans = options.switch === 'open-vswitch' ? labVlans : await addVlans(switchNamespace, ports);
  await setTimers(switchNamespace, options.switch, options.timers ?? 'default');
  if (options.timers === 'short') await startAddressService(hostNamespace, host.tools);

  const routers = router && routerMachine ? [await routerDevice(routerMachine, router)] : [];
  const benchYaml = await benchFile(options, { vlans, host, world, routers });
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
async function connect(namespace: string, port: PortName | 'host' | 'router'): Promise<void> {
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

/** The host under test keeps Linux' own settings; only its first addresses are not tested, which takes a second. */
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
  await sysctl(hostNamespace, { 'net.ipv6.conf.eth0.accept_dad': 1 });
}

/** World's NIC is a test port, only on another machine. */
async function attachWorld(): Promise<void> {
  await connect(worldNamespace, 'world');
  await sysctl(worldNamespace, { 'net.ipv6.conf.eth0.disable_ipv6': 1 });
  await ip('-n', worldNamespace, 'link', 'set', 'eth0', 'up');
}

/** Takes down whatever of a lab is there. */
async function demolish(): Promise<void> {
  const there = new Set(await readdir('/run/netns'));
  const namespaces = [switchNamespace, hostNamespace, worldNamespace, routerNamespace].filter((name) =>
    there.has(name),
  );
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
