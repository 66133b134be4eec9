/** Folders and files that a command is told to read or write: looked at before the work, not after it. */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BenchError } from '../bench/bench.js';
import { packageRoot } from '../root.js';
import { shown } from './run.js';

const kindOf = async (path: string): Promise<'folder' | 'other' | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found && (found.isDirectory() ? 'folder' : 'other');
};

/** Rejects with a BenchError where there is no folder; the mend says what to name instead. */
export async function requireFolder(folder: string, mend: string): Promise<void> {
  const kind = await kindOf(folder);
  if (kind === 'folder') return;
  throw new BenchError(
    `${shown(resolve(folder))} is ${kind === undefined ? 'not there' : 'no folder'}: ${mend}.`,
  );
}

/** The folder that holds the bundles, `reports/` of the package unless told. Rejects with a BenchError where it is none. */
export async function reportsPlace(told: string | undefined): Promise<string> {
  const reports = resolve(told ?? join(packageRoot, 'reports'));
  await requireFolder(reports, 'name the folder that holds the bundles with --reports');
  return reports;
}

/** Makes the folder that a file is to be written to, and tries whether it can be; what is there stays. Rejects with a
 *  BenchError where a folder has its name, else with what the file system says of the file. */
export async function prepareFile(file: string): Promise<void> {
  if ((await kindOf(file)) === 'folder') {
    throw new BenchError(`${shown(file)} is a folder: name a file in it with --out.`);
  }
  const folder = dirname(file);
  if ((await kindOf(folder)) !== 'folder') await mkdir(folder, { recursive: true });
  const trial = join(folder, `.${process.pid}.takeover.tmp`);
  try {
    await (await open(trial, 'wx')).close();
    await rm(trial);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}
