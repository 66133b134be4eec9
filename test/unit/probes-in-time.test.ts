/** A move counts only if it came within the bench's limit, whoever was patient for how long: recordings in which the
 *  station is followed in the end. */
import { broadcastMac, linkFrame, withTag } from '../../src/frame/index.js';
import type { PortName } from '../../src/probe.js';
import { table } from './judging.js';
import { fatesOf, record, type Scene, type Script } from './recordings.js';

const limitMs = 1_000;
const vlans: Scene = { declared: { vlans: { native: 1, tagged: [10, 20] } } };
const inVlan = (vid: number, seq: number): Uint8Array =>
  withTag(
    linkFrame({ destination: broadcastMac, source: '00:00:5e:00:53:01' }, 0x88b5, Uint8Array.of(seq, vid)),
    { vid },
  );

/** World's frames in a VLAN. */
function tagged(script: Script, vid: number, label: string, fates: string): Script {
  let seq = 0;
  for (const [count, to] of fatesOf(fates)) {
    for (let n = 0; n < count; n += 1) script.sent(label, 'world', to, inVlan(vid, ++seq));
  }
  return script;
}

interface Move {
  /** Up to the announcement. */
  readonly announced: () => Script;
  readonly poll: string;
  /** Where frames to the station come out before and after, in the words of `Script.stream`. */
  readonly wrong: string;
  readonly right: PortName;
  /** What is sent when the waiting is over. */
  readonly after: (script: Script) => Script;
  readonly vid?: number;
}

const atA = (scene: Scene = {}) => record(scene).stream('before', '10 a').sentinel();
const toB: Move = {
  announced: () => atA().sent('announce', 'b', ['a', 'world']),
  poll: 'poll',
  wrong: 'a',
  right: 'b',
  after: (script) => script.stream('after', '10 b'),
};
const inVlan10: Move = {
  ...toB,
  announced: () => atA(vlans).sent('announce', 'b', ['a', 'world'], inVlan(10, 0)),
  vid: 10,
};

const moves: Readonly<Record<string, Move>> = {
  'switch/relearns/arp-request': toB,
  'switch/virtual-mac/vrrp-ipv4': toB,
  'switch/vlan-priority-tag/ipv4': { ...toB, announced: () => atA(vlans).sent('announce', 'b', ['world']) },
  'switch/last-speaker/ends-at-b': { ...toB, announced: () => atA().sent('speak-5', 'b', ['world']) },
  'switch/move-when-full/announced': {
    ...toB,
    announced: () =>
      record()
        .stream('before', '10 a')
        .numbered('fill', [{ frames: 100, at: ['a'] }])
        .stream('full', '10 a')
        .sentinel()
        .sent('announce', 'b', ['world']),
  },
  'switch/learns/rarp': {
    announced: () => record().stream('before', '3 a+b').sentinel().sent('speak', 'a', ['b', 'world']),
    poll: 'poll',
    wrong: 'a+b',
    right: 'a',
    after: (script) => script.stream('after', '10 a'),
  },
  'switch/eth-source/arp-reply': {
    announced: () =>
      record()
        .stream('before-source', '3 a+b')
        .stream('before-sender', '3 a+b')
        .sentinel()
        .sent('speak', 'a', ['b', 'world']),
    poll: 'poll',
    wrong: 'a+b',
    right: 'a',
    after: (script) => script.stream('after-source', '10 a').stream('after-sender', '10 a+b'),
  },
  'switch/failback/once': {
    announced: () =>
      atA().sent('announce-1', 'b', ['world']).stream('after-1', '5 b').sent('announce-2', 'a', ['world']),
    poll: 'poll-2',
    wrong: 'b',
    right: 'a',
    after: (script) => script.stream('after-2', '5 a'),
  },
  'switch/swap/at-once': {
    announced: () =>
      record()
        .stream('before-active', '10 a')
        .stream('before-standby', '10 b')
        .sentinel()
        .sent('announce-active', 'b', ['world'])
        .sent('announce-standby', 'a', ['world'])
        .stream('poll-active', '3 b'),
    poll: 'poll-standby',
    wrong: 'b',
    right: 'a',
    after: (script) => script.stream('after-active', '10 b').stream('after-standby', '10 a'),
  },
  'switch/vlan-tagged-move/to-tagged': {
    ...inVlan10,
    after: (script) => tagged(script, 10, 'after', '10 b'),
  },
  'switch/vlan-double-tag/outer': {
    ...inVlan10,
    announced() {
      const script = tagged(record(vlans), 10, 'before-x', '10 a');
      tagged(tagged(script, 20, 'unknown-y', '5 a+b'), 20, 'before-y', '10 a').sentinel();
      return script.sent('announce', 'b', ['world'], inVlan(10, 0));
    },
    after: (script) => tagged(tagged(script, 10, 'after-x', '10 b'), 20, 'after-y', '10 a'),
  },
};

describe('a move that is followed in the end', () => {
  for (const [id, { announced, poll, wrong, right, after, vid }] of Object.entries(moves)) {
    const polled = (script: Script, fates: string) =>
      vid === undefined ? script.stream(poll, fates) : tagged(script, vid, poll, fates);
    const followed = (msBefore: number, msBetween: number) => {
      const script = polled(announced().wait(msBefore), `1 ${wrong}`).wait(msBetween);
      return after(polled(script, `3 ${right}`)).sentinel();
    };
    const unseen = () => after(announced().wait(limitMs)).sentinel();
    table(id, [
      ['within the limit', followed(limitMs / 2, limitMs / 4), 'pass', /./],
      ['later', followed(limitMs, 1), 'fail', /later than 1000 ms after/],
      [
        'no earlier than the harness looked again',
        followed(1, limitMs),
        'inconclusive',
        /harness was too late/,
      ],
      ['while nobody looked', unseen(), 'inconclusive', /harness was too late/],
    ]);
  }
});
