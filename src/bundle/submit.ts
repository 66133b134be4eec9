/** Makes a run a bundle: its addresses harmless, its files listed and signed, and all of it checked as anyone will. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probes } from '../../probes/index.js';
import { type Rejudged, rejudge } from '../engine/rejudge.js';
import { canonical } from '../list/canonical.js';
import { folderName } from '../list/slug.js';
import { deviceName } from '../report/words.js';
import type { Result } from '../result.js';
import { type Anonymised, anonymise } from './anonymise.js';
import { BundleError } from './bundle.js';
import { withoutUnshown } from './catalogue-claims.js';
import { judgeBundle } from './judge.js';
import type { SigningKey } from './keys.js';
import { bundleFiles, limits } from './layout.js';
import { openBundle } from './open.js';
import { bundlePath } from './path.js';
import type { Manifest, Subject } from './schema.js';
import { signFile } from './sign.js';
import type { Staging } from './staging.js';
import { SubmitError } from './submit-error.js';
import type { Trust } from './trust.js';

export interface Submission {
  /** The run's folder of one device. */
  readonly folder: string;
  readonly result: Result;
  readonly subject: Subject;
  readonly reports: string;
  readonly signal: AbortSignal;
}

/** A bundle that lies in its staging folder, complete but for its signature. */
export interface Draft extends Anonymised {
  /** Below reports/. */
  readonly path: string;
  readonly folder: string;
  readonly subject: Subject;
  readonly manifest: Manifest;
  /** Octets of all files. */
  readonly size: number;
}

/** Writes the bundle's files. Rejects with a SubmitError where the run is submitted already, or can't be. */
export async function draftBundle(submission: Submission, staging: Staging): Promise<Draft> {
  const { folder, result, subject, reports, signal } = submission;
  const path = await freePath(reports, subject, result);
  const out = join(staging.folder, path);
  const named = deviceName(subject.device);
  const shown = withoutUnshown(result, probes);
  const anonymised = await anonymise({ folder, result: shown, deviceName: named, out, signal });
  await writeFile(join(out, bundleFiles.result), `${JSON.stringify(anonymised.result, null, 2)}\n`);
  await writeFile(join(out, bundleFiles.subject), `${canonical(subject, 2)}\n`);
  const manifest = await manifestOf(out);
  await writeFile(join(out, bundleFiles.manifest), `${canonical(manifest, 2)}\n`);
  const size = manifest.files.reduce((sum, file) => sum + file.size, 0);
  if (size > limits.bundleBytes) {
    throw new SubmitError(
      `The bundle would take ${size} octets, and ${limits.bundleBytes} are the most: run the suite with a smaller --repeat.`,
    );
  }
  return { ...anonymised, path, folder: out, subject, manifest, size };
}

/** Signs a draft, unless there is no key, checks it as `verify` does, and makes it appear below reports/. `trust` knows the
 *  key. Rejects with a SubmitError, and then nothing was written. */
export async function sealDraft(
  draft: Draft,
  submission: Submission,
  staging: Staging,
  options: { readonly key?: SigningKey; readonly trust: Trust },
): Promise<void> {
  const { key, trust } = options;
  if (key) await signFile(join(draft.folder, bundleFiles.manifest), key);
  submission.signal.throwIfAborted();
  try {
    // A submission is opened and judged by those who will: an error of ours must be found here.
    const bundle = await openBundle(staging.folder, draft.path, trust, {
      evidence: 'digests',
      now: new Date(),
    });
    const differing = (await judgeBundle(bundle)).filter(({ agrees }) => !agrees);
    submission.signal.throwIfAborted();
    const [first] = differing;
    if (first) throw await disagreement(submission, draft, first, differing.length);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new SubmitError(`The bundle would be refused, so it was not written:\n${error.message}`);
  }
  if (!(await staging.publish(draft.path))) throw alreadyThere(draft.path);
}

/** Whose fault it is that a case comes out otherwise: the run's own, or that of the replaced addresses. */
async function disagreement(
  { folder, result }: Submission,
  { replaced }: Draft,
  first: Rejudged,
  count: number,
): Promise<SubmitError> {
  const agreed = (await rejudge(folder, result, probes)).every(({ agrees }) => agrees);
  const which = `${first.caseId || 'The run'}${count > 1 ? ` (and ${count - 1} more)` : ''}`;
  return replaced.size > 0 && agreed
    ? new SubmitError(
        `With other addresses in place of yours, ${which} does not come out as before (${first.text}), so nothing was written: run this version of the suite again, with documentation addresses, which are the default, and submit that.`,
      )
    : new SubmitError(
        `${which} does not come out as result.json says (${first.text}), so nothing was written: the run is of another version of the suite, or was changed. Run the suite again, and submit that.`,
      );
}

const alreadyThere = (path: string) =>
  new SubmitError(
    `This run of this device is submitted already, as ${path}: a run counts once. To submit it anew, withdraw that bundle (takeover withdraw), or remove its folder if it is unsigned; or submit a new run.`,
  );

/** Where the bundle shall lie. Rejects with a SubmitError where the run's device has one already, under whatever name. */
async function freePath(reports: string, subject: Subject, result: Result): Promise<string> {
  const run = folderName(result.run.id);
  const taken = new Set<string>();
  for (const path of await pathsBelow(reports)) {
    taken.add(path);
    if (
      !path
        .toLowerCase()
        .replace(/-\d{1,3}$/, '')
        .endsWith(run) &&
      !path.toLowerCase().endsWith(run)
    )
      continue;
    const other = await readFile(join(reports, path, bundleFiles.result), 'utf8').catch(() => '{}');
    if (isSameRun(other, result)) throw alreadyThere(path);
  }
  const path = bundlePath(subject, result);
  if (!taken.has(path)) return path;
  let n = 2;
  while (taken.has(`${path}-${n}`)) n += 1;
  return `${path}-${n}`;
}

function isSameRun(text: string, { run, device }: Result): boolean {
  try {
    const other = JSON.parse(text) as Partial<Result>;
    return other.run?.id === run.id && canonical(other.device) === canonical(device);
  } catch {
    return false;
  }
}

/** `<vendor>/<model>/<run>`; what is no folder is none of ours to judge. */
async function pathsBelow(reports: string): Promise<string[]> {
  let paths = [''];
  for (let depth = 0; depth < 3; depth++) {
    const deeper = await Promise.all(
      paths.map(async (path) =>
        (await readdir(join(reports, path), { withFileTypes: true }))
          .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
          .map(({ name }) => (path ? `${path}/${name}` : name)),
      ),
    );
    paths = deeper.flat();
  }
  return paths;
}

async function manifestOf(folder: string): Promise<Manifest> {
  const files: Manifest['files'] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const { size } = await lstat(file);
    const path = file.slice(folder.length + 1).replaceAll('\\', '/');
    files.push({ path, size, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  files.sort((one, other) => (one.path < other.path ? -1 : 1));
  return { schemaVersion: 1, createdAt: new Date().toISOString(), files };
}
