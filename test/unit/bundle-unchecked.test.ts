/** What a run may say of itself unchecked: everything else in result.json must follow from its evidence or the catalogue. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import { checkEvidence, checkManifest } from '../../src/bundle/check-files.js';
import { checkResult } from '../../src/bundle/check-result.js';
import { judgeBundle } from '../../src/bundle/judge.js';
import { checkTimes } from '../../src/bundle/times.js';
import { type Result, ResultSchema } from '../../src/result.js';
import { openTrap, type Trap } from './bundle-trap.js';

/** docs/bundles.md tells of them under "What it can't know". */
const unchecked: readonly string[] = [
  'run.seed',
  'run.repeat',
  'run.complete',
  'environment.node',
  'environment.system',
  'bench.name',
  'bench.ports.*.timestampErrorNs',
  // subject.json outranks them, and both are shown where they differ.
  'device.vendor',
  'device.model',
  'device.firmware',
  'preflight.*.id',
  'preflight.*.ok',
  'preflight.*.text',
  // It must last as long as its evidence, give or take some seconds.
  'cases.*.attempts.*.durationMs',
  'cases.untried.reason',
];
type Place = readonly string[];

/** Of each kind of value the first: what is in a list is of one kind, except that cases may have been tried or not. */
function placesIn(value: unknown, at: Place = [], kind: Place = [], found = new Map<string, Place>()) {
  if (typeof value !== 'object' || value === null) {
    const name = kind.join('.');
    if (!found.has(name)) found.set(name, at);
    return found;
  }
  for (const [key, inner] of Object.entries(value)) {
    const { attempts } = Object(inner) as { attempts?: readonly unknown[] };
    const part = Array.isArray(value) ? (attempts?.length === 0 ? 'untried' : '*') : key;
    placesIn(inner, [...at, key], [...kind, part], found);
  }
  return found;
}

function change(value: unknown, [key = '', ...rest]: Place): void {
  const parent = value as Record<string, unknown>;
  const old = parent[key];
  if (rest.length > 0) change(old, rest);
  else if (typeof old === 'number') parent[key] = old + 1;
  else parent[key] = typeof old === 'boolean' ? !old : `${old} Certified.`;
}

describe('a result with one value changed', () => {
  let trap: Trap;
  before(async () => {
    trap = await openTrap();
  });
  after(() => trap.close());

  for (const behaviour of ['good', 'never-moves'] as const) {
    it(`is believed only where docs/bundles.md says so (${behaviour})`, async () => {
      const bundle = await trap.open(await trap.make({ behaviour }));
      const { subject, manifest } = bundle;
      const { listed } = checkManifest(manifest);
      const isBelieved = async (result: Result) =>
        v.is(ResultSchema, result) &&
        [
          ...checkResult(result, subject),
          ...checkTimes(result, manifest, undefined),
          ...checkEvidence(result, listed),
        ].length === 0 &&
        (await judgeBundle({ ...bundle, result })).every(({ agrees }) => agrees);
      assert.ok(await isBelieved(bundle.result));
      const believed: string[] = [];
      for (const [kind, place] of placesIn(bundle.result)) {
        const result = structuredClone(bundle.result);
        change(result, place);
        if (await isBelieved(result)) believed.push(kind);
      }
      assert.deepEqual(believed.sort(), [...unchecked].sort());
    }).timeout(60_000);
  }
});
