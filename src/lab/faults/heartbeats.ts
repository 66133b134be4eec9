/** Faults that silence a cluster's heartbeats, or relay what must stay on its link: settings of the bridge's multicast
 *  snooping, and nftables rules ahead of it. */
import { setBridge, setPort } from '../bridge.js';
import type { Lab } from '../build.js';
import { switchPort } from '../names.js';
import type { Fault } from './fault.js';
import { a, addressSet, b, declaredOf, onBridge, portsOf, withRules, world } from './switch-rules.js';

/** Groups for documentation (RFC 6676), sent to by their own MAC addresses. */
const someGroup = 'meta pkttype multicast ip daddr 233.252.0.0/24';

/** A set of groups; with a time, each is forgotten that long after it was last reported. */
const groups = (name: string, forgetAfterMs?: number): string =>
  addressSet(name, {
    type: 'ipv4_addr',
    size: 1024,
    ...(forgetAfterMs !== undefined && { forgetAfterMs }),
  });

/** The membership interval that the lab's bench file declares. */
const membershipMs = (lab: Lab): number => declaredOf(lab).groupMembershipMs ?? 260_000;

const isGroup = 'ether daddr & 01:00:00:00:00:00 != 00:00:00:00:00:00';
const isIndividual = 'ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00';

export const heartbeatFaults: readonly Fault[] = [
  onBridge(
    'no-multicast-flood',
    'Port b gets no groups but those that a membership holds open, not even 224.0.0.x (mcast_flood off)',
    ['switch/heartbeat-link-local/*', 'switch/heartbeat-ipv6/all-nodes'],
    (lab) => setPort(lab.switchNamespace, switchPort('b'), 'mcast_flood', 'off'),
  ),
  withRules(
    'prunes-joined-link-local',
    'Once somebody has reported 224.0.0.18, its packets go only there',
    ['switch/heartbeat-link-local/vrrp-joined'],
    () => ({
      sets: [groups('joined')],
      ports: {
        [world]: ['ip protocol igmp ip daddr 224.0.0.0/24 add @joined { ip daddr }'],
        [a]: [`ip protocol != igmp ip daddr @joined fwd to "${world}"`],
        [b]: [`ip protocol != igmp ip daddr @joined fwd to "${world}"`],
      },
    }),
  ),
  onBridge(
    'snooping-with-querier',
    'The switch snoops, and is its VLAN’s querier: groups that nobody has joined are pruned',
    ['switch/heartbeat-unregistered-group/unreported'],
    async (lab) => {
      // Snooping begins when hosts have had time to answer the first query: hundredths of a second.
      await setBridge(lab.switchNamespace, 'mcast_query_response_interval', '10');
      await setBridge(lab.switchNamespace, 'mcast_querier', '1');
    },
  ),
  withRules(
    'forgets-members',
    'Groups are carried for as long as a report of theirs is remembered, and nobody asks for new ones',
    ['switch/heartbeat-unregistered-group/*'],
    (lab) => ({
      sets: [groups('members', membershipMs(lab))],
      ports: Object.fromEntries(
        portsOf(lab).map((port) => [
          port,
          [
            `ip protocol igmp ${someGroup} update @members { ip daddr } accept`,
            `${someGroup} ip daddr != @members drop`,
          ],
        ]),
      ),
    }),
  ),
  withRules(
    'group-stays-on-a',
    'World’s packets to a group go to port a, whoever reports it elsewhere (static group entry)',
    ['switch/heartbeat-joined-group/*'],
    () => ({ ports: { [world]: [`ip protocol != igmp ${someGroup} fwd to "${a}"`] } }),
  ),
  withRules(
    'drops-ipv6-groups-on-b',
    'Port b drops IPv6 packets to groups',
    ['switch/heartbeat-ipv6/*'],
    () => ({ ports: { [b]: ['ether type ip6 meta pkttype multicast drop'] } }),
  ),
  withRules(
    'drops-heartbeat-ethertype-on-b',
    'Port b drops frames of EtherType 0x8890 (protocol filter)',
    ['switch/heartbeat-ethertype/*'],
    () => ({ ports: { [b]: ['ether type 0x8890 drop'] } }),
  ),
  withRules(
    'checks-address-kinds-on-b',
    'Port b drops frames of which one address is a group’s and the other is not',
    ['switch/heartbeat-mismatch/*'],
    () => ({
      ports: {
        [b]: [
          `${isIndividual} ip daddr 224.0.0.0/4 drop`,
          `${isGroup} ether daddr != ff:ff:ff:ff:ff:ff ip daddr < 224.0.0.0 drop`,
        ],
      },
    }),
  ),
  withRules(
    'relays-reserved-groups',
    'Frames from port a to 01-80-C2-00-00-00 to -0F come out at port b',
    ['mac-control', 'slow-protocols', 'port-access', 'lldp', 'others'].map(
      (id) => `switch/reserved-group/${id}`,
    ),
    () => ({ ports: { [a]: [`ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 dup to "${b}"`] } }),
  ),
];
