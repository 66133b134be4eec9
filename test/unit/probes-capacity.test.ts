/** How many stations a switch holds, and how fast it takes them in: on switches in memory whose tables are known. */
import assert from 'node:assert/strict';
import hashCollisions from '../../probes/switch/hash-collisions.js';
import moveWhenFull from '../../probes/switch/move-when-full.js';
import tableSize from '../../probes/switch/table-size.js';
import type { Declared, PortName, Probe, StreamRecord } from '../../src/probe.js';
import type { CaseResult } from '../../src/result.js';
import type { MemorySwitch, SwitchBehaviour } from '../../src/wire/memory/switch.js';
import { judged } from './judging.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { record, type Script } from './recordings.js';

type Behaviour = (network: () => MemorySwitch) => SwitchBehaviour;

const size = 40;

/** A full table takes no new station. */
const refuses: Behaviour = (network) => ({
  learns: ({ vid, source }) => {
    const stations = network().stations();
    return stations.has(`${vid}/${source}`) || stations.size < size;
  },
});

/** A full table drops the station that was silent for longest. */
const displaces: Behaviour = (network) => {
  const heard = new Set<string>();
  return {
    learns: ({ vid, source }) => {
      const [station, stations] = [`${vid}/${source}`, network().stations()];
      heard.delete(station);
      heard.add(station);
      const oldest = [...heard].find((other) => stations.has(other));
      if (!stations.has(station) && stations.size >= size) network().forget(oldest);
      return true;
    },
  };
};

/** Of stations whose addresses end alike, only the first is learned. */
const collides: Behaviour = (network) => ({
  learns: ({ source }) =>
    ![...network().stations().keys()].some(
      (station) => station.slice(-2) === source.slice(-2) && !station.endsWith(source),
    ),
});

/** Port a takes so many stations, and the table more. */
const limitsPort: Behaviour = (network) => ({
  learns: ({ port, vid, source }) => {
    const stations = network().stations();
    const atA = [...stations.values()].filter((where) => where === 'a').length;
    return port !== 'a' || stations.has(`${vid}/${source}`) || atA < size;
  },
});

/** With the table full, an entry does not change its port. */
const pinsWhenFull: Behaviour = (network) => ({
  learns: ({ port, vid, source }) => {
    const stations = network().stations();
    const at = stations.get(`${vid}/${source}`);
    return stations.size < size || at === port;
  },
});

const small = (probe: Probe): Probe => ({
  ...probe,
  cases: probe.cases.slice(0, 1).map((only) => ({ ...only, params: { steps: [2 * size] } })),
});

async function resultOn(probe: Probe, behaviour: Behaviour, declared: Declared = {}): Promise<CaseResult> {
  const on = await openMemoryBench({ behaviour, declared });
  try {
    await prepare(on);
    const [result] = await runOn(on, { probes: [probe] });
    assert.ok(result);
    return result;
  } finally {
    await on.close();
  }
}

const sizeIn = ({ measurements }: CaseResult) =>
  measurements.find(({ name }) => name === 'stations held at once');

/** The runs wait more than they work, so all of them run at the same time. */
function running<Name extends string>(
  runs: Readonly<Record<Name, readonly [probe: Probe, behaviour: Behaviour, declared?: Declared]>>,
): (name: Name) => CaseResult {
  const results = new Map<string, CaseResult>();
  before(async () => {
    const named = Object.entries(runs) as [Name, readonly [Probe, Behaviour, Declared?]][];
    await Promise.all(named.map(async ([name, run]) => results.set(name, await resultOn(...run))));
  });
  return (name) => {
    const result = results.get(name);
    assert.ok(result);
    return result;
  };
}

describe('the capacity of switches in memory', () => {
  const search = small(tableSize as Probe);
  const collisions = hashCollisions as Probe;
  const whenFull = moveWhenFull as Probe;
  const keeping =
    (behaviour: Behaviour): Behaviour =>
    (network) => ({ ...behaviour(network), keepsStations: true });
  const resultOf = running({
    refuses: [search, refuses],
    displaces: [search, displaces],
    'refuses, loses frames and is slow': [
      search,
      (network) => ({ ...refuses(network), loss: 0.03, delayMs: 30 }),
    ],
    'displaces, and keeps stations when a link goes down': [search, keeping(displaces)],
    'has no end': [search, () => ({})],
    'is smaller than declared': [search, refuses, { tableSize: size + 1 }],
    'is as large as declared': [search, refuses, { tableSize: size }],
    'limits a port': [search, limitsPort, { tableSize: 1_000 }],
    'refuses, and keeps stations': [search, keeping(refuses), { tableSize: 1_000 }],
    'ages at once': [search, displaces, { ageingMs: 1 }],
    collides: [collisions, collides, { tableSize: 128 }],
    'has a place for each': [collisions, () => ({}), { tableSize: 128 }],
    'pins when full': [whenFull, pinsWhenFull, { tableSize: size }],
    'moves when full': [whenFull, refuses, { tableSize: size }],
  });

  const exact = [
    ['refuses', /holds 40 stations: a full table refuses new/],
    ['displaces', /holds 40 stations: a full table drops the oldest/],
    ['refuses, loses frames and is slow', /holds 40 stations: a full table refuses new/],
    [
      'displaces, and keeps stations when a link goes down',
      /holds 40 stations: a full table drops the oldest/,
    ],
  ] as const;
  for (const [what, reason] of exact) {
    it(`is found to the station where the table ${what}`, () => {
      const result = resultOf(what);
      assert.equal(result.outcome, 'pass', result.reason);
      assert.match(result.reason, reason);
      assert.deepEqual(sizeIn(result), { name: 'stations held at once', value: size, unit: 'addresses' });
    });
  }

  it('is limited by the tester where the table has room left', () => {
    const { value, limitedBy } = sizeIn(resultOf('has no end')) ?? {};
    assert.deepEqual([value, limitedBy], [2 * size + 4, 'tester']);
  });

  it('fails a table that is smaller than declared, and no other', () => {
    const less = resultOf('is smaller than declared');
    assert.equal(less.outcome, 'fail', less.reason);
    assert.match(less.reason, /holds 40 stations, fewer than the 41 declared/);
    const enough = resultOf('is as large as declared');
    assert.equal(enough.outcome, 'pass', enough.reason);
  });

  it('tells a limit of the port from the size of the table', () => {
    const result = resultOf('limits a port');
    assert.equal(result.outcome, 'fail', result.reason);
    assert.match(result.reason, /Port a takes no more than 39 stations, and port b takes others/);
  });

  it('blames nobody where earlier stations may still be in the table', () => {
    const [first] = resultOf('refuses, and keeps stations').attempts;
    assert.equal(first?.outcome, 'inconclusive');
    assert.match(first.reason, /those of earlier tests may still be in it/);
  });

  it('does not take age for a lack of room', () => {
    const result = resultOf('ages at once');
    assert.equal(result.outcome, 'inconclusive', result.reason);
    assert.match(result.reason, /longer than the switch keeps a silent one/);
  });

  it('fails where random addresses find their places taken, and passes where each has its own', () => {
    const result = resultOf('collides');
    assert.equal(result.outcome, 'fail', result.reason);
    assert.match(
      result.reason,
      /random addresses were not learned: frames to them come out at further ports/,
    );
    assert.equal(resultOf('has a place for each').outcome, 'pass');
  });

  it('fails where an entry is pinned once the table is full, and passes where it moves', () => {
    const result = resultOf('pins when full');
    assert.equal(result.outcome, 'fail', result.reason);
    assert.match(result.reason, /^With the table full, .* still go to the old port a/);
    const moves = resultOf('moves when full');
    assert.equal(moves.outcome, 'pass', moves.reason);
    assert.match(moves.reason, /^With the table full, the switch moved/);
  });
});

describe('switch/learn-rate: judge', () => {
  const learned = (frames: number) => [{ frames, at: ['a'] as const }];
  const carried = (frames: number) => [{ frames, at: ['world'] as const }];
  const half = [
    { frames: 125, at: ['a'] as const },
    { frames: 125, at: ['a', 'b', 'monitor'] as const },
  ];
  const start = () => record({ ports: ['a', 'b', 'world', 'monitor'] }).stream('before', '10 a');
  const say = (script: ReturnType<typeof start>) =>
    judged('switch/learn-rate/burst', script.sentinel().end());

  it('is limited by the tester where no station is missing', () => {
    const script = start().numbered('burst-1', carried(250)).numbered('look-1', learned(250));
    const { outcome, measurements } = say(
      script.numbered('burst-2', carried(250)).numbered('look-2', learned(250)),
    );
    assert.equal(outcome, 'pass');
    const [{ value, unit, limitedBy } = {}] = measurements;
    assert.deepEqual([value, unit, limitedBy], [125_000, 'addresses/s', 'tester']);
  });

  it('says where stations begin to be missing', () => {
    const script = start().numbered('burst-1', carried(250)).numbered('look-1', learned(250));
    script.numbered('burst-2', carried(250)).numbered('look-2', half);
    script.numbered('burst-3', carried(250)).numbered('look-3', learned(250));
    const recording = script.sentinel().end();
    const slower = (stream: StreamRecord, times: number) => ({
      ...stream,
      segments: stream.segments.map((segment) => ({
        ...segment,
        lastSentNs: segment.firstSentNs + (segment.lastSentNs - segment.firstSentNs) * times,
      })),
    });
    const times: Readonly<Record<string, number>> = { 'burst-1': 125, 'burst-3': 4 };
    const streams = recording.streams.map((stream) => slower(stream, times[stream.label] ?? 1));
    const { outcome, measurements } = judged('switch/learn-rate/burst', { ...recording, streams });
    assert.equal(outcome, 'pass');
    const [{ value, low, high, limitedBy } = {}] = measurements;
    assert.deepEqual([value, low, high, limitedBy], [31_250, 31_250, 125_000, undefined]);
  });

  it('fails where stations are missing though there is room for them', () => {
    const script = start().numbered('burst-1', carried(250)).numbered('look-1', half);
    const full = say(script);
    assert.equal(full.outcome, 'inconclusive');
    assert.match(full.reason, /the table may be full/);
    const slow = say(script.numbered('room-1', half).numbered('room-2', learned(60)));
    assert.equal(slow.outcome, 'fail');
    assert.match(slow.reason, /125 were not learned, though their frames were carried/);
  });

  it('blames nobody where frames are lost', () => {
    const lost = [...carried(249), { frames: 1, at: [] }];
    const { outcome, reason } = say(start().numbered('burst-1', lost).numbered('look-1', half));
    assert.equal(outcome, 'inconclusive');
    assert.match(reason, /loses frames/);
  });
});

describe('switch/move-under-load: judge', () => {
  const loaded = (after: string, announced: readonly PortName[], load: Parameters<Script['numbered']>[1]) => {
    const script = record().stream('before-other', '10 a').stream('before', '10 a').numbered('load-1', load);
    script.sent('announce-1', 'b', announced);
    script.numbered('stream-1', [
      { frames: 10, at: ['a'] },
      { frames: 100, at: ['b'] },
    ]);
    return judged('switch/move-under-load/announced', script.stream('after-1', after).sentinel().end());
  };
  const carried = [{ frames: 800, at: ['a'] as const }];
  const thinned = [...carried, { frames: 200, at: [] }];

  it('passes where the move is followed, and tells how long it took', () => {
    const { outcome, measurements } = loaded('10 b', ['world', 'a'], carried);
    assert.equal(outcome, 'pass');
    const took = measurements.find(({ name }) => name === 'relearn time under load');
    assert.equal(took?.unit, 'us');
    assert.equal(measurements[0]?.limitedBy, 'tester');
  });

  it('fails where the announcement is carried and not acted on', () => {
    const { outcome, reason } = loaded('10 a', ['world', 'a'], thinned);
    assert.equal(outcome, 'fail');
    assert.match(reason, /carried the announcement but did not act on it/);
  });

  it('does not take a lost announcement for one that is not followed', () => {
    assert.equal(loaded('10 a', [], thinned).outcome, 'inconclusive');
    const alone = loaded('10 a', [], carried);
    assert.equal(alone.outcome, 'fail');
    assert.match(alone.reason, /dropped the announcement alone/);
  });
});

describe('switch/broadcast-latency: judge', () => {
  const id = 'switch/broadcast-latency/announcement';
  const told = (to: readonly ('a' | 'world')[], lost = 0) => {
    const script = record().stream('before', '10 a');
    for (let n = 0; n < 20; n += 1) script.sent('announce', 'b', n < lost ? [] : to);
    return judged(id, script.sentinel().end());
  };

  it('measures from port to port', () => {
    const { outcome, measurements } = told(['a', 'world']);
    assert.equal(outcome, 'pass');
    const { name, value, unit, low, high } = measurements[1] ?? {};
    assert.deepEqual(
      [name, value, unit, low, high],
      ['announcement from b to world, median of 20', 10, 'us', 10, 10],
    );
  });

  it('fails where none comes out, and waits for an answer where a few are lost', () => {
    assert.equal(told(['a']).outcome, 'fail');
    assert.equal(told(['a', 'world'], 1).outcome, 'pass');
    assert.equal(told(['a', 'world'], 10).outcome, 'inconclusive');
  });
});
