/**
 * Runs what is compiled in dist/: the linter and the unit tests, and each file of lab tests inside private namespaces of
 * its own. Several of these run at a time, since most of them wait more than they work: as many as two processors have
 * room for, since what measures time must not wait for its turn. What one prints is shown as it ends.
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

/** How much may run at a time, in halves of a processor: with more, what measures time waits for its turn too often. */
const places = 4;
/** These keep half a processor busy, or more; the others mostly wait. */
const busy = (
  'biome check, unit, twins, cli, bench, nic, capacity, wire-cap, wire-libpcap, wire-suspendable, submit, site-browser, ' +
  'baseline, anonymise'
).split(', ');
/** It keeps every processor busy on purpose. */
const busiest = 'suite-again';
const placesOf = (name) => (name === busiest ? 3 : busy.includes(name) ? 2 : 1);
/** So that none of them is left to run alone at the end. */
const slowestFirst = (
  'twins, suite-again, cli, unit, submit, site-browser, suite-open-vswitch, suite-smallest, survey, suite, stand-in, ' +
  'several-hosts, remote, submission, suite-host, suite-router, host-systems, wire-suspendable, capacity'
).split(', ');

const suites = {
  unit: { timeoutMs: 30_000, run },
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

const nameOf = (file) => basename(file, '.test.js');

const nothing = { passed: 0, failed: 0, skipped: [], failures: '' };

/** Mocha on some files. A run that ended without a summary, or badly after a good one, counts as a failure. */
function mochaJob(suiteName, files, options, folder) {
  const [file] = files.length === 1 ? files.map(nameOf) : [];
  const name = file ? `${suiteName}/${file}` : suiteName;
  const summaryFile = join(folder, `${name.replace('/', '-')}.json`);
  return {
    name,
    places: placesOf(file ?? suiteName),
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
  places: placesOf('biome check'),
  async work(output) {
    const clean =
      (await run([process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'check', '.'], output)) === 0;
    return clean
      ? { ...nothing, passed: 1, isTest: false }
      : { ...nothing, failed: 1, isTest: false, failures: '\n  biome check: see above.\n' };
  },
};

function jobsOf({ unit, lab, options }, folder) {
  const rank = (name) => {
    const place = slowestFirst.indexOf(name);
    return place < 0 ? slowestFirst.length : place;
  };
  const jobs = [
    ...(unit.length > 0 ? [['unit', mochaJob('unit', unit, options, folder)]] : []),
    ...lab.map((file) => [nameOf(file), mochaJob('lab', [file], options, folder)]),
  ];
  return jobs.sort(([one], [other]) => rank(one) - rank(other)).map(([, job]) => job);
}

/** Does all jobs, each as soon as there is room for it; resolves with what `work` made of them. */
async function inTheirPlaces(jobs, work) {
  const queue = [...jobs];
  const running = new Set();
  const results = [];
  let free = places;
  while (!interrupted) {
    const next = queue.findIndex((job) => job.places <= free);
    const [job] = next < 0 ? [] : queue.splice(next, 1);
    if (job) {
      free -= job.places;
      const done = work(job).then((result) => {
        results.push(result);
        running.delete(done);
        free += job.places;
      });
      running.add(done);
    } else if (running.size > 0) await Promise.race(running);
    else break;
  }
  await Promise.all(running);
  return results;
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
  let results = [];
  try {
    const jobs = jobsOf(readArguments(args), folder);
    if (args.length === 0) jobs.unshift(lintJob);
    results = await inTheirPlaces(jobs, (job) => perform(job, jobs.length === 1, folder));
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
