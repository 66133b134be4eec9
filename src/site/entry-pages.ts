/** All pages of one entry: its runs', one bundle at a time, and then its own. */
import { constants, copyFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { bundleFiles } from '../bundle/layout.js';
import type { Recording } from '../evidence/recording.js';
import { decodeEvidence } from '../evidence/store.js';
import type { Entry, HardwareList, ListStatus } from '../list/schema.js';
import { decisiveAttempt } from '../report/decisive.js';
import type { CaseResult } from '../result.js';
import { devicePage } from './device-page.js';
import { type Frame, type Page, renderPage, type SiteFile } from './layout.js';
import { MergingCases } from './merged-cases.js';
import { bundleFilePath } from './paths.js';
import { resultPage } from './result-page.js';
import { type ListedRun, runPage } from './run-pages.js';
import { isHandedOut } from './standing-words.js';
import { StatusHistory } from './status-history.js';

/** What every entry's pages need besides the entry. */
export interface EntryContext extends Frame {
  readonly catalogue: HardwareList['catalogue'];
  /** The site's folder as it is being written. */
  readonly draft: string;
  open(bundle: string): Promise<Bundle>;
  write(file: SiteFile): void;
}

export interface EntryTask {
  readonly entry: Entry;
  /** All entries of the model, this one among them. */
  readonly relatives: readonly Entry[];
  /** The bundles of the entry that are at hand. */
  readonly bundles: readonly string[];
}

export interface WrittenEntry {
  readonly pages: number;
  /** What the list said as one run after the other came to count; empty where that is not at hand. */
  readonly statuses: readonly ListStatus[];
}

/** Writes them. Rejects with a BundleError where a bundle is refused. */
export async function writeEntry(task: EntryTask, context: EntryContext): Promise<WrittenEntry> {
  const { entry, relatives } = task;
  const runs = new Set(task.bundles);
  const merging = new MergingCases(entry, context.catalogue[entry.device.kind] ?? []);
  const history = new StatusHistory();
  let pages = 0;
  const put = (page: Page) => {
    for (const file of renderPage(page, context)) context.write(file);
    pages += 1;
  };
  for (const submission of entry.submissions) {
    if (!runs.has(submission.path)) continue;
    const bundle = await context.open(submission.path);
    if (submission.standing === 'counted') {
      merging.take(submission.path, bundle.result);
      history.take(bundle);
    }
    await writeRun({ bundle, entry, submission }, context, put);
  }
  put(devicePage({ ...{ entry, relatives, runs }, ...context, merged: merging.merged() }));
  return { pages, statuses: history.statuses(entry) };
}

async function writeRun(run: ListedRun, context: EntryContext, put: (page: Page) => void): Promise<void> {
  const known = new Set(context.catalogue[run.entry.device.kind]);
  const files = new Set(run.bundle.manifest.files.map(({ path }) => path));
  const handedOut = isHandedOut(run.submission);
  put(runPage(run));
  for (const c of run.bundle.result.cases) {
    const recording = handedOut ? await recordingOf(run.bundle, c, files) : undefined;
    put(resultPage(run, c, recording, known.has(c.id)));
  }
  if (handedOut) copyFiles(run.bundle, files, context.draft);
}

/** Undefined where nothing is kept that can be read: a page without a picture is better than none. */
async function recordingOf(
  { folder }: Bundle,
  c: CaseResult,
  files: ReadonlySet<string>,
): Promise<Recording | undefined> {
  const evidence = decisiveAttempt(c)?.evidence;
  if (!evidence || !files.has(evidence.capture.path) || !files.has(evidence.events.path)) return undefined;
  try {
    const [capture, events] = await Promise.all([
      readFile(join(folder, evidence.capture.path)),
      readFile(join(folder, evidence.events.path)),
    ]);
    return decodeEvidence(capture, events);
  } catch {
    return undefined;
  }
}

/** The whole bundle, so that who downloads it can verify it. */
function copyFiles(bundle: Bundle, listed: ReadonlySet<string>, draft: string): void {
  const { folder, path, signer, withdrawal } = bundle;
  const { manifest, signature, withdrawal: withdrawn, withdrawalSignature } = bundleFiles;
  const files = [
    ...listed,
    manifest,
    ...(signer ? [signature] : []),
    ...(withdrawal ? [withdrawn, withdrawalSignature] : []),
  ];
  const made = new Set<string>();
  for (const file of files) {
    const to = join(draft, bundleFilePath(path, file));
    if (!made.has(dirname(to))) mkdirSync(dirname(to), { recursive: true });
    made.add(dirname(to));
    // Costs no space where the file system shares what is equal.
    copyFileSync(join(folder, file), to, constants.COPYFILE_FICLONE);
  }
}
