/** `takeover check-submission`: a pull request that adds a bundle, checked by the base branch’s own code. What the pull request
 *  holds is read from git's objects as data: none of it is checked out, and none of it is executed. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BenchError } from '../bench/bench.js';
import { limits } from '../bundle/layout.js';
import { exitCodes } from '../result.js';
import { isBundlePath, listFile, parseRawDiff, readSubmission, type TreeChange } from './submission-rules.js';

export interface SubmissionFlags {
  readonly base: string;
  readonly head: string;
  /** The repository that has both commits. */
  readonly repo: string;
  /** The base branch's tree, as it is checked out: gets the new bundle's files. */
  readonly into: string;
}

/** Its list of files alone may be this long. */
const mostRawBytes = 16 * 1024 * 1024;

class Git {
  constructor(private readonly repo: string) {}

  /** @throws BenchError with what git says */
  read(...args: readonly string[]): string {
    return this.run(args).toString('utf8');
  }

  /** As `read`, of objects named on stdin. */
  about(objects: readonly string[], ...args: readonly string[]): string {
    return this.run(args, `${objects.join('\n')}\n`).toString('utf8');
  }

  has(object: string): boolean {
    return spawnSync('git', ['-C', this.repo, 'cat-file', '-e', object], { stdio: 'ignore' }).status === 0;
  }

  /** The commit that a name stands for. */
  commit(name: string): string {
    return this.read('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).trim();
  }

  /** Writes an object's octets into a new file, unchanged by any attribute or filter. */
  async write(object: string, file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, 'wx', 0o644);
    try {
      const child = spawn('git', ['-C', this.repo, 'cat-file', 'blob', object], {
        stdio: ['ignore', handle.fd, 'ignore'],
      });
      const code = await new Promise<number | null>((done, failed) =>
        child.on('error', failed).on('exit', done),
      );
      if (code !== 0) throw new BenchError(`git can’t read ${object}: fetch the whole pull request.`);
    } finally {
      await handle.close();
    }
  }

  private run(args: readonly string[], input?: string): Buffer {
    const { status, stdout, stderr, error } = spawnSync('git', ['-C', this.repo, ...args], {
      maxBuffer: mostRawBytes,
      ...(input !== undefined && { input }),
    });
    if (error && 'code' in error && error.code === 'ENOBUFS')
      throw new BenchError('The pull request changes far more files than a bundle has.');
    if (error) throw error;
    if (status !== 0)
      throw new BenchError(
        `git ${args[0]} says: ${stderr.toString('utf8').trim() || 'there is no such commit'}`,
      );
    return stdout;
  }
}

/** Exit code: 0 it may be merged, or is no submission; 1 it is refused. */
export async function checkSubmissionCommand(flags: SubmissionFlags): Promise<number> {
  const git = new Git(flags.repo);
  const head = git.commit(flags.head);
  const base = git.read('merge-base', git.commit(flags.base), head).trim();
  const raw = git.read('diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', base, head);
  const submission = readSubmission(parseRawDiff(raw), (path) => git.has(`${base}:reports/${path}`));
  for (const warning of submission.warnings) console.error(`! ${warning}`);
  if (!submission.isOne) {
    console.error('This is no submission: no bundle is added or changed.');
    return exitCodes.compliant;
  }
  const refusals = [...submission.refusals, ...sizes(git, submission.files)];
  if (submission.bundle !== undefined && !isBundlePath(submission.bundle))
    refusals.push(
      'The bundle’s folder has a name that is not allowed: use the one that `takeover submit` made.',
    );
  if (refusals.length > 0) {
    for (const refusal of refusals.slice(0, 40)) console.error(`✗ ${refusal}`);
    if (refusals.length > 40) console.error(`✗ and ${refusals.length - 40} more.`);
    return exitCodes.failed;
  }
  for (const { object, path } of submission.files) {
    const file = join(flags.into, path);
    // Only the list is there already, and only it may be.
    if (path === listFile) await rm(file, { force: true });
    await git.write(object, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST')
        throw new BenchError(
          `${file} is there already: name a fresh checkout of the base branch with --into.`,
        );
      throw error;
    });
  }
  return verifyAll(submission, flags);
}

/** Refuses what is larger than a bundle may be before any of it is written. */
function sizes(git: Git, files: readonly TreeChange[]): string[] {
  if (files.length === 0 || files.length > limits.files) return [];
  const objects = files.map(({ object }) => object);
  const lines = git
    .about(objects, 'cat-file', '--batch-check=%(objecttype) %(objectsize)')
    .trim()
    .split('\n');
  const octets = lines.map((line) => Number(/^blob (\d+)$/.exec(line)?.[1] ?? Number.NaN));
  const total = octets.reduce((sum, size) => sum + size, 0);
  if (Number.isNaN(total)) return ['Some of its files are missing: fetch the whole pull request.'];
  const most = Math.max(...octets);
  if (total > limits.bundleBytes || most > limits.fileBytes)
    return [`It holds ${total} octets, ${most} in one file: more than any bundle may.`];
  return [];
}

const passed = (code: number): boolean => code === exitCodes.compliant;

async function verifyAll(
  { bundle, withdrawn, files }: Pick<ReturnType<typeof readSubmission>, 'bundle' | 'withdrawn' | 'files'>,
  { into }: SubmissionFlags,
): Promise<number> {
  const { verifyCommand } = await import('./bundles.js');
  const reports = join(into, 'reports');
  const verify = (paths: readonly string[], isNew: boolean) =>
    paths.length === 0
      ? exitCodes.compliant
      : verifyCommand(
          paths.map((path) => join(reports, path)),
          { reports, new: isNew, newWithdrawal: true, judge: true, json: false },
        );
  const codes: number[] = [
    await verify(bundle === undefined ? [] : [bundle], true),
    await verify(withdrawn, false),
  ];
  if (codes.every(passed) && files.some(({ path }) => path === listFile)) {
    const { compileCommand } = await import('./list.js');
    codes.push(
      await compileCommand({ reports, out: join(into, listFile), check: true, cached: false, fresh: false }),
    );
  }
  const accepted = codes.every(passed);
  console.error(accepted ? '✓ The submission may be merged.' : '✗ The submission is refused.');
  return accepted ? exitCodes.compliant : exitCodes.failed;
}
