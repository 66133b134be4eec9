/** Records of bundles as tests need them: a small catalogue, and runs of it told in letters. */
import fc from 'fast-check';
import type { Catalogue } from '../../src/list/catalogue.js';
import { formatList } from '../../src/list/compile.js';
import { mergeRecords } from '../../src/list/merge.js';
import type { BundleRecord } from '../../src/list/record.js';
import type { Entry } from '../../src/list/schema.js';
import type { Device } from '../../src/result.js';

export const device: Device = {
  kind: 'switch',
  vendor: 'Acme',
  model: 'S24',
  hardware: 'B',
  firmware: '4.2.1',
  conditions: { 'port-security': 'off' },
};

/** Three musts, a slow one, a should and an info. */
export const catalogue: Catalogue = {
  suite: { version: '2.0.0', catalogueDigest: 'c'.repeat(64) },
  cases: {
    switch: [
      { id: 'switch/one/a', level: 'must', slow: false },
      { id: 'switch/one/b', level: 'must', slow: false },
      { id: 'switch/two/a', level: 'must', slow: false },
      { id: 'switch/slow/a', level: 'must', slow: true },
      { id: 'switch/good/a', level: 'should', slow: false },
      { id: 'switch/tells/a', level: 'info', slow: false },
    ],
    host: [],
    router: [],
    nic: [],
  },
  published: {},
};

export const allPassed = 'PPPPPP';

/** The sketch of captures that are told apart by numbers. */
export function sketchOf(...captures: readonly number[]): string {
  const octets = Buffer.alloc(8 * captures.length);
  for (const [n, capture] of captures.entries()) octets.writeBigUInt64BE(BigInt(capture), 8 * n);
  return octets.toString('base64url');
}

let made = 0;

/** A signed run of Acme's own, in which everything passed. Every one has a day, a run id and evidence of its own. */
export function record(over: Partial<BundleRecord> = {}): BundleRecord {
  made += 1;
  const day = new Date(Date.UTC(2026, 0, 1) + made * 86_400_000).toISOString();
  const { startedAt = day, organisation = 'Acme' } = over;
  return {
    path: `acme/s24/run-${made}`,
    id: 'acme-s24',
    device,
    run: `run-${made}`,
    startedAt,
    createdAt: startedAt,
    suite: '2.0.0',
    organisation,
    relation: organisation === 'Acme' ? 'vendor' : 'lab',
    voice: organisation,
    signed: true,
    evidence: sketchOf(1000 + made),
    status: 'compliant',
    letters: allPassed,
    others: {},
    reasons: {},
    qualifiers: {},
    measurements: [],
    ...over,
  };
}

/** The one entry that the records come to. */
export function entry(...records: readonly BundleRecord[]): Entry {
  const { entries } = mergeRecords(records, catalogue);
  const [only, ...more] = entries;
  if (!only || more.length > 0) throw new Error(`${entries.length} entries`);
  return only;
}

/** An hour of January 2026, and of what follows. */
export const time = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString();

export const anyLetters = fc
  .array(fc.constantFrom(...'PPPPPFFUKINX-'), { minLength: 6, maxLength: 6 })
  .map((each) => each.join(''));

/** Who tests: two vendors' voices, one of them with a lab that it pays, and the project. */
export const anyTester = fc.constantFrom(
  { organisation: 'Acme', relation: 'vendor', voice: 'Acme' } as const,
  { organisation: 'North Lab', relation: 'lab', voice: 'Acme' } as const,
  { organisation: 'South Lab', relation: 'lab', voice: 'South Lab' } as const,
  { organisation: 'Project', relation: 'project', voice: 'Project' } as const,
);

/** Much that is rare in the world is common here: shared runs and evidence, ties, bundles that do not count. */
export const anyRecords = fc
  .array(
    fc.record({
      letters: anyLetters,
      tester: anyTester,
      model: fc.constantFrom('S24', 'S24', 'S48'),
      startedAt: fc.integer({ min: 0, max: 5 }).map(time),
      fate: fc.constantFrom('', '', '', '', 'preview', 'withdrawn', 'quarantined'),
      run: fc.integer({ min: 0, max: 30 }),
      evidence: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 2 }),
      others: fc.constantFrom({}, {}, {}, { 'switch/gone/a': 'P' }, { 'switch/gone/b': 'F' }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) =>
    all.map(({ tester, model, fate, run, evidence, ...rest }, n): BundleRecord => {
      return record({
        ...tester,
        ...rest,
        path: `path-${n}-end`,
        id: model.toLowerCase(),
        device: { ...device, model },
        createdAt: time(100 + n),
        run: `run-${run}`,
        evidence: sketchOf(...evidence),
        signed: fate !== 'preview',
        ...(fate === 'withdrawn' && { withdrawn: 'Withdrawn.' }),
        ...(fate === 'quarantined' && { quarantine: 'Quarantined.' }),
      });
    }),
  );

/** The list of the records, as it is written. */
export const textOf = (all: readonly BundleRecord[], of: Catalogue = catalogue): string =>
  formatList(mergeRecords(all, of));
