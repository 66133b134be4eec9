/** `takeover benches`: the bench files of a folder as a matrix. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { benchesCommand, findBenches } from '../../src/cli/benches.js';

const bench = (name: string, more = '') =>
  `bench: ${name}\nports: {a: enp3s0f0, b: enp3s0f1}\n${more}devices: [{kind: switch, vendor: Acme, model: S24, firmware: 4.2.1}]\n`;

describe('Finding bench files', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'takeover-benches-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };

  it('gives each a job with its runner, in one order', async () => {
    put({
      'b.yml': bench('rack 8', 'runner: [self-hosted, north]\n'),
      'a/a.yaml': bench('"Rack 7, north lab"'),
    });
    const { benches, broken } = await findBenches(root);
    assert.deepEqual(broken, []);
    assert.deepEqual(benches, [
      {
        bench: 'Rack 7, north lab',
        id: 'rack-7-north-lab',
        file: join(root, 'a/a.yaml'),
        runner: ['self-hosted', 'takeover', 'rack-7-north-lab'],
      },
      { bench: 'rack 8', id: 'rack-8', file: join(root, 'b.yml'), runner: ['self-hosted', 'north'] },
    ]);
  });

  it('leaves other YAML out, and says why', async () => {
    put({
      'compose.yml': 'services: {}\n',
      'job.yml': 'bench:\n  script: [x]\n',
      'nested.yml': 'all:\n  - {bench: x, ports: {a: b}}\n',
      '.github/workflows/bench.yml': bench('hidden'),
      'node_modules/x/bench.yml': bench('foreign'),
      'long.yml': `# ${'x'.repeat(1_000_001)}`,
    });
    const { benches, skipped, broken } = await findBenches(root);
    assert.deepEqual([benches, broken], [[], []]);
    assert.deepEqual(
      skipped.map(({ file, why }) => [file.slice(root.length + 1), why]),
      [
        ['compose.yml', 'it has no `bench:`'],
        ['job.yml', 'it has no `ports:`'],
        ['long.yml', 'it is too long to be a bench file'],
        ['nested.yml', 'its `bench:` and `ports:` are no keys of the file itself'],
      ],
    );
  });

  it('follows no link', async () => {
    symlinkSync('/etc', join(root, 'etc'));
    symlinkSync(root, join(root, 'again'));
    assert.deepEqual(await findBenches(root), { benches: [], skipped: [], broken: [] });
  });

  it('does not leave a bench out because its file has a mistake', async () => {
    put({
      'a.yaml': bench('rack 7', 'prots: x\n'),
      'b.yaml': `${bench('rack 8')}  - x\n`,
      'c.yaml': bench('rack 9', 'runner: ["a b"]\n'),
    });
    const { benches, broken } = await findBenches(root);
    assert.deepEqual(benches, []);
    assert.equal(broken.length, 3);
    assert.match(broken[0] ?? '', /a\.yaml:3: prots is not known here/);
    assert.match(broken[2] ?? '', /c\.yaml:3: runner\[0\] is 'a b'; use a label of letters/);
  });

  it('refuses two of one name, whose artifacts would collide', async () => {
    put({ 'a.yaml': bench('rack 7'), 'b.yaml': bench('Rack-7') });
    assert.match((await findBenches(root)).broken.join(), /a\.yaml and .*b\.yaml have one name, 'rack-7'/);
  });

  describe('the command', () => {
    const run = async (flags: Parameters<typeof benchesCommand>[1]) => {
      const [write, tell] = [process.stdout.write, console.error];
      let stdout = '';
      const stderr: string[] = [];
      process.stdout.write = ((text: string, done: () => void) => {
        stdout += text;
        done();
        return true;
      }) as typeof write;
      console.error = (text: string) => void stderr.push(text);
      try {
        return { code: await benchesCommand(root, flags), stdout, stderr: stderr.join('\n') };
      } finally {
        process.stdout.write = write;
        console.error = tell;
      }
    };

    it('prints one line for GITHUB_OUTPUT, whatever a bench is called', async () => {
      put({ 'a.yaml': bench('"x\\u2028y $(reboot)"') });
      assert.equal((await run({ json: true })).code, 2, 'a name has no line ends');
      put({ 'a.yaml': bench('"x $(reboot) `y`"') });
      const { stdout, code } = await run({ json: true });
      assert.equal(code, 0);
      assert.equal(stdout.split('\n').length, 2);
      assert.equal(JSON.parse(stdout).include[0].id, 'x-reboot-y');
    });

    it('makes a pipeline for GitLab, in which a name expands to nothing', async () => {
      put({ 'a.yaml': bench('"rack $CI_JOB_TOKEN"') });
      const { stdout } = await run({ json: false, gitlab: true });
      assert.deepEqual(JSON.parse(stdout), {
        include: [{ local: 'ci/gitlab/bench-job.yml' }],
        'bench rack-ci-job-token': {
          extends: '.bench',
          tags: ['self-hosted', 'takeover', 'rack-ci-job-token'],
          variables: {
            BENCH_ID: 'rack-ci-job-token',
            BENCH_FILE: join(root, 'a.yaml'),
            BENCH_NAME: 'rack $$CI_JOB_TOKEN',
          },
        },
      });
    });

    it('ends with 4 where there is no bench', async () => {
      const { code, stdout, stderr } = await run({ json: true });
      assert.deepEqual([code, stdout], [4, '{"include":[]}\n']);
      assert.match(stderr, /No bench file lies below/);
    });
  });
});
