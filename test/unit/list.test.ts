import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { compileCommand } from '../../src/cli/list.js';
import { type CompileOptions, compileList, compileTo, formatList } from '../../src/list/compile.js';
import { ListError } from '../../src/list/list-error.js';
import { deviceSlug, slug } from '../../src/list/slug.js';
import { hardwareListJsonSchema } from '../../src/report/schema.js';
import {
  type BundleOptions,
  fixtureCases,
  honestRun,
  keyOf,
  makeBundle,
  trustParties,
  withdrawBundle,
} from './bundle-fixtures.js';
import { resultOf } from './report-fixtures.js';

const acme = { organisation: 'Acme', relation: 'vendor' } as const;
const lab = { organisation: 'North Lab', relation: 'lab' } as const;
const on = (day: number) => ({ startedAt: `2026-02-${String(day).padStart(2, '0')}T10:00:00.000Z` });

describe('takeover compile', () => {
  let folder = '';
  let reports = '';
  let file = '';
  before(() => Promise.all([honestRun('good'), honestRun('never-moves')]));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'takeover-list-'));
    reports = join(folder, 'reports');
    file = join(folder, 'hardware-list.json');
    await trustParties(reports, [acme, lab]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const add = (options: BundleOptions = {}) => makeBundle(reports, { tester: acme, ...options });
  const cached = (over: CompileOptions = {}): CompileOptions => ({
    cacheFolder: join(folder, 'cache'),
    ...over,
  });
  /** What is known from before is asked about here, not the verdicts. */
  const unjudged = (over: CompileOptions = {}) => cached({ judge: false, ...over });
  const compile = async (over: CompileOptions = {}) => {
    const summary = await compileTo(reports, file, { threads: 1, ...over });
    return { ...summary, text: readFileSync(file, 'utf8') };
  };

  it('writes an entry for each device, as the schema says, and nothing else', async () => {
    const first = await add(on(1));
    await add({ ...on(2), tester: lab, behaviour: 'never-moves' });
    await add({ ...on(3), device: { conditions: { 'port-security': 'on' } } });
    const { devices, bundles, counts, text } = await compile();
    assert.deepEqual([devices, bundles, counts.counted], [2, 3, 3]);
    const list = await compileList(reports, { threads: 1 });
    assert.equal(formatList(list), text);
    const [one] = list.entries.filter(({ device }) => Object.keys(device.conditions).length === 0);
    assert.equal(one?.status, 'disputed');
    assert.deepEqual(
      one?.disputed.map(({ id, pass }) => [id, pass]),
      fixtureCases.moves.map((id) => [id, [first]]),
    );
    assert.equal(one?.confidence.tier, 2);
    const validate = new Ajv2020({ strict: true }).compile(hardwareListJsonSchema() as SchemaObject);
    assert.equal(validate(list), true, JSON.stringify(validate.errors));
    assert.deepEqual((await readdir(folder)).sort(), ['hardware-list.json', 'reports']);
  });

  it('is an empty list where nothing was submitted', async () => {
    assert.deepEqual((await compileList(reports)).entries, []);
  });

  it('gives the same bytes whatever is known from before, and reads only what is new', async () => {
    const paths = [await add(on(1)), await add({ ...on(2), tester: lab })];
    assert.equal((await compile(unjudged())).opened, 2);
    paths.push(await add({ ...on(3), device: { model: 'S48' } }));
    const more = await compile(unjudged());
    assert.equal(more.opened, 1);
    assert.equal((await compile(unjudged())).opened, 0);
    assert.equal(more.text, (await compile({ threads: 2, judge: false })).text);
    rmSync(join(reports, paths[1] ?? ''), { recursive: true });
    const less = await compile(unjudged());
    assert.equal(less.opened, 0);
    assert.equal(less.text, (await compile({ judge: false })).text);
    assert.notEqual(less.text, more.text);
  });

  it('believes no cache of other files or of other keys', async () => {
    const path = await add(on(1));
    const { text } = await compile(unjudged());
    const subject = join(reports, path, 'subject.json');
    utimesSync(subject, new Date(), new Date());
    assert.equal((await compile(unjudged())).opened, 1, 'a file was touched');
    appendFileSync(join(reports, 'allowed_signers'), '# a comment\n');
    assert.equal((await compile(unjudged())).opened, 1, 'another list of keys');
    assert.equal((await compile(cached())).opened, 1, 'judged too');
    assert.equal((await compile(cached())).text, text);
  });

  it('works beside another compile, which has the cache', async () => {
    await add(on(1));
    const [one, other] = await Promise.all([
      compileTo(reports, file, unjudged({ threads: 1 })),
      compileTo(reports, `${file}.other`, unjudged({ threads: 1 })),
    ]);
    assert.deepEqual([one.opened, other.opened], [1, 1]);
    assert.equal(readFileSync(file, 'utf8'), readFileSync(`${file}.other`, 'utf8'));
  });

  it('quarantines a verdict that does not follow from the evidence', async () => {
    const path = await add({
      behaviour: 'never-moves',
      edit: ({ result }) => {
        for (const one of result.cases.filter(({ outcome }) => outcome === 'fail')) {
          one.outcome = 'pass';
          for (const attempt of one.attempts) attempt.outcome = 'pass';
        }
      },
    });
    const { quarantined, counts, text } = await compile();
    assert.equal(counts.quarantined, 1);
    assert.equal(quarantined[0]?.path, path);
    assert.match(quarantined[0]?.why ?? '', /switch\/relearns\/arp-request \(claimed pass, now fail\)/);
    assert.match(text, /"status": "untested"/);
    const again = await compile(cached());
    assert.deepEqual(again.quarantined, (await compile(cached())).quarantined);
  });

  it('knows evidence that another party took, however it dates it and wraps it', async () => {
    const own = await add({ ...on(1), evidence: 'one run' });
    const taken = { tester: lab, evidence: 'one run' } as const;
    await add({ ...taken, ...on(2) });
    const [one] = (await compileList(reports, { threads: 1 })).entries;
    assert.deepEqual([one?.confidence.tier, one?.confidence.parties], [1, ['Acme or North Lab']]);
    const elsewhere = await add({ ...taken, ...on(3), device: { model: 'S48' } });
    const { counts, quarantined } = await compile();
    assert.equal(counts.quarantined, 3);
    assert.match(
      quarantined.find(({ path }) => path === own)?.why ?? '',
      new RegExp(`^It shares evidence with reports/${elsewhere}, of another device`),
    );
  });

  it('counts neither previews nor what was withdrawn', async () => {
    await add({ ...on(1), key: null, behaviour: 'never-moves' });
    const gone = await add({ ...on(2), behaviour: 'never-moves' });
    await withdrawBundle(join(reports, gone), keyOf('Acme'));
    await add(on(3));
    const { counts } = await compile();
    assert.deepEqual([counts.counted, counts.preview, counts.withdrawn], [1, 1, 1]);
    const { entries } = await compileList(reports, { threads: 1 });
    assert.deepEqual(entries[0]?.failing, []);
    assert.match(
      entries[0]?.submissions.find(({ path }) => path === gone)?.why ?? '',
      /The cable was broken/,
    );
  });

  it('names every bundle that is refused, and leaves the list as it was', async () => {
    const [good, cut, changed] = [await add(on(1)), await add(on(2)), await add(on(3))];
    await compile();
    const before = readFileSync(file);
    writeFileSync(join(reports, cut, 'manifest.json'), '{');
    appendFileSync(join(reports, changed, 'subject.json'), ' ');
    await assert.rejects(compile(cached()), (error: ListError) => {
      assert.ok(error instanceof ListError);
      const text = error.problems.join('\n');
      assert.ok(text.includes(`reports/${cut}: `) && text.includes(`reports/${changed}: `), text);
      assert.ok(!text.includes(`reports/${good}: `), text);
      return true;
    });
    assert.deepEqual(readFileSync(file), before);
    assert.deepEqual((await readdir(folder)).sort(), ['cache', 'hardware-list.json', 'reports']);
  });

  it('names a bundle that takes too long or too much memory', async () => {
    const path = await add(on(1));
    const bounds = { taskMs: 1, memoryMiB: 512 };
    await assert.rejects(
      compile({ bounds }),
      new RegExp(`reports/${path}: reading it takes more than 0.001 s`),
    );
  });

  it('tells on the command line what it did, and under --check what differs', async () => {
    const path = await add(on(1));
    await add({ ...on(2), key: null });
    const lines: string[] = [];
    const say = console.error;
    const home = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = join(folder, 'home');
    const run = async (over: { readonly check?: boolean; readonly cached?: boolean } = {}) => {
      lines.length = 0;
      console.error = (line: string) => void lines.push(line);
      try {
        const flags = { check: false, cached: false, fresh: false, jobs: 1, reports, out: file };
        return await compileCommand({ ...flags, ...over });
      } finally {
        console.error = say;
      }
    };
    try {
      assert.equal(await run(), 0);
      assert.equal(lines[0], '2 bundles of 1 device: 1 counts, 1 not signed (previews).');
      assert.match(lines.at(-1) ?? '', /hardware-list.json is written\.$/);
      assert.equal(await run({ check: true, cached: true }), 0);
      assert.doesNotMatch(lines.join('\n'), /judged again/);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('"tier": 1', '"tier": 2'));
      assert.equal(await run({ check: true }), 1);
      assert.match(lines.join('\n'), /2 read in .* judged again/);
      assert.match(lines.at(-1) ?? '', /^ {2}acme-s24-.*: confidence$/);
      assert.equal(await run(), 0);
      assert.equal(readFileSync(file, 'utf8'), text);
      rmSync(join(reports, path, 'subject.json'));
      assert.equal(await run(), 1);
      assert.match(lines[0] ?? '', new RegExp(`✗ reports/${path}: .*subject\\.json`));
      assert.equal(readFileSync(file, 'utf8'), text);
    } finally {
      if (home === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = home;
    }
  });
});

describe('slugs', () => {
  it('leaves what is safe alone and marks what was cleaned', () => {
    assert.equal(slug('s24-4.2.1'), 's24-4.2.1');
    assert.match(slug('Acme Networks'), /^acme-networks-[0-9a-f]{12}$/);
    assert.match(slug('Zürich'), /^zurich-[0-9a-f]{12}$/);
    for (const text of [
      '',
      '..',
      '.',
      '/',
      'con',
      'nul.txt',
      '-x',
      'x.',
      '日本',
      'a'.repeat(300),
      '../../etc',
    ]) {
      assert.match(slug(text), /^[a-z0-9][a-z0-9.-]*-[0-9a-f]{12}$/, text);
      assert.doesNotMatch(slug(text), /\.\.|^(con|nul)(\.|$)/);
    }
    assert.notEqual(slug('Acme'), slug('acme'));
    assert.notEqual(slug(slug('Acme')), slug('Acme'));
  });

  it('never gives two texts one name', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'A', '-', '.', ' ', '/', 'ä'), maxLength: 5 });
    fc.assert(fc.property(texts, texts, (x, y) => (x === y) === (slug(x) === slug(y))));
  });

  it('tells devices apart by every part of their key', () => {
    const device = resultOf([]).device;
    const names = [
      device,
      { ...device, hardware: 'C' },
      { ...device, firmware: '4.2.2' },
      { ...device, conditions: {} },
      { ...device, vendor: 'ACME' },
      { ...device, vendor: 'Acme S24', model: 'B' },
    ].map(deviceSlug);
    assert.equal(new Set(names).size, names.length);
    assert.match(names[0] ?? '', /^acme-s24-b-4\.2\.1-[0-9a-f]{12}$/);
    assert.equal(
      deviceSlug({ ...device, conditions: Object.fromEntries(Object.entries(device.conditions).reverse()) }),
      names[0],
    );
  });
});
