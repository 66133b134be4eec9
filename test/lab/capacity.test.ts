/** The number of stations that a switch holds, against switches whose tables were given a size. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { spanMs } from '../../probes/switch/capacity-fates.js';
import { readEvidence } from '../../src/evidence/store.js';
import { setMaxLearned } from '../../src/lab/bridge.js';
import type { SwitchKind } from '../../src/lab/build.js';
import { setOtherConfig } from '../../src/lab/openvswitch.js';
import type { CaseResult } from '../../src/result.js';
import { needs, openTestLab, settled, type TestLab, told } from './run-lab.js';

const fast = 'switch/table-size/up-to-8192';
const deep = 'switch/table-size/up-to-131072';

const giveSize: Readonly<Record<SwitchKind, (lab: TestLab, size: number) => Promise<unknown>>> = {
  'linux-bridge': (lab, size) => setMaxLearned(lab.switchNamespace, size),
  'open-vswitch': (lab, size) => setOtherConfig(lab.switchNamespace, { 'mac-table-size': size }),
};

async function runAlone(lab: TestLab, id: string) {
  const run = await lab.run('switch', { slow: true, selected: (caseId) => caseId === id });
  const [result] = await settled(lab, 'switch', run);
  assert.ok(result);
  return { result, folder: run.folder };
}

/** What comes out on a new switch of that size; where a busy machine leaves it open, on another one. */
async function sizedSwitch(kind: SwitchKind, size: number): Promise<CaseResult> {
  for (let round = 1; ; round += 1) {
    const lab = await openTestLab({ switch: kind });
    try {
      await giveSize[kind](lab, size);
      const { result } = await runAlone(lab, fast);
      if (result.outcome !== 'inconclusive' || round === 3) return result;
    } finally {
      await lab.close();
    }
  }
}

const sizeIn = (result: CaseResult) =>
  result.measurements.find(({ name }) => name === 'stations held at once');

describe('the number of stations that a switch holds', function () {
  this.timeout(90_000);

  for (const kind of ['linux-bridge', 'open-vswitch'] as const) {
    it(`is measured to the station on ${kind}`, async function () {
      if (kind === 'open-vswitch') needs(this, 'Open vSwitch');
      for (const size of [64, 1_500]) {
        const result = await sizedSwitch(kind, size);
        assert.equal(result.outcome, 'fail', told(result));
        assert.match(result.reason, new RegExp(`holds ${size} stations, fewer than the 8192 declared`));
        assert.deepEqual(sizeIn(result), { name: 'stations held at once', value: size, unit: 'addresses' });
      }
    });
  }

  it('is found to be more than 100,000 on the Linux bridge, within ten seconds for each 100,000', async () => {
    const lab = await openTestLab({ switch: 'linux-bridge' });
    try {
      const { result, folder } = await runAlone(lab, deep);
      assert.equal(result.outcome, 'pass', told(result));
      const { value = 0, limitedBy } = sizeIn(result) ?? {};
      assert.ok(value > 131_072, told(result));
      assert.equal(limitedBy, 'tester');
      const stored = result.attempts.at(-1)?.evidence?.events.path;
      assert.ok(stored);
      const recording = await readEvidence(join(folder, dirname(stored)));
      const tookMs = spanMs(recording, 'learn-3', 'check-3');
      console.log(`      ${value} stations learned and looked for in ${(tookMs / 1000).toFixed(1)} s`);
      assert.ok((tookMs * 100_000) / value < 10_000, `${tookMs} ms for ${value} stations`);
    } finally {
      await lab.close();
    }
  });
});
