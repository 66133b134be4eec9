/**
 * Runs one bench in CI, for .github/workflows/bench.yml and ci/gitlab/bench-job.yml: finds the baseline, keeps what is good as the
 * next one, and writes the job's summary. Results lie in out/. Ends with the run's exit code.
 *
 *     BENCH_FILE  the bench file
 *     BENCH_ID    its name, as `takeover benches` writes it
 *     TAKEOVER    what to run instead of bin/takeover.js (for tests)
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { BENCH_FILE, BENCH_ID, GITHUB_STEP_SUMMARY, SUDO_UID, SUDO_GID } = process.env;
const takeover = process.env.TAKEOVER ?? fileURLToPath(new URL('../bin/takeover.js', import.meta.url));
const out = 'out';
const lastGood = 'last-good';
/** GitHub shows a summary of 1 MiB at most. */
const mostSummary = 500_000;

if (!BENCH_FILE || !/^[a-z0-9][a-z0-9.-]*$/.test(BENCH_ID ?? '')) {
  console.error('Set BENCH_FILE and BENCH_ID, as `takeover benches` writes them.');
  process.exit(2);
}

/** The folders of devices in a run, and the run's folder itself where it is one's. */
const results = (folder) =>
  existsSync(folder)
    ? ['.', ...readdirSync(folder)].filter((name) => existsSync(join(folder, name, 'result.json')))
    : [];

/** Somebody committed a baseline, or an earlier run was good; else the run is held to its musts. */
const baseline = [join('baselines', BENCH_ID), lastGood].find((folder) => results(folder).length > 0);

rmSync(out, { recursive: true, force: true });
const args = ['run', BENCH_FILE, '--out', out, ...(baseline ? ['--baseline', baseline] : [])];
console.error(`takeover ${args.join(' ')}`);
const child = spawn(process.execPath, [takeover, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
let said = '';
child.stderr.setEncoding('utf8').on('data', (text) => {
  process.stderr.write(text);
  said += text;
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const code = await new Promise((done) => child.on('close', (status) => done(status ?? 3)));

if (code === 0) {
  rmSync(lastGood, { recursive: true, force: true });
  for (const device of results(out)) {
    mkdirSync(join(lastGood, device), { recursive: true });
    cpSync(join(out, device, 'result.json'), join(lastGood, device, 'result.json'));
  }
}
if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, summary());
// The runner's next checkout must be able to remove what root wrote.
if (SUDO_UID && SUDO_GID) for (const folder of [out, lastGood]) giveBack(folder);
process.exitCode = code;

/** The verdicts as the terminal had them. A fence longer than any in the text keeps what a device is called from being markup. */
function summary() {
  const begin = said.search(/^ [✓✗?·] /mu);
  const text = (begin < 0 ? said : said.slice(begin)).slice(0, mostSummary);
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const held = baseline ? `Compared with \`${baseline}\`.` : 'There is no baseline yet.';
  return `### ${BENCH_ID}\n\nExit code ${code}. ${held}\n\n${fence}text\n${text.trimEnd()}\n${fence}\n\n`;
}

function giveBack(path) {
  if (!existsSync(path) || lstatSync(path).isSymbolicLink()) return;
  chownSync(path, Number(SUDO_UID), Number(SUDO_GID));
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveBack(join(path, name));
}
