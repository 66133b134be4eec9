/**
 * Faults of a switch that forwards wrongly, made with nftables in front of the Linux bridge. The bridge below stays
 * correct; the rules see each frame as it comes in at a port, remember sources in sets of their own, and drop the
 * frame, send it elsewhere (`fwd`), or copy it (`dup`). They work at the kernel's own speed.
 */
import type { IngressRules } from '../bridge.js';
import type { Lab } from '../build.js';
import { everyMove } from './bridge.js';
import type { Fault } from './fault.js';
import { a, addressSet, b, each, forget, portsOf, remember, withRules } from './switch-rules.js';

/** Sources that a switch may learn: individual addresses, and not the all-zero one. */
const valid = 'ether saddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 ether saddr != 00:00:00:00:00:00';

/** Addresses that were seen on port a and then on port b are `moved`; frames to them meet `rules` at other ports. */
const afterMove = (lab: Lab, ...rules: readonly string[]): IngressRules => ({
  sets: [addressSet('seen'), addressSet('moved')],
  ports: {
    [a]: [remember('seen'), forget('moved')],
    [b]: [`ether saddr @seen ${remember('moved')}`],
    ...each(portsOf(lab, 'a', 'b'), ...rules.map((rule) => `ether daddr @moved ${rule}`)),
  },
});

/** A station that moves between a and b is still sent to at its old port for a while. */
const slowly = (lab: Lab, milliseconds: number): IngressRules => {
  const rules = (here: 'a' | 'b', there: 'a' | 'b'): string[] => [
    `ether saddr @at_${there} ${forget(`at_${there}`)} ${forget(`leaving_${here}`)} ${remember(`leaving_${there}`)}`,
    remember(`at_${here}`),
  ];
  return {
    sets: (['a', 'b'] as const).flatMap((port) => [
      addressSet(`at_${port}`),
      addressSet(`leaving_${port}`, { forgetAfterMs: milliseconds }),
    ]),
    ports: {
      [a]: rules('a', 'b'),
      [b]: rules('b', 'a'),
      ...each(
        portsOf(lab, 'a', 'b'),
        `ether daddr @leaving_a fwd to "${a}"`,
        `ether daddr @leaving_b fwd to "${b}"`,
      ),
    },
  };
};

/** The last ARP sender decides, until the station itself speaks at the other port. */
const learnArpSender = (lab: Lab): IngressRules => {
  const rules = (here: 'a' | 'b', there: 'a' | 'b'): string[] => [
    forget(`at_${there}`),
    `ether type arp ${forget(`at_${there}`, 'arp saddr ether')} ${remember(`at_${here}`, 'arp saddr ether')}`,
  ];
  return {
    sets: [addressSet('at_a'), addressSet('at_b')],
    ports: {
      [a]: rules('a', 'b'),
      [b]: rules('b', 'a'),
      ...each(portsOf(lab, 'a', 'b'), `ether daddr @at_a fwd to "${a}"`, `ether daddr @at_b fwd to "${b}"`),
    },
  };
};

/** What fails when a move is followed in part, and stays so: `relearn-time` then finds no sound state to start from. */
const lastingMove = everyMove.filter((pattern) => pattern !== 'switch/relearn-time/*');

/** After a move, copies of the station's frames come out at every port that the bridge does not send them to. */
const floodAfterMove = (lab: Lab): IngressRules => {
  const copies = portsOf(lab, 'a', 'b').map((port) => [
    port,
    portsOf(lab, 'b')
      .filter((other) => other !== port)
      .map((other) => `ether daddr @moved dup to "${other}"`),
  ]);
  const { sets = [], ports } = afterMove(lab);
  return { sets, ports: { ...ports, ...Object.fromEntries(copies) } };
};

/** Virtual routers' addresses (RFC 9568 §7.3) and those that software makes up. */
const virtualAddresses = '{ 00:00:5e:00:00:00-00:00:5e:00:02:ff, 02:00:00:00:00:00-02:ff:ff:ff:ff:ff }';

/** How nftables tells the triggers of `switch/relearns` apart; lengths are without the Ethernet header. */
const triggers: readonly (readonly [name: string, title: string, match: string])[] = [
  ['arp-request', 'ARP requests', 'arp operation request arp saddr ip != 0.0.0.0'],
  ['arp-reply', 'ARP replies', 'arp operation reply'],
  ['arp-probe', 'ARP probes', 'arp operation request arp saddr ip 0.0.0.0'],
  ['rarp', 'RARP', 'ether type 0x8035'],
  ['unsolicited-na', 'neighbour advertisements', 'icmpv6 type nd-neighbor-advert'],
  ['ipv4', 'IPv4 datagrams of middle size', 'ether type ip meta length 47-1499'],
  ['ipv6', 'UDP over IPv6', 'ip6 nexthdr udp'],
  ['llc-snap', 'LLC/SNAP frames', 'ether type < 0x0600'],
  ['unknown-ethertype', 'frames of EtherType 0x88B5', 'ether type 0x88b5'],
  ['minimum-size', 'IPv4 in frames of 64 octets', 'ether type ip meta length 46'],
  ['maximum-size', 'IPv4 in frames of 1518 octets', 'ether type ip meta length 1500'],
];

/** What fails, besides: the other probes announce by an ARP request, and one measures a datagram. */
const besides: Readonly<Record<string, readonly string[]>> = {
  'arp-request': [
    'switch/relearns/arp-request-after-silence',
    'switch/relearn-time/announced',
    'switch/failback/*',
    'switch/virtual-mac/*',
  ],
  ipv4: ['switch/relearn-time/datagram'],
};

const dropFaults = triggers.map(([trigger, title, match]) =>
  withRules(
    `drops-${trigger}-on-b`,
    `Port b drops ${title}`,
    [`switch/relearns/${trigger}`, ...(besides[trigger] ?? [])],
    () => ({ ports: { [b]: [`${match} drop`] } }),
  ),
);

export const forwardingFaults: readonly Fault[] = [
  withRules(
    'never-moves',
    'A station stays for ever at the port where it was first seen',
    everyMove,
    (lab) => ({
      sets: [addressSet('owned')],
      ports: {
        [a]: [`${valid} ${remember('owned')}`],
        ...each(portsOf(lab, 'a'), `ether daddr @owned fwd to "${a}"`),
      },
    }),
  ),
  withRules('pinned', 'Port b drops every station that was seen on port a (sticky MAC)', everyMove, () => ({
    sets: [addressSet('seen')],
    ports: { [a]: [remember('seen')], [b]: ['ether saddr @seen drop'] },
  })),
  withRules(
    'holds-for-three-seconds',
    'An address stays at its port for three seconds after it was last heard there (hold-time)',
    [
      ...triggers.map(([trigger]) => `switch/relearns/${trigger}`),
      ...everyMove.filter((pattern) => pattern !== 'switch/relearns/*'),
    ],
    () => ({
      sets: [addressSet('at_a', { forgetAfterMs: 3_000 }), addressSet('at_b', { forgetAfterMs: 3_000 })],
      ports: {
        [a]: ['ether saddr @at_b drop', 'update @at_a { ether saddr }'],
        [b]: ['ether saddr @at_a drop', 'update @at_b { ether saddr }'],
      },
    }),
  ),
  withRules(
    'virtual-mac-pinned',
    'Virtual and locally administered addresses can’t move',
    ['switch/virtual-mac/*'],
    () => ({
      sets: [addressSet('seen')],
      ports: {
        [a]: [`ether saddr ${virtualAddresses} ${remember('seen')}`],
        [b]: ['ether saddr @seen drop'],
      },
    }),
  ),
  withRules(
    'no-failback',
    'A station that left port a can’t come back to it',
    ['switch/failback/*', 'switch/relearn-time/*'],
    () => ({
      sets: [addressSet('seen'), addressSet('moved')],
      ports: {
        [a]: ['ether saddr @moved drop', remember('seen')],
        [b]: [`ether saddr @seen ${remember('moved')}`],
      },
    }),
  ),
  withRules(
    'blackhole-after-move',
    'After a move, frames to the station come out nowhere',
    lastingMove,
    (lab) => afterMove(lab, 'drop'),
  ),
  withRules(
    'mirrors-to-old',
    'After a move, both the old and the new port get the frames',
    lastingMove,
    (lab) => afterMove(lab, `dup to "${a}"`),
  ),
  withRules(
    'floods-after-move',
    'After a move, frames to the station come out at every port',
    lastingMove,
    floodAfterMove,
  ),
  withRules('relearns-in-300-ms', 'A move takes effect 300 ms after its announcement', [], (lab) =>
    slowly(lab, 300),
  ),
  withRules('slow-relearn', 'A move takes effect 1.5 s after its announcement', everyMove, (lab) =>
    slowly(lab, 1500),
  ),
  withRules(
    'learns-invalid-source',
    'Group and all-zero source addresses are learned',
    ['switch/group-source/*'],
    (lab) => ({
      sets: [addressSet('learned')],
      ports: {
        [a]: [
          `ether saddr & 01:00:00:00:00:00 != 00:00:00:00:00:00 ${remember('learned')}`,
          `ether saddr 00:00:00:00:00:00 ${remember('learned')}`,
        ],
        ...each(portsOf(lab, 'a'), `ether daddr @learned fwd to "${a}"`),
      },
    }),
  ),
  withRules(
    'learns-arp-sender',
    'The sender inside an ARP packet is learned, not the frame’s source',
    ['switch/eth-source/*'],
    learnArpSender,
  ),
  withRules(
    'storm-control',
    'Port b carries three broadcasts in a burst, and then one each three seconds',
    ['switch/failback/ten-times'],
    () => ({
      ports: { [b]: ['meta pkttype broadcast limit rate over 20/minute burst 3 packets drop'] },
    }),
  ),
  ...dropFaults,
];
