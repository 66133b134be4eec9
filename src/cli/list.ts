/** `takeover compile`: reports/ to hardware-list.json. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BundleError } from '../bundle/bundle.js';
import { cacheFolderOf } from '../list/cache.js';
import { type Compiled, compileTo } from '../list/compile.js';
import { differences } from '../list/differences.js';
import { ListError } from '../list/list-error.js';
import { plain } from '../report/paint.js';
import { formatWait, plural } from '../report/words.js';
import { exitCodes } from '../result.js';
import { packageRoot } from '../root.js';
import { shown } from './run.js';

export interface CompileFlags {
  readonly reports?: string;
  readonly out?: string;
  readonly check: boolean;
  readonly cached: boolean;
  readonly fresh: boolean;
  readonly jobs?: number;
}

/** Resolves with 1 where a bundle is refused, or where the list would change under `--check`. */
export async function compileCommand(flags: CompileFlags): Promise<number> {
  try {
    return await compile(flags);
  } catch (error) {
    if (!(error instanceof ListError || error instanceof BundleError)) throw error;
    const problems = error instanceof ListError ? error.problems : error.refusals.map(({ text }) => text);
    for (const problem of problems) console.error(`  ✗ ${plain(problem)}`);
    console.error(`${plural(problems.length, 'problem')}: the list stays as it was.`);
    return exitCodes.failed;
  }
}

async function compile(flags: CompileFlags): Promise<number> {
  const reports = resolve(flags.reports ?? join(packageRoot, 'reports'));
  const file = resolve(flags.out ?? join(packageRoot, 'hardware-list.json'));
  if (!existsSync(reports)) {
    console.error(`${shown(reports)} is not there: name the folder that holds the bundles with --reports.`);
    return exitCodes.usage;
  }
  const fresh = flags.fresh || (flags.check && !flags.cached);
  const options = {
    ...(!fresh && { cacheFolder: cacheFolderOf(reports) }),
    ...(flags.jobs !== undefined && { threads: flags.jobs }),
    progress: process.stderr,
  };
  const before = await readFile(file, 'utf8').catch(() => '');
  if (flags.check) {
    const folder = await mkdtemp(join(tmpdir(), 'takeover-check-'));
    try {
      const again = join(folder, 'hardware-list.json');
      tell(await compileTo(reports, again, options));
      return compare(shown(file), before, await readFile(again, 'utf8'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  tell(await compileTo(reports, file, options));
  const same = before === (await readFile(file, 'utf8'));
  console.error(`${shown(file)} is ${same ? 'as it was' : 'written'}.`);
  return exitCodes.compliant;
}

function tell({ bundles, devices, counts, quarantined, opened, openMs, judgeMs }: Compiled): void {
  const others = [
    [counts.preview, 'not signed (previews)'],
    [counts.duplicate, 'submitted before'],
    [counts.withdrawn, 'withdrawn'],
    [counts.quarantined, 'quarantined'],
  ] as const;
  const said = others.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
  console.error(
    `${plural(bundles, 'bundle')} of ${plural(devices, 'device')}: ${counts.counted} ${counts.counted === 1 ? 'counts' : 'count'}${said.join('')}.`,
  );
  if (opened > 0) {
    const known = bundles - opened;
    console.error(
      `${opened} read in ${formatWait(openMs)} and judged again in ${formatWait(judgeMs)} of processor time${known > 0 ? `, ${known} known from before` : ''}.`,
    );
  }
  for (const { path, why } of quarantined) console.error(`  quarantined: reports/${path}: ${plain(why)}`);
}

function compare(name: string, before: string, now: string): number {
  if (before === now) {
    console.error(`${name} is what the bundles say.`);
    return exitCodes.compliant;
  }
  console.error(`${name} differs from what the bundles say: run \`takeover compile\`.`);
  for (const line of differences(before, now)) console.error(`  ${plain(line)}`);
  return exitCodes.failed;
}
