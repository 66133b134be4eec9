/** JUnit, TAP and CTRF: what each keeps of a result, row by row of docs/exports.md, read with tools that we did not write. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { type CTRFReport, schema, validate } from 'ctrf';
import fc from 'fast-check';
import { type FinalResults, Parser, type Result as TapPoint } from 'tap-parser';
import { parse as parseYaml } from 'yaml';
import { compareResults } from '../../src/compare/compare.js';
import type { Comparisons } from '../../src/report/as-test.js';
import { renderCtrf } from '../../src/report/ctrf.js';
import { renderJunit } from '../../src/report/junit.js';
import { renderTap } from '../../src/report/tap.js';
import {
  type CaseResult,
  type Level,
  levels,
  type Outcome,
  outcomes,
  type Result,
} from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import { caseOf, mixedCases, relearns, relearnTime, resultOf } from './report-fixtures.js';

/** One element of an XML document. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const unescaped = (text: string) =>
  text.replace(/&(?:amp|lt|gt|quot|#(\d+));/g, (entity, code) =>
    code
      ? String.fromCodePoint(Number(code))
      : { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' }[entity as '&amp;'],
  );

/** Reads the XML that we write: throws where it is not well-formed. */
function readXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  assert.doesNotMatch(body, /&(?!(amp|lt|gt|quot|#\d+);)|[^\P{Control}\t\n\r]|\p{Surrogate}/u);
  let end = 0;
  for (const match of body.matchAll(/<(\/?)([a-z]+)((?: [\w.]+="[^"<]*")*)(\/?)>/g)) {
    const [tag, closing, name = '', attributes = '', empty] = match;
    const parent = open.at(-1);
    assert.ok(parent);
    const text = body.slice(end, match.index);
    assert.doesNotMatch(text, /[<>]/);
    parent.text += unescaped(text);
    end = match.index + tag.length;
    if (closing) {
      assert.equal(open.pop()?.name, name);
      continue;
    }
    const pairs = [...attributes.matchAll(/ ([\w.]+)="([^"]*)"/g)];
    const element: Element = {
      name,
      attributes: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, unescaped(value)])),
      children: [],
      text: '',
    };
    parent.children.push(element);
    if (!empty) open.push(element);
  }
  assert.equal(open.length, 1);
  const [top] = root.children;
  assert.ok(top);
  return top;
}

function readTap(text: string): { results: FinalResults; points: TapPoint[] } {
  const points: TapPoint[] = [];
  let results: FinalResults | undefined;
  const parser = new Parser({ strict: true }, (all) => {
    results = all;
  });
  parser.on('assert', (point: TapPoint) => points.push(point));
  parser.end(text);
  assert.ok(results);
  assert.deepEqual(
    results.failures.filter((failure) => 'tapError' in failure && failure.tapError),
    [],
  );
  return { results, points };
}

/** Compiled once: ctrf's own `validate` compiles its schema for each report. */
const fits = new Ajv({ strict: false, validateFormats: false }).compile<CTRFReport>(schema);

function readCtrf(text: string): CTRFReport {
  const report: unknown = JSON.parse(text);
  assert.ok(fits(report), JSON.stringify(fits.errors));
  return report;
}

/** A case in all three formats. */
function exported(c: CaseResult, over: Partial<Result> = {}, comparisons?: (result: Result) => Comparisons) {
  const result = resultOf([c], over);
  const compared = comparisons?.(result);
  const suite = readXml(renderJunit([result], compared)).children[0];
  const testcase = suite?.children.find(({ name }) => name === 'testcase');
  const tap = renderTap([result], compared);
  const [point] = readTap(tap).points;
  const ctrf = readCtrf(renderCtrf([result], compared, { evidenceHref: (_result, id) => `evidence/${id}` }));
  const [test] = ctrf.results.tests;
  assert.ok(suite && testcase && point && test);
  const properties = new Map(
    [suite, testcase].flatMap(({ children }) =>
      children
        .filter(({ name }) => name === 'properties')
        .flatMap((list) => list.children.map(({ attributes: { name, value } }) => [name, value] as const)),
    ),
  );
  const verdict = testcase.children.find(({ name }) => name !== 'properties');
  const extra = test.extra?.takeover as Record<string, unknown>;
  return {
    all: { junit: renderJunit([result], compared), tap, ctrf: JSON.stringify(ctrf) },
    junit: { suite, testcase, properties, as: verdict?.name ?? 'passed', verdict },
    tap: { point, diag: point.diag as Record<string, unknown>, as: tapWord(point) },
    ctrf: { report: ctrf, test, extra },
  };
}

const tapWord = ({ ok, todo, skip }: TapPoint) =>
  `${ok ? 'ok' : 'not ok'}${todo === false ? '' : ' # TODO'}${skip === false ? '' : ' # SKIP'}`;

const called = (level: Level, outcome: Outcome) => {
  const { junit, tap, ctrf } = exported(caseOf(relearns, 'rarp', { level, outcome }));
  return [junit.as, tap.as, ctrf.test.status];
};

const marked = 'a sentence of its own';
const keeps = (where: { readonly all: Readonly<Record<string, string>> }, text: string) =>
  Object.entries(where.all).flatMap(([format, all]) => (all.includes(text) ? [format] : []));

/** What each row of the table says, by its first cell. */
const rows: Readonly<Record<string, () => void>> = {
  'A must that failed'() {
    assert.deepEqual(called('must', 'fail'), ['failure', 'not ok', 'failed']);
  },
  'A should that failed'() {
    assert.deepEqual(called('should', 'fail'), ['skipped', 'not ok # TODO', 'other']);
  },
  'A may or info that does not hold'() {
    assert.deepEqual(called('may', 'fail'), ['skipped', 'ok # SKIP', 'other']);
    assert.deepEqual(called('info', 'fail'), ['skipped', 'ok # SKIP', 'other']);
  },
  Inconclusive() {
    for (const level of levels)
      assert.deepEqual(called(level, 'inconclusive'), ['skipped', 'ok # SKIP', 'other']);
  },
  'Not applicable'() {
    assert.deepEqual(called('must', 'not-applicable'), ['skipped', 'ok # SKIP', 'skipped']);
  },
  'Not run'() {
    assert.deepEqual(called('must', 'not-run'), ['skipped', 'ok # SKIP', 'pending']);
  },
  'An error of the harness'() {
    for (const level of levels) assert.deepEqual(called(level, 'error'), ['error', 'not ok', 'failed']);
  },
  'Level and outcome'() {
    for (const level of levels)
      for (const outcome of outcomes) {
        const { junit, tap, ctrf } = exported(caseOf(relearns, 'rarp', { level, outcome }));
        assert.deepEqual(
          [junit.properties.get('takeover.level'), junit.properties.get('takeover.outcome')],
          [level, outcome],
        );
        assert.deepEqual([tap.diag.level, tap.diag.outcome], [level, outcome]);
        assert.equal(ctrf.test.rawStatus, `${level} ${outcome}`);
        assert.deepEqual([ctrf.extra.level, ctrf.extra.outcome], [level, outcome]);
      }
  },
  'What became of it since the baseline'() {
    const known = caseOf(relearns, 'rarp', { outcome: 'fail' });
    const same = (result: Result) => new Map([[result, compareResults(result, result)]]);
    const { junit, tap, ctrf } = exported(known, {}, same);
    assert.equal(junit.properties.get('takeover.baseline.change'), 'unchanged');
    assert.equal(junit.properties.get('takeover.baseline.outcome'), 'fail');
    assert.deepEqual(tap.diag.baseline, { change: 'unchanged', outcome: 'fail' });
    assert.deepEqual(ctrf.extra.baseline, { change: 'unchanged', outcome: 'fail' });
  },
  Qualifiers() {
    const { junit, tap, ctrf } = exported(caseOf(relearns, 'rarp', { qualifiers: ['flaky 1/2'] }));
    assert.equal(junit.properties.get('takeover.qualifier'), 'flaky 1/2');
    assert.deepEqual(tap.diag.qualifiers, ['flaky 1/2']);
    assert.deepEqual([ctrf.test.tags, ctrf.extra.qualifiers], [['flaky 1/2'], ['flaky 1/2']]);
  },
  'A measurement with its bounds'() {
    const m = { name: 'relearn time', value: 1.24, unit: 'ms', low: 1.23, high: 1.25 } as const;
    const { junit, tap, ctrf } = exported(caseOf(relearnTime, 'rarp', { measurements: [m] }));
    assert.equal(junit.properties.get('takeover.measurement.relearn time (ms)'), '1.24 1.23 1.25');
    assert.deepEqual(tap.diag.measurements, [m]);
    assert.deepEqual(ctrf.extra.measurements, [m]);
  },
  'That a number ends where the tester does'() {
    const m = { name: 'stations held at once', value: 8192, unit: 'addresses', limitedBy: 'tester' } as const;
    const { junit, tap, ctrf } = exported(caseOf(relearnTime, 'rarp', { measurements: [m] }));
    assert.equal(junit.properties.get('takeover.measurement.stations held at once (addresses)'), '8192');
    assert.deepEqual(tap.diag.measurements, [m]);
    assert.deepEqual(ctrf.extra.measurements, [m]);
  },
  'Expected and observed'() {
    const failed = exported(caseOf(relearns, 'rarp', { outcome: 'fail', observed: marked }));
    assert.deepEqual(keeps(failed, marked), ['junit', 'tap', 'ctrf']);
    assert.match(failed.junit.verdict?.text ?? '', /^Expected: .*\nObserved: a sentence of its own\n$/);
    const passed = exported(caseOf(relearns, 'rarp', { observed: marked }));
    assert.deepEqual(keeps(passed, marked), ['tap', 'ctrf']);
  },
  'Why a case passed'() {
    assert.deepEqual(keeps(exported(caseOf(relearns, 'rarp', { reason: marked, attempts: [] })), marked), [
      'tap',
      'ctrf',
    ]);
  },
  Findings() {
    const findings = [{ id: 'reached', holds: true, text: marked }];
    const { all, tap, ctrf } = exported(caseOf(relearns, 'rarp', { findings }));
    assert.deepEqual(keeps({ all }, marked), ['tap', 'ctrf']);
    assert.deepEqual([tap.diag.findings, ctrf.extra.findings], [findings, findings]);
  },
  'Each attempt'() {
    const [attempt] = caseOf(relearns, 'rarp').attempts;
    assert.ok(attempt);
    const attempts = [{ ...attempt, outcome: 'fail' as const, reason: marked }, attempt];
    const { all, junit, tap, ctrf } = exported(caseOf(relearns, 'rarp', { attempts }));
    assert.deepEqual(keeps({ all }, marked), ['ctrf']);
    assert.equal(junit.testcase.attributes.time, '0.368');
    assert.equal(tap.point.time, 368.4);
    assert.equal(ctrf.test.duration, 368);
    assert.deepEqual(
      [ctrf.test.flaky, ctrf.test.retries, ctrf.test.retryAttempts?.[0]?.status],
      [true, 1, 'failed'],
    );
  },
  'Where the capture lies'() {
    const { all, ctrf } = exported(caseOf(relearns, 'rarp'));
    assert.deepEqual(keeps({ all }, 'evidence/'), ['ctrf']);
    assert.equal(ctrf.test.attachments?.[0]?.path, 'evidence/switch/relearns/rarp');
  },
  'The device, its firmware and conditions'() {
    const device = {
      ...resultOf([]).device,
      firmware: 'firmware-x',
      conditions: { 'port-security': 'state-y' },
    };
    const { all, junit, ctrf } = exported(caseOf(relearns, 'rarp'), { device });
    assert.deepEqual(keeps({ all }, 'firmware-x'), ['junit', 'tap', 'ctrf']);
    assert.deepEqual(keeps({ all }, 'state-y'), ['junit', 'tap', 'ctrf']);
    assert.equal(junit.properties.get('takeover.device.port-security'), 'state-y');
    assert.equal(ctrf.report.results.environment?.appVersion, 'firmware-x');
  },
  'The clause, and what a failure costs'() {
    const { all } = exported(caseOf(relearns, 'rarp', { outcome: 'fail' }));
    for (const text of [relearns.requirement.document, relearns.why])
      assert.deepEqual(keeps({ all }, text), []);
  },
  'Likely causes, cases left out, checks of the instrument, the bench'() {
    const { all } = exported(caseOf(relearns, 'rarp', { outcome: 'fail' }), {
      diagnoses: [{ id: 'unexplained', title: marked, evidence: [], change: marked }],
      deselected: [{ id: 'switch/left-out', why: marked }],
      preflight: [{ id: 'drops', ok: true, text: marked }],
    });
    for (const text of [marked, 'switch/left-out', resultOf([]).bench.name])
      assert.deepEqual(keeps({ all }, text), []);
  },
  'Control characters, and marks that reorder text'() {
    const c = caseOf(relearns, 'rarp', { outcome: 'fail', reason: 'a\u0007b\u202ec', attempts: [] });
    const { junit, tap, ctrf } = exported(c);
    assert.equal(junit.verdict?.attributes.message, 'abc');
    assert.equal(tap.diag.message, 'abc');
    assert.equal(ctrf.test.message, 'a\u0007b\u202ec');
  },
};

describe('Exports', () => {
  const docs = readFileSync(join(packageRoot, 'docs', 'exports.md'), 'utf8');

  describe('say what docs/exports.md says', () => {
    for (const [row, claim] of Object.entries(rows)) it(row, claim);

    it('and it has no row besides', () => {
      const said = [...docs.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell);
      const table = said.filter((cell) => cell !== 'What' && !cell?.startsWith('---'));
      assert.deepEqual(table, Object.keys(rows));
    });
  });

  describe('with a baseline', () => {
    const words = (before: Partial<CaseResult>, after: Partial<CaseResult>) => {
      const old = resultOf([caseOf(relearns, 'rarp', before)]);
      const { junit, tap, ctrf } = exported(
        caseOf(relearns, 'rarp', after),
        {},
        (result) => new Map([[result, compareResults(old, result)]]),
      );
      return [junit.as, tap.as, ctrf.test.status, ctrf.test.message];
    };

    it('a known failure fails nothing, and says that it is known', () => {
      const reason = 'It stayed.';
      const fail = { outcome: 'fail', reason } as const;
      assert.deepEqual(words(fail, fail), [
        'skipped',
        'not ok # TODO',
        'other',
        'known: failed in the baseline too: It stayed.',
      ]);
    });

    it('what got worse fails, a should and a lost one too', () => {
      for (const [level, outcome] of [
        ['must', 'fail'],
        ['should', 'fail'],
        ['must', 'inconclusive'],
      ] as const) {
        const [junit, tap, ctrf, message] = words({ level }, { level, outcome, reason: 'So.' });
        const word = outcome === 'fail' ? 'broken' : 'lost';
        assert.deepEqual(
          [junit, tap, ctrf, message],
          ['failure', 'not ok', 'failed', `worse than the baseline (${word}): So.`],
        );
      }
    });

    it('a must that passes, but follows much later, fails by its number', () => {
      const measured = (value: number) => ({
        measurements: [
          { name: 'relearn time, median of 10', value, low: value, high: value, unit: 'ms' as const },
        ],
      });
      const [junit, , , message] = words(measured(2), measured(400));
      assert.equal(junit, 'failure');
      assert.equal(
        message,
        'worse than the baseline: relearn time, median of 10: 2 ms → 400 ms, between 400 and 400 ms',
      );
    });

    it('an error of the harness that was there before is no longer red', () => {
      const error = { outcome: 'error' } as const;
      assert.deepEqual(words(error, error).slice(0, 3), ['skipped', 'not ok # TODO', 'other']);
      assert.deepEqual(words({}, error).slice(0, 3), ['error', 'not ok', 'failed']);
    });
  });

  it('of no device, or of no case, are still documents', () => {
    for (const results of [[], [resultOf([])]]) {
      assert.equal(readXml(renderJunit(results)).attributes.tests, '0');
      assert.match(renderTap(results), /^TAP version 14\n1\.\.0 # SKIP no case was selected\n$/);
      assert.equal(readTap(renderTap(results)).results.ok, true);
      assert.equal(readCtrf(renderCtrf(results)).results.summary.tests, 0);
    }
  });

  it('CTRF’s own validator accepts a report', () => {
    const { valid, errors } = validate(JSON.parse(renderCtrf([resultOf(mixedCases())])));
    assert.ok(valid, JSON.stringify(errors));
  });

  it('count what they hold', () => {
    const cases = levels.flatMap((level) =>
      outcomes.map((outcome) => caseOf(relearns, `${level}-${outcome}`, { level, outcome })),
    );
    const results = [resultOf(cases), resultOf(cases)];
    const { attributes } = readXml(renderJunit(results));
    const { results: tap } = readTap(renderTap(results));
    const { summary } = readCtrf(renderCtrf(results)).results;
    assert.deepEqual(attributes.tests, '48');
    assert.deepEqual([attributes.failures, attributes.errors, attributes.skipped], ['2', '8', '30']);
    assert.deepEqual([tap.count, tap.ok, tap.todo, tap.skip], [48, false, 2, 28]);
    assert.deepEqual(
      [summary.tests, summary.passed, summary.failed, summary.skipped, summary.pending, summary.other],
      [48, 8, 10, 8, 8, 14],
    );
    assert.equal(summary.suites, 2);
  });

  describe('stay documents whatever a result says', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc
        .array(
          fc.constantFrom(
            ...[
              '\n',
              '\r',
              '  ...\n',
              '\n  ---\n',
              '# TODO ',
              ' # SKIP',
              '\\',
              '\\#',
              '1..0',
              'Bail out!',
              'not ok 1',
              ']]>',
            ],
            ...[
              '<x a="',
              "'",
              '&#0;',
              '-->',
              '\u0000',
              '\u001b[2J',
              '\u2028',
              '\u0085',
              '\ufeff',
              '\ud800',
              '\ufffe',
              '{',
              '- ',
            ],
          ),
          { maxLength: 6 },
        )
        .map((parts) => parts.join('')),
    );
    const hostile = fc.record({
      ...{
        id: nasty,
        probe: nasty,
        title: nasty,
        reason: nasty,
        expected: nasty,
        observed: nasty,
        name: nasty,
      },
      outcome: fc.constantFrom(...outcomes),
      level: fc.constantFrom(...levels),
    });

    it('JUnit, TAP and CTRF alike', () => {
      fc.assert(
        fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), nasty, (list, word) => {
          const cases = list.map(({ name, ...over }) => ({
            ...caseOf(relearns, 'x', over),
            qualifiers: [name],
            measurements: [{ name, value: 1, unit: 'ms' as const }],
          }));
          const device = { ...resultOf([]).device, vendor: word, conditions: { [word]: word } };
          const result = resultOf(cases, {
            device,
            run: { ...resultOf([]).run, id: word, startedAt: word, endedAt: word },
          });
          const suite = readXml(renderJunit([result])).children[0];
          assert.equal(suite?.children.filter(({ name }) => name === 'testcase').length, cases.length);
          const text = renderTap([result]);
          const { points } = readTap(text);
          assert.deepEqual(
            points.map(({ ok, todo, skip }) => [ok, todo !== false, skip !== false]),
            cases.map(({ level, outcome }) => [
              outcome !== 'error' && (outcome !== 'fail' || (level !== 'must' && level !== 'should')),
              outcome === 'fail' && level === 'should',
              !(
                outcome === 'pass' ||
                outcome === 'error' ||
                (outcome === 'fail' && (level === 'must' || level === 'should'))
              ),
            ]),
          );
          for (const block of text.matchAll(/^ {2}---\n(.*?)^ {2}\.\.\.$/gms)) parseYaml(block[1] ?? '');
          assert.equal(readCtrf(renderCtrf([result])).results.tests.length, cases.length);
        }),
        { numRuns: 100 },
      );
    });
  });
});
