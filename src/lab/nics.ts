/** The harness's own NICs in the lab. That of port a can be of several kinds, and is the NIC under test. */
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { PortName } from '../bench/bench.js';
import { activeOffloads } from '../bench/links.js';
import { setOffloads } from '../bench/undo.js';
import { ip, ipBatch, LabError, startDaemon } from './command.js';
import { nicOf, switchNamespace, switchPort } from './names.js';
import { cableProgram, cableReady } from './tap-cable.js';

export const nicKinds = ['veth', 'macvlan', 'tap'] as const;
export type NicKind = (typeof nicKinds)[number];

const offloads = ['tx', 'rx', 'sg', 'tso', 'gso', 'gro'].flatMap((name) => [name, 'off']);
export const withoutOffloads = (nic: string): string[] => ['ethtool', '-K', nic, ...offloads];

/** More than the switch's own ports take: what is longer than Ethernet allows can be sent to it. */
const testMtu = 2_000;

/** What lies below the macvlan. */
const lower = 'tko-lower';

const veth = (nic: string, far: string) =>
  `link add ${nic} mtu ${testMtu} type veth peer name ${far} netns ${switchNamespace}`;

/** Makes the NIC of each port, and its other end in the switch: no address, no IPv6 and no offloads, so that what
 *  crosses them is what a probe sent, and a run finds nothing to change. Rejects with a LabError or a BenchError. */
export async function addTestPorts(ports: readonly PortName[], kindOfA: NicKind): Promise<void> {
  const others = ports.filter((port) => port !== 'a');
  await ipBatch(others.map((port) => veth(nicOf(port), switchPort(port))));
  await addNicUnderTest(kindOfA);
  await Promise.all(ports.map(nicOf).map(makeSilent));
  await ipBatch(ports.map((port) => `link set ${nicOf(port)} up`));
  await ipBatch(
    ports.map((port) => `link set ${switchPort(port)} up`),
    switchNamespace,
  );
}

async function makeSilent(nic: string): Promise<void> {
  await writeFile(`/proc/sys/net/ipv6/conf/${nic}/disable_ipv6`, '1');
  const on = await activeOffloads(nic);
  if (on.length > 0) await setOffloads(nic, on, 'off');
}

async function addNicUnderTest(kind: NicKind): Promise<void> {
  const [nic, far] = [nicOf('a'), switchPort('a')];
  switch (kind) {
    case 'veth':
      await ipBatch([veth(nic, far)]);
      return;
    case 'macvlan':
      await ipBatch([veth(lower, far)]);
      await writeFile(`/proc/sys/net/ipv6/conf/${lower}/disable_ipv6`, '1');
      await ipBatch([`link set ${lower} up`, `link add link ${lower} name ${nic} type macvlan mode bridge`]);
      return;
    case 'tap':
      await startDaemon([process.execPath, cableProgram, nic, far], (output) =>
        output.includes(cableReady),
      ).catch((error: Error) => {
        throw new LabError(
          `A TAP device can't be made here: it needs /dev/net/tun and root. ${error.message}`,
        );
      });
      await ip('link', 'set', far, 'netns', switchNamespace);
  }
}

/** The device of a bench file that is the NIC of port a. */
export const nicDevice = (kind: NicKind) => ({
  kind: 'nic',
  vendor: 'Linux',
  model: `${kind === 'tap' ? 'TAP' : kind} NIC`,
  firmware: release(),
});
