/** A device's result.json, from its suite as it stands. */
import type { Bench, BenchDevice } from '../bench/bench.js';
import { diagnose } from '../diagnosis/diagnose.js';
import type { Probe } from '../probe.js';
import type { Result } from '../result.js';
import { version } from '../root.js';
import type { LocalDriver } from '../wire/open.js';
import type { Instrument } from './attempt.js';
import { limitsOf, unseen } from './bench-limits.js';
import { catalogueDigest, probeInfo } from './catalogue.js';
import type { HostView } from './host-view.js';
import type { Check } from './preflight.js';
import type { Suite } from './suite.js';

/** A device and what a run has come to with it so far. */
interface Ran {
  readonly device: BenchDevice;
  readonly suite: Suite;
  readonly checks: readonly Check[];
  readonly view?: HostView;
}

/** What holds for every device of the run. */
interface RunSoFar {
  readonly id: string;
  readonly startedAt: string;
  readonly instrument: Instrument;
  readonly plan: {
    readonly bench: Bench;
    readonly probes: readonly Probe[];
    readonly driver: LocalDriver;
    readonly repeat: number;
    readonly seed: number;
  };
  readonly complete: boolean;
  readonly environment: Record<string, string>;
}

export function resultOf({ device, suite, checks, view }: Ran, run: RunSoFar): Result {
  const { id, startedAt, instrument, complete, environment } = run;
  const { bench, probes, driver, repeat, seed } = run.plan;
  const { kind, vendor, model, hardware, firmware, conditions } = device;
  const cases = suite.results();
  return {
    schemaVersion: 1,
    suite: { version, catalogueDigest: catalogueDigest(probes) },
    run: { id, startedAt, endedAt: new Date().toISOString(), seed, driver, repeat, complete },
    environment,
    bench: {
      name: bench.name,
      ports: [...instrument.wires.values()].map(({ port: name, nic, driver: by, abilities }) => ({
        name,
        nic,
        driver: by,
        kernelTimestamps: abilities.kernelTimestamps,
        timestampErrorNs: abilities.timestampErrorNs,
      })),
      unseen: unseen(bench, device),
      limits: limitsOf(bench, device),
    },
    device: {
      kind,
      vendor,
      model,
      ...(hardware !== undefined && { hardware }),
      firmware,
      conditions: { ...conditions },
    },
    preflight: [...checks, ...(view ? [{ id: 'host-cache', ok: view.ok, text: view.text }] : [])],
    probes: probes.filter((probe) => probe.device === kind).map(probeInfo),
    cases,
    diagnoses: diagnose(cases),
    deselected: suite.deselected.map((entry) => ({ ...entry })),
  };
}
