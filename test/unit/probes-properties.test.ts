/** What holds of every judge, whatever the recording. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { probes } from '../../probes/index.js';
import { verdict } from '../../src/engine/verdict.js';
import type { Recording } from '../../src/evidence/recording.js';
import type { PortName } from '../../src/probe.js';
import { judged } from './judging.js';
import {
  claim,
  established,
  hostReply,
  observed,
  type Reaction,
  record,
  serviceOf,
  withDrops,
} from './recordings.js';

const ports: readonly PortName[] = ['a', 'b', 'world', 'monitor'];
/** Every role that a probe of the catalogue reads. */
const addresses: Record<string, string> = Object.fromEntries(
  ['', ...Array.from({ length: 12 }, (_, n) => `-${n + 1}`)].flatMap((suffix, n) => {
    const of = serviceOf(n);
    return [
      [`service${suffix}`, of.service],
      [`old${suffix}`, of.old],
      [`new${suffix}`, of.new],
    ];
  }),
);
Object.assign(addresses, {
  own: '00:00:5e:00:53:70',
  second: '00:00:5e:00:53:71',
  'nic-ipv4': '192.0.2.70',
  service6: '2001:db8::77',
  'asker-after': '192.0.2.9',
  'asker-after6': '2001:db8::9',
  rival: '00:00:5e:00:53:72',
  sender: '00:00:5e:00:53:73',
  foreign: '203.0.113.7',
  defended: '192.0.2.50',
  former: '00:00:5e:00:53:74',
  asker: '00:00:5e:00:53:75',
  client: '00:00:5e:00:53:76',
  relay: '00:00:5e:00:53:77',
  visitor: '00:00:5e:00:53:78',
  witness: '00:00:5e:00:53:79',
  started: '00:00:5e:00:53:7a',
  'all-nodes': 'ff02::1',
  unspecified: '::',
  beyond: '2001:db8:1::1',
  formed: '2001:db8:2::1',
  prefix: '2001:db8:2::',
  'visitor-address': '192.0.2.78',
});
const labels = [
  ...['own-a-before', 'own-b-before', 'own-b-after', 'to-a-before', 'to-b-before', 'to-b-after', 'message-1'],
  ...[
    'plain-1',
    'ask',
    'burst',
    'foreign-1',
    'moved',
    'address-1',
    'poll-first',
    'silent-first',
    'late-first',
  ],
  ...[
    'before',
    'after',
    'announce',
    'poll',
    'probe',
    'speak',
    'before-source',
    'before-sender',
    'after-source',
  ],
  ...[
    'after-sender',
    'after-unknown',
    'station-1',
    'station-2',
    'station-3',
    'sentinel-1',
    'announce-1',
    'after-1',
  ],
  ...['announce-2', 'after-2', 'before-1', 'before-2', 'create', 'create-1', 'answer'],
  ...['before-x', 'before-y', 'unknown-y', 'after-x', 'after-y', 'stray', 'in-1', 'in-10', 'known', 'to-0e'],
  ...['before-a', 'before-b', 'beat-a', 'beat-b', 'witness-a', 'witness-b', 'report-b', 'unreported'],
];
/** Every declaration that a judge reads. */
const declared = { groupMembershipMs: 8_000, vlans: { native: 1, tagged: [10, 20] } };
const reactions: readonly Reaction[] = ['old', 'new', 'asked', 'observer', 'other', 'silent'];

const somePorts = fc.subarray([...ports]);
const suffix = fc.constantFrom('', '-1', '-2', '-3');
const service = fc.nat(12).map((n) => serviceOf(n));

/** One line of a script. */
const line = fc.oneof(
  fc.record({
    kind: fc.constant('sent' as const),
    label: fc.constantFrom(...labels),
    from: fc.constantFrom(...ports),
    to: somePorts,
  }),
  fc.record({
    kind: fc.constant('swallowed' as const),
    label: fc.constantFrom(...labels),
    from: fc.constantFrom(...ports),
  }),
  fc.record({ kind: fc.constant('sentinel' as const), deaf: somePorts }),
  fc.record({
    kind: fc.constant('stream' as const),
    frames: fc.integer({ min: 1, max: 50 }),
    at: somePorts,
    later: somePorts,
  }),
  fc.record({
    kind: fc.constant('established' as const),
    of: service,
    suffix,
    reaction: fc.constantFrom(...reactions),
  }),
  fc.record({
    kind: fc.constant('observed' as const),
    of: service,
    suffix,
    reaction: fc.constantFrom(...reactions),
  }),
  fc.record({ kind: fc.constant('claim' as const), of: service, suffix }),
  fc.record({ kind: fc.constant('reply' as const), of: service }),
  fc.record({
    kind: fc.constant('noise' as const),
    port: fc.constantFrom(...ports),
    bytes: fc.uint8Array({ maxLength: 80 }),
  }),
  fc.record({
    kind: fc.constant('neighbour' as const),
    of: service,
    mac: fc.constantFrom('old', 'new', undefined),
  }),
);

const recordings = fc
  .record({ present: fc.subarray([...ports], { minLength: 1 }), lines: fc.array(line, { maxLength: 30 }) })
  .map(({ present, lines }): Recording => {
    const script = record({ ports: present, addresses, declared });
    for (const [n, step] of lines.entries()) {
      if (step.kind === 'sent' && present.includes(step.from)) script.sent(step.label, step.from, step.to);
      if (step.kind === 'swallowed') script.swallowed(step.label, step.from);
      if (step.kind === 'sentinel') script.sentinel(step.deaf);
      if (step.kind === 'stream') {
        script.numbered(`round-${n}`, [
          { frames: step.frames, at: step.at },
          { announce: `announce-${n}`, from: 'b' },
          { frames: step.frames, at: step.later },
        ]);
      }
      if (step.kind === 'established') established(script, step.of, step.suffix, step.reaction);
      if (step.kind === 'observed') observed(script, `after${step.suffix}`, step.of, step.reaction, n);
      if (step.kind === 'claim')
        script.sent(`announce${step.suffix}`, 'b', [], claim(step.of.service, step.of.new));
      if (step.kind === 'reply') script.heard('a', hostReply(step.of.new));
      if (step.kind === 'noise') script.heard(step.port, step.bytes);
      if (step.kind === 'neighbour') {
        script.neighbour(step.of.service, step.mac ? step.of[step.mac] : null, 'STALE');
      }
    }
    return script.end();
  });

/** The first and the last case of each probe: its kinds of parameters. */
const cases = probes.flatMap((probe) =>
  [...new Set([probe.cases[0], probe.cases.at(-1)])].flatMap((c) =>
    c ? { id: `${probe.id}/${c.id}`, probe, params: c.params } : [],
  ),
);

/** Others in each run of the tests, told when one fails. */
const runs = { numRuns: 200, seed: Date.now() | 0 };

describe('every judge', () => {
  let sampled: readonly [Recording, number][];
  const drawn = fc.tuple(recordings, fc.integer({ min: 1, max: 1e6 }));
  before(() => {
    sampled = fc.sample(drawn, runs);
  });

  /** Holds of all that is drawn. To draw takes longer than to judge, so all judges get the same; one that fails is drawn
   *  again, since fast-check then finds the smallest recording like it. */
  function holdsOfAny(claim: (recording: Recording, dropped: number) => void): void {
    try {
      for (const [recording, dropped] of sampled) claim(recording, dropped);
    } catch {
      fc.assert(
        fc.property(drawn, ([recording, dropped]) => claim(recording, dropped)),
        runs,
      );
      throw new Error('What failed on a sample holds when it is drawn again: a judge is not pure.');
    }
  }

  for (const { id, probe, params } of cases) {
    it(`${id} judges any recording, whatever order its ports are in`, () => {
      holdsOfAny((recording) => {
        // Not through `verdict`, which would report that a judge threw as an inconclusive case.
        const holds = probe.controlHolds(recording, params);
        const judgement = probe.judge(recording, params);
        assert.ok(holds === true || holds.length > 0);
        assert.notEqual(judgement.reason, '');
        const reversed = { ...recording, ports: [...recording.ports].reverse() };
        assert.deepEqual(verdict(probe, params, reversed), verdict(probe, params, recording));
      });
    });

    it(`${id} never passes what a capture lost, nor with a port that was deaf`, () => {
      holdsOfAny((recording, dropped) => {
        assert.notEqual(verdict(probe, params, withDrops(recording, dropped)).outcome, 'pass');
        const unheard = recording.frames.filter(
          ({ label, direction }) => !(label?.startsWith('sentinel-') && direction === 'in'),
        );
        const deaf = { ...recording, frames: unheard };
        const asked = recording.events.some(
          (e) => e.kind === 'mark' && e.name === 'sentinel' && !e.detail?.endsWith('='),
        );
        if (asked || probe.device === 'switch') assert.notEqual(verdict(probe, params, deaf).outcome, 'pass');
      });
    });
  }

  it('passes the good ones, so that the properties above are not empty', () => {
    const moved = record({ addresses })
      .stream('before', '10 a')
      .sentinel()
      .sent('announce', 'b', ['world'])
      .stream('after', '10 b');
    const good = moved.sentinel().end();
    assert.equal(judged('switch/relearns/arp-request', good).outcome, 'pass');
    assert.equal(judged('switch/relearns/arp-request', withDrops(good, 1)).outcome, 'inconclusive');
    const v = serviceOf();
    const followed = established(record({ ports: ['a', 'b'], addresses }), v);
    followed.sent('announce', 'b', [], claim(v.service, v.new));
    const host = observed(followed, 'after', v, 'new', 2).end();
    assert.equal(judged('host/refresh-by-ping/settled', host).outcome, 'pass');
    assert.equal(judged('host/refresh-by-ping/settled', withDrops(host, 1)).outcome, 'inconclusive');
  });
});
