/** How many cases run at a time. */
import { type FewServices, manyEntries } from './host-capacity.js';
import type { Family } from './host-prompt.js';

/** Lets up to `most` tasks run at a time, in the order they came; a task that wants to be alone waits until the others
 *  are done, those that came after it included: so those who run side by side do so as long as there are any. */
export function limiter(most: number) {
  let running = 0;
  let exclusive = false;
  const queue: { alone: boolean; go: () => void }[] = [];
  const next = () => {
    while (!exclusive) {
      const at = Math.max(
        0,
        queue.findIndex(({ alone }) => !alone),
      );
      const head = queue[at];
      if (!head || (head.alone ? running > 0 : running >= most)) return;
      queue.splice(at, 1);
      running += 1;
      exclusive = head.alone;
      head.go();
    }
  };
  return async <T>(alone: boolean, task: () => Promise<T>): Promise<T> => {
    await new Promise<void>((go) => {
      queue.push({ alone, go });
      next();
    });
    try {
      return await task();
    } finally {
      running -= 1;
      if (alone) exclusive = false;
      next();
    }
  };
}

/** Lets tasks in while what they take together is no more than there is, in the order they came. */
export type Room = <T>(takes: number, task: () => Promise<T>) => Promise<T>;

export function roomFor(size: number): Room {
  let free = size;
  const queue: { readonly takes: number; readonly go: () => void }[] = [];
  const next = () => {
    for (let head = queue[0]; head && head.takes <= free; head = queue[0]) {
      queue.shift();
      free -= head.takes;
      head.go();
    }
  };
  return async (wanted, task) => {
    const takes = Math.min(wanted, size);
    await new Promise<void>((go) => {
      queue.push({ takes, go });
      next();
    });
    try {
      return await task();
    } finally {
      free += takes;
      next();
    }
  };
}

/** The rooms of a host that holds few neighbours of some family; none for another host. */
export function roomsOf(few: FewServices = {}): Partial<Record<Family, Room>> {
  const { ipv4, ipv6 } = few;
  if (!ipv4 && !ipv6) return {};
  const room = (held: readonly string[] | undefined) => roomFor(Math.max(1, held?.length ?? manyEntries));
  return { ipv4: room(ipv4), ipv6: room(ipv6) };
}
