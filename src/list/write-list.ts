/** The list from rows and their records: an entry at a time, and only those anew whose bundles changed. */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { byCodeUnit } from './canonical.js';
import type { Catalogue } from './catalogue.js';
import type { Counts, EntryTexts, KnownText, WrittenEntry } from './entry-texts.js';
import { type KinOf, kinshipOf } from './kinship.js';
import { entryText, ListWriter } from './list-writer.js';
import { entryOf, headOf, type OlderCases, olderCases } from './merge.js';
import type { RecordLog } from './record-log.js';
import type { Row } from './row.js';
import { type Entry, standings } from './schema.js';

export interface Writing {
  readonly rows: readonly Row[];
  readonly catalogue: Catalogue;
  readonly log: RecordLog;
  readonly texts: EntryTexts;
  /** The file to write. */
  readonly draft: string;
}

export interface ListSummary {
  readonly devices: number;
  /** How many bundles have each standing. */
  readonly counts: Counts;
  readonly quarantined: readonly { readonly path: string; readonly why: string }[];
}

export interface Written extends ListSummary {
  readonly entries: readonly WrittenEntry[];
}

export function writeList({ rows, catalogue, log, texts, draft }: Writing): Written {
  const kinOf = kinshipOf(rows.filter(({ eligible }) => eligible));
  const older = olderCases(rows);
  const recordOf = (row: Row) => log.read(row);
  const writer = new ListWriter(draft, headOf(catalogue, older));
  const entries: WrittenEntry[] = [];
  const counts = noCounts();
  const quarantined: { path: string; why: string }[] = [];
  for (const group of groupsOf([...rows].sort(byDevice))) {
    const { id, kind } = group[0];
    const fingerprint = fingerprintOf(group, older, kinOf);
    const surroundings = { catalogue, older: older[kind] ?? [], kinOf };
    const known = texts.take(id, fingerprint);
    const { text, checksum, counts: own } = known ?? textOf(entryOf(group.map(recordOf), surroundings));
    for (const standing of standings) counts[standing] += own[standing];
    if (own.quarantined > 0) quarantined.push(...quarantinedIn(JSON.parse(text.toString()) as Entry));
    entries.push({ id, fingerprint, offset: writer.entry(text), length: text.length, checksum, counts: own });
  }
  writer.end();
  return { entries, devices: entries.length, counts, quarantined };
}

const byDevice = (x: Row, y: Row): number => byCodeUnit(x.id, y.id) || byCodeUnit(x.path, y.path);

/** Neighbours that are of one device. */
function* groupsOf(rows: readonly Row[]): Generator<readonly [Row, ...Row[]]> {
  let group: [Row, ...Row[]] | undefined;
  for (const row of rows) {
    if (group?.[0].id === row.id) {
      group.push(row);
    } else {
      if (group) yield group;
      group = [row];
    }
  }
  if (group) yield group;
}

/** Of all that an entry is made of, besides what the cache's key holds. */
function fingerprintOf(group: readonly Row[], older: OlderCases, kinOf: KinOf): string {
  const parts = group.map(({ path, identity, others, kind }) => {
    const ids = others.length > 0 ? (older[kind] ?? []).join(' ') : '';
    const { marks = [], first = '', ownFirst, contestedBy = '' } = kinOf(path) ?? {};
    const kin = [marks.join(' '), first, ownFirst?.path ?? '', ownFirst?.id ?? '', contestedBy].join('\n');
    return `${path}\n${identity}\n${kin}\n${ids}`;
  });
  return hash('sha256', parts.join('\n'), 'base64url').slice(0, 22);
}

function textOf(entry: Entry): KnownText {
  const text = Buffer.from(entryText(entry));
  return { text, checksum: crc32(text), counts: countsOf(entry) };
}

const noCounts = (): Record<keyof Counts, number> => ({
  counted: 0,
  preview: 0,
  duplicate: 0,
  quarantined: 0,
  withdrawn: 0,
});

function countsOf({ submissions }: Entry): Counts {
  const counts = noCounts();
  for (const { standing } of submissions) counts[standing] += 1;
  return counts;
}

const quarantinedIn = ({ submissions }: Entry) =>
  submissions
    .filter(({ standing }) => standing === 'quarantined')
    .map(({ path, why = '' }) => ({ path, why }));
