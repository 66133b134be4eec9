/** `takeover verify`, as it is called. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readingBounds } from '../../src/bundle/layout.js';
import { refusalMends } from '../../src/bundle/refusals.js';
import { main } from '../../src/cli.js';
import { packageRoot } from '../../src/root.js';
import { keyOf, trustParties, withdrawBundle } from './bundle-fixtures.js';
import { openTrap, type Trap } from './bundle-trap.js';

describe('takeover verify', () => {
  let trap: Trap;
  beforeEach(async () => {
    trap = await openTrap();
  });
  afterEach(async () => {
    await trap.untouched();
    await trap.close();
  });

  /** The exit code, and what was printed. */
  async function verify(...args: string[]): Promise<{ code: number; told: string }> {
    const { error } = console;
    const told: string[] = [];
    console.error = (text: string) => void told.push(text);
    try {
      return { code: await main(['verify', ...args]), told: told.join('\n') };
    } finally {
      console.error = error;
    }
  }
  const at = (path: string) => join(trap.reports, path);

  it('tells what was checked of an honest bundle', async () => {
    const { code, told } = await verify(at(await trap.make()));
    assert.equal(code, 0, told);
    assert.match(told, /^✓ .*acme\/s24\/run-1\n/);
    assert.match(told, /✓ signature: Example Lab \(lab\), as example-lab, SHA256:/);
    assert.match(told, /✓ verdicts: 3 attempts judged again, and every verdict agrees/);
    assert.doesNotMatch(told, /✗/);
  });

  it('tells every refusal with its code and mend, and fails for one bad bundle among good ones', async () => {
    const good = await trap.make();
    const bad = await trap.make({
      behaviour: 'never-moves',
      edit: ({ result }) => result.cases.forEach((entry) => void Object.assign(entry, { outcome: 'pass' })),
    });
    const { code, told } = await verify(at(good), at(bad));
    assert.equal(code, 1);
    assert.match(told, /✓ .*run-1\n/);
    assert.match(told, /✗ .*run-2\n/);
    // What has one mend is told together.
    assert.match(told, /✗ verdict: 4 times; submit the run again as it was judged: [^;]*\n/);
    assert.match(
      told,
      /\n {6}switch\/relearns\/rarp: its outcome is pass, which does not follow .*\(fail\)\n/,
    );
    assert.equal(told.match(/submit the run again/g)?.length, 1);
  });

  it('tells where subject and run differ, and that a bundle was withdrawn', async () => {
    const path = await trap.make({
      edit: ({ subject }) =>
        void Object.assign(subject.device, { firmware: '4.2.1-P2', conditions: { stp: 'off' } }),
    });
    await withdrawBundle(at(path), keyOf('Example Lab'));
    const { code, told } = await verify('--no-judge', at(path));
    assert.equal(code, 0, told);
    assert.match(told, /· firmware: subject.json says 4.2.1-P2, the run said 4.2.1\n/);
    assert.match(told, /· condition stp: subject.json says off, the run said nothing\n/);
    assert.match(told, /· withdrawn at 2026-06-01T00:00:00.000Z: The cable was broken\./);
    assert.match(told, /not judged again/);
  });

  it('holds new ones to more: signed, and where they belong', async () => {
    const unsigned = await trap.make({ key: null });
    const { code, told } = await verify('--no-judge', at(unsigned));
    assert.equal(code, 0, told);
    assert.match(told, /· signature: none/);
    const strict = await verify('--no-judge', '--new', at(unsigned));
    assert.equal(strict.code, 1);
    assert.match(strict.told, /✗ unsigned: .*; sign it/);
    assert.match(
      strict.told,
      /✗ path: it lies at acme\/s24\/run-1, and should at acme\/s24\/2026-01-01-example-lab-20260101T100000Z-000000; move/,
    );
    const fresh = await trap.make({ path: 'acme/s24/2026-01-01-example-lab-20260101T100000Z-000000-2' });
    assert.equal((await verify('--no-judge', '--new', at(fresh))).code, 0);
  });

  it('refuses a new one whose evidence is another’s that counts, however it is signed and named', async () => {
    const there = await trap.make({ evidence: 'shared' });
    const copy = await trap.make({
      evidence: 'shared',
      runId: 'copied',
      device: { model: 'S48' },
      path: 'acme/s48/2026-01-01-example-lab-copied',
    });
    const refused = await verify('--no-judge', '--new', at(copy));
    assert.equal(refused.code, 1);
    assert.match(refused.told, new RegExp(`✗ repeated: it holds evidence of reports/${there}; submit a run`));
    assert.equal(
      (await verify('--no-judge', at(copy))).code,
      0,
      'what lies there already is compile’s to tell',
    );
    await withdrawBundle(at(there), keyOf('Example Lab'));
    assert.equal((await verify('--no-judge', '--new', at(copy))).code, 0);
  });

  it('believes the keys beside the bundle, or those it is told to', async () => {
    const path = await trap.make();
    const other = join(trap.reports, '.other');
    await mkdir(other);
    await trustParties(other, [{ organisation: 'Rival', relation: 'lab' }]);
    const { code, told } = await verify('--no-judge', '--reports', other, at(path));
    assert.equal(code, 1);
    assert.match(told, /✗ unknown-key: /);
    await cp(at(path), join(other, path), { recursive: true });
    assert.equal((await verify('--no-judge', join(other, path))).code, 1);
    assert.equal((await verify('--no-judge', '--reports', trap.reports, join(other, path))).code, 0);
  });

  it('takes a folder that is not there for wrong usage, and one that is no bundle for a refusal', async () => {
    const missing = await verify(at('acme/none/here'));
    assert.equal(missing.code, 2);
    assert.match(missing.told, /does not exist: name the folder of a bundle/);
    const { code, told } = await verify(trap.reports);
    assert.equal(code, 1);
    assert.match(told, /✗ no-bundle: it holds no manifest\.json, .*; name a folder <vendor>/);
  });

  it('says what is wrong with a place in which no bundle can lie', async () => {
    const path = await trap.make();
    const file = await verify(join(at(path), 'result.json'));
    assert.match(file.told, /✗ no-bundle: it is a file, and a bundle is a folder; name a folder/);
    const odd = join(trap.reports, 'a', 'odd name', 'run');
    await cp(at(path), odd, { recursive: true });
    assert.match(
      (await verify(odd)).told,
      /no-bundle: "a\/odd name\/run" is no path of a bundle: "odd name" has other/,
    );
    await rm(at(join(path, 'manifest.json')));
    assert.match((await verify(at(path))).told, /✗ missing: manifest\.json is missing/);
    const { code, told } = await verify('--reports', at('none'), at(path));
    assert.equal(code, 2);
    assert.match(told, /none holds no allowed_signers: name the folder whose keys count with --reports\./);
  });

  it('tells of a new one whose device looks like another', async () => {
    await trap.make({ device: { firmware: '3.1.0' } });
    const [other, same] = [{ firmware: '3.l.O' }, { firmware: '3.1.0' }].map((device, n) =>
      trap.make({ device, path: `acme/s24/new-${n}` }),
    );
    const told = async (path: Promise<string> | undefined) =>
      (await verify('--new', '--no-judge', at((await path) ?? assert.fail()))).told;
    assert.match(await told(other), /· name: it looks like Acme S24 3\.1\.0, of reports\/acme\/s24\/new-1\n/);
    await rm(at('acme/s24/new-0'), { recursive: true });
    assert.doesNotMatch(await told(same), /looks like/);
  });

  it('accepts less memory and time than a compile has, so that what it accepts can’t stop one', () => {
    const { verify: mine, compile } = readingBounds;
    assert.ok(mine.memoryMiB < compile.memoryMiB && mine.boundMs < compile.taskMs);
  });

  it('tells which names are of another script than a reader may think', async () => {
    const path = await trap.make({ device: { vendor: '\u041c\u041e\u0425\u0410' } });
    const { code, told } = await verify('--no-judge', at(path));
    assert.equal(code, 0, told);
    assert.match(told, /· vendor: МОХА has letters that are Cyrillic$/);
  });
});

describe('docs/bundles.md', () => {
  it('lists every refusal with its mend, as the code has it', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'bundles.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)].map(([, code, , mend]) => [
      code,
      mend,
    ]);
    assert.deepEqual(rows, Object.entries(refusalMends));
  });
});
