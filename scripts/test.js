/**
 * Runs what is compiled in dist/: the linter and the unit tests, and each file of lab tests inside private namespaces of
 * its own. Two of these run at a time, since most of them wait more than they work; what one prints is shown as it ends.
 *
 *     npm test                          everything
 *     npm test -- unit                  only test/unit (or: lab)
 *     npm test -- test/unit/arp.test.ts only these files
 *     npm test -- --grep relearn        any option of mocha's; with arguments, the linter is left out
 *
 * The last line is `N passed, N failed, N skipped`; the linter counts as one check. Exits with 1 when one
 * failed, when no test ran and, as root, when one was skipped for any reason but the kernel's.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const atOnce = 2;
/** So that none of them is left to run alone at the end. */
const slowestFirst = ['twins', 'suite-again', 'suite', 'suite-smallest', 'suite-open-vswitch', 'cli'];

const suites = {
  unit: { timeoutMs: 10_000, run },
  lab: { timeoutMs: 60_000, run: runInLab },
};

/** As root, this is the only reason for which a test may be left out. */
const acceptedSkip = /\(kernel lacks [^)]+\)/;

/** Set by Ctrl-C and by a request to end: what runs cleans up, the rest is left out. */
let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true;
});
process.on('SIGTERM', () => {
  interrupted = true;
});

/** Runs a command to its end; what it prints goes to the descriptor. Resolves with its exit code. */
function run([program, ...args], output) {
  const child = spawn(program, args, { stdio: ['inherit', output, output] });
  const passOn = () => child.kill('SIGTERM');
  process.on('SIGTERM', passOn);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', (code) => resolve(code ?? 1));
  }).finally(() => process.off('SIGTERM', passOn));
}

/** Inside namespaces of its own, so that nothing which a lab test does reaches this machine's network. */
async function runInLab(command, output) {
  const { enterLab } = await import('../dist/src/lab/enter.js');
  return enterLab(command, { output });
}

function mochaCommand(suite, files, options, summary) {
  return [
    process.execPath,
    '--enable-source-maps',
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--no-package',
    '--forbid-only',
    process.stdout.isTTY && !process.env.NO_COLOR ? '--color' : '--no-color',
    ...['--timeout', String(suite.timeoutMs)],
    ...['--reporter', 'scripts/reporter.js', '--reporter-option', `summary=${summary}`],
    ...options,
    ...files,
  ];
}

function testFiles(name) {
  const folder = join('dist/test', name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => join(folder, file))
    .sort();
}

/** Splits our arguments: names of suites, test files as written in TypeScript, and mocha's options. */
function readArguments(args) {
  const isFile = (arg) => /^(\.\/)?test\/.*\.test\.ts$/.test(arg);
  const files = args.filter(isFile).map((path) => join('dist', path.replace(/\.ts$/, '.js')));
  const options = args.filter((arg) => !(arg in suites) && !isFile(arg));
  const named = args.filter((arg) => arg in suites);
  const chosen = (name) =>
    named.length === 0 || named.includes(name)
      ? testFiles(name).filter((file) => files.length === 0 || files.includes(file))
      : [];
  return { unit: chosen('unit'), lab: chosen('lab'), options };
}

const nothing = { passed: 0, failed: 0, skipped: [], failures: '' };

/** Mocha on some files. A run that ended without a summary, or badly after a good one, counts as a failure. */
function mochaJob(suiteName, files, options, folder) {
  const name = files.length === 1 ? `${suiteName}/${basename(files[0], '.test.js')}` : suiteName;
  const summaryFile = join(folder, `${name.replace('/', '-')}.json`);
  return {
    name,
    async work(output) {
      const suite = suites[suiteName];
      let code;
      try {
        code = await suite.run(mochaCommand(suite, files, options, summaryFile), output);
      } catch (error) {
        return { ...nothing, skipped: files.map((file) => `${file} (${error.message})`) };
      }
      const summary = existsSync(summaryFile) ? JSON.parse(readFileSync(summaryFile, 'utf8')) : nothing;
      if (code === 0 || summary.failed > 0) return summary;
      return { ...summary, failed: 1, failures: `\n  The tests of ${name} did not run to their end.\n` };
    },
  };
}

const lintJob = {
  name: 'biome check',
  async work(output) {
    const clean =
      (await run([process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'check', '.'], output)) === 0;
    return clean
      ? { ...nothing, passed: 1, isTest: false }
      : { ...nothing, failed: 1, isTest: false, failures: '\n  biome check: see above.\n' };
  },
};

function jobsOf({ unit, lab, options }, folder) {
  const rank = (file) => {
    const place = slowestFirst.indexOf(basename(file, '.test.js'));
    return place < 0 ? slowestFirst.length : place;
  };
  const [slow, quick] = [
    lab.filter((file) => rank(file) < slowestFirst.length),
    lab.filter((file) => rank(file) === slowestFirst.length),
  ];
  const inLab = (file) => mochaJob('lab', [file], options, folder);
  return [
    ...slow.sort((one, other) => rank(one) - rank(other)).map(inLab),
    ...(unit.length > 0 ? [mochaJob('unit', unit, options, folder)] : []),
    ...quick.map(inLab),
  ];
}

/** Does a job. One that is alone prints as it goes; another one is shown whole, when it has ended. */
async function perform(job, alone, folder) {
  if (alone) {
    console.log(`\n${job.name}`);
    return job.work('inherit');
  }
  const path = join(folder, `${job.name.replace('/', '-')}.txt`);
  const output = openSync(path, 'w');
  const startMs = performance.now();
  try {
    return await job.work(output);
  } finally {
    closeSync(output);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    console.log(`\n${job.name}, ${seconds} s\n${readFileSync(path, 'utf8').trimEnd()}`);
  }
}

async function main() {
  const args = process.argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), 'takeover-test-'));
  const results = [];
  try {
    const queue = jobsOf(readArguments(args), folder);
    if (args.length === 0) queue.unshift(lintJob);
    const alone = queue.length === 1;
    const worker = async () => {
      for (let job = queue.shift(); job && !interrupted; job = queue.shift()) {
        results.push(await perform(job, alone, folder));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = report(results);
}

/** Prints skips, failures and, last, the totals. Returns the exit code. */
function report(results) {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const [passed, failed] = [sum((result) => result.passed), sum((result) => result.failed)];
  const skipped = results.flatMap((result) => result.skipped);
  const unexcused = process.getuid() === 0 ? skipped.filter((title) => !acceptedSkip.test(title)) : [];

  if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((title) => `  - ${title}`).join('\n')}`);
  if (failed > 0) console.log(`\nFailed:\n${results.map((result) => result.failures).join('')}`);
  if (unexcused.length > 0) {
    console.log(
      `\nAs root, a test may be skipped only for "(kernel lacks …)"; ${unexcused.length} had no such reason.`,
    );
  }
  const ran = results.some(({ isTest = true, ...result }) => isTest && result.passed + result.failed > 0);
  if (!ran) console.log('\nNo test ran.');
  console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || unexcused.length > 0 || !ran ? 1 : 0;
}

await main();
