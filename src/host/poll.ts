/** Watching a cache that can only be read: the differences between one reading and the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NeighbourEntry } from './neighbour-entry.js';
import type { NeighbourObservation } from './neighbours.js';
import type { Ssh } from './ssh.js';

/** From the end of one reading to the start of the next, at least; and as long as the reading took, so that the host is
 *  not kept busy by it. */
export const pollMs = 100;

/** A cache, and when it was read: this machine's CLOCK_REALTIME, ± the half of the round trip. */
export interface Reading {
  readonly entries: readonly NeighbourEntry[];
  readonly timeNs: bigint;
  readonly errorNs: number;
}

/** How long the end of the watch waits for a reading under way. */
const stopMs = 1000;

/** Resolves after the first reading, which later ones are compared with. A reading that fails is noted and
 *  tried again, until the host is lost. */
export async function startPolling(
  ssh: Pick<Ssh, 'lost'>,
  read: () => Promise<Reading>,
  tell: (observation: NeighbourObservation) => void,
  note: (text: string) => void,
): Promise<{ stop(): Promise<void> }> {
  let known = await read();
  let stopped = false;
  let failing = false;
  let tookMs = 0;
  const ending = new AbortController();
  const poll = async () => {
    while (!stopped) {
      await sleep(Math.max(pollMs, tookMs), undefined, ending).catch(() => undefined);
      if (stopped) return;
      const beganMs = performance.now();
      try {
        const now = await read();
        if (stopped) return;
        // What is new now may be so since just after the host looked last, which was not before that reading began.
        const previousNs = known.timeNs - BigInt(known.errorNs);
        for (const entry of changes(known.entries, now.entries)) {
          const { timeNs, errorNs: clockErrorNs } = now;
          tell({ ...entry, timeNs, clockErrorNs, previousNs, source: 'poll' });
        }
        known = now;
        failing = false;
      } catch (error) {
        if (!failing) note(`The cache could not be read: ${(error as Error).message}`);
        failing = true;
        if (ssh.lost) return;
      }
      tookMs = performance.now() - beganMs;
    }
  };
  const polling = poll();
  return {
    stop: async () => {
      stopped = true;
      ending.abort();
      // A slow host's last reading is not waited for: the connection is closed next.
      await Promise.race([polling, sleep(stopMs, undefined, { ref: false })]);
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
