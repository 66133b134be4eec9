import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical } from '../../src/list/canonical.js';
import type { Catalogue } from '../../src/list/catalogue.js';
import { mergeRecords } from '../../src/list/merge.js';
import type { BundleRecord } from '../../src/list/record.js';
import type { Entry } from '../../src/list/schema.js';
import { digestsIn } from '../../src/list/sketch.js';
import { staleAfter } from '../../src/list/stale.js';
import {
  allPassed,
  anyLetters,
  anyRecords,
  anyTester,
  catalogue,
  device,
  entry,
  record,
  sketchOf,
  textOf,
  time,
} from './list-records.js';

const ofOneDevice = anyRecords.map((all) => all.map((each) => ({ ...each, id: 's24', device })));

/** All of an entry but the list of its bundles. */
const said = ({ submissions: _, ...rest }: Entry) => rest;

/** Also where nothing counts yet, when the newest bundle gives the date. */
const saidWithoutDate = (one: Entry) => {
  const { confidence, ...rest } = said(one);
  const { lastTested: _, staleAfter: __, ...others } = confidence;
  return { ...rest, confidence: others };
};

const someCount = ({ submissions }: Entry) => submissions.some(({ standing }) => standing === 'counted');

/** Whether two bundles have a run or a capture in common. */
const share = (x: BundleRecord, y: BundleRecord): boolean => {
  const digests = digestsIn(x.evidence);
  return x.run === y.run || digestsIn(y.evidence).some((digest) => digests.includes(digest));
};

const countedOf = (all: readonly BundleRecord[], nth: number): BundleRecord | undefined => {
  const counted = entry(...all).submissions.filter(({ standing }) => standing === 'counted');
  return all.find(({ path }) => path === counted[nth % counted.length]?.path);
};

/** Letters of which some are left out. */
const fewer = (letters: string, where: string): string =>
  letters.replace(/./g, (letter, n) => (where[n] === 'X' ? 'X' : letter));

const check = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>, numRuns = 100) =>
  fc.assert(property, { numRuns });

describe('the list, whatever the bundles', () => {
  it('is the same in any order, and whatever the folders are called', () => {
    const shuffled = anyRecords.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
      ),
    );
    check(
      fc.property(shuffled, ([all, other, names]) => {
        assert.equal(textOf(other), textOf(all));
        const renamed = all.map((each, n) => ({ ...each, path: `name-${names[n]}-end` }));
        const back = textOf(renamed).replace(/name-(\d+)-end/g, (_, name) => {
          return `path-${names.indexOf(Number(name))}-end`;
        });
        assert.equal(back, textOf(all));
      }),
    );
  });

  it('does not change with a party’s own duplicates, of a run or of evidence', () => {
    check(
      fc.property(ofOneDevice, fc.nat(), fc.boolean(), (all, nth, byRun) => {
        const original = countedOf(all, nth);
        if (!original || (!byRun && original.evidence === '')) return;
        const other = byRun ? { evidence: sketchOf(999) } : { run: 'other' };
        const copy = { ...original, ...other, path: 'copy', createdAt: time(900) };
        const before = entry(...all);
        const after = entry(copy, ...all);
        assert.deepEqual(said(after), said(before));
        assert.equal(after.submissions.find(({ path }) => path === 'copy')?.standing, 'duplicate');
      }),
    );
  });

  /** A copy of a run that counts, signed by somebody else and dated at will. */
  const copied = (all: readonly BundleRecord[], nth: number, copier: string, at: number) => {
    const original = countedOf(all, nth);
    if (!original) return undefined;
    const relation = copier === 'Project' ? ('project' as const) : ('lab' as const);
    return { ...original, relation, organisation: copier, voice: copier, path: 'copy', createdAt: time(at) };
  };
  const anyCopier = fc.constantFrom('Stranger', 'Acme', 'South Lab', 'Project');

  it('keeps the status that runs have by themselves where others copy them, whenever they say it was', () => {
    const ofEach = fc.tuple(anyLetters, anyTester).map(([letters, tester]) => record({ ...tester, letters }));
    check(
      fc.property(
        ofEach,
        fc.array(fc.tuple(anyCopier, fc.nat(900)), { minLength: 1, maxLength: 4 }),
        (own, copiers) => {
          const copies = copiers.flatMap(([copier, at], n) => {
            const copy = copied([own], 0, copier, at);
            return copy ? { ...copy, path: `copy-${n}`, run: `run-${n}` } : [];
          });
          const [before, after] = [entry(own), entry(own, ...copies)];
          assert.equal(after.status, before.status);
          const settles = /[PFUK]/.test(own.letters.slice(0, 4)) ? 1 : 0;
          assert.deepEqual(
            [after.confidence.tier, after.confidence.runs, after.confidence.lastTested],
            [settles, settles, before.confidence.lastTested],
          );
        },
      ),
    );
  });

  it('is at worst disputed by a copy, and never better believed', () => {
    check(
      fc.property(
        ofOneDevice,
        fc.nat(),
        anyCopier,
        fc.nat(900),
        anyLetters,
        (all, nth, copier, at, letters) => {
          const copy = copied(all, nth, copier, at);
          if (!copy || copy.evidence === '') return;
          const before = entry(...all);
          // What was shared before is one run or two, whichever part of it the copy has.
          const isAlone = all.filter((each) => share(each, copy)).length === 1;
          for (const each of [copy, { ...copy, run: 'copied', letters: fewer(copy.letters, letters) }]) {
            const after = entry(each, ...all);
            // Who has runs of his own may go back on what he says himself.
            const worse = before.status === 'compliant' ? /^(disputed|compliant-with-notes)$/ : /^disputed$/;
            if (copier === 'Stranger' && after.status !== before.status) assert.match(after.status, worse);
            // Who has but a part of the musts may fill it up with a copy: together with the other, he is one party all the same.
            const whole = all.every(({ letters: own }) => /^[PFUKN]{4}/.test(own));
            const isSame = isAlone && after.outcomes === before.outcomes;
            // The project is believed not to sign another's run for its own.
            const most = copier === 'Project' && before.confidence.tier === 2 ? 3 : before.confidence.tier;
            if (whole && isSame) assert.ok(after.confidence.tier <= most);
            if (isAlone) assert.ok(after.confidence.runs <= before.confidence.runs);
            if (isSame) assert.ok(after.confidence.lastTested <= before.confidence.lastTested);
          }
        },
      ),
    );
  });

  /** Two bundles that have nothing in common, and one of a third party that has something of each. */
  const bridged = fc
    .tuple(anyLetters, anyLetters, anyLetters, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), fc.nat(5))
    .map(([mine, theirs, between, order, at]) => {
      const bridge = { organisation: 'Stranger', evidence: sketchOf(2, 12), startedAt: time(at) };
      return {
        ends: [
          record({ letters: mine, evidence: sketchOf(1, 2) }),
          record({ letters: theirs, evidence: sketchOf(11, 12), organisation: 'South Lab' }),
        ] as const,
        bridge: record({ ...bridge, letters: between, createdAt: time(at) }),
        order,
      };
    });

  it('is no less believed for what a third party has of two others', () => {
    check(
      fc.property(bridged, ({ ends, bridge, order }) => {
        const before = entry(...ends);
        const all = [...ends, bridge];
        const after = entry(...order.flatMap((n) => all[n] ?? []));
        assert.equal(canonical(after), canonical(entry(...all)));
        assert.ok(after.confidence.runs >= before.confidence.runs);
        assert.ok(after.confidence.parties.length >= before.confidence.parties.length);
        if (after.outcomes !== before.outcomes) return;
        assert.ok(after.confidence.tier >= before.confidence.tier);
        assert.ok(after.confidence.lastTested >= before.confidence.lastTested);
      }),
    );
  });

  it('never becomes compliant by a pass that is added to a failure', () => {
    check(
      fc.property(ofOneDevice, anyTester, fc.integer({ min: 0, max: 9 }), (all, tester, at) => {
        const before = entry(...all);
        if (before.status !== 'non-compliant') return;
        const passing = record({ ...tester, id: 's24', startedAt: time(at), createdAt: time(950) });
        const after = entry(...all, passing);
        assert.notEqual(after.status, 'compliant');
        const counted = new Set(
          before.submissions.filter((s) => s.standing === 'counted').map((s) => s.path),
        );
        const reproducible = all.some((r) => counted.has(r.path) && /F/.test(r.letters.slice(0, 4)));
        if (reproducible) assert.match(after.status, /^(non-compliant|disputed)$/);
      }),
    );
  });

  it('calls it disputed when two voices contradict each other, whoever comes first and however many they are', () => {
    const side = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 });
    check(
      fc.property(side, side, fc.boolean(), (passes, failures, turned) => {
        const [ours, theirs] = turned ? ['A', 'B'] : ['B', 'A'];
        // Several runs of some voices, and several voices on a side.
        const name = (side: string, n: number) => ({ organisation: `${side} ${n % 3}` });
        const all = [
          ...passes.map((at, n) => record({ ...name(ours, n), startedAt: time(at) })),
          ...failures.map((at, n) => record({ ...name(theirs, n), startedAt: time(at), letters: 'PFPPPP' })),
        ];
        const one = entry(...all);
        assert.equal(one.status, 'disputed');
        assert.deepEqual(
          one.disputed.map(({ id, pass, fail }) => [id, pass.length, fail.length]),
          [['switch/one/b', Math.min(3, passes.length), Math.min(3, failures.length)]],
        );
        assert.equal(entry(...all.reverse()).status, 'disputed');
      }),
    );
  });

  it('takes a vendor and its contracted lab for one voice', () => {
    check(
      fc.property(ofOneDevice, (all) => {
        const one = entry(...all.map((each) => ({ ...each, voice: 'Acme' })));
        assert.ok(one.confidence.tier <= 1);
        assert.equal(one.disputed.length, 0);
        assert.ok(one.confidence.parties.length <= 1);
      }),
    );
  });

  it('has a withdrawn run listed, as if it had never been run', () => {
    check(
      fc.property(ofOneDevice, fc.nat(), (all, nth) => {
        const gone = all[nth % all.length];
        const rest = all.filter((each) => each !== gone);
        if (!gone || rest.length === 0) return;
        const [before, after] = [entry(...rest), entry({ ...gone, withdrawn: 'Withdrawn.' }, ...rest)];
        if (someCount(before)) assert.deepEqual(said(after), said(before));
        else assert.equal(after.status, 'withdrawn');
        assert.equal(after.submissions.length, all.length);
      }),
    );
  });

  for (const [what, fate] of [
    ['unsigned', { signed: false }],
    ['quarantined', { quarantine: 'Quarantined.' }],
  ] as const) {
    it(`does not change with an ${what} run`.replace('an q', 'a q'), () => {
      check(
        fc.property(ofOneDevice, anyLetters, anyTester, (all, these, tester) => {
          const added = record({ ...tester, ...fate, id: 's24', letters: these, evidence: sketchOf(0) });
          const early = { ...added, run: 'run-0', createdAt: time(0) };
          const [before, after] = [entry(...all), entry(...all, early)];
          assert.deepEqual(saidWithoutDate(after), saidWithoutDate(before));
          if (someCount(before)) assert.deepEqual(said(after), said(before));
        }),
      );
    });
  }

  it('is stale, and keeps its status, when a must is new', () => {
    const fresh: Catalogue = {
      ...catalogue,
      cases: {
        ...catalogue.cases,
        switch: [...catalogue.cases.switch, { id: 'switch/new/a', level: 'must', slow: false }],
      },
    };
    check(
      fc.property(anyRecords, (all) => {
        const [before, after] = [mergeRecords(all, catalogue), mergeRecords(all, fresh)];
        for (const [n, one] of after.entries.entries()) {
          assert.equal(one.status, before.entries[n]?.status);
          assert.equal(one.confidence.newMusts.includes('switch/new/a'), someCount(one));
          assert.equal(one.missing.includes('switch/new/a'), false);
        }
      }),
    );
  });

  it('is never compliant where a must was left out of every run', () => {
    check(
      fc.property(ofOneDevice, fc.integer({ min: 0, max: 2 }), (all, nth) => {
        const without = all.map((each) => ({
          ...each,
          letters: `${each.letters.slice(0, nth)}X${each.letters.slice(nth + 1)}`,
        }));
        const one = entry(...without);
        if (!someCount(one)) return;
        assert.ok(one.missing.includes(catalogue.cases.switch[nth]?.id ?? ''));
        assert.match(one.status, /^(inconclusive|non-compliant|disputed)$/);
      }),
    );
  });

  it('keeps what differs in a condition apart', () => {
    const conditions = fc.dictionary(fc.constantFrom('port-security', 'stp'), fc.constantFrom('on', 'off'));
    check(
      fc.property(conditions, conditions, (x, y) => {
        const of = (one: Record<string, string>, failed: boolean) => {
          const own = { ...device, conditions: one };
          return record({ device: own, id: canonical(own), letters: failed ? 'FPPPPP' : allPassed });
        };
        const { entries } = mergeRecords([of(x, true), of(y, false)], catalogue);
        assert.equal(entries.length, canonical(x) === canonical(y) ? 1 : 2);
      }),
    );
  });

  it('is stale exactly 18 calendar months after it was tested', () => {
    const times = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
    check(
      fc.property(times, (at) => {
        const end = new Date(staleAfter(at.toISOString()));
        const months = (day: Date) => day.getUTCFullYear() * 12 + day.getUTCMonth();
        assert.equal(months(end) - months(at), 18);
        const dayAfter = new Date(end.getTime() + 86_400_000);
        if (end.getUTCDate() !== at.getUTCDate()) assert.equal(dayAfter.getUTCDate(), 1);
        assert.equal(end.toISOString().slice(10), at.toISOString().slice(10));
      }),
    );
  });
});
