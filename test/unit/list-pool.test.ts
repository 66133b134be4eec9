import assert from 'node:assert/strict';
import { type PoolOptions, runPool } from '../../src/list/pool.js';

/** A thread that answers, hangs, swallows memory, throws or leaves, as it is told. */
const module = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (task) => {
      if (task === 'hang') for (;;);
      if (task === 'swallow') { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); }
      if (task === 'throw') throw new Error('on purpose');
      if (task === 'leave') process.exit(7);
      parentPort.postMessage(task * 2);
    });
  `)}`,
);

type Task = number | 'hang' | 'swallow' | 'throw' | 'leave';

async function run(tasks: readonly Task[], over: Partial<PoolOptions<Task, number>> = {}) {
  const ends = new Map<Task, number | string>();
  await runPool<Task, number>(tasks, {
    ...{ module, workerData: null, threads: 2, boundMs: 15_000, memoryMiB: 32 },
    answered: (task, answer) => ends.set(task, answer),
    died: (task, why) => ends.set(task, why),
    ...over,
  });
  return ends;
}

describe('a pool of threads', () => {
  it('does every task once', async () => {
    const ends = await run([1, 2, 3, 4, 5]);
    assert.deepEqual(
      [...ends].sort(),
      [1, 2, 3, 4, 5].map((n) => [n, 2 * n]),
    );
    assert.equal((await run([])).size, 0);
  });

  it('starts no more threads than there are tasks', async () => {
    const started = new Int32Array(new SharedArrayBuffer(4));
    const counting = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort, workerData } from 'node:worker_threads';
        Atomics.add(workerData, 0, 1);
        parentPort.on('message', (task) => parentPort.postMessage(task));
      `)}`,
    );
    await run([], { module: counting, workerData: started });
    assert.equal(started[0], 0);
    await run([1], { module: counting, workerData: started, threads: 4 });
    assert.equal(started[0], 1);
  });

  it('outlives what a task does to its thread, says what it was, and goes on', async () => {
    const ends = await run([1, 'swallow', 2, 'throw', 3, 'leave', 4]);
    assert.equal(ends.get('swallow'), 'needs more than 32 MiB of memory');
    assert.equal(ends.get('throw'), 'ends its reader: on purpose');
    assert.match(String(ends.get('leave')), /^ended its reader with code 7$/);
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => ends.get(n)),
      [2, 4, 6, 8],
    );
  });

  it('ends a task that takes too long', async () => {
    const ends = await run(['hang', 1], { threads: 1, boundMs: 800 });
    assert.equal(ends.get('hang'), 'takes more than 0.8 s');
    assert.equal(ends.get(1), 2);
  });

  it('rejects with what the caller throws', async () => {
    const died = () => {
      throw new Error('stop');
    };
    await assert.rejects(run(['throw'], { died }), /stop/);
  });
});
