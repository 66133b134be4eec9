/** JUnit XML, for pipelines. It knows fewer verdicts than we do, so the native ones stand as properties. */
import type { CaseResult, Result } from '../result.js';
import { statusOf } from '../result.js';
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

const seconds = (cases: readonly CaseResult[]): string => {
  const ms = cases.flatMap(({ attempts }) => attempts).reduce((sum, attempt) => sum + attempt.durationMs, 0);
  return (ms / 1000).toFixed(3);
};

/** What JUnit calls the case. Only a must fails the build: a should that failed is skipped, with its
 *  reason, so that it is neither green nor red. */
function kindOf({ level, outcome }: CaseResult): 'passed' | 'failure' | 'error' | 'skipped' {
  if (outcome === 'error') return 'error';
  if (outcome === 'fail') return level === 'must' ? 'failure' : 'skipped';
  return outcome === 'pass' ? 'passed' : 'skipped';
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

function testcase(c: CaseResult): string {
  const kind = kindOf(c);
  const message = c.outcome === 'fail' ? c.reason : `${c.outcome}: ${c.reason}`;
  const detail = escapeMarkup(`Expected: ${c.expected}\nObserved: ${c.observed}\n`);
  return tag('testcase', { classname: c.probe, name: c.id, time: seconds([c]) }, [
    properties([
      ['takeover.id', c.id],
      ['takeover.level', c.level],
      ['takeover.outcome', c.outcome],
      ...viewProperties(c),
      ...c.qualifiers.map((qualifier) => ['takeover.qualifier', qualifier] as const),
      ...c.measurements.map(
        (m) =>
          [`takeover.measurement.${m.name} (${m.unit})`, [m.value, m.low, m.high].join(' ').trim()] as const,
      ),
    ]),
    kind === 'skipped'
      ? tag('skipped', { message: c.outcome === 'fail' ? `${c.level} failed: ${c.reason}` : message })
      : '',
    kind === 'failure' || kind === 'error'
      ? tag(kind, { message, type: `${c.level} ${c.outcome}` }, [detail])
      : '',
  ]);
}

const counts = (cases: readonly CaseResult[]) => {
  const count = (kind: ReturnType<typeof kindOf>) => cases.filter((c) => kindOf(c) === kind).length;
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
};

/** One test suite for each device. */
export function renderJunit(results: readonly Result[]): string {
  const suites = results.map((result) => {
    const { device, cases, run, suite } = result;
    const facts = deviceFacts(device).map(({ term, value }) => [`takeover.device.${term}`, value] as const);
    return tag(
      'testsuite',
      {
        name: `${deviceName(device)} (${factsText(device)})`,
        ...counts(cases),
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
        ...cases.map(testcase),
      ],
    );
  });
  const all = results.flatMap(({ cases }) => cases);
  const root = tag('testsuites', { name: 'takeover', ...counts(all), time: seconds(all) }, suites);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.replace(/(<testcase |<testsuite |<\/testsuite>|<\/testsuites>)/g, '\n$1')}\n`;
}
