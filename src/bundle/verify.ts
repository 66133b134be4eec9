/** Everything that can be checked of one bundle, as `takeover verify` tells it. */
import { basename, dirname, join, resolve } from 'node:path';
import type { Rejudged } from '../engine/rejudge.js';
import { type Bundle, BundleError, type Refusal, type Signer } from './bundle.js';
import { type Difference, differencesOf } from './differences.js';
import { FileError, lookAt } from './file.js';
import { judgeBundle } from './judge.js';
import { bundleFiles } from './layout.js';
import { type LookAlike, lookAlikeOf } from './look-alikes.js';
import { openBundle } from './open.js';
import { bundlePath, isAtItsPath } from './path.js';
import { refusal } from './refusals.js';
import { repeatedBy } from './repeated.js';
import type { Subject } from './schema.js';
import type { Trust } from './trust.js';

export interface VerifyOptions {
  /** Hold it to what a new submission must be. */
  readonly isNew: boolean;
  /** Only its withdrawal is. */
  readonly isWithdrawnAnew?: boolean;
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
    /** Of a new one: a device that is called otherwise and looks the same, which only tells. */
    readonly lookAlike?: LookAlike;
    /** Attempts that were judged again; undefined: none was to be. */
    readonly judged?: number;
  };
}

/** Where a bundle's reports folder would be. */
export const reportsFolderOf = (folder: string): string => resolve(folder, '../../..');

/** Checks the bundle in a folder. Never rejects because of what the bundle holds. */
export async function verifyBundle(folder: string, trust: Trust, options: VerifyOptions): Promise<Verified> {
  const { isNew, isWithdrawnAnew = isNew, judge, now } = options;
  const place = resolve(folder);
  const path = [dirname(dirname(place)), dirname(place), place].map((part) => basename(part)).join('/');
  try {
    const wrong = noBundle(place);
    if (wrong !== undefined) return { refusals: [refusal('no-bundle', wrong)] };
    const bundle = await openBundle(reportsFolderOf(place), path, trust, {
      evidence: 'digests',
      ...(isNew && { now }),
      ...(isWithdrawnAnew && { withdrawnNow: now }),
    });
    const lookAlike = isNew ? await lookAlikeOf(reportsFolderOf(place), bundle) : undefined;
    const judged = judge ? await judgeBundle(bundle) : undefined;
    const differing = (judged ?? []).filter(({ agrees }) => !agrees).map(differs);
    return {
      refusals: [...(isNew ? await newcomerRefusals(reportsFolderOf(place), bundle) : []), ...differing],
      opened: {
        subject: bundle.subject,
        files: bundle.manifest.files.length,
        octets: bundle.manifest.files.reduce((sum, { size }) => sum + size, 0),
        signer: bundle.signer,
        ...(bundle.withdrawal && {
          withdrawn: { at: bundle.withdrawal.at, reason: bundle.withdrawal.reason },
        }),
        differences: differencesOf(bundle.subject.device, bundle.result.device),
        ...(lookAlike && { lookAlike }),
        cases: bundle.result.cases.length,
        ...(judged && { judged: judged.filter(({ attempt }) => attempt > 0).length }),
      },
    };
  } catch (error) {
    if (error instanceof BundleError) return { refusals: error.refusals };
    if (error instanceof FileError) return { refusals: [refusal(error.code, `it ${error.message}`)] };
    throw error;
  }
}

/** Why what lies there is not even a broken bundle. */
function noBundle(place: string): string | undefined {
  if (lookAt(place)?.isFile()) return 'it is a file, and a bundle is a folder';
  const hasAny = Object.values(bundleFiles).some((name) => lookAt(join(place, name)));
  return hasAny ? undefined : 'it holds no manifest.json, nor anything else of a bundle';
}

async function newcomerRefusals(reportsFolder: string, bundle: Bundle): Promise<Refusal[]> {
  const { path, subject, result, signer } = bundle;
  const refusals: Refusal[] = [];
  if (!signer) refusals.push(refusal('unsigned', 'it is not signed, and so would count for nothing'));
  if (!isAtItsPath(path, subject, result)) {
    refusals.push(refusal('path', `it lies at ${path}, and should at ${bundlePath(subject, result)}`));
  }
  const repeated = await repeatedBy(reportsFolder, bundle);
  if (repeated !== undefined) refusals.push(refusal('repeated', `it holds evidence of reports/${repeated}`));
  return refusals;
}

function differs({ caseId, attempt, stored, again, text }: Rejudged): Refusal {
  const where = [caseId, attempt > 0 && `attempt ${attempt}`].filter(Boolean).join(', ') || 'the result';
  const clause = text.replace(/\.$/, '');
  const isOther = again !== undefined && again !== stored;
  return refusal('verdict', `${where}: ${isOther ? `claimed ${stored}, judged ${again}: ` : ''}${clause}`);
}
