/**
 * Runs jobs, each in a virtual lab that is built for it, in namespaces of the worker's own: so several workers can be
 * busy at a time. Reads a line of JSON for each job, and prints one.
 *
 *     echo '{"name": …, "kind": "switch", "lab": {…}, "cases": […]}' | node lab-worker.js enter
 */
import { type ChildProcess, spawn } from 'node:child_process';
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

export interface Workers {
  /** Resolves when the job is done; rejects with what went wrong. */
  result(name: string): Promise<Result>;
  /** Resolves when the workers and their labs are gone; ends them where jobs are left. */
  stop(): Promise<void>;
}

/** Starts `count` workers, each of which gets the next job as soon as it has done one. */
export function startWorkers(count: number, jobs: readonly Job[]): Workers {
  const queue = [...jobs];
  const settle = new Map<string, (entry: Done) => void>();
  const results = new Map(
    jobs.map(({ name }) => [name, new Promise<Done>((resolve) => settle.set(name, resolve))]),
  );
  const workers = Array.from({ length: Math.min(count, jobs.length) }, () => startWorker(queue, settle));
  return {
    async result(name) {
      const entry = await results.get(name);
      if (entry?.result) return entry.result;
      throw new Error(entry?.error ?? `There is no job '${name}'.`);
    },
    async stop() {
      queue.length = 0;
      for (const worker of workers) if (worker.exitCode === null) worker.kill('SIGTERM');
      await Promise.all(
        workers.map(async (worker) => {
          if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
        }),
      );
    },
  };
}

function startWorker(queue: Job[], settle: ReadonlyMap<string, (entry: Done) => void>): ChildProcess {
  const { execPath, execArgv } = process;
  const file = fileURLToPath(import.meta.url);
  const worker = spawn(execPath, [...execArgv, file, 'enter'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let current: Job | undefined;
  const next = () => {
    current = queue.shift();
    if (current) worker.stdin.write(`${JSON.stringify(current)}\n`);
    else worker.stdin.end();
  };
  // What a worker that has ended was told is told again below.
  worker.stdin.on('error', () => undefined);
  createInterface({ input: worker.stdout })
    .on('line', (line) => {
      const entry = JSON.parse(line) as Done;
      settle.get(entry.name)?.(entry);
      next();
    })
    .on('close', () => {
      const error = 'The worker ended before the job was done.';
      if (current) settle.get(current.name)?.({ name: current.name, error });
    });
  next();
  return worker;
}

async function runJob({ name, kind, lab: options, slow, cases }: Job): Promise<Done> {
  // Only what is certified is built.
  const router = kind === 'router' ? (options.router ?? 'linux') : 'none';
  const lab = await openTestLab({ ...options, router }).catch((error: Error) => error);
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

const [mode] = process.argv[1] === fileURLToPath(import.meta.url) ? process.argv.slice(2) : [];
if (mode === 'enter') {
  const { execPath, execArgv, argv } = process;
  process.exitCode = await enterLab([execPath, ...execArgv, argv[1] ?? '', 'work']);
} else if (mode === 'work') {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await runJob(JSON.parse(line) as Job))}\n`);
  }
}
