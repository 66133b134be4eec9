/** The list from rows and their records: an entry at a time, and only those anew whose bundles changed. */
import { hash } from 'node:crypto';
import { byCodeUnit } from './canonical.js';
import type { Catalogue } from './catalogue.js';
import type { Counts, EntryTexts, WrittenEntry } from './entry-texts.js';
import { entryText, ListWriter } from './list-writer.js';
import { entryOf, headOf, type OlderCases, olderCases } from './merge.js';
import type { RecordLog } from './record-log.js';
import type { Row } from './row.js';
import { type Entry, standings } from './schema.js';
import { EvidenceIndex, type FirstWith } from './standing.js';

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
  readonly sha256: string;
  readonly entries: readonly WrittenEntry[];
}

export function writeList({ rows, catalogue, log, texts, draft }: Writing): Written {
  const index = new EvidenceIndex();
  for (const row of rows) if (row.eligible) index.add(row.evidence, row);
  const older = olderCases(rows);
  const writer = new ListWriter(draft, headOf(catalogue, older));
  const entries: WrittenEntry[] = [];
  const counts = noCounts();
  const quarantined: { path: string; why: string }[] = [];
  for (const group of groupsOf([...rows].sort(byDevice))) {
    const { id, kind } = group[0];
    const fingerprint = fingerprintOf(group, older, index.firstWith);
    const surroundings = { catalogue, older: older[kind] ?? [], firstWith: index.firstWith };
    const { text, counts: own } =
      texts.take(id, fingerprint) ??
      textOf(
        entryOf(
          group.map((row) => log.read(row)),
          surroundings,
        ),
      );
    for (const standing of standings) counts[standing] += own[standing];
    if (own.quarantined > 0) quarantined.push(...quarantinedIn(JSON.parse(text.toString()) as Entry));
    entries.push({ id, fingerprint, offset: writer.entry(text), length: text.length, counts: own });
  }
  return { sha256: writer.end(), entries, devices: entries.length, counts, quarantined };
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
function fingerprintOf(group: readonly Row[], older: OlderCases, firstWith: FirstWith): string {
  const parts = group.map(({ path, identity, evidence, others, kind }) => {
    const ids = others.length > 0 ? (older[kind] ?? []).join(' ') : '';
    return `${path}\n${identity}\n${firstWith(evidence) ?? ''}\n${ids}`;
  });
  return hash('sha256', parts.join('\n'), 'base64url').slice(0, 22);
}

const textOf = (entry: Entry) => ({ text: Buffer.from(entryText(entry)), counts: countsOf(entry) });

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
