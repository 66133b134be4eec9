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

/** What a bundle has to do with all those that share evidence with it, directly or through others. */
export interface Kin {
  /** Of all of them, by `createdAt`, ties by path. */
  readonly first: Pick<Submitted, 'path' | 'id'>;
  /** Where parties say of the evidence that it is of different devices: the path of a bundle that says otherwise. */
  readonly contestedBy?: string;
}

/** Undefined where a bundle shares evidence with none. */
export type KinOf = (path: string) => Kin | undefined;

/** Finds them among all bundles that may count; the others take nobody's place. Memory is some 300 octets a bundle while it
 *  looks, and then only what is shared. */
export function kinshipOf(bundles: readonly Submitted[]): KinOf {
  const kin = new Map<string, Kin>();
  for (const group of groupsOf(bundles)) {
    const [first] = group.sort(firstSubmitted);
    if (!first) continue;
    const isContested = differ(group, 'id') && differ(group, 'organisation');
    for (const member of group) {
      const contestedBy = isContested ? otherThan(member, group) : undefined;
      kin.set(member.path, { first, ...(contestedBy !== undefined && { contestedBy }) });
    }
  }
  return (path) => kin.get(path);
}

export const firstSubmitted = (x: Arrival, y: Arrival): number =>
  byCodeUnit(x.createdAt, y.createdAt) || byCodeUnit(x.path, y.path);

/** Where both do, some two bundles differ in both, and the files can't tell which of them is right. */
const differ = (group: readonly Submitted[], field: 'id' | 'organisation'): boolean =>
  group.some((member) => member[field] !== group[0]?.[field]);

/** Another device's bundle, another party's if there is one. */
function otherThan({ id, organisation }: Submitted, group: readonly Submitted[]): string | undefined {
  const other =
    group.find((one) => one.id !== id && one.organisation !== organisation) ??
    group.find((one) => one.id !== id);
  return other?.path;
}

/** Groups of two and more. */
function groupsOf(bundles: readonly Submitted[]): Submitted[][] {
  const repeated = repeatedIn(bundles);
  if (repeated.size === 0) return [];
  const neighbours = new Map<bigint, Submitted[]>();
  const sharing = new Map<Submitted, BigUint64Array>();
  for (const bundle of bundles) {
    const marks = marksOf(bundle).filter((mark) => repeated.has(mark));
    if (marks.length > 0) sharing.set(bundle, marks);
    for (const mark of marks) {
      const holders = neighbours.get(mark);
      if (holders) holders.push(bundle);
      else neighbours.set(mark, [bundle]);
    }
  }
  const groups: Submitted[][] = [];
  for (const bundle of sharing.keys()) {
    // Each mark is followed once, and each bundle told once.
    const group = new Set([bundle]);
    for (const member of group) {
      for (const mark of sharing.get(member) ?? []) {
        for (const other of neighbours.get(mark) ?? []) group.add(other);
        neighbours.delete(mark);
      }
      sharing.delete(member);
    }
    groups.push([...group]);
  }
  return groups;
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
