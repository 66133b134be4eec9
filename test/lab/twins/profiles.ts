/** What the faults of announcing must look like. */
import assert from 'node:assert/strict';
import type { Expectation } from './expectation.js';

const dropped = {
  'switch/follows':
    /still go to the old port a\. None of \d+ announcements? came out at World: the switch drops/,
  'switch/first-lost': /none of the \d+ later ones moved the station from port a to b: none of them came out/,
};
const ignored = {
  'switch/first-lost':
    /none of the \d+ later ones moved the station from port a to b: .* did not act on them/,
};
/** Whoever announces in another way gets through. */
const othersPass = (...names: readonly string[]) => names.map((name) => `switch/follows/${name}`);

export const profileTwins: Readonly<Record<string, Expectation>> = {
  'no-arp-from-b': { because: dropped, passes: othersPass('qemu-announce', 'ovs-bond') },
  'no-advertisement-from-b': {
    because: dropped,
    passes: othersPass('linux-bonding', 'ovs-bond'),
  },
  'no-rarp-from-b': {
    because: dropped,
    passes: othersPass('linux-bonding', 'vip-manager', 'linux-bonding-ipv6'),
  },
  'virtual-routers-pinned': { because: dropped, passes: othersPass('linux-bonding', 'qemu-announce') },
  'holds-for-half-a-minute': { because: dropped, passes: othersPass('silent') },
  'learns-no-repetition-on-b': { because: ignored, passes: othersPass('silent') },
  'flow-ignores-repetitions': { because: ignored, passes: othersPass('silent') },
  'forgets-within-a-second': {
    because: { 'switch/follows': /of silence the switch forgot the station/ },
    passes: othersPass('linux-bonding'),
  },
  'announcement-limit': {
    passes: othersPass('keepalived'),
    shows({ cases }) {
      const carried = cases.flatMap(({ findings }) => findings).find(({ id }) => id === 'carried');
      assert.match(carried?.text ?? '', /^[4-9] of 10 announcements came out at World$/);
    },
  },
};
