/** CTRF, Common Test Report Format (https://ctrf.io, schema 0.0): JSON for dashboards. The native verdict is kept in `extra`. */
import type { Comparison } from '../compare/compare.js';
import type { CaseResult, Outcome, Result } from '../result.js';
import { statusOf } from '../result.js';
import { version } from '../root.js';
import { asTest, type Comparisons, durationOf, type TestVerdict } from './as-test.js';
import { deviceName, factsText } from './words.js';

const specVersion = '0.0.0';

const testStatuses = ['passed', 'failed', 'skipped', 'pending', 'other'] as const;
type TestStatus = (typeof testStatuses)[number];

/** What was run and came to no verdict is `other`, so that it is counted apart from what was left out. */
const statusOfSkipped: Readonly<Partial<Record<Outcome, TestStatus>>> = {
  'not-applicable': 'skipped',
  'not-run': 'pending',
};

function testStatus(as: TestVerdict['as'], outcome: Outcome): TestStatus {
  if (as === 'passed') return 'passed';
  if (as === 'failed' || as === 'error') return 'failed';
  return (as === 'skipped' ? statusOfSkipped[outcome] : undefined) ?? 'other';
}

const attemptStatus = (outcome: Outcome): TestStatus =>
  outcome === 'pass' ? 'passed' : outcome === 'fail' || outcome === 'error' ? 'failed' : 'other';

/** CTRF counts whole milliseconds since 1970; an unreadable time is 0. */
const epochMs = (time: string): number => Math.round(Date.parse(time)) || 0;

const named = (text: string): string => text || '(no name)';

export interface CtrfOptions {
  /** Where a case's capture lies, relative to the report; undefined where none was kept. */
  evidenceHref?(result: Result, caseId: string): string | undefined;
}

function testOf(
  result: Result,
  c: CaseResult,
  comparison: Comparison | undefined,
  options: CtrfOptions,
): { readonly status: TestStatus; readonly flaky: boolean } & Record<string, unknown> {
  const { as, message, change } = asTest(c, comparison);
  const name = deviceName(result.device);
  const [first] = c.attempts;
  const earlier = c.attempts.slice(0, -1);
  const href = options.evidenceHref?.(result, c.id);
  return {
    name: named(c.id),
    testId: named(`${name}: ${c.id}`),
    status: testStatus(as, c.outcome),
    rawStatus: `${c.level} ${c.outcome}`,
    duration: Math.round(durationOf(c)),
    ...(first && { start: epochMs(first.startedAt) }),
    suite: [`${name} (${factsText(result.device)})`, c.probe],
    message,
    ...(as !== 'passed' && { trace: `Expected: ${c.expected}\nObserved: ${c.observed}` }),
    type: 'compliance',
    labels: { level: c.level, outcome: c.outcome, ...(change && { baseline: change.change }) },
    ...(c.qualifiers.length > 0 && { tags: c.qualifiers }),
    retries: Math.max(0, earlier.length),
    ...(earlier.length > 0 && {
      retryAttempts: earlier.map((attempt, i) => ({
        attempt: i + 1,
        status: attemptStatus(attempt.outcome),
        duration: Math.max(0, Math.round(attempt.durationMs)),
        message: attempt.reason,
        start: epochMs(attempt.startedAt),
      })),
    }),
    flaky: c.outcome === 'pass' && c.attempts.some(({ outcome }) => outcome === 'fail'),
    ...(href !== undefined && {
      attachments: [{ name: 'capture', contentType: 'application/vnd.tcpdump.pcap', path: href }],
    }),
    extra: {
      takeover: {
        title: c.title,
        level: c.level,
        outcome: c.outcome,
        expected: c.expected,
        observed: c.observed,
        qualifiers: c.qualifiers,
        measurements: c.measurements,
        findings: c.findings,
        ...(change && { baseline: { change: change.change, outcome: change.before?.outcome ?? 'absent' } }),
      },
    },
  };
}

/** One report for all devices of a run, as JSON. */
export function renderCtrf(
  results: readonly Result[],
  comparisons?: Comparisons,
  options: CtrfOptions = {},
): string {
  const tests = results.flatMap((result) =>
    result.cases.map((c) => testOf(result, c, comparisons?.get(result), options)),
  );
  const count = (status: TestStatus) => tests.filter((test) => test.status === status).length;
  const start = Math.min(...results.map(({ run }) => epochMs(run.startedAt)));
  const stop = Math.max(...results.map(({ run }) => epochMs(run.endedAt)));
  const [only, another] = results;
  const ended = results.map(({ run }) => run.endedAt).filter((time) => Number.isFinite(Date.parse(time)));
  const report = {
    reportFormat: 'CTRF',
    specVersion,
    ...(only && !another && { runId: named(only.run.id) }),
    ...(ended.length > 0 && {
      timestamp: new Date(Math.max(...ended.map((t) => Date.parse(t)))).toISOString(),
    }),
    generatedBy: `takeover ${version}`,
    results: {
      tool: { name: 'takeover', version },
      summary: {
        tests: tests.length,
        ...Object.fromEntries(testStatuses.map((status) => [status, count(status)])),
        flaky: tests.filter(({ flaky }) => flaky).length,
        suites: results.length,
        start: Number.isFinite(start) ? start : 0,
        stop: Number.isFinite(stop) ? stop : 0,
      },
      tests,
      environment: {
        ...(only && !another && { appName: deviceName(only.device), appVersion: only.device.firmware }),
        extra: {
          devices: results.map(({ device, run, suite, cases }) => ({
            ...device,
            run: run.id,
            suite: suite.version,
            status: statusOf(cases),
          })),
        },
      },
    },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
