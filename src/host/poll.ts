/** Watching a cache that can only be read: the differences between one reading and the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { processClock } from '../evidence/clock.js';
import { timed } from './clock.js';
import type { NeighbourEntry, NeighbourObservation } from './neighbours.js';
import type { Ssh } from './ssh.js';

/** From the end of one reading to the start of the next. */
export const pollMs = 100;

/** Resolves after the first reading, which later ones are compared with. A reading that fails is noted and
 *  tried again, until the host is lost. */
export async function startPolling(
  ssh: Ssh,
  read: () => Promise<NeighbourEntry[]>,
  tell: (observation: NeighbourObservation) => void,
  note: (text: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const clock = processClock();
  let known = await read();
  let stopped = false;
  let failing = false;
  const poll = async () => {
    while (!stopped) {
      await sleep(pollMs);
      try {
        const { value, ns, errorNs } = await timed(read, clock);
        if (stopped) return;
        for (const entry of changes(known, value)) {
          tell({ ...entry, timeNs: ns, clockErrorNs: errorNs, source: 'poll' });
        }
        known = value;
        failing = false;
      } catch (error) {
        if (!failing) note(`The cache could not be read: ${(error as Error).message}`);
        failing = true;
        if (ssh.lost) return;
      }
    }
  };
  const polling = poll();
  return {
    stop: async () => {
      stopped = true;
      await polling;
    },
  };
}

/** What is new or different in `after`, then what is gone. */
export function changes(
  before: readonly NeighbourEntry[],
  after: readonly NeighbourEntry[],
): NeighbourEntry[] {
  const old = new Map(before.map((entry) => [entry.address, entry]));
  const here = new Set(after.map((entry) => entry.address));
  const fresh = after.filter((entry) => {
    const was = old.get(entry.address);
    return was?.mac !== entry.mac || was.state !== entry.state;
  });
  const gone = before.filter((entry) => !here.has(entry.address));
  return [...fresh, ...gone.map(({ address }) => ({ address, mac: null, state: null }))];
}
