/** The smallest bench: what it can see comes out the same. */
import assert from 'node:assert/strict';
import { assertEvery, assertJudgedAlike, assertTook, switchSuiteMs } from './good-device.js';
import { needs, openTestLab, settled, type TestLab } from './run-lab.js';

describe('the smallest good bench: two NICs, and World by way of SSH', function () {
  this.timeout(400_000);
  let lab: TestLab;
  before(async function () {
    needs(this, 'SSH');
    lab = await openTestLab({ switch: 'linux-bridge', bench: 'smallest' });
  });
  after(() => lab?.close());

  it('comes to the same on the switch, and says what it can’t see', async () => {
    const suite = await lab.run('switch');
    assert.deepEqual(
      suite.result.bench.ports.map(({ name, driver }) => `${name} ${driver}`),
      ['a libpcap', 'b libpcap', 'world remote'],
    );
    assertEvery(await settled(lab, 'switch', suite), 'switch');
    const unseen = suite.result.bench.unseen.join(' ');
    assert.match(unseen, /No monitor port/);
    assert.match(unseen, /World is another machine/);
    await assertJudgedAlike(suite);
    // Every frame of World's crosses an SSH connection: on busy cores that takes its time.
    assertTook(suite, 2 * switchSuiteMs);
  });
});
