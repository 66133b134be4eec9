/**
 * The shape of result.json: what one run found out about one device. Everything else (console, HTML,
 * JUnit, the hardware list) is a view of it. Counts are derived from `cases`, never stored.
 */
import * as v from 'valibot';

export const levels = ['must', 'should', 'may', 'info'] as const;
export type Level = (typeof levels)[number];

export const outcomes = ['pass', 'fail', 'inconclusive', 'not-applicable', 'error', 'not-run'] as const;
export type Outcome = (typeof outcomes)[number];

export const deviceKinds = ['switch', 'host', 'router', 'nic'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

const text = v.string();
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** A number with its unit and how far the truth may lie from it. `low`..`high` is the interval. */
export const MeasurementSchema = v.strictObject({
  name: text,
  value: v.number(),
  unit: v.picklist([
    ...(['ns', 'us', 'ms', 's', 'frames', 'frames/s', 'count'] as const),
    ...(['addresses', 'addresses/s', 'moves/s', 'percent'] as const),
  ]),
  low: v.optional(v.number()),
  high: v.optional(v.number()),
  /** The device may do better: the number ends where the tester, or this bench, does. */
  limitedBy: v.optional(v.literal('tester')),
});

/** One of the separate things that a case looks at: `holds` null means that this bench can't see it. */
export const FindingSchema = v.strictObject({ id: text, holds: v.nullable(v.boolean()), text });

/** What the judge, a pure function of the recording, says. */
export const JudgementSchema = v.strictObject({
  outcome: v.picklist(['pass', 'fail', 'inconclusive', 'not-applicable']),
  /** One sentence that tells an operator why. */
  reason: text,
  expected: text,
  observed: text,
  findings: v.array(FindingSchema),
  measurements: v.array(MeasurementSchema),
  /** `deviation: …`, `slow: …`. The engine adds `flaky k/n`. */
  qualifiers: v.array(text),
  /** One accident could have brought it about, so it is believed when it happens twice: what had no effect may have been
   *  lost on its way, and an entry that is gone may have made room for another. */
  doubt: v.exactOptional(v.picklist(['lost', 'displaced'])),
});

export const RequirementSchema = v.strictObject({
  level: v.picklist(levels),
  /** `RFC 826`, `IEEE 802.1Q-2022`, or `practice`. */
  document: text,
  clause: text,
  link: v.optional(text),
});

export const AttemptSchema = v.strictObject({
  outcome: v.picklist(outcomes),
  reason: text,
  startedAt: text,
  durationMs: v.number(),
  /** Where the evidence lies, relative to result.json, with a digest of each file. Null: none was recorded. */
  evidence: v.nullable(
    v.strictObject({
      capture: v.strictObject({ path: text, sha256 }),
      events: v.strictObject({ path: text, sha256 }),
    }),
  ),
});

export const CaseResultSchema = v.strictObject({
  id: text,
  probe: text,
  title: text,
  level: v.picklist(levels),
  outcome: v.picklist(outcomes),
  reason: text,
  expected: text,
  observed: text,
  findings: v.array(FindingSchema),
  measurements: v.array(MeasurementSchema),
  qualifiers: v.array(text),
  attempts: v.array(AttemptSchema),
});

export const ProbeInfoSchema = v.strictObject({
  id: text,
  /** The chapter of the catalogue; pages are divided by it. Absent from results of before there were any. */
  chapter: v.exactOptional(text),
  title: text,
  failureTitle: text,
  why: text,
  requirement: RequirementSchema,
});

export const DeviceSchema = v.strictObject({
  kind: v.picklist(deviceKinds),
  vendor: text,
  model: text,
  hardware: v.optional(text),
  firmware: text,
  conditions: v.record(text, text),
});

/** A feature of the device that is likely to be behind failed cases. Derived from `cases`. */
export const DiagnosisSchema = v.strictObject({
  /** `arp-inspection`, … or `unexplained`. */
  id: text,
  title: text,
  /** Sentences that name cases by their ids. */
  evidence: v.array(text),
  /** What to change on the device. */
  change: text,
});

/** The limit of a bench within which a device must relearn: what a bench file may say, and what holds where it says nothing. */
export const relearnLimit = { leastMs: 1, mostMs: 600_000, usualMs: 1_000 } as const;

export const ResultSchema = v.strictObject({
  schemaVersion: v.literal(1),
  suite: v.strictObject({
    version: text,
    /** sha256 over the ids, levels and clauses of every case in the catalogue. */
    catalogueDigest: sha256,
  }),
  run: v.strictObject({
    id: text,
    startedAt: text,
    endedAt: text,
    seed: v.number(),
    driver: v.picklist(['libpcap', 'cap', 'memory']),
    repeat: v.number(),
    /** False when the run was cut short: some cases are then `not-run`. */
    complete: v.boolean(),
  }),
  environment: v.record(text, text),
  bench: v.strictObject({
    name: text,
    ports: v.array(
      v.strictObject({
        name: text,
        nic: text,
        driver: text,
        kernelTimestamps: v.boolean(),
        timestampErrorNs: v.number(),
      }),
    ),
    /** What this bench is too small to see, a sentence each. */
    unseen: v.array(text),
    /** What numbers are held against: the bench's limit, and what it declares of the device. */
    limits: v.optional(v.strictObject({ relearnMs: v.number(), tableSize: v.optional(v.number()) })),
  }),
  device: DeviceSchema,
  /** Checks of the instrument before the first case. */
  preflight: v.array(v.strictObject({ id: text, ok: v.boolean(), text })),
  probes: v.array(ProbeInfoSchema),
  cases: v.array(CaseResultSchema),
  /** The likely causes of what failed. Absent from results of before there were any. */
  diagnoses: v.exactOptional(v.array(DiagnosisSchema)),
  deselected: v.array(v.strictObject({ id: text, why: text })),
});

export type Measurement = v.InferOutput<typeof MeasurementSchema>;
export type Finding = v.InferOutput<typeof FindingSchema>;
export type Judgement = v.InferOutput<typeof JudgementSchema>;
export type Requirement = v.InferOutput<typeof RequirementSchema>;
export type Attempt = v.InferOutput<typeof AttemptSchema>;
export type CaseResult = v.InferOutput<typeof CaseResultSchema>;
export type Diagnosis = v.InferOutput<typeof DiagnosisSchema>;
export type ProbeInfo = v.InferOutput<typeof ProbeInfoSchema>;
export type Device = v.InferOutput<typeof DeviceSchema>;
export type Result = v.InferOutput<typeof ResultSchema>;

/** Whether a set of cases lets the device be called compliant. Levels and outcomes are never folded:
 *  only `must` decides, and a must that was not settled leaves the whole unsettled. */
export const statuses = ['compliant', 'compliant-with-notes', 'non-compliant', 'inconclusive'] as const;
export type Status = (typeof statuses)[number];

/** Derives a run's status. A must that failed decides; then any must that is unsettled (or no settled
 *  must at all) leaves it inconclusive; a failed should, or a qualifier on a must, adds notes. */
export function statusOf(cases: readonly Pick<CaseResult, 'level' | 'outcome' | 'qualifiers'>[]): Status {
  const musts = cases.filter((c) => c.level === 'must');
  if (musts.some((c) => c.outcome === 'fail')) return 'non-compliant';
  const unsettled = musts.some((c) => c.outcome !== 'pass' && c.outcome !== 'not-applicable');
  if (unsettled || !musts.some((c) => c.outcome === 'pass')) return 'inconclusive';
  const noted = cases.some(
    (c) => (c.level === 'should' && c.outcome === 'fail') || (c.level === 'must' && c.qualifiers.length > 0),
  );
  return noted ? 'compliant-with-notes' : 'compliant';
}

/** Whether no case of them was put to the device: all were left out, did not apply or were not reached. */
export function isVacuous(cases: readonly Pick<CaseResult, 'outcome'>[]): boolean {
  return cases.every(({ outcome }) => outcome === 'not-applicable' || outcome === 'not-run');
}

/** Process exit codes, few and fixed. Vacuous: no case ran, so that nothing was found out. */
export const exitCodes = { compliant: 0, failed: 1, usage: 2, inconclusive: 3, vacuous: 4 } as const;
