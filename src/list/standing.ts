/** Which bundles count. */
import { canonical } from './canonical.js';
import { firstSubmitted, type Kin, type KinOf } from './kinship.js';
import type { BundleRecord } from './record.js';
import type { Entry } from './schema.js';
import { voiceKey } from './voices.js';

type Standing = Pick<Entry['submissions'][number], 'standing' | 'why'>;

/** The standing of each record of one device, by path. @param records in any order. */
export function standingsOf(records: readonly BundleRecord[], kinOf: KinOf): ReadonlyMap<string, Standing> {
  const alone = new Map(records.map((record) => [record.path, aloneOf(record, kinOf(record.path))]));
  const mayCount = records.filter(({ path }) => alone.get(path)?.standing === 'counted');
  const originals = originalsOf(mayCount, kinOf);
  return new Map(
    [...alone].map(([path, standing]) => {
      const original = originals.get(path);
      const why = `It says again what reports/${original} says.`;
      return [path, original === undefined ? standing : { standing: 'duplicate', why }];
    }),
  );
}

/** Whatever the device's other bundles say. */
function aloneOf(record: BundleRecord, kin: Kin | undefined): Standing {
  if (record.withdrawn !== undefined) return { standing: 'withdrawn', why: record.withdrawn };
  if (record.quarantine !== undefined) return { standing: 'quarantined', why: record.quarantine };
  if (!record.signed) return { standing: 'preview', why: 'It is not signed, so it counts for nothing.' };
  if (!kin) return { standing: 'counted' };
  const { first, ownFirst, contestedBy } = kin;
  if (contestedBy !== undefined) {
    const why =
      `It shares evidence with reports/${contestedBy}, of another device, and different parties signed them: ` +
      'a maintainer has to find out whose it is, and have the other withdrawn.';
    return { standing: 'quarantined', why };
  }
  if (ownFirst.id !== record.id) {
    return {
      standing: 'duplicate',
      why: `Its evidence is that of reports/${ownFirst.path}, of another device.`,
    };
  }
  const isFirst = first === record.path;
  return { standing: 'counted', ...(!isFirst && { why: `It shares evidence with reports/${first}.` }) };
}

/**
 * Of each that says again what another one says of the same evidence, as the same voice: the path of the one that was
 * submitted first. What says less than another, or something else, is no mere copy: whoever could have it stand for the other
 * would have that one's failures forgotten.
 */
function originalsOf(records: readonly BundleRecord[], kinOf: KinOf): ReadonlyMap<string, string> {
  const originals = new Map<string, string>();
  /** By what is said, and of which evidence. */
  const saidFirst = new Map<string, Map<bigint, string>>();
  for (const record of [...records].sort(firstSubmitted)) {
    const { path, voice, letters, others, measurements } = record;
    const marks = kinOf(path)?.marks ?? [];
    if (marks.length === 0) continue;
    const said = canonical({ voice: voiceKey(voice), letters, others, measurements });
    const known = saidFirst.get(said) ?? new Map<bigint, string>();
    saidFirst.set(said, known);
    const original = marks.map((mark) => known.get(mark)).find((one) => one !== undefined);
    if (original !== undefined) originals.set(path, original);
    for (const mark of marks) if (!known.has(mark)) known.set(mark, original ?? path);
  }
  return originals;
}
