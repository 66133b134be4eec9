/** Which bundles count. */
import { byCodeUnit } from './canonical.js';
import { type BundleRecord, isEligible } from './record.js';
import type { Entry } from './schema.js';

type Standing = Pick<Entry['submissions'][number], 'standing' | 'why'>;

/** What is compared to tell which of several was submitted first. */
export interface Arrival {
  readonly path: string;
  readonly createdAt: string;
}

export const firstSubmitted = (x: Arrival, y: Arrival): number =>
  byCodeUnit(x.createdAt, y.createdAt) || byCodeUnit(x.path, y.path);

/** The path of the first bundle that may count and has this evidence; undefined where none has. */
export type FirstWith = (evidence: string) => string | undefined;

/** Collects, over all devices, who was first with some evidence. */
export class EvidenceIndex {
  readonly #first = new Map<string, Arrival>();

  /** Of bundles that may count only: what counts for nothing takes nobody's place. */
  add(evidence: string, arrival: Arrival): void {
    if (evidence === '') return;
    const before = this.#first.get(evidence);
    if (!before || firstSubmitted(arrival, before) < 0) this.#first.set(evidence, arrival);
  }

  readonly firstWith: FirstWith = (evidence) => this.#first.get(evidence)?.path;
}

/** The standing of each record of one device, by path. */
export function standingsOf(
  records: readonly BundleRecord[],
  firstWith: FirstWith,
): ReadonlyMap<string, Standing> {
  const firstRun = new Map<string, BundleRecord>();
  for (const record of records.filter(isEligible).sort(firstSubmitted))
    if (!firstRun.has(record.run)) firstRun.set(record.run, record);
  const standing = (record: BundleRecord): Standing => {
    if (record.withdrawn !== undefined) return { standing: 'withdrawn', why: record.withdrawn };
    if (record.quarantine !== undefined) return { standing: 'quarantined', why: record.quarantine };
    if (!record.signed) return { standing: 'preview', why: 'It is not signed, so it counts for nothing.' };
    const sameRun = firstRun.get(record.run)?.path ?? record.path;
    if (sameRun !== record.path) {
      return { standing: 'duplicate', why: `It is run ${record.run} again, like reports/${sameRun}.` };
    }
    const sameEvidence = firstWith(record.evidence) ?? record.path;
    if (sameEvidence !== record.path) {
      return { standing: 'duplicate', why: `Its evidence is that of reports/${sameEvidence}.` };
    }
    return { standing: 'counted' };
  };
  return new Map(records.map((record) => [record.path, standing(record)]));
}
