/** The little of a bundle that merging needs: a few kilobytes, whatever the bundle says. */
import type { Bundle } from '../bundle/bundle.js';
import type { Subject } from '../bundle/schema.js';
import type { Rejudged } from '../engine/rejudge.js';
import {
  type CaseResult,
  type Device,
  type DeviceKind,
  type Result,
  relearnLimit,
  type Status,
  statusOf,
} from '../result.js';
import { canonical } from './canonical.js';
import type { Catalogue } from './catalogue.js';
import { type Headline, headlinesOf } from './headlines.js';
import { isFailure, type RunLetter, runLetter } from './letters.js';
import { deviceSlug } from './slug.js';
import { clip, listed } from './text.js';
import { toldAgain } from './told-again.js';

export interface BundleRecord {
  /** Below reports/. */
  readonly path: string;
  /** Of the device: `deviceSlug`. */
  readonly id: string;
  readonly device: Device;
  readonly run: string;
  /** ISO 8601 in UTC, like `createdAt`. */
  readonly startedAt: string;
  /** Of the manifest. */
  readonly createdAt: string;
  readonly suite: string;
  readonly organisation: string;
  readonly relation: Subject['tester']['relation'];
  readonly voice: string;
  readonly signed: boolean;
  /** See `EvidenceSketch`. */
  readonly evidence: string;
  /** Of this run alone. */
  readonly status: Status;
  /** A `RunLetter` for each case of the catalogue of the device's kind. */
  readonly letters: string;
  /** Letters of cases that only published suites before this one have, by id. */
  readonly others: Readonly<Record<string, string>>;
  /** Why a must or a should came out as it did, by case id. One that found no room is missing. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Of musts that passed, by case id. */
  readonly qualifiers: Readonly<Record<string, readonly string[]>>;
  readonly measurements: readonly Headline[];
  /** How long the device had to relearn, where the bench gave it more than is usual. */
  readonly lenientMs?: number;
  /** Why it no longer counts, a sentence. */
  readonly withdrawn?: string;
  /** What came out otherwise when it was judged again, a sentence. */
  readonly quarantine?: string;
}

/** Whether it may count; it still may repeat another. */
export const isEligible = (record: Pick<BundleRecord, 'signed' | 'withdrawn' | 'quarantine'>): boolean =>
  record.signed && record.withdrawn === undefined && record.quarantine === undefined;

const longest = { reason: 240, quarantine: 600, withdrawn: 300, name: 120 } as const;
/** Octets of JSON for all reasons, qualifiers and ids of older cases of one bundle. */
const room = 4_000;
/** @param judged what judging again came to. @param evidence the sketch of what was read for it. */
export function recordOf(
  bundle: Bundle,
  judged: readonly Rejudged[],
  catalogue: Catalogue,
  evidence = '',
): BundleRecord {
  const { path, subject, result, signer, withdrawal, manifest } = bundle;
  const { device, tester } = subject;
  const quarantine = quarantineOf(judged);
  const told = toldCases(catalogue, device.kind);
  const { relearnMs = relearnLimit.usualMs } = result.bench.limits ?? {};
  const isTold = ({ id }: CaseResult) => told.has(id);
  return {
    path,
    id: deviceSlug(device),
    device: JSON.parse(canonical(device)) as Device,
    run: result.run.id,
    startedAt: utc(result.run.startedAt),
    createdAt: utc(manifest.createdAt),
    suite: clip(result.suite.version, longest.name),
    organisation: signer?.organisation ?? tester.organisation,
    relation: signer?.relation ?? tester.relation,
    voice: signer?.voice ?? tester.contractedBy ?? tester.organisation,
    signed: signer !== null,
    evidence,
    status: statusOf(result.cases),
    ...casesOf(result, toldAgain(result.cases, judged).filter(isTold), device.kind, catalogue),
    measurements: headlinesOf(result.cases.filter(isTold)).map((m) => ({
      ...m,
      case: clip(m.case, longest.name),
      name: clip(m.name, longest.name),
    })),
    ...(relearnMs > relearnLimit.usualMs && { lenientMs: relearnMs }),
    ...(withdrawal && {
      withdrawn: clip(`Withdrawn on ${withdrawal.at.slice(0, 10)}: ${withdrawal.reason}`, longest.withdrawn),
    }),
    ...(quarantine !== undefined && { quarantine }),
  };
}

const utc = (time: string): string => new Date(time).toISOString();

/** Ids of the cases that the list tells of: today's, and those of published suites. A bench file's own cases have names that
 *  its owner gave them, and stay on their run's page. */
const toldCases = ({ cases, published }: Catalogue, kind: DeviceKind): ReadonlySet<string> =>
  new Set([
    ...cases[kind].map(({ id }) => id),
    ...Object.values(published).flatMap((suite) => suite.cases[kind]),
  ]);

/** Letters of all cases, and what is to be said of some. */
function casesOf(
  { suite }: Result,
  told: readonly CaseResult[],
  kind: DeviceKind,
  catalogue: Catalogue,
): Pick<BundleRecord, 'letters' | 'others' | 'reasons' | 'qualifiers'> {
  const current = catalogue.cases[kind];
  const known = new Map(current.map((c, index) => [c.id, { ...c, index }]));
  const letters = current.map(({ id }) => absentLetter(catalogue, suite.catalogueDigest, kind, id));
  const said: Said[] = [];
  const older: CaseResult[] = [];
  for (const c of told) {
    const place = known.get(c.id);
    if (!place) {
      older.push(c);
      continue;
    }
    const letter = runLetter(c);
    letters[place.index] = letter;
    said.push({ c, level: place.level, letter });
  }
  return { letters: letters.join(''), ...textsOf(said, older) };
}

/** That its suite did not have a case excuses a run only where the suite is known: anybody can name one that never was. */
function absentLetter({ published }: Catalogue, suite: string, kind: DeviceKind, id: string): RunLetter {
  const known = Object.hasOwn(published, suite) ? published[suite] : undefined;
  return known && !known.cases[kind].includes(id) ? '-' : 'X';
}

interface Said {
  readonly c: CaseResult;
  readonly level: CaseResult['level'];
  readonly letter: RunLetter;
}

/** The most important first, as long as there is room. */
function textsOf(said: readonly Said[], older: readonly CaseResult[]) {
  const reasons = new Map<string, string>();
  const qualifiers = new Map<string, string[]>();
  const others = new Map<string, RunLetter>();
  let left = room;
  /** Once something found no room, nothing else does: what comes first is what counts. */
  const fits = (...texts: readonly string[]): boolean => {
    left -= Buffer.byteLength(JSON.stringify(texts));
    return left >= 0;
  };
  const reason = ({ c }: Said) => {
    // Why the harness failed can't be judged again, and so is its run's word alone.
    const said = c.outcome === 'error' ? 'the harness failed' : c.reason;
    const text = left > 0 ? clip(said, longest.reason) : '';
    if (text !== '' && fits(c.id, text)) reasons.set(c.id, text);
  };
  const musts = said.filter(({ level }) => level === 'must');
  musts.filter(({ letter }) => isFailure(letter)).forEach(reason);
  musts.filter(({ letter }) => letter === 'I').forEach(reason);
  said.filter(({ level, letter }) => level === 'should' && isFailure(letter)).forEach(reason);
  for (const { c, letter } of musts) {
    if (letter !== 'P' || c.qualifiers.length === 0 || left <= 0) continue;
    const texts = c.qualifiers.slice(0, 3).map((text) => clip(text, longest.reason));
    if (fits(c.id, ...texts)) qualifiers.set(c.id, texts);
  }
  for (const c of older) {
    if (left > 0 && c.id.length <= longest.name && fits(c.id)) others.set(c.id, runLetter(c));
  }
  return {
    reasons: Object.fromEntries(reasons),
    qualifiers: Object.fromEntries(qualifiers),
    others: Object.fromEntries(others),
  };
}

function quarantineOf(judged: readonly Rejudged[]): string | undefined {
  const differing = judged.filter(({ agrees }) => !agrees);
  if (differing.length === 0) return undefined;
  const cases = new Map(differing.map((one) => [one.caseId, one]));
  const texts = [...cases.values()].map(({ caseId, stored, again, text }) =>
    clip(again === undefined ? `${caseId} (${text})` : `${caseId} (claimed ${stored}, now ${again})`, 160),
  );
  const what = cases.size === 1 ? 'a case comes' : `${cases.size} cases come`;
  return clip(
    `Judged again from the evidence, ${what} out otherwise: ${listed(texts, 3)}.`,
    longest.quarantine,
  );
}
