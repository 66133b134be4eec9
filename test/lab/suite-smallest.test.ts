/** The smallest bench: what it can see comes out the same. */
import assert from 'node:assert/strict';
import { assertJudgedAlike, assertTook, switchSuiteMs } from './good-device.js';
import { catalogueCases, needs, openTestLab, settled, type TestLab, told } from './run-lab.js';

/** What decides, and so must be seen by a bench of any size; the rest costs minutes over SSH. */
const musts = new Set(catalogueCases('switch').flatMap(({ id, level }) => (level === 'must' ? id : [])));

describe('the smallest good bench: two NICs, and World by way of SSH', function () {
  this.timeout(400_000);
  let lab: TestLab;
  before(async function () {
    needs(this, 'SSH');
    lab = await openTestLab({ switch: 'linux-bridge', bench: 'smallest' });
  });
  after(() => lab?.close());

  it('comes to the same on the switch, and says what it can’t see', async () => {
    const suite = await lab.run('switch', { selected: (id) => musts.has(id) });
    assert.deepEqual(
      suite.result.bench.ports.map(({ name, driver }) => `${name} ${driver}`),
      ['a libpcap', 'b libpcap', 'world remote'],
    );
    for (const entry of await settled(lab, 'switch', suite)) {
      if (entry.outcome === 'not-applicable')
        assert.match(entry.reason, /no port 'monitor'|declares no VLANs/);
      else assert.equal(entry.outcome, 'pass', told(entry));
    }
    const unseen = suite.result.bench.unseen.join(' ');
    assert.match(unseen, /No monitor port/);
    assert.match(unseen, /World is another machine/);
    await assertJudgedAlike(suite);
    // Every frame of World's crosses an SSH connection: on busy cores that takes its time.
    assertTook(suite, 2 * switchSuiteMs);
  });
});
