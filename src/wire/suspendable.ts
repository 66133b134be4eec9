/** A wire whose NIC may be taken down on purpose: no driver survives that, so its handle is closed before and opened
 *  again after, behind the same face. Subscribers and counts are kept. A NIC that goes down by itself still fails it. */
import { linkState } from './cap/link.js';
import { createOutlet } from './outlet.js';
import * as sentences from './sentences.js';
import type { CapturedFrame, Wire, WireError, WireStatistics } from './wire.js';

export interface SuspendableWire extends Wire {
  /** Waits for what was captured so far, then lets go of the NIC. Sending rejects until `resume()`. Idempotent.
   *  Rejects, and stays open, where what was captured does not come. */
  suspend(): Promise<void>;
  /** Opens the NIC again, which must be up; its link may still be coming. Rejects with a WireError, which then is the
   *  port's failure. Idempotent. */
  resume(): Promise<void>;
  /** Opens the NIC again, to hear every station's frames or, without promiscuous mode, its own alone. */
  setPromiscuous(on: boolean): Promise<void>;
}

interface Subscription {
  readonly listener: (frame: CapturedFrame) => void;
  /** Ends it on the wire that is open now. */
  end: () => void;
}

/** @param open opens the NIC; it is called again by each `resume()`. */
export async function openSuspendable(
  open: (promiscuous: boolean) => Promise<Wire>,
): Promise<SuspendableWire> {
  let isPromiscuous = true;
  let inner = await open(isPromiscuous);
  const { port, nic, driver, abilities } = inner;
  const outlet = createOutlet();
  const subscriptions = new Set<Subscription>();
  /** What the wires that were open before have counted. */
  let counted: WireStatistics = { received: 0, dropped: 0, sent: 0 };
  let isSuspended = false;
  let isClosed = false;
  let unwatch = inner.onFailure(outlet.fail);

  const total = async (): Promise<WireStatistics> =>
    isSuspended ? counted : sum(counted, await inner.statistics());

  function sendable(): Wire {
    if (outlet.failure !== undefined) throw outlet.failure;
    if (isSuspended) throw sentences.takenDown({ port, nic });
    return inner;
  }

  function takeOver(wire: Wire): void {
    inner = wire;
    isSuspended = false;
    for (const subscription of subscriptions) subscription.end = wire.subscribe(subscription.listener);
    unwatch = wire.onFailure(outlet.fail);
  }

  /** A NIC that was there before, and now can't be opened, has either gone or did not come up. */
  async function refused(error: WireError): Promise<WireError> {
    return outlet.fail((await linkState(nic)) === 'gone' ? sentences.disappeared({ port, nic }) : error);
  }

  async function suspend(): Promise<void> {
    if (isSuspended || isClosed || outlet.failure !== undefined) return;
    await inner.flush();
    counted = await total();
    isSuspended = true;
    unwatch();
    for (const subscription of subscriptions) subscription.end();
    await inner.close();
  }

  async function resume(): Promise<void> {
    if (!isSuspended || isClosed) return;
    const wire = await open(isPromiscuous).catch(async (error: WireError) => {
      throw await refused(error);
    });
    if (isClosed) await wire.close();
    else takeOver(wire);
  }

  return {
    port,
    nic,
    driver,
    abilities,
    send: async (frame) => sendable().send(frame),
    sendBurst: async (frames, options) => sendable().sendBurst(frames, options),
    ...(inner.inject && { inject: (frame) => sendable().inject?.(frame) }),

    subscribe(listener) {
      const subscription: Subscription = {
        listener,
        end: isSuspended ? () => undefined : inner.subscribe(listener),
      };
      subscriptions.add(subscription);
      return () => {
        subscriptions.delete(subscription);
        subscription.end();
      };
    },

    flush: async () => (isSuspended ? undefined : inner.flush()),
    statistics: total,
    onFailure: outlet.onFailure,

    suspend,
    resume,

    async setPromiscuous(on) {
      if (isPromiscuous === on) return;
      isPromiscuous = on;
      if (isSuspended || outlet.failure !== undefined) return;
      if (inner.setPromiscuous) return inner.setPromiscuous(on);
      await suspend();
      await resume();
    },

    async close() {
      isClosed = true;
      await inner.close();
    },
  };
}

function sum(one: WireStatistics, other: WireStatistics): WireStatistics {
  const dropped =
    one.dropped === undefined || other.dropped === undefined ? undefined : one.dropped + other.dropped;
  return { received: one.received + other.received, dropped, sent: one.sent + other.sent };
}
