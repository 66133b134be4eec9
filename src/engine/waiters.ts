/** Waiting for something to be seen: conditions that are asked again at each recorded frame. */

export interface Waiters {
  /** Resolves true as soon as the condition holds, false at the deadline; rejects when the case ends. */
  until(condition: () => boolean, deadlineMs: number): Promise<boolean>;
  /** A frame was recorded: every condition is asked again. */
  wake(): void;
}

export function createWaiters(signal: AbortSignal): Waiters {
  const waiting = new Set<() => void>();
  return {
    until(condition, deadlineMs) {
      if (condition()) return Promise.resolve(true);
      return new Promise((resolve, reject) => {
        const settle = (finish: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          signal.removeEventListener('abort', abort);
          finish();
        };
        // A condition that throws ends its case; in the recorder's listener it would end the recording.
        const check = () => {
          try {
            if (condition()) settle(() => resolve(true));
          } catch (error) {
            settle(() => reject(error));
          }
        };
        const abort = () => settle(() => reject(signal.reason));
        const timer = setTimeout(() => {
          check();
          settle(() => resolve(false));
        }, deadlineMs);
        waiting.add(check);
        signal.addEventListener('abort', abort);
        if (signal.aborted) abort();
      });
    },
    wake() {
      for (const check of [...waiting]) check();
    },
  };
}
