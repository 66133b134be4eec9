/** Replays of takeover profiles: what their judges say, and what becomes of them on a switch in memory. */
import assert from 'node:assert/strict';
import { probesWith } from '../../probes/index.js';
import { rejudge } from '../../src/engine/rejudge.js';
import type { Result } from '../../src/result.js';
import { judged, table } from './judging.js';
import { openMemoryBench, runOn } from './memory-bench.js';
import { named } from './profile-cast.js';
import { record } from './recordings.js';

/** Three announcements, the last of them so many milliseconds late; then frames that fared so. Where it is followed only
 *  then, that is so long after the last. */
function announced(after: string, { lateMs = 0, heard = 3, polls = '3 b', followedMs = 0 } = {}) {
  const script = record().stream('before', '10 a').sentinel();
  for (let n = 0; n < 3; n += 1) {
    script.sent('announce', 'b', n < heard ? ['a', 'world'] : []);
    if (n === 0) script.stream('poll', polls);
    const passedMs =
      n === 0 ? polls.split(', ').reduce((sum, part) => sum + Number(part.split(' ')[0]), 0) : 0;
    if (n < 2) script.wait(999 - passedMs + (n === 1 ? lateMs : 0));
  }
  if (followedMs > 0) script.wait(followedMs).stream('poll', '1 a, 3 b');
  return script.stream('after', after).sentinel();
}

table('switch/follows/arping-u', [
  ['followed', announced('10 b'), 'pass', /moved the station to port b after the frames of arping -U/],
  [
    'stale, carried',
    announced('10 a', { polls: '3 a' }),
    'fail',
    /3 of 3 announcements came out at World, but/,
  ],
  [
    'stale, dropped',
    announced('10 a', { heard: 0, polls: '3 a' }),
    'fail',
    /None of 3 announcements came out/,
  ],
  ['followed late', announced('10 b', { polls: '3 a', followedMs: 900 }), 'pass', /moved the station/],
  [
    'followed too late',
    announced('10 b', { polls: '3 a', followedMs: 1_001 }),
    'fail',
    /longer than 1000 ms to move/,
  ],
  ['flooded', announced('10 a+b', { polls: '3 a+b' }), 'fail', /both the old and the new port/],
  [
    'late, not followed',
    announced('10 a', { lateMs: 2, polls: '3 a' }),
    'inconclusive',
    /sent a frame 2\.0 ms off/,
  ],
  ['late only after the move', announced('10 b', { lateMs: 2 }), 'pass', /moved the station/],
  ['half lost', announced('5 b, 5 -'), 'inconclusive', /too lossy/],
  [
    'old state not real',
    record().stream('before', '10 a+b').sentinel(),
    'inconclusive',
    /should have reached port a only/,
  ],
]);

table('switch/follows/linux-bonding', [
  [
    'one announcement lost, perhaps by chance',
    record().stream('before', '10 a').sentinel().sent('announce', 'b', []).stream('after', '10 a').sentinel(),
    'inconclusive',
    /too few to tell loss from a drop/,
  ],
]);

table('switch/follows/silent', [
  [
    'stays',
    record().stream('before', '10 a').sentinel().stream('after', '10 a').sentinel(),
    'pass',
    /stays with/,
  ],
  [
    'forgotten',
    record().stream('before', '10 a').sentinel().stream('after', '10 a+b').sentinel(),
    'fail',
    /the switch forgot the station/,
  ],
]);

table('switch/follows/linux-bonding', [
  [
    'followed only at the second replay',
    record()
      .stream('before', '10 a')
      .sentinel()
      .sent('announce', 'b', [])
      .stream('poll', '3 a')
      .sent('announce', 'b', ['a', 'world'])
      .stream('poll', '3 b')
      .stream('after', '10 b')
      .sentinel(),
    'inconclusive',
    /followed when the frames were sent for the second time/,
  ],
]);

describe('switch/first-lost: judge', () => {
  const healing = (after: string, polls: string) =>
    record()
      .stream('before', '10 a')
      .sentinel()
      .stream('poll', '3 a')
      .sent('announce', 'b', ['a', 'world'])
      .stream('poll', polls)
      .stream('after', after)
      .sentinel();
  table('switch/first-lost/arping-a-1', [
    [
      'healed by the second',
      healing('10 b', '3 b'),
      'pass',
      /healed by frame 2, 1000 ms after the first lost/,
    ],
    [
      'not healed',
      healing('10 a', '3 a'),
      'fail',
      /none of the 1 later ones moved the station from port a to b/,
    ],
  ]);
});

it('tells how many of the announcements were carried, and that later ones were late', () => {
  const { findings, qualifiers } = judged(
    'switch/follows/arping-u',
    announced('10 b', { heard: 2, lateMs: 3 }).end(),
  );
  const text = (id: string) => findings.find((finding) => finding.id === id)?.text;
  assert.equal(text('carried'), '2 of 3 announcements came out at World');
  assert.match(text('on-time') ?? '', /within 3\.00 ms/);
  assert.deepEqual(qualifiers, [
    'deviation: frames after the move were 3.0 ms off',
    'deviation: 2 of 3 announcements came out at World',
  ]);
});

describe('a profile of the bench file’s own', () => {
  it('is replayed as a case, and judged again from the evidence alone', async () => {
    const on = await openMemoryBench({ relearnMs: 100 });
    try {
      const own = { ...named('qemu-announce'), name: 'mine' };
      const results = await runOn(on, {
        probes: probesWith([own]),
        selected: (id) => id === 'switch/follows/mine',
      });
      const [entry] = results;
      assert.ok(entry);
      assert.notEqual(entry.outcome, 'fail', entry.reason);
      const again = await rejudge(on.folder, { cases: results } as unknown as Result, probesWith([]));
      assert.equal(again[0]?.agrees, true, again[0]?.text);
    } finally {
      await on.close();
    }
  });
});
