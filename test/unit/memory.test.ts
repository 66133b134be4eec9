/** A long run must not fill the memory: what a case leaves behind is on disk. */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type AttemptOutcome, runAttempt } from '../../src/engine/attempt.js';
import { defineProbe, pass } from '../../src/probe.js';
import { openMemoryBench, prepare } from './memory-bench.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const cases = 10_000;
const warmUp = 2_000;
const sideBySide = 8;
/** What the heap may grow by from case 2,000 to case 10,000. One leaked object of a case, such as the least
 *  listener with its closure, is 100 octets at least, and so 0.8 MB over 8,000 cases; a leaked frame or
 *  session is many times that. The collector's own noise was below 0.2 MB. */
const growthBytes = 0.6e6;

const probe = defineProbe<null>({
  id: 'nic/tiny',
  device: 'nic',
  title: 'a frame to a station that spoke crosses',
  failureTitle: 'it does not',
  why: 'for the sake of memory',
  requirement: { level: 'info', document: 'practice', clause: 'none' },
  needs: ['a', 'b'],
  cases: [{ id: 'one', title: 'one frame', params: null }],
  async control(context) {
    await context.send('a', context.numbered('a', context.mac('station')), 'hello');
  },
  controlHolds: () => true,
  async stimulus(context) {
    await context.send('b', context.numbered('b', context.mac('station')), 'answer');
  },
  judge: () => pass({ expected: '', observed: '', reason: 'It crossed.' }),
});

async function heapBytes(): Promise<number> {
  // What is freed by finalizers goes in the turn after the collection that found it.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

describe('memory', function () {
  this.timeout(180_000);

  it(`stays flat over ${cases.toLocaleString('en')} cases`, async () => {
    const on = await openMemoryBench({ ports: ['a', 'b'] });
    try {
      await prepare(on);
      const [probeCase] = probe.cases;
      assert.ok(probeCase);
      const run = async (count: number) => {
        let left = count;
        const lane = async (number: number) => {
          while (left-- > 0) {
            const outcome: AttemptOutcome = await runAttempt(on.instrument, probe, probeCase, {
              number,
              folder: on.folder,
            });
            assert.equal(outcome.attempt.outcome, 'pass', outcome.attempt.reason);
          }
        };
        // A case waits for the disk more than it computes.
        await Promise.all(Array.from({ length: sideBySide }, (_, index) => lane(index + 1)));
      };
      await run(warmUp);
      const early = await heapBytes();
      await run(cases - warmUp);
      const growth = (await heapBytes()) - early;
      assert.ok(growth < growthBytes, `the heap grew by ${growth} octets in ${cases - warmUp} cases`);
    } finally {
      await on.close();
    }
  });
});
