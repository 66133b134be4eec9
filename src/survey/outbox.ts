/** Everything that a survey sends goes through here, so that its rate is bounded whatever else happens. */
import type { PortName } from '../bench/bench.js';
import type { Wire } from '../wire/wire.js';

export interface Outbox {
  /** Resolves when the frame was handed to the operating system. Rejects when the wire fails or the survey stops.
   *  @param urgent before everything that waits: an answer that comes late is none */
  send(port: PortName, frame: Uint8Array, urgent?: boolean): Promise<void>;
  /** Frames handed over so far. */
  readonly sent: number;
}

/** A busy machine's frames bunch up by no more than this: what was not sent in time is not made up for. */
const burstMs = 20;
const tickMs = 2;

interface Waiting {
  readonly port: PortName;
  readonly frame: Uint8Array;
  readonly left: () => void;
  readonly failed: (reason: unknown) => void;
}

/** @param rate frames a second, over all ports together */
export function createOutbox(wires: ReadonlyMap<PortName, Wire>, rate: number, stopped: AbortSignal): Outbox {
  const urgent: Waiting[] = [];
  const waiting: Waiting[] = [];
  const most = Math.max(1, (rate * burstMs) / 1000);
  // With such a bunch in it, a second still holds no more than the rate.
  const perMs = Math.max(1, rate - most) / 1000;
  let allowance = 1;
  let countedMs = performance.now();
  let sent = 0;
  let scheduled = false;
  /** Where waiting frames begin: shifting each off a long list costs more than sending it. */
  let next = 0;

  function refuse(reason: unknown): void {
    for (const { failed } of [...urgent.splice(0), ...waiting.splice(0).slice(next)]) failed(reason);
    next = 0;
  }
  stopped.addEventListener('abort', () => refuse(stopped.reason), { once: true });

  function takeNext(): Waiting | undefined {
    const first = urgent.shift();
    if (first) return first;
    const entry = waiting[next];
    if (!entry) return undefined;
    next += 1;
    if (next === waiting.length) {
      waiting.length = 0;
      next = 0;
    }
    return entry;
  }

  async function handOver({ port, frame, left, failed }: Waiting): Promise<void> {
    const wire = wires.get(port);
    try {
      if (wire?.inject) wire.inject(frame);
      else await wire?.send(frame);
      left();
    } catch (error) {
      failed(error);
    }
  }

  function pump(): void {
    scheduled = false;
    if (stopped.aborted) {
      refuse(stopped.reason);
      return;
    }
    const nowMs = performance.now();
    allowance = Math.min(most, allowance + (nowMs - countedMs) * perMs);
    countedMs = nowMs;
    while (allowance >= 1) {
      const entry = takeNext();
      if (!entry) return;
      allowance -= 1;
      sent += 1;
      void handOver(entry);
    }
    schedule();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setTimeout(pump, tickMs);
  }

  return {
    send: (port, frame, isUrgent = false) =>
      new Promise<void>((left, failed) => {
        if (stopped.aborted) return failed(stopped.reason);
        (isUrgent ? urgent : waiting).push({ port, frame, left, failed });
        schedule();
      }),
    get sent() {
      return sent;
    },
  };
}
