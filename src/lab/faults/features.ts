/**
 * Faults that an operator could have configured: what managed switches do to protect the network, and what stops a
 * takeover. Made with nftables in front of the Linux bridge, with OpenFlow, and with what watches the switch's ports.
 */
import type { IngressRules } from '../bridge.js';
import type { Fault } from './fault.js';
import {
  a,
  addressSet,
  b,
  forget,
  onBridge,
  openFlow,
  remember,
  type SetChoice,
  withFlows,
  withRules,
  world,
} from './switch-rules.js';
import { answerFromTable, shutOnViolation } from './watchers.js';

/** The lab's constant address of port b. */
const ownOfB = '00:00:5e:00:53:f9';

/** The source is known at the other port: its first frame here is a move. */
const isMove = (there: string) => `ether saddr @at_${there}`;
const moves = (here: string, there: string): string[] => [
  `${isMove(there)} ${forget(`at_${there}`)}`,
  remember(`at_${here}`),
];

/** After so many moves, and more than are granted for the time, a station is kept where it is: for a while, or for good. */
function guard(moveCount: number, perMinute: number, held: SetChoice): IngressRules {
  const at = (here: string, there: string): string[] => [
    `ether saddr @held ${isMove(there)} drop`,
    `${isMove(there)} update @moves { ether saddr limit rate over ${perMinute}/minute burst ${moveCount} packets } add @held { ether saddr } drop`,
    ...moves(here, there),
  ];
  return {
    sets: [addressSet('at_a'), addressSet('at_b'), addressSet('held', held), addressSet('moves')],
    ports: { [a]: at('a', 'b'), [b]: at('b', 'a') },
  };
}

/** For a while after it has moved, a station can't move again; `what` says which frames ask for it. */
function lock(forgetAfterMs: number, what = ''): IngressRules {
  const at = (here: string, there: string): string[] => [
    `${what} ${isMove(there)} ether saddr @locked drop`,
    `${isMove(there)} add @locked { ether saddr }`,
    ...moves(here, there),
  ];
  return {
    sets: [addressSet('at_a'), addressSet('at_b'), addressSet('locked', { forgetAfterMs })],
    ports: { [a]: at('a', 'b'), [b]: at('b', 'a') },
  };
}

const limit = (what: string, rate: string): IngressRules => ({
  ports: { [b]: [`${what} limit rate over ${rate} packets drop`] },
});

/** Every form of announcement but those that are told. */
const relearns = (...triggers: readonly string[]) => triggers.map((trigger) => `switch/relearns/${trigger}`);
const dataForms = relearns('ipv4', 'ipv6', 'llc-snap', 'unknown-ethertype', 'minimum-size', 'maximum-size');
const arpForms = relearns('arp-request', 'arp-reply', 'arp-probe');
const foreign = ['foreign-data', 'foreign-broadcast', 'locally-administered', 'virtual-router'].map(
  (name) => `switch/source-filter/${name}`,
);
const arpCases = ['gratuitous-request', 'gratuitous-reply', 'request', 'reply'].map(
  (name) => `switch/arp-inspection/${name}`,
);
const locks = (...names: readonly string[]) => names.map((name) => `switch/announcement-lock/${name}`);

export const featureFaults: readonly Fault[] = [
  withRules(
    'one-address-on-b',
    'Port b carries the frames of one address, the first it heard (port security, maximum 1, restrict)',
    ['switch/port-security/*', ...foreign, ...dataForms],
    {
      sets: [addressSet('secured', { size: 1 })],
      ports: { [b]: ['add @secured { ether saddr } accept', 'drop'] },
    },
  ),
  withRules(
    'eight-addresses-on-b',
    'Port b carries the frames of eight addresses, those it heard first (port security, sticky)',
    ['switch/port-security/many-addresses'],
    {
      sets: [addressSet('secured', { size: 8 })],
      ports: { [b]: ['add @secured { ether saddr } accept', 'drop'] },
    },
  ),
  onBridge(
    'shuts-b-on-takeover',
    'A port is shut when a station speaks there that is known at another (port security, violation shutdown)',
    ['switch/port-security/takeover'],
    (lab) => shutOnViolation(lab, { violation: 'move', shuts: 'new' }),
  ),
  onBridge(
    'shuts-a-on-takeover',
    'The old port is shut when its station speaks at another (loop protection)',
    ['switch/port-security/takeover'],
    (lab) => shutOnViolation(lab, { violation: 'move', shuts: 'old' }),
  ),
  onBridge(
    'shuts-b-on-second-address',
    'Port b is shut when it hears a second address (port security, maximum 1, violation shutdown)',
    ['switch/port-security/second-address', 'switch/port-security/many-addresses'],
    (lab) => shutOnViolation(lab, { violation: 'second-address', shuts: 'new' }),
  ),
  withFlows(
    'flow-sticky',
    'A flow rule drops at port b whatever was seen at port a (sticky MAC)',
    ['switch/port-security/takeover', ...relearns('rarp')],
    [
      `table=0, priority=1, in_port=${openFlow.a}, actions=learn(table=0, priority=9, in_port=${openFlow.b}, NXM_OF_ETH_SRC[]), NORMAL`,
      'table=0, priority=0, actions=NORMAL',
    ],
  ),
  withRules(
    'guards-after-five-moves',
    'After five moves within seconds a station is held for three seconds where it is (MAC move limit)',
    ['switch/move-guard/*', 'switch/failback/ten-times'],
    guard(5, 12, { forgetAfterMs: 3_000 }),
  ),
  withRules(
    'freezes-after-three-moves',
    'After three moves in a minute a station is held where it is until an operator clears it (duplicate MAC)',
    ['switch/move-guard/twenty-moves'],
    guard(3, 1, {}),
  ),
  onBridge(
    'shuts-port-after-four-moves',
    'The port to which a station moves for the fifth time is shut (loop guard)',
    ['switch/move-guard/twenty-moves'],
    (lab) => shutOnViolation(lab, { violation: 'fifth-move', shuts: 'new' }),
  ),
  withRules(
    'locks-for-two-seconds',
    'For two seconds after a move a station can’t move again',
    locks('arp-300ms', 'arp-1000ms', 'data-300ms', 'data-1000ms'),
    lock(2_000),
  ),
  withRules(
    'locks-for-eight-seconds',
    'For eight seconds after a move a station can’t move again',
    locks('arp-300ms', 'arp-5000ms', 'data-5000ms'),
    lock(8_000),
  ),
  withRules(
    'locks-arp-for-two-seconds',
    'For two seconds after a move, ARP does not move a station again',
    locks('arp-300ms', 'arp-1000ms'),
    lock(2_000, 'ether type arp'),
  ),
  withRules(
    'inspects-arp',
    'Port b drops ARP for addresses that are bound at port a (dynamic ARP inspection)',
    [...arpCases, ...relearns('arp-request', 'arp-reply')],
    {
      sets: [addressSet('bound', { type: 'ipv4_addr' })],
      ports: {
        [a]: ['ether type arp add @bound { arp saddr ip }'],
        [b]: ['arp saddr ip @bound drop'],
      },
    },
  ),
  withRules(
    'untrusted-arp-on-b',
    'Port b drops all ARP (no binding for an untrusted port)',
    [...arpCases, ...arpForms],
    {
      ports: { [b]: ['ether type arp drop'] },
    },
  ),
  withRules(
    'inspects-nd',
    'Port b drops neighbour advertisements (ND inspection)',
    [
      'switch/arp-inspection/unsolicited-advertisement',
      'switch/arp-inspection/solicited-advertisement',
      ...relearns('unsolicited-na'),
    ],
    { ports: { [b]: ['icmpv6 type nd-neighbor-advert drop'] } },
  ),
  withFlows(
    'flow-arp-on-b',
    'A flow rule drops ARP at port b',
    [...arpCases, ...arpForms],
    [`table=0, priority=9, in_port=${openFlow.b}, arp, actions=drop`, 'table=0, priority=0, actions=NORMAL'],
  ),
  withRules(
    'limits-broadcast',
    'Port b carries fifty broadcasts a second (storm control)',
    ['burst-100', 'burst-1000', 'many-addresses'].map((name) => `switch/storm-control/${name}`),
    limit('meta pkttype broadcast', '50/second burst 20'),
  ),
  withRules(
    'limits-arp',
    'Port b carries five ARP packets a second (ARP rate limit)',
    ['burst-10', 'burst-100', 'burst-1000', 'many-addresses'].map((name) => `switch/storm-control/${name}`),
    limit('ether type arp', '5/second burst 5'),
  ),
  onBridge(
    'answers-for-the-old',
    'The switch answers ARP and neighbour solicitations from a table of its own (ARP suppression)',
    ['switch/arp-suppression/*'],
    (lab) => answerFromTable(lab),
  ),
  withRules(
    'swallows-requests',
    'ARP requests for addresses that are bound at port a are not passed on',
    ['switch/arp-suppression/ipv4'],
    {
      sets: [addressSet('bound', { type: 'ipv4_addr' })],
      ports: {
        [a]: ['ether type arp add @bound { arp saddr ip }'],
        [world]: ['arp operation request arp daddr ip @bound drop'],
      },
    },
  ),
  withRules(
    'rejects-forged-transmits',
    'Port b carries frames of its NIC’s own address only (forged transmits rejected)',
    ['switch/source-filter/foreign-data', ...relearns('ipv6')],
    { ports: { [b]: [`ether saddr != ${ownOfB} drop`] } },
  ),
  withFlows(
    'flow-source-guard',
    'A flow rule drops at port b whatever is not its NIC’s own address',
    ['switch/source-filter/foreign-broadcast', ...relearns('llc-snap')],
    [
      `table=0, priority=9, in_port=${openFlow.b}, dl_src=${ownOfB}, actions=NORMAL`,
      `table=0, priority=8, in_port=${openFlow.b}, actions=drop`,
      'table=0, priority=0, actions=NORMAL',
    ],
  ),
  withRules(
    'unauthorised-b',
    'Port b drops whatever it receives (an unauthorised 802.1X port)',
    ['switch/source-filter/own-address'],
    { ports: { [b]: ['drop'] } },
  ),
];
