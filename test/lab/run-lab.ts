/** Runs the suite in a virtual lab of its own, as `takeover demo` does, and hands back what came out. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probes } from '../../probes/index.js';
import { runBench } from '../../src/engine/run.js';
import { buildLab, type Lab, type LabOptions } from '../../src/lab/build.js';
import { labLimits } from '../../src/lab/enter.js';
import type { CaseResult, DeviceKind, Level, Result } from '../../src/result.js';
import type { LocalDriver } from '../../src/wire/open.js';
import { skip } from '../skip.js';

export interface LabRun {
  readonly result: Result;
  /** Holds result.json and the evidence. */
  readonly folder: string;
  readonly wallMs: number;
}

export interface RunChoice {
  /** Default `libpcap`. */
  readonly driver?: LocalDriver;
  /** Default: every case of the device. */
  readonly selected?: (caseId: string) => boolean;
  /** The slow cases too; default: none. */
  readonly slow?: boolean;
  /** Called as each case ends. */
  readonly finished?: (caseId: string) => void;
}

export interface TestLab extends Lab {
  /** Where runs are stored; removed at `close()`. */
  readonly directory: string;
  /** Runs the suite of the one kind of device. Rejects as `runBench` does. */
  run(kind: DeviceKind, choice?: RunChoice): Promise<LabRun>;
}

/** Builds a lab with a folder and a state folder of its own. Rejects with a LabError. */
export async function openTestLab(options: Omit<LabOptions, 'directory'>): Promise<TestLab> {
  const directory = await mkdtemp(join(tmpdir(), 'takeover-test-lab-'));
  const stateBefore = process.env.TAKEOVER_STATE;
  process.env.TAKEOVER_STATE = join(directory, 'state');
  const cleanUp = async () => {
    if (stateBefore === undefined) delete process.env.TAKEOVER_STATE;
    else process.env.TAKEOVER_STATE = stateBefore;
    await rm(directory, { recursive: true, force: true });
  };
  const lab = await buildLab({ ...options, directory }).catch(async (error) => {
    await cleanUp();
    throw error;
  });
  let runs = 0;
  return {
    ...lab,
    directory,
    async run(kind, { driver = 'libpcap', selected = () => true, slow = false, finished = () => {} } = {}) {
      runs += 1;
      const startMs = performance.now();
      const { results } = await runBench({
        bench: { ...lab.bench, devices: lab.bench.devices.filter((device) => device.kind === kind) },
        probes,
        driver,
        repeat: 1,
        // Another one in each run, so that nothing which the device still remembers is met again.
        seed: runs,
        out: join(directory, `run-${runs}`),
        selected,
        slow,
        bail: false,
        resume: false,
        listener: { begin() {}, start() {}, finish: finished, wait() {} },
        stop: new AbortController().signal,
      });
      const [first] = results;
      if (!first) throw new Error(`The run had no result for the ${kind}.`);
      return { ...first, wallMs: performance.now() - startMs };
    },
    async close() {
      await lab.close();
      await cleanUp();
    },
  };
}

/** Verdicts that a busy machine leaves open are tried as often as this. */
const rounds = 6;

/** A run's cases, those that stayed open by a later attempt of their own: open is never wrong, only late. */
export async function settled(
  lab: TestLab,
  kind: DeviceKind,
  { result }: LabRun,
  driver?: LocalDriver,
): Promise<CaseResult[]> {
  let cases = result.cases;
  for (let round = 2; round <= rounds; round += 1) {
    const open = cases.filter(({ outcome }) => outcome === 'inconclusive').map(({ id }) => id);
    if (open.length === 0) break;
    const again = await lab.run(kind, {
      slow: true,
      selected: (id) => open.includes(id),
      ...(driver && { driver }),
    });
    cases = cases.map((old) => again.result.cases.find(({ id }) => id === old.id) ?? old);
  }
  return cases;
}

/** Skips the running test where this machine can't build what it needs; `word` picks the limit that matters. */
export function needs(context: Mocha.Context, word: 'Open vSwitch' | 'SSH'): void {
  const limit = labLimits().find((sentence) => sentence.includes(word));
  if (limit !== undefined) skip(context, limit);
}

export interface CatalogueCase {
  readonly id: string;
  readonly params: unknown;
  readonly level: Level;
  readonly slow: boolean;
}

/** Every case of the device in the catalogue. */
export function catalogueCases(kind: DeviceKind): CatalogueCase[] {
  return probes
    .filter(({ device }) => device === kind)
    .flatMap((probe) =>
      probe.cases.map(({ id, params, level = probe.requirement.level, slow = false }) => ({
        id: `${probe.id}/${id}`,
        params,
        level,
        slow,
      })),
    );
}

/** `id: outcome` by id, for comparing two runs. */
export function outcomes(cases: readonly CaseResult[]): Record<string, string> {
  return Object.fromEntries(cases.map(({ id, outcome }) => [id, outcome]));
}

/** Why a case did not come out as it should, for an assertion's message. */
export function told({ id, outcome, reason, observed }: CaseResult): string {
  return `${id}: ${outcome}: ${reason} [${observed}]`;
}

/** Octets of all files below a folder. */
export async function octetsBelow(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
