/** The same switch, asked again: with other addresses, by another driver, and with no processor to spare. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import {
  assertGood,
  assertJudgedAlike,
  assertTook,
  fastCases,
  figure,
  switchSuiteMs,
} from './good-device.js';
import { openTestLab, settled, type TestLab } from './run-lab.js';
import { probeOf } from './twins/plan.js';

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

/** The first case of each probe: so many suffice to see what a busy machine does to a verdict. */
const oneOfEach: ReadonlySet<string> = new Set(
  new Map(
    fastCases('switch')
      .toReversed()
      .map((id) => [probeOf(id), id]),
  ).values(),
);

describe('a good switch that is asked again', function () {
  this.timeout(300_000);
  let lab: TestLab;
  before(async () => {
    lab = await openTestLab({ switch: 'linux-bridge' });
  });
  after(() => lab?.close());

  it('gives the same verdicts through cap as through libpcap, case for case', async () => {
    const run = await lab.run('switch', { driver: 'cap', selected: (id) => !beyondCap.test(id) });
    assert.ok(run.result.bench.ports.every(({ driver }) => driver === 'cap'));
    assertGood(await settled(lab, 'switch', run, 'cap'));
    await assertJudgedAlike(run);
    assertTook(run, switchSuiteMs);
  });

  it('gives the same verdicts, or none, while another program keeps every processor busy', async () => {
    const endBusy = keepBusy();
    const run = await lab.run('switch', { selected: (id) => oneOfEach.has(id) }).finally(endBusy);
    const { cases } = run.result;
    const open = cases.filter(({ outcome }) => outcome === 'inconclusive');
    assertGood(cases.filter((entry) => !open.includes(entry)));
    figure(`${open.length} of ${cases.length} stayed open: ${open.map(({ id }) => id).join(', ')}`);
    assert.ok(open.length * 4 < cases.length, `${open.length} cases stayed open`);
    await assertJudgedAlike(run);
  });
});
