/** Further Linux hosts on the lab's switch, without SSH. */
import type { BenchDevice } from '../../src/bench/bench.js';
import { ipBatch, sysctl } from '../../src/lab/command.js';
import type { TestLab } from './run-lab.js';

export interface MoreHost {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Beside the lab's own host and router. */
export const moreHost = (n: number): MoreHost => ({
  name: `tko-host${n}`,
  ipv4: `192.0.2.${100 + n}`,
  ipv6: `2001:db8::${100 + n}`,
});

export async function addHost(lab: TestLab, { name, ipv4, ipv6 }: MoreHost): Promise<void> {
  const port = `p-${name}`;
  await ipBatch([
    `netns add ${name}`,
    `link add eth0 netns ${name} type veth peer name ${port} netns ${lab.switchNamespace}`,
  ]);
  await sysctl(name, { 'net.ipv6.conf.eth0.accept_dad': 0 });
  await ipBatch(
    [
      'link set lo up',
      `address add ${ipv4}/24 dev eth0`,
      `address add ${ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
    ],
    name,
  );
  await sysctl(name, { 'net.ipv6.conf.eth0.accept_dad': 1 });
  await ipBatch([`link set ${port} master br0`, `link set ${port} up`], lab.switchNamespace);
}

export const removeHosts = (hosts: readonly MoreHost[]): Promise<unknown> =>
  ipBatch(hosts.map(({ name }) => `netns delete ${name}`));

export const deviceOf = (
  { name, ipv4, ipv6 }: MoreHost,
  declared: BenchDevice['declared'] = {},
): BenchDevice => ({
  kind: 'host',
  vendor: 'Linux',
  model: name,
  firmware: 'test',
  conditions: {},
  ipv4,
  ipv6,
  declared,
});
