/** One run holds a NIC at a time. */
import { closeSync, ftruncateSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { BenchError } from './bench.js';
import { lockFile } from './file-lock.js';
import { readLinks } from './links.js';
import { netNamespace } from './namespaces.js';
import { makeStateFolder, stateFolder } from './state.js';

const HolderSchema = v.object({ run: v.string(), pid: v.number(), since: v.string() });

export interface NicLock {
  /** Lets go of every NIC; idempotent. */
  release(): void;
}

interface Held {
  readonly path: string;
  readonly descriptor: number;
}

function release(held: Held[]): void {
  for (const { path, descriptor } of held.splice(0)) {
    rmSync(path, { force: true });
    closeSync(descriptor);
  }
}

function holderSentence(nic: string, path: string): string {
  try {
    const { run, pid, since } = v.parse(HolderSchema, JSON.parse(readFileSync(path, 'utf8')));
    return `NIC ${nic} is held by run ${run} (process ${pid}, since ${since}).`;
  } catch {
    return `NIC ${nic} is held by another run.`;
  }
}

/** A NIC's lock file: an index means a NIC within its network namespace only. */
async function lockPaths(nics: readonly string[], state: string): Promise<Map<string, string>> {
  const folder = makeStateFolder(state, 'locks');
  const links = await readLinks();
  // Always in one order, so that of two runs that want the same NICs one gets them.
  const paths = [...nics].sort().map((nic): [string, string] => {
    const link = links.find(({ ifname }) => ifname === nic);
    if (!link) throw new BenchError(`There is no NIC ${nic} here; \`ip link\` lists those that are.`);
    return [nic, join(folder, `net-${netNamespace()}-nic-${link.ifindex}`)];
  });
  return new Map(paths);
}

/**
 * Takes the NICs for this process, all or none. What a dead run held is free. Throws a BenchError that
 * names the holder: `NIC enp3s0f0 is held by run 2026… (process 4711, since …).`
 */
export async function lockNics(
  nics: readonly string[],
  run: string,
  state = stateFolder(),
): Promise<NicLock> {
  const held: Held[] = [];
  try {
    for (const [nic, path] of await lockPaths(nics, state)) {
      const descriptor = await lockFile(path);
      if (descriptor === undefined) {
        throw new BenchError(`${holderSentence(nic, path)} Wait for it to end, or end it.`);
      }
      held.push({ path, descriptor });
      ftruncateSync(descriptor);
      writeSync(descriptor, JSON.stringify({ run, pid: process.pid, since: new Date().toISOString() }));
    }
  } catch (error) {
    release(held);
    throw error;
  }
  return { release: () => release(held) };
}

/** A sentence for each NIC that a live run holds. */
export async function nicHolders(nics: readonly string[], state = stateFolder()): Promise<string[]> {
  const sentences: string[] = [];
  for (const [nic, path] of await lockPaths(nics, state)) {
    const descriptor = await lockFile(path);
    if (descriptor === undefined) sentences.push(holderSentence(nic, path));
    else release([{ path, descriptor }]);
  }
  return sentences;
}
