import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { bundlePaths } from '../../src/bundle/find.js';
import { cacheFolderOf, cacheKey, openWorkplace } from '../../src/list/cache.js';
import { EntryTexts } from '../../src/list/entry-texts.js';
import { FoldersSeen } from '../../src/list/folders-seen.js';
import { identityOf } from '../../src/list/identity.js';
import type { BundleRecord } from '../../src/list/record.js';
import { RecordLog } from '../../src/list/record-log.js';
import type { Row } from '../../src/list/row.js';
import { sameBytes } from '../../src/list/same-bytes.js';
import { writeList } from '../../src/list/write-list.js';
import { anyRecords, catalogue, device, record, textOf } from './list-records.js';

describe('what a compile keeps', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'takeover-list-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  interface Compiled {
    readonly text: string;
    /** How many records were known. */
    readonly known: number;
  }

  /** One more compile of these bundles: those are read that are not known as they are. */
  function compile(all: readonly BundleRecord[], place = folder, key = 'key'): Compiled {
    const { log, rows: known } = RecordLog.open(join(place, 'records.jsonl'), key);
    const identity = (one: BundleRecord) => hash('sha256', JSON.stringify(one), 'hex');
    let found = 0;
    const rows = all.map((one): Row => {
      const before = known.get(one.path);
      if (before?.identity !== identity(one)) return log.append(one, identity(one));
      found += 1;
      return before;
    });
    const texts = EntryTexts.open(place, key);
    const draft = join(place, 'draft.json');
    const { entries } = writeList({ rows, catalogue, log, texts, draft });
    texts.keep(draft, key, entries);
    log.compact(rows, key);
    log.close();
    return { text: readFileSync(draft, 'utf8'), known: found };
  }

  it('gives the same list for any parts, added in any order', () => {
    const parts = anyRecords.chain((all) =>
      fc.tuple(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 2 }),
      ),
    );
    fc.assert(
      fc.property(parts, ([all, cuts]) => {
        const place = mkdtempSync(join(folder, 'parts-'));
        for (const end of [...cuts.sort((x, y) => x - y), all.length])
          assert.equal(compile(all.slice(0, end), place).text, textOf(all.slice(0, end)));
      }),
      { numRuns: 25 },
    );
  });

  it('is made anew for a bundle that was changed or withdrawn, and for one whose evidence turns up elsewhere', () => {
    const [one, other] = [record(), record({ id: 'other', device: { ...device, model: 'S48' } })];
    compile([one, other]);
    const worse = [{ ...one, letters: 'FPPPPP' }, other];
    assert.equal(compile(worse).text, textOf(worse));
    const gone = [{ ...one, withdrawn: 'Withdrawn.' }, other];
    assert.equal(compile(gone).text, textOf(gone));
    const earlier = { ...one, id: 'third', path: 'third', run: 'third', evidence: other.evidence };
    const again = [...gone, { ...earlier, createdAt: '2020-01-01T00:00:00.000Z' }];
    assert.equal(compile(again).text, textOf(again));
    assert.match(compile(again).text, /Its evidence is that of reports\/third, of another device/);
    const stranger = again.map((each) =>
      each.path === 'third' ? { ...each, organisation: 'Stranger' } : each,
    );
    assert.equal(compile(stranger).text, textOf(stranger));
    assert.match(compile(stranger).text, /"standing": "quarantined"/);
  });

  it('is made anew where an older case moves another’s letter', () => {
    const one = record({ others: { 'switch/gone/b': 'F' } });
    compile([one]);
    const both = [one, record({ id: 'other', others: { 'switch/gone/a': 'P' } })];
    assert.equal(compile(both).text, textOf(both));
  });

  it('is forgotten under another key', () => {
    const all = [record(), record()];
    compile(all);
    assert.equal(compile(all).known, 2);
    assert.equal(compile(all, folder, 'other').known, 0);
    assert.equal(compile(all).known, 0);
  });

  it('is not believed where it is damaged, and what is whole is', () => {
    const all = [record(), record({ id: 'other' })];
    const text = textOf(all);
    compile(all);
    for (const name of ['records.jsonl', 'list.json', 'entries.jsonl']) {
      const file = join(folder, name);
      const bytes = readFileSync(file);
      const changed = Buffer.from(bytes).fill('#', bytes.length - 300, bytes.length - 290);
      for (const damaged of [bytes.subarray(0, -20), changed, Buffer.alloc(0), Buffer.from('{}\n{}\n')]) {
        writeFileSync(file, damaged);
        const again = compile(all);
        assert.equal(again.text, text, name);
        if (damaged === changed && name === 'records.jsonl') assert.equal(again.known, 1);
      }
    }
    const log = join(folder, 'records.jsonl');
    writeFileSync(log, readFileSync(log).subarray(0, -20));
    assert.equal(compile(all).known, 1, 'the torn line alone is read again');
  });

  it('is not written again where nothing changed', () => {
    const all = [record(), record({ id: 'other' })];
    const written = () => statSync(join(folder, 'list.json'), { bigint: true }).mtimeNs;
    compile(all);
    const first = written();
    compile(all);
    assert.equal(written(), first);
    compile(all.slice(0, 1));
    assert.notEqual(written(), first);
    assert.equal(compile(all).text, textOf(all));
  });

  it('knows a line of any length', () => {
    const all = [record(), record({ reasons: { x: 'x'.repeat(3_000_000) }, id: 'other' }), record()];
    compile(all);
    assert.equal(compile(all).known, 3);
  });

  it('is made anew for a bundle of which a file was touched, added or removed', () => {
    const bundle = join(folder, 'bundle');
    mkdirSync(bundle);
    const files = ['manifest.json', 'manifest.json.sig', 'result.json', 'subject.json'];
    for (const name of files) writeFileSync(join(bundle, name), name);
    const seen = new Set<string>();
    const isNew = (why: string) => {
      const identity = identityOf(bundle, false);
      assert.ok(!seen.has(identity), why);
      seen.add(identity);
    };
    assert.equal(identityOf(bundle, true), identityOf(bundle, false), 'there is no withdrawal');
    isNew('it is the first');
    for (const name of files) {
      utimesSync(join(bundle, name), 1, 1);
      isNew(name);
    }
    writeFileSync(join(bundle, 'withdrawal.json'), '{}');
    isNew('it was withdrawn');
    const withdrawn = identityOf(bundle);
    utimesSync(join(bundle, 'withdrawal.json'), 1, 1);
    assert.notEqual(identityOf(bundle), withdrawn);
    rmSync(join(bundle, 'manifest.json.sig'));
    isNew('its signature is gone');
  });

  it('knows the names in a folder until something is added, removed or replaced there', async () => {
    const reports = join(folder, 'reports');
    const file = join(folder, 'folders.json');
    const make = (path: string) => mkdirSync(join(reports, path), { recursive: true });
    const find = async (key = 'key', laterMs = 10_000) => {
      const folders = new FoldersSeen(file, key, reports, () => Date.now() + laterMs);
      const read: string[] = [];
      const paths = await bundlePaths(reports, {
        namesIn: (path) => folders.namesIn(path),
        keep(path, names) {
          read.push(path);
          folders.keep(path, names);
        },
      });
      folders.write();
      return { paths, read };
    };
    make('acme/s24/run-1');
    make('acme/s48/run-1');
    assert.deepEqual((await find()).read, ['', 'acme', 'acme/s24', 'acme/s48']);
    assert.deepEqual((await find()).read, []);
    make('acme/s24/run-2');
    assert.deepEqual(await find(), {
      paths: ['acme/s24/run-1', 'acme/s24/run-2', 'acme/s48/run-1'],
      read: ['acme/s24'],
    });
    rmSync(join(reports, 'acme/s48'), { recursive: true });
    assert.deepEqual(await find(), { paths: ['acme/s24/run-1', 'acme/s24/run-2'], read: ['acme'] });
    symlinkSync('run-1', join(reports, 'acme/s24/run-3'));
    await assert.rejects(find(), /reports\/acme\/s24\/run-3 is no folder/);
    await assert.rejects(find(), /run-3/, 'what is refused is looked at again');
    rmSync(join(reports, 'acme/s24/run-3'));
    assert.deepEqual((await find()).read, ['acme/s24']);
    assert.deepEqual((await find('other')).read.length, 3);
    writeFileSync(file, readFileSync(file, 'utf8').replace('run-2', 'run-9'));
    assert.deepEqual((await find('other')).paths, ['acme/s24/run-1', 'acme/s24/run-2']);
    make('globex/x/run-1');
    await find('other', 0);
    assert.ok((await find('other', 0)).read.includes('globex'), 'it may change again within a tick');
  });

  it('tells whether two files are the same', () => {
    const [one, other] = [join(folder, 'one'), join(folder, 'other')];
    const bytes = Buffer.alloc(2_500_000, 'x');
    writeFileSync(one, bytes);
    assert.equal(sameBytes(one, other), false);
    writeFileSync(other, bytes);
    assert.equal(sameBytes(one, other), true);
    writeFileSync(other, Buffer.from(bytes).fill('y', 2_400_000, 2_400_001));
    assert.equal(sameBytes(one, other), false);
    writeFileSync(other, bytes.subarray(1));
    assert.equal(sameBytes(one, other), false);
  });

  it('does not grow for ever', () => {
    const file = join(folder, 'records.jsonl');
    const large = { reasons: { x: 'x'.repeat(300_000) } };
    for (let n = 0; n < 12; n += 1) compile([record({ ...large, path: 'always', run: `run-${n}` })]);
    assert.ok(statSync(file).size < 3_000_000, `${statSync(file).size} octets`);
    assert.equal(compile([record({ path: 'x' })]).known, 0);
  });

  it('lies in a folder for each folder of reports', () => {
    const home = process.env.XDG_CACHE_HOME;
    try {
      process.env.XDG_CACHE_HOME = '/cache';
      assert.match(cacheFolderOf(folder), /^\/cache\/takeover\/list-[0-9a-f]{16}$/);
      assert.notEqual(cacheFolderOf(folder), cacheFolderOf(tmpdir()));
      process.env.XDG_CACHE_HOME = 'relative';
      assert.doesNotMatch(cacheFolderOf(folder), /relative/);
    } finally {
      if (home === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = home;
    }
  });

  it('belongs to the keys and parties that it was made with, and follows no link to them', () => {
    const key = () => cacheKey(folder, catalogue, true);
    const none = key();
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, '{}');
    symlinkSync(elsewhere, join(folder, 'parties.json'));
    assert.equal(key(), none);
    rmSync(join(folder, 'parties.json'));
    writeFileSync(join(folder, 'parties.json'), '{}');
    assert.notEqual(key(), none);
  });

  it('is used by one compile at a time; a lock of a process that is gone is none', () => {
    const cache = join(folder, 'cache');
    const first = openWorkplace(cache);
    const second = openWorkplace(cache);
    assert.deepEqual([first.kept, second.kept], [true, false]);
    second.release();
    assert.equal(existsSync(second.folder), false);
    first.release();
    writeFileSync(join(cache, 'lock'), '999999999');
    const third = openWorkplace(cache);
    assert.equal(third.kept, true);
    third.release();
    const none = openWorkplace(undefined);
    assert.equal(none.kept, false);
    none.release();
  });
});
