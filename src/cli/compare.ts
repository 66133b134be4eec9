/** `takeover diff` and `export`: one run beside another, and in the formats of other tools. */
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BenchError } from '../bench/bench.js';
import { type Comparison, compareResults } from '../compare/compare.js';
import { pairResults } from '../compare/devices.js';
import { renderComparison } from '../report/changes.js';
import { deviceName, factsText } from '../report/words.js';
import { exitCodes, isVacuous } from '../result.js';
import { baselineExitCode, compareWith, readBaselineFiles } from './baseline.js';
import { prepareFile } from './places.js';
import { type Format, render, type StoredResult } from './reports.js';
import { print, shown, terminal } from './run.js';
import { readRun } from './stored.js';

/** Exit code: 0 nothing got worse, 1 something did, 4 no case ran in both. */
export async function diffCommand(
  before: string,
  after: string,
  flags: { readonly json: boolean },
): Promise<number> {
  const [old, next] = [await readRun(before), await readRun(after)];
  const { pairs, onlyBefore, onlyAfter } = pairResults(old, next);
  if (pairs.length === 0)
    throw new BenchError(
      `${before} and ${after} have no device in common (${names(old)}; ${names(next)}): name two runs of one device.`,
    );
  const comparisons = pairs.map((pair) => compareResults(pair.before.result, pair.after.result));
  const ran = pairs.some((pair) => !isVacuous(pair.after.result.cases));
  if (flags.json) await print(`${JSON.stringify(asJson(comparisons, onlyBefore, onlyAfter), null, 2)}\n`);
  else await print(comparisons.map((comparison) => renderComparison(comparison, onStdout())).join('\n'));
  for (const { result } of onlyBefore) console.error(`Only in ${before}: ${nameOf(result)}.`);
  for (const { result } of onlyAfter) console.error(`Only in ${after}: ${nameOf(result)}.`);
  return ran ? baselineExitCode(comparisons) : exitCodes.vacuous;
}

const nameOf = ({ device }: StoredResult['result']) => `${deviceName(device)} (${factsText(device)})`;
const names = (stored: readonly StoredResult[]) => stored.map(({ result }) => nameOf(result)).join(', ');

const onStdout = () => ({
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  width: terminal().width,
});

function asJson(
  comparisons: readonly Comparison[],
  onlyBefore: readonly StoredResult[],
  onlyAfter: readonly StoredResult[],
) {
  const device = ({ result }: StoredResult) => result.device;
  return {
    worse: comparisons.some(({ worse }) => worse),
    comparisons,
    onlyBefore: onlyBefore.map(device),
    onlyAfter: onlyAfter.map(device),
  };
}

/** Exit code: 0, or 4 where no case of the run ran. */
export async function exportCommand(
  run: string,
  flags: { readonly format: Format; readonly out?: string; readonly baseline?: string },
): Promise<number> {
  const stored = await readRun(run);
  const baseline = flags.baseline === undefined ? undefined : await readBaselineFiles(flags.baseline);
  const folder = flags.out === undefined ? resolve(run) : dirname(resolve(flags.out));
  const text = render(flags.format, stored, folder, baseline && compareWith(baseline, stored));
  if (flags.out === undefined) await print(text);
  else {
    await prepareFile(resolve(flags.out));
    await writeFile(flags.out, text);
    console.error(`Wrote ${shown(resolve(flags.out))}.`);
  }
  return stored.every(({ result }) => isVacuous(result.cases)) ? exitCodes.vacuous : exitCodes.compliant;
}
