/** Which bundles share evidence: a run that was submitted twice, or taken from another. */
import { hash } from 'node:crypto';
import { byCodeUnit } from './canonical.js';
import { digestsIn, sketchSize } from './sketch.js';

interface Arrival {
  readonly path: string;
  /** Of the manifest: its submitter may write what he likes, so it decides nothing between two parties. */
  readonly createdAt: string;
}

/** What is compared of a bundle. */
export interface Submitted extends Arrival {
  /** Of the device. */
  readonly id: string;
  readonly run: string;
  readonly organisation: string;
  /** See `EvidenceSketch`. */
  readonly evidence: string;
}

/** What a bundle has to do with those that share evidence with it. Only what two have in common themselves joins them: a third
 *  bundle that holds something of each must not. */
export interface Kin {
  /** Marks that others have too: two bundles share evidence where they have one in common. */
  readonly marks: readonly bigint[];
  /** The path of the first that was submitted of those that share with it, itself among them. */
  readonly first: string;
  /** The first of them that is of its own party. */
  readonly ownFirst: Pick<Submitted, 'path' | 'id'>;
  /** Where several parties have some of its evidence, not all for one device: the path of a bundle of another device. */
  readonly contestedBy?: string;
}

/** Undefined where a bundle shares evidence with none. */
export type KinOf = (path: string) => Kin | undefined;

/** Finds them among all bundles that may count; the others take nobody's place. Memory is some 300 octets a bundle while it
 *  looks, and then only what is shared. */
export function kinshipOf(bundles: readonly Submitted[]): KinOf {
  const repeated = repeatedIn(bundles);
  const sharing = [...bundles]
    .map((bundle) => ({ bundle, marks: [...marksOf(bundle).filter((mark) => repeated.has(mark))] }))
    .filter(({ marks }) => marks.length > 0)
    .sort((x, y) => firstSubmitted(x.bundle, y.bundle));
  const holders = new Map<bigint, Holders>();
  for (const { bundle, marks } of sharing) {
    for (const mark of marks) {
      const known = holders.get(mark) ?? new Map();
      holders.set(mark, known);
      const { first = bundle, other } = known.get(bundle.organisation) ?? {};
      known.set(bundle.organisation, {
        first,
        other: other ?? (first.id === bundle.id ? undefined : bundle),
      });
    }
  }
  const kin = new Map(
    sharing.map(({ bundle, marks }) => {
      const ofEach = marks.flatMap((mark) => holders.get(mark) ?? []);
      return [bundle.path, { marks, ...kinAmong(bundle, ofEach) }];
    }),
  );
  return (path) => kin.get(path);
}

/** Whose bundles have a mark: of each party the first, and its first of another device than that. They tell of any bundle who says
 *  otherwise, without a look at all. */
type Holders = Map<string, { readonly first: Submitted; readonly other: Submitted | undefined }>;

/** @param holders of each of its marks */
function kinAmong(bundle: Submitted, holders: readonly Holders[]): Omit<Kin, 'marks'> {
  const earliest = (all: readonly Submitted[]) =>
    all.reduce<Submitted | undefined>((x, y) => (x && firstSubmitted(x, y) <= 0 ? x : y), undefined);
  const firsts = holders.flatMap((parties) => [...parties.values()].map(({ first }) => first));
  const own = firsts.filter(({ organisation }) => organisation === bundle.organisation);
  const others = holders.filter(isContested).flatMap((parties) => elsewhere(bundle, parties));
  const theirs = others.filter(({ organisation }) => organisation !== bundle.organisation);
  const { path, id } = earliest(own) ?? bundle;
  const contestedBy = (earliest(theirs) ?? earliest(others))?.path;
  return {
    first: (earliest(firsts) ?? bundle).path,
    ownFirst: { path, id },
    ...(contestedBy !== undefined && { contestedBy }),
  };
}

/** Where several parties hold it, and some of them for another device. */
function isContested(parties: Holders): boolean {
  const all = [...parties.values()];
  return (
    all.length > 1 && all.some(({ first, other }) => other !== undefined || first.id !== all[0]?.first.id)
  );
}

/** Bundles of other devices than this one's. */
const elsewhere = ({ id }: Submitted, parties: Holders): Submitted[] =>
  [...parties.values()].flatMap(({ first, other }) => (first.id === id ? (other ?? []) : first));

export const firstSubmitted = (x: Arrival, y: Arrival): number =>
  byCodeUnit(x.createdAt, y.createdAt) || byCodeUnit(x.path, y.path);

/** So many bundles are counted of those that share a piece of evidence: to count them all would take as long as there are pairs. */
const countedKin = 100;

/**
 * Those of which no two share evidence, in the order given. Who shares with few is taken before who shares with many: else
 * whoever holds something of two others would stand for both.
 */
export function independentOf<T>(items: readonly T[], marksOf: (item: T) => Iterable<bigint>): T[] {
  const marks = new Map(items.map((item) => [item, [...marksOf(item)]]));
  const holders = new Map<bigint, T[]>();
  for (const [item, own] of marks) {
    for (const mark of own) {
      const known = holders.get(mark);
      if (!known) holders.set(mark, [item]);
      else if (known.length < countedKin) known.push(item);
    }
  }
  const kinCount = new Map(
    [...marks].map(([item, own]) => [item, new Set(own.flatMap((mark) => holders.get(mark) ?? [])).size]),
  );
  const fewestFirst = [...items].sort((x, y) => (kinCount.get(x) ?? 0) - (kinCount.get(y) ?? 0));
  const taken = new Set<bigint>();
  const chosen = new Set<T>();
  for (const item of fewestFirst) {
    const own = marks.get(item) ?? [];
    if (own.some((mark) => taken.has(mark))) continue;
    for (const mark of own) taken.add(mark);
    chosen.add(item);
  }
  return items.filter((item) => chosen.has(item));
}

/** Those that more than one bundle has. A map of all would take tens of megabytes; numbers in a row can be sorted. */
function repeatedIn(bundles: readonly Submitted[]): ReadonlySet<bigint> {
  const marks = new BigUint64Array(bundles.length * (sketchSize + 1));
  let end = 0;
  for (const bundle of bundles) {
    const own = marksOf(bundle);
    marks.set(own, end);
    end += own.length;
  }
  const sorted = marks.subarray(0, end).sort();
  return new Set(sorted.filter((mark, n) => mark === sorted[n - 1]));
}

/** Of its captures, and of its run: where that is of several devices, each has a bundle with its id, so it tells something of
 *  one device only. */
function marksOf({ id, run, evidence }: Submitted): BigUint64Array {
  const digests = digestsIn(evidence);
  const marks = new BigUint64Array(digests.length + 1);
  marks.set(digests);
  marks[digests.length] = hash('sha256', `${id}\n${run}`, 'buffer').readBigUInt64LE();
  return marks;
}
