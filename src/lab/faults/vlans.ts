/** Faults of a switch with VLANs, made with OpenFlow rules around Open vSwitch's own forwarding. */
import { labVlans } from '../vlans.js';
import type { Fault } from './fault.js';
import { openFlow, withFlows } from './switch-rules.js';

const [x, y] = labVlans.tagged;

/** A match for a tag with that VID: OpenFlow sets bit 12 where there is a tag. */
const vid = (value: number): string => `vlan_vid=${0x1000 | value}`;
const tagged = 'vlan_vid=0x1000/0x1000';
const setVid = (value: number): string => `set_field:${0x1000 | value}->vlan_vid`;

/** Individual source addresses. */
const individual = 'dl_src=00:00:00:00:00:00/01:00:00:00:00:00';
/** Table 1 forwards: as table 0 has taught it, else as the switch itself has learned. */
const forward = 'resubmit(,1)';
const asLearned = 'table=1, priority=0, actions=NORMAL';
const otherwise = 'table=0, priority=0, actions=NORMAL';

/** The source is sent to where it came in: in its own VLAN, or in all of them. */
const teach = (match: string, priority: number, inItsVlan: boolean): string => {
  const vlan = inItsVlan ? 'NXM_OF_VLAN_TCI[0..11],' : '';
  const learn = `learn(table=1,priority=${priority},${vlan}NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])`;
  return `table=0, priority=${priority}, ${match}, actions=${learn},${forward}`;
};

export const vlanFaults: readonly Fault[] = [
  withFlows(
    'shared-vlan-learning',
    'All VLANs share what is learned (SVL)',
    ['switch/vlan-independence/separate'],
    [teach(individual, 1, false), asLearned],
  ),
  withFlows(
    'moves-in-every-vlan',
    'What port b says in one VLAN holds in all of them, and for good',
    ['switch/vlan-independence/move', 'switch/vlan-tagged-move/back'],
    [teach(individual, 1, true), teach(`in_port=${openFlow.b}, ${individual}`, 2, false), asLearned],
  ),
  withFlows(
    'drops-tagged-broadcasts-on-b',
    'Port b drops broadcasts that have a tag',
    ['switch/vlan-tagged-move/to-tagged'],
    [
      `table=0, priority=1, in_port=${openFlow.b}, ${tagged}, dl_dst=ff:ff:ff:ff:ff:ff, actions=drop`,
      otherwise,
    ],
  ),
  withFlows(
    'drops-priority-tagged-on-b',
    'Port b drops frames with VID 0',
    ['switch/vlan-priority-tag/*'],
    [`table=0, priority=1, in_port=${openFlow.b}, vlan_vid=0x1000/0x1fff, actions=drop`, otherwise],
  ),
  withFlows(
    'takes-any-vid',
    'Frames with a VID that no port carries come in as untagged ones',
    ['switch/vlan-membership/*', 'switch/vlan-4095/not-learned'],
    [
      ...[0, labVlans.native, ...labVlans.tagged].map(
        (carried) => `table=0, priority=2, ${vid(carried)}, actions=NORMAL`,
      ),
      `table=0, priority=1, ${tagged}, actions=pop_vlan,NORMAL`,
      otherwise,
    ],
  ),
  withFlows(
    'relays-vid-4095',
    'Frames with the reserved VID 4095 come out at every port',
    ['switch/vlan-4095/not-relayed'],
    [`table=0, priority=1, ${vid(4095)}, actions=FLOOD`, otherwise],
  ),
  withFlows(
    'leaks-between-vlans',
    'What World sends in one VLAN comes out in another one too',
    ['switch/vlan-leak/*'],
    [
      `table=0, priority=1, in_port=${openFlow.world}, ${vid(x ?? 0)}, actions=NORMAL,${setVid(y ?? 0)},NORMAL`,
      otherwise,
    ],
  ),
  withFlows(
    'goes-by-inner-tag',
    'The inner tag of a frame with two counts',
    ['switch/vlan-double-tag/*'],
    [
      `table=0, priority=1, ${tagged}, actions=move:NXM_OF_VLAN_TCI[0..12]->NXM_NX_REG0[0..12],pop_vlan,${forward}`,
      `table=1, priority=1, ${tagged}, actions=NORMAL`,
      'table=1, priority=0, actions=push_vlan:0x8100,move:NXM_NX_REG0[0..12]->NXM_OF_VLAN_TCI[0..12],NORMAL',
      otherwise,
    ],
  ),
];
