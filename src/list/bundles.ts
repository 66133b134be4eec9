/** Reads the accepted runs below reports/, and checks that each is what it says. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import * as v from 'valibot';
import { type Result, ResultSchema } from '../result.js';
import { byCodeUnit } from './canonical.js';

export interface Submission {
  /** `<vendor>/<model>/<run>`, with slashes on every system. */
  readonly path: string;
  readonly result: Result;
}

/** What is wrong below reports/, all of it, each with its mend. */
export class ListError extends Error {
  override readonly name = 'ListError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads reports/<vendor>/<model>/<run>/result.json and checks it against its schema, and the evidence that
 * it names against the digests. Rejects with a ListError that names every problem.
 */
export async function readSubmissions(reportsFolder: string): Promise<Submission[]> {
  const problems: string[] = [];
  const submissions: Submission[] = [];
  for (const path of await runFolders(reportsFolder)) {
    const folder = join(reportsFolder, path);
    try {
      const result = await readResult(folder);
      problems.push(
        ...(await evidenceProblems(folder, result)).map((problem) => `reports/${path}: ${problem}`),
      );
      submissions.push({ path, result });
    } catch (error) {
      problems.push(`reports/${path}/result.json: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const seen = new Map<string, string>();
  for (const { path, result } of submissions) {
    const key = JSON.stringify([result.run.id, result.device]);
    const first = seen.get(key);
    if (first)
      problems.push(`reports/${path} repeats run ${result.run.id} of reports/${first}: keep one of them.`);
    seen.set(key, path);
  }
  if (problems.length > 0) throw new ListError(problems);
  return submissions;
}

async function runFolders(root: string): Promise<string[]> {
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) {
    throw new ListError([`${root} is not a folder; name the one that holds <vendor>/<model>/<run>/.`]);
  }
  let paths = [''];
  for (let depth = 0; depth < 3; depth++) {
    const deeper = await Promise.all(
      paths.map(async (path) =>
        (await folders(join(root, path))).map((name) => (path ? `${path}/${name}` : name)),
      ),
    );
    paths = deeper.flat();
  }
  return paths.sort(byCodeUnit);
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}

async function readResult(folder: string): Promise<Result> {
  const text = await readFile(join(folder, 'result.json'), 'utf8').catch(() => {
    throw new Error('is missing; copy the whole folder of the run, or remove this one.');
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`is not JSON (${error instanceof Error ? error.message : error}); copy the file again.`);
  }
  const parsed = v.safeParse(ResultSchema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`does not fit the schema at ${v.getDotPath(issue) ?? 'its root'}: ${issue.message}.`);
}

/** Whether each file of evidence lies inside the folder, exists, and has the digest that the result names. */
async function evidenceProblems(folder: string, { cases }: Result): Promise<string[]> {
  const files = cases
    .flatMap(({ attempts }) => attempts)
    .flatMap(({ evidence }) => (evidence ? [evidence.capture, evidence.events] : []));
  const root = await realpath(folder);
  const problems: string[] = [];
  for (const { path, sha256 } of files) {
    const file = join(root, normalize(path));
    const inside = file.startsWith(root + sep) && !path.includes('\\');
    const isFile = inside && (await lstat(file).catch(() => undefined))?.isFile();
    if (!inside)
      problems.push(`evidence path '${path}' leaves the folder; it must be relative and stay inside.`);
    else if (!isFile || !(await realpath(file)).startsWith(root + sep)) {
      problems.push(`evidence ${path} is missing; copy the whole folder of the run.`);
    } else if (
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex') !== sha256
    ) {
      problems.push(`evidence ${path} has another digest than result.json names; copy the folder again.`);
    }
  }
  return problems;
}
