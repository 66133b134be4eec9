/** The catalogue's identity: which claims, at which level, by which clause. */
import { createHash } from 'node:crypto';
import type { Probe } from '../probe.js';
import type { ProbeInfo } from '../result.js';

/** sha256 over the ids, levels and clauses of every case: two runs with the same digest asked the same. */
export function catalogueDigest(probes: readonly Probe[]): string {
  const claims = probes.flatMap(({ id, requirement, cases }) =>
    cases.map((c) => [
      `${id}/${c.id}`,
      c.level ?? requirement.level,
      requirement.document,
      requirement.clause,
    ]),
  );
  return createHash('sha256').update(JSON.stringify(claims)).digest('hex');
}

export function probeInfo({ id, title, failureTitle, why, requirement }: Probe): ProbeInfo {
  return { id, title, failureTitle, why, requirement };
}
