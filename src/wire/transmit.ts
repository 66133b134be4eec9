/** Sending across several ports in one exact order. */
import { createPacer } from './pace.js';
import type { Wire } from './wire.js';

export interface Departure {
  readonly wire: Wire;
  readonly frame: Uint8Array;
  /** Least time from the previous frame of the schedule to this one, nanoseconds; default 0. */
  readonly afterNs?: number;
}

/**
 * Sends a schedule's frames in its order, whichever ports they leave by. Where every wire can
 * `inject`, ports follow each other within microseconds; otherwise consecutive frames of one port
 * go as a burst, and the next port starts when that burst is out. Rejects with the failed port's
 * WireError; the frames after it were not sent.
 */
export async function transmit(schedule: readonly Departure[]): Promise<void> {
  const pacer = createPacer();
  if (schedule.every(({ wire }) => wire.inject !== undefined)) {
    for (const { wire, frame, afterNs = 0 } of schedule) {
      const pause = pacer.next(afterNs);
      if (pause !== undefined) await pause;
      wire.inject?.(frame);
    }
    return;
  }
  for (const { wire, frames, afterNs, spacingNs } of runs(schedule)) {
    const pause = pacer.next(afterNs);
    if (pause !== undefined) await pause;
    await wire.sendBurst(frames, { spacingNs });
  }
}

interface Run {
  readonly wire: Wire;
  readonly frames: Uint8Array[];
  readonly afterNs: number;
  spacingNs: number;
}

/** Cuts a schedule into the longest runs of one wire with one spacing. */
function runs(schedule: readonly Departure[]): Run[] {
  const found: Run[] = [];
  for (const { wire, frame, afterNs = 0 } of schedule) {
    const last = found.at(-1);
    if (last?.wire === wire && (last.frames.length === 1 || last.spacingNs === afterNs)) {
      last.frames.push(frame);
      last.spacingNs = afterNs;
    } else {
      found.push({ wire, frames: [frame], afterNs, spacingNs: 0 });
    }
  }
  return found;
}
