import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli.js';

/** What commands do with folders and files that they can't use, or must not. */
describe('places that a command is told', () => {
  let folder = '';
  let empty = '';
  let list = '';
  const home = process.env.XDG_CACHE_HOME;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'takeover-places-'));
    process.env.XDG_CACHE_HOME = folder;
    empty = join(folder, 'reports');
    mkdirSync(empty);
    list = join(folder, 'list.json');
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    if (home === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = home;
  });

  /** The exit code, and what was said. */
  async function takeover(...argv: string[]): Promise<[code: number, said: string]> {
    const lines: string[] = [];
    const say = console.error;
    console.error = (line: string) => void lines.push(line);
    try {
      return [await main(argv), lines.join('\n')];
    } finally {
      console.error = say;
    }
  }
  const compile = (...argv: string[]) => takeover('compile', '--jobs', '1', ...argv);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('compile leaves alone what is no hardware list', async () => {
    const notes = file('notes.txt', 'what I must not lose');
    const [code, said] = await compile('--reports', empty, '--out', notes);
    assert.equal(code, 2);
    assert.match(said, /notes\.txt is there and is no hardware list, so it is left alone: .*--out/);
    assert.equal(readFileSync(notes, 'utf8'), 'what I must not lose');
  });

  it('compile makes the folder of its file, and names what can not be one', async () => {
    const [made] = await compile('--reports', empty, '--out', join(folder, 'a', 'b', 'list.json'));
    assert.equal(made, 0);
    const asFolder = await compile('--reports', empty, '--out', join(folder, 'a'));
    assert.deepEqual([asFolder[0], /a is a folder: name a file/.test(asFolder[1])], [2, true], asFolder[1]);
    const [, below] = await compile('--reports', empty, '--out', join(file('plain', ''), 'list.json'));
    assert.match(below, /plain can't be .*; name another place\.$/);
    assert.doesNotMatch(below, /E[A-Z]{4,}|\.tmp/);
  });

  it('compile writes a list of nothing only where nothing is lost', async () => {
    const [code, said] = await compile('--reports', empty, '--out', list);
    assert.deepEqual([code, /^No bundle is there, so the list is empty/.test(said)], [0, true], said);
    const devices = readFileSync(list, 'utf8').replace('"entries": []', '"entries": [\n    {"id": "acme"}]');
    writeFileSync(list, devices);
    const [refused, why] = await compile('--reports', empty, '--out', list);
    assert.equal(refused, 1);
    assert.match(why, /reports holds no bundle, and .*list\.json lists devices: .*--reports/);
    assert.equal(readFileSync(list, 'utf8'), devices);
  });

  it('compile and site name a folder of bundles that is none', async () => {
    for (const command of ['compile', 'site']) {
      const [code, said] = await takeover(command, '--reports', file('f', ''));
      assert.deepEqual(
        [code, said.replace(/^.*\/f /, '')],
        [2, 'is no folder: name the folder that holds the bundles with --reports.'],
      );
      assert.match((await takeover(command, '--reports', join(folder, 'nope')))[1], /nope is not there: /);
    }
  });

  it('init makes the folder of the bench file, and benches names one that is not there', async () => {
    const bench = join(folder, 'benches', 'rack-7.yaml');
    assert.equal((await takeover('init', bench))[0], 0);
    assert.match(readFileSync(bench, 'utf8'), /^bench:/m);
    const [code, said] = await takeover('benches', join(folder, 'bences'));
    assert.deepEqual([code, /bences is not there: name the folder/.test(said)], [2, true], said);
  });

  it('site says in its own words what is wrong with a list', async () => {
    const site = (name: string) =>
      takeover('site', '--reports', empty, '--list', name, '--out', join(folder, 'site'));
    await compile('--reports', empty, '--out', join(folder, 'good.json'));
    const good = readFileSync(join(folder, 'good.json'), 'utf8');
    const cases: [text: string, said: RegExp][] = [
      ['no JSON', /is no hardware list: name the file that .*--list/],
      ['{"a": 1}', /is no hardware list/],
      [good.slice(0, 400), /is no hardware list/],
      [good.replace('"schemaVersion": 2', '"schemaVersion": 1'), /is a list of version 1, .* version 2: run/],
      [
        good.replace('"entries": []', '"entries": [1]'),
        /changed since, or cut short\. Run `takeover compile`/,
      ],
    ];
    for (const [text, expected] of cases) {
      const [code, said] = await site(file('given.json', text));
      assert.equal(code, 2);
      assert.match(said, expected);
      assert.doesNotMatch(said, /Invalid|Expected|undefined/);
    }
  });

  it('site leaves alone a folder of others, and ends where none can be made', async () => {
    await compile('--reports', empty, '--out', join(folder, 'ok.json'));
    const site = (out: string) =>
      takeover('site', '--reports', empty, '--list', join(folder, 'ok.json'), '--out', out);
    mkdirSync(join(folder, 'photos'));
    writeFileSync(join(folder, 'photos', 'one.jpg'), '');
    assert.match(
      (await site(join(folder, 'photos')))[1],
      /photos holds something that is no site of takeover's/,
    );
    const [code, said] = await site(join(file('plain', ''), 'site'));
    assert.deepEqual(
      [code, /a part of it is a file, not a folder; name another place/.test(said)],
      [2, true],
    );
  });
});
