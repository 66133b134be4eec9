/** The listening half of every wire: who hears the frames, and who hears that the port failed. */
import type { CapturedFrame, Direction, WireError } from './wire.js';

type Listener = (frame: CapturedFrame) => void;

interface Subscriber {
  readonly listener: Listener;
  /** Frames up to this serial number were captured before the subscription. */
  readonly after: Readonly<Record<Direction, number>>;
}

const fromTheStart: Readonly<Record<Direction, number>> = { in: 0, out: 0 };

export function createOutlet() {
  const subscribers = new Set<Subscriber>();
  const failureListeners = new Set<(error: WireError) => void>();
  let failure: WireError | undefined;

  return {
    /** Frames handed to subscribers, both directions. */
    received: 0,

    get subscribed(): boolean {
      return subscribers.size > 0;
    },

    get failure(): WireError | undefined {
      return failure;
    },

    subscribe(listener: Listener, after = fromTheStart): () => void {
      const subscriber = { listener, after };
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },

    /** `serial` counts the frames of the direction from 1; drivers that deliver at once leave it out. */
    publish(frame: CapturedFrame, serial = Number.POSITIVE_INFINITY): void {
      let heard = false;
      for (const { listener, after } of subscribers) {
        if (serial <= after[frame.direction]) continue;
        heard = true;
        listener(frame);
      }
      if (heard) this.received++;
    },

    /** The first failure counts; returns it. */
    fail(error: WireError): WireError {
      if (failure !== undefined) return failure;
      failure = error;
      for (const listener of failureListeners) listener(error);
      failureListeners.clear();
      return error;
    },

    onFailure(listener: (error: WireError) => void): () => void {
      if (failure !== undefined) {
        listener(failure);
        return () => {};
      }
      failureListeners.add(listener);
      return () => void failureListeners.delete(listener);
    },
  };
}

export type Outlet = ReturnType<typeof createOutlet>;
