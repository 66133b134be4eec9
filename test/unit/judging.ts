/** Asking the catalogue's judges about recordings. */
import assert from 'node:assert/strict';
import { probes } from '../../probes/index.js';
import { verdict } from '../../src/engine/verdict.js';
import type { Recording } from '../../src/evidence/recording.js';
import type { Probe } from '../../src/probe.js';
import type { Judgement, Outcome } from '../../src/result.js';
import type { Script } from './recordings.js';

/** What happened, the recording of it, and what should be said of it. */
export type Row = readonly [what: string, script: Script, outcome: Outcome, reason: RegExp];

export function caseOf(id: string): { readonly probe: Probe; readonly params: unknown } {
  for (const probe of probes) {
    for (const { id: name, params } of probe.cases)
      if (`${probe.id}/${name}` === id) return { probe, params };
  }
  throw new Error(`The catalogue has no case ${id}.`);
}

export function judged(id: string, recording: Recording): Judgement {
  const { probe, params } = caseOf(id);
  return verdict(probe, params, recording);
}

/** A test for each row of a case's table. */
export function table(id: string, rows: readonly Row[]): void {
  describe(id, () => {
    for (const [what, script, outcome, reason] of rows) {
      it(`${what}: ${outcome}`, () => {
        const judgement = judged(id, script.end());
        assert.equal(judgement.outcome, outcome, judgement.reason);
        assert.match(judgement.reason, reason);
        assert.notEqual(judgement.observed, '');
        assert.notEqual(judgement.expected, '');
      });
    }
  });
}
