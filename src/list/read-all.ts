/** Opens and judges the bundles that are new or were changed. */
import { bundlePaths, type KnownFolders } from '../bundle/find.js';
import { readingBounds } from '../bundle/layout.js';
import type { ProgressStream } from '../report/progress.js';
import type { Catalogue } from './catalogue.js';
import { identityOf } from './identity.js';
import { ListError } from './list-error.js';
import { runPool } from './pool.js';
import { type Countdown, createCountdown } from './progress.js';
import type { ReaderData, Reading } from './reading.js';
import type { RecordLog } from './record-log.js';
import type { Row } from './row.js';

export interface ReadOptions {
  readonly catalogue: Catalogue;
  readonly judge: boolean;
  readonly folders?: KnownFolders;
  readonly threads: number;
  readonly progress?: ProgressStream;
  readonly bounds?: { readonly taskMs: number; readonly memoryMiB: number };
}

export interface ReadAll {
  /** A row for each bundle. */
  readonly rows: readonly Row[];
  /** How many were opened; the others were known. */
  readonly opened: number;
  /** Of all threads together. */
  readonly openMs: number;
  readonly judgeMs: number;
}

interface Task {
  readonly path: string;
  readonly identity: string;
}

/** Rejects with a ListError that names every bundle that is refused. */
export async function readAll(
  reportsFolder: string,
  log: RecordLog,
  known: ReadonlyMap<string, Row>,
  options: ReadOptions,
): Promise<ReadAll> {
  const { catalogue, judge, threads, progress } = options;
  const rows: Row[] = [];
  const problems: string[] = [];
  const spent = { openMs: 0, judgeMs: 0 };
  const paths = await bundlePaths(reportsFolder, options.folders);
  let countdown: Countdown | undefined;
  let opened = 0;
  let done = 0;

  /** The first is told as soon as it is found, so that a thread starts while the rest is looked for; the others are counted
   *  before the second is read, so that it is known how many there are. */
  function* unknown(): Generator<Task> {
    const tasks: Task[] = [];
    for (const path of paths) {
      const before = known.get(path);
      // What may count has not been withdrawn.
      const identity = identityOf(`${reportsFolder}/${path}`, before?.eligible !== true);
      if (before?.identity === identity) {
        rows.push(before);
        continue;
      }
      opened += 1;
      if (opened === 1) yield { path, identity };
      else tasks.push({ path, identity });
    }
    const doing = judge ? 'Judging bundles again:' : 'Opening bundles:';
    countdown = progress && createCountdown(progress, opened, doing);
    yield* tasks;
  }

  const { taskMs, memoryMiB } = options.bounds ?? readingBounds.compile;
  await runPool<Task, Reading>(unknown(), {
    module: new URL('./reading.js', import.meta.url),
    workerData: { reportsFolder, catalogue, judge } satisfies ReaderData,
    threads: Math.max(1, Math.min(threads, paths.length)),
    boundMs: taskMs,
    memoryMiB,
    answered({ identity }, reading) {
      done += 1;
      if ('record' in reading) {
        rows.push(log.append(reading.record, identity));
        spent.openMs += reading.openMs;
        spent.judgeMs += reading.judgeMs;
      } else problems.push(...reading.problems);
      countdown?.at(done);
    },
    died({ path }, why) {
      done += 1;
      problems.push(`reports/${path}: reading it ${why}; look into it by hand, or remove it.`);
    },
  });
  countdown?.end();
  if (problems.length > 0) throw new ListError(problems.sort());
  return { rows, opened, ...spent };
}
