/** The shape of survey.json; everything that is shown of a survey is a view of it. */
import * as v from 'valibot';

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ms = v.pipe(v.number(), v.minValue(0));

export const beliefs = ['old', 'new', 'asked', 'observer', 'other', 'silent'] as const;
export const verdicts = ['follows', 'partly', 'misses', 'unjudged'] as const;

const BehaviourSchema = v.strictObject({
  stimulus: text,
  /** Null: it can't be told, and `text` says why. */
  belief: v.nullable(v.picklist(beliefs)),
  text,
});

const HostSchema = v.strictObject({
  address: text,
  /** Null: it answered nothing. */
  mac: v.nullable(text),
  /** As the operator named it; may be empty. */
  name: text,
  verdict: v.picklist(verdicts),
  reason: text,
  /** Round-trip time of its first answer to an echo request; null: it answered none. */
  echoMs: v.nullable(ms),
  behaviours: v.array(BehaviourSchema),
  /** Where it misses the first form: the time after which it was last seen to send to the old owner, and the time after
   *  which it was seen to ask again; null: not within the survey. */
  asksAgain: v.nullable(v.strictObject({ stillOldMs: ms, askedMs: v.nullable(ms) })),
  notes: v.array(text),
  /** What arp-fingerprint says of it: what it answers, a bit a question, and its guess; null: it had no answer. */
  fingerprint: v.exactOptional(v.nullable(v.strictObject({ bits: text, guess: text }))),
});

const ReachSchema = v.strictObject({ id: text, title: text, reached: count, of: count });

const SegmentSchema = v.strictObject({
  family: v.picklist(['ipv4', 'ipv6']),
  subnet: text,
  columns: v.array(
    v.strictObject({
      id: text,
      heading: text,
      title: text,
      kind: v.picklist(['announcement', 'aside', 'harmless', 'unknown', 'silence']),
      /** The V that it was about; null: the survey did not come to it. */
      service: v.nullable(text),
    }),
  ),
  hosts: v.array(HostSchema),
  counts: v.strictObject({ follows: count, partly: count, misses: count, unjudged: count }),
  /** Of the hosts that could be judged, those that miss what most failover software says. */
  missing: v.strictObject({ hosts: count, of: count }),
  summary: text,
  /** How many of those that could be judged each form reaches. */
  forms: v.array(ReachSchema),
  /** The same for what failover software sends, by takeover profile. */
  software: v.array(ReachSchema),
  advice: v.array(text),
});

const FileSchema = v.strictObject({ path: text, sha256: text });

export const SurveySchema = v.strictObject({
  schemaVersion: v.literal(1),
  id: text,
  version: text,
  startedAt: text,
  endedAt: text,
  /** False: it was cut short, for the reason in `cutShort`. */
  complete: v.boolean(),
  cutShort: v.nullable(text),
  ports: v.array(v.strictObject({ name: text, nic: text, driver: text, dropped: v.nullable(count) })),
  rate: v.strictObject({
    /** Frames a second, at most. */
    limit: v.number(),
    /** Frames that left in the busiest second, and in all. */
    busiest: count,
    sent: count,
  }),
  segments: v.array(SegmentSchema),
  notes: v.array(text),
  evidence: v.strictObject({ capture: FileSchema, events: FileSchema }),
});

export type Survey = v.InferOutput<typeof SurveySchema>;
export type Segment = v.InferOutput<typeof SegmentSchema>;
export type SurveyedHost = v.InferOutput<typeof HostSchema>;
export type Behaviour = v.InferOutput<typeof BehaviourSchema>;
export type Reach = v.InferOutput<typeof ReachSchema>;
export type Verdict = SurveyedHost['verdict'];
export type Column = Segment['columns'][number];
