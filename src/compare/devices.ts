/** Which result of one run belongs to which of another. Pure. */
import { byCodeUnit, canonical } from '../list/canonical.js';
import type { Device, Result } from '../result.js';

/** What makes a device the same one after an update: firmware, hardware revision and conditions may differ. */
type Model = Pick<Device, 'kind' | 'vendor' | 'model'>;

export const sameModel = (x: Model, y: Model): boolean =>
  x.kind === y.kind && x.vendor === y.vendor && x.model === y.model;

export interface Pairs<T> {
  readonly pairs: readonly { readonly before: T; readonly after: T }[];
  readonly onlyBefore: readonly T[];
  readonly onlyAfter: readonly T[];
}

/** How much two devices of one model have in common: conditions tell two of them on a bench apart better than a revision does, and
 *  a firmware is what is expected to change. */
function likeness(x: Device, y: Device): number {
  const conditions = canonical(x.conditions) === canonical(y.conditions) ? 4 : 0;
  const hardware = x.hardware === y.hardware ? 2 : 0;
  return conditions + hardware + (x.firmware === y.firmware ? 1 : 0);
}

/** Pairs results of the same kind, vendor and model, the most alike first; each is used once. Of several that are equally alike
 *  the order is that of their firmware, so that the folders' names decide nothing. */
export function pairResults<T extends { readonly result: Pick<Result, 'device'> }>(
  before: readonly T[],
  after: readonly T[],
): Pairs<T> {
  const candidates = after.flatMap((next) =>
    before
      .filter((old) => sameModel(old.result.device, next.result.device))
      .map((old) => ({ before: old, after: next, alike: likeness(old.result.device, next.result.device) })),
  );
  candidates.sort(
    (x, y) =>
      y.alike - x.alike ||
      byCodeUnit(canonical(x.after.result.device), canonical(y.after.result.device)) ||
      byCodeUnit(canonical(x.before.result.device), canonical(y.before.result.device)),
  );
  const used = new Set<T>();
  const pairs = candidates.filter((pair) => {
    if (used.has(pair.before) || used.has(pair.after)) return false;
    used.add(pair.before).add(pair.after);
    return true;
  });
  return {
    pairs: after.flatMap((next) =>
      pairs.filter((pair) => pair.after === next).map((pair) => ({ before: pair.before, after: pair.after })),
    ),
    onlyBefore: before.filter((old) => !used.has(old)),
    onlyAfter: after.filter((next) => !used.has(next)),
  };
}
