/** Running the system's own tools: every failure is a sentence that names the command and what it said. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';

/** Something that the lab could not do, as a sentence for the operator with its mend. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Written to the command's standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end. Rejects with a LabError when it can't start or exits with another code than 0. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutput> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { env: options.env ?? process.env, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(new LabError(failureSentence(argv, error, stderr)));
      },
    );
    child.stdin?.on('error', () => {}); // a command that ends before it has read its input reports why itself
    child.stdin?.end(options.input ?? '');
  });
}

function failureSentence(argv: readonly string[], error: Error & { code?: unknown }, stderr: string): string {
  const [file] = argv;
  if (error.code === 'ENOENT') return `The program '${file}' is not installed: install it, then try again.`;
  return `'${argv.join(' ')}' failed: ${stderr.trim() || error.message}`;
}

/** `ip …` in the namespace that this process runs in. */
export const ip = (...args: readonly string[]): Promise<CommandOutput> => run(['ip', ...args]);

/** Many `ip` commands in one process, one a line; `namespace` absent: the one we run in. */
export function ipBatch(lines: readonly string[], namespace?: string): Promise<CommandOutput> {
  const where = namespace === undefined ? [] : ['-netns', namespace];
  return run(['ip', ...where, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** The command line that runs `argv` inside a named network namespace. */
export const within = (namespace: string, argv: readonly string[]): string[] => [
  'ip',
  'netns',
  'exec',
  namespace,
  ...argv,
];

export const inNamespace = (
  namespace: string,
  argv: readonly string[],
  options?: CommandOptions,
): Promise<CommandOutput> => run(within(namespace, argv), options);

/** Loads an nftables ruleset in a namespace. */
export const nft = (namespace: string, ruleset: string): Promise<CommandOutput> =>
  inNamespace(namespace, ['nft', '-f', '-'], { input: ruleset });

/** Sets kernel variables, like `{'net.ipv4.conf.eth0.arp_accept': 1}`, in a namespace. */
export const sysctl = (
  namespace: string,
  variables: Readonly<Record<string, number>>,
): Promise<CommandOutput> =>
  inNamespace(namespace, [
    'sysctl',
    '-q',
    '-w',
    ...Object.entries(variables).map(([key, value]) => `${key}=${value}`),
  ]);

/** A program that runs until it is stopped. */
export interface Daemon {
  readonly pid: number;
  /** Ends it and resolves when it is gone; idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a program in a session of its own, so that a Ctrl-C meant for us does not reach it. Resolves when
 * `ready` holds for what it has written so far; rejects with its own words if it ends before, or at the deadline.
 */
export async function startDaemon(
  argv: readonly string[],
  ready: (output: string) => boolean,
  options: { readonly env?: NodeJS.ProcessEnv; readonly deadlineMs?: number } = {},
): Promise<Daemon> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      child.kill('SIGKILL');
    await gone;
  };
  try {
    await untilReady(child, argv, ready, options.deadlineMs ?? 10_000);
  } catch (error) {
    await stop();
    throw error;
  }
  // The lab must not keep the process alive, nor stop reading what its daemons say.
  child.unref();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.resume();
    (stream as unknown as { unref?(): void } | null)?.unref?.();
  }
  return { pid: child.pid ?? 0, stop };
}

function untilReady(
  child: ChildProcess,
  argv: readonly string[],
  ready: (output: string) => boolean,
  deadlineMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const finish = (error?: LabError): void => {
      clearInterval(poll);
      clearTimeout(deadline);
      child.stdout?.off('data', listen);
      child.stderr?.off('data', listen);
      child.off('exit', ended);
      if (error === undefined) resolve();
      else reject(error);
    };
    const look = (): void => {
      if (ready(output)) finish();
    };
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      look();
    };
    const ended = (): void => finish(new LabError(`'${argv.join(' ')}' ended at once: ${output.trim()}`));
    const poll = setInterval(look, 5);
    const deadline = setTimeout(
      () =>
        finish(new LabError(`'${argv.join(' ')}' was not ready after ${deadlineMs} ms: ${output.trim()}`)),
      deadlineMs,
    );
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', ended);
    child.once('error', (error) => finish(new LabError(failureSentence(argv, error, ''))));
  });
}
