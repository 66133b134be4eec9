/** The catalogue's identity: which claims, at which level, by which clause. */
import { createHash } from 'node:crypto';
import type { Probe, ProbeCase } from '../probe.js';
import type { ProbeInfo } from '../result.js';

/** sha256 over the ids, levels and clauses of every case: two runs with the same digest asked the same. A bench
 *  file's own cases are not of the catalogue. */
export function catalogueDigest(probes: readonly Probe[]): string {
  const claims = probes.flatMap(({ id, requirement, cases }) =>
    cases
      .filter(({ ofBench }) => !ofBench)
      .map((c) => [`${id}/${c.id}`, c.level ?? requirement.level, requirement.document, requirement.clause]),
  );
  return createHash('sha256').update(JSON.stringify(claims)).digest('hex');
}

/** Whether a case waits for the device's long timers, and so runs only when it is asked for. */
export function isSlow({ slow }: Pick<ProbeCase<unknown>, 'slow'>): boolean {
  return slow === true;
}

/** Why a run left a case out. */
export const leftOut = { slow: 'slow: it runs with --slow', deselected: 'left out by --grep' } as const;

export function probeInfo({ id, chapter, title, failureTitle, why, requirement }: Probe): ProbeInfo {
  return { id, ...(chapter !== undefined && { chapter }), title, failureTitle, why, requirement };
}
