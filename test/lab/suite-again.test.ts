/** The same switch, asked again: with other addresses, by another driver, and with no processor to spare. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { CaseResult } from '../../src/result.js';
import { assertEvery, assertJudgedAlike, assertTook, figure, switchSuiteMs } from './good-device.js';
import { openTestLab, outcomes, settled, type TestLab } from './run-lab.js';

/** What cap can't do: a frame in a tenth of a millisecond after another, and one that the NIC refuses. */
const beyondCap = /^switch\/(first-frame\/after-100-us|bad-frames\/oversize)$/;

/** Keeps every processor busy until it is told to end. */
function keepBusy(): () => Promise<unknown> {
  const busy: ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return () =>
    Promise.all(
      busy.map((child) => {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        return ended;
      }),
    );
}

describe('a good switch that is asked again', function () {
  this.timeout(400_000);
  let lab: TestLab;
  let first: readonly CaseResult[];
  before(async () => {
    lab = await openTestLab({ switch: 'linux-bridge' });
    first = await settled(lab, 'switch', await lab.run('switch'));
    assertEvery(first, 'switch');
  });
  after(() => lab?.close());

  it('gives the same verdicts through cap, case for case', async () => {
    const throughCap = await lab.run('switch', { driver: 'cap' });
    assert.ok(throughCap.result.bench.ports.every(({ driver }) => driver === 'cap'));
    const alike = (cases: readonly CaseResult[]) => outcomes(cases.filter(({ id }) => !beyondCap.test(id)));
    assert.deepEqual(alike(await settled(lab, 'switch', throughCap, 'cap')), alike(first));
    await assertJudgedAlike(throughCap);
    assertTook(throughCap, switchSuiteMs);
  });

  it('gives the same verdicts, or none, while another program keeps every processor busy', async () => {
    const endBusy = keepBusy();
    const run = await lab.run('switch').finally(endBusy);
    const before = new Map(first.map((entry) => [entry.id, entry.outcome]));
    const open = run.result.cases.filter(({ outcome }) => outcome === 'inconclusive');
    const settledThen = run.result.cases.filter((entry) => !open.includes(entry));
    assert.deepEqual(
      outcomes(settledThen),
      Object.fromEntries(settledThen.map(({ id }) => [id, before.get(id)])),
    );
    figure(
      `${open.length} of ${run.result.cases.length} stayed open: ${open.map(({ id }) => id).join(', ')}`,
    );
    assert.ok(open.length * 4 < run.result.cases.length, `${open.length} cases stayed open`);
    await assertJudgedAlike(run);
  });
});
