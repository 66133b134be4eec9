/** Where a compile keeps what it has read, outside of the repository. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readPlainFile } from '../bundle/file.js';
import { limits, trustFiles } from '../bundle/layout.js';
import { canonical } from './canonical.js';
import type { Catalogue } from './catalogue.js';
import { codeDigest } from './code-digest.js';

/** `$XDG_CACHE_HOME/takeover/list-<digest of the reports folder's real path>` (XDG Base Directory Specification). */
export function cacheFolderOf(reportsFolder: string): string {
  const { XDG_CACHE_HOME: home = '' } = process.env;
  const digest = createHash('sha256').update(realpathSync(reportsFolder)).digest('hex').slice(0, 16);
  return join(isAbsolute(home) ? home : join(homedir(), '.cache'), 'takeover', `list-${digest}`);
}

/** What all records depend on besides their bundles: one that was made under another key is not believed. */
export function cacheKey(reportsFolder: string, catalogue: Catalogue, judge: boolean): string {
  const hash = createHash('sha256').update(canonical({ catalogue, judge, code: codeDigest() }));
  for (const name of Object.values(trustFiles)) {
    try {
      hash.update(`${name}\n`).update(readPlainFile(join(reportsFolder, name), limits.jsonBytes));
    } catch {
      hash.update('none\n');
    }
  }
  return hash.digest('hex');
}

/** A folder for the time of one compile. */
export interface Workplace {
  readonly folder: string;
  /** Whether the next compile finds it again. */
  readonly kept: boolean;
  release(): void;
}

/** The cache where one is wanted and nobody else uses it; a temporary folder otherwise. */
export function openWorkplace(cacheFolder: string | undefined): Workplace {
  const cache = cacheFolder === undefined ? undefined : lockedFolder(cacheFolder);
  if (cache) return cache;
  const folder = mkdtempSync(join(tmpdir(), 'takeover-list-'));
  return { folder, kept: false, release: () => rmSync(folder, { recursive: true, force: true }) };
}

function lockedFolder(folder: string): Workplace | undefined {
  const lock = join(folder, 'lock');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return { folder, kept: true, release: () => rmSync(lock, { force: true }) };
    } catch (error) {
      // A cache that can't be written is none.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || isAlive(lock)) return undefined;
      rmSync(lock, { force: true });
    }
  }
  return undefined;
}

/** Whether the process that made the lock still runs. */
function isAlive(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
