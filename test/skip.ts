/**
 * Skips the running test, or from a `before` hook its whole suite, and says why: mocha's `this.skip()`
 * takes no reason, so the title carries it.
 *
 * As root only a reason that begins with `kernel lacks` is accepted by `npm test`; any other skip fails it.
 */
export function skip(context: Mocha.Context, reason: string): never {
  const { test, currentTest } = context;
  // Mocha titles a hook '"before all" hook for "…"', and so on.
  const beforeAll = test?.title.startsWith('"before all"');
  const beforeEach = test?.title.startsWith('"before each"');
  const skipped = beforeAll ? test?.parent : beforeEach ? currentTest : test;
  if (skipped !== undefined) skipped.title += ` (${reason})`;
  return context.skip();
}
