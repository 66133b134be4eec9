/** `--baseline RUN`: what an earlier run found is taken as known, and only what got worse fails. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BenchDevice } from '../bench/bench.js';
import { BenchError } from '../bench/bench.js';
import { type Comparison, compareResults } from '../compare/compare.js';
import { pairResults, sameModel } from '../compare/devices.js';
import { baselineSentence, renderComparison } from '../report/changes.js';
import { deviceName } from '../report/words.js';
import { exitCodes, type Result } from '../result.js';
import type { StoredResult } from './reports.js';
import { readRun } from './stored.js';

export interface Baseline {
  readonly folder: string;
  readonly results: readonly StoredResult[];
}

/**
 * Reads the baseline before anything is sent.
 * @throws BenchError where there is none, where it is of no device of the bench, or where the run would overwrite it
 */
export async function readBaseline(
  folder: string,
  devices: readonly BenchDevice[],
  out: string,
): Promise<Baseline> {
  const results = await readBaselineFiles(folder);
  const foreign = !results.some(({ result }) => devices.some((device) => sameModel(device, result.device)));
  if (foreign) {
    const names = results.map(({ result }) => `the ${result.device.kind} ${deviceName(result.device)}`);
    throw new BenchError(
      `The baseline ${folder} is of ${names.join(', ')}, none of which is on this bench: name a run of one of its devices.`,
    );
  }
  if (results.some((stored) => resolve(stored.folder).startsWith(`${out}/`)) || resolve(folder) === out)
    throw new BenchError(`This run would overwrite its baseline, ${folder}: name another folder with --out.`);
  return { folder, results };
}

/** @throws BenchError where the folder holds no result that can be read */
export async function readBaselineFiles(folder: string): Promise<StoredResult[]> {
  if (!existsSync(folder))
    throw new BenchError(`There is no baseline ${folder}: name the folder that an earlier run wrote.`);
  try {
    return await readRun(folder);
  } catch (error) {
    throw new BenchError(`The baseline can’t be used: ${(error as Error).message}`);
  }
}

/** The comparison of each result with the baseline. Of a device that the baseline has not, nothing was known: all its cases are
 *  new. */
export function compareWith(
  results: readonly StoredResult[],
  after: readonly StoredResult[],
): Map<Result, Comparison> {
  const { pairs, onlyAfter } = pairResults(results, after);
  return new Map([
    ...pairs.map(({ before, after }) => [after.result, compareResults(before.result, after.result)] as const),
    ...onlyAfter.map(({ result }) => [result, compareResults({ ...result, cases: [] }, result)] as const),
  ]);
}

/** 1 where anything got worse, 4 where nothing was compared. */
export function baselineExitCode(comparisons: readonly Comparison[]): number {
  if (comparisons.some(({ worse }) => worse)) return exitCodes.failed;
  return comparisons.some(({ inBoth }) => inBoth > 0) ? exitCodes.compliant : exitCodes.vacuous;
}

/** On stderr: a short list of what got worse, and the one sentence. */
export function tellBaseline(
  comparisons: readonly Comparison[],
  folder: string,
  options: { readonly color: boolean; readonly width: number },
): void {
  console.error(`Compared with the baseline ${folder}:`);
  for (const comparison of comparisons)
    console.error(renderComparison(comparison, { ...options, brief: true }));
  console.error(baselineSentence(comparisons));
}
