/** JUnit XML, for pipelines. It knows fewer verdicts than we do, so the native ones stand as properties. */
import type { Comparison } from '../compare/compare.js';
import type { CaseResult, Result } from '../result.js';
import { statusOf } from '../result.js';
import { asTest, type Comparisons, durationOf } from './as-test.js';
import { escapeMarkup } from './escape.js';
import { twoViewsOf } from './two-views.js';
import { deviceFacts, deviceName, factsText } from './words.js';

/** In an attribute a line end must be written as a reference, or a parser turns it into a space. */
const attribute = (text: string): string =>
  escapeMarkup(text).replace(/\n/g, '&#10;').replace(/\r/g, '&#13;').replace(/\t/g, '&#9;');

function tag(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly string[] = [],
): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  const inner = children.filter(Boolean).join('');
  return `<${name}${pairs.join('')}${inner ? `>${inner}</${name}>` : '/>'}`;
}

const properties = (named: readonly (readonly [string, string])[]): string =>
  tag(
    'properties',
    {},
    named.map(([name, value]) => tag('property', { name, value })),
  );

const seconds = (cases: readonly CaseResult[]): string =>
  (cases.reduce((sum, c) => sum + durationOf(c), 0) / 1000).toFixed(3);

/** What JUnit calls the case. It has no word for what fell short and fails nothing: that is skipped, with its reason, so that it
 *  is neither green nor red. */
function kindOf(c: CaseResult, comparison: Comparison | undefined) {
  const { as } = asTest(c, comparison);
  return as === 'failed' ? 'failure' : as === 'todo' ? 'skipped' : as;
}

/** Both views of a host's belief; when each followed is among the measurements. */
function viewProperties(c: CaseResult): (readonly [string, string])[] {
  const { outside, cache, agree = null } = twoViewsOf(c) ?? {};
  return [
    ...(outside ? [['takeover.view.outside', outside.says] as const] : []),
    ...(cache ? [['takeover.view.cache', cache.says] as const] : []),
    ...(agree === null ? [] : [['takeover.view.agree', agree ? 'yes' : 'no'] as const]),
  ];
}

function testcase(c: CaseResult, comparison: Comparison | undefined): string {
  const kind = kindOf(c, comparison);
  const { message, change } = asTest(c, comparison);
  const detail = escapeMarkup(`Expected: ${c.expected}\nObserved: ${c.observed}\n`);
  return tag('testcase', { classname: c.probe, name: c.id, time: seconds([c]) }, [
    properties([
      ['takeover.id', c.id],
      ['takeover.level', c.level],
      ['takeover.outcome', c.outcome],
      ...(change
        ? [
            ['takeover.baseline.change', change.change] as const,
            ['takeover.baseline.outcome', change.before?.outcome ?? 'absent'] as const,
          ]
        : []),
      ...viewProperties(c),
      ...c.qualifiers.map((qualifier) => ['takeover.qualifier', qualifier] as const),
      ...c.measurements.map(
        (m) =>
          [`takeover.measurement.${m.name} (${m.unit})`, [m.value, m.low, m.high].join(' ').trim()] as const,
      ),
    ]),
    kind === 'skipped' ? tag('skipped', { message }) : '',
    kind === 'failure' || kind === 'error'
      ? tag(kind, { message, type: `${c.level} ${c.outcome}` }, [detail])
      : '',
  ]);
}

const counts = (kinds: readonly ReturnType<typeof kindOf>[]) => {
  const count = (kind: ReturnType<typeof kindOf>) => kinds.filter((k) => k === kind).length;
  return {
    tests: kinds.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
};

/** One test suite for each device. With comparisons, only what got worse than the baseline is a failure. */
export function renderJunit(results: readonly Result[], comparisons?: Comparisons): string {
  const kindsOf = (result: Result) => result.cases.map((c) => kindOf(c, comparisons?.get(result)));
  const suites = results.map((result) => {
    const { device, cases, run, suite } = result;
    const facts = deviceFacts(device).map(({ term, value }) => [`takeover.device.${term}`, value] as const);
    return tag(
      'testsuite',
      {
        name: `${deviceName(device)} (${factsText(device)})`,
        ...counts(kindsOf(result)),
        time: seconds(cases),
        timestamp: run.startedAt.replace(/\.\d+|Z$/g, ''),
      },
      [
        properties([
          ['takeover.status', statusOf(cases)],
          ['takeover.run', run.id],
          ['takeover.version', suite.version],
          ...facts,
        ]),
        ...cases.map((c) => testcase(c, comparisons?.get(result))),
      ],
    );
  });
  const all = results.flatMap(({ cases }) => cases);
  const root = tag(
    'testsuites',
    { name: 'takeover', ...counts(results.flatMap(kindsOf)), time: seconds(all) },
    suites,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.replace(/(<testcase |<testsuite |<\/testsuite>|<\/testsuites>)/g, '\n$1')}\n`;
}
