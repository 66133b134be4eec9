/** From one firmware of a device to the next. Pure. */
import { canonical } from '../list/canonical.js';
import type { Entry } from '../list/schema.js';
import { groupBy } from '../report/group.js';

/** What tells entries of one device apart. */
type Identified = Pick<Entry, 'id' | 'device'>;

export interface Step<E extends Identified = Entry> {
  readonly older: E;
  readonly newer: E;
}

const byVersion = new Intl.Collator('en', { numeric: true });

/** Neighbours among the firmwares of one device under the same conditions, the older version first. */
export function firmwareSteps<E extends Identified>(entries: readonly E[]): Step<E>[] {
  const keyOf = ({ device }: E) => canonical({ ...device, firmware: '' });
  return groupBy(entries, keyOf).flatMap(([, group]) => {
    const sorted = [...group].sort(
      (x, y) => byVersion.compare(x.device.firmware, y.device.firmware) || (x.id < y.id ? -1 : 1),
    );
    return sorted.slice(1).flatMap((newer, i) => {
      const older = sorted[i];
      return older ? [{ older, newer }] : [];
    });
  });
}
