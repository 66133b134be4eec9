/** A folder beside the bundles in which one is built, so that it appears whole or not at all. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SubmitError } from './submit-error.js';

/** Begins with a dot, as nothing of the list's does. */
const prefix = '.takeover-';

export interface Staging {
  readonly folder: string;
  /** Makes `<folder>/<path>` appear as `<reports>/<path>`. False where something is there already. */
  publish(path: string): Promise<boolean>;
}

/** Builds in a folder of its own below reports/, which is gone afterwards whatever happens. Rejects with a SubmitError where
 *  nothing can be written. */
export async function withStaging<T>(reports: string, build: (staging: Staging) => Promise<T>): Promise<T> {
  if (!existsSync(reports)) {
    throw new SubmitError(
      `${reports} is not there: name the folder of the list's bundles with --reports; it is reports/ in a clone of the list.`,
    );
  }
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(reports, prefix));
    return await build({ folder, publish: (path) => publish(join(folder ?? '', path), join(reports, path)) });
  } catch (error) {
    throw told(error as NodeJS.ErrnoException, reports);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

const mends: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room, or copy the reports elsewhere and name them with --reports',
  EDQUOT: 'your disk quota is used up. Make room, or copy the reports elsewhere and name them with --reports',
  EACCES: 'this user may not. Change its permissions, or name a folder of yours with --reports',
  EROFS: 'its file system is read-only. Name another folder with --reports',
};

function told(error: NodeJS.ErrnoException, reports: string): Error {
  const mend = mends[error.code ?? ''];
  return mend ? new SubmitError(`Nothing was written to ${reports}: ${mend}.`) : error;
}

/** rename(2) replaces an empty folder, and no other. */
async function publish(from: string, to: string): Promise<boolean> {
  const made = await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (made !== undefined) await removeEmpty(dirname(to), made);
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
}

/** Removes `folder`, and the ones above it up to `top`, where they are empty. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let one = folder; one.length >= top.length; one = dirname(one)) {
    if ((await readdir(one)).length > 0) return;
    await rmdir(one);
  }
}
