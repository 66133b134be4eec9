/** `takeover compile`: reports/ to hardware-list.json. */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BenchError } from '../bench/bench.js';
import { BundleError } from '../bundle/bundle.js';
import { cacheFolderOf } from '../list/cache.js';
import { type Compiled, compileTo } from '../list/compile.js';
import { differences } from '../list/differences.js';
import { ListError } from '../list/list-error.js';
import { plain } from '../report/paint.js';
import { formatWait, plural } from '../report/words.js';
import { exitCodes } from '../result.js';
import { packageRoot } from '../root.js';
import { prepareFile, reportsPlace } from './places.js';
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
  const reports = await reportsPlace(flags.reports);
  const file = resolve(flags.out ?? join(packageRoot, 'hardware-list.json'));
  if (!flags.check) await prepareFile(file);
  const fresh = flags.fresh || (flags.check && !flags.cached);
  const options = {
    ...(!fresh && { cacheFolder: cacheFolderOf(reports) }),
    ...(flags.jobs !== undefined && { threads: flags.jobs }),
    progress: process.stderr,
  };
  if (flags.check) {
    const before = await readFile(file, 'utf8').catch(() => '');
    if (before === '')
      throw new BenchError(
        `${shown(file)} can't be read: run \`takeover compile\`, or name the list with --out.`,
      );
    const folder = await mkdtemp(join(tmpdir(), 'takeover-check-'));
    try {
      const again = join(folder, 'hardware-list.json');
      tell(await compileTo(reports, again, options));
      return compare(shown(file), before, await readFile(again, 'utf8'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  // The default file is the list, whatever became of it, a merge conflict in it for one: it is only ever generated.
  const before = await endsOf(file);
  if (flags.out !== undefined && before !== '' && !looksLikeList(before)) {
    throw new BenchError(
      `${shown(file)} is there and is no hardware list, so it is left alone: name another file with --out, or remove it.`,
    );
  }
  const compiled = await compileTo(reports, file, { ...options, mayBeEmpty: !hasEntries(before) });
  tell(compiled);
  console.error(`${shown(file)} is ${compiled.changed ? 'written' : 'as it was'}.`);
  return exitCodes.compliant;
}

/** What a file begins and ends with: enough to tell a list, however long. Empty where there is no file. */
async function endsOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const part = async (length: number, position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.toString('utf8', 0, bytesRead);
    };
    return `${await part(1 << 20, 0)}${await part(4096, Math.max(0, size - 4096))}`;
  } finally {
    await file.close();
  }
}

/** Of whatever version. */
const looksLikeList = (text: string) =>
  text.startsWith('{') && text.includes('"entries":') && text.includes('"schemaVersion":');

const hasEntries = (text: string) => /"entries":\s*\[\s*\{/.test(text);

function tell({ bundles, devices, counts, quarantined, opened, openMs, judgeMs }: Compiled): void {
  if (bundles === 0) {
    console.error('No bundle is there, so the list is empty.');
    return;
  }
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
