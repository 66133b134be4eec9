/** What became of each case and number between two runs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, changeOf, changes, isWorse, type Said } from '../../src/compare/change.js';
import { compareOutcomes, compareResults, countChanges } from '../../src/compare/compare.js';
import { pairResults } from '../../src/compare/devices.js';
import { outcomeLetters } from '../../src/list/schema.js';
import { renderComparison } from '../../src/report/changes.js';
import { type CaseResult, levels, type Measurement, outcomes, type Result } from '../../src/result.js';
import { caseOf, linkDown, mixedCases, relearns, relearnTime, resultOf } from './report-fixtures.js';

const said: readonly Said[] = [...outcomes, 'disputed', 'absent'];

/** Two results of one case each; null: the run has none. */
function one(
  before: Partial<CaseResult> | null,
  after: Partial<CaseResult> | null,
  over: Partial<Result> = {},
) {
  const cases = (c: Partial<CaseResult> | null) => (c ? [caseOf(relearns, 'rarp', c)] : []);
  const comparison = compareResults(resultOf(cases(before)), resultOf(cases(after), over));
  return { comparison, change: comparison.cases[0] };
}

describe('Comparing two runs', () => {
  describe('the change of a case', () => {
    const table: readonly (readonly [before: Said, after: Said, change: Change])[] = [
      ['pass', 'pass', 'unchanged'],
      ['pass', 'fail', 'broken'],
      ['pass', 'inconclusive', 'lost'],
      ['pass', 'error', 'lost'],
      ['pass', 'not-run', 'lost'],
      ['pass', 'disputed', 'lost'],
      ['pass', 'not-applicable', 'absent'],
      ['pass', 'absent', 'absent'],
      ['fail', 'pass', 'fixed'],
      ['fail', 'fail', 'unchanged'],
      ['fail', 'inconclusive', 'reopened'],
      ['fail', 'absent', 'absent'],
      ['inconclusive', 'pass', 'settled'],
      ['error', 'fail', 'settled'],
      ['not-run', 'error', 'unchanged'],
      ['absent', 'pass', 'new'],
      ['absent', 'fail', 'new'],
      ['not-applicable', 'fail', 'new'],
      ['absent', 'not-applicable', 'unchanged'],
    ];
    for (const [before, after, change] of table) {
      it(`${before} → ${after} is ${change}`, () => assert.equal(changeOf(before, after), change));
    }

    it('is unchanged exactly where the same is said of the device', () => {
      for (const outcome of said) assert.equal(changeOf(outcome, outcome), 'unchanged');
      assert.deepEqual(new Set(said.flatMap((x) => said.map((y) => changeOf(x, y)))), new Set(changes));
    });

    it('never counts against a device that passes, or where nothing was asked', () => {
      for (const before of said)
        for (const after of ['pass', 'absent', 'not-applicable'] as const)
          for (const level of levels)
            assert.equal(isWorse(changeOf(before, after), level, after), false, `${before} → ${after}`);
    });
  });

  describe('what counts as worse', () => {
    it('a must or should that passed and does not any more', () => {
      for (const outcome of ['fail', 'inconclusive', 'error', 'not-run'] as const) {
        for (const level of levels) {
          const { comparison } = one({ level }, { level, outcome });
          assert.equal(comparison.worse, level === 'must' || level === 'should', `${level} ${outcome}`);
        }
      }
    });

    it('a must that fails and of which nothing was known, but no should', () => {
      assert.equal(one(null, { outcome: 'fail' }).comparison.worse, true);
      assert.equal(one({ outcome: 'not-run' }, { outcome: 'fail' }).comparison.worse, true);
      assert.equal(one(null, { outcome: 'fail', level: 'should' }).comparison.worse, false);
      assert.equal(one(null, { outcome: 'inconclusive' }).comparison.worse, false);
    });

    it('not a failure that was known, nor a case that is gone', () => {
      assert.equal(one({ outcome: 'fail' }, { outcome: 'fail' }).comparison.worse, false);
      assert.equal(one({}, null).comparison.worse, false);
      assert.equal(one({ outcome: 'fail' }, { outcome: 'error' }).comparison.worse, false);
    });

    it('by the level of the new run, and says that the level changed', () => {
      const raised = one({ level: 'info' }, { level: 'must', outcome: 'fail' });
      assert.deepEqual([raised.change?.worse, raised.change?.levelChanged], [true, true]);
      const lowered = one({ level: 'must' }, { level: 'info', outcome: 'fail' });
      assert.deepEqual([lowered.change?.worse, lowered.change?.levelChanged], [false, true]);
    });
  });

  it('says why a case is absent', () => {
    assert.equal(one({}, null).change?.why, 'The suite has no such case any more.');
    const deselected = [{ id: 'switch/relearns/rarp', why: 'not chosen by --grep.' }];
    assert.equal(one({}, null, { deselected }).change?.why, 'It was left out: not chosen by --grep.');
    const gone = one({}, { outcome: 'not-applicable', reason: 'The bench declares no VLAN.' });
    assert.equal(gone.change?.why, 'It does not apply any more: The bench declares no VLAN.');
  });

  it('puts what got worse first, and otherwise keeps the order of the run', () => {
    const before = mixedCases();
    const after = mixedCases().map((c) =>
      c.id === 'switch/link-down/new-port' ? { ...c, outcome: 'pass' as const } : c,
    );
    after[1] = caseOf(relearns, 'garp-reply', { outcome: 'fail' });
    const { cases } = compareResults(resultOf(before), resultOf(after));
    assert.deepEqual(
      cases.slice(0, 2).map(({ id, change }) => [id, change]),
      [
        ['switch/relearns/garp-reply', 'broken'],
        ['switch/link-down/new-port', 'settled'],
      ],
    );
    assert.deepEqual(
      cases.slice(2).map(({ id }) => id),
      before
        .map(({ id }) => id)
        .filter((id) => !/garp-reply$|new-port$/.test(id) || id.includes('relearn-time')),
    );
    assert.equal(countChanges(cases).unchanged, 8);
  });

  it('a run beside itself has no change, whatever is in it', () => {
    const case_ = fc.record({
      id: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
      level: fc.constantFrom(...levels),
      outcome: fc.constantFrom(...outcomes),
    });
    fc.assert(
      fc.property(fc.array(case_, { maxLength: 6 }), fc.array(case_, { maxLength: 6 }), (x, y) => {
        const [before, after] = [x, y].map((list) =>
          resultOf(list.map(({ id, level, outcome }) => caseOf(relearns, id, { level, outcome }))),
        );
        assert.ok(before && after);
        const same = compareResults(before, before);
        assert.equal(same.worse, false);
        assert.ok(same.cases.every(({ change }) => change === 'unchanged'));
        // Each case of either run stands in it once, and what got better one way round got worse the other.
        const there = compareResults(before, after);
        const back = compareResults(after, before);
        const ids = new Set([...before.cases, ...after.cases].map(({ id }) => id));
        assert.deepEqual(new Set(there.cases.map(({ id }) => id)), ids);
        assert.equal(there.cases.length, ids.size);
        assert.equal(countChanges(there.cases).broken, countChanges(back.cases).fixed);
        assert.equal(there.inBoth, back.inBoth);
      }),
    );
  });
});

describe('Comparing numbers', () => {
  const time = (value: number, low: number, high: number, over: Partial<Measurement> = {}): Measurement => ({
    name: 'relearn time, median of 10, gratuitous ARP',
    ...{ value, low, high, unit: 'ms' },
    ...over,
  });
  function between(before: Measurement, after: Measurement) {
    const result = (m: Measurement) => resultOf([caseOf(relearnTime, 'garp-request', { measurements: [m] })]);
    const { numbers, worse } = compareResults(result(before), result(after));
    return { change: numbers[0]?.change, counts: worse };
  }

  it('tells a change only where the intervals do not overlap', () => {
    assert.deepEqual(between(time(10, 5, 15), time(14, 8, 20)), { change: undefined, counts: false });
    assert.deepEqual(between(time(10, 5, 15), time(15, 15, 15)), { change: undefined, counts: false });
    assert.deepEqual(between(time(10, 5, 15), time(18, 16, 20)), { change: 'worse', counts: false });
    assert.deepEqual(between(time(18, 16, 20), time(10, 5, 15)), { change: 'better', counts: false });
  });

  it('counts a median that doubled, by a millisecond at least', () => {
    assert.deepEqual(between(time(10, 5, 15), time(31, 30, 32)), { change: 'worse', counts: true });
    assert.deepEqual(between(time(10, 5, 15), time(30, 29.9, 31)), { change: 'worse', counts: false });
    assert.deepEqual(between(time(0.01, 0, 0.02), time(1, 0.9, 1.1)), { change: 'worse', counts: false });
  });

  it('counts no single sample, such as the longest of ten', () => {
    const longest = { name: 'relearn time, longest of 10, gratuitous ARP' };
    assert.deepEqual(between(time(1, 1, 1, longest), time(900, 900, 900, longest)), {
      change: 'worse',
      counts: false,
    });
  });

  it('compares durations across units, and nothing else', () => {
    assert.deepEqual(between(time(10, 9, 11), time(10_000, 9_500, 10_500, { unit: 'us' })), {
      change: undefined,
      counts: false,
    });
    assert.deepEqual(between(time(10, 9, 11), time(1000, 900, 1100, { unit: 'frames' })), {
      change: undefined,
      counts: false,
    });
  });

  it('knows that more is better of a table, and that a tester’s limit is none of the device’s', () => {
    const size = (value: number, over: Partial<Measurement> = {}): Measurement => ({
      name: 'stations held at once',
      value,
      unit: 'addresses',
      ...over,
    });
    assert.deepEqual(between(size(8192), size(4096)), { change: 'worse', counts: true });
    assert.deepEqual(between(size(8192), size(8000)), { change: 'worse', counts: false });
    assert.deepEqual(between(size(4096), size(8192)), { change: 'better', counts: false });
    assert.deepEqual(between(size(8192), size(4096, { limitedBy: 'tester' })), {
      change: undefined,
      counts: false,
    });
    assert.deepEqual(between(size(8192, { limitedBy: 'tester' }), size(1024)), {
      change: 'worse',
      counts: true,
    });
  });

  it('judges no quantity of which it does not know what is better', () => {
    const tried = (value: number): Measurement => ({
      name: 'random addresses tried',
      value,
      unit: 'addresses',
    });
    assert.deepEqual(between(tried(1), tried(2048)), { change: 'other', counts: false });
  });
});

describe('Comparing entries of the list', () => {
  const L = outcomeLetters;

  it('reads the letters by the catalogue of each list', () => {
    const changed = compareOutcomes(
      { catalogue: ['a', 'b', 'c', 'old'], outcomes: L.pass + L.fail + L.pass + L.pass },
      { catalogue: ['new', 'a', 'b', 'c'], outcomes: L.fail + L.pass + L.pass + L.disputed },
    );
    assert.deepEqual(
      changed.map(({ id, before, after, change }) => [id, before, after, change]),
      [
        ['c', 'pass', 'disputed', 'lost'],
        ['new', 'absent', 'fail', 'new'],
        ['old', 'pass', 'absent', 'absent'],
        ['b', 'fail', 'pass', 'fixed'],
        ['a', 'pass', 'pass', 'unchanged'],
      ],
    );
  });

  it('takes what is missing or unknown as absent', () => {
    const [change] = compareOutcomes({ catalogue: ['a'], outcomes: '' }, { catalogue: ['a'], outcomes: '*' });
    assert.deepEqual(change, { id: 'a', before: 'absent', after: 'absent', change: 'unchanged' });
  });
});

describe('Pairing the devices of two runs', () => {
  const device = (over: Partial<Result['device']>) => ({
    result: resultOf([], { device: { ...resultOf([]).device, ...over } }),
  });

  it('lets the firmware differ, but not the kind, vendor or model', () => {
    const old = [device({ firmware: '1' }), device({ kind: 'router' }), device({ vendor: 'Other' })];
    const next = [device({ firmware: '2' })];
    const { pairs, onlyBefore } = pairResults(old, next);
    assert.deepEqual(pairs, [{ before: old[0], after: next[0] }]);
    assert.deepEqual(onlyBefore, [old[1], old[2]]);
  });

  it('tells two of one model apart by their conditions, whatever the order', () => {
    const [on, off] = ['on', 'off'].map((state) => device({ conditions: { 'port-security': state } }));
    const later = ['off', 'on'].map((state) =>
      device({ firmware: '9', conditions: { 'port-security': state } }),
    );
    assert.ok(on && off);
    for (const old of [
      [on, off],
      [off, on],
    ])
      assert.deepEqual(pairResults(old, later).pairs, [
        { before: off, after: later[0] },
        { before: on, after: later[1] },
      ]);
  });

  it('uses each result once', () => {
    const { pairs, onlyAfter } = pairResults([device({})], [device({}), device({})]);
    assert.deepEqual([pairs.length, onlyAfter.length], [1, 1]);
  });
});

describe('A comparison on the terminal', () => {
  const broken = () =>
    compareResults(
      resultOf(mixedCases()),
      resultOf([
        caseOf(relearns, 'garp-request', { outcome: 'fail', reason: 'It sent \u001b[31m to a.' }),
        caseOf(linkDown, 'old-port'),
      ]),
    );

  it('begins with what got worse, and tells the rest unless brief', () => {
    const text = renderComparison(broken(), { color: false, width: 100 });
    assert.match(text, /^ ✗ WORSE THAN BEFORE {2}/);
    assert.match(text, /1 broken, 7 absent, 1 fixed, 1 unchanged\./);
    assert.match(
      text,
      /What got worse \(1\)\n {2}switch\/relearns\/garp-request\n {4}broken: must: passed → failed\n/,
    );
    assert.match(text, /fixed: failed before, passes now \(1\)\n {2}switch\/link-down\/old-port/);
    const brief = renderComparison(broken(), { color: false, width: 100, brief: true });
    assert.match(brief, /What got worse \(1\)/);
    assert.doesNotMatch(brief, /old-port/);
  });

  it('lets no result steer the terminal', () => {
    assert.doesNotMatch(renderComparison(broken(), { color: false, width: 100 }), /[^\P{Control}\n]/u);
  });

  it('says where there was nothing to compare', () => {
    const text = renderComparison(compareResults(resultOf([]), resultOf([])), { color: false, width: 100 });
    assert.match(text, /NOTHING TO COMPARE/);
  });
});
