/** What a test of hostile bundles needs: a reports folder, a file outside that nobody may touch, and what is refused. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, BundleError } from '../../src/bundle/bundle.js';
import { judgeBundle } from '../../src/bundle/judge.js';
import { openBundle } from '../../src/bundle/open.js';
import { type RefusalCode, refusalMends } from '../../src/bundle/refusals.js';
import { readTrust } from '../../src/bundle/trust.js';
import type { Rejudged } from '../../src/engine/rejudge.js';
import { type BundleOptions, makeBundle, trustParties } from './bundle-fixtures.js';

export interface Trap {
  readonly reports: string;
  /** Outside of reports/, and full of what nobody may read. */
  readonly canary: string;
  /** Makes a bundle of its own; `after` changes its folder when it is written and signed. */
  make(options?: BundleOptions, after?: (folder: string) => Promise<unknown>): Promise<string>;
  open(path: string, now?: Date): Promise<Bundle>;
  /** Opens a bundle that must be refused for this. */
  refused(code: RefusalCode, path: string, now?: Date): Promise<string>;
  /** Judges a bundle that opens, and gives what does not agree. */
  differing(path: string): Promise<Rejudged[]>;
  /** Fails where the canary was read or written, or something new lies beside reports/. */
  untouched(): Promise<void>;
  close(): Promise<void>;
}

/** Older than the last change, so that a reading shows also where access times are kept lazily (mount(8), relatime). */
const [accessed, changed] = [new Date('2001-01-01'), new Date('2002-02-02')];

export async function openTrap(): Promise<Trap> {
  const root = await mkdtemp(join(process.platform === 'linux' ? '/dev/shm' : tmpdir(), 'takeover-trap-'));
  const reports = join(root, 'reports');
  const canary = join(root, 'canary.json');
  await mkdir(reports);
  await trustParties(reports);
  await writeFile(canary, '{"secret": "of nobody’s business"}');
  await utimes(canary, accessed, changed);
  let count = 0;
  const open = async (path: string, now?: Date) =>
    openBundle(reports, path, await readTrust(reports), { evidence: 'digests', ...(now && { now }) });
  return {
    reports,
    canary,
    async make(options = {}, after = async () => undefined) {
      count += 1;
      const path = `acme/s24/run-${count}`;
      await makeBundle(reports, { path, ...options });
      await after(join(reports, options.path ?? path));
      return options.path ?? path;
    },
    open,
    async refused(code, path, now) {
      const refusals = await open(path, now).then(
        () => assert.fail(`It was accepted, and should be refused: ${code}.`),
        (error: unknown) => {
          if (error instanceof BundleError) return error.refusals;
          throw error;
        },
      );
      for (const one of refusals) {
        assert.ok(one.text.endsWith(`; ${refusalMends[one.code as RefusalCode]}.`), one.text);
        assert.doesNotMatch(one.text, /[\p{Cc}\u202a-\u202e]/u);
      }
      const found = refusals.find((one) => one.code === code);
      assert.ok(found, `not ${code}, but ${refusals.map(({ text }) => text).join('\n')}`);
      return found.text;
    },
    async differing(path) {
      const judged = await judgeBundle(await open(path));
      for (const { text } of judged) assert.doesNotMatch(text, /\p{Cc}|\n {4}at /u);
      return judged.filter(({ agrees }) => !agrees);
    },
    async untouched() {
      const { atime, mtime } = await stat(canary);
      assert.deepEqual([atime, mtime], [accessed, changed], 'the file outside was read or written');
      assert.deepEqual((await readdir(root)).sort(), ['canary.json', 'reports']);
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

/** Changes a file of a bundle's folder. */
export async function editFile(file: string, edit: (text: string) => string): Promise<void> {
  await writeFile(file, edit(await readFile(file, 'utf8')));
}

export const copyFolder = (from: string, to: string): Promise<void> => cp(from, to, { recursive: true });
