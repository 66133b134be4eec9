/** A network namespace that outlives the processes started in it, for tests that kill them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const child = fileURLToPath(new URL('./bench-child.js', import.meta.url));

export interface Namespace {
  /** Runs a shell script inside; resolves to its output, and rejects when it fails. */
  sh(script: string): Promise<string>;
  /** Runs one of bench-child.ts's actions to its end; resolves to the value it printed. */
  ask(action: string, ...args: string[]): Promise<unknown>;
  /** Starts an action that stays; resolves when it has printed its first value. */
  start(action: string, ...args: string[]): Promise<{ process: ChildProcess; value: unknown }>;
  close(): Promise<void>;
}

/** Makes a namespace with a /run, and where the kernel lets it a /sys, of its own, and the given state folder. */
export async function makeNamespace(state: string): Promise<Namespace> {
  // It ends with its standard input, and so with this process, however that ends.
  const script =
    'mount -t tmpfs run /run && { mount -t sysfs sysfs /sys 2>/dev/null; echo ready; exec cat; }';
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  await Promise.race([
    once(holder.stdout, 'data'),
    exited.then(() => Promise.reject(new Error('no namespace can be made here'))),
  ]);
  const enter = [`--target=${holder.pid}`, '--net', '--mount', '--'];
  const env = { ...process.env, TAKEOVER_STATE: state };
  const started = new Set<ChildProcess>();

  const run = async (argv: readonly string[]) => {
    const { stdout } = await promisify(execFile)('nsenter', [...enter, ...argv], {
      env,
      timeout: 15_000,
      killSignal: 'SIGKILL',
    });
    return stdout;
  };
  return {
    sh: (script) => run(['sh', '-ec', script]),
    ask: async (action, ...args) => JSON.parse(await run([process.execPath, child, action, ...args])),
    start: async (action, ...args) => {
      const begun = spawn('nsenter', [...enter, process.execPath, child, action, ...args], {
        env,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      started.add(begun);
      begun.once('exit', () => started.delete(begun));
      const [data] = await Promise.race([
        once(begun.stdout, 'data'),
        once(begun, 'exit').then(() => Promise.reject(new Error(`${action} ended without a word`))),
      ]);
      return { process: begun, value: JSON.parse(String(data)) };
    },
    close: async () => {
      for (const process of started) process.kill('SIGKILL');
      holder.stdin.end();
      await exited;
    },
  };
}

/** Kills a process as nothing can catch, and waits for its end. */
export async function kill(process: ChildProcess): Promise<void> {
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}
