/** `takeover run`, and the part of a run that `demo` shares: progress, signals, reports, exit code. */
import { randomInt } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { probesWith } from '../../probes/index.js';
import { type Bench, BenchError } from '../bench/bench.js';
import { benchWarnings, readBench } from '../bench/file.js';
import { type FinishedRun, runBench } from '../engine/run.js';
import { renderTable } from '../report/console.js';
import { createProgress } from '../report/progress.js';
import { exitCodes, isVacuous, type Result, statusOf } from '../result.js';
import type { LocalDriver } from '../wire/open.js';
import { baselineExitCode, compareWith, readBaseline, tellBaseline } from './baseline.js';
import { type Files, writeReports } from './reports.js';
import { stopOnSignals } from './signals.js';

export interface RunFlags {
  readonly grep?: RegExp;
  readonly repeat: number;
  readonly driver: LocalDriver;
  readonly out?: string;
  readonly reporter?: string;
  readonly bail: boolean;
  readonly seed?: number;
  readonly json: boolean;
  readonly resume?: boolean;
  readonly slow: boolean;
  /** The folder of an earlier run: only what is worse than it fails. */
  readonly baseline?: string;
}

export async function runCommand(file: string, flags: RunFlags): Promise<number> {
  const bench = await readBench(file);
  if (flags.resume && flags.out === undefined) {
    throw new BenchError('--resume needs --out: name the folder of the run that is to be finished.');
  }
  for (const warning of benchWarnings(bench)) console.error(warning);
  return execute(bench, flags);
}

/** `takeover-out/2026-11-22T21-40-03`, below the current folder. */
export function defaultOut(): string {
  return join('takeover-out', new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
}

/** Runs the suites on a bench, prints and writes what came out. Resolves with the exit code. */
export async function execute(bench: Bench, flags: RunFlags): Promise<number> {
  const out = resolve(flags.out ?? defaultOut());
  const baseline =
    flags.baseline === undefined ? undefined : await readBaseline(flags.baseline, bench.devices, out);
  const { signal, release } = stopOnSignals('the run');
  const progress = flags.reporter === undefined ? createProgress(process.stderr) : undefined;
  const { grep } = flags;
  const startMs = performance.now();
  try {
    const run = await runBench({
      bench,
      probes: probesWith(bench.profiles ?? []),
      driver: flags.driver,
      repeat: flags.repeat,
      seed: flags.seed ?? randomInt(1, 2 ** 31),
      out,
      selected: (id, title) => grep === undefined || grep.test(id) || grep.test(title),
      slow: flags.slow,
      bail: flags.bail,
      ...(flags.reporter !== undefined && { reporter: flags.reporter }),
      resume: flags.resume ?? false,
      listener: progress ?? silent,
      stop: signal,
    }).finally(() => progress?.end());
    const compared = baseline && compareWith(baseline.results, run.results);
    tellResults(run, performance.now() - startMs);
    tellFiles(run, out, await writeReports(run.results, out, compared));
    const results = run.results.map(({ result }) => result);
    if (baseline && compared) tellBaseline([...compared.values()], shown(baseline.folder), terminal());
    if (flags.json) await print(`${JSON.stringify(results, null, 2)}\n`);
    return exitCode(results, compared && baselineExitCode([...compared.values()]));
  } finally {
    release();
  }
}

/** How wide stderr is, and whether it takes colours. */
export function terminal(): { color: boolean; width: number } {
  return {
    color: process.stderr.isTTY === true && !process.env.NO_COLOR,
    width: Math.min(process.stderr.columns ?? 100, 120),
  };
}

function tellResults(run: FinishedRun, tookMs: number): void {
  for (const { result } of run.results) console.error(renderTable(result, terminal()));
  if (run.cutShort !== undefined) console.error(`Cut short: ${run.cutShort}`);
  for (const note of run.notes) console.error(`Note: ${note}`);
  console.error(`Took ${(tookMs / 1000).toFixed(1)} s.`);
}

function tellFiles(run: FinishedRun, out: string, { html, ...exports }: Files): void {
  console.error(`Results are in ${shown(out)}:`);
  for (const { folder } of run.results) {
    console.error(`  ${shown(join(folder, 'result.json'))}  and evidence/ beside it`);
  }
  console.error(`  ${shown(html)}\n  ${Object.values(exports).map(shown).join(', ')}`);
}

/** A path as an operator would type it here. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path) || '.';
  return short.startsWith('..') ? path : short;
}

const silent = { begin() {}, start() {}, finish() {}, wait() {} };

/** A failure outweighs what stayed open; with a baseline, `compared`, only what got worse fails. */
function exitCode(results: readonly Result[], compared: number | undefined): number {
  if (results.every(({ cases }) => isVacuous(cases))) return exitCodes.vacuous;
  if (compared !== undefined) return compared;
  const statuses = results.map(({ cases }) => statusOf(cases));
  if (statuses.includes('non-compliant')) return exitCodes.failed;
  if (statuses.includes('inconclusive') || results.some(({ run }) => !run.complete))
    return exitCodes.inconclusive;
  return exitCodes.compliant;
}

/** Resolves when stdout took all of it, since a slow pipe must not cut the JSON, or when nobody reads it any more. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((done, failed) =>
    process.stdout.write(text, (error) => (error && !isBrokenPipe(error) ? failed(error) : done())),
  );
}

/** Whether who reads our output has left, as `head` does. */
const isBrokenPipe = (error: NodeJS.ErrnoException) => error.code === 'EPIPE';
