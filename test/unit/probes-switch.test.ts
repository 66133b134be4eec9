/** What the switch probes' judges say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import { verdict } from '../../src/engine/verdict.js';
import { caseOf, judged, table } from './judging.js';
import { record, type Scene, type StreamPart, withDrops } from './recordings.js';

const monitored = ['a', 'b', 'world', 'monitor'] as const;

describe('switch/learns, switch/relearns, switch/virtual-mac: judges', () => {
  /** Taught at a; announced from b, heard at World or not; then frames that fared so. */
  const moved = (after: string, { before = '10 a', announced = true, scene = {} as Scene } = {}) =>
    record(scene)
      .stream('before', before)
      .sentinel()
      .sent('announce', 'b', announced ? ['a', 'world'] : [])
      .stream('after', after)
      .sentinel();

  table('switch/relearns/arp-request', [
    ['all to b', moved('10 b'), 'pass', /moved the station to port b after a gratuitous ARP request/],
    ['one lost', moved('9 b, 1 -'), 'pass', /moved the station/],
    ['half lost', moved('5 b, 5 -'), 'inconclusive', /5 of 10 frames came out nowhere/],
    ['stale', moved('10 a'), 'fail', /still go to the old port a. The switch carried the announcement/],
    [
      'stale, announcement dropped',
      moved('10 a', { announced: false }),
      'fail',
      /None of 1 came out at World/,
    ],
    ['both copies', moved('10 a+b'), 'fail', /both the old and the new port/],
    ['late', moved('4 a, 6 b'), 'fail', /took longer than 1000 ms/],
    ['flooded', moved('10 b+monitor', { scene: { ports: monitored } }), 'fail', /flooded to further ports/],
    ['lost', moved('10 -'), 'fail', /come out nowhere/],
    [
      'old state not real',
      moved('10 b', { before: '10 a+b' }),
      'inconclusive',
      /should have reached port a only/,
    ],
    ['one frame before lost', moved('10 b', { before: '9 a, 1 -' }), 'pass', /moved the station/],
    ['two frames before lost', moved('10 b', { before: '8 a, 2 -' }), 'inconclusive', /2 came out nowhere/],
    [
      'nothing was sent',
      record().stream('before', '10 a').sentinel(),
      'inconclusive',
      /no frame leaving World/,
    ],
  ]);

  it('tells separately what reached, what was stale and what was flooded', () => {
    const findings = (after: string, scene: Scene = {}) =>
      judged('switch/relearns/arp-request', moved(after, { scene }).end()).findings.map(({ holds }) => holds);
    assert.deepEqual(findings('10 b', { ports: monitored }), [true, true, true, true]);
    assert.deepEqual(findings('10 b'), [true, true, null, true]);
    assert.deepEqual(findings('10 a', { ports: monitored }), [false, false, true, true]);
    assert.deepEqual(findings('10 b+monitor', { ports: monitored }), [true, true, false, true]);
  });

  it('says of an announcement that did not come out only after three that it was dropped', () => {
    const carried = (announcements: number) => {
      const script = record().stream('before', '10 a').sentinel();
      for (let n = 0; n < announcements; n += 1) script.sent('announce', 'b', []);
      const { findings } = judged(
        'switch/relearns/arp-request',
        script.stream('after', '10 a').sentinel().end(),
      );
      return findings.find(({ id }) => id === 'carried')?.holds;
    };
    assert.deepEqual([carried(1), carried(2), carried(3)], [null, null, false]);
  });

  it('bounds the relearn time by the polls', () => {
    const script = record()
      .stream('before', '10 a')
      .sent('announce', 'b', ['a', 'world'])
      .stream('poll', '3 a, 3 b')
      .stream('after', '10 b')
      .sentinel();
    const [time] = judged('switch/relearns/arp-request', script.end()).measurements;
    assert.deepEqual([time?.low, time?.high, time?.unit], [3, 4, 'ms']);
  });

  table('switch/virtual-mac/vrrp-ipv4', [
    ['moved', moved('10 b'), 'pass', /VRRP IPv4 address moved to port b/],
    ['stale', moved('10 a'), 'fail', /VRRP IPv4 address still go to the old port a/],
    ['flooded', moved('10 b+monitor', { scene: { ports: monitored } }), 'fail', /are flooded/],
    ['lost', moved('10 -'), 'fail', /come out nowhere/],
    ['half lost', moved('5 b, 5 -'), 'inconclusive', /too lossy/],
  ]);

  const learned = (after: string, before = '3 a+b') =>
    record()
      .stream('before', before)
      .sentinel()
      .sent('speak', 'a', ['b', 'world'])
      .stream('after', after)
      .sentinel();

  table('switch/learns/rarp', [
    ['learned', learned('10 a'), 'pass', /learned the station at port a from a RARP request/],
    ['flooded', learned('10 a+b'), 'fail', /it was not learned/],
    ['lost', learned('10 -'), 'fail', /come out nowhere/],
    ['half lost', learned('5 a, 5 -'), 'inconclusive', /too lossy/],
    ['known before', learned('10 a', '3 a'), 'inconclusive', /knew it from an earlier run/],
  ]);

  it('shows a flood that was seen, also without a monitor', () => {
    const { findings } = judged('switch/learns/rarp', learned('10 a+b').end());
    assert.equal(findings.find(({ id }) => id === 'no-flood')?.holds, false);
  });
});

describe('switch/failback: judge', () => {
  const walked = (...steps: string[]) => {
    const script = record().stream('before', '10 a').sentinel();
    for (const [index, fates] of steps.entries()) {
      script
        .sent(`announce-${index + 1}`, index % 2 === 0 ? 'b' : 'a', ['world'])
        .stream(`after-${index + 1}`, fates);
    }
    return script.sentinel();
  };
  table('switch/failback/once', [
    ['there and back', walked('5 b', '5 a'), 'pass', /followed all 2 moves/],
    [
      'the way back not followed',
      walked('5 b', '5 b'),
      'fail',
      /did not follow move 2, the way back to port a/,
    ],
    ['the way there not followed', walked('5 a'), 'fail', /did not follow move 1, the way to port b/],
    ['a lossy step does not hide a failed one', walked('4 b, 1 -', '5 b'), 'fail', /move 2/],
    ['lossy', walked('4 b, 1 -', '5 a'), 'inconclusive', /1 of 5 frames came out nowhere/],
    ['the harness too late to tell', walked('5 b'), 'inconclusive', /too late to tell when move 1/],
    [
      'not within the limit',
      record()
        .stream('before', '10 a')
        .sentinel()
        .sent('announce-1', 'b', ['a', 'world', 'monitor'])
        .wait(1001)
        .stream('poll-1', '1 a, 1 b')
        .stream('after-1', '5 b')
        .sentinel(),
      'fail',
      /move 1 later than 1000 ms/,
    ],
  ]);
});

describe('switch/silent-takeover, never-spoke, group-source, eth-source: judges', () => {
  const silent = (after: string) =>
    record().stream('before', '10 a').sentinel().stream('after', after).sentinel();
  table('switch/silent-takeover/silence', [
    ['stays', silent('10 a'), 'pass', /entry stayed/],
    ['forgets', silent('4 a, 6 a+b'), 'fail', /forgot the station/],
    ['lost', silent('9 a, 1 -'), 'inconclusive', /got lost/],
    ['nothing was sent', record().stream('before', '10 a').sentinel(), 'inconclusive', /got lost/],
  ]);

  const flooded = (fates: string, ports: Scene['ports'] = monitored) =>
    ['station-1', 'station-2', 'station-3']
      .reduce((script, label) => script.stream(label, fates), record({ ports }).sentinel())
      .sentinel();
  table('switch/never-spoke/flooded', [
    ['everywhere', flooded('5 a+b+monitor'), 'pass', /Every port/],
    ['without a monitor', flooded('5 a+b', ['a', 'b', 'world']), 'pass', /Every port/],
    ['not to b', flooded('5 a+monitor'), 'fail', /did not come out at port b/],
    ['nowhere', flooded('5 -'), 'fail', /port a and port b and port monitor/],
  ]);

  const invalid = (after: string, before = '5 a+b') =>
    record()
      .stream('before', before)
      .sentinel()
      .sent('invalid-source', 'a', [])
      .stream('after', after)
      .sentinel();
  table('switch/group-source/group', [
    ['still everywhere', invalid('5 a+b'), 'pass', /was not learned/],
    ['learned', invalid('5 a'), 'fail', /port a alone: it was learned/],
    ['filtered after', invalid('5 -'), 'fail', /no longer reach every port/],
    ['filtered before', invalid('5 a+b', '5 -'), 'inconclusive', /reached no port before/],
  ]);

  const spoke = (source: string, sender: string, before = '3 a+b') =>
    record()
      .stream('before-source', before)
      .stream('before-sender', '3 a+b')
      .sentinel()
      .sent('speak', 'a', ['b', 'world'])
      .stream('after-source', source)
      .stream('after-sender', sender)
      .sentinel();
  table('switch/eth-source/arp-reply', [
    ['source learned', spoke('10 a', '10 a+b'), 'pass', /the Ethernet source and nothing else/],
    ['sender learned', spoke('10 a+b', '10 a'), 'fail', /address inside the ARP packet/],
    ['sender learned as well', spoke('10 a', '10 a'), 'fail', /address inside the ARP packet/],
    ['none learned', spoke('10 a+b', '10 a+b'), 'fail', /did not learn the Ethernet source/],
    ['a copy of the flood lost', spoke('10 a', '9 a+b, 1 a'), 'pass', /and nothing else/],
    ['nowhere', spoke('10 -', '10 -'), 'inconclusive', /came out nowhere/],
    ['known before', spoke('10 a', '10 a+b', '3 a'), 'inconclusive', /from an earlier run/],
  ]);
});

describe('switch/relearn-time: judge', () => {
  const steady: readonly StreamPart[] = [{ frames: 250, at: ['a'] }];
  /** One move to b: 250 frames ahead of the announcement, then these. */
  const measured = (
    parts: readonly StreamPart[],
    { relearnMs = 1000, lead = steady, stampErrorNs = 0 } = {},
  ) =>
    record({ relearnMs, stampErrorNs })
      .stream('before', '10 a')
      .sentinel()
      .mark('spacing', '8000')
      .numbered('round-1', [...lead, { announce: 'announce-1', from: 'b' }, ...parts])
      .sentinel();
  const id = 'switch/relearn-time/announced';

  it('bounds the move by the last wrong and the first right frame', () => {
    const { outcome, measurements } = judged(
      id,
      measured(
        [
          { frames: 50, at: [] },
          { frames: 2000, at: ['b'] },
        ],
        { stampErrorNs: 100 },
      ).end(),
    );
    assert.equal(outcome, 'pass');
    const longest = measurements.find(({ name }) => name.includes('longest'));
    // Frame 50 left 49 · 8 µs after the first, frame 51 one step later; ± the stamps' error of 0.1 µs.
    assert.deepEqual(
      [longest?.low, longest?.high].map((us) => us?.toFixed(1)),
      ['392.9', '401.1'],
    );
    assert.equal(measurements.find(({ name }) => name.startsWith('frames lost'))?.value, 50);
  });
  table(id, [
    ['at once', measured([{ frames: 2000, at: ['b'] }]), 'pass', /complete within/],
    ['never', measured([{ frames: 2000, at: ['a'] }]), 'fail', /Move 1 never completed within 1000 ms/],
    [
      'beyond the limit',
      measured(
        [
          { frames: 2000, at: ['a'] },
          { frames: 100, at: ['b'] },
        ],
        { relearnMs: 10 },
      ),
      'fail',
      /at least 16/,
    ],
    [
      'limit inside the uncertainty',
      measured(
        [
          { frames: 1250, at: ['a'] },
          { frames: 100, at: ['b'] },
        ],
        { relearnMs: 10, stampErrorNs: 1e6 },
      ),
      'inconclusive',
      /the limit lies in between/,
    ],
    [
      'lossy before anything moved',
      measured([{ frames: 2000, at: ['b'] }], {
        lead: [{ frames: 9, at: ['a'] }, { frames: 1, at: [] }, ...steady],
      }),
      'inconclusive',
      /1 frame lost before the moves/,
    ],
    ['no stream', record().stream('before', '10 a').sentinel(), 'inconclusive', /in 0 rounds/],
  ]);
});

describe('what makes any recording unfit', () => {
  const good = () =>
    record().stream('before', '10 a').sentinel().sent('announce', 'b', ['world']).stream('after', '10 b');
  const id = 'switch/relearns/arp-request';
  it('frames lost by the capture', () => {
    assert.match(judged(id, withDrops(good().sentinel().end(), 3)).reason, /port a \(nic-a\) lost 3 frames/);
  });
  it('a deaf port after a quiet window', () => {
    const judgement = judged(id, good().sentinel(['b']).end());
    assert.equal(judgement.outcome, 'inconclusive');
    assert.match(judgement.reason, /Port b heard neither/);
  });
  it('a frame that never left', () => {
    const judgement = judged(id, good().swallowed('after', 'world').sentinel().end());
    assert.equal(judgement.outcome, 'inconclusive');
    assert.match(judgement.reason, /'after' was given to port world but never seen to leave/);
  });
  it('a port that the probe needs, but that was not recorded', () => {
    const recording = record({ ports: ['a', 'world'] })
      .stream('before', '10 a')
      .sentinel()
      .end();
    assert.match(judged(id, recording).reason, /Port b was not recorded/);
  });
  it('no sentinel at all', () => {
    const recording = record()
      .stream('before', '10 a')
      .sent('announce', 'b', ['world'])
      .stream('after', '10 b')
      .end();
    assert.match(judged(id, recording).reason, /No sentinel proved/);
  });
  it('a judge that throws', () => {
    const probe = { ...caseOf(id).probe, judge: () => assert.fail('a broken judge') };
    const judgement = verdict(probe, null, good().sentinel().end());
    assert.equal(judgement.outcome, 'inconclusive');
    assert.match(judgement.reason, /could not read this recording: a broken judge/);
  });
});
