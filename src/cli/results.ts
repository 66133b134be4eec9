/** `takeover judge`, `report` and `compile`: what is made of results that lie on disk. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { probes } from '../../probes/index.js';
import { BenchError } from '../bench/bench.js';
import { readResult, rediagnose, rejudge } from '../engine/rejudge.js';
import { compileList, formatList, writeList } from '../list/compile.js';
import { exitCodes } from '../result.js';
import { packageRoot } from '../root.js';
import { type StoredResult, writeReports } from './reports.js';
import { print, shown } from './run.js';

/** The folders below a run that hold a device's result.json; the run's folder itself may be one. */
async function deviceFolders(run: string): Promise<string[]> {
  if (existsSync(join(run, 'result.json'))) return [run];
  const entries = await readdir(run, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && existsSync(join(run, entry.name, 'result.json')))
    .map((entry) => join(run, entry.name))
    .sort();
  if (folders.length === 0) {
    throw new BenchError(
      `${run} holds no result.json, and neither does a folder in it: name the folder that a run wrote.`,
    );
  }
  return folders;
}

export async function judgeCommand(run: string, flags: { readonly json: boolean }): Promise<number> {
  let agree = true;
  const all = [];
  for (const folder of await deviceFolders(run)) {
    const result = await readResult(folder);
    const judged = await rejudge(folder, result, probes);
    const differing = judged.filter(({ agrees }) => !agrees);
    const misdiagnosed = rediagnose(result);
    agree &&= differing.length === 0 && misdiagnosed === undefined;
    all.push({ folder, judged, diagnoses: misdiagnosed ?? 'agree' });
    const { vendor, model, firmware } = result.device;
    console.error(
      `${vendor} ${model} ${firmware}: ${judged.length} attempts judged again from the evidence.`,
    );
    for (const { caseId, attempt, stored, again, text } of differing) {
      console.error(
        `  ✗ ${caseId}, attempt ${attempt}: stored ${stored}, now ${again ?? 'not to be judged'}: ${text}`,
      );
    }
    if (misdiagnosed !== undefined) console.error(`  ✗ ${misdiagnosed}`);
    console.error(differing.length === 0 ? '  ✓ every verdict agrees' : `  ✗ ${differing.length} differ`);
  }
  if (flags.json) await print(`${JSON.stringify(all, null, 2)}\n`);
  return agree ? exitCodes.compliant : exitCodes.failed;
}

export async function reportCommand(
  runs: readonly string[],
  flags: { readonly out?: string },
): Promise<number> {
  const stored: StoredResult[] = [];
  for (const run of runs) {
    for (const folder of await deviceFolders(resolve(run)))
      stored.push({ folder, result: await readResult(folder) });
  }
  const { html, junit } = await writeReports(stored, resolve(flags.out ?? runs[0] ?? '.'));
  console.error(`Wrote ${shown(html)} and ${shown(junit)}.`);
  return exitCodes.compliant;
}

export async function compileCommand(flags: { readonly check: boolean }): Promise<number> {
  const file = join(packageRoot, 'hardware-list.json');
  const list = await compileList(join(packageRoot, 'reports'));
  const before = await readFile(file, 'utf8').catch(() => '');
  const same = before === formatList(list);
  if (flags.check) {
    console.error(
      same
        ? 'hardware-list.json is what reports/ says.'
        : 'hardware-list.json differs from what reports/ says: run `takeover compile`.',
    );
    return same ? exitCodes.compliant : exitCodes.failed;
  }
  await writeList(list, file);
  console.error(`hardware-list.json: ${list.entries.length} entries${same ? ', unchanged' : ''}.`);
  return exitCodes.compliant;
}
