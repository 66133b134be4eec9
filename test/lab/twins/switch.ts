/** What the faults of moving and learning must look like. */
import assert from 'node:assert/strict';
import { type Expectation, measured } from './expectation.js';

/** The reasons when a move to port b is not followed. */
const notFollowed = (relearns: RegExp, walk: RegExp, virtual: RegExp): Record<string, RegExp> => ({
  'switch/relearns': relearns,
  'switch/relearn-time': /never completed|took at least 1[45]\d\d\.\d ms/,
  'switch/failback': walk,
  'switch/virtual-mac': virtual,
});

const ignored = notFollowed(
  /still go to the old port a\. .*carried .*, but did not act on/,
  /did not follow move 1, the way to port b: .* 5 went to a/,
  /still go to the old port a/,
);
const dropped = notFollowed(
  /still go to the old port a\. .* came out at World: the switch drop/,
  /did not follow move 1, the way to port b: .* 5 went to a/,
  /still go to the old port a/,
);
const unlearned = {
  'switch/learns': /still come out at other ports: it was not learned/,
  'switch/eth-source': /did not learn the Ethernet source/,
};
/** Cases that have nothing to do with moves. */
const withoutMoves = ['switch/learns/arp-request', 'switch/never-spoke/flooded', 'switch/group-source/group'];
export const movingTwins: Readonly<Record<string, Expectation>> = {
  'deaf-on-b': { because: ignored, passes: withoutMoves },
  'refuses-b': { because: dropped, passes: withoutMoves },
  'never-learns': { because: unlearned, passes: ['switch/never-spoke/flooded', 'switch/group-source/group'] },
  hub: { because: unlearned, passes: ['switch/never-spoke/flooded', 'switch/group-source/group'] },
  'no-unknown-flood': {
    because: { 'switch/never-spoke': /did not come out at port a and port b and port monitor/ },
    passes: ['switch/learns/rarp', 'switch/relearns/rarp', 'switch/virtual-mac/vrrp-ipv4'],
  },
  'never-moves': { because: ignored, passes: withoutMoves },
  pinned: { because: dropped, passes: withoutMoves },
  'holds-for-three-seconds': {
    because: dropped,
    passes: ['switch/relearns/arp-request-after-silence', 'switch/learns/rarp', 'switch/never-spoke/flooded'],
  },
  'virtual-mac-pinned': {
    because: dropped,
    passes: ['switch/learns/rarp', 'switch/relearns/arp-request', 'switch/failback/once'],
  },
  'no-failback': {
    because: {
      'switch/failback': /did not follow move 2, the way back to port a: .* 5 went to b/,
      'switch/relearn-time': /never completed/,
    },
    passes: ['switch/learns/rarp', 'switch/relearns/arp-request', 'switch/virtual-mac/vrrp-ipv4'],
  },
  'blackhole-after-move': {
    because: notFollowed(/come out nowhere/, /move 1, .* 5 came out nowhere/, /come out nowhere/),
    passes: withoutMoves,
  },
  'mirrors-to-old': {
    because: notFollowed(
      /at both the old and the new port/,
      /move 1, .* 5 went to a/,
      /still go to the old port a/,
    ),
    passes: withoutMoves,
  },
  'floods-after-move': {
    because: notFollowed(
      /flooded to further ports/,
      /move 1, .* 5 came out at further ports/,
      /10 came out at further/,
    ),
    passes: withoutMoves,
  },
  'relearns-in-300-ms': {
    passes: ['switch/relearns/arp-request', 'switch/relearn-time/announced'],
    shows(result) {
      const polled = measured(result, 'switch/relearns/arp-request', 'relearn time, by polling');
      assert.ok(polled.lowMs < 320 && polled.highMs > 290, `polled: ${JSON.stringify(polled)}`);
      const longest = measured(result, 'switch/relearn-time/announced', 'relearn time, longest');
      assert.ok(longest.lowMs < 320 && longest.highMs > 290, `longest: ${JSON.stringify(longest)}`);
    },
  },
  'slow-relearn': { because: ignored, passes: withoutMoves },
  'learns-invalid-source': {
    because: { 'switch/group-source': /come out at port a alone: it was learned/ },
    passes: ['switch/learns/rarp', 'switch/relearns/rarp', 'switch/virtual-mac/vrrp-ipv6'],
  },
  'learns-arp-sender': {
    because: { 'switch/eth-source': /learned the address inside the ARP packet/ },
    passes: ['switch/learns/ipv4', 'switch/never-spoke/flooded', 'switch/group-source/group'],
  },
  'storm-control': {
    because: { 'switch/failback': /did not follow move \d+, the way to port b: .* 5 went to a/ },
    passes: ['switch/learns/arp-request', 'switch/relearns/ipv4'],
  },
  ...Object.fromEntries(
    [
      'arp-request',
      'arp-reply',
      'arp-probe',
      'rarp',
      'unsolicited-na',
      'ipv4',
      'ipv6',
      'llc-snap',
      'unknown-ethertype',
    ]
      .concat('minimum-size', 'maximum-size')
      .map((trigger) => {
        const other = trigger === 'rarp' ? 'arp-reply' : 'rarp';
        const passes = [`switch/learns/${trigger}`, `switch/relearns/${other}`];
        return [`drops-${trigger}-on-b`, { because: dropped, passes }];
      }),
  ),
  'flow-never-moves': { because: ignored, passes: withoutMoves },
  'flow-learns-arp-sender': {
    because: { 'switch/eth-source': /learned the address inside the ARP packet/ },
    passes: ['switch/learns/ipv4', 'switch/never-spoke/flooded', 'switch/group-source/group'],
  },
};
