/** From records to the list: pure, and independent of their order. */
import { type DeviceKind, deviceKinds } from '../result.js';
import { byCodeUnit } from './canonical.js';
import type { Catalogue, CatalogueCase } from './catalogue.js';
import { confidenceOf } from './confidence.js';
import { worstOf } from './headlines.js';
import { type KinOf, kinshipOf } from './kinship.js';
import type { RunLetter } from './letters.js';
import { notesOf, reasonIn } from './notes.js';
import { type BundleRecord, isEligible } from './record.js';
import type { Entry, HardwareList, ListStatus } from './schema.js';
import { standingsOf } from './standing.js';
import { type MergedCase, mergeCase, newestFirst, type Opinion, voicesOf } from './voices.js';

/** What an entry depends on besides its own records. */
export interface Surroundings {
  readonly catalogue: Catalogue;
  /** Ids of cases that only published suites before this one have, in order. */
  readonly older: readonly string[];
  /** Among all bundles that may count, of any device. */
  readonly kinOf: KinOf;
}

/** The whole list of a few records. `takeover compile` writes the same, an entry at a time. */
export function mergeRecords(records: readonly BundleRecord[], catalogue: Catalogue): HardwareList {
  const kinOf = kinshipOf(records.filter(isEligible));
  const groups = new Map<string, BundleRecord[]>();
  for (const record of records) groups.set(record.id, [...(groups.get(record.id) ?? []), record]);
  const older = olderCases(
    records.map((record) => ({
      eligible: isEligible(record),
      kind: record.device.kind,
      others: Object.keys(record.others),
    })),
  );
  return {
    ...headOf(catalogue, older),
    entries: [...groups]
      .sort(([x], [y]) => byCodeUnit(x, y))
      .map(([, group]) => {
        const kind = group[0]?.device.kind ?? 'switch';
        return entryOf(group, { catalogue, older: older[kind] ?? [], kinOf });
      }),
  };
}

/** Ids that the catalogue does not have, by kind of device, in order. */
export type OlderCases = Readonly<Record<string, readonly string[]>>;

/** Of the bundles that may count. */
export function olderCases(bundles: Iterable<CasesOf>): OlderCases {
  const ids = new Map<string, Set<string>>(deviceKinds.map((kind) => [kind, new Set()]));
  for (const { eligible, kind, others } of bundles)
    if (eligible) for (const id of others) ids.get(kind)?.add(id);
  return Object.fromEntries([...ids].map(([kind, set]) => [kind, [...set].sort(byCodeUnit)]));
}

interface CasesOf {
  readonly eligible: boolean;
  readonly kind: DeviceKind;
  /** Ids that the catalogue does not have. */
  readonly others: readonly string[];
}

/** All of the list but its entries. */
export function headOf({ suite, cases }: Catalogue, older: OlderCases): Omit<HardwareList, 'entries'> {
  const catalogue = deviceKinds.map((kind) => [
    kind,
    [...cases[kind].map(({ id }) => id), ...(older[kind] ?? [])],
  ]);
  return {
    schemaVersion: 2,
    suite: { ...suite },
    catalogue: Object.fromEntries(catalogue) as HardwareList['catalogue'],
  };
}

/** One device's entry, of all its records. */
export function entryOf(records: readonly BundleRecord[], surroundings: Surroundings): Entry {
  const sorted = [...records].sort(newestFirst);
  const newest = sorted[0];
  if (!newest) throw new Error('An entry has at least one bundle.');
  const standings = standingsOf(sorted, surroundings.kinOf);
  const counted = sorted.filter(({ path }) => standings.get(path)?.standing === 'counted');
  const voices = voicesOf(counted);
  const current = surroundings.catalogue.cases[newest.device.kind];
  const contested = sorted.filter(({ path }) => surroundings.kinOf(path)?.contestedBy !== undefined);
  const merge = (c: CatalogueCase, letterOf: (record: BundleRecord) => string) =>
    mergeCase(c, voices, contested, (record) => letterOf(record) as RunLetter);
  const cases = current.map((c, index) => merge(c, ({ letters }) => letters[index] ?? '-'));
  const others = surroundings.older.map((id) => merge(olderCase(id), (record) => record.others[id] ?? '-'));
  const places = new Map(current.map(({ id }, index) => [id, index]));
  const musts = cases.filter(({ level }) => level === 'must');
  const missing = musts.filter(isMissing);
  const notes = voices.length === 0 ? [] : notesOf(cases);
  return {
    id: newest.id,
    device: newest.device,
    status: statusOf(musts, notes, sorted, counted.length),
    failing: musts.filter(({ letter }) => letter === 'F').map(failingOf),
    disputed: musts.filter(({ letter }) => letter === 'D').map(disputedOf),
    missing: voices.length === 0 ? [] : missing.map(({ id }) => id),
    notes,
    measurements: worstOf(
      counted.flatMap(({ path, measurements }) => measurements.map((m) => ({ ...m, run: path }))),
    ),
    outcomes: outcomesOf(cases, others),
    confidence: confidenceOf({
      voices,
      musts,
      newMusts: voices.length === 0 ? [] : musts.filter(({ letter }) => letter === '-').map(({ id }) => id),
      letterOf: ({ letters }, id) => (letters[places.get(id) ?? -1] ?? '-') as RunLetter,
      kinOf: surroundings.kinOf,
      newest: counted[0] ?? newest,
    }),
    submissions: sorted.map((record) => submissionOf(record, standings)),
  };
}

/** What the catalogue no longer has decides nothing. */
const olderCase = (id: string): CatalogueCase => ({ id, level: 'info', slow: false });

/** A must that nobody settled, and that the suite of some run is not excused for. What takes minutes may be left out. */
const isMissing = ({ letter, slow }: MergedCase): boolean => letter === 'I' || (letter === 'X' && !slow);

function statusOf(
  musts: readonly MergedCase[],
  notes: readonly string[],
  all: readonly BundleRecord[],
  counted: number,
): ListStatus {
  if (counted === 0) return all.some(({ withdrawn }) => withdrawn !== undefined) ? 'withdrawn' : 'untested';
  const some = (letter: MergedCase['letter']) => musts.some((c) => c.letter === letter);
  if (some('F')) return 'non-compliant';
  if (some('D')) return 'disputed';
  if (musts.some(isMissing) || !some('P')) return 'inconclusive';
  return notes.length > 0 ? 'compliant-with-notes' : 'compliant';
}

const runsOf = (opinions: readonly Opinion[], letter: Opinion['letter']): BundleRecord[] =>
  opinions
    .filter((opinion) => opinion.letter === letter)
    .map(({ by }) => by)
    .sort(newestFirst);

function failingOf({ id, opinions }: MergedCase): Entry['failing'][number] {
  const runs = runsOf(opinions, 'F');
  return { id, reason: runs[0] ? reasonIn(runs[0], id) : '', runs: runs.map(({ path }) => path) };
}

function disputedOf({ id, opinions }: MergedCase): Entry['disputed'][number] {
  const paths = (letter: 'P' | 'F') => runsOf(opinions, letter).map(({ path }) => path);
  return { id, pass: paths('P'), fail: paths('F') };
}

/** Letters of older cases stand behind those of the catalogue, as many as are needed. */
function outcomesOf(cases: readonly MergedCase[], others: readonly MergedCase[]): string {
  const letters = (merged: readonly MergedCase[]) =>
    merged.map(({ letter }) => (letter === 'X' ? '-' : letter)).join('');
  return `${letters(cases)}${letters(others).replace(/-+$/, '')}`;
}

function submissionOf(
  record: BundleRecord,
  standings: ReturnType<typeof standingsOf>,
): Entry['submissions'][number] {
  const { path, run, startedAt, suite, status, organisation, relation, voice } = record;
  const { standing, why } = standings.get(path) ?? { standing: 'counted' };
  return {
    ...{ path, run, startedAt, suite, status, organisation, relation, voice, standing },
    ...(why !== undefined && { why }),
  };
}
