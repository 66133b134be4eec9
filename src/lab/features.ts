/** What this kernel can do, found by trying: a list of modules would not tell what is built in. */
import { inNamespace, ip, LabError, nft, sysctl } from './command.js';
import { insideLab } from './enter.js';

export interface Feature {
  readonly name: string;
  /** What the system said when it was tried; absent: it is there. */
  readonly lacks?: string;
}

const namespace = 'tko-features';

const link = (...words: readonly string[]) => inNamespace(namespace, ['ip', 'link', ...words]);

/** A rule ahead of the switch's port, tried on the loopback, which every namespace has. */
const ingressRule = (name: string, rule: string, set = '') =>
  nft(
    namespace,
    `table netdev ${name} {\n${set}\nchain in {\ntype filter hook ingress device "lo" priority 0\n${rule}\n}\n}\n`,
  );

/** Each stands alone: they are tried at the same time. */
const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
  'Linux bridge': () => link('add', 'try-bridge', 'type', 'bridge'),
  'bridge vlan_filtering': () => link('add', 'try-vlans', 'type', 'bridge', 'vlan_filtering', '1'),
  'bridge port locking': async () => {
    await link('add', 'try-locked', 'type', 'bridge');
    await link('add', 'try-port', 'type', 'veth', 'peer', 'name', 'try-peer');
    await link('set', 'try-port', 'master', 'try-locked');
    await inNamespace(namespace, ['bridge', 'link', 'set', 'dev', 'try-port', 'locked', 'on']);
  },
  '802.1Q devices': () => link('add', 'link', 'lo', 'name', 'try-q', 'type', 'vlan', 'id', '7'),
  macvlan: async () => {
    await link('add', 'try-lower', 'type', 'veth', 'peer', 'name', 'try-far');
    await link('add', 'link', 'try-lower', 'name', 'try-macvlan', 'type', 'macvlan');
  },
  bonding: () => link('add', 'try-bond', 'type', 'bond'),
  netem: async () => {
    await link('add', 'try-slow', 'type', 'veth', 'peer', 'name', 'try-slower');
    await inNamespace(namespace, ['tc', 'qdisc', 'add', 'dev', 'try-slow', 'root', 'netem', 'delay', '1ms']);
  },
  TAP: () => inNamespace(namespace, ['ip', 'tuntap', 'add', 'try-tap', 'mode', 'tap']),
  'nftables fwd': () => ingressRule('try_fwd', 'fwd to "lo"'),
  'nftables dup': () => ingressRule('try_dup', 'dup to "lo"'),
  'nftables dynamic sets': () =>
    ingressRule(
      'try_sets',
      'add @seen { ether saddr }',
      'set seen {\n type ether_addr\n size 16\n flags dynamic,timeout\n timeout 300ms\n}',
    ),
  'nftables ARP': () =>
    nft(
      namespace,
      'table arp try {\nchain in {\ntype filter hook input priority 0\narp saddr ip set 192.0.2.1\n}\n}\n',
    ),
  accept_untracked_na: () => sysctl(namespace, { 'net.ipv6.conf.lo.accept_untracked_na': 1 }),
};

/** Tries each feature of the kernel that the lab and its faults use. Rejects with a LabError outside a lab. */
export async function features(): Promise<Feature[]> {
  if (!insideLab())
    throw new LabError('Features are tried only inside the lab: start it by way of enterLab.');
  await ip('netns', 'add', namespace);
  try {
    return await Promise.all(
      Object.entries(attempts).map(([name, attempt]) =>
        attempt().then(
          () => ({ name }),
          (error: Error) => ({ name, lacks: error.message }),
        ),
      ),
    );
  } finally {
    await ip('netns', 'delete', namespace);
  }
}
