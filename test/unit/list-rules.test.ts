import assert from 'node:assert/strict';
import { headlinesOf, worstOf } from '../../src/list/headlines.js';
import { runLetter } from '../../src/list/letters.js';
import { mergeRecords } from '../../src/list/merge.js';
import type { BundleRecord } from '../../src/list/record.js';
import { staleAfter } from '../../src/list/stale.js';
import type { Measurement, Outcome } from '../../src/result.js';
import { allPassed, catalogue, device, entry, record, sketchOf } from './list-records.js';
import { caseOf, relearns } from './report-fixtures.js';

/** Days of January 2026. */
const on = (day: number) => ({ startedAt: new Date(Date.UTC(2026, 0, day)).toISOString() });
const lab = { organisation: 'North Lab' };
const failedA = { letters: 'FPPPPP', reasons: { 'switch/one/a': 'It stayed at a.' } };

const standing = (...records: BundleRecord[]) =>
  Object.fromEntries(entry(...records).submissions.map(({ path, standing: how }) => [path, how]));

describe('an entry of the list', () => {
  it('is compliant where every must passed and nothing is to be said', () => {
    const one = entry(record());
    assert.equal(one.status, 'compliant');
    assert.equal(one.outcomes, allPassed);
    assert.deepEqual([one.failing, one.disputed, one.missing, one.notes], [[], [], [], []]);
    assert.deepEqual(one.submissions[0]?.standing, 'counted');
  });

  it('is of one device, hardware revision, firmware and set of conditions', () => {
    const others = [
      { ...device, hardware: 'C' },
      { ...device, firmware: '4.2.2' },
      { ...device, conditions: { 'port-security': 'on' } },
      { ...device, conditions: {} },
    ].map((other, n) => record({ device: other, id: `other-${n}`, ...failedA }));
    const { entries } = mergeRecords([record(), ...others], catalogue);
    assert.deepEqual(
      entries.map(({ id, status }) => [id, status]),
      [['acme-s24', 'compliant'], ...others.map(({ id }) => [id, 'non-compliant'])],
    );
  });

  it('says why a must failed, and in which run of each voice', () => {
    const [older, newer, theirs] = [
      record({ ...failedA, ...on(1) }),
      record({ ...failedA, ...on(2), reasons: { 'switch/one/a': 'It still stays.' } }),
      record({ ...failedA, ...on(3), ...lab, reasons: {} }),
    ];
    assert.deepEqual(entry(older, newer).failing, [
      { id: 'switch/one/a', reason: 'It still stays.', runs: [newer.path] },
    ]);
    assert.deepEqual(entry(older, newer, theirs).failing[0]?.runs, [theirs.path, newer.path]);
  });
});

describe('within one voice', () => {
  it('a reproducible failure of a must outweighs passes, older and newer', () => {
    for (const day of [1, 15, 30]) {
      const one = entry(record(on(10)), record({ ...failedA, ...on(day) }), record(on(20)));
      assert.equal(one.status, 'non-compliant');
    }
  });

  it('the newest run that settled a case counts otherwise', () => {
    assert.equal(entry(record({ ...on(2), letters: 'IPPPPP' }), record(on(1))).status, 'compliant');
    assert.equal(entry(record({ ...on(2) }), record({ ...on(1), letters: 'IPPPPP' })).status, 'compliant');
    const [passed, failed] = [record(on(2)), record({ ...on(1), letters: 'PPPPFF' })];
    assert.equal(entry(passed, failed).outcomes, allPassed);
    assert.equal(entry(passed, { ...failed, ...on(3) }).outcomes, 'PPPPFF');
  });

  for (const [what, letter] of [
    ['a failure that passed when it was tried again', 'U'],
    ['a flaky failure', 'K'],
  ] as const) {
    it(`${what} decides only while nothing newer passed, and stays as a note`, () => {
      const failed = record({ ...on(5), letters: `${letter}PPPPP` });
      assert.equal(entry(failed, record(on(1))).status, 'non-compliant');
      const one = entry(failed, record(on(9)));
      assert.equal(one.status, 'compliant-with-notes');
      assert.deepEqual(one.notes, [
        `switch/one/a failed in reports/${failed.path}, which was not reproduced.`,
      ]);
    });
  }

  it('two doubtful failures in two runs are a reproducible one; two flaky ones are not', () => {
    const twice = (letter: string) =>
      entry(...[1, 2].map((day) => record({ ...on(day), letters: `${letter}PPPPP` })), record(on(9))).status;
    assert.equal(twice('U'), 'non-compliant');
    assert.equal(twice('K'), 'compliant-with-notes');
  });
});

describe('between voices', () => {
  it('a pass against a failure of a must is a dispute that links both', () => {
    const [theirs, ours] = [record({ ...failedA, ...lab }), record()];
    const one = entry(theirs, ours);
    assert.equal(one.status, 'disputed');
    assert.deepEqual(one.disputed, [{ id: 'switch/one/a', pass: [ours.path], fail: [theirs.path] }]);
    assert.equal(one.outcomes, 'DPPPPP');
    assert.deepEqual(one.failing, []);
  });

  it('an undisputed failure makes a disputed entry non-compliant', () => {
    const one = entry(record({ letters: 'FFPPPP', ...lab }), record({ letters: 'PFPPPP' }));
    assert.equal(one.status, 'non-compliant');
    assert.equal(one.disputed.length, 1);
  });

  it('opposite results of a should are a note', () => {
    const one = entry(record(), record({ letters: 'PPPPFP', ...lab }));
    assert.equal(one.status, 'compliant-with-notes');
    assert.deepEqual(one.notes, ['switch/good/a: parties differ.']);
  });

  it('what one left open and another settled is settled', () => {
    assert.equal(entry(record(), record({ letters: 'IXNP--', ...lab })).status, 'compliant');
  });

  it('a lab that the vendor paid is the vendor’s voice, however it is spelt', () => {
    const paid = record({ ...failedA, ...lab, voice: ' ACME' });
    const one = entry(paid, record());
    assert.equal(one.status, 'non-compliant');
    assert.deepEqual(one.confidence.parties, ['ACME']);
    assert.equal(one.confidence.tier, 1);
  });
});

describe('musts that nobody settled', () => {
  it('leave the entry inconclusive where some run’s suite had them', () => {
    const open = entry(record({ letters: 'IPPPPP', reasons: { 'switch/one/a': 'The sentinel was lost.' } }));
    assert.equal(open.status, 'inconclusive');
    assert.deepEqual(open.missing, ['switch/one/a']);
    assert.deepEqual(open.notes, ['switch/one/a is not settled: The sentinel was lost.']);
    const left = entry(record({ letters: 'PXPPPP' }));
    assert.equal(left.status, 'inconclusive');
    assert.deepEqual(left.missing, ['switch/one/b']);
    assert.equal(left.outcomes, 'P-PPPP');
  });

  it('make the entry stale, and leave its status, where they are newer than every run', () => {
    const older = record({ letters: 'P-P-P-' });
    const one = entry(older);
    assert.equal(one.status, 'compliant');
    assert.deepEqual(one.confidence.newMusts, ['switch/one/b', 'switch/slow/a']);
    assert.deepEqual(one.missing, []);
    assert.equal(entry(older, record({ letters: 'FXFXFX' })).confidence.newMusts.length, 0);
  });

  it('are but a note where they wait for long timers', () => {
    const one = entry(record({ letters: 'PPPXPP' }));
    assert.equal(one.status, 'compliant-with-notes');
    assert.deepEqual(one.missing, []);
    assert.match(one.notes.join(), /^Left out of every run, since it is slow .*: switch\/slow\/a\.$/);
    assert.equal(entry(record({ letters: 'PPPIPP' })).status, 'inconclusive');
  });

  it('are no reason to call a device compliant where no must passed', () => {
    assert.equal(entry(record({ letters: '----PP' })).status, 'inconclusive');
    assert.equal(entry(record({ letters: 'NNNNPP' })).status, 'inconclusive');
  });

  it('are told where no bench could try them', () => {
    const one = entry(record({ letters: 'PNNPPP' }));
    assert.equal(one.status, 'compliant-with-notes');
    assert.deepEqual(one.notes, ['Not to be tried on any bench so far: switch/one/b, switch/two/a.']);
  });
});

describe('notes', () => {
  it('name a should that failed, with its reason, and what qualifies a must', () => {
    const one = entry(
      record({
        letters: 'PPPPFP',
        reasons: { 'switch/good/a': 'It was slow to flush.' },
        qualifiers: { 'switch/one/a': ['slow: 840 ms'] },
      }),
    );
    assert.deepEqual(one.notes, ['switch/one/a: slow: 840 ms', 'switch/good/a: It was slow to flush.']);
    assert.equal(one.status, 'compliant-with-notes');
  });

  it('say where a should was left out of every run; an info decides nothing', () => {
    assert.deepEqual(entry(record({ letters: 'PPPPXP' })).notes, ['Left out of every run: switch/good/a.']);
    for (const letter of 'XFIUKN-')
      assert.equal(entry(record({ letters: `PPPPP${letter}` })).status, 'compliant', letter);
  });
});

describe('a limit that is longer than usual', () => {
  const lenient = record({ ...on(9), lenientMs: 60_000 });
  const note = `Tested with a limit of 60000 ms to relearn in reports/${lenient.path}: 1000 ms are usual.`;

  it('is a note where a must passed under no other', () => {
    const one = entry(lenient);
    assert.deepEqual([one.status, one.notes], ['compliant-with-notes', [note]]);
    assert.deepEqual(entry(lenient, record({ ...lab, letters: 'PPXPPP' })).notes, [note]);
    assert.deepEqual(entry(lenient, record(on(3))).notes, [note], 'the newest run of a voice counts');
  });

  it('is none where every must passed under the usual one too', () => {
    assert.equal(entry(lenient, record(lab)).status, 'compliant');
    assert.equal(entry(lenient, record(on(10))).status, 'compliant');
    assert.equal(entry({ ...lenient, letters: 'XXXXPP' }, record(on(3))).status, 'compliant');
  });
});

describe('which bundles count', () => {
  it('an unsigned one is a preview and changes nothing', () => {
    const [preview, signed] = [record({ ...failedA, signed: false }), record()];
    assert.equal(entry(preview, signed).status, 'compliant');
    assert.equal(standing(preview, signed)[preview.path], 'preview');
    const alone = entry(preview);
    assert.deepEqual([alone.status, alone.confidence.tier, alone.outcomes], ['untested', 0, '------']);
    assert.deepEqual([alone.missing, alone.notes, alone.failing], [[], [], []]);
  });

  it('one whose verdicts do not follow from its evidence is quarantined, and says why', () => {
    const quarantine = 'Judged again from the evidence, a case comes out otherwise: switch/one/a.';
    const one = entry(record({ ...failedA, quarantine }), record());
    assert.equal(one.status, 'compliant');
    assert.deepEqual(
      one.submissions.filter((s) => s.standing === 'quarantined').map(({ why }) => why),
      [quarantine],
    );
    assert.equal(entry(record({ quarantine })).status, 'untested');
  });

  it('a withdrawn one is listed and has no effect', () => {
    const gone = record({ ...failedA, withdrawn: 'Withdrawn on 2026-02-01: wrong firmware.' });
    assert.equal(entry(gone, record()).status, 'compliant');
    assert.equal(entry(gone).status, 'withdrawn');
    assert.equal(entry(gone, record({ signed: false })).status, 'withdrawn');
    assert.equal(entry(gone).submissions[0]?.why, gone.withdrawn);
  });

  it('of a party’s bundles that say the same of the same run or evidence, the one that was submitted first', () => {
    const first = record({ createdAt: '2026-02-01T00:00:00.000Z', evidence: sketchOf(1, 2) });
    const later = { ...first, path: 'acme/s24/again', createdAt: '2026-02-02T00:00:00.000Z' };
    for (const copy of [
      { ...later, evidence: sketchOf(7) },
      { ...later, run: 'other', evidence: sketchOf(2, 7) },
      { ...later, run: 'other', evidence: first.evidence, organisation: 'Paid Lab' },
    ]) {
      assert.deepEqual(standing(copy, first), { [first.path]: 'counted', [copy.path]: 'duplicate' });
      const [why] = entry(copy, first).submissions.flatMap((one) => one.why ?? []);
      assert.equal(why, `It says again what reports/${first.path} says.`);
      assert.equal(entry(copy, first).confidence.runs, 1);
    }
    assert.equal(standing({ ...later, run: 'other', evidence: sketchOf(7) }, first)[later.path], 'counted');
  });

  it('one that leaves a failure out stands for nobody’s run that has it', () => {
    const failed = record({ ...failedA, evidence: sketchOf(1, 2, 3) });
    const partial = { letters: 'XPPPPP', evidence: sketchOf(2, 3), createdAt: '2020-01-01T00:00:00.000Z' };
    for (const who of [{}, { ...lab, voice: 'North Lab' }]) {
      const copy = { ...failed, ...partial, ...who, path: 'acme/s24/copy' };
      assert.equal(entry(copy, failed).status, 'non-compliant');
      assert.deepEqual(standing(copy, failed), { [failed.path]: 'counted', [copy.path]: 'counted' });
    }
  });

  it('one that another party signed again, which makes the two one party, whoever says he was first', () => {
    const own = record({ evidence: sketchOf(1, 2) });
    for (const createdAt of ['2020-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z']) {
      const copy = { ...own, path: 'acme/s24/copy', run: 'other', ...lab, voice: 'North Lab', createdAt };
      const { status, confidence, submissions } = entry(copy, own);
      assert.equal(status, 'compliant');
      assert.deepEqual([confidence.tier, confidence.runs], [1, 1]);
      assert.deepEqual(confidence.parties, ['Acme or North Lab']);
      assert.deepEqual(
        submissions.map(({ standing: how }) => how),
        ['counted', 'counted'],
      );
      assert.equal(
        submissions.filter(({ why }) => /^It shares evidence with reports\//.test(why ?? '')).length,
        1,
      );
      const more = [record({ ...lab }), record({ ...lab })];
      assert.equal(entry(copy, own, ...more).confidence.tier, 1, 'with runs of its own');
      assert.equal(entry(copy, own, record({ organisation: 'South Lab' })).confidence.tier, 2);
      const project = { organisation: 'Project', relation: 'project' as const };
      assert.equal(entry({ ...copy, ...project, voice: 'Project' }, own).confidence.tier, 1);
    }
  });

  it('is not made stale by what another dates back, of a part of its evidence', () => {
    const own = record({ ...on(20), evidence: sketchOf(1, 2) });
    const copy = record({ ...lab, ...on(1), letters: 'PXXXXX', evidence: sketchOf(2) });
    const { lastTested, runs, parties } = entry(own, copy).confidence;
    assert.deepEqual([lastTested, runs], [on(20).startedAt, 1]);
    assert.deepEqual(parties, ['Acme or North Lab']);
  });

  it('is as well believed where a third party has something of two others', () => {
    const ours = record({ evidence: sketchOf(1, 2) });
    const theirs = record({ organisation: 'South Lab', relation: 'project', evidence: sketchOf(11, 12) });
    const bridge = record({ ...lab, letters: 'PXXXXX', evidence: sketchOf(2, 12) });
    assert.equal(entry(ours, theirs).confidence.tier, 3);
    const { tier, runs, parties } = entry(bridge, theirs, ours).confidence;
    assert.deepEqual([tier, runs], [3, 2]);
    assert.deepEqual(parties, ['Acme or North Lab', 'North Lab or South Lab']);
    assert.equal(entry(bridge, ours).confidence.tier, 1);
  });

  it('can’t be made fresh by a copy that is dated later', () => {
    const own = record({ ...on(5), evidence: sketchOf(1) });
    const copy = { ...own, path: 'copy', run: 'other', letters: 'PPPPPX', ...on(31) };
    assert.equal(entry(own, copy).confidence.lastTested, on(5).startedAt);
    assert.equal(entry(own, { ...copy, evidence: sketchOf(2) }).confidence.lastTested, on(31).startedAt);
  });

  describe('of the same evidence under two devices', () => {
    const s48 = { id: 'acme-s48', device: { ...device, model: 'S48' } };
    const first = record({ createdAt: '2026-02-01T00:00:00.000Z', evidence: sketchOf(1, 2), ...failedA });
    const later = { ...first, ...s48, path: 'acme/s48/run', createdAt: '2026-02-02T00:00:00.000Z' };
    const theirs = { ...later, organisation: 'North Lab', voice: 'North Lab', evidence: sketchOf(2, 9) };
    const both = (...records: BundleRecord[]) => {
      const { entries } = mergeRecords(records, catalogue);
      return entries.map(({ id, status, submissions: [one] }) => [id, status, one?.standing]);
    };

    it('of one party, the one that was submitted first', () => {
      assert.deepEqual(both(later, first), [
        ['acme-s24', 'non-compliant', 'counted'],
        ['acme-s48', 'untested', 'duplicate'],
      ]);
      const [, one] = mergeRecords([later, first], catalogue).entries;
      assert.equal(
        one?.submissions[0]?.why,
        `Its evidence is that of reports/${first.path}, of another device.`,
      );
    });

    it('of two parties, none until it is known whose it is, whoever says he was first', () => {
      for (const createdAt of ['2020-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z']) {
        assert.deepEqual(both({ ...theirs, createdAt }, first), [
          ['acme-s24', 'untested', 'quarantined'],
          ['acme-s48', 'untested', 'quarantined'],
        ]);
      }
      const [one] = mergeRecords([theirs, first], catalogue).entries;
      assert.match(
        one?.submissions[0]?.why ?? '',
        /^It shares evidence with reports\/acme\/s48\/run, of another device/,
      );
    });

    it('of two parties, not those that share nothing with the other’s, though a bundle between them does', () => {
      const second = record({ evidence: sketchOf(3, 1), createdAt: '2026-02-03T00:00:00.000Z' });
      const entries = mergeRecords([theirs, second, first], catalogue).entries;
      const told = entries.flatMap(({ submissions }) => submissions);
      assert.deepEqual(Object.fromEntries(told.map(({ path, standing: how }) => [path, how])), {
        [first.path]: 'quarantined',
        [theirs.path]: 'quarantined',
        [second.path]: 'counted',
      });
      const why = told.find(({ path }) => path === theirs.path)?.why ?? '';
      assert.ok(why.startsWith(`It shares evidence with reports/${first.path}, of another device`), why);
    });

    it('of two parties, the one that was not withdrawn, and is signed, and agrees with its evidence', () => {
      for (const fate of [{ withdrawn: 'W' }, { quarantine: 'Q' }, { signed: false }]) {
        const [one] = both({ ...theirs, ...fate }, first);
        assert.deepEqual(one, ['acme-s24', 'non-compliant', 'counted']);
      }
    });

    it('none is another’s where only the run’s id is the same: a run may be of several devices', () => {
      assert.deepEqual(
        both({ ...later, evidence: sketchOf(9) }, first).map(([, , how]) => how),
        ['counted', 'counted'],
      );
    });

    it('a failure that is claimed elsewhere keeps a must open, and makes nothing worse than that', () => {
      const one = (...records: BundleRecord[]) => {
        const [entryOf] = mergeRecords([theirs, first, ...records], catalogue).entries;
        return entryOf;
      };
      const passed = record();
      assert.equal(one(passed)?.status, 'inconclusive');
      assert.deepEqual(one(passed)?.missing, ['switch/one/a']);
      assert.deepEqual(one(passed)?.notes, [
        `switch/one/a failed in reports/${first.path}, and whose evidence that is, is open.`,
      ]);
      assert.equal(one(record({ letters: 'PFPPPP' }))?.status, 'non-compliant');
      const noFailure = mergeRecords([theirs, { ...first, letters: allPassed }, passed], catalogue)
        .entries[0];
      assert.equal(noFailure?.status, 'compliant');
    });
  });

  it('what counts for nothing takes nobody’s place', () => {
    const first = record({ createdAt: '2026-02-01T00:00:00.000Z', signed: false });
    const signed = { ...first, path: 'z', createdAt: '2026-02-02T00:00:00.000Z', signed: true };
    for (const why of [{}, { signed: true, withdrawn: 'W' }, { signed: true, quarantine: 'Q' }])
      assert.equal(standing({ ...first, ...why }, signed)[signed.path], 'counted');
  });
});

describe('confidence', () => {
  it('has a tier: signed, two independent parties, reproduced by the project', () => {
    const project = { organisation: 'Project', relation: 'project' as const };
    assert.equal(entry(record()).confidence.tier, 1);
    assert.equal(entry(record(), record()).confidence.tier, 1);
    assert.equal(entry(record(), record(lab)).confidence.tier, 2);
    assert.equal(entry(record(), record(project)).confidence.tier, 3);
    assert.equal(entry(record(project)).confidence.tier, 1);
    assert.deepEqual(entry(record(), record(lab)).confidence.parties, ['Acme', 'North Lab']);
  });

  it('does not rise with a run that settles but a part of what decides', () => {
    assert.equal(entry(record(), record({ ...lab, letters: 'PXXXXX' })).confidence.tier, 1);
    const failing = entry(record({ letters: 'FPPPPP' }), record({ ...lab, letters: 'FXXXXX' }));
    assert.equal(failing.confidence.tier, 2);
    assert.equal(entry(record(), record({ ...lab, letters: 'PNPXPP' })).confidence.tier, 2);
  });

  it('is none where what counts settled no must', () => {
    const empty = record({ letters: 'XXXXPP', ...lab, ...on(30) });
    const alone = entry(empty);
    assert.deepEqual([alone.status, alone.confidence.tier, alone.confidence.runs], ['inconclusive', 0, 0]);
    assert.deepEqual([alone.confidence.parties, alone.confidence.lastTested], [[], on(30).startedAt]);
    assert.deepEqual(entry(empty, record(on(3))).confidence, entry(record(on(3))).confidence);
    assert.deepEqual(entry({ ...empty, letters: 'NNNNPP' }, record(on(3))).confidence.parties, ['Acme']);
  });

  it('is refreshed only by runs that try again all that decides', () => {
    const last = (...records: BundleRecord[]) => entry(...records).confidence.lastTested;
    const whole = record(on(3));
    const [one, two] = ['PXXXXX', 'XPPXXX'].map((letters, n) => record({ letters, ...on(20 + n) }));
    assert.ok(one && two);
    assert.equal(last(whole, one), on(3).startedAt);
    assert.equal(last(whole, { ...one, ...lab, voice: 'North Lab' }), on(3).startedAt);
    assert.equal(last(whole, one, two), on(20).startedAt);
    assert.equal(last(one, two), on(20).startedAt);
    assert.equal(last(whole, record({ letters: 'PNPXXX', ...on(9) })), on(3).startedAt);
    const failed = record({ ...failedA, ...on(5) });
    assert.equal(last(failed, record(on(9))), on(5).startedAt, 'when it was last seen to fail');
    assert.equal(last(failed, record({ ...on(9), ...lab })), on(9).startedAt, 'in dispute');
  });

  it('tells when the newest run that counts was tested, and until when it holds', () => {
    const { confidence } = entry(record(on(3)), record(on(7)), record({ ...on(9), signed: false }));
    assert.equal(confidence.lastTested, '2026-01-07T00:00:00.000Z');
    assert.equal(confidence.staleAfter, '2027-07-07T00:00:00.000Z');
    assert.equal(confidence.runs, 2);
    assert.equal(
      entry(record({ ...on(9), signed: false })).confidence.lastTested,
      '2026-01-09T00:00:00.000Z',
    );
  });

  it('ends 18 calendar months later, on the last day of a shorter month', () => {
    const ends = [
      ['2026-08-31T10:20:30.400Z', '2028-02-29T10:20:30.400Z'],
      ['2025-08-30T00:00:00.000Z', '2027-02-28T00:00:00.000Z'],
      ['2025-12-31T23:59:59.999Z', '2027-06-30T23:59:59.999Z'],
      ['2026-01-31T00:00:00.000Z', '2027-07-31T00:00:00.000Z'],
      ['2024-02-29T00:00:00.000Z', '2025-08-29T00:00:00.000Z'],
    ] as const;
    for (const [tested, stale] of ends) assert.equal(staleAfter(tested), stale);
  });
});

describe('cases that the catalogue no longer has', () => {
  it('stand behind its own, and decide nothing', () => {
    const old = record({ id: 'old', others: { 'switch/gone/b': 'F' } });
    const { entries, catalogue: ids } = mergeRecords(
      [old, record({ others: { 'switch/gone/a': 'P' } })],
      catalogue,
    );
    assert.deepEqual(ids.switch?.slice(-3), ['switch/tells/a', 'switch/gone/a', 'switch/gone/b']);
    assert.deepEqual(
      entries.map(({ id, outcomes, status }) => [id, outcomes, status]),
      [
        ['acme-s24', `${allPassed}P`, 'compliant'],
        ['old', `${allPassed}-F`, 'compliant'],
      ],
    );
  });

  it('are not taken from what may not count', () => {
    const preview = record({ signed: false, others: { 'switch/gone/b': 'F' } });
    assert.equal(mergeRecords([preview], catalogue).catalogue.switch?.length, 6);
  });
});

describe('a failure in a run', () => {
  const letter = (attempts: readonly Outcome[], ...qualifiers: string[]) =>
    runLetter({
      outcome: 'fail',
      qualifiers,
      attempts: attempts.map((outcome) => ({
        outcome,
        reason: '',
        startedAt: '',
        durationMs: 1,
        evidence: null,
      })),
    });

  it('is reproducible unless the attempts speak against it', () => {
    assert.equal(letter(['fail']), 'F');
    assert.equal(letter(['fail', 'fail']), 'F');
    assert.equal(letter(['inconclusive', 'fail']), 'F');
    assert.equal(letter(['pass', 'fail'], 'deviation: it came out otherwise before'), 'U');
    assert.equal(letter(['pass', 'fail', 'fail'], 'flaky 2/3'), 'K');
  });

  it('is not excused by a qualifier alone', () => {
    assert.equal(letter(['fail'], 'flaky 1/2'), 'F');
    assert.equal(letter(['fail', 'fail'], 'flaky 2/3'), 'F');
  });
});

describe('the numbers of an entry', () => {
  const number = (
    name: string,
    value: number,
    unit: Measurement['unit'],
    over: Partial<Measurement> = {},
  ) => ({
    case: 'c',
    ...{ name, value, unit, ...over },
  });

  it('are the worst of each quantity that any counted run measured', () => {
    const ms = number('relearn time, longest of 10', 2, 'ms');
    const us = number('relearn time, longest of 3', 900, 'us');
    const table = number('stations held at once', 8192, 'addresses');
    const one = entry(
      record({ measurements: [us, table] }),
      record({ measurements: [ms, { ...table, value: 4096 }] }),
      record({ signed: false, measurements: [{ ...ms, value: 9 }] }),
    );
    assert.deepEqual(
      one.measurements.map(({ name, value }) => [name, value]),
      [
        ['relearn time, longest of 10', 2],
        ['stations held at once', 4096],
      ],
    );
  });

  it('prefer what the device gave to where the tester ended', () => {
    const limited = { limitedBy: 'tester' as const };
    const held = (value: number, over: Partial<Measurement> = {}) =>
      number('stations held at once', value, 'addresses', over);
    assert.equal(worstOf([held(1_000, limited), held(8_000)])[0]?.value, 8_000);
    assert.equal(worstOf([held(1_000, limited), held(2_000, limited)])[0]?.value, 2_000);
  });

  it('tell nothing of a case that waited for the announcer’s next frame', () => {
    const polled = { name: 'relearn time, by polling', value: 2_000, low: 1_900, unit: 'ms' } as const;
    const told = (id: string) => headlinesOf([caseOf(relearns, 'rarp', { id, measurements: [polled] })]);
    assert.deepEqual(told('switch/first-lost/ucarp-1'), []);
    assert.equal(told('switch/relearns/rarp').length, 1);
  });

  it('take what was polled only where nothing finer was measured that may be as long', () => {
    const polled = (value: number, over: Partial<Measurement> = {}) =>
      number('relearn time, by polling', value, 'ms', over);
    const fine = number('relearn time, longest of 3', 900, 'us', { low: 0, high: 2_000 });
    const values = (...all: Measurement[]) => worstOf(all).map(({ value }) => value);
    assert.deepEqual(values(polled(30)), [30]);
    assert.deepEqual(values(polled(30), fine), [900], 'nobody knows how short it was');
    assert.deepEqual(values(polled(30, { low: 1 }), fine), [900]);
    assert.deepEqual(values(polled(30, { low: 2 }), fine), [900]);
    assert.deepEqual(values(polled(12_900, { low: 12_800 }), fine), [900, 12_900]);
    assert.deepEqual(values(polled(30, { low: 2.5 }), fine, { ...fine, value: 3_000, high: 4_000 }), [3_000]);
  });
});
