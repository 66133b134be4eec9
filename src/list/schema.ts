/** The shape of hardware-list.json, which is generated only: `takeover compile` makes it from reports/. */
import * as v from 'valibot';
import { relations } from '../bundle/schema.js';
import { DeviceSchema, deviceKinds, MeasurementSchema, statuses } from '../result.js';

const text = v.string();
/** Of a bundle: its folder below reports/. */
const path = text;

export const listStatuses = [...statuses, 'disputed', 'untested', 'withdrawn'] as const;

/** A case's outcome in `outcomes`, a letter each. */
export const outcomeLetters = {
  pass: 'P',
  fail: 'F',
  /** Parties differ. */
  disputed: 'D',
  inconclusive: 'I',
  'not-applicable': 'N',
  /** Left out, or no part of the suite that was run. */
  absent: '-',
} as const;

export const standings = ['counted', 'preview', 'duplicate', 'quarantined', 'withdrawn'] as const;

export const EntrySchema = v.strictObject({
  /** Names the entry in addresses of pages: `deviceSlug(device)`. */
  id: text,
  /** Kind, vendor, model, hardware revision, exact firmware and conditions: together the entry's key. */
  device: DeviceSchema,
  status: v.picklist(listStatuses),
  /** Cases of level must that failed reproducibly, and that no other party saw pass. */
  failing: v.array(v.strictObject({ id: text, reason: text, runs: v.array(path) })),
  /** Cases of level must that came out otherwise with another party. */
  disputed: v.array(v.strictObject({ id: text, pass: v.array(path), fail: v.array(path) })),
  /** Cases of level must that nobody settled. */
  missing: v.array(text),
  /** What an operator should know besides, a sentence each. */
  notes: v.array(text),
  /** The few numbers that tell most (relearn time, …); the worst that any counted run measured. */
  measurements: v.array(v.strictObject({ case: text, run: path, ...MeasurementSchema.entries })),
  /** A letter for each case of `catalogue[kind]`, in its order: see `outcomeLetters`. */
  outcomes: text,
  confidence: v.strictObject({
    /** 0 nothing signed settles a must, 1 signed by one party, 2 by two independent ones, 3 reproduced by the project. */
    tier: v.picklist([0, 1, 2, 3]),
    /** Independent parties whose runs settled a must; `A or B` where two hold the same evidence. */
    parties: v.array(text),
    /** Runs that settled a must, those with the same evidence once. */
    runs: v.number(),
    /** Since when nothing that decides the entry was tried again: when the newest run began that shows a must, of the must for
     *  which that is longest ago. Where no must decides, the newest run. ISO 8601. */
    lastTested: text,
    /** 18 months later: the entry is stale from then on. */
    staleAfter: text,
    /** Cases of level must that came to the catalogue after the published suites of all runs: the entry is stale. */
    newMusts: v.array(text),
  }),
  /** Every bundle of the device, newest first. Nothing is deleted. */
  submissions: v.array(
    v.strictObject({
      path,
      run: text,
      startedAt: text,
      suite: text,
      /** Of this run alone. */
      status: v.picklist(statuses),
      organisation: text,
      relation: v.picklist(relations),
      /** Whose opinion it is; differs from the organisation where another paid. */
      voice: text,
      standing: v.picklist(standings),
      /** Why it does not count, or with which it shares evidence: a sentence. */
      why: v.exactOptional(text),
    }),
  ),
});

export const HardwareListSchema = v.strictObject({
  schemaVersion: v.literal(2),
  /** The suite whose musts the entries are held to. */
  suite: v.strictObject({ version: text, catalogueDigest: text }),
  /** Case ids, in the order of the catalogue; behind them those that only published suites before it have. */
  catalogue: v.strictObject(v.entriesFromList(deviceKinds, v.array(text))),
  entries: v.array(EntrySchema),
});

export type Entry = v.InferOutput<typeof EntrySchema>;
export type ListStatus = Entry['status'];
export type HardwareList = v.InferOutput<typeof HardwareListSchema>;
