/** NICs as devices under test: every kind that the lab has, two NICs back to back, and what a killed run leaves. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreReport } from '../../src/bench/journal.js';
import { readLinks } from '../../src/bench/links.js';
import type { NicKind } from '../../src/lab/nics.js';
import { statusOf } from '../../src/result.js';
import { kill, makeNamespace, type Namespace } from './bench-namespace.js';
import { catalogueCases, openTestLab, settled, type TestLab, told } from './run-lab.js';

/** Left alone, two processors need about four seconds. */
const suiteMs = 30_000;

describe('a NIC of the lab', function () {
  this.timeout(90_000);
  let lab: TestLab | undefined;
  afterEach(() => lab?.close());

  for (const kind of ['veth', 'macvlan', 'tap'] as const satisfies readonly NicKind[]) {
    it(`passes as a ${kind}, and is put back after it`, async () => {
      lab = await openTestLab({ switch: 'linux-bridge', nic: kind });
      const { nic } = lab.bench.ports.a;
      const look = async () => (await readLinks()).find(({ ifname }) => ifname === nic);
      const before = await look();
      const run = await lab.run('nic');
      const cases = await settled(lab, 'nic', run);
      assert.equal(cases.length, catalogueCases('nic').length);
      for (const entry of cases) assert.equal(entry.outcome, 'pass', told(entry));
      assert.equal(statusOf(cases), 'compliant');
      assert.ok(run.wallMs < suiteMs, `${run.wallMs} ms`);
      assert.deepEqual(await look(), before);
    });
  }
});

describe('two NICs back to back', function () {
  this.timeout(60_000);
  let folder: string;
  let net: Namespace;
  const file = () => join(folder, 'bench.yaml');

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'takeover-nic-'));
    net = await makeNamespace(join(folder, 'state'));
    await net.sh('ip link set lo up; ip link add tp-a type veth peer name tp-b');
    writeFileSync(
      file(),
      `bench: test\nports: {a: tp-a, b: tp-b}\ndevices:\n  - {kind: nic, vendor: V, model: M, firmware: F}\n`,
    );
  });
  afterEach(async () => {
    await net.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Everything about the NIC that a run changes. */
  const stateOf = async () => {
    const [link] = JSON.parse(await net.sh('ip -j -d address show dev tp-a')) as Record<string, unknown>[];
    assert.ok(link);
    const { flags, address, promiscuity, addr_info } = link;
    const routes = await net.sh('ip route show table all dev tp-a');
    const up = (flags as string[]).includes('UP');
    return { up, promisc: (flags as string[]).includes('PROMISC'), address, promiscuity, addr_info, routes };
  };
  const names = async () =>
    (JSON.parse(await net.sh('ip -j link')) as { ifname: string }[]).map(({ ifname }) => ifname).sort();
  const start = (...more: string[]) =>
    net.start('command', 'run', file(), '--out', join(folder, 'out'), ...more);
  const until = async (holds: () => Promise<boolean>) => {
    for (const endMs = Date.now() + 30_000; !(await holds()); await sleep(5))
      assert.ok(Date.now() < endMs, 'the run never came so far');
  };

  it('need no switch between them, and nothing but what was there before remains', async () => {
    await net.sh('ip link set dev tp-a promisc on');
    const before = await stateOf();
    const { process } = await start();
    await until(async () => process.exitCode !== null);
    assert.equal(process.exitCode, 0);
    assert.deepEqual(await stateOf(), before);
  });

  for (const [when, grep, reached] of [
    ['with another address', 'nic/receives', async (own: unknown) => (await stateOf()).address !== own],
    ['with a second address', 'nic/second', async () => (await names()).includes('takeover-second')],
  ] as const) {
    it(`have their own addresses back after a run was killed ${when}`, async () => {
      const [before, there] = [await stateOf(), await names()];
      const { process } = await start('--grep', grep);
      await until(() => reached(before.address));
      await kill(process);
      const report = (await net.ask('restore')) as RestoreReport;
      assert.deepEqual(report.kept, []);
      assert.deepEqual(await stateOf(), before);
      assert.deepEqual(await names(), there);
    });
  }

  it('are refused while a killed run’s changes are on them, which says how to undo those', async () => {
    const own = (await stateOf()).address;
    const { process } = await start('--grep', 'nic/receives');
    await until(async () => (await stateOf()).address !== own);
    await kill(process);
    const again = (await net.ask('hold-bench', file())) as { error: string };
    assert.match(again.error, /carries the address 192\.0\.2\.\d+\/32/);
    assert.match(again.error, /left the .*MAC address of tp-a.*takeover restore/);
  });
});
