/** Sending across several ports in one exact order. */
import { createPacer } from './pace.js';
import { promptly } from './prompt.js';
import type { Wire } from './wire.js';

export interface Departure {
  readonly wire: Wire;
  readonly frame: Uint8Array;
  /** Least time from the previous frame of the schedule to this one, nanoseconds; default 0. */
  readonly afterNs?: number;
  /** Instead: when, counted from the call of `transmit`. A late frame then moves none of those after it. */
  readonly atNs?: number;
}

/**
 * Sends a schedule's frames in its order, whichever ports they leave by. Where every wire can
 * `inject`, ports follow each other within microseconds; otherwise consecutive frames of one port
 * go as a burst, and the next port starts when that burst is out. Rejects with the failed port's
 * WireError, or with the signal's reason when it aborts; the frames after that were not sent.
 */
export function transmit(schedule: readonly Departure[], signal?: AbortSignal): Promise<void> {
  const timed = schedule.some(({ atNs }) => atNs !== undefined);
  return timed ? promptly(() => depart(schedule, signal)) : depart(schedule, signal);
}

async function depart(schedule: readonly Departure[], signal?: AbortSignal): Promise<void> {
  const pacer = createPacer(signal);
  const due = ({ afterNs = 0, atNs }: Pick<Departure, 'afterNs' | 'atNs'>) =>
    atNs === undefined ? pacer.next(afterNs) : pacer.at(atNs);
  if (schedule.every(({ wire }) => wire.inject !== undefined)) {
    for (const departure of schedule) {
      const pause = due(departure);
      if (pause !== undefined) await pause;
      departure.wire.inject?.(departure.frame);
    }
    return;
  }
  for (const run of runs(schedule)) {
    const pause = due(run);
    if (pause !== undefined) await pause;
    await run.wire.sendBurst(run.frames, { spacingNs: run.spacingNs });
  }
}

interface Run {
  readonly wire: Wire;
  readonly frames: Uint8Array[];
  readonly afterNs: number;
  readonly atNs?: number;
  spacingNs: number;
}

/** Frames further apart than this don't go as one burst: a sender may spin between them. */
const burstGapNs = 1_000_000;

/** Cuts a schedule into the longest runs of one wire with one spacing. */
function runs(schedule: readonly Departure[]): Run[] {
  const found: Run[] = [];
  let beforeNs = 0;
  for (const { wire, frame, afterNs = 0, atNs } of schedule) {
    const gapNs = atNs === undefined ? afterNs : Math.max(0, atNs - beforeNs);
    const last = found.at(-1);
    const near = atNs === undefined || gapNs < burstGapNs;
    if (last?.wire === wire && near && (last.frames.length === 1 || last.spacingNs === gapNs)) {
      last.frames.push(frame);
      last.spacingNs = gapNs;
    } else {
      found.push({ wire, frames: [frame], afterNs, ...(atNs !== undefined && { atNs }), spacingNs: 0 });
    }
    beforeNs = atNs ?? beforeNs;
  }
  return found;
}
