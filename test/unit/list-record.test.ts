import assert from 'node:assert/strict';
import { parseBench } from '../../src/bench/file.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { Catalogue } from '../../src/list/catalogue.js';
import { recordOf } from '../../src/list/record.js';
import { deviceSlug } from '../../src/list/slug.js';
import type { CaseResult, Result } from '../../src/result.js';
import { relearnLimit } from '../../src/result.js';
import { caseOf, mixedCases, relearns, resultOf } from './report-fixtures.js';

const digest = resultOf([]).suite.catalogueDigest;

const ofCatalogue = (ids: readonly [id: string, level: 'must' | 'should' | 'info'][]): Catalogue => ({
  suite: { version: '9', catalogueDigest: digest },
  cases: { switch: ids.map(([id, level]) => ({ id, level, slow: false })), host: [], router: [], nic: [] },
  published: {},
});

const catalogue = ofCatalogue([
  ['switch/relearns/garp-request', 'must'],
  ['switch/relearns/rarp', 'must'],
  ['switch/relearns/unsolicited-na', 'must'],
  ['switch/relearns/vlan-tagged', 'must'],
  ['switch/relearns/minimum-size', 'must'],
  ['switch/link-down/old-port', 'should'],
  ['switch/other/never-run', 'must'],
]);

function bundleOf(
  cases: readonly CaseResult[],
  over: Partial<Bundle> = {},
  result: Partial<Result> = {},
): Bundle {
  const of = resultOf(cases, { deselected: [], ...result });
  return {
    path: 'acme/s24/2025-11-20-acme',
    folder: '/nowhere',
    manifest: { schemaVersion: 1, createdAt: '2025-11-21T02:00:00+02:00', files: [] },
    manifestSha256: '0'.repeat(64),
    subject: { schemaVersion: 1, device: of.device, tester: { organisation: 'Acme', relation: 'vendor' } },
    result: of,
    signer: {
      principal: 'acme',
      organisation: 'Acme',
      relation: 'vendor',
      voice: 'Acme',
      fingerprint: 'SHA256:x',
    },
    withdrawal: null,
    ...over,
  };
}

const agreed = (caseId: string) =>
  ({ caseId, attempt: 1, stored: 'pass', again: 'pass', agrees: true, text: '' }) as const;
const differs = (caseId: string) => ({ ...agreed(caseId), again: 'fail', agrees: false }) as const;

describe('the record of a bundle', () => {
  it('has a letter for each case of the catalogue, and reasons for what is not well', () => {
    const record = recordOf(bundleOf(mixedCases()), [agreed('x')], catalogue);
    assert.equal(record.letters, 'PKINPFX');
    assert.deepEqual(Object.keys(record.reasons), [
      'switch/relearns/rarp',
      'switch/relearns/unsolicited-na',
      'switch/link-down/old-port',
    ]);
    assert.deepEqual(record.qualifiers, {
      'switch/relearns/minimum-size': ['slow: 840 ms, near the limit of 1000 ms'],
    });
    const { measurements } = recordOf(bundleOf(mixedCases()), [], {
      ...catalogue,
      cases: { ...catalogue.cases, switch: [{ id: 'switch/relearn-time/rarp', level: 'info', slow: false }] },
    });
    assert.deepEqual(
      measurements.map(({ case: id, value, unit }) => [id, value, unit]),
      [['switch/relearn-time/rarp', 301, 's']],
    );
    assert.equal(record.id, deviceSlug(record.device));
    assert.deepEqual([record.createdAt, record.signed], ['2025-11-21T00:00:00.000Z', true]);
  });

  it('takes a case for new only where the run is of a published suite that did not have it', () => {
    const older = { version: '0.0.9', catalogueDigest: 'a'.repeat(64) };
    const published = {
      [older.catalogueDigest]: {
        version: older.version,
        cases: {
          switch: ['switch/relearns/garp-request', 'switch/relearns/rarp'],
          ...{ host: [], router: [], nic: [] },
        },
      },
    };
    const passed = [caseOf(relearns, 'garp-request')];
    const letters = (over: Partial<Result>, of: Catalogue = catalogue) =>
      recordOf(bundleOf(passed, {}, over), [], of).letters;
    assert.equal(letters({}), 'PXXXXXX');
    assert.equal(letters({ suite: older }), 'PXXXXXX', 'a suite that nobody knows');
    assert.equal(letters({ suite: { ...older, catalogueDigest: 'constructor' } }), 'PXXXXXX');
    assert.equal(letters({ suite: older }, { ...catalogue, published }), 'PX-----');
  });

  it('tells nothing of a bench file’s own cases, whose names anybody may choose, but of those of published suites', () => {
    const own = recordOf(bundleOf(mixedCases()), [], catalogue);
    assert.deepEqual([own.others, own.measurements], [{}, []]);
    const suite = (ids: readonly string[]) => ({
      version: '0.0.9',
      cases: { switch: ids, host: ['switch/link-down/new-port'], router: [], nic: [] },
    });
    const published = {
      ['a'.repeat(64)]: suite(['switch/relearns/garp-reply', 'switch/relearns/rarp']),
      ['b'.repeat(64)]: suite(['switch/relearn-time/rarp']),
    };
    const told = recordOf(bundleOf(mixedCases()), [], { ...catalogue, published });
    assert.deepEqual(Object.keys(told.others), ['switch/relearns/garp-reply', 'switch/relearn-time/rarp']);
    assert.deepEqual(
      told.measurements.map(({ case: id }) => id),
      ['switch/relearn-time/rarp'],
    );
  });

  it('tells of a limit that is longer than that of a bench file which gives none', () => {
    const limit = (relearnMs: number) => {
      const { bench } = resultOf([]);
      return recordOf(bundleOf([], {}, { bench: { ...bench, limits: { relearnMs } } }), [], catalogue)
        .lenientMs;
    };
    assert.deepEqual([limit(relearnLimit.usualMs), limit(999), limit(1001)], [undefined, undefined, 1001]);
    const device = 'kind: switch, vendor: V, model: M, firmware: F';
    const text = `bench: x\nports: {a: eth1, b: eth2}\ndevices:\n  - {${device}}\n`;
    const bench = parseBench(text, { file: 'bench.yaml', directory: '/srv' });
    assert.equal(bench.limits.relearnMs, relearnLimit.usualMs);
  });

  it('says who stands behind it, and that nobody does', () => {
    const tester = { organisation: 'North Lab', relation: 'lab', contractedBy: 'Acme' } as const;
    const subject = { ...bundleOf([]).subject, tester };
    const unsigned = recordOf(bundleOf([], { subject, signer: null }), [], catalogue);
    assert.deepEqual([unsigned.signed, unsigned.organisation, unsigned.voice], [false, 'North Lab', 'Acme']);
  });

  it('repeats no word of the harness, which nobody can judge again', () => {
    const broken = caseOf(relearns, 'rarp', { outcome: 'error', reason: 'Certified for takeover.' });
    assert.deepEqual(recordOf(bundleOf([broken]), [], catalogue).reasons, {
      'switch/relearns/rarp': 'the harness failed',
    });
  });

  it('is quarantined where verdicts differ, and names the cases', () => {
    const judged = [agreed('a/b/c'), ...[1, 2, 3, 4, 5].map((n) => differs(`switch/relearns/${n}`))];
    const { quarantine = '' } = recordOf(bundleOf([]), judged, catalogue);
    assert.match(
      quarantine,
      /5 cases come out otherwise: switch\/relearns\/1 \(claimed pass, now fail\), .* and 2 more\.$/,
    );
    const whole = { ...differs(''), again: undefined, text: 'the likely causes do not follow' };
    assert.match(
      recordOf(bundleOf([]), [whole], catalogue).quarantine ?? '',
      /the likely causes do not follow/,
    );
  });

  it('stays small, and on its lines, whatever the bundle says', () => {
    const loud = `${'\u0007\u202e"\\<script>'.repeat(300)}\n`;
    const many = Array.from({ length: 1_000 }, (_, n) =>
      caseOf(relearns, `case-${n}`, {
        outcome: n % 2 ? 'fail' : 'pass',
        reason: loud,
        qualifiers: [loud, loud, loud, loud],
        measurements: [{ name: `relearn time, ${loud}`, value: n, unit: 'ms' }],
      }),
    );
    const known = ofCatalogue(many.slice(0, 500).map(({ id }): [string, 'must'] => [id, 'must']));
    const judged = many.map(({ id }) => ({ ...differs(id), again: undefined, text: loud }));
    const withdrawal = {
      schemaVersion: 1,
      manifestSha256: '0'.repeat(64),
      at: '2026-01-01',
      reason: loud,
    } as const;
    const record = recordOf(bundleOf(many, { withdrawal }), judged, known);
    const json = JSON.stringify(record);
    assert.ok(Buffer.byteLength(json) < 10_000, `${Buffer.byteLength(json)} octets`);
    assert.doesNotMatch(json, /\\u0007|\u202e|\\n/);
    assert.equal(record.letters.length, 500);
  });
});
