/** Everything that can be checked of one bundle, as `takeover verify` tells it. */
import { basename, dirname, resolve } from 'node:path';
import type { Rejudged } from '../engine/rejudge.js';
import { type Bundle, BundleError, type Refusal, type Signer } from './bundle.js';
import { judgeBundle } from './judge.js';
import { openBundle } from './open.js';
import { bundlePath, isAtItsPath } from './path.js';
import { refusal } from './refusals.js';
import type { Subject } from './schema.js';
import type { Trust } from './trust.js';

export interface VerifyOptions {
  /** Hold it to what a new submission must be. */
  readonly isNew: boolean;
  readonly judge: boolean;
  readonly now: Date;
}

/** Plain data, so that a thread can hand it over. */
export interface Verified {
  readonly refusals: readonly Refusal[];
  /** Absent where the bundle could not be opened. */
  readonly opened?: {
    readonly subject: Subject;
    readonly files: number;
    readonly octets: number;
    readonly signer: Signer | null;
    /** When and why it was withdrawn. */
    readonly withdrawn?: { readonly at: string; readonly reason: string };
    /** Where the run calls the device otherwise, which only tells. */
    readonly differences: readonly Difference[];
    readonly cases: number;
    /** Attempts that were judged again; undefined: none was to be. */
    readonly judged?: number;
  };
}

export interface Difference {
  readonly field: string;
  /** Undefined where it is not said. */
  readonly subject: string | undefined;
  readonly result: string | undefined;
}

/** Where a bundle's reports folder would be. */
export const reportsFolderOf = (folder: string): string => resolve(folder, '../../..');

/** Checks the bundle in a folder. Never rejects because of what the bundle holds. */
export async function verifyBundle(folder: string, trust: Trust, options: VerifyOptions): Promise<Verified> {
  const { isNew, judge, now } = options;
  const place = resolve(folder);
  const path = [dirname(dirname(place)), dirname(place), place].map((part) => basename(part)).join('/');
  try {
    const bundle = await openBundle(reportsFolderOf(place), path, trust, {
      evidence: 'digests',
      ...(isNew && { now }),
    });
    const judged = judge ? await judgeBundle(bundle) : undefined;
    const differing = (judged ?? []).filter(({ agrees }) => !agrees).map(differs);
    return {
      refusals: [...(isNew ? newcomerRefusals(bundle) : []), ...differing],
      opened: {
        subject: bundle.subject,
        files: bundle.manifest.files.length,
        octets: bundle.manifest.files.reduce((sum, { size }) => sum + size, 0),
        signer: bundle.signer,
        ...(bundle.withdrawal && {
          withdrawn: { at: bundle.withdrawal.at, reason: bundle.withdrawal.reason },
        }),
        differences: differencesOf(bundle),
        cases: bundle.result.cases.length,
        ...(judged && { judged: judged.filter(({ attempt }) => attempt > 0).length }),
      },
    };
  } catch (error) {
    if (error instanceof BundleError) return { refusals: error.refusals };
    throw error;
  }
}

function newcomerRefusals({ path, subject, result, signer }: Bundle): Refusal[] {
  const refusals: Refusal[] = [];
  if (!signer) refusals.push(refusal('unsigned', 'it is not signed, and so would count for nothing'));
  if (!isAtItsPath(path, subject, result)) {
    refusals.push(refusal('path', `it lies at ${path}, and should at ${bundlePath(subject, result)}`));
  }
  return refusals;
}

function differs({ caseId, attempt, stored, again, text }: Rejudged): Refusal {
  const where = [caseId, attempt > 0 && `attempt ${attempt}`].filter(Boolean).join(', ') || 'the result';
  const what =
    again === undefined || again === stored
      ? text
      : `claimed ${stored}, judged ${again}: ${text.replace(/\.$/, '')}`;
  return refusal('verdict', `${where}: ${what}`);
}

/** What subject.json and result.json say of the device, field by field; conditions each by itself. */
export function differencesOf({ subject, result }: Pick<Bundle, 'subject' | 'result'>): Difference[] {
  const [said, ran] = [fieldsOf(subject.device), fieldsOf(result.device)];
  return [...new Set([...said.keys(), ...ran.keys()])]
    .filter((field) => said.get(field) !== ran.get(field))
    .map((field) => ({ field, subject: said.get(field), result: ran.get(field) }));
}

function fieldsOf({ conditions, ...names }: Subject['device']): ReadonlyMap<string, string | undefined> {
  const named = Object.entries(conditions).map(([key, value]): [string, string] => [
    `condition ${key}`,
    value,
  ]);
  return new Map([...Object.entries(names), ...named]);
}
