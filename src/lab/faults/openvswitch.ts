/** Faults of Open vSwitch, made with OpenFlow's `learn` action in front of its own learning. */
import { setFlows, setOtherConfig } from '../openvswitch.js';
import { everyMove } from './bridge.js';
import type { Fault } from './fault.js';

/** Table 1 forwards: as table 0 has taught it, else as the switch itself has learned. */
const forward = 'resubmit(,1)';
const forwardAll = [`table=0, priority=0, actions=${forward}`, 'table=1, priority=0, actions=NORMAL'];

/** Frames that match teach table 1 to send to the address in `field` where they came in, until another one does. */
const teach = (match: string, field: string): string =>
  `table=0, ${match}, actions=learn(table=1, NXM_OF_ETH_DST[]=${field}[], output:NXM_OF_IN_PORT[]), ${forward}`;

/** Sources that a switch may learn: individual addresses, and not the all-zero one, which a rule above these takes. */
const valid = 'dl_src=00:00:00:00:00:00/01:00:00:00:00:00';
const invalid = `table=0, priority=9, dl_src=00:00:00:00:00:00, actions=${forward}`;

/** OpenFlow's numbers of ports a and b. */
const [a, b] = [1, 2];

const flows = (name: string, title: string, breaks: readonly string[], rules: readonly string[]): Fault => ({
  name,
  title,
  device: 'switch',
  switch: 'open-vswitch',
  breaks,
  apply: async (lab) => {
    await setFlows(lab.switchNamespace, rules);
  },
});

export const openVswitchFaults: readonly Fault[] = [
  {
    name: 'relays-bpdus',
    title: 'Frames to the reserved group addresses are forwarded (forward-bpdu)',
    device: 'switch',
    switch: 'open-vswitch',
    breaks: ['switch/reserved-group/*'],
    apply: async (lab) => {
      await setOtherConfig(lab.switchNamespace, { 'forward-bpdu': 'true' });
    },
  },
  flows(
    'flow-never-moves',
    'A flow rule keeps sending to the port where a station was first seen',
    everyMove,
    [invalid, teach(`priority=1, in_port=${a}, ${valid}`, 'NXM_OF_ETH_SRC'), ...forwardAll],
  ),
  flows(
    'flow-learns-arp-sender',
    'A flow rule learns the sender inside an ARP packet, not the frame’s source',
    ['switch/eth-source/*'],
    [
      invalid,
      ...[a, b].flatMap((port) => [
        teach(`priority=2, in_port=${port}, ${valid}, arp`, 'NXM_NX_ARP_SHA'),
        teach(`priority=1, in_port=${port}, ${valid}`, 'NXM_OF_ETH_SRC'),
      ]),
      ...forwardAll,
    ],
  ),
];
