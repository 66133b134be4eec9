/** Good devices: every case comes out as it should, by every way that there is to see it. */
import assert from 'node:assert/strict';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import { probes } from '../../probes/index.js';
import { rejudge } from '../../src/engine/rejudge.js';
import { readEvidence } from '../../src/evidence/store.js';
import { decodeFrame } from '../../src/frame/index.js';
import { run } from '../../src/lab/command.js';
import { type CaseResult, statusOf } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import {
  catalogueCases,
  type LabRun,
  needs,
  octetsBelow,
  openTestLab,
  outcomes,
  settled,
  type TestLab,
  told,
} from './run-lab.js';

const figure = (text: string) => console.log(`        ${text}`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Nothing was left out, and nothing but what `mayFail` names failed. */
function assertEvery(
  cases: readonly CaseResult[],
  kind: 'switch' | 'host',
  mayFail = (_: CaseResult) => false,
): void {
  assert.deepEqual(
    cases.map(({ id }) => id),
    catalogueCases(kind).map(({ id }) => id),
  );
  for (const entry of cases) assert.equal(entry.outcome, mayFail(entry) ? 'fail' : 'pass', told(entry));
}

async function assertValid(folder: string): Promise<void> {
  const schema = JSON.parse(
    await readFile(join(packageRoot, 'schemas/result.schema.json'), 'utf8'),
  ) as SchemaObject;
  const validate = new Ajv2020({ allErrors: true }).compile(schema);
  const stored: unknown = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'));
  assert.ok(validate(stored), JSON.stringify(validate.errors?.slice(0, 3)));
}

async function assertJudgedAlike({ result, folder }: LabRun): Promise<void> {
  const judged = await rejudge(folder, result, probes);
  assert.equal(
    judged.length,
    result.cases.reduce((sum, { attempts }) => sum + attempts.length, 0),
  );
  for (const { caseId, agrees, stored, again, text } of judged) {
    assert.ok(agrees, `${caseId}: stored ${stored}, now ${again}: ${text}`);
  }
}

/** The evidence of the attempt that decided a case. */
function evidenceOf({ folder, result }: LabRun, caseId: string) {
  const attempt = result.cases.find(({ id }) => id === caseId)?.attempts.at(-1);
  assert.ok(attempt?.evidence, `${caseId} has no evidence`);
  return readEvidence(join(folder, attempt.evidence.capture.path, '..'));
}

/** Where each station should be: at the port from which it spoke last, in the cases that passed. */
async function whereTheyAre(suite: LabRun): Promise<ReadonlyMap<string, string>> {
  const stations = new Map<string, string>();
  for (const { id, outcome } of suite.result.cases) {
    if (outcome !== 'pass') continue;
    const { plan, frames } = await evidenceOf(suite, id);
    const { station } = plan.addresses;
    const spoke = frames.findLast(
      (f) => f.direction === 'out' && decodeFrame(f.bytes).ethernet?.source === station,
    );
    if (station && spoke) stations.set(station, spoke.port);
  }
  assert.ok(stations.size > 20, `only ${stations.size} stations`);
  return stations;
}

/** The limit is generous: the figures are printed. */
function assertTook({ wallMs }: LabRun, limitMs: number): void {
  figure(`took ${seconds(wallMs)} of ${seconds(limitMs)}`);
  assert.ok(wallMs < 3 * limitMs, `took ${seconds(wallMs)}`);
}

const switchSuiteMs = 20_000;
const hostSuiteMs = 40_000;
const tenMegabytes = 10_000_000;

describe('a good bench: the Linux bridge and the Linux host', function () {
  this.timeout(180_000);
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
    assert.equal(statusOf(cases), 'compliant');
    assertTook(bridge, switchSuiteMs);
  });

  it('has the bridge’s own table agree with what was concluded', async () => {
    const { stdout } = await lab.exec(lab.switchNamespace, ['bridge', '-j', 'fdb', 'show', 'br', 'br0']);
    const entries = JSON.parse(stdout) as readonly { readonly mac: string; readonly ifname: string }[];
    for (const [station, port] of await whereTheyAre(bridge)) {
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

  it('comes to the same through cap, case for case', async () => {
    const throughCap = await lab.run('switch', { driver: 'cap' });
    assert.ok(throughCap.result.bench.ports.every(({ driver }) => driver === 'cap'));
    assert.deepEqual(outcomes(await settled(lab, 'switch', throughCap, 'cap')), outcomes(cases));
    await assertJudgedAlike(throughCap);
    assertTook(throughCap, switchSuiteMs);
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

  describe('as a host', () => {
    let host: LabRun;
    /** The host's own table as each case left it, read through no SSH: address to link-layer address. */
    const tables = new Map<string, ReadonlyMap<string, string | undefined>>();

    before(async function () {
      needs(this, 'SSH');
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

    it('behaves in every case as Linux does, in time', async () => {
      const cases = await settled(lab, 'host', host);
      assertEvery(cases, 'host', ({ id }) => {
        const form = matrix.get(id);
        return form !== undefined && !linuxTakes(form);
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
});

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

describe('a good bench: Open vSwitch', function () {
  this.timeout(90_000);
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
    assert.equal(cases.length, catalogueCases('switch').length);
    for (const entry of cases) if (entry.level === 'must') assert.equal(entry.outcome, 'pass', told(entry));
    assert.equal(statusOf(cases), 'compliant');
    await assertJudgedAlike(suite);
    assertTook(suite, switchSuiteMs);
  });

  it('has its own table agree with what was concluded', async () => {
    const control = '/run/takeover-ovs/vswitchd.ctl';
    const { stdout } = await run(['ovs-appctl', '--target', control, 'fdb/show', 'br0']);
    // Columns: port, VLAN, MAC, age; OpenFlow port 1 is a, and 2 is b.
    const ports = new Map(
      stdout.split('\n').map((line) => {
        const [port, , mac] = line.trim().split(/\s+/);
        return [mac, port];
      }),
    );
    for (const [station, port] of await whereTheyAre(suite)) {
      assert.equal(ports.get(station), port === 'a' ? '1' : '2', station);
    }
  });
});

describe('the smallest good bench: two NICs, and World by way of SSH', function () {
  this.timeout(120_000);
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
