/** Open vSwitch's userspace datapath as the switch under test: it needs no kernel module. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { inNamespace, LabError, run, startDaemon, within } from './command.js';
import { openVswitchLimit } from './enter.js';
import { labVlans } from './vlans.js';

/** Its own folder, below the lab's private /run: a socket's path must be short. */
const folder = '/run/takeover-ovs';
const environment = {
  ...process.env,
  OVS_RUNDIR: folder,
  OVS_LOGDIR: folder,
  OVS_DBDIR: folder,
  OVS_SYSCONFDIR: folder,
};
const socket = `${folder}/db.sock`;
const schema = '/usr/share/openvswitch/vswitch.ovsschema';

/** The version that `ovs-vswitchd` reports, like `3.1.0`. */
export async function openVswitchVersion(): Promise<string> {
  const { stdout } = await run(['ovs-vswitchd', '--version']);
  return /\b\d+(\.\d+)+\b/.exec(stdout)?.[0] ?? 'unknown';
}

const vsctl = (namespace: string, ...args: readonly string[]): Promise<unknown> =>
  inNamespace(namespace, ['ovs-vsctl', '--timeout=10', `--db=unix:${socket}`, ...args], { env: environment });

/** Starts a private Open vSwitch in the namespace. Its processes end with the namespace's. */
export async function startOpenVswitch(namespace: string): Promise<void> {
  const limit = openVswitchLimit();
  if (limit !== undefined) throw new LabError(limit);
  if (!existsSync(schema))
    throw new LabError(
      `Open vSwitch's schema ${schema} is missing: install openvswitch-switch, then try again.`,
    );
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const database = `${folder}/conf.db`;
  await run(['ovsdb-tool', 'create', database, schema]);
  await startDaemon(
    within(namespace, ['ovsdb-server', database, `--remote=punix:${socket}`, `--unixctl=${folder}/db.ctl`]),
    () => existsSync(socket),
    { env: environment },
  );
  await vsctl(namespace, '--no-wait', 'init');
  // A rule may then look behind the outer of two tags.
  await vsctl(namespace, '--no-wait', 'set', 'Open_vSwitch', '.', 'other_config:vlan-limit=2');
  const control = `${folder}/vswitchd.ctl`;
  await startDaemon(
    within(namespace, ['ovs-vswitchd', `unix:${socket}`, `--unixctl=${control}`]),
    () => existsSync(control),
    { env: environment },
  );
}

/** Puts the ports into `br0`, which learns and forwards at once, as trunks with an untagged VLAN. The first is OpenFlow
 *  port 1, and so on. */
export async function addBridge(namespace: string, ports: readonly string[]): Promise<void> {
  const { native, tagged } = labVlans;
  const trunks = [native, ...tagged].join(',');
  const addPorts = ports.flatMap((port, index) => [
    ...['--', 'add-port', 'br0', port],
    ...['--', 'set', 'interface', port, `ofport_request=${index + 1}`],
    ...['--', 'set', 'port', port, 'vlan_mode=native-untagged', `tag=${native}`, `trunks=${trunks}`],
  ]);
  await vsctl(namespace, 'add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev', ...addPorts);
}

/** Sets keys of the bridge's `other_config`, like `mac-aging-time`. */
export const setOtherConfig = (
  namespace: string,
  settings: Readonly<Record<string, string | number>>,
): Promise<unknown> =>
  vsctl(
    namespace,
    ...['set', 'bridge', 'br0'],
    ...Object.entries(settings).map(([key, value]) => `other_config:${key}=${value}`),
  );

/** Replaces the flow table. */
export const setFlows = (namespace: string, flows: readonly string[]): Promise<unknown> =>
  inNamespace(namespace, ['ovs-ofctl', '--protocols=OpenFlow13', 'replace-flows', 'br0', '-'], {
    env: environment,
    input: `${flows.join('\n')}\n`,
  });
