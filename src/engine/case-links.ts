/** The links that one case takes down: each change after the one before it, and all of them up again at the end. */
import type { PortName } from '../bench/bench.js';
import type { SetLink } from './link-control.js';

export interface CaseLinks {
  set: SetLink;
  isDown(port: PortName): boolean;
  /** Puts up what is still down. Rejects where that fails, having tried all. */
  restore(): Promise<void>;
  /** The ports whose link was down at some time: the device may hold them back for a while. */
  readonly touched: ReadonlySet<PortName>;
}

export function caseLinks(setLink: SetLink | undefined): CaseLinks {
  const down = new Set<PortName>();
  const touched = new Set<PortName>();
  let underWay: Promise<unknown> = Promise.resolve();

  const set: SetLink = (port, state) => {
    if (!setLink) return Promise.reject(new Error('This bench has no NIC whose link could be taken down.'));
    const change = underWay.then(async () => {
      if (down.has(port) === (state === 'down')) return;
      touched.add(port);
      // Whatever comes of it: from here on it may be down, and before it is up nothing can be sent.
      if (state === 'down') down.add(port);
      await setLink(port, state);
      if (state === 'up') down.delete(port);
    });
    underWay = change.catch(() => undefined);
    return change;
  };

  return {
    set,
    touched,
    isDown: (port) => down.has(port),
    async restore() {
      await underWay;
      const restored = await Promise.allSettled([...down].map((port) => set(port, 'up')));
      for (const result of restored) if (result.status === 'rejected') throw result.reason;
    },
  };
}
