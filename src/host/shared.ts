/** Whoever asks while a read is under way shares the next one, which begins after they asked: so cases side
 *  by side cost the host one command, not one each. */
export function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= current.then(() => {
      const started = read();
      current = started.catch(() => undefined);
      next = undefined;
      return started;
    });
    return next;
  };
}
