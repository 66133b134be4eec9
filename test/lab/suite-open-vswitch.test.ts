/** Open vSwitch, another good switch. */
import assert from 'node:assert/strict';
import { run } from '../../src/lab/command.js';
import { statusOf } from '../../src/result.js';
import { assertJudgedAlike, assertTook, fastCases, switchSuiteMs, whereTheyAre } from './good-device.js';
import { type LabRun, needs, openTestLab, settled, type TestLab, told } from './run-lab.js';

describe('a good bench: Open vSwitch', function () {
  this.timeout(300_000);
  let lab: TestLab;
  let suite: LabRun;
  before(async function () {
    needs(this, 'Open vSwitch');
    lab = await openTestLab({ switch: 'open-vswitch' });
    suite = await lab.run('switch');
  });
  after(() => lab?.close());

  it('lets every must of the switch pass, in time', async () => {
    const cases = await settled(lab, 'switch', suite);
    assert.deepEqual(
      cases.map(({ id }) => id),
      fastCases('switch'),
    );
    for (const entry of cases) if (entry.level === 'must') assert.equal(entry.outcome, 'pass', told(entry));
    // Open vSwitch does not forget the stations of a port whose link goes down, which no standard asks of it.
    const dead = cases.find(({ id }) => id === 'switch/link-down/flushed');
    assert.equal(dead?.outcome, 'fail', dead && told(dead));
    assert.equal(statusOf(cases), 'compliant-with-notes');
    await assertJudgedAlike(suite);
    assertTook(suite, switchSuiteMs);
  });

  it('has its own table agree with what was concluded', async () => {
    // A table that was filled up has dropped what it knew, so the cases that do so are left out.
    const moves = await lab.run('switch', {
      selected: (id) => /^switch\/(learns|relearns|failback|virtual-mac)\//.test(id),
    });
    const control = '/run/takeover-ovs/vswitchd.ctl';
    const { stdout } = await run(['ovs-appctl', '--target', control, 'fdb/show', 'br0']);
    // Columns: port, VLAN, MAC, age; OpenFlow port 1 is a, and 2 is b.
    const ports = new Map(
      stdout.split('\n').map((line) => {
        const [port, , mac] = line.trim().split(/\s+/);
        return [mac, port];
      }),
    );
    for (const [station, port] of await whereTheyAre(moves)) {
      assert.equal(ports.get(station), port === 'a' ? '1' : '2', station);
    }
  });
});
