/**
 * A segment with many hosts, each a namespace with the real kernel's ARP and NDP, and habits of its own: what a survey
 * is shown and tested on. Only inside `enterLab`.
 */
import { writeFile } from 'node:fs/promises';
import { ipv4Plus } from '../frame/index.js';
import { inNamespace, ipBatch, LabError, nft, run } from './command.js';
import { insideLab } from './enter.js';
import { withoutOffloads } from './nics.js';

/** How a host of the crowd differs from Linux as it comes. */
interface Habit {
  /** Kernel variables of its eth0, below net. */
  readonly settings?: Readonly<Record<string, number>>;
  /** nftables rules, by family, for what comes in. `$HOST` is its address. */
  readonly drops?: readonly (readonly [family: 'arp' | 'inet', rule: string])[];
}

export const habits = {
  /** Linux as it comes. */
  plain: {},
  /** Misses every announcement: RFC 826's gratuitous ARP and unsolicited advertisements are dropped. */
  deaf: { settings: { 'ipv4.conf.eth0.drop_gratuitous_arp': 1, 'ipv6.conf.eth0.drop_unsolicited_na': 1 } },
  /** Makes entries from announcements. */
  'creates-entries': { settings: { 'ipv4.conf.eth0.arp_accept': 1 } },
  /** Takes what changes an entry at any age. */
  'without-lock': { settings: { 'ipv4.neigh.eth0.locktime': 0 } },
  /** Hears no announcement by reply. */
  'only-requests': { drops: [['arp', 'meta pkttype broadcast arp operation reply drop']] },
  /** Hears no announcement by request. */
  'only-replies': {
    drops: [['arp', 'meta pkttype broadcast arp operation request arp daddr ip != $HOST drop']],
  },
  /** Answers no echo request. */
  'no-echo': {
    drops: [
      ['inet', 'icmp type echo-request drop'],
      ['inet', 'icmpv6 type echo-request drop'],
    ],
  },
} as const satisfies Readonly<Record<string, Habit>>;

export type HabitName = keyof typeof habits;

export interface CrowdHost {
  readonly habit: HabitName;
  readonly namespace: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface Crowd {
  /** The harness's NICs on the segment. */
  readonly nic: string;
  readonly nicB: string;
  readonly hosts: readonly CrowdHost[];
  readonly close: () => Promise<void>;
}

export interface CrowdOptions {
  /** Of each host, in the order of its addresses. */
  readonly habits: readonly HabitName[];
  /** The first host's, and how long its prefix is. */
  readonly firstIpv4: string;
  readonly prefix: number;
}

const segment = 'tko-segment';
const bridge = 'tko-br0';
export const crowdIpv6 = '2001:db8:0:5::/64';

/** How many namespaces are set up at a time. */
const atOnce = 8;

/** Rejects with a LabError. */
export async function buildCrowd({ habits: wanted, firstIpv4, prefix }: CrowdOptions): Promise<Crowd> {
  if (!insideLab())
    throw new LabError('A crowd is built only inside namespaces of its own: start it by way of enterLab.');
  const hosts = wanted.map(
    (habit, index): CrowdHost => ({
      habit,
      namespace: `tko-h${index + 1}`,
      ipv4: ipv4Plus(firstIpv4, index),
      ipv6: crowdIpv6.replace('/64', (index + 1).toString(16)),
    }),
  );
  const nics = { nic: 'tko-a', nicB: 'tko-b' };
  await ipBatch([segment, ...hosts.map(({ namespace }) => namespace)].map((name) => `netns add ${name}`));
  await ipBatch([
    ...hosts.map(
      ({ namespace }, index) =>
        `link add eth0 netns ${namespace} type veth peer name h${index + 1} netns ${segment}`,
    ),
    ...Object.values(nics).map((nic) => `link add ${nic} type veth peer name sw-${nic} netns ${segment}`),
  ]);
  await inNamespace(segment, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
  await ipBatch(
    [
      `link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${bridge} up`,
      ...hosts.map((_, index) => `link set h${index + 1} master ${bridge} up`),
      ...Object.values(nics).map((nic) => `link set sw-${nic} master ${bridge} up`),
    ],
    segment,
  );
  for (const nic of Object.values(nics)) {
    await writeFile(`/proc/sys/net/ipv6/conf/${nic}/disable_ipv6`, '1');
    await run(withoutOffloads(nic));
  }
  await ipBatch(Object.values(nics).map((nic) => `link set ${nic} up`));
  const left = [...hosts];
  const work = async () => {
    for (let host = left.shift(); host; host = left.shift()) await setUp(host, prefix);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return {
    ...nics,
    hosts,
    close: async () => {
      await ipBatch([
        ...Object.values(nics).map((nic) => `link delete ${nic}`),
        ...[segment, ...hosts.map(({ namespace }) => namespace)].map((name) => `netns delete ${name}`),
      ]);
    },
  };
}

async function setUp({ namespace, ipv4, ipv6, habit }: CrowdHost, prefix: number): Promise<void> {
  await ipBatch(
    [
      'link set lo up',
      `address add ${ipv4}/${prefix} dev eth0`,
      `address add ${ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
    ],
    namespace,
  );
  const { settings, drops }: Habit = habits[habit];
  if (settings) {
    const values = Object.entries(settings).map(([name, value]) => `net.${name}=${value}`);
    await inNamespace(namespace, ['sysctl', '-qw', ...values]);
  }
  if (drops) {
    const chains = drops.map(([family, rule], index) => {
      const words = rule.replaceAll('$HOST', ipv4);
      return `table ${family} habit${index} {\nchain c {\ntype filter hook input priority 0\n${words}\n}\n}`;
    });
    await nft(namespace, `${chains.join('\n')}\n`);
  }
}
