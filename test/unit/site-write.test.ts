import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileList } from '../../src/list/compile.js';
import type { HardwareList } from '../../src/list/schema.js';
import { devicePath, resultPath, runPath } from '../../src/site/paths.js';
import { SiteError, writeSite } from '../../src/site/write.js';
import { fixtureCases, keyOf, makeBundle, trustParties, withdrawBundle } from './bundle-fixtures.js';
import { brokenLinks, everyDanger, filesOf } from './site-crawl.js';
import { listedAt, syntheticList, withCases } from './site-fixtures.js';

const lab = { organisation: 'Example Lab', relation: 'lab' } as const;
const vendor = { organisation: 'Acme', relation: 'vendor' } as const;
const chosen: readonly string[] = Object.values(fixtureCases).flat();
/** Of the fixtures' bundles, some of the catalogue, and one that it no longer has. */
const some = (id: string) =>
  chosen.includes(id) || /^switch\/(follows|retired|relearn-time)\/|^(host|router|nic)\/\w+\/[a-f]/.test(id);

describe('site', function () {
  // Bundles are made, compiled, and some hundred pages written several times.
  this.timeout(60_000);
  let root: string;
  let reports: string;
  let list: HardwareList;
  const bundles: Record<'good' | 'bad' | 'preview' | 'quarantined' | 'withdrawn', string> =
    Object.create(null);

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'takeover-site-'));
    reports = join(root, 'reports');
    await trustParties(reports, [lab, vendor]);
    bundles.good = await makeBundle(reports, { startedAt: '2026-10-01T10:00:00.000Z' });
    bundles.bad = await makeBundle(reports, {
      behaviour: 'never-moves',
      device: { firmware: '4.1.0' },
      startedAt: '2026-09-01T10:00:00.000Z',
    });
    bundles.preview = await makeBundle(reports, {
      key: null,
      device: { conditions: { stp: 'rapid' } },
      startedAt: '2026-10-02T10:00:00.000Z',
    });
    bundles.quarantined = await makeBundle(reports, {
      behaviour: 'never-moves',
      device: { firmware: '4.0.0' },
      startedAt: '2026-08-01T10:00:00.000Z',
      edit: ({ result }) => {
        for (const c of result.cases.filter(({ outcome }) => outcome === 'fail')) {
          c.outcome = 'pass';
          for (const attempt of c.attempts) attempt.outcome = 'pass';
        }
      },
    });
    bundles.withdrawn = await makeBundle(reports, {
      tester: vendor,
      device: { model: 'S48' },
      startedAt: '2026-07-01T10:00:00.000Z',
      createdAt: '2026-07-01T11:00:00.000Z',
      edit: ({ subject }) => {
        subject.device.hardware = 'C';
      },
    });
    await withdrawBundle(join(reports, bundles.withdrawn), keyOf('Acme'), { at: '2026-08-01T00:00:00.000Z' });
    const compiled = await compileList(reports, { threads: 1 });
    const synthetic = syntheticList(24);
    list = withCases({ ...compiled, entries: [...compiled.entries, ...synthetic.entries] }, some);
  });
  after(() => rm(root, { recursive: true, force: true }));

  /** Written once for all tests that only look at it. */
  let whole: ReturnType<typeof write>;
  const wholeSite = () => {
    whole ??= write('whole');
    return whole;
  };
  /** A few entries and one case: enough where the pages are not looked at. */
  const small = () =>
    withCases({ ...list, entries: list.entries.slice(0, 2) }, (id) => id === fixtureCases.learns);
  const write = async (name: string, over: Partial<Parameters<typeof writeSite>[0]> = {}) => {
    const out = join(root, name);
    const written = await writeSite({ ...{ reports, list, out, now: listedAt, jobs: 1 }, ...over });
    return { out, written, files: filesOf(out) };
  };

  it('holds together: every link resolves, every page has its JSON, nothing in it can run', async () => {
    const { files, written } = await wholeSite();
    assert.deepEqual(brokenLinks(files), []);
    assert.deepEqual(everyDanger(files), []);
    const pages = [...files.keys()].filter((path) => path.endsWith('.html'));
    assert.equal(pages.length, written.pages);
    for (const page of pages) {
      const json = files.get(page.replace(/\.html$/, '.json'));
      assert.ok(json !== undefined, `${page} has no JSON`);
      JSON.parse(json);
    }
    assert.deepEqual(written.unlisted, []);
    assert.equal(written.absent.length, new Set(syntheticPaths()).size);
    assert.ok(files.has(runPath(bundles.good)) && files.has(resultPath(bundles.bad, chosen[0] ?? '')));
  });

  const syntheticPaths = () =>
    list.entries.flatMap(({ submissions }) =>
      submissions.map(({ path }) => path).filter((path) => !Object.values(bundles).includes(path)),
    );

  it('gives the same bytes again, on however many threads, and knows no clock', async () => {
    const once = await wholeSite();
    const again = await write('again', { jobs: 2 });
    assert.deepEqual([...again.files.keys()], [...once.files.keys()]);
    for (const [path, content] of once.files) assert.ok(again.files.get(path) === content, path);
    const later = await write('later', { list: small(), now: '2031-01-01T00:00:00.000Z' });
    const [entry] = small().entries;
    const page = later.files.get(devicePath(entry ?? { id: '' })) ?? '';
    assert.match(page, /Stale\..*more than 18 months ago/);
    assert.doesNotMatch(once.files.get(devicePath(entry ?? { id: '' })) ?? '', /Stale\./);
  });

  it('copies bundles as they were signed, so that who downloads one can verify it', async () => {
    const { out } = await wholeSite();
    const folder = join(out, 'runs', bundles.good, 'bundle');
    const [copies, originals] = [filesOf(folder), filesOf(join(reports, bundles.good))];
    assert.deepEqual([...copies.keys()], [...originals.keys()]);
    for (const [path, content] of originals) assert.ok(copies.get(path) === content, path);
  });

  it('shows what does not count as such, with why, on each page of the run', async () => {
    const { files } = await wholeSite();
    for (const [name, why] of [
      ['preview', /preview only.*not signed/s],
      ['quarantined', /quarantined.*switch\/relearns/s],
      ['withdrawn', /withdrawn.*The cable was broken/s],
    ] as const) {
      for (const path of [runPath(bundles[name]), resultPath(bundles[name], chosen[0] ?? '')]) {
        const page = files.get(path) ?? '';
        assert.match(page, why, path);
        assert.match(page, /class="[^"]*\bdimmed\b/, path);
      }
    }
    assert.doesNotMatch(files.get(runPath(bundles.good)) ?? '', /dimmed|does not count/);
    const heldBack = `runs/${bundles.quarantined}/bundle/`;
    assert.deepEqual(
      [...files.keys()].filter((path) => path.startsWith(heldBack)),
      [],
    );
    assert.match(files.get(resultPath(bundles.quarantined, chosen[0] ?? '')) ?? '', /is not handed out/);
    assert.match(files.get(runPath(bundles.withdrawn)) ?? '', /calls otherwise.*hardware.*<td[^>]*>C<\/td>/s);
  });

  it('tells of a failed device what it costs, with the case and the run behind it', async () => {
    const { files } = await wholeSite();
    const entry = list.entries.find(({ submissions }) => submissions[0]?.path === bundles.bad);
    const page = files.get(devicePath(entry ?? { id: '' })) ?? '';
    assert.match(page, /Not compliant/);
    assert.match(page, /What it costs\./);
    assert.match(page, /What to change\./);
    assert.ok(page.includes(`href="../${resultPath(bundles.bad, chosen[0] ?? '')}"`));
    const result = files.get(resultPath(bundles.bad, chosen[0] ?? '')) ?? '';
    assert.match(result, /<svg class="timeline"/);
    assert.match(result, /Expected.*Observed/s);
    assert.match(result, /<code>announce<\/code><\/th><td[^>]*>sent at b/);
    assert.match(result, /href="[./]*bundle\/evidence\/[^"]*capture\.pcapng" download/);
    assert.ok(result.includes(`takeover judge reports/${bundles.bad}`));
  });

  it('replaces an earlier site as a whole, and nothing that is not one', async () => {
    const { out } = await write('replaced', { list: small() });
    await writeFile(join(out, 'stale.html'), 'an earlier page');
    const { files } = await write('replaced', { list: small() });
    assert.ok(!files.has('stale.html'));
    const foreign = join(root, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'three years of work');
    await assert.rejects(
      write('foreign'),
      (error: Error) => error instanceof SiteError && /--out/.test(error.message),
    );
    assert.deepEqual(await readdir(foreign), ['thesis.txt']);
    await mkdir(join(root, 'empty'));
    assert.ok((await write('empty', { list: small() })).files.has('index.html'));
  });

  it('leaves the site as it was, and no draft, where a bundle is refused', async () => {
    const broken = join(root, 'broken-reports');
    await trustParties(broken, [lab]);
    const path = await makeBundle(broken, { startedAt: '2026-10-01T10:00:00.000Z' });
    const own = withCases(await compileList(broken, { threads: 1 }), (id) => id === fixtureCases.learns);
    const { out } = await write('kept', { reports: broken, list: own });
    const before = filesOf(out);
    const result = join(broken, path, 'result.json');
    await writeFile(result, (await readFile(result, 'utf8')).replace('Acme', 'Acne'));
    await assert.rejects(
      write('kept', { reports: broken, list: own }),
      (error: Error) => error instanceof SiteError && error.refused && error.message.includes('result.json'),
    );
    assert.deepEqual([...filesOf(out)], [...before]);
    assert.deepEqual(
      (await readdir(root)).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('takes no name for a page from a list that compile did not write', async () => {
    const [entry] = list.entries;
    assert.ok(entry);
    for (const entries of [[{ ...entry, id: '../../escaped' }], [entry, entry]]) {
      await assert.rejects(write('forged', { list: { ...list, entries } }), SiteError);
    }
  });
});
