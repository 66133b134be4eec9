/** result.json on disk: written whole, and read again by a run that resumes. */
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench/bench.js';
import type { Probe } from '../probe.js';
import type { CaseResult, Outcome, Result } from '../result.js';
import { catalogueDigest } from './catalogue.js';
import { readResult } from './rejudge.js';

/** Whole or not at all: a reader never sees half a file. */
export async function writeResult(folder: string, result: Result): Promise<void> {
  const file = join(folder, 'result.json');
  try {
    await writeFile(`${file}.new`, `${JSON.stringify(result, null, 2)}\n`);
    await rename(`${file}.new`, file);
  } catch (error) {
    await rm(`${file}.new`, { force: true }).catch(() => undefined);
    throw error;
  }
}

const settled: readonly Outcome[] = ['pass', 'fail', 'not-applicable'];

/** The cases that an earlier run in the folder came to a verdict on. Rejects with a BenchError where that
 *  run asked something else. */
export async function settledCases(folder: string, probes: readonly Probe[]): Promise<CaseResult[]> {
  if (!existsSync(join(folder, 'result.json'))) return [];
  const { suite, cases } = await readResult(folder).catch((error: Error) => {
    throw new BenchError(`Nothing can be resumed: ${error.message}`);
  });
  if (suite.catalogueDigest !== catalogueDigest(probes)) {
    throw new BenchError(
      `${folder} holds a run of another version of the suite: leave --resume out, or name another --out.`,
    );
  }
  return cases.filter(({ outcome }) => settled.includes(outcome));
}
