/** What the faults of features that break a takeover must look like, and what they must be taken for. */
import type { Expectation } from './expectation.js';

const dropped = /came out at World: the switch drop/;
const sources = { 'switch/source-filter': /carries the frames of its NIC’s own address, but none from/ };
const locked = { 'switch/announcement-lock': /kept the station at port b until between/ };
const inspected = {
  'switch/arp-inspection': /carries the station’s data, but none of 12 came out at World/,
  'switch/relearns': dropped,
};
const limited = {
  'switch/storm-control':
    /Only \d+ of \d+ announcements.* came out at World, though it carries data at that rate/,
};
const plain = ['switch/learns/arp-request', 'switch/relearns/ipv4'];
const ownAndForeign = ['switch/source-filter/own-address', 'switch/source-filter/foreign-data'];

export const featureTwins: Readonly<Record<string, Expectation>> = {
  'one-address-on-b': {
    because: {
      ...sources,
      'switch/port-security':
        /none of 8 from the station that the switch knew at port a|0 further ones; \d more were refused/,
      'switch/relearns': dropped,
    },
    passes: ['switch/source-filter/own-address', 'switch/learns/arp-request'],
    also: ['switch/source-filter/foreign-data', 'switch/source-filter/foreign-broadcast'],
    diagnoses: ['source-filter'],
  },
  'eight-addresses-on-b': {
    because: { 'switch/port-security': /7 further ones; 3 more were refused: the switch limits/ },
    passes: ['switch/source-filter/own-address'],
    diagnoses: ['address-limit'],
  },
  'shuts-b-on-takeover': {
    because: { 'switch/port-security': /the link of port b went down: the switch has shut it/ },
    passes: ['switch/source-filter/foreign-data', 'switch/learns/arp-request'],
    diagnoses: ['port-shut'],
  },
  'shuts-a-on-takeover': {
    because: { 'switch/port-security': /the link of port a went down: the switch has shut it/ },
    passes: ['switch/source-filter/foreign-data', 'switch/learns/arp-request'],
    diagnoses: ['port-shut'],
  },
  'shuts-b-on-second-address': {
    because: { 'switch/port-security': /the link of port b went down: the switch has shut it/ },
    passes: ['switch/learns/arp-request'],
    diagnoses: ['port-shut'],
  },
  'flow-sticky': {
    because: {
      'switch/relearns': dropped,
      'switch/port-security': /none of 8 from the station that the switch knew at port a/,
    },
    passes: ownAndForeign,
    diagnoses: ['sticky-mac'],
  },
  'guards-after-five-moves': {
    because: {
      'switch/move-guard': /followed 5 moves, and not the next.* It followed again between/,
      'switch/failback': /did not follow move 6/,
    },
    passes: ['switch/failback/once', ...plain],
    diagnoses: ['move-guard'],
  },
  'freezes-after-three-moves': {
    because: { 'switch/move-guard': /followed 3 moves, and not the next.* did not follow again/ },
    passes: ['switch/failback/once', ...plain],
    diagnoses: ['move-guard'],
  },
  'shuts-port-after-four-moves': {
    because: { 'switch/move-guard': /followed 4 moves, and not the next, to port b.* Port b has no link/ },
    passes: plain,
    diagnoses: ['port-shut', 'move-guard'],
  },
  'locks-for-two-seconds': { because: locked, passes: plain, diagnoses: ['announcement-lock'] },
  'locks-for-eight-seconds': { because: locked, passes: plain, diagnoses: ['announcement-lock'] },
  'locks-arp-for-two-seconds': {
    because: locked,
    passes: ['switch/announcement-lock/data-300ms', ...plain],
    diagnoses: ['announcement-lock'],
  },
  'inspects-arp': { because: inspected, passes: [...plain, ...ownAndForeign], diagnoses: ['arp-inspection'] },
  'untrusted-arp-on-b': {
    because: inspected,
    passes: [...plain, ...ownAndForeign],
    diagnoses: ['arp-inspection'],
  },
  'inspects-nd': {
    because: inspected,
    passes: ['switch/arp-inspection/gratuitous-request', ...plain],
    diagnoses: ['nd-inspection'],
  },
  'flow-arp-on-b': {
    because: inspected,
    passes: [...plain, ...ownAndForeign],
    diagnoses: ['arp-inspection'],
  },
  'limits-broadcast': {
    because: limited,
    passes: ['switch/arp-inspection/gratuitous-request', ...plain],
    diagnoses: ['storm-control'],
  },
  'limits-arp': { because: limited, passes: plain, diagnoses: ['storm-control'] },
  'answers-for-the-old': {
    because: {
      'switch/arp-suppression': /The switch itself answered .* with the silent old owner’s address/,
    },
    passes: ['switch/relearns/arp-request', ...plain],
    diagnoses: ['arp-suppression'],
  },
  'swallows-requests': {
    because: { 'switch/arp-suppression': /does not pass ARP requests for the address on to its new owner/ },
    passes: ['switch/relearns/arp-request', ...plain],
    diagnoses: ['arp-suppression'],
  },
  'rejects-forged-transmits': {
    because: { ...sources, 'switch/relearns': dropped },
    passes: ['switch/source-filter/own-address'],
    diagnoses: ['source-filter'],
  },
  'flow-source-guard': {
    because: { ...sources, 'switch/relearns': dropped },
    passes: ['switch/source-filter/own-address'],
    diagnoses: ['source-filter'],
  },
  'unauthorised-b': {
    because: {
      'switch/source-filter': /carries none that it receives, not even those of its NIC’s own address/,
    },
    passes: ['switch/learns/arp-request'],
    diagnoses: ['port-blocked'],
  },
};
