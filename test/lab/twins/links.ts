/** What the faults of links and ageing must look like. */
import assert from 'node:assert/strict';
import { type Expectation, textOf } from './expectation.js';

export const linkTwins: Readonly<Record<string, Expectation>> = {
  isolated: {
    because: {
      'switch/isolation':
        /Ports a and b hear none of each other’s .*though World hears both ports: they are isolated/,
    },
    passes: ['switch/learns/rarp', 'switch/relearns/arp-request', 'switch/failback/once'],
    shows({ preflight }) {
      assert.match(textOf(preflight, 'port-a'), /^port a hears world, monitor \(/);
      assert.match(textOf(preflight, 'port-b'), /^port b hears world, monitor \(/);
    },
  },
  'late-link-up': {
    because: {
      'switch/spanning-tree':
        /carried nothing for \d+\.\d s after its link.* achieved nothing\. BPDUs .* forward delay of 7\.5 s/,
    },
    passes: ['switch/relearns/arp-request'],
    shows({ preflight }) {
      const waitedMs = Number(/after (\d+) ms/.exec(textOf(preflight, 'port-b'))?.[1]);
      assert.ok(waitedMs > 10_000 && waitedMs < 20_000, `port b was heard after ${waitedMs} ms`);
    },
  },
  'ages-too-fast': {
    because: {
      'switch/silent-takeover': /forgot the station/,
      'switch/ageing':
        /forgets a silent station within \d+\.\d s, though its ageing time is said to be 8\.0 s/,
    },
    passes: ['switch/never-spoke/flooded', 'switch/group-source/group'],
  },
  'keeps-after-link-down': {
    because: { 'switch/link-down': /still come out nowhere: the switch keeps sending to the dead port/ },
    passes: ['switch/relearns/arp-request', 'switch/spanning-tree/link-up', 'switch/isolation/unicast'],
  },
  'never-ages': {
    because: {
      'switch/ageing': /still sends to a station that was silent for 1[78]\.\d s/,
      'switch/silent-takeover': /still go to the old port a, though the ageing time is said to be 8\.0 s/,
    },
    passes: ['switch/relearns/arp-request'],
  },
  'refreshed-by-destination': {
    because: { 'switch/dest-no-refresh': /frames to it still go to port a: they keep its entry alive/ },
    passes: ['switch/learns/rarp'],
  },
  'ages-from-first-frame': {
    because: {
      'switch/dest-no-refresh': /its frames do not refresh its entry/,
      'switch/ageing': /it still counts from the old owner’s last frame/,
    },
    passes: ['switch/relearns/arp-request'],
  },
};
