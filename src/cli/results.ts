/** `takeover judge` and `report`: what is made of results that lie on disk. */
import { resolve } from 'node:path';
import { probes } from '../../probes/index.js';
import { readResult, rediagnose, rejudge } from '../engine/rejudge.js';
import { exitCodes } from '../result.js';
import { compareWith, readBaselineFiles } from './baseline.js';
import { type StoredResult, writeReports } from './reports.js';
import { print, shown } from './run.js';
import { deviceFolders } from './stored.js';

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
  flags: { readonly out?: string; readonly baseline?: string },
): Promise<number> {
  const stored: StoredResult[] = [];
  for (const run of runs) {
    for (const folder of await deviceFolders(resolve(run)))
      stored.push({ folder, result: await readResult(folder) });
  }
  const baseline = flags.baseline === undefined ? undefined : await readBaselineFiles(flags.baseline);
  const files = await writeReports(
    stored,
    resolve(flags.out ?? runs[0] ?? '.'),
    baseline && compareWith(baseline, stored),
  );
  console.error(`Wrote ${Object.values(files).map(shown).join(', ')}.`);
  return exitCodes.compliant;
}
