/**
 * Runs what is compiled in dist/: the linter, the unit tests, then the lab tests inside private namespaces.
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
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const suites = [
  { name: 'unit', timeoutMs: 10_000, run },
  { name: 'lab', timeoutMs: 60_000, run: runInLab },
];

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

/** Runs a command to its end with our terminal; resolves with its exit code. */
function run([program, ...args]) {
  const child = spawn(program, args, { stdio: 'inherit' });
  const passOn = () => child.kill('SIGTERM');
  process.on('SIGTERM', passOn);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', (code) => resolve(code ?? 1));
  }).finally(() => process.off('SIGTERM', passOn));
}

/** Inside namespaces of its own, so that nothing which a lab test does reaches this machine's network. */
async function runInLab(command) {
  const { enterLab } = await import('../dist/src/lab/enter.js');
  return enterLab(command);
}

function mochaCommand(suite, files, options, summary) {
  return [
    process.execPath,
    '--enable-source-maps',
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--no-package',
    '--forbid-only',
    ...['--timeout', String(suite.timeoutMs)],
    ...['--reporter', 'scripts/reporter.js', '--reporter-option', `summary=${summary}`],
    ...options,
    ...files,
  ];
}

function testFiles(suite) {
  const folder = join('dist/test', suite.name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(folder, name))
    .sort();
}

/** Splits our arguments: names of suites, test files as written in TypeScript, and mocha's options. */
function readArguments(args) {
  const isSuite = (arg) => suites.some(({ name }) => name === arg);
  const isFile = (arg) => /^(\.\/)?test\/.*\.test\.ts$/.test(arg);
  const files = args.filter(isFile).map((path) => join('dist', path.replace(/\.ts$/, '.js')));
  const options = args.filter((arg) => !isSuite(arg) && !isFile(arg));
  const named = args.filter(isSuite);
  const chosen = suites
    .filter(({ name }) => named.length === 0 || named.includes(name))
    .map((suite) => ({
      suite,
      files: testFiles(suite).filter((f) => files.length === 0 || files.includes(f)),
    }))
    .filter((choice) => choice.files.length > 0);
  return { chosen, options };
}

const nothing = { passed: 0, failed: 0, skipped: [], failures: '' };

/** Runs one suite. A run that ended without a summary, or badly after a good one, counts as a failure. */
async function runSuite({ suite, files }, options, folder) {
  const summaryFile = join(folder, `${suite.name}.json`);
  let code;
  try {
    code = await suite.run(mochaCommand(suite, files, options, summaryFile));
  } catch (error) {
    return { ...nothing, skipped: files.map((file) => `${file} (${error.message})`) };
  }
  const summary = existsSync(summaryFile) ? JSON.parse(readFileSync(summaryFile, 'utf8')) : nothing;
  if (code === 0 || summary.failed > 0) return summary;
  return { ...summary, failed: 1, failures: `\n  The ${suite.name} tests did not run to their end.\n` };
}

async function main() {
  const args = process.argv.slice(2);
  const { chosen, options } = readArguments(args);
  const folder = mkdtempSync(join(tmpdir(), 'takeover-test-'));
  const results = [];
  let lint = { ...nothing };
  try {
    if (args.length === 0) {
      const clean =
        (await run([process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'check', '.'])) === 0;
      lint = clean
        ? { ...nothing, passed: 1 }
        : { ...nothing, failed: 1, failures: '\n  biome check: see above.\n' };
    }
    for (const choice of chosen) {
      if (interrupted) break;
      console.log(`\n${choice.suite.name}`);
      results.push(await runSuite(choice, options, folder));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = report([lint, ...results], results);
}

/** Prints skips, failures and, last, the totals. Returns the exit code. */
function report(all, suiteResults) {
  const sum = (count) => all.reduce((total, result) => total + count(result), 0);
  const [passed, failed] = [sum((result) => result.passed), sum((result) => result.failed)];
  const skipped = all.flatMap((result) => result.skipped);
  const ran = suiteResults.some((result) => result.passed + result.failed > 0);
  const unexcused = process.getuid() === 0 ? skipped.filter((title) => !acceptedSkip.test(title)) : [];

  if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((title) => `  - ${title}`).join('\n')}`);
  if (failed > 0) console.log(`\nFailed:\n${all.map((result) => result.failures).join('')}`);
  if (unexcused.length > 0) {
    console.log(
      `\nAs root, a test may be skipped only for "(kernel lacks …)"; ${unexcused.length} had no such reason.`,
    );
  }
  if (!ran) console.log('\nNo test ran.');
  console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || unexcused.length > 0 || !ran ? 1 : 0;
}

await main();
