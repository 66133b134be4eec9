/** Faults of a switch that works with some failover software and not with other. */
import { ingress, setBridge, setPort } from '../bridge.js';
import { setFlows } from '../openvswitch.js';
import type { Fault } from './fault.js';
import { a, b, onBridge, onOpenVswitch, withRules } from './switch-rules.js';

const follows = (...names: readonly string[]) => names.map((name) => `switch/follows/${name}`);
const firstLost = (...names: readonly string[]) => names.map((name) => `switch/first-lost/${name}`);

/** Port b drops what matches. */
const dropping = (name: string, title: string, breaks: readonly string[], match: string): Fault =>
  withRules(name, title, breaks, { ports: { [b]: [`${match} drop`] } });

/** VRRP's and CARP's virtual routers: RFC 9568 §7.3. */
const virtualRouters = '00:00:5e:00:01:00-00:00:5e:00:02:ff';

export const profileFaults: readonly Fault[] = [
  dropping(
    'no-arp-from-b',
    'Port b drops ARP, for want of a binding (ARP inspection)',
    follows(
      'pacemaker-ipaddr2',
      'heartbeat-send-arp',
      'arping-u',
      'arping-a',
      'metallb',
      'kube-vip',
      'vip-manager',
    ),
    'ether type arp',
  ),
  dropping(
    'no-advertisement-from-b',
    'Port b drops neighbour advertisements (ND inspection)',
    [
      ...follows('pacemaker-ipaddr2-ipv6', 'metallb-ipv6', 'kube-vip-ipv6', 'linux-bonding-ipv6'),
      ...firstLost('pacemaker-ipaddr2-ipv6-1', 'pacemaker-ipaddr2-ipv6-2'),
    ],
    'icmpv6 type nd-neighbor-advert',
  ),
  dropping(
    'no-rarp-from-b',
    'Port b drops RARP, with which hypervisors announce a move',
    [
      ...follows('qemu-announce', 'vmware-notify', 'ovs-bond'),
      ...firstLost('qemu-announce-1', 'qemu-announce-2'),
    ],
    'ether type 0x8035',
  ),
  onBridge(
    'virtual-routers-pinned',
    'A virtual router’s address can’t leave the port where it was first seen',
    follows(
      'keepalived-vmac',
      'keepalived-vmac-ipv6',
      'openbsd-carp',
      'openbsd-carp-ipv6',
      'frr-vrrpd',
      'frr-vrrpd-ipv6',
      'huawei-vrrp',
    ),
    (lab) =>
      ingress(lab.switchNamespace, {
        sets: ['set seen {\n type ether_addr\n size 65535\n flags dynamic\n }'],
        ports: {
          [a]: [`ether saddr ${virtualRouters} add @seen { ether saddr }`],
          [b]: ['ether saddr @seen drop'],
        },
      }),
  ),
  onBridge(
    'holds-for-half-a-minute',
    'An address stays at its port for half a minute after it was last heard there (hold-time)',
    follows(
      'keepalived',
      'keepalived-ipv6',
      'keepalived-min',
      'keepalived-min-ipv6',
      'ucarp',
      'linux-bonding',
      'asa-swap',
    ),
    (lab) =>
      ingress(lab.switchNamespace, {
        sets: ['set at_a {\n type ether_addr\n size 65535\n flags dynamic,timeout\n timeout 30s\n }'],
        ports: { [a]: ['update @at_a { ether saddr }'], [b]: ['ether saddr @at_a drop'] },
      }),
  ),
  onBridge(
    'learns-no-repetition-on-b',
    'Port b carries announcements and learns from none of them, however often they are repeated',
    firstLost(
      'keepalived-1',
      'keepalived-6',
      'ucarp-1',
      'heartbeat-send-arp-1',
      'metallb-2',
      'qemu-announce-3',
      'qemu-announce-4',
    ),
    (lab) => setPort(lab.switchNamespace, b, 'learning', 'off'),
  ),
  onOpenVswitch(
    'flow-ignores-repetitions',
    'A flow rule keeps sending to the port where a station was first seen, whatever is repeated',
    firstLost('keepalived-vmac-ipv6-6', 'openbsd-carp-2', 'pacemaker-ipaddr2-1', 'arping-a-1'),
    async (lab) => {
      const learned = 'learn(table=1, NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[], output:NXM_OF_IN_PORT[])';
      await setFlows(lab.switchNamespace, [
        'table=0, priority=9, dl_src=00:00:00:00:00:00, actions=resubmit(,1)',
        `table=0, priority=1, in_port=1, dl_src=00:00:00:00:00:00/01:00:00:00:00:00, actions=${learned}, resubmit(,1)`,
        'table=0, priority=0, actions=resubmit(,1)',
        'table=1, priority=0, actions=NORMAL',
      ]);
    },
  ),
  onBridge('forgets-within-a-second', 'Entries are forgotten after one second', follows('silent'), (lab) =>
    setBridge(lab.switchNamespace, 'ageing_time', '100'),
  ),
  dropping(
    'announcement-limit',
    'Port b carries four broadcasts in a burst, and then one a second (storm control)',
    [],
    'meta pkttype broadcast limit rate over 1/second burst 4 packets',
  ),
];
