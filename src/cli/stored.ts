/** Results as they lie on disk: the folder of a run, of one device in it, or a bundle. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { BenchError } from '../bench/bench.js';
import { bundleFiles } from '../bundle/layout.js';
import { SubjectSchema } from '../bundle/schema.js';
import { readResult } from '../engine/rejudge.js';
import type { StoredResult } from './reports.js';

/** The folders below a run that hold a device's result.json; the run's folder itself may be one. */
export async function deviceFolders(run: string): Promise<string[]> {
  if (existsSync(join(run, bundleFiles.result))) return [run];
  const entries = await readdir(run, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && existsSync(join(run, entry.name, bundleFiles.result)))
    .map((entry) => join(run, entry.name))
    .sort();
  if (folders.length === 0) {
    throw new BenchError(
      `${run} holds no result.json, and neither does a folder in it: name the folder that a run wrote.`,
    );
  }
  return folders;
}

/** Every result of a run. Of a bundle, the device is what its subject.json says. */
export async function readRun(run: string): Promise<StoredResult[]> {
  const stored = [];
  for (const folder of await deviceFolders(run)) stored.push({ folder, result: await readStored(folder) });
  return stored;
}

async function readStored(folder: string): Promise<StoredResult['result']> {
  const result = await readResult(folder);
  const text = await readFile(join(folder, bundleFiles.subject), 'utf8').catch(() => undefined);
  if (text === undefined) return result;
  const subject = v.safeParse(v.pipe(v.string(), v.parseJson(), SubjectSchema), text);
  if (!subject.success)
    throw new Error(
      `${join(folder, bundleFiles.subject)} is no description of a device: ${subject.issues[0].message}.`,
    );
  return { ...result, device: subject.output.device };
}
