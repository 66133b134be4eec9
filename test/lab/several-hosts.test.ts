/** Several hosts on one segment, certified at the same time: each as if it were alone, in little more time than one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { probes } from '../../probes/index.js';
import type { BenchDevice } from '../../src/bench/bench.js';
import { type FinishedRun, runBench } from '../../src/engine/run.js';
import { sysctl } from '../../src/lab/command.js';
import { figure } from './good-device.js';
import { addHost, deviceOf, moreHost, removeHosts } from './more-hosts.js';
import { needs, openTestLab, outcomes, type TestLab } from './run-lab.js';

/** Beside the lab's own host; the last drops gratuitous ARP. */
const others = [2, 3, 4].map(moreHost);

/** Cases of either family that run beside others, and one that runs alone; each form of the matrix once. */
const selected = (id: string): boolean =>
  /^host\/(refresh-by-ping|creates|answers|probe-harmless|unsolicited-na|ns-updates|na-invalid|conflict)\//.test(
    id,
  ) ||
  (id.startsWith('host/updates-on-announcement/') && !/-age-(?!1100)\d+ms$/.test(id));

describe('several hosts at once', function () {
  this.timeout(300_000);
  let lab: TestLab;

  before(async function () {
    needs(this, 'SSH');
    lab = await openTestLab({ switch: 'linux-bridge' });
    for (const host of others) await addHost(lab, host);
    await sysctl('tko-host4', { 'net.ipv4.conf.eth0.drop_gratuitous_arp': 1 });
  });
  after(async () => {
    await lab?.close();
    await removeHosts(others);
  });

  async function certify(devices: readonly BenchDevice[]): Promise<FinishedRun & { wallMs: number }> {
    const startMs = performance.now();
    const run = await runBench({
      bench: { ...lab.bench, devices: [...devices] },
      probes,
      driver: 'libpcap',
      repeat: 1,
      seed: devices.length,
      out: join(lab.directory, `hosts-${devices.length}`),
      selected,
      slow: false,
      bail: false,
      resume: false,
      listener: { begin() {}, start() {}, finish() {}, wait() {} },
      stop: new AbortController().signal,
    });
    return { ...run, wallMs: performance.now() - startMs };
  }

  it('come to the verdicts that each comes to alone, in little more time', async () => {
    const own = lab.bench.devices.filter(({ kind }) => kind === 'host');
    const added = others.map((host) => deviceOf(host));
    const alone = await certify(own);
    const together = await certify([...own, ...added]);
    figure(`one host ${(alone.wallMs / 1000).toFixed(1)} s, four ${(together.wallMs / 1000).toFixed(1)} s`);
    const [wanted] = alone.results.map(({ result }) => outcomes(result.cases));
    assert.ok(wanted);
    const [first, second, third, deaf] = together.results.map(({ result }) => outcomes(result.cases));
    assert.deepEqual(first, wanted);
    for (const outside of [second, third]) {
      assert.ok(outside);
      assert.deepEqual(outside, wanted);
    }
    assert.equal(deaf?.['host/updates-on-announcement/common-form'], 'fail');
    assert.equal(deaf?.['host/unsolicited-na/override'], 'pass');
    assert.ok(together.wallMs < 3 * alone.wallMs);
  });
});
