/** `takeover benches`: the bench files below a folder, as the matrix of a CI job. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, posix, resolve, sep } from 'node:path';
import { BenchError } from '../bench/bench.js';
import { parseBench } from '../bench/file.js';
import { readYaml } from '../bench/yaml.js';
import { byCodeUnit } from '../list/canonical.js';
import { slug } from '../list/slug.js';
import { groupBy } from '../report/group.js';
import { exitCodes } from '../result.js';
import { requireFolder } from './places.js';
import { print } from './run.js';

/** One job of the matrix. */
interface MatrixEntry {
  /** The bench's name, for people. */
  readonly bench: string;
  /** The same as a name of files and artifacts; unlike that of any other bench. */
  readonly id: string;
  /** As a command line takes it from here, with slashes. */
  readonly file: string;
  /** Labels of the runner. */
  readonly runner: readonly string[];
}

interface Found {
  readonly benches: readonly MatrixEntry[];
  /** YAML files that are none, and why. */
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
  /** Bench files with mistakes: their bench would silently not be tested. */
  readonly broken: readonly string[];
}

/** Nothing of an operator's lies there. */
const notSearched = new Set(['node_modules', 'takeover-out', 'reports', 'evidence']);
/** A bench file is never longer; see src/bench/yaml.ts. */
const mostBytes = 1_000_000;

/** A name that can be typed as a label; readable rather than unlike all others, which `findBenches` looks after. */
const labelOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || slug(name);

async function yamlFiles(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = posix.join(below, entry.name);
    // Links are not followed, so that none leads out of the folder or round in circles.
    if (entry.isDirectory() && !entry.name.startsWith('.') && !notSearched.has(entry.name))
      found.push(...(await yamlFiles(folder, path)));
    if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) found.push(path);
  }
  return found;
}

/** Undefined where a YAML file is meant as a bench file, be it right or wrong. */
function whyNoBench(text: string): string | undefined {
  const mentions = (key: string) => new RegExp(`(^|[{,]\\s*)["']?${key}["']?\\s*:`, 'm').test(text);
  if (!mentions('bench')) return 'it has no `bench:`';
  if (!mentions('ports')) return 'it has no `ports:`';
  const { tree, mistakes } = readYaml(text);
  if (mistakes.length > 0) return undefined;
  const isBench = typeof tree === 'object' && tree !== null && 'bench' in tree && 'ports' in tree;
  return isBench ? undefined : 'its `bench:` and `ports:` are no keys of the file itself';
}

export async function findBenches(folder: string): Promise<Found> {
  const benches: MatrixEntry[] = [];
  const skipped: { file: string; why: string }[] = [];
  const broken: string[] = [];
  const files = (await yamlFiles(folder)).map((file) => posix.join(folder.split(sep).join('/'), file));
  for (const file of files.sort(byCodeUnit)) {
    if ((await stat(file)).size > mostBytes) {
      skipped.push({ file, why: 'it is too long to be a bench file' });
      continue;
    }
    const text = await readFile(file, 'utf8');
    const why = whyNoBench(text);
    if (why !== undefined) {
      skipped.push({ file, why });
      continue;
    }
    try {
      const bench = parseBench(text, { file, directory: dirname(resolve(file)) });
      const id = labelOf(bench.name);
      benches.push({ bench: bench.name, id, file, runner: bench.runner ?? ['self-hosted', 'takeover', id] });
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      broken.push(error.message);
    }
  }
  for (const [, [first, second]] of groupBy(benches, ({ id }) => id)) {
    if (first && second)
      broken.push(`${first.file} and ${second.file} have one name, '${first.id}': give each bench its own.`);
  }
  return { benches, skipped, broken };
}

/** A child pipeline of GitLab's: a job for each bench, all like `.bench` of ci/gitlab/bench-job.yml. JSON is YAML. */
function gitlabPipeline(benches: readonly MatrixEntry[]): object {
  const jobs = benches.map(({ bench, id, file, runner }) => [
    `bench ${id}`,
    {
      extends: '.bench',
      tags: runner,
      variables: { BENCH_ID: id, BENCH_FILE: file, BENCH_NAME: bench.replaceAll('$', '$$$$') },
    },
  ]);
  return { include: [{ local: 'ci/gitlab/bench-job.yml' }], ...Object.fromEntries(jobs) };
}

/** Exit code: 0, 2 where a bench file has mistakes, 4 where there is no bench. */
export async function benchesCommand(
  folder: string,
  flags: { readonly json: boolean; readonly gitlab?: boolean },
): Promise<number> {
  await requireFolder(folder, 'name the folder that holds the bench files');
  const { benches, skipped, broken } = await findBenches(folder);
  for (const { file, why } of skipped) console.error(`Skipped ${JSON.stringify(file)}: ${why}.`);
  for (const text of broken) console.error(text);
  if (broken.length > 0) return exitCodes.usage;
  if (benches.length === 0)
    console.error(`No bench file lies below ${folder}: \`takeover init\` writes one.`);
  if (flags.gitlab) await print(`${JSON.stringify(gitlabPipeline(benches), null, 2)}\n`);
  else await print(`${JSON.stringify({ include: benches }, null, flags.json ? 0 : 2)}\n`);
  return benches.length === 0 ? exitCodes.vacuous : exitCodes.compliant;
}
