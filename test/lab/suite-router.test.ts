/** Good routers: Linux, one-armed and with a far side, and FRR. Every case passes, in both views. */
import assert from 'node:assert/strict';
import { frrLimit } from '../../src/lab/router.js';
import { statusOf } from '../../src/result.js';
import { skip } from '../skip.js';
import {
  assertEvery,
  assertJudgedAlike,
  assertTook,
  assertValid,
  figure,
  routerSuiteMs,
  tenMegabytes,
} from './good-device.js';
import { type LabRun, needs, octetsBelow, openTestLab, settled, type TestLab, told } from './run-lab.js';

/** Where they can be compared at all, the two views say the same. */
function assertViewsAgree({ result }: LabRun): void {
  const compared = result.cases.flatMap(({ id, findings }) => {
    const found = findings.find((finding) => finding.id === 'views-agree');
    return found ? [{ ...found, id }] : [];
  });
  assert.ok(compared.length >= 10, `only ${compared.length} cases show both views`);
  for (const { id, holds, text } of compared) assert.ok(holds, `${id}: ${text}`);
}

for (const bench of ['full', 'far'] as const) {
  describe(`a good router: Linux, ${bench === 'far' ? 'with a far side' : 'one-armed'}`, function () {
    this.timeout(120_000);
    let lab: TestLab;
    let router: LabRun;

    before(async function () {
      needs(this, 'SSH');
      lab = await openTestLab({ switch: 'linux-bridge', bench });
      router = await lab.run('router');
    });
    after(() => lab?.close());

    it('passes every case, in time', async () => {
      const cases = await settled(lab, 'router', router);
      assertEvery(cases, 'router');
      assert.equal(statusOf(cases), 'compliant');
      assertTook(router, routerSuiteMs);
    });

    it('forwards to whom its own cache names', () => assertViewsAgree(router));

    it('says how its client reaches it', () => {
      const texts = router.result.preflight.filter(({ id }) => id.startsWith('forwards-')).map((c) => c.text);
      const where = bench === 'far' ? /at its far side/ : /back into the network under test/;
      assert.equal(texts.length, 2);
      for (const text of texts) assert.match(text, where);
      assert.equal(
        router.result.bench.unseen.some((text) => text.includes('No far side')),
        bench === 'full',
      );
    });

    it('leaves evidence that is valid, small, and comes to the same verdicts', async () => {
      await assertValid(router.folder);
      await assertJudgedAlike(router);
      const octets = await octetsBelow(router.folder);
      figure(`${(octets / 1e6).toFixed(2)} MB`);
      assert.ok(octets < tenMegabytes, `${octets} octets`);
    });
  });
}

describe('a good router: FRR', function () {
  this.timeout(60_000);
  let lab: TestLab;
  const few = /follows-announcement\/(ipv4-common|ipv6-all-nodes)|refresh-by-asking|client-behind/;

  before(async function () {
    needs(this, 'SSH');
    const limit = frrLimit();
    if (limit !== undefined) skip(this, limit);
    lab = await openTestLab({ switch: 'linux-bridge', router: 'frr' });
  });
  after(() => lab?.close());

  it('passes, and is known by its version', async () => {
    const router = await lab.run('router', { selected: (id) => few.test(id) });
    const cases = await settled(lab, 'router', router);
    assert.equal(cases.length, 6);
    for (const entry of cases) assert.equal(entry.outcome, 'pass', told(entry));
    assert.equal(router.result.device.vendor, 'FRR');
    assert.match(router.result.device.firmware, /^\d+\.\d/);
  });

  it('shows its vtysh to whoever logs in', async () => {
    const { stdout } = await lab.exec('tko-router', [
      `${lab.directory}/tko-router/tools/vtysh`,
      '-c',
      'show version',
    ]);
    assert.match(stdout, /FRRouting/);
  });
});

describe('a router that does not forward', function () {
  this.timeout(60_000);
  let lab: TestLab;
  before(async () => {
    lab = await openTestLab({ switch: 'linux-bridge' });
    await lab.exec('tko-router', [
      'sysctl',
      '-q',
      '-w',
      'net.ipv4.ip_forward=0',
      'net.ipv6.conf.all.forwarding=0',
    ]);
  });
  after(() => lab?.close());

  it('is not judged, and the operator is told what to do', async () => {
    const only = /router\/refresh-by-asking\/ipv4/;
    const { result } = await lab.run('router', { selected: (id) => only.test(id) });
    const check = result.preflight.find(({ id }) => id === 'forwards-ipv4');
    assert.equal(check?.ok, false);
    assert.match(check?.text ?? '', /turn forwarding on, and let it send packets back out/);
    for (const entry of result.cases) {
      assert.equal(entry.outcome, 'inconclusive', told(entry));
      assert.match(entry.reason, /turn forwarding on/);
    }
  });
});
