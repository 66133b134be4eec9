/** What holds for every run on a good device. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import { probes } from '../../probes/index.js';
import { rejudge } from '../../src/engine/rejudge.js';
import { readEvidence } from '../../src/evidence/store.js';
import { decodeFrame } from '../../src/frame/index.js';
import type { CaseResult, DeviceKind } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import { catalogueCases, type LabRun, told } from './run-lab.js';

export const figure = (text: string) => console.log(`        ${text}`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** A case that this kernel's bridge can't be asked. */
const needsVlans = (id: string) => id.startsWith('switch/vlan-');

/** What Linux does on purpose where its spanning tree is off, and the standard forbids. */
const ofLinuxBridge = ({ id }: CaseResult) => id === 'switch/reserved-group/spanning-tree';

/** Nothing was left out but slow cases, and nothing but what `mayFail` names failed. */
export function assertEvery(
  cases: readonly CaseResult[],
  kind: DeviceKind,
  mayFail: (entry: CaseResult) => boolean = ofLinuxBridge,
): void {
  assert.deepEqual(
    cases.map(({ id }) => id),
    fastCases(kind),
  );
  assertGood(cases, mayFail);
}

/** Nothing but what `mayFail` names failed. */
export function assertGood(
  cases: readonly CaseResult[],
  mayFail: (entry: CaseResult) => boolean = ofLinuxBridge,
): void {
  for (const entry of cases) {
    if (entry.outcome === 'not-applicable') assert.ok(needsVlans(entry.id), told(entry));
    else assert.equal(entry.outcome, mayFail(entry) ? 'fail' : 'pass', told(entry));
  }
}

/** The cases of a run without `--slow`. */
export const fastCases = (kind: DeviceKind): string[] =>
  catalogueCases(kind).flatMap(({ id, slow }) => (slow ? [] : id));

export async function assertValid(folder: string): Promise<void> {
  const schema = JSON.parse(
    await readFile(join(packageRoot, 'schemas/result.schema.json'), 'utf8'),
  ) as SchemaObject;
  const validate = new Ajv2020({ allErrors: true }).compile(schema);
  const stored: unknown = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'));
  assert.ok(validate(stored), JSON.stringify(validate.errors?.slice(0, 3)));
}

export async function assertJudgedAlike({ result, folder }: LabRun): Promise<void> {
  const judged = await rejudge(folder, result, probes);
  assert.equal(
    judged.length,
    result.cases.reduce((sum, { attempts }) => sum + attempts.length, 0),
  );
  for (const { caseId, agrees, stored, again, text } of judged) {
    assert.ok(agrees, `${caseId}: stored ${stored}, now ${again}: ${text}`);
  }
}

/** The evidence of the attempt that decided a case. */
export function evidenceOf({ folder, result }: LabRun, caseId: string) {
  const attempt = result.cases.find(({ id }) => id === caseId)?.attempts.at(-1);
  assert.ok(attempt?.evidence, `${caseId} has no evidence`);
  return readEvidence(join(folder, attempt.evidence.capture.path, '..'));
}

/** Where each station should be: at the port from which it spoke last, in the cases that passed. */
export async function whereTheyAre(suite: LabRun): Promise<ReadonlyMap<string, string>> {
  const stations = new Map<string, string>();
  for (const { id, outcome } of suite.result.cases) {
    if (outcome !== 'pass') continue;
    const { plan, frames } = await evidenceOf(suite, id);
    const { station } = plan.addresses;
    const spoke = frames.findLast(
      (f) => f.direction === 'out' && decodeFrame(f.bytes).ethernet?.source === station,
    );
    if (station && spoke) stations.set(station, spoke.port);
  }
  assert.ok(stations.size > 20, `only ${stations.size} stations`);
  return stations;
}

/** The limit is generous: the figures are printed. */
export function assertTook({ wallMs }: LabRun, limitMs: number): void {
  figure(`took ${seconds(wallMs)} of ${seconds(limitMs)}`);
  assert.ok(wallMs < 3 * limitMs, `took ${seconds(wallMs)}`);
}

export const switchSuiteMs = 60_000;
export const hostSuiteMs = 90_000;
export const routerSuiteMs = 25_000;
export const tenMegabytes = 10_000_000;
