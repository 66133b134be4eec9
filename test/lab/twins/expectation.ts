import assert from 'node:assert/strict';
import type { Result } from '../../../src/result.js';

/** What must be seen on a faulty twin. */
export interface Expectation {
  /** What the reason, or the observation beside it, of a broken case must say, by its probe. */
  readonly because?: Readonly<Record<string, RegExp>>;
  /** Cases that must pass all the same. */
  readonly passes: readonly string[];
  /** Cases that are run besides, for a cause to show. */
  readonly also?: readonly string[];
  /** The likely causes that must be named, by their ids, for the cases that were run. */
  readonly diagnoses?: readonly string[];
  /** Where the fault breaks nothing: how it shows. */
  readonly shows?: (result: Result) => void;
}

export function textOf(preflight: Result['preflight'], id: string): string {
  return preflight.find((check) => check.id === id)?.text ?? '';
}

/** The interval of a measurement, milliseconds. */
export function measured({ cases }: Result, caseId: string, name: string): { lowMs: number; highMs: number } {
  const found = cases.find(({ id }) => id === caseId)?.measurements.find((m) => m.name.startsWith(name));
  assert.ok(found?.low !== undefined && found.high !== undefined, `${caseId} has no measurement '${name}'`);
  const perUnit = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000 }[found.unit as 'ns' | 'us' | 'ms' | 's'];
  return { lowMs: found.low * perUnit, highMs: found.high * perUnit };
}
