import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { ListError } from '../../src/list/bundles.js';
import { compileList, formatList, mergeSubmissions, writeList } from '../../src/list/compile.js';
import { deviceSlug, slug } from '../../src/list/slug.js';
import { hardwareListJsonSchema } from '../../src/report/schema.js';
import type { CaseResult, Result } from '../../src/result.js';
import { caseOf, linkDown, mixedCases, relearns, resultOf } from './report-fixtures.js';

const run = (id: string, day: number, cases: readonly CaseResult[], over: Partial<Result> = {}) => {
  const base = resultOf(cases, { deselected: [], ...over });
  const startedAt = `2025-11-${String(day).padStart(2, '0')}T10:00:00.000Z`;
  return { path: `acme/s24/${id}`, result: { ...base, run: { ...base.run, id, startedAt } } };
};
const passed = caseOf(relearns, 'rarp');
const failed = caseOf(relearns, 'rarp', { outcome: 'fail', reason: 'It stayed at a.' });
const open = caseOf(relearns, 'rarp', { outcome: 'inconclusive', reason: 'The sentinel was lost.' });
const entry = (...runs: ReturnType<typeof run>[]) => mergeSubmissions(runs).entries[0];

describe('hardware list', () => {
  it('sums up one run', () => {
    const only = entry(run('r1', 20, mixedCases()));
    assert.equal(only?.status, 'non-compliant');
    assert.deepEqual(
      only?.failing.map(({ id, run: by }) => [id, by]),
      [['switch/relearns/rarp', 'r1']],
    );
    assert.deepEqual(
      only?.measurements.map(({ case: id, value, unit }) => [id, value, unit]),
      [
        ['switch/relearn-time/garp-request', 124, 'frames'],
        ['switch/relearn-time/garp-request', 1.24, 'ms'],
        ['switch/relearn-time/rarp', 301, 's'],
      ],
    );
    assert.ok(
      only?.announcements.some(
        ({ id, outcome }) => id === 'switch/relearns/garp-request' && outcome === 'pass',
      ),
    );
    assert.ok(only?.announcements.every(({ id }) => id.startsWith('switch/relearns/')));
    assert.ok(only?.notes.some((note) => note.startsWith('switch/link-down/old-port: Frames')));
    assert.ok(only?.notes.includes('switch/relearns/minimum-size: slow: 840 ms, near the limit of 1000 ms'));
  });

  it('lets a failed must outweigh any number of passes, older or newer', () => {
    for (const day of [1, 30]) {
      const merged = entry(run('p1', 10, [passed]), run('f', day, [failed]), run('p2', 20, [passed]));
      assert.equal(merged?.status, 'non-compliant');
      assert.equal(merged?.failing[0]?.run, 'f');
      assert.equal(merged?.submissions.length, 3);
    }
  });

  it('otherwise goes by the newest run that settled a case', () => {
    const merged = entry(run('new', 20, [open]), run('old', 10, [passed]));
    assert.equal(merged?.status, 'compliant');
    assert.equal(merged?.lastTested, '2025-11-20T10:00:00.000Z');
    assert.deepEqual(
      merged?.submissions.map((s) => s.run),
      ['new', 'old'],
    );
    assert.equal(entry(run('new', 20, [open]))?.status, 'inconclusive');
    const should = (outcome: 'pass' | 'fail') => caseOf(linkDown, 'x', { outcome });
    assert.equal(
      entry(run('1', 10, [passed, should('fail')]), run('2', 20, [passed, should('pass')]))?.status,
      'compliant',
    );
  });

  it('does not call a device compliant for the musts that were not left out', () => {
    const selected = (id: string) => run('r', 20, [passed], { deselected: [{ id, why: '--grep' }] });
    assert.equal(entry(selected('switch/relearns/garp-request'))?.status, 'inconclusive');
    assert.equal(entry(selected('switch/link-down/x'))?.status, 'compliant-with-notes');
    const other = run('o', 10, [caseOf(relearns, 'garp-request')]);
    assert.equal(entry(selected('switch/relearns/garp-request'), other)?.status, 'compliant');
  });

  it('keeps revisions, firmware and conditions apart, whatever the order of conditions', () => {
    const device = resultOf([]).device;
    const list = mergeSubmissions([
      run('1', 1, [passed]),
      run('2', 2, [passed], { device: { ...device, firmware: '4.2.2' } }),
      run('3', 3, [passed], { device: { ...device, conditions: { 'port-security': 'on' } } }),
      run('4', 4, [passed], {
        device: { ...device, conditions: { 'spanning-tree': 'edge ports', 'port-security': 'off' } },
      }),
    ]);
    assert.deepEqual(
      list.entries.map(({ device: d, submissions }) => [
        d.firmware,
        d.conditions['port-security'],
        submissions.length,
      ]),
      [
        ['4.2.1', 'off', 2],
        ['4.2.1', 'on', 1],
        ['4.2.2', 'off', 1],
      ],
    );
  });

  it('is the same byte for byte in whatever order the runs come', () => {
    const runs = [
      run('1', 1, mixedCases()),
      run('2', 1, [passed]),
      run('3', 5, [failed]),
      run('4', 9, [passed], {
        device: { kind: 'nic', vendor: 'acme', model: 'X', firmware: '1', conditions: {} },
      }),
    ];
    const expected = formatList(mergeSubmissions(runs));
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (shuffled) => {
        assert.equal(formatList(mergeSubmissions(shuffled)), expected);
      }),
      { numRuns: 24 },
    );
    const validate = new Ajv2020({ strict: true }).compile(hardwareListJsonSchema() as SchemaObject);
    assert.equal(validate(JSON.parse(expected)), true, JSON.stringify(validate.errors));
  });
});

describe('reports folder', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'takeover-reports-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** A run whose evidence exists, as a run leaves it. */
  async function submit(id: string, result: Result): Promise<string> {
    const folder = join(root, 'acme', 's24', id);
    await mkdir(join(folder, 'evidence'), { recursive: true });
    const sha256 = createHash('sha256').update('frames').digest('hex');
    await writeFile(join(folder, 'evidence', 'capture.pcapng'), 'frames');
    const evidence = {
      capture: { path: 'evidence/capture.pcapng', sha256 },
      events: { path: 'evidence/capture.pcapng', sha256 },
    };
    const cases = result.cases.map((c) => ({
      ...c,
      attempts: c.attempts.map((attempt) => ({ ...attempt, evidence })),
    }));
    await writeFile(join(folder, 'result.json'), JSON.stringify({ ...result, cases }));
    return folder;
  }

  it('is read, merged and written', async () => {
    await submit('r1', run('r1', 1, [passed]).result);
    await submit('r2', run('r2', 2, [passed]).result);
    const list = await compileList(root);
    assert.deepEqual(
      list.entries.map((e) => [e.status, e.submissions.map((s) => s.path)]),
      [['compliant', ['acme/s24/r2', 'acme/s24/r1']]],
    );
    const file = join(root, 'hardware-list.json');
    await writeList(list, file);
    assert.equal(await readFile(file, 'utf8'), formatList(list));
    assert.deepEqual((await readdir(root)).sort(), ['acme', 'hardware-list.json']);
  });

  it('is empty without runs, and an error where there is no folder', async () => {
    assert.deepEqual(await compileList(root), { schemaVersion: 1, entries: [] });
    await assert.rejects(compileList(join(root, 'none')), /is not a folder/);
  });

  it('names every run that cannot be used, with its mend', async () => {
    const { result } = run('r1', 1, [passed]);
    await writeFile(join(await submit('changed', result), 'evidence', 'capture.pcapng'), 'other frames');
    await writeFile(join(await submit('cut', result), 'result.json'), '{"schemaVersion": 1,');
    await writeFile(
      join(await submit('future', result), 'result.json'),
      JSON.stringify({ ...result, schemaVersion: 2 }),
    );
    await rm(join(await submit('missing', result), 'result.json'));
    const outside = { path: '../../../../etc/hostname', sha256: '0'.repeat(64) };
    const attempts = passed.attempts.map((attempt) => ({
      ...attempt,
      evidence: { capture: outside, events: outside },
    }));
    const escaping = { ...result, run: { ...result.run, id: 'r2' }, cases: [{ ...passed, attempts }] };
    await writeFile(join(await submit('outside', result), 'result.json'), JSON.stringify(escaping));
    await assert.rejects(compileList(root), (error: ListError) => {
      assert.ok(error instanceof ListError);
      for (const words of [
        'changed: evidence evidence/capture.pcapng has another digest',
        'cut/result.json: is not JSON',
        'future/result.json: does not fit the schema at schemaVersion',
        'missing/result.json: is missing',
        "outside: evidence path '../../../../etc/hostname' leaves the folder",
      ]) {
        assert.ok(error.message.includes(words), `${words}\nin\n${error.message}`);
      }
      return true;
    });
  });

  it('refuses the same run twice', async () => {
    const { result } = run('r1', 1, [passed]);
    await submit('r1', result);
    await submit('copy', result);
    await assert.rejects(
      compileList(root),
      /reports\/acme\/s24\/r1 repeats run r1 of reports\/acme\/s24\/copy/,
    );
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
