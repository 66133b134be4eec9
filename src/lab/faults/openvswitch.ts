/** Faults of Open vSwitch, made with OpenFlow's `learn` action in front of its own learning. */
import { setOtherConfig } from '../openvswitch.js';
import { everyMove } from './bridge.js';
import type { Fault } from './fault.js';
import { onOpenVswitch, openFlow, withFlows } from './switch-rules.js';

/** Table 1 forwards: as table 0 has taught it, else as the switch itself has learned. */
const forward = 'resubmit(,1)';
const forwardAll = [`table=0, priority=0, actions=${forward}`, 'table=1, priority=0, actions=NORMAL'];

/** Frames that match teach table 1 to send to the address in `field` where they came in, until another one does. */
const teach = (match: string, field: string): string =>
  `table=0, ${match}, actions=learn(table=1, NXM_OF_ETH_DST[]=${field}[], output:NXM_OF_IN_PORT[]), ${forward}`;

/** Sources that a switch may learn: individual addresses, and not the all-zero one, which a rule above these takes. */
const valid = 'dl_src=00:00:00:00:00:00/01:00:00:00:00:00';
const invalid = `table=0, priority=9, dl_src=00:00:00:00:00:00, actions=${forward}`;

export const openVswitchFaults: readonly Fault[] = [
  onOpenVswitch(
    'relays-bpdus',
    'Frames to the reserved group addresses are forwarded (forward-bpdu)',
    ['switch/reserved-group/*'],
    (lab) => setOtherConfig(lab.switchNamespace, { 'forward-bpdu': 'true' }),
  ),
  withFlows(
    'flow-never-moves',
    'A flow rule keeps sending to the port where a station was first seen',
    everyMove,
    [invalid, teach(`priority=1, in_port=${openFlow.a}, ${valid}`, 'NXM_OF_ETH_SRC'), ...forwardAll],
  ),
  withFlows(
    'flow-learns-arp-sender',
    'A flow rule learns the sender inside an ARP packet, not the frame’s source',
    ['switch/eth-source/*'],
    [
      invalid,
      ...[openFlow.a, openFlow.b].flatMap((port) => [
        teach(`priority=2, in_port=${port}, ${valid}, arp`, 'NXM_NX_ARP_SHA'),
        teach(`priority=1, in_port=${port}, ${valid}`, 'NXM_OF_ETH_SRC'),
      ]),
      ...forwardAll,
    ],
  ),
];
