/** Keeping time between frames to the microsecond, without starving the event loop. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Gaps up to this are waited for by spinning: timers and event-loop turns are coarser. */
const spinNs = 150_000n;
/** Before a frame with a moment of its own the wait is longer: a turn of a busy event loop may take milliseconds. */
const momentSpinNs = 2_000_000n;
/** Moments closer together than this are kept without a turn between them. */
const momentsTogetherNs = 3_500_000n;
/** A timer fires up to a millisecond late; the rest of the gap is spent turning the event loop. */
const timerMarginNs = 2_000_000n;
/** The longest that sending keeps the event loop, and with it the capture, waiting. */
const turnNs = 4_000_000n;
/** Frames sent without a gap are counted instead of timed. */
const framesBetweenLooks = 64;

/** Lets everything that is due on the event loop run. */
export const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Returns the time it was when the moment had come. */
function spinUntil(dueNs: bigint): bigint {
  let nowNs = process.hrtime.bigint();
  while (nowNs < dueNs) nowNs = process.hrtime.bigint();
  return nowNs;
}

async function waitUntil(dueNs: bigint, spinNs: bigint, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const leftNs = dueNs - process.hrtime.bigint();
    if (leftNs <= spinNs) break;
    if (leftNs > timerMarginNs) {
      const timerMs = Number((leftNs - timerMarginNs) / 1_000_000n) + 1;
      await sleep(timerMs, undefined, signal && { signal }).catch(() => undefined);
    } else await breathe();
  }
  spinUntil(dueNs);
}

/**
 * Paces a sequence of frames. `next(gapNs)` or `at(atNs)` is called before each frame: it returns undefined when
 * the moment has come, after spinning if need be, or a promise when the event loop should turn meanwhile, which
 * rejects when the signal aborts.
 * A gap is kept from when the frame before was let go, so a late frame moves the following ones: they never
 * bunch up. A moment counts from when the pacer was made, or from the first frame where that was late; a later one
 * that is late moves no other.
 */
export function createPacer(signal?: AbortSignal) {
  let startNs = process.hrtime.bigint();
  let isFirstMoment = true;
  let lastNs = startNs;
  let turnEndsNs = lastNs + turnNs;
  let unlooked = 0;

  async function yieldUntil(dueNs: bigint, lastSpinNs = spinNs): Promise<void> {
    await breathe();
    await waitUntil(dueNs, lastSpinNs, signal);
    lastNs = process.hrtime.bigint();
    turnEndsNs = lastNs + turnNs;
  }

  function letGoAt(dueNs: bigint, nowNs: bigint): Promise<void> | undefined {
    unlooked = 0;
    if (nowNs > turnEndsNs || dueNs - nowNs > spinNs) return yieldUntil(dueNs);
    lastNs = spinUntil(dueNs);
    return undefined;
  }

  function letGoAtMoment(atNs: number): Promise<void> | undefined {
    const dueNs = startNs + BigInt(Math.round(atNs));
    const gone = () => {
      if (isFirstMoment && lastNs > dueNs) startNs += lastNs - dueNs;
      isFirstMoment = false;
    };
    if (dueNs - process.hrtime.bigint() > momentsTogetherNs)
      return yieldUntil(dueNs, momentSpinNs).then(gone);
    lastNs = spinUntil(dueNs);
    gone();
    return undefined;
  }

  return {
    next(gapNs: number): Promise<void> | undefined {
      if (gapNs === 0 && ++unlooked < framesBetweenLooks) return undefined;
      const nowNs = process.hrtime.bigint();
      // When the frame before was let go without a look at the clock, it has left just now.
      const dueNs = (unlooked > 0 ? nowNs : lastNs) + BigInt(Math.round(gapNs));
      return letGoAt(dueNs, nowNs);
    },
    at: letGoAtMoment,
  };
}
