/** What the faults of NICs must look like. */
import assert from 'node:assert/strict';
import type { Expectation } from './expectation.js';

const taken = ['nic/new-address/locally-administered', 'nic/new-address/other-vendor'];

export const nicTwins: Readonly<Record<string, Expectation>> = {
  'fixed-address': {
    because: { 'nic/new-address': /does not take the .* address .*: refused: .*Operation not supported/ },
    passes: ['nic/refuses-group/multicast', 'nic/second-address/macvlan'],
  },
  'address-ignored': {
    because: { 'nic/new-address': /was said to have taken .*, but its address reads/ },
    passes: ['nic/second-address/macvlan'],
  },
  'only-while-down': {
    passes: [...taken, 'nic/receives/other-vendor', 'nic/goes-back/other-vendor'],
    shows({ cases }) {
      const entry = cases.find(({ id }) => id === 'nic/new-address/other-vendor');
      assert.deepEqual(entry?.qualifiers, [
        'deviation: it takes another address only while its link is down',
      ]);
    },
  },
  'takes-groups': {
    because: {
      'nic/refuses-group': /says that it took the group address .*, though its address still reads/,
    },
    passes: [...taken, 'nic/receives/other-vendor'],
  },
  'filter-stays': {
    because: {
      'nic/receives': /come as far as the NIC, and its system gets none of them/,
      'nic/second-address': /second address .* come as far as the NIC, and its system gets none/,
    },
    passes: [...taken, 'nic/sends/other-vendor'],
  },
  'old-still-heard': {
    because: { 'nic/forgets-old': /still receives what is sent to its old address/ },
    passes: ['nic/receives/other-vendor', 'nic/sends/other-vendor', 'nic/goes-back/other-vendor'],
  },
  'sends-as-before': {
    because: { 'nic/sends': /still sends with its own address/ },
    passes: [...taken, 'nic/receives/other-vendor', 'nic/forgets-old/other-vendor'],
  },
  'flap-resets': {
    because: { 'nic/keeps': /has lost .*: its address reads/ },
    passes: [...taken, 'nic/receives/other-vendor', 'nic/goes-back/other-vendor'],
  },
  'deaf-after-return': {
    because: { 'nic/goes-back': /its own address .*, which it has again, come as far as the NIC/ },
    passes: ['nic/new-address/other-vendor', 'nic/refuses-group/multicast'],
  },
};
