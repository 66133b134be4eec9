/** Judging again from the stored evidence: anyone can, without a bench. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { diagnose } from '../diagnosis/diagnose.js';
import type { Recording } from '../evidence/recording.js';
import { readEvidence } from '../evidence/store.js';
import type { Probe } from '../probe.js';
import {
  type CaseResult,
  type Diagnosis,
  type Judgement,
  type Outcome,
  type Result,
  ResultSchema,
} from '../result.js';
import { verdict } from './verdict.js';

export interface Rejudged {
  readonly caseId: string;
  readonly attempt: number;
  readonly stored: Outcome;
  /** Undefined where nothing can be judged again; `text` says why. */
  readonly again: Outcome | undefined;
  readonly agrees: boolean;
  readonly text: string;
  /** What the judge says besides. Absent where nothing was judged, or nobody asked. */
  readonly qualifiers?: readonly string[];
}

/** Reads result.json from a device's folder. Rejects with a sentence. */
export async function readResult(folder: string): Promise<Result> {
  const file = join(folder, 'result.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} can't be read: name the folder of one device, the one that holds result.json.`);
  });
  const parsed = v.safeParse(ResultSchema, parseJson(file, text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(
    `${file} is not a result of this suite: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}.`,
  );
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}.`);
  }
}

/** The verdict on a recording that is said to be of a case; a sentence where it is not, or this suite has no such case. */
export function judgeAgain(
  probes: readonly Probe[],
  { id, probe: probeId }: Pick<CaseResult, 'id' | 'probe'>,
  recording: Recording,
): Judgement | string {
  const probe = probes.find((one) => one.id === probeId);
  const probeCase = probe?.cases.find((one) => `${probeId}/${one.id}` === id);
  if (recording.caseId !== id) return `the evidence is of another case, ${recording.caseId}`;
  // A bench file's own case is not in the catalogue, but its parameters are in the evidence.
  const params = probeCase ? probeCase.params : probe?.readParams?.(recording.plan.params);
  return probe && params !== undefined ? verdict(probe, params, recording) : 'this suite has no such case';
}

/** Judges every attempt of a result again that ended with a verdict. */
export async function rejudge(folder: string, result: Result, probes: readonly Probe[]): Promise<Rejudged[]> {
  const judged: Rejudged[] = [];
  for (const entry of result.cases) {
    for (const [index, attempt] of entry.attempts.entries()) {
      const said = { caseId: entry.id, attempt: index + 1, stored: attempt.outcome };
      const open = (agrees: boolean, text: string) =>
        judged.push({ ...said, again: undefined, agrees, text });
      if (attempt.outcome === 'error') {
        open(true, 'the harness failed, so there is no verdict');
      } else if (!attempt.evidence) {
        open(false, 'no evidence was stored');
      } else {
        const { capture, events } = attempt.evidence;
        const broken = await firstBroken(folder, [capture, events]);
        if (broken !== undefined) {
          open(false, broken);
          continue;
        }
        try {
          const recording = await readEvidence(dirname(join(folder, capture.path)));
          const again = judgeAgain(probes, entry, recording);
          if (typeof again === 'string') open(false, again);
          else {
            const agrees = again.outcome === attempt.outcome;
            judged.push({ ...said, again: again.outcome, agrees, text: again.reason });
          }
        } catch (error) {
          open(false, (error as Error).message);
        }
      }
    }
  }
  return judged;
}

/** What is wrong with the stored diagnoses, as a sentence: they must follow from the cases. Undefined where they do, and
 *  for a result of before there were any. */
export function rediagnose({ cases, diagnoses }: Result): string | undefined {
  if (!diagnoses) return undefined;
  const again = diagnose(cases);
  const said = (all: readonly Diagnosis[]) =>
    JSON.stringify(all.map(({ id, evidence }) => ({ id, evidence })));
  const ids = (all: readonly Diagnosis[]) => all.map(({ id }) => id).join(', ') || 'none';
  return said(again) === said(diagnoses)
    ? undefined
    : `the likely causes do not follow from the cases: stored ${ids(diagnoses)}, now ${ids(again)}, or with other evidence`;
}

async function firstBroken(
  folder: string,
  files: readonly { path: string; sha256: string }[],
): Promise<string | undefined> {
  for (const { path, sha256 } of files) {
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    if (!bytes) return `${path} is missing`;
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      return `${path} was changed after the run`;
  }
  return undefined;
}
