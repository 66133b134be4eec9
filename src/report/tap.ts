/** TAP 14 (https://testanything.org/tap-version-14-specification.html): a test point a case, the native verdict as its YAML. */
import type { Comparison } from '../compare/compare.js';
import type { CaseResult, Result } from '../result.js';
import { statusOf } from '../result.js';
import { asTest, type Comparisons, durationOf } from './as-test.js';
import { stripControls } from './escape.js';
import { deviceName, factsText } from './words.js';

/** One line without what ends a line, begins a directive or escapes one (TAP 14, "Escaping"). */
const line = (text: string): string =>
  stripControls(text)
    .replace(/[\s\u2028\u2029]+/gu, ' ')
    .trim()
    .replace(/[\\#]/g, '\\$&');

/** A scalar or list in YAML's JSON form, on one line: no text can end the block. */
const yaml = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? stripControls(part) : part,
  ).replace(/[\u2028\u2029\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

function testPoint(c: CaseResult, n: number, device: string, comparison: Comparison | undefined): string {
  const { as, message, change } = asTest(c, comparison);
  const ok = as === 'passed' || as === 'skipped' ? 'ok' : 'not ok';
  const directive = as === 'todo' ? 'TODO' : as === 'skipped' ? 'SKIP' : undefined;
  const native = {
    message,
    level: c.level,
    outcome: c.outcome,
    ...(change && { baseline: { change: change.change, outcome: change.before?.outcome ?? 'absent' } }),
    device,
    title: c.title,
    expected: c.expected,
    observed: c.observed,
    qualifiers: c.qualifiers,
    measurements: c.measurements,
    findings: c.findings,
    duration_ms: durationOf(c),
  };
  return [
    `${ok} ${n} - ${line(c.id)}${directive === undefined ? '' : ` # ${directive} ${line(message)}`}`,
    '  ---',
    ...Object.entries(native).map(([key, value]) => `  ${key}: ${yaml(value)}`),
    '  ...',
  ].join('\n');
}

/** All devices in one flat list, which every reader of TAP understands: subtests are not read by all of them. */
export function renderTap(results: readonly Result[], comparisons?: Comparisons): string {
  const total = results.reduce((sum, { cases }) => sum + cases.length, 0);
  let n = 0;
  const body = results.flatMap((result) => {
    const device = `${deviceName(result.device)} (${factsText(result.device)})`;
    const about = `# ${line(device)}: ${statusOf(result.cases)}, run ${line(result.run.id)}`;
    const points = result.cases.map((c) => testPoint(c, ++n, device, comparisons?.get(result)));
    return result.cases.length === 0 ? [] : [about, ...points];
  });
  const plan = total === 0 ? '1..0 # SKIP no case was selected' : `1..${total}`;
  return `${['TAP version 14', plan, ...body].join('\n')}\n`;
}
