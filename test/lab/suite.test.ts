/** The Linux bridge, a good switch: every case comes out as it should, by every way that there is to see it. */
import assert from 'node:assert/strict';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probes } from '../../probes/index.js';
import { rejudge } from '../../src/engine/rejudge.js';
import { type CaseResult, statusOf } from '../../src/result.js';
import {
  assertEvery,
  assertJudgedAlike,
  assertTook,
  assertValid,
  figure,
  switchSuiteMs,
  tenMegabytes,
  whereTheyAre,
} from './good-device.js';
import { type LabRun, octetsBelow, openTestLab, settled, type TestLab } from './run-lab.js';

describe('a good bench: the Linux bridge', function () {
  this.timeout(300_000);
  let lab: TestLab;
  let bridge: LabRun;
  let cases: readonly CaseResult[];
  before(async () => {
    lab = await openTestLab({ switch: 'linux-bridge' });
    bridge = await lab.run('switch');
    cases = await settled(lab, 'switch', bridge);
  });
  after(() => lab?.close());

  it('lets every case of the switch pass, in time', () => {
    assertEvery(cases, 'switch');
    assert.equal(statusOf(cases), 'compliant-with-notes');
    assertTook(bridge, switchSuiteMs);
  });

  it('has the bridge’s own table agree with what was concluded', async () => {
    // A link that goes down takes its port's entries along, so the cases that do so are left out.
    const moves = await lab.run('switch', {
      selected: (id) => /^switch\/(learns|relearns|failback|virtual-mac)\//.test(id),
    });
    const { stdout } = await lab.exec(lab.switchNamespace, ['bridge', '-j', 'fdb', 'show', 'br', 'br0']);
    const entries = JSON.parse(stdout) as readonly { readonly mac: string; readonly ifname: string }[];
    for (const [station, port] of await whereTheyAre(moves)) {
      assert.equal(entries.find(({ mac }) => mac === station)?.ifname, `sw-${port}`, station);
    }
  });

  it('leaves evidence that is valid, small, and comes to the same verdicts', async () => {
    await assertValid(bridge.folder);
    await assertJudgedAlike(bridge);
    const octets = await octetsBelow(bridge.folder);
    figure(`${(octets / 1e6).toFixed(2)} MB`);
    assert.ok(octets < tenMegabytes, `${octets} octets`);
  });

  describe('when somebody tampers with it', () => {
    const [first, second] = ['switch/relearns/rarp', 'switch/relearns/arp-reply'];
    let copy: LabRun;
    beforeEach(async () => {
      const folder = join(lab.directory, 'tampered');
      await rm(folder, { recursive: true, force: true });
      await cp(bridge.folder, folder, { recursive: true });
      copy = { ...bridge, folder, result: structuredClone(bridge.result) };
    });

    /** What judging again objects to: case id and words. */
    const objections = async () =>
      (await rejudge(copy.folder, copy.result, probes))
        .filter(({ agrees }) => !agrees)
        .map(({ caseId, text }) => `${caseId}: ${text}`);
    const folderOf = (caseId: string) => join(copy.folder, 'evidence', caseId, '1');

    it('a changed octet is told', async () => {
      const file = join(folderOf(first), 'capture.pcapng');
      const bytes = await readFile(file);
      const middle = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
      await writeFile(file, bytes);
      const told = await objections();
      assert.equal(told.length, 1);
      assert.match(told[0] ?? '', new RegExp(`^${first}: .*capture\\.pcapng was changed after the run`));
    });

    it('an edited verdict is told', async () => {
      const attempt = copy.result.cases.find(({ id }) => id === first)?.attempts[0];
      assert.ok(attempt);
      attempt.outcome = 'fail';
      assert.deepEqual(
        (await objections()).map((text) => text.split(':')[0]),
        [first],
      );
    });

    it('exchanged folders of evidence are told', async () => {
      await rename(folderOf(first), `${folderOf(first)}-aside`);
      await rename(folderOf(second), folderOf(first));
      await rename(`${folderOf(first)}-aside`, folderOf(second));
      assert.equal((await objections()).length, 2);
    });

    it('so they are when the digests were exchanged with them', async () => {
      const attempts = [first, second].map(
        (id) => copy.result.cases.find((entry) => entry.id === id)?.attempts[0],
      );
      const [one, other] = attempts;
      assert.ok(one && other);
      [one.evidence, other.evidence] = [other.evidence, one.evidence];
      const told = await objections();
      assert.equal(told.length, 2);
      for (const text of told) assert.match(text, /the evidence is of another case/);
    });
  });
});
