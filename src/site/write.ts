/** Writes the whole site: the list's pages here, those of devices and their runs in threads beside it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { bundlePaths } from '../bundle/find.js';
import { runPool } from '../list/pool.js';
import type { Entry, HardwareList, ListStatus } from '../list/schema.js';
import { deviceSlug } from '../list/slug.js';
import { groupBy } from '../report/group.js';
import { packageRoot } from '../root.js';
import { casePages, type FaultsOf } from './case-pages.js';
import type { EntryTask } from './entry-pages.js';
import type { EntryAnswer, EntryThreadData } from './entry-thread.js';
import { modelKey } from './firmware-timeline.js';
import { type Page, readStyle, renderPage, type Site } from './layout.js';
import { openOutput, SiteError, writerTo } from './output.js';
import { changesFile, overviewFiles, overviewPages } from './overview.js';
import { scriptPath, stylePath } from './paths.js';

export { SiteError } from './output.js';

export interface SiteOptions {
  /** The folder that the list was compiled from. */
  readonly reports: string;
  readonly list: HardwareList;
  /** The site's folder; an earlier site in it is replaced as a whole. */
  readonly out: string;
  /** The moment that the pages are made for, ISO 8601. */
  readonly now: string;
  /** Where they will be published. */
  readonly baseUrl?: string;
  /** Threads besides this one. */
  readonly jobs: number;
  /** Devices that can be made wrong, so that a case is seen to fail. */
  readonly faultsOf?: FaultsOf;
  /** How many entries of the list are done. */
  readonly onProgress?: (done: number) => void;
}

export interface WrittenSite {
  readonly pages: number;
  /** Bundles that the list names and that are not below `reports`: they have no pages. */
  readonly absent: readonly string[];
  /** Bundles below `reports` that the list does not name: it is older than they are. */
  readonly unlisted: readonly string[];
}

/** One bundle is read in some seconds; a thread that takes longer is stuck. */
const entryBoundMs = 10 * 60_000;
const threadMemoryMiB = 1_024;
/** Pages written in one go, before threads that wait for work are heard. */
const pagesAtOnce = 8;

/** Rejects with a SiteError that tells everything for which there is no site; what was at `out` is then as it was. */
export async function writeSite(options: SiteOptions): Promise<WrittenSite> {
  const { reports, list, out, now, baseUrl, jobs, faultsOf = () => [], onProgress } = options;
  checkIds(list);
  const atHand = new Set(await bundlePaths(reports));
  const named = new Set(list.entries.flatMap(({ submissions }) => submissions.map(({ path }) => path)));
  const frame = { now, suite: list.suite, ...(baseUrl !== undefined && { baseUrl: withSlash(baseUrl) }) };
  const site: Site = { ...frame, list, hasRun: (bundle) => atHand.has(bundle) };
  const output = await openOutput(out, { schemaVersion: 1, ...frame });
  const { draft } = output;
  const write = writerTo(draft);
  let pages = 0;
  const put = async (source: Iterable<Page>) => {
    for (const page of source) {
      for (const { path, content } of renderPage(page, frame)) write(path, content);
      pages += 1;
      if (pages % pagesAtOnce === 0) await setImmediate();
    }
  };
  const threads = async () => {
    const data: EntryThreadData = { reports, draft, catalogue: list.catalogue, ...frame };
    const written = await writeEntries(tasksOf(list.entries, site.hasRun), data, jobs, onProgress);
    pages += written.pages;
    const { path, content } = changesFile(site, written.statuses);
    write(path, content);
  };
  const overview = async () => {
    write(stylePath, readStyle());
    write(scriptPath, readFileSync(join(packageRoot, 'templates', 'site.js')));
    for (const { path, content } of overviewFiles(site)) write(path, content);
    await put(overviewPages(site));
    await put(casePages(site, faultsOf));
  };
  try {
    await bothOf(threads(), overview());
    await output.commit();
  } finally {
    await output.abandon();
  }
  return {
    pages,
    absent: [...named].filter((path) => !atHand.has(path)),
    unlisted: [...atHand].filter((path) => !named.has(path)),
  };
}

/** Waits for both, also where one fails: the folder is in use until then. */
async function bothOf(...work: readonly Promise<void>[]): Promise<void> {
  for (const done of await Promise.allSettled(work)) if (done.status === 'rejected') throw done.reason;
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

/** Names of pages are made of them. */
function checkIds({ entries }: HardwareList): void {
  const seen = new Set<string>();
  for (const { id, device } of entries) {
    if (id !== deviceSlug(device) || seen.has(id)) {
      throw new SiteError(
        `The list has an entry '${id.slice(0, 80)}' that \`takeover compile\` did not write: compile the list again.`,
      );
    }
    seen.add(id);
  }
}

function* tasksOf(entries: readonly Entry[], hasRun: Site['hasRun']): Iterable<EntryTask> {
  const models = new Map(groupBy(entries, modelKey));
  for (const entry of entries) {
    const bundles = entry.submissions.map(({ path }) => path).filter(hasRun);
    yield { entry, relatives: models.get(modelKey(entry)) ?? [entry], bundles };
  }
}

async function writeEntries(
  tasks: Iterable<EntryTask>,
  workerData: EntryThreadData,
  threads: number,
  onProgress: SiteOptions['onProgress'],
): Promise<{ pages: number; statuses: ReadonlyMap<string, readonly ListStatus[]> }> {
  const problems: string[] = [];
  const statuses = new Map<string, readonly ListStatus[]>();
  let pages = 0;
  let done = 0;
  await runPool<EntryTask, EntryAnswer>(tasks, {
    ...{ module: new URL('./entry-thread.js', import.meta.url), workerData, threads },
    ...{ boundMs: entryBoundMs, memoryMiB: threadMemoryMiB },
    answered({ entry }, answer) {
      if ('problem' in answer) problems.push(answer.problem);
      else {
        pages += answer.pages;
        statuses.set(entry.id, answer.statuses);
      }
      done += 1;
      onProgress?.(done);
    },
    died({ entry, bundles }, why) {
      problems.push(`The pages of ${entry.id} (${bundles.join(', ') || 'no bundle'}) ${why}.`);
    },
  });
  if (problems.length > 0) throw new SiteError(problems.sort().join('\n'), true);
  return { pages, statuses };
}
