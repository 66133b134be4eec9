/** What the faults of VLANs must look like. */
import type { Expectation } from './expectation.js';

const leaks = ['switch/vlan-leak/broadcast'];
const stray = ['switch/vlan-membership/not-relayed', 'switch/vlan-4095/not-relayed'];
const untagged = ['switch/relearns/arp-request', 'switch/learns/rarp'];

export const vlanTwins: Readonly<Record<string, Expectation>> = {
  'shared-vlan-learning': {
    because: {
      'switch/vlan-independence': /learned in VLAN 10 holds in VLAN 20 too \(shared VLAN learning\)/,
    },
    passes: ['switch/vlan-tagged-move/to-tagged', 'switch/vlan-tagged-move/back', ...untagged],
  },
  'moves-in-every-vlan': {
    because: {
      'switch/vlan-independence': /moved in VLAN 10 only, but its address moved to port b in VLAN 20 too/,
      'switch/vlan-tagged-move': /after its announcement from port a in VLAN 1, untagged, go to port b/,
    },
    passes: ['switch/vlan-independence/separate', 'switch/vlan-tagged-move/to-tagged', ...leaks],
  },
  'drops-tagged-broadcasts-on-b': {
    because: { 'switch/vlan-tagged-move': /from port b in VLAN 10, tagged, are flooded: it was not learned/ },
    passes: [...untagged, 'switch/vlan-priority-tag/ipv4', 'switch/vlan-independence/separate'],
  },
  'drops-priority-tagged-on-b': {
    because: {
      'switch/vlan-priority-tag': /none of 3 came out at World: the switch drops frames with a prio/,
    },
    passes: [...untagged, 'switch/vlan-tagged-move/to-tagged', 'switch/vlan-independence/move'],
  },
  'takes-any-vid': {
    because: {
      'switch/vlan-membership':
        /VID 3333, which port b does not carry, (came out at port a, monitor, world in VLAN 1|untagged frames to the station now go to port b)/,
      'switch/vlan-4095': /After frames with VID 4095, .* untagged frames to the station now go to port b/,
    },
    passes: [...leaks, 'switch/vlan-priority-tag/arp-request', 'switch/vlan-tagged-move/to-tagged'],
  },
  'relays-vid-4095': {
    because: { 'switch/vlan-4095': /VID 4095, .* came out at port a, monitor, world in VLAN 4095/ },
    passes: ['switch/vlan-4095/not-learned', 'switch/vlan-membership/not-relayed', ...leaks],
  },
  'leaks-between-vlans': {
    because: { 'switch/vlan-leak': /Copies of World’s .* in VLAN 10 came out at port \w+ in VLAN 20/ },
    passes: [...stray, 'switch/vlan-tagged-move/to-tagged'],
  },
  'goes-by-inner-tag': {
    because: { 'switch/vlan-double-tag': /moved in VLAN 20: the switch goes by the inner tag/ },
    passes: [...stray, ...leaks, 'switch/vlan-independence/move'],
  },
};
