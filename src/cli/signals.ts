/** Ctrl-C, a request to end, and a terminal that was closed: each ends what holds the bench, in order. */

/** Aborts `signal` at the first of them. A further one changes nothing: it must not keep the bench from being
 *  put back. `what` is what ends, like `the run`. Call `release` when the bench is free again. */
export function stopOnSignals(what: string): { readonly signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const heard = (signal: NodeJS.Signals) => {
    console.error(`\n${signal}: ending ${what} and putting the bench back …`);
    stop.abort(new Error(`The operator ended ${what} (${signal}).`));
  };
  for (const signal of signals) process.on(signal, heard);
  return {
    signal: stop.signal,
    release() {
      for (const signal of signals) process.off(signal, heard);
    },
  };
}
