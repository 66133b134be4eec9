/** A wire to a port of a switch in memory. */
import { createOutlet } from '../outlet.js';
import { breathe, createPacer } from '../pace.js';
import * as sentences from '../sentences.js';
import { type Direction, type Wire, type WireAbilities, WireError } from '../wire.js';

const abilities: WireAbilities = { kernelTimestamps: true, timestampErrorNs: 0, dropCounter: true };

/** What the switch holds of a wire. */
export interface MemoryWire {
  readonly wire: Wire;
  /** A frame crosses the port; the wire keeps a copy and delivers it when the event loop turns. */
  readonly carry: (direction: Direction, timeNs: bigint, frame: Uint8Array) => void;
  readonly fail: () => void;
}

interface Crossing {
  readonly direction: Direction;
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
}

/** `leave` puts a frame on the link; `forget` tells the switch that the wire is closed. */
export function createMemoryWire(
  name: sentences.PortName,
  leave: (frame: Uint8Array) => void,
  forget: () => void,
): MemoryWire {
  const { port, nic } = name;
  const outlet = createOutlet();
  const crossings: Crossing[] = [];
  let isScheduled = false;
  let isClosed = false;
  let sent = 0;

  function deliver(): void {
    isScheduled = false;
    for (const { direction, timeNs, bytes } of crossings.splice(0)) {
      if (isClosed) return;
      outlet.publish({ port, direction, timeNs, bytes, originalLength: bytes.length });
    }
  }

  function inject(frame: Uint8Array): void {
    if (outlet.failure !== undefined) throw outlet.failure;
    if (isClosed) throw sentences.closed(name);
    if (frame.length < 14) throw sentences.notAFrame(name, frame.length);
    sent++;
    leave(frame.slice());
  }

  const wire: Wire = {
    port,
    nic,
    driver: 'memory',
    abilities,
    inject,
    send: async (frame) => inject(frame),

    async sendBurst(frames, { spacingNs = 0 } = {}) {
      const pacer = createPacer();
      let gone = 0;
      try {
        for (const frame of frames) {
          const pause = pacer.next(spacingNs);
          if (pause !== undefined) await pause;
          inject(frame);
          gone++;
        }
      } catch (error) {
        throw error instanceof WireError ? sentences.burstCut(error, gone, frames.length) : error;
      }
    },

    subscribe(listener) {
      deliver();
      return outlet.subscribe(listener);
    },
    flush: breathe,
    statistics: async () => ({ received: outlet.received, dropped: 0, sent }),
    onFailure: (listener) => outlet.onFailure(listener),

    async close() {
      isClosed = true;
      forget();
    },
  };

  return {
    wire,
    carry(direction, timeNs, frame) {
      if (!outlet.subscribed) return;
      crossings.push({ direction, timeNs, bytes: frame.slice() });
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(deliver);
    },
    fail: () => void outlet.fail(sentences.wentDown(name)),
  };
}
