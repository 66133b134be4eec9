/** The probes that take links down, whole: run through the engine against switches in memory. */
import assert from 'node:assert/strict';
import { type MemoryBenchOptions, openMemoryBench, prepare, runOn } from './memory-bench.js';

const cases = /^switch\/(isolation|link-down|spanning-tree)\//;

/** The cases' outcomes, by their ids without `switch/`. */
type Outcomes = Record<string, string>;

async function outcomes(options: MemoryBenchOptions): Promise<Outcomes> {
  const on = await openMemoryBench(options);
  try {
    await prepare(on);
    const results = await runOn(on, { selected: (id) => cases.test(id) });
    return Object.fromEntries(results.map(({ id, outcome }) => [id.replace('switch/', ''), outcome]));
  } finally {
    await on.close();
  }
}

const good = {
  'isolation/broadcast': 'pass',
  'isolation/vrrp-multicast': 'pass',
  'isolation/unicast': 'pass',
  'link-down/flushed': 'pass',
  'spanning-tree/link-up': 'pass',
};

describe('the probes of links through the engine, on switches in memory', () => {
  let started: Record<
    'good' | 'smallest' | 'slow' | 'lossy' | 'keepsStations' | 'comesUpLate',
    Promise<Outcomes>
  >;
  before(() => {
    started = {
      good: outcomes({}),
      smallest: outcomes({ ports: ['a', 'b', 'world'] }),
      slow: outcomes({ behaviour: () => ({ delayMs: 30 }) }),
      lossy: outcomes({ seed: 3, behaviour: () => ({ loss: 0.03, delayMs: 30 }) }),
      keepsStations: outcomes({ behaviour: () => ({ keepsStations: true }) }),
      comesUpLate: outcomes({ behaviour: () => ({ forwardDelayMs: 3_500 }) }),
    };
  });

  it('pass on a good switch, a small bench and a slow switch', async () => {
    assert.deepEqual(await started.good, good);
    assert.deepEqual(await started.smallest, good);
    assert.deepEqual(await started.slow, good);
  });

  it('never fail for loss', async () => {
    for (const [id, outcome] of Object.entries(await started.lossy)) assert.notEqual(outcome, 'fail', id);
  });

  it('fail on a switch that keeps the stations of a dead port', async () => {
    assert.deepEqual(await started.keepsStations, { ...good, 'link-down/flushed': 'fail' });
  });

  it('fail on a switch whose ports come up late, and wait for them before the next case', async () => {
    assert.deepEqual(await started.comesUpLate, { ...good, 'spanning-tree/link-up': 'fail' });
  });
});
