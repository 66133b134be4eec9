/** The shapes of the files that make a run a bundle: what the submitter says of the device and of himself, and the list of
 *  files that is signed. */
import * as v from 'valibot';
import { DeviceSchema } from '../result.js';
import { limits } from './layout.js';

/** What is shown on one line. */
export const LineSchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(limits.nameLength),
  v.check((text) => !/\p{Control}/u.test(text), 'a line has no control characters'),
);
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const time = v.pipe(v.string(), v.isoTimestamp());

export const relations = ['vendor', 'lab', 'user', 'project'] as const;

export const TesterSchema = v.strictObject({
  organisation: LineSchema,
  /** To the device: its vendor, a lab, a user, or this project. */
  relation: v.picklist(relations),
  /** Whoever paid for the test, by organisation: the two are one voice. */
  contractedBy: v.exactOptional(LineSchema),
});

/** subject.json: the device as it is to stand in the list, which outranks what the bench file called it. */
export const SubjectSchema = v.strictObject({
  schemaVersion: v.literal(1),
  device: DeviceSchema,
  tester: TesterSchema,
});

/** manifest.json: every file of the bundle; what is signed. */
export const ManifestSchema = v.strictObject({
  schemaVersion: v.literal(1),
  createdAt: time,
  files: v.pipe(
    v.array(
      v.strictObject({
        /** Relative, with slashes. */
        path: v.pipe(v.string(), v.maxLength(limits.pathLength)),
        size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.fileBytes)),
        sha256,
      }),
    ),
    v.maxLength(limits.files),
  ),
});

/** withdrawal.json: why a bundle no longer counts. Signed by its submitter or by the project. */
export const WithdrawalSchema = v.strictObject({
  schemaVersion: v.literal(1),
  /** Of the manifest.json that it withdraws. */
  manifestSha256: sha256,
  at: time,
  reason: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.textLength)),
});

/** reports/parties.json, which is reviewed: whose a principal of allowed_signers is. */
export const PartiesSchema = v.strictObject({
  schemaVersion: v.literal(1),
  parties: v.record(
    LineSchema,
    v.strictObject({
      organisation: LineSchema,
      relation: v.picklist(relations),
      /** A lab that a vendor owns or always pays: the vendor's organisation. */
      contractedBy: v.exactOptional(LineSchema),
    }),
  ),
});

export type Tester = v.InferOutput<typeof TesterSchema>;
export type Subject = v.InferOutput<typeof SubjectSchema>;
export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type Withdrawal = v.InferOutput<typeof WithdrawalSchema>;
export type Parties = v.InferOutput<typeof PartiesSchema>;
