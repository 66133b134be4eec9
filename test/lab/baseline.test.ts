/** Runs held to a baseline, and what is made of stored runs: the command line as a pipeline calls it. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliBench, far, makeCliBench, resultIn, switchDevice } from './cli-bench.js';

const grep = ['--grep', 'switch/learns/(arp-request|rarp)$'];

describe('A baseline', () => {
  let bench: CliBench;
  let file: string;
  let good: string;
  let bad: string;

  const learning = (state: 'on' | 'off') =>
    bench.atSwitch('bridge', 'link', 'set', 'dev', far('a'), 'learning', state);
  const run = async (...argv: readonly string[]) => {
    const out = bench.out();
    const ended = await bench.takeover(['run', file, ...grep, '--out', out, ...argv]);
    const read = (name: string) => readFileSync(join(out, name), 'utf8');
    return { ...ended, out, read };
  };

  before(async () => {
    bench = await makeCliBench();
    file = bench.file();
    const first = await run();
    assert.equal(first.code, 0, first.stderr);
    good = first.out;
    learning('off');
    const second = await run();
    assert.equal(second.code, 1, second.stderr);
    bad = second.out;
  });
  afterEach(() => bench.endAll());
  after(() => bench.close());

  describe('of a good run', () => {
    it('fails a run that got worse, and every file says what did', async () => {
      learning('off');
      const ended = await run('--baseline', good);
      assert.equal(ended.code, 1, ended.stderr);
      assert.match(
        ended.stderr,
        /Compared with the baseline .*\n ✗ WORSE THAN BEFORE {2}Linux bridge\n {2}2 broken\./,
      );
      assert.match(
        ended.stderr,
        /What got worse \(2\)\n {2}switch\/learns\/arp-request\n {4}broken: must: passed → failed\n/,
      );
      assert.match(ended.stderr, /2 things got worse than the baseline\.\n$/);
      assert.match(
        ended.read('report.html'),
        /<strong>✗ Worse than before\.<\/strong> Compared with the baseline, run .*: 2 broken\./,
      );
      assert.match(
        ended.read('junit.xml'),
        /failures="2" errors="0" skipped="0".*<failure message="worse than the baseline \(broken\): /s,
      );
      assert.match(ended.read('results.tap'), /^not ok 1 - switch\/learns\/arp-request$/m);
      assert.equal(JSON.parse(ended.read('ctrf-report.json')).results.summary.failed, 2);
    });

    it('passes a run that is as good', async () => {
      learning('on');
      const ended = await run('--baseline', good);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stderr, /Nothing got worse than the baseline\.\n$/);
    });
  });

  describe('of a run that failed', () => {
    it('passes the same failures, and marks them as known', async () => {
      learning('off');
      const ended = await run('--baseline', bad);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stderr, / ✗ NOT COMPLIANT {2}Linux bridge/, 'the verdict itself is what it is');
      assert.match(ended.stderr, /2 unchanged\..*Nothing got worse than the baseline\.\n$/s);
      assert.match(
        ended.read('junit.xml'),
        /failures="0" errors="0" skipped="2".*<skipped message="known: failed in the baseline too: /s,
      );
      assert.match(ended.read('results.tap'), /^not ok 1 - \S+ # TODO known: failed in the baseline too: /m);
      assert.match(ended.read('report.html'), /✓ Nothing got worse\.<\/strong>/);
    });
  });

  describe('that can’t be used is told before anything is sent:', () => {
    const refused = async (argv: readonly string[], why: RegExp) => {
      const out = bench.out();
      const ended = await bench.takeover(['run', file, ...grep, '--out', out, ...argv]);
      assert.deepEqual([ended.code, ended.stdout], [2, ''], ended.stderr);
      assert.match(ended.stderr, why);
      assert.doesNotMatch(ended.stderr, /\bat .*:\d+:\d+/);
      assert.equal(existsSync(out), false);
    };

    it('there is none', () =>
      refused(
        ['--baseline', '/nowhere'],
        /^There is no baseline \/nowhere: name the folder that an earlier run wrote\.\n$/,
      ));

    it('it holds no result', () =>
      refused(['--baseline', bench.folder], /^The baseline can’t be used: .* holds no result\.json/));

    it('its result is damaged', () => {
      const folder = bench.out();
      mkdirSync(folder);
      writeFileSync(join(folder, 'result.json'), '{"schemaVersion": 1}');
      return refused(
        ['--baseline', folder],
        /^The baseline can’t be used: .*result\.json is not a result of this suite/,
      );
    });

    it('it is another device’s', () => {
      const folder = bench.out();
      mkdirSync(folder);
      const result = resultIn(good);
      writeFileSync(
        join(folder, 'result.json'),
        JSON.stringify({ ...result, device: { ...result.device, model: 'other' } }),
      );
      return refused(
        ['--baseline', folder],
        /^The baseline .* is of the switch Linux other, none of which is on this bench: name a run of one/,
      );
    });

    it('the run would overwrite it', async () => {
      const before = readFileSync(
        join(good, readdirSync(good).find((name) => name.startsWith('linux')) ?? '', 'result.json'),
      );
      const ended = await bench.takeover(['run', file, ...grep, '--out', good, '--baseline', good]);
      assert.equal(ended.code, 2);
      assert.match(
        ended.stderr,
        /^This run would overwrite its baseline, .*: name another folder with --out\.\n$/,
      );
      assert.deepEqual(
        readFileSync(
          join(good, readdirSync(good).find((name) => name.startsWith('linux')) ?? '', 'result.json'),
        ),
        before,
      );
    });

    it('--bail would leave out what it has', () =>
      refused(['--baseline', good, '--bail'], /'--baseline <run>' cannot be used with option '--bail'/));

    it('for the demo too, before a lab is built', async () => {
      const ended = await bench.takeover(['demo', '--baseline', '/nowhere']);
      assert.deepEqual(
        [ended.code, ended.stderr],
        [2, 'There is no baseline /nowhere: name the folder that an earlier run wrote.\n'],
      );
    });
  });

  describe('and two stored runs:', () => {
    it('diff says what got worse, with its exit code', async () => {
      const worse = await bench.takeover(['diff', good, bad]);
      assert.equal(worse.code, 1, worse.stderr);
      assert.match(worse.stdout, /^ ✗ WORSE THAN BEFORE .*What got worse \(2\)/s);
      const better = await bench.takeover(['diff', bad, good]);
      assert.equal(better.code, 0, better.stderr);
      assert.match(better.stdout, /^ ✓ NOTHING GOT WORSE .*fixed: failed before, passes now \(2\)/s);
    });

    it('diff --json has every case', async () => {
      const { stdout, stderr } = await bench.takeover(['diff', good, bad, '--json']);
      const { worse, comparisons } = JSON.parse(stdout);
      assert.deepEqual([worse, comparisons.length, comparisons[0].cases.length, stderr], [true, 1, 2, '']);
      assert.deepEqual(comparisons[0].cases[0].change, 'broken');
    });

    it('diff takes a device’s folder or a run’s, and lets the firmware differ', async () => {
      const folder = bench.out();
      const device = readdirSync(good).find((name) => name.startsWith('linux')) ?? '';
      cpSync(join(good, device), folder, { recursive: true });
      const result = resultIn(folder);
      writeFileSync(
        join(folder, 'result.json'),
        JSON.stringify({ ...result, device: { ...result.device, firmware: '9' } }),
      );
      const ended = await bench.takeover(['diff', good, folder]);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, new RegExp(`firmware ${switchDevice.firmware} → 9`));
    });

    it('diff of nothing in common is a mistake, and of nothing that ran is vacuous', async () => {
      const folder = bench.out();
      mkdirSync(folder);
      const result = resultIn(good);
      const write = (over: object) =>
        writeFileSync(join(folder, 'result.json'), JSON.stringify({ ...result, ...over }));
      write({ device: { ...result.device, vendor: 'Other' } });
      const foreign = await bench.takeover(['diff', good, folder]);
      assert.equal(foreign.code, 2);
      assert.match(foreign.stderr, /have no device in common .*: name two runs of one device\.\n$/);
      write({ cases: [] });
      assert.equal((await bench.takeover(['diff', good, folder])).code, 4);
      assert.equal((await bench.takeover(['export', folder, '--format', 'tap'])).code, 4);
    });

    it('export writes what the run wrote', async () => {
      for (const [format, name] of [
        ['junit', 'junit.xml'],
        ['tap', 'results.tap'],
        ['ctrf', 'ctrf-report.json'],
      ]) {
        const ended = await bench.takeover(['export', bad, '--format', format ?? '']);
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal(ended.stdout, readFileSync(join(bad, name ?? ''), 'utf8'));
      }
      const to = join(bench.out(), 'deep', 'junit.xml');
      const ended = await bench.takeover([
        'export',
        bad,
        '--format',
        'junit',
        '--baseline',
        bad,
        '--out',
        to,
      ]);
      assert.deepEqual([ended.code, ended.stdout], [0, ''], ended.stderr);
      assert.match(readFileSync(to, 'utf8'), /failures="0"/);
      assert.equal((await bench.takeover(['export', bad, '--format', 'html'])).code, 2);
    });

    it('report says again what is worse', async () => {
      const out = bench.out();
      const ended = await bench.takeover(['report', bad, '--baseline', good, '--out', out]);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(readFileSync(join(out, 'report.html'), 'utf8'), /Worse than before/);
    });
  });
});
