/** The folder that holds what must outlive a run: who holds which NIC, and what to undo. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { BenchError } from './bench.js';

/** TAKEOVER_STATE, else XDG_STATE_HOME/takeover, else ~/.local/state/takeover. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TAKEOVER_STATE) return resolve(env.TAKEOVER_STATE);
  // The XDG specification has a relative path ignored.
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(homedir(), '.local/state');
  return join(base, 'takeover');
}

/** Makes a folder below the state folder, for its owner only. Throws a BenchError. */
export function makeStateFolder(state: string, name: string): string {
  const folder = join(state, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BenchError(
      `The state folder ${folder} can't be made (${code}); set TAKEOVER_STATE to one that can.`,
    );
  }
  return folder;
}
