import { type Declared, defineProbe } from '../../src/probe.js';
import { type Effect, strayVid } from './stray-vid.js';
import { vlansOf } from './vlan.js';

/** A VID that the bench does not declare, out of the way of what makers reserve (1002–1005, and from 3968). */
function undeclaredVid(declared: Declared): number {
  const { native } = vlansOf(declared);
  const carried = [native, ...(declared.vlans?.tagged ?? [])];
  let vid = 3333;
  while (carried.includes(vid)) vid -= 1;
  return vid;
}

export default defineProbe<Effect>({
  id: 'switch/vlan-membership',
  device: 'switch',
  title: 'Frames of a VLAN that the port does not carry are discarded',
  failureTitle: 'The switch takes in frames of a VLAN that the port is not a member of',
  why: 'A node of one VLAN can take over, or cut off, a service of another one that it should not even reach.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.6.2 Ingress, with ingress filtering',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  ...strayVid(undeclaredVid),
});
