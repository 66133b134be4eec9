import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { Entry, HardwareList } from '../../src/list/schema.js';
import { deviceSlug } from '../../src/list/slug.js';
import { frameNumbers, rangesText } from '../../src/report/frame-numbers.js';
import type { Device, Result } from '../../src/result.js';
import { casePages } from '../../src/site/case-pages.js';
import { confidenceSentences, meaningSentence, statusSentence } from '../../src/site/confidence-words.js';
import { devicePage } from '../../src/site/device-page.js';
import { firmwareTimeline } from '../../src/site/firmware-timeline.js';
import { type Frame, type Page, renderPage } from '../../src/site/layout.js';
import { MergingCases } from '../../src/site/merged-cases.js';
import { overviewPages } from '../../src/site/overview.js';
import { casePath, isPlainCaseId, linkTo, resultPath } from '../../src/site/paths.js';
import { resultPage } from '../../src/site/result-page.js';
import { runPage } from '../../src/site/run-pages.js';
import { badMove, mixedCases, resultOf } from './report-fixtures.js';
import { dangers } from './site-crawl.js';
import { listedAt, syntheticEntry, syntheticList, withCases } from './site-fixtures.js';

const frame: Frame = { now: listedAt, suite: { version: '0.1.0', catalogueDigest: '0'.repeat(64) } };
const htmlOf = (page: Page): string => renderPage(page, frame)[0]?.content ?? '';
const words = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const device: Device = { kind: 'switch', vendor: 'Acme', model: 'S24', firmware: '4.2.1', conditions: {} };

const bundleOf = (result: Result, over: Partial<Bundle> = {}): Bundle => ({
  path: 'acme/s24/run',
  folder: '/nowhere',
  manifest: { schemaVersion: 1, createdAt: listedAt, files: [] },
  manifestSha256: 'a'.repeat(64),
  subject: {
    schemaVersion: 1,
    device: result.device,
    tester: { organisation: 'Lab North', relation: 'lab' },
  },
  result,
  signer: {
    principal: 'lab-north',
    organisation: 'Lab North',
    relation: 'lab',
    voice: 'Lab North',
    fingerprint: 'SHA256:abc',
  },
  withdrawal: null,
  ...over,
});

const submission = (over: Partial<Entry['submissions'][number]> = {}): Entry['submissions'][number] => ({
  ...{ path: 'acme/s24/run', run: 'r1', startedAt: '2026-10-01T10:00:00.000Z', suite: '0.1.0' },
  ...{ status: 'compliant', organisation: 'Lab North', relation: 'lab', voice: 'Lab North' },
  standing: 'counted',
  ...over,
});

describe('addresses of pages', () => {
  it('are different for different cases, also where letters of both sizes are one, and stay in the site', () => {
    const id = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.stringMatching(/^(switch|host)(\/[a-z0-9.A-Z-]{1,8}){0,3}$/),
      fc.constantFrom(
        '../../x',
        'switch/relearns/rarp',
        'switch/relearns/rarp.page-2',
        'other-cases/x',
        '',
        '/',
      ),
    );
    fc.assert(
      fc.property(id, id, fc.constantFrom(1, 2), fc.constantFrom(1, 2), (x, y, pageX, pageY) => {
        const [one, other] = [casePath(x, pageX), casePath(y, pageY)];
        assert.match(one, /^cases\/[a-z0-9./-]+\.html$/);
        assert.ok(
          one.split('/').every((part) => part !== '' && part !== '..' && part.length < 120),
          one,
        );
        if (x !== y || pageX !== pageY) assert.notEqual(one.toLowerCase(), other.toLowerCase());
      }),
      { numRuns: 50 },
    );
    assert.equal(new Set(['a.b', 'a/b', 'a-b', 'A/b', 'a//b'].map((each) => casePath(each))).size, 5);
    assert.equal(casePath('switch/relearns/rarp'), 'cases/switch/relearns/rarp.html');
    assert.match(
      resultPath('a/b/c', `switch/${'x'.repeat(10_000)}`),
      /^runs\/a\/b\/c\/cases\/other-cases\/[^/]{1,90}$/,
    );
  });

  it('are reached by relative links, as a browser resolves them', () => {
    const name = fc.constantFrom('a', 'b.html', 'c d', 'é', '%', 'x');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(path, path, (from, to) => {
        const base = new URL(`https://example.org/deep/${from.split('/').map(encodeURIComponent).join('/')}`);
        const url = new URL(linkTo(from, to), base);
        assert.equal(decodeURIComponent(url.pathname), `/deep/${to}`);
      }),
    );
  });

  it('offer no id for a shell that somebody made up', () => {
    assert.ok(isPlainCaseId('switch/relearns/rarp'));
    for (const id of [
      "switch/a/'; rm -rf ~ #",
      'switch',
      '',
      'switch/a/$(id)',
      'switch/../x',
      'switch/a b/c',
    ])
      assert.ok(!isPlainCaseId(id), id);
  });
});

describe('hostile text in pages', () => {
  const attacks = [
    '"><script>alert(1)</script>{{constructor}}',
    '\' onload=alert(1) x=\'" onmouseover="alert(2)',
    'javascript:alert(3)//\u0000\u0007\u001b[31m',
    '\u202egnp.exe\u2066\u2069\ud800',
    `<img src=x onerror=alert(4)>${'W'.repeat(10_000)}`,
    '</title></style><base href="//evil.example/"><meta http-equiv=refresh content=0>',
  ];
  const kept =
    /^(?:level|outcome|kind|unit|sha256|relation|standing|status|catalogueDigest|schemaVersion|driver)$/;
  const attacked = <T>(value: T, attack: string, alsoKept: RegExp = /^$/): T =>
    JSON.parse(
      JSON.stringify(value, (key, part) =>
        typeof part === 'string' && !kept.test(key) && !alsoKept.test(key) ? part + attack : part,
      ),
    ) as T;

  const harmless = (page: Page) => {
    const [html, json] = renderPage(page, frame);
    assert.deepEqual(dangers(page.path, html?.content ?? ''), []);
    JSON.parse(json?.content ?? '');
    assert.ok(!/<(?:img|script)\b(?![^>]*\bsrc=")/i.test(html?.content ?? ''));
  };

  for (const [number, attack] of attacks.entries()) {
    it(`of a bundle is shown as text (${number + 1})`, () => {
      const result = attacked(resultOf(mixedCases()), attack, /^path$/);
      for (const probe of result.probes) probe.requirement.link = `javascript:alert(5)${attack}`;
      const entry = syntheticEntry(attacked(device, attack));
      const recording = {
        ...badMove(),
        ports: badMove().ports.map((port) => ({ ...port, nic: attack })),
        frames: badMove().frames.map((each) => ({ ...each, label: `${each.label}${attack}` })),
      };
      for (const standing of ['counted', 'quarantined'] as const) {
        const run = {
          bundle: attacked(bundleOf(result), attack, /^path$/),
          entry: { ...entry, id: deviceSlug(entry.device) },
          submission: attacked(submission({ standing, why: 'Because.' }), attack, /^path$/),
        };
        harmless(runPage(run));
        for (const c of result.cases.slice(0, 3)) harmless(resultPage(run, c, recording, true));
      }
    });

    it(`of a list is shown as text (${number + 1})`, () => {
      const list = withCases(syntheticList(12), (id) => /^switch\/relearns\/|^host\/[a-c]/.test(id));
      const entries = attacked(list.entries, attack).map((entry) => ({
        ...entry,
        id: deviceSlug(entry.device),
      }));
      const catalogue = attacked(list.catalogue, attack);
      const hostile: HardwareList = {
        ...list,
        entries,
        catalogue: { ...catalogue, nic: list.catalogue.nic },
      };
      const site = { ...frame, list: hostile, hasRun: () => false };
      for (const page of casePages(site, () => [])) harmless(page);
      for (const page of overviewPages(site)) harmless(page);
      for (const entry of entries) {
        const merged = new MergingCases(entry, catalogue[entry.device.kind] ?? []).merged();
        const input = { entry, relatives: entries.slice(0, 3), catalogue, merged, runs: new Set<string>() };
        harmless(devicePage({ ...input, now: listedAt }));
      }
    });
  }
});

describe('device page', () => {
  const catalogue = withCases(syntheticList(0), (id) => /^switch\/(?:relearns|learns)\//.test(id)).catalogue;
  const ids = catalogue.switch ?? [];
  const entryWith = (over: Partial<Entry>): Entry => ({
    ...syntheticEntry(device, undefined, 'good'),
    outcomes: 'P'.repeat(ids.length),
    measurements: [],
    submissions: [submission()],
    ...over,
  });
  const pageOf = (entry: Entry, merging = new MergingCases(entry, ids)) =>
    words(
      htmlOf(
        devicePage({
          ...{ entry, relatives: [entry], catalogue, merged: merging.merged() },
          ...{ runs: new Set(['acme/s24/run']), now: listedAt },
        }),
      ),
    );

  it('tells cases in the words of the newest counted run that agrees with the list', () => {
    const rarp = 'switch/relearns/rarp';
    const outcomes = ids.map((id) => (id === rarp ? 'F' : 'P')).join('');
    const failing = [{ id: rarp, reason: 'From the list.', runs: ['acme/s24/run'] }];
    const entry = entryWith({ status: 'non-compliant', outcomes, failing });
    const merging = new MergingCases(entry, ids);
    const failed = mixedCases().filter(({ id }) => id === rarp);
    const passed = failed.map((c) => ({ ...c, outcome: 'pass' as const, reason: 'It passed here.' }));
    assert.match(pageOf(entry), /From the list\./);
    merging.take('newest', { ...resultOf(passed), cases: passed });
    merging.take('acme/s24/run', { ...resultOf(failed), cases: failed });
    merging.take('older', {
      ...resultOf(failed),
      cases: failed.map((c) => ({ ...c, reason: 'Older words.' })),
    });
    const { cases, runOf } = merging.merged();
    assert.equal(runOf.get(rarp), 'acme/s24/run');
    assert.match(cases.find(({ id }) => id === rarp)?.reason ?? '', /^The switch kept sending to port a/);
    assert.match(pageOf(entry, merging), /1 of \d+ musts failed.*The switch kept sending to port a/);
  });

  it('begins with what the status means', () => {
    assert.match(
      pageOf(entryWith({ status: 'compliant' })),
      /✓ Compliant With this firmware and these settings it follows a takeover as it must\. All /,
    );
  });

  it('links both sides of a dispute, and calls neither right', () => {
    const rarp = 'switch/relearns/rarp';
    const entry = entryWith({
      status: 'disputed',
      outcomes: ids.map((id) => (id === rarp ? 'D' : 'P')).join(''),
      disputed: [{ id: rarp, pass: ['acme/s24/run'], fail: ['acme/s24/other'] }],
      submissions: [
        submission(),
        submission({ path: 'acme/s24/other', organisation: 'Acme', voice: 'Acme', relation: 'vendor' }),
      ],
    });
    const text = pageOf(entry);
    assert.match(text, /≠ Disputed 1 must came out differently with different parties\./);
    assert.match(text, /Passed Lab North \(a lab\), 2026-10-01 Failed Acme \(the vendor\), 2026-10-01/);
    assert.doesNotMatch(text, /What failed/);
  });

  it('says why nothing is said of a device that no run counts for', () => {
    const unheard = {
      outcomes: '-'.repeat(ids.length),
      confidence: { ...entryWith({}).confidence, tier: 0, runs: 0 },
    } as const;
    const preview = submission({ standing: 'preview', why: 'It is not signed.' });
    assert.match(
      pageOf(entryWith({ ...unheard, status: 'untested', submissions: [preview] })),
      /Untested What was submitted is not signed.*It is not signed\./,
    );
    assert.equal(
      statusSentence(
        entryWith({ status: 'untested', submissions: [submission({ standing: 'quarantined' })] }),
      ),
      'What was submitted is held back, for what is told beside it: nothing is said of it.',
    );
    assert.match(
      pageOf(entryWith({ ...unheard, status: 'withdrawn' })),
      /Withdrawn Every report of it was withdrawn/,
    );
  });
});

describe('what a status means for who buys', () => {
  const of = (status: Entry['status'], kind: Entry['device']['kind'] = 'switch') =>
    meaningSentence({ status, device: { ...device, kind } }) ?? '';

  it('is told on the first screen, and only where a run tells', () => {
    assert.equal(of('compliant'), 'With this firmware and these settings it follows a takeover as it must.');
    assert.match(of('compliant', 'nic'), / it takes over an address as it must\.$/);
    assert.match(of('non-compliant'), / not every takeover ends as it must: /);
    assert.doesNotMatch(of('inconclusive'), /as it must/);
    for (const status of ['disputed', 'untested', 'withdrawn'] as const) assert.equal(of(status), '');
  });
});

describe('confidence in words', () => {
  const of = (over: Partial<Entry['confidence']>, now = listedAt) => {
    const entry = syntheticEntry(device, undefined, 'good');
    const confidence = {
      ...entry.confidence,
      lastTested: '2026-01-01T00:00:00.000Z',
      staleAfter: '2027-07-01T00:00:00.000Z',
    };
    return confidenceSentences({ ...entry, confidence: { ...confidence, ...over } }, now).join(' ');
  };

  it('names the parties, the runs, and until when they hold', () => {
    assert.equal(
      of({ tier: 1, parties: ['Lab North'], runs: 1 }),
      'Confidence 1 of 3. Lab North signed it; nobody independent has repeated it. 1 run counts; all that decides was last tested on 2026-01-01. It is taken as current until 2027-07-01, 18 months after that.',
    );
    assert.match(
      of({ tier: 2, parties: ['A', 'B', 'C'], runs: 3 }),
      /A, B and C, independent of each other.*3 runs count/,
    );
    assert.match(of({ tier: 3, parties: ['P'], runs: 1 }), /This project has reproduced it\./);
    assert.match(
      of({ tier: 0, parties: [], runs: 0 }),
      /Nothing signed settles a must yet.*No run that counts settles a must\.$/,
    );
  });

  it('says when it is stale, and why', () => {
    assert.match(of({ tier: 1, runs: 1 }, '2027-07-02T00:00:00.000Z'), /more than 18 months ago/);
    assert.match(of({ tier: 1, runs: 1, newMusts: ['switch/relearns/rarp'] }), /a must that no run/);
  });
});

describe('firmware by firmware', () => {
  it('goes from the newest to the oldest by number, and tells what changed under the same conditions', () => {
    const ids = ['switch/relearns/rarp', 'switch/relearns/ipv4'];
    const of = (firmware: string, outcomes: string, conditions = {}) => ({
      ...syntheticEntry({ ...device, firmware, conditions }, undefined, 'good'),
      outcomes,
    });
    const [old, middle, other, newest] = [
      of('4.9.0', 'PP'),
      of('4.10.0', 'FP'),
      of('4.10.0', 'FF', { stp: 'off' }),
      of('4.10.1', 'PP'),
    ];
    const rows = firmwareTimeline(middle, [old, other, newest, middle], ids);
    assert.deepEqual(
      rows.map(({ firmware, conditions, isThis, change }) => [
        firmware,
        conditions,
        isThis,
        change?.text ?? null,
      ]),
      [
        ['4.10.1', 'as it came', false, '1 fixed'],
        ['4.10.0', 'as it came', true, '1 broken'],
        ['4.10.0', 'stp off', false, null],
        ['4.9.0', 'as it came', false, null],
      ],
    );
  });
});

describe('a run', () => {
  it('tells where the submission and the bench call the device differently', () => {
    const bundle = bundleOf(resultOf(mixedCases()));
    const differences = (declared: Device) =>
      (
        runPage({
          bundle: { ...bundle, subject: { ...bundle.subject, device: declared } },
          entry: syntheticEntry(declared),
          submission: submission(),
        }).json as { differences: unknown }
      ).differences;
    const benched = bundle.result.device;
    assert.deepEqual(differences(benched), []);
    // A condition of a field's name hides nothing.
    const conditions = { ...benched.conditions, firmware: benched.firmware };
    assert.deepEqual(differences({ ...benched, hardware: 'Z', firmware: '9', conditions }), [
      { term: 'hardware', declared: 'Z', benched: benched.hardware ?? '–' },
      { term: 'firmware', declared: '9', benched: benched.firmware },
      { term: 'condition firmware', declared: benched.firmware, benched: '–' },
    ]);
  });

  it('names the frames of its captures as Wireshark numbers them', () => {
    assert.equal(rangesText([1, 2, 3, 7, 9, 8, 12]), '1–3, 7–9, 12');
    assert.equal(
      rangesText(Array.from({ length: 12 }, (_, i) => 2 * i)),
      '0, 2, 4, 6, 8, 10, 12, 14 and 4 frames more',
    );
    const { rows, more } = frameNumbers(badMove());
    assert.equal(more, 0);
    assert.equal(
      rows.reduce((sum, { count }) => sum + count, 0),
      badMove().frames.length,
    );
    assert.match(rows.find(({ label }) => label === 'announcement')?.where ?? '', /^sent at b/);
  });
});
