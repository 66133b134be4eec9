/** What is said of stations that move often, far or at once, of recordings that were written by hand. */
import assert from 'node:assert/strict';
import { encodeEthernet } from '../../src/frame/index.js';
import { judged, table } from './judging.js';
import { record, type Scene, type Script } from './recordings.js';

const monitored: Scene = { ports: ['a', 'b', 'world', 'monitor'] };
const taught = (scene: Scene = {}) => record(scene).stream('before', '10 a').sentinel();

describe('switch/chain: judge', () => {
  const walked = (...steps: readonly string[]) => {
    const script = taught(monitored);
    for (const [index, fates] of steps.entries()) {
      const port = (['b', 'monitor', 'a'] as const)[index] ?? 'a';
      script.sent(`announce-${index + 1}`, port, ['world']).stream(`after-${index + 1}`, fates);
    }
    return script.sentinel();
  };
  table('switch/chain/three-ports', [
    ['followed', walked('5 b', '5 monitor', '5 a'), 'pass', /all 3 moves/],
    [
      'not to the third port',
      walked('5 b', '5 b'),
      'fail',
      /move 2, the way to port monitor: .* 5 went to b/,
    ],
    ['not home', walked('5 b', '5 monitor', '5 monitor'), 'fail', /move 3, the way back to port a/],
    ['flooded', walked('5 b', '5 monitor', '5 a+b'), 'fail', /5 came out at further ports/],
    ['lossy', walked('5 b', '4 monitor, 1 -', '5 a'), 'inconclusive', /too lossy/],
  ]);
});

describe('switch/first-frame: judge', () => {
  /** So many rounds, in each of which World's frame and the polls behind it fared so. */
  const rounds = (first: string, polls: string, count = 4, carried = true) => {
    const script = taught();
    for (let round = 1; round <= count; round += 1) {
      const [here, there] = round % 2 === 1 ? ['b', 'a'] : ['a', 'b'];
      const turned = (fates: string) =>
        fates.replaceAll('new', String(here)).replaceAll('old', String(there));
      script
        .sent(`announce-${round}`, round % 2 === 1 ? 'b' : 'a', carried ? ['world'] : [])
        .stream(`first-${round}`, turned(first))
        .stream(`poll-${round}`, turned(polls));
    }
    return script.sentinel();
  };
  const id = 'switch/first-frame/after-1-ms';
  table(id, [
    ['at once', rounds('1 new', '3 new'), 'pass', /^4 of 4 frames sent 1 ms after the announcement reached/],
    ['later', rounds('1 old', '3 new'), 'pass', /^0 of 4 frames/],
    ['never', rounds('1 old', '3 old', 1), 'fail', /move 1, to port b, was still not followed\.$/],
    ['the way back never', rounds('1 new', '3 b', 2), 'fail', /move 2, to port a/],
    [
      'announcement dropped',
      rounds('1 old', '3 old', 1, false),
      'fail',
      /None of its announcements came out/,
    ],
    ['lossy', rounds('1 new', '2 new, 1 -'), 'inconclusive', /Too many frames came out nowhere/],
    ['announcements lost', rounds('1 old', '3 new', 4, false), 'inconclusive', /No frame left in time/],
    ['beyond the limit', rounds('1 old', `1001 old, 3 new`, 1), 'fail', /1000 ms after its announcement/],
  ]);
  table('switch/first-frame/after-100-us', [
    ['sent too late to count', rounds('1 new', '3 new'), 'inconclusive', /No frame left in time/],
  ]);

  it('counts what followed at once, and says how soon that was', () => {
    const { measurements } = judged(id, rounds('1 old', '3 new').end());
    const value = (name: string) => measurements.find((m) => m.name.startsWith(name))?.value;
    assert.equal(value('first frames that followed'), 0);
    assert.equal(value('first frames to the old port'), 4);
    assert.equal(value('announcement to first frame'), 1000);
  });
});

describe('switch/last-speaker: judge', () => {
  const heard: readonly ['world'] = ['world'];
  /** B and A in turn; what came out of the last turn, and of World's frames then. */
  const disputed = (after: string, last: readonly 'world'[] = heard, again: readonly string[] = []) => {
    const script = taught();
    for (const [index, port] of (['b', 'a', 'b', 'a'] as const).entries()) {
      script.sent(`speak-${index + 1}`, port, heard);
    }
    script.sent('speak-5', 'b', last).stream('poll', '3 b').stream('after', after);
    for (const [index, fates] of again.entries()) {
      script
        .wait(499)
        .sent(`again-${index + 1}`, 'b', heard)
        .stream(`poll-again-${index + 1}`, fates);
    }
    return script.sentinel();
  };
  const id = 'switch/last-speaker/ends-at-b';
  table(id, [
    ['followed', disputed('10 b'), 'pass', /followed to port b, which spoke last/],
    [
      'held back',
      disputed('10 a', heard, ['4 a', '4 b']),
      'fail',
      /go to port a\. It follows again 1\d{3} ms later/,
    ],
    ['frozen', disputed('10 a', heard, Array(6).fill('4 a')), 'fail', /still did not follow 3 s later/],
    ['dropped', disputed('10 a', [], ['4 a']), 'fail', /It dropped what port b sent last/],
    ['lost', disputed('10 a', [], ['4 b']), 'inconclusive', /got lost, and the next was followed/],
    ['cut off', disputed('10 -', [], ['4 -']), 'fail', /come out nowhere/],
    ['flooded', disputed('10 b+world', heard), 'fail', /flooded to further ports/],
    ['lossy', disputed('5 b, 5 -'), 'inconclusive', /too lossy/],
  ]);
  table(id, [
    [
      'overtaken inside the switch',
      taught().sent('speak-5', 'b', heard).sent('speak-4', 'a', heard).stream('after', '10 a').sentinel(),
      'inconclusive',
      /overtook one another/,
    ],
  ]);
  it('bounds how long it was held', () => {
    const [held] = judged(id, disputed('10 a', heard, ['4 a', '4 b']).end()).measurements;
    assert.ok(held?.low !== undefined && held.high !== undefined);
    assert.ok(held.high - held.low === 500 && held.high > 1000);
  });
});

describe('switch/repeated: judge', () => {
  const repeated = (first: string, pause: string, second: string, after: string, moved = '10 b') =>
    taught()
      .sent('announce', 'b', ['world'])
      .stream('moved', moved)
      .sentinel()
      .stream('with-first-group', first)
      .stream('pause', pause)
      .stream('with-second-group', second)
      .stream('after', after)
      .sentinel();
  table('switch/repeated/five-and-five', [
    ['unmoved', repeated('4 b', '10 b', '5 b', '10 b'), 'pass', /Ten announcements left the station/],
    ['one lost', repeated('4 b', '9 b, 1 -', '5 b', '10 b'), 'pass', /Ten announcements/],
    [
      'back at once',
      repeated('3 b, 1 a', '10 b', '5 b', '10 b'),
      'fail',
      /during the first five .* 1 frame went to/,
    ],
    ['back at the second five', repeated('4 b', '10 b', '5 a', '10 a'), 'fail', /during the second five/],
    ['forgotten in between', repeated('4 b', '10 a+b', '5 b', '10 b'), 'fail', /between the two groups/],
    [
      'cut off',
      repeated('4 b', '10 b', '5 b', '10 -'),
      'fail',
      /after ten announcements .* came out nowhere/,
    ],
    ['lossy', repeated('4 b', '5 b, 5 -', '5 b', '10 b'), 'inconclusive', /too lossy/],
    [
      'never moved',
      repeated('4 a', '10 a', '5 a', '10 a', '10 a'),
      'inconclusive',
      /first announcement was not/,
    ],
  ]);
});

describe('switch/swap: judge', () => {
  const swapped = (active: string, standby: string) =>
    record(monitored)
      .stream('before-active', '10 a')
      .stream('before-standby', '10 b')
      .sentinel()
      .sent('announce-active', 'b', ['world'])
      .sent('announce-standby', 'a', ['world'])
      .stream('after-active', active)
      .stream('after-standby', standby)
      .sentinel();
  table('switch/swap/at-once', [
    ['both', swapped('10 b', '10 a'), 'pass', /followed both/],
    ['one only', swapped('10 b', '10 b'), 'fail', /standby station, announced at port a, still go to port b/],
    [
      'none',
      swapped('10 a', '10 b'),
      'fail',
      /active .* still go to port a; .* standby .* still go to port b/,
    ],
    ['flooded', swapped('10 b+monitor', '10 a'), 'fail', /active .* are flooded/],
    ['lost', swapped('10 b', '10 -'), 'fail', /standby .* come out nowhere/],
    ['lossy', swapped('10 b', '5 a, 5 -'), 'inconclusive', /too lossy/],
    [
      'nothing sent',
      record(monitored).stream('before-active', '10 a').sentinel(),
      'inconclusive',
      /no frame/,
    ],
  ]);
});

describe('switch/half-announced: judge', () => {
  const half = (requests: string, after: string) =>
    record(monitored)
      .stream('before', '10 b')
      .sentinel()
      .stream('request', requests)
      .stream('after', after)
      .sentinel();
  table('switch/half-announced/never-spoke', [
    [
      'a flood that ends',
      half('20 a+b+monitor', '10 b'),
      'pass',
      /20 frames of 20 to .* the flood ends only when/,
    ],
    ['no flood', half('20 b', '10 b'), 'pass', /No frame to .* was flooded/],
    ['not delivered', half('20 a+monitor', '10 b'), 'fail', /do not come out at its port b/],
    ['an endless flood', half('20 a+b+monitor', '10 a+b+monitor'), 'fail', /flooded even after b has sent/],
    ['cut off', half('20 a+b+monitor', '10 -'), 'fail', /come out nowhere/],
    ['lossy', half('10 a+b, 10 -', '10 b'), 'inconclusive', /too lossy/],
  ]);
});

describe('switch/bridge-own: judge', () => {
  const own = (before: string, after: string, alive = true) =>
    record(monitored)
      .stream('before', before)
      .sentinel()
      .sent('own-source', 'b', [])
      .sent('alive', 'b', alive ? ['world'] : [])
      .stream('after', after)
      .sentinel();
  table('switch/bridge-own/source', [
    ['kept for itself', own('10 -', '10 -'), 'pass', /did not learn its own address/],
    ['flooded as before', own('10 a+b', '10 a+b'), 'pass', /did not learn/],
    ['learned', own('10 -', '10 b'), 'fail', /come out at port b: it was learned there/],
    ['learned, flooded before', own('10 a+b', '10 b'), 'fail', /it was learned there/],
    ['forgotten', own('10 -', '10 a+b'), 'fail', /come out at other ports, which they did not before/],
    ['not heard', own('10 -', '10 -', false), 'inconclusive', /may not have heard it/],
    ['known there before', own('10 b', '10 b'), 'inconclusive', /before b used it/],
  ]);
});

describe('switch/bad-frames: judge', () => {
  const station = '00:00:5e:00:53:42';
  const scene: Scene = { ...monitored, addresses: { station } };
  const bad = encodeEthernet({
    destination: 'ff:ff:ff:ff:ff:ff',
    source: station,
    type: 0x88b5,
    payload: new Uint8Array(1586),
  });
  const offered = (script: Script, after: string, good = '10 a') =>
    script.stream('after', after).sent('speak', 'a', ['world']).stream('good', good).sentinel();
  const control = () => record(scene).stream('before', '3 a+b').sentinel();
  const sent = (carried = false) => control().sent('bad', 'a', carried ? ['world'] : [], bad);
  table('switch/bad-frames/oversize', [
    ['refused', offered(sent(), '10 a+b'), 'pass', /neither carried .* nor learned/],
    ['learned all the same', offered(sent(), '10 a'), 'fail', /did not carry .* yet learned/],
    ['carried', offered(sent(true), '10 a'), 'not-applicable', /for it they are good ones/],
    ['not sent', control().mark('refused', 'Too long.'), 'not-applicable', /could not be sent\. Too long/],
    [
      'good ones not learned either',
      offered(sent(), '10 a+b', '10 a+b'),
      'inconclusive',
      /good frame either/,
    ],
    ['lost', offered(sent(), '10 -'), 'inconclusive', /came out nowhere/],
  ]);
});
