/** The shape of hardware-list.json, which is generated only: `compileList` makes it from reports/. */
import * as v from 'valibot';
import { DeviceSchema, levels, MeasurementSchema, outcomes } from '../result.js';

const text = v.string();

/** A case that decided something, and the run that says so. */
const CaseNoteSchema = v.strictObject({ id: text, level: v.picklist(levels), reason: text, run: text });

export const EntrySchema = v.strictObject({
  /** Kind, vendor, model, hardware revision, exact firmware and conditions: together the entry's key. */
  device: DeviceSchema,
  status: v.picklist(['compliant', 'compliant-with-notes', 'non-compliant', 'inconclusive']),
  /** Cases of level must that failed in any run. */
  failing: v.array(CaseNoteSchema),
  /** What an operator should know besides, a sentence each. */
  notes: v.array(text),
  /** From the newest run that measured it. */
  measurements: v.array(v.strictObject({ case: text, run: text, ...MeasurementSchema.entries })),
  /** Which announcements the device follows: the case's last part to its outcome. */
  announcements: v.array(v.strictObject({ id: text, outcome: v.picklist(outcomes) })),
  /** When the newest run began, ISO 8601. */
  lastTested: text,
  /** Every run behind this entry, newest first. */
  submissions: v.array(
    v.strictObject({
      /** The run's folder below reports/. */
      path: text,
      run: text,
      startedAt: text,
      suite: text,
      status: v.picklist(['compliant', 'compliant-with-notes', 'non-compliant', 'inconclusive']),
    }),
  ),
});

export const HardwareListSchema = v.strictObject({
  schemaVersion: v.literal(1),
  entries: v.array(EntrySchema),
});

export type Entry = v.InferOutput<typeof EntrySchema>;
export type HardwareList = v.InferOutput<typeof HardwareListSchema>;
