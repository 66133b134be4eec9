/** What the faults of stations that move often, far, or many at a time must look like. */
import type { Expectation } from './expectation.js';

const learning = ['switch/learns/rarp', 'switch/never-spoke/flooded'];

export const movesTwins: Readonly<Record<string, Expectation>> = {
  'moves-at-second-frame': {
    because: {
      // A busy harness that hears the announcement late says it again, which is the second frame: then the next move fails.
      'switch/first-frame': /move \d, to port b, was still not followed\. /,
      'switch/bulk-move': /did not follow to port b .* The switch carried all their announcements/,
      'switch/chain': /did not follow move \d, the way to port \w+: .* 5 went to a/,
      'switch/swap': /frames to the active station, announced at port b, still go to port a/,
    },
    passes: [...learning, 'switch/last-speaker/ends-at-b'],
  },
  'hundred-moves-a-burst': {
    because: { 'switch/bulk-move': /\d+ of (256|4096) addresses did not follow to port b/ },
    passes: ['switch/bulk-move/addresses-1', 'switch/bulk-move/addresses-16', 'switch/chain/three-ports'],
  },
  'pinned-on-b': {
    because: {
      'switch/chain': /did not follow move 3, the way back to port a: .* went to monitor/,
      'switch/swap': /frames to the standby station, announced at port a, still go to port b/,
      'switch/failback': /did not follow move 2, the way back to port a/,
      'switch/last-speaker': /a last, its frames go to port b\. It dropped what port a sent last/,
    },
    passes: ['switch/relearns/rarp', 'switch/last-speaker/ends-at-b'],
  },
  'loop-guard': {
    because: { 'switch/last-speaker': /its frames come out nowhere\..* It still did not follow 3 s later/ },
    passes: ['switch/last-speaker/dying-gasp', 'switch/relearns/rarp', 'switch/failback/once'],
  },
  'tires-of-announcements': {
    because: { 'switch/repeated': /during the second five announcements \d+ frames? went to the old port a/ },
    passes: ['switch/relearns/rarp', 'switch/chain/three-ports'],
  },
  'learns-own-address': {
    because: { 'switch/bridge-own': /frames to the switch come out at port b: it was learned there/ },
    passes: [...learning, 'switch/relearns/rarp'],
  },
  'no-unknown-flood-to-b': {
    because: {
      'switch/half-announced': /do not come out at its port b: unknown stations are not flooded there/,
      'switch/never-spoke': /did not come out at port b\./,
    },
    passes: ['switch/learns/rarp', 'switch/relearns/rarp'],
  },
  'learns-oversize': {
    because: { 'switch/bad-frames': /did not carry frames of 1604 octets from port a, and yet learned/ },
    passes: [...learning, 'switch/relearns/rarp'],
  },
};
