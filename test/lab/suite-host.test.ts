/** Linux, a good host: every case comes out as its kernel's source says, from outside and by its own table. */
import assert from 'node:assert/strict';
import { statusOf } from '../../src/result.js';
import {
  assertEvery,
  assertJudgedAlike,
  assertTook,
  assertValid,
  evidenceOf,
  figure,
  hostSuiteMs,
  tenMegabytes,
} from './good-device.js';
import { linuxFails } from './linux.js';
import {
  catalogueCases,
  type LabRun,
  needs,
  octetsBelow,
  openTestLab,
  settled,
  type TestLab,
} from './run-lab.js';

interface Announced {
  readonly operation: 'request' | 'reply';
  readonly tha: 'zero' | 'ff' | 'sha' | 'other';
  readonly tpa: 'v' | 'host' | 'third';
  readonly ageMs: number;
}

/** The matrix's cases, by their ids. */
const matrix: ReadonlyMap<string, Announced> = new Map(
  catalogueCases('host').flatMap(({ id, params }) => {
    if (!/-age-\d+ms$/.test(id)) return [];
    const { forms, ageMs } = params as { forms: readonly Omit<Announced, 'ageMs'>[]; ageMs: number };
    return forms.map((form) => [id, { ...form, ageMs }] as const);
  }),
);

/**
 * What Linux does (`arp_process` in net/ipv4/arp.c): once the entry is older than `locktime`, one second, any ARP packet
 * from its address changes it. Before that, only a gratuitous request (TPA = SPA), a request for the host itself, which
 * it is about to answer, and a gratuitous reply of the proper form (THA = SHA) do.
 */
function linuxTakes({ operation, tha, tpa, ageMs }: Announced): boolean {
  if (ageMs > 1000) return true;
  return operation === 'request' ? tpa !== 'third' : tpa === 'v' && tha === 'sha';
}

describe('a good host: Linux', function () {
  this.timeout(180_000);
  let lab: TestLab;
  let host: LabRun;
  /** The host's own table as each case left it, read through no SSH: address to link-layer address. */
  const tables = new Map<string, ReadonlyMap<string, string | undefined>>();

  before(async function () {
    needs(this, 'SSH');
    lab = await openTestLab({ switch: 'linux-bridge' });
    const finished: string[] = [];
    let reading = Promise.resolve();
    const readTable = async () => {
      const ids = finished.splice(0);
      if (ids.length === 0) return;
      const { stdout } = await lab.exec(lab.hostNamespace, ['ip', '-j', 'neigh', 'show', 'dev', 'eth0']);
      const entries = JSON.parse(stdout) as readonly { readonly dst: string; readonly lladdr?: string }[];
      for (const id of ids) tables.set(id, new Map(entries.map(({ dst, lladdr }) => [dst, lladdr])));
    };
    host = await lab.run('host', {
      finished(id) {
        finished.push(id);
        reading = reading.then(readTable);
      },
    });
    await reading;
  });
  after(() => lab?.close());

  it('behaves in every case as Linux does, in time', async () => {
    const cases = await settled(lab, 'host', host);
    assertEvery(cases, 'host', ({ id }) => {
      const form = matrix.get(id);
      return linuxFails.has(id) || (form !== undefined && !linuxTakes(form));
    });
    assert.equal(statusOf(cases), 'compliant');
    assertTook(host, hostSuiteMs);
  });

  it('has the host’s own table agree with what was seen from outside', async () => {
    for (const { id, outcome } of host.result.cases) {
      if (!matrix.has(id) || outcome === 'inconclusive') continue;
      const { addresses } = (await evidenceOf(host, id)).plan;
      const owner = outcome === 'pass' ? addresses['new-1'] : addresses['old-1'];
      assert.equal(tables.get(id)?.get(addresses['service-1'] ?? ''), owner, id);
    }
  });

  it('leaves evidence that is valid, small, and comes to the same verdicts', async () => {
    await assertValid(host.folder);
    await assertJudgedAlike(host);
    const octets = await octetsBelow(host.folder);
    figure(`${(octets / 1e6).toFixed(2)} MB`);
    assert.ok(octets < tenMegabytes, `${octets} octets`);
  });
});
