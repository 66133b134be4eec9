/** The firmwares of one model, newest first, and what changed from one to the next. Pure. */
import { canonical } from '../list/canonical.js';
import type { Entry } from '../list/schema.js';
import { conditionsText } from './device-row.js';
import { firmwareSteps } from './firmwares.js';
import { dayOf, listStatusWords } from './list-words.js';
import { devicePath, diffPath } from './paths.js';
import { countsText, stepChanges } from './step-changes.js';

/** The same for all entries of one model and hardware revision. */
export const modelKey = ({ device: { kind, vendor, model, hardware } }: Pick<Entry, 'device'>): string =>
  canonical({ kind, vendor, model, hardware });

const byVersion = new Intl.Collator('en', { numeric: true });

/**
 * @param relatives all entries of the model, `entry` among them
 * @param ids the cases that their letters stand for
 */
export function firmwareTimeline(entry: Entry, relatives: readonly Entry[], ids: readonly string[]) {
  const steps = new Map(firmwareSteps(relatives).map((step) => [step.newer.id, step]));
  return [...relatives]
    .sort(
      (x, y) =>
        byVersion.compare(y.device.firmware, x.device.firmware) ||
        byVersion.compare(conditionsText(x.device), conditionsText(y.device)) ||
        (x.id < y.id ? -1 : 1),
    )
    .map((relative) => {
      const step = steps.get(relative.id);
      return {
        firmware: relative.device.firmware,
        conditions: conditionsText(relative.device) || 'as it came',
        ...listStatusWords[relative.status],
        tested: dayOf(relative.confidence.lastTested),
        path: devicePath(relative),
        isThis: relative.id === entry.id,
        change: step
          ? {
              since: step.older.device.firmware,
              text: countsText(stepChanges(step, ids)) || 'nothing that is judged',
              path: diffPath(step.older, step.newer),
            }
          : null,
      };
    });
}
