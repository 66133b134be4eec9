/** The default driver: the system's libpcap, called in this process. */
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { createOutlet } from '../outlet.js';
import { breathe, createPacer } from '../pace.js';
import * as sentences from '../sentences.js';
import { type CapturedFrame, type OpenOptions, type Wire, type WireAbilities, WireError } from '../wire.js';
import { type BurstSender, openBurstSender } from './burst.js';
import { type CaptureHandle, openHandle } from './handle.js';
import { errno, errnos, pcap } from './library.js';
import { indexOf, linkState } from './link.js';
import { setSocketPromiscuous } from './promiscuous.js';
import { eachRecord } from './savefile.js';

const abilities: WireAbilities = {
  kernelTimestamps: true,
  // The kernel stamps when it takes the frame from the NIC, which raises interrupts some 10,000 times a
  // second when it moderates them.
  timestampErrorNs: 100_000,
  dropCounter: true,
};

/** The longest that draining keeps the event loop. */
const turnMs = 4;
/** How long a full transmit queue is waited for: inject() holds the process, a burst doesn't. */
const injectPatienceMs = 50;
const burstPatienceMs = 1_000;
const flushPatienceMs = 2_000;

interface Progress {
  sent: number;
}

export const libpcapVersion = (): string => pcap.libVersion();

/**
 * Opens an interface twice: the inbound handle captures what arrives and sends, the outbound one
 * captures what was sent, by anyone, so that both are stamped by the kernel's clock.
 */
export async function openLibpcap(options: OpenOptions): Promise<Wire> {
  const { port, nic } = options;
  const index = indexOf(nic);
  if (index === 0) throw sentences.missing(options);
  const inbound = await openHandle(options, 'in');
  let outbound: CaptureHandle;
  try {
    outbound = await openHandle(options, 'out');
  } catch (error) {
    inbound.close();
    throw error;
  }
  const handles = [inbound, outbound];
  const burst = openBurstSender(index);
  const outlet = createOutlet();
  const flushes = new Set<() => void>();
  let sent = 0;
  let isClosed = false;
  let isDraining = false;
  let lastCounters = handles.map((handle) => handle.counters());

  /** Turns an error of the system into the port's failure if the link is to blame. */
  function diagnose(doing: string, reason: string, linkIsSuspect: boolean): WireError {
    const state = linkState(nic, index);
    if (state === 'gone') return fail(sentences.disappeared(options));
    if (state === 'down' || linkIsSuspect) return fail(sentences.wentDown(options));
    return sentences.unexpected(options, doing, reason);
  }

  function fail(error: WireError): WireError {
    for (const poll of polls) poll.stop();
    const failure = outlet.fail(error);
    for (const check of flushes) check();
    return failure;
  }

  /** Reads for one turn of the event loop, the two directions in turn. */
  function drain(): void {
    isDraining = false;
    const deadline = performance.now() + turnMs;
    let busy = true;
    while (busy && !isClosed && outlet.failure === undefined) {
      if (performance.now() > deadline) {
        scheduleDrain();
        break;
      }
      busy = false;
      for (const handle of handles) {
        if (deliverBatch(handle)) busy = true;
        if (isClosed) return;
      }
    }
    for (const check of flushes) check();
  }

  function deliverBatch(handle: CaptureHandle): boolean {
    let serial = handle.delivered();
    let records: Uint8Array;
    try {
      records = handle.read();
    } catch (error) {
      fail(diagnose('capturing', error instanceof Error ? error.message : String(error), false));
      return false;
    }
    const { direction, fractionNs } = handle;
    eachRecord(records, fractionNs, (timeNs, bytes, originalLength) => {
      const frame: CapturedFrame = { port, direction, timeNs, bytes, originalLength };
      outlet.publish(frame, ++serial);
    });
    return records.length > 0;
  }

  function scheduleDrain(): void {
    if (isDraining || isClosed) return;
    isDraining = true;
    setImmediate(drain);
  }

  // The callback comes straight from libuv, where promises don't run; drain() is called by Node itself.
  // libuv stops polling a descriptor that reports an error, and passes a negative status.
  const polls = handles.map((handle) =>
    koffi.node.poll(handle.fd, { readable: true }, ((status: number) => {
      if (status < 0) setImmediate(() => isClosed || diagnose('capturing', 'poll failed', true));
      else scheduleDrain();
    }) as unknown as () => void),
  );

  function checkSendable(frame: Uint8Array): void {
    if (outlet.failure !== undefined) throw outlet.failure;
    if (isClosed) throw sentences.closed(options);
    if (frame.length < 14) throw sentences.notAFrame(options, frame.length);
  }

  function sendingError(reason: number, frame: Uint8Array): WireError {
    if (reason === errnos.EMSGSIZE) return sentences.tooLong(options, frame.length);
    const isLinkError = reason === errnos.ENETDOWN || reason === errnos.ENXIO || reason === errnos.ENODEV;
    return diagnose('sending', getSystemErrorName(-reason), isLinkError);
  }

  function inject(frame: Uint8Array): void {
    checkSendable(frame);
    let deadline = 0;
    let pauseMs = 0.02;
    while (pcap.inject(inbound.pcap, frame, frame.length) < 0) {
      const reason = errno();
      if (reason !== errnos.ENOBUFS && reason !== errnos.EAGAIN) {
        throw sendingError(reason, frame);
      }
      deadline ||= performance.now() + injectPatienceMs;
      if (performance.now() > deadline) throw sentences.queueFull(options, injectPatienceMs);
      // Each try of a frame that the NIC refuses for good is a copy in the capture: a dozen, not thousands.
      const again = performance.now() + pauseMs;
      while (performance.now() < again);
      pauseMs *= 2;
    }
    sent++;
  }

  async function sendSpaced(
    frames: readonly Uint8Array[],
    spacingNs: number,
    progress: Progress,
  ): Promise<void> {
    const pacer = createPacer();
    for (const frame of frames) {
      const pause = pacer.next(spacingNs);
      if (pause !== undefined) await pause;
      inject(frame);
      progress.sent++;
    }
  }

  async function sendAtOnce(frames: readonly Uint8Array[], progress: Progress): Promise<void> {
    let turnEnds = performance.now() + turnMs;
    let patienceEnds = performance.now() + burstPatienceMs;
    for (let frame = frames[0]; frame !== undefined; frame = frames[progress.sent]) {
      checkSendable(frame);
      let taken = 1;
      if (burst?.takes(frame)) taken = sendBatch(burst, frames, progress.sent);
      else inject(frame);
      progress.sent += taken;
      const now = performance.now();
      if (taken > 0) patienceEnds = now + burstPatienceMs;
      else if (now > patienceEnds) throw sentences.queueFull(options, burstPatienceMs);
      if (taken === 0 || now > turnEnds) {
        await breathe();
        turnEnds = performance.now() + turnMs;
      }
    }
  }

  function sendBatch(sender: BurstSender, frames: readonly Uint8Array[], first: number): number {
    try {
      const taken = sender.send(frames, first);
      sent += taken;
      return taken;
    } catch (reason) {
      throw sendingError(reason as number, frames[first] as Uint8Array);
    }
  }

  let isPromiscuous = options.promiscuous ?? true;
  function setPromiscuous(on: boolean): void {
    if (isClosed || isPromiscuous === on) return;
    for (const { fd } of handles) setSocketPromiscuous(fd, index, on);
    isPromiscuous = on;
  }

  return {
    port,
    nic,
    driver: 'libpcap',
    abilities,
    inject,
    ...(process.platform === 'linux' && { setPromiscuous }),
    send: async (frame) => inject(frame),

    async sendBurst(frames, { spacingNs = 0 } = {}) {
      const progress: Progress = { sent: 0 };
      try {
        if (spacingNs === 0) await sendAtOnce(frames, progress);
        else await sendSpaced(frames, spacingNs, progress);
      } catch (error) {
        throw error instanceof WireError ? sentences.burstCut(error, progress.sent, frames.length) : error;
      }
    },

    subscribe(listener) {
      if (isClosed) return () => {};
      const [arrived, departed] = handles.map((handle) => handle.counters().accepted);
      const end = outlet.subscribe(listener, { in: arrived ?? 0, out: departed ?? 0 });
      for (const handle of handles) handle.listen(true);
      return () => {
        end();
        if (!outlet.subscribed && !isClosed) for (const handle of handles) handle.listen(false);
      };
    },

    async flush() {
      if (isClosed || outlet.failure !== undefined) return;
      const targets = handles.map((handle) => handle.counters().accepted);
      const isDelivered = () => handles.every((handle, index) => handle.delivered() >= (targets[index] ?? 0));
      await new Promise<void>((resolve, reject) => {
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          flushes.delete(check);
          settle();
        };
        const check = () => {
          if (isClosed || outlet.failure !== undefined || isDelivered()) finish(resolve);
        };
        const timer = setTimeout(() => finish(() => reject(sentences.heldBack(options))), flushPatienceMs);
        flushes.add(check);
        scheduleDrain();
      });
    },

    async statistics() {
      if (!isClosed) lastCounters = handles.map((handle) => handle.counters());
      const [arrivals, departures] = lastCounters;
      const dropped =
        (arrivals?.dropped ?? 0) + (arrivals?.droppedByInterface ?? 0) + (departures?.dropped ?? 0);
      return { received: outlet.received, dropped, sent };
    },

    onFailure: (listener) => outlet.onFailure(listener),

    async close() {
      if (isClosed) return;
      lastCounters = handles.map((handle) => handle.counters());
      isClosed = true;
      for (const poll of polls) poll.close();
      for (const handle of handles) handle.close();
      burst?.close();
      for (const check of flushes) check();
    },
  };
}
