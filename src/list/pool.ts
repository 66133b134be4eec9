/** Work on a stranger's data in threads that may die of it: what ends is a thread, never the program. */
import { Worker } from 'node:worker_threads';

export interface PoolOptions<Task, Answer> {
  /** A module that answers every message with one message. */
  readonly module: URL;
  readonly workerData: unknown;
  readonly threads: number;
  /** How long one task may take. */
  readonly boundMs: number;
  readonly memoryMiB: number;
  answered(task: Task, answer: Answer): void;
  /** The thread died of the task, or was ended at its bound. @param why half a sentence: `needs more than …` */
  died(task: Task, why: string): void;
}

/**
 * Hands each task to one of several threads, and resolves when all are done. A thread that dies is replaced. Rejects only
 * with what the tasks, `answered` or `died` throw, or where threads can't be started at all.
 *
 * A thread starts when there is a task for it, and a task is asked for when a thread is free: the first thread starts while the
 * second task is looked for, and where there is no task there is no thread.
 */
export async function runPool<Task, Answer>(
  tasks: Iterable<Task>,
  options: PoolOptions<Task, Answer>,
): Promise<void> {
  const left = tasks[Symbol.iterator]();
  const next = () => left.next();
  await Promise.all(Array.from({ length: options.threads }, () => runLane(next, options)));
}

/** One thread after another, until no task is left. */
async function runLane<Task, Answer>(
  next: () => IteratorResult<Task>,
  options: PoolOptions<Task, Answer>,
): Promise<void> {
  let thread: Thread<Task, Answer> | undefined;
  try {
    for (let one = next(); !one.done; one = next()) {
      thread ??= new Thread<Task, Answer>(options);
      const end = await thread.ask(one.value);
      if ('answer' in end) {
        options.answered(one.value, end.answer);
      } else {
        await thread.end();
        thread = undefined;
        options.died(one.value, end.why);
      }
    }
  } finally {
    await thread?.end();
  }
}

type End<Answer> = { readonly answer: Answer } | { readonly why: string };

class Thread<Task, Answer> {
  readonly #worker: Worker;
  readonly #boundMs: number;
  readonly #memoryMiB: number;

  constructor({ module, workerData, boundMs, memoryMiB }: PoolOptions<Task, Answer>) {
    this.#boundMs = boundMs;
    this.#memoryMiB = memoryMiB;
    this.#worker = new Worker(module, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      // Options for the program that called us, such as `--input-type`, may mean another thing to a thread.
      execArgv: [],
      // What a thread prints as it dies is told by us, in a sentence.
      stderr: true,
    });
  }

  /** Never rejects. */
  async ask(task: Task): Promise<End<Answer>> {
    const worker = this.#worker;
    let bound: NodeJS.Timeout | undefined;
    const end = await new Promise<End<Answer>>((resolve) => {
      worker.once('message', (answer: Answer) => resolve({ answer }));
      worker.once('error', (error: NodeJS.ErrnoException) => resolve({ why: this.#whyOf(error) }));
      worker.once('exit', (code) => resolve({ why: `ended its reader with code ${code}` }));
      const seconds = this.#boundMs / 1000;
      bound = setTimeout(() => resolve({ why: `takes more than ${seconds} s` }), this.#boundMs);
      worker.postMessage(task);
    });
    clearTimeout(bound);
    worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
    return end;
  }

  #whyOf({ code, message }: NodeJS.ErrnoException): string {
    return code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? `needs more than ${this.#memoryMiB} MiB of memory`
      : `ends its reader: ${message}`;
  }

  async end(): Promise<void> {
    // A second error after the first has no one to tell.
    this.#worker.on('error', () => undefined);
    await this.#worker.terminate();
  }
}
