/** Which bundles count. */
import { canonical } from './canonical.js';
import { firstSubmitted, type KinOf } from './kinship.js';
import type { BundleRecord } from './record.js';
import type { Entry } from './schema.js';
import { voiceKey } from './voices.js';

type Standing = Pick<Entry['submissions'][number], 'standing' | 'why'>;

/** The standing of each record of one device, by path. @param records in any order. */
export function standingsOf(records: readonly BundleRecord[], kinOf: KinOf): ReadonlyMap<string, Standing> {
  return new Map(records.map((record) => [record.path, standingOf(record, records, kinOf)]));
}

function standingOf(record: BundleRecord, records: readonly BundleRecord[], kinOf: KinOf): Standing {
  if (record.withdrawn !== undefined) return { standing: 'withdrawn', why: record.withdrawn };
  if (record.quarantine !== undefined) return { standing: 'quarantined', why: record.quarantine };
  if (!record.signed) return { standing: 'preview', why: 'It is not signed, so it counts for nothing.' };
  const kin = kinOf(record.path);
  if (!kin) return { standing: 'counted' };
  const { first, contestedBy } = kin;
  if (contestedBy !== undefined) {
    const why =
      `It shares evidence with reports/${contestedBy}, of another device, and different parties signed them: ` +
      'a maintainer has to find out whose it is, and have the other withdrawn.';
    return { standing: 'quarantined', why };
  }
  if (first.id !== record.id) {
    return {
      standing: 'duplicate',
      why: `Its evidence is that of reports/${first.path}, of another device.`,
    };
  }
  const [original = record] = records
    .filter((other) => kinOf(other.path)?.first.path === first.path && saysTheSame(record, other))
    .sort(firstSubmitted);
  if (original.path !== record.path) {
    return { standing: 'duplicate', why: `It says again what reports/${original.path} says.` };
  }
  const isFirst = first.path === record.path;
  return { standing: 'counted', ...(!isFirst && { why: `It shares evidence with reports/${first.path}.` }) };
}

/** As the same voice. What says less than another, or something else, is no mere copy: whoever could have it stand for the
 *  other would have that one's failures forgotten. */
function saysTheSame(one: BundleRecord, other: BundleRecord): boolean {
  const said = ({ letters, others, measurements }: BundleRecord) =>
    canonical({ letters, others, measurements });
  return voiceKey(one.voice) === voiceKey(other.voice) && said(one) === said(other);
}
