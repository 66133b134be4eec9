/**
 * Runs jobs, each in a virtual lab that is built for it, in namespaces of the worker's own: so several workers can be
 * busy at a time. Prints a line of JSON for each job.
 *
 *     node lab-worker.js enter '[{"name": …, "kind": "switch", "lab": {…}, "cases": […]}]'
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LabOptions } from '../../src/lab/build.js';
import { enterLab } from '../../src/lab/enter.js';
import type { DeviceKind, Result } from '../../src/result.js';
import { openTestLab, settled } from './run-lab.js';

export interface Job {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly lab: Omit<LabOptions, 'directory'>;
  /** Whether the cases are slow ones: `lab.timers` is short then. */
  readonly slow: boolean;
  /** The cases to be run, by their ids. */
  readonly cases: readonly string[];
}

/** A job's result, or the sentence of what went wrong. */
interface Done {
  readonly name: string;
  readonly result?: Result;
  readonly error?: string;
}

export interface Worker {
  /** Resolves when the job is done; rejects with what went wrong. Jobs are done in their order. */
  result(name: string): Promise<Result>;
  /** Resolves when the worker and its lab are gone; ends them where jobs are left. */
  stop(): Promise<void>;
}

export function startWorker(jobs: readonly Job[]): Worker {
  const { execPath, execArgv } = process;
  const file = fileURLToPath(import.meta.url);
  const worker = spawn(execPath, [...execArgv, file, 'enter', JSON.stringify(jobs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const done = new Map<string, Done>();
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const look of waiting) look();
  };
  let ended = false;
  createInterface({ input: worker.stdout })
    .on('line', (line) => {
      const entry = JSON.parse(line) as Done;
      done.set(entry.name, entry);
      tell();
    })
    .on('close', () => {
      ended = true;
      tell();
    });
  return {
    result: (name) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const entry = done.get(name);
          if (!entry && !ended) return;
          waiting.delete(look);
          if (entry?.result) resolve(entry.result);
          else reject(new Error(entry?.error ?? `The worker ended before the job '${name}' was done.`));
        };
        waiting.add(look);
        look();
      }),
    async stop() {
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      const gone = once(worker, 'exit');
      if (done.size < jobs.length) worker.kill('SIGTERM');
      await gone;
    },
  };
}

async function runJob({ name, kind, lab: options, slow, cases }: Job): Promise<Done> {
  const lab = await openTestLab(options).catch((error: Error) => error);
  if (lab instanceof Error) return { name, error: `The lab could not be built: ${lab.message}` };
  try {
    const run = await lab.run(kind, { slow, selected: (id) => cases.includes(id) });
    return { name, result: { ...run.result, cases: await settled(lab, kind, run) } };
  } catch (error) {
    return { name, error: (error as Error).message };
  } finally {
    await lab.close();
  }
}

const [mode, jobs = '[]'] = process.argv[1] === fileURLToPath(import.meta.url) ? process.argv.slice(2) : [];
if (mode === 'enter') {
  const { execPath, execArgv, argv } = process;
  process.exitCode = await enterLab([execPath, ...execArgv, argv[1] ?? '', 'work', jobs]);
} else if (mode === 'work') {
  for (const job of JSON.parse(jobs) as Job[]) {
    process.stdout.write(`${JSON.stringify(await runJob(job))}\n`);
  }
}
