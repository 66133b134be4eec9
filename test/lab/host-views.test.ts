/** A host whose cache is read by other means than iproute2's, and one that is lost from view in the middle of a run. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseIpNeighText } from '../../src/host/readers/ip-neigh.js';
import type { CaseResult } from '../../src/result.js';
import { evidenceOf } from './good-device.js';
import { needs, openTestLab, settled, type TestLab, told } from './run-lab.js';

const someCases =
  /^host\/(static-stays\/announced|updates-on-announcement\/(request-broadcast|reply-broadcast|reply-unicast)-tha-zero-tpa-v-age-1100ms|refresh-by-ping\/|creates\/request)/;

const finding = ({ findings }: CaseResult, id: string) => findings.find((each) => each.id === id);

describe('a host’s cache in a run', function () {
  this.timeout(120_000);
  let lab: TestLab;
  const script = (name: string, text: string) =>
    writeFile(join(lab.hostTools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const hidden = ['ip', 'arp', 'busybox', 'date', 'env', 'uname', 'cat', 'id', 'sh'];

  beforeEach(async function () {
    needs(this, 'SSH');
    lab = await openTestLab({ switch: 'linux-bridge' });
  });
  afterEach(() => lab?.close());

  for (const [name, shown, hide] of [
    [
      'BusyBox',
      'Linux, ip neigh',
      async () => {
        for (const applet of hidden) await script(applet, `exec /bin/busybox ${applet} "$@"`);
      },
    ],
    [
      'net-tools',
      'Linux, arp -an',
      async () => {
        await script('ip', 'echo "sh: ip: not found" >&2; exit 127');
        await script('arp', 'exec /usr/sbin/arp "$@"');
      },
    ],
  ] as const) {
    it(`is read with ${name}, and both views agree with \`ip neigh\``, async () => {
      await hide();
      const run = await lab.run('host', { selected: (id) => someCases.test(id) });
      const cache = run.result.preflight.find(({ id }) => id === 'host-cache');
      assert.match(cache?.text ?? '', new RegExp(`shows its cache \\(${shown}\\)`));
      const cases = await settled(lab, 'host', run);
      assert.ok(cases.length >= 6, `${cases.length} cases`);
      for (const entry of cases) {
        assert.equal(entry.outcome, 'pass', told(entry));
        assert.equal(finding(entry, 'cache')?.holds, true, told(entry));
        assert.equal(finding(entry, 'views-agree')?.holds, true, told(entry));
      }
      const { stdout } = await lab.exec(lab.hostNamespace, ['ip', 'neigh', 'show', 'dev', 'eth0']);
      const table = new Map(parseIpNeighText(stdout).map(({ address, mac }) => [address, mac]));
      for (const { id } of run.result.cases) {
        const { events } = await evidenceOf(run, id);
        const last = events.findLast(({ kind }) => kind === 'neighbour');
        assert.ok(last?.kind === 'neighbour', id);
        // Its permanent entry is gone by now.
        if (!id.startsWith('host/static-stays/')) assert.equal(table.get(last.address), last.mac, id);
      }
      const followed = cases.flatMap(({ measurements }) =>
        measurements.filter(({ name }) => name === 'followed, in its cache'),
      );
      assert.ok(followed.length > 0);
      for (const { low, high } of followed) assert.ok(low !== undefined && high !== undefined && low < high);
    });
  }

  it('is lost when its host falls silent, and the cases come to their verdicts from outside', async () => {
    const management = (state: string) => lab.exec(lab.hostNamespace, ['ip', 'link', 'set', 'mgmt0', state]);
    const changes: Promise<unknown>[] = [];
    const run = await lab.run('host', {
      selected: (id) => /updates-on-announcement\/request-.*tpa-v-age-(100|2000)ms$|static-stays/.test(id),
      finished: (id) => {
        if (changes.length === 0) changes.push(management('down'));
        // So that what the case left can be removed.
        if (id.startsWith('host/static-stays/')) changes.push(management('up'));
      },
    });
    await Promise.all(changes);
    const { cases, preflight } = run.result;
    assert.ok(cases.length > 10);
    for (const entry of cases) assert.notEqual(entry.outcome, 'error', told(entry));
    const lost = cases.filter((entry) => finding(entry, 'cache')?.holds === null);
    assert.ok(lost.length > 0);
    for (const entry of lost) {
      assert.match(finding(entry, 'cache')?.text ?? '', /The host’s cache could not be read: /, told(entry));
      assert.ok(finding(entry, 'outside')?.holds, told(entry));
    }
    assert.match(
      preflight.find(({ id }) => id === 'host-cache')?.text ?? '',
      /lost from view during the run|broke \(Keepalive timeout\)/,
    );
    assert.notEqual(cases.find(({ id }) => id.startsWith('host/static-stays/'))?.outcome, 'fail');
  });
});
