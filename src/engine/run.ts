/** A run: every device of a bench, from safety checks to result.json, and the bench as it was before. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, type BenchDevice, BenchError, isNode } from '../bench/bench.js';
import { deviceSlug } from '../list/slug.js';
import type { Probe } from '../probe.js';
import { type CaseResult, type Level, type Outcome, type Result, statusOf } from '../result.js';
import type { LocalDriver } from '../wire/open.js';
import { poolsOfFew } from './addresses.js';
import { unmet } from './bench-limits.js';
import { isSlow } from './catalogue.js';
import { describeEnvironment } from './environment.js';
import { type HeldBench, holdBench } from './hold.js';
import { type HostView, openHostView } from './host-view.js';
import type { OpenInstrument } from './instrument.js';
import { checkReporter, Quiet, runMocha } from './mocha.js';
import { openNic } from './nic.js';
import { type Room, roomFor, roomsOf } from './places.js';
import { type Check, type Preflight, preflight } from './preflight.js';
import { settledCases, writeResult } from './result-file.js';
import { resultOf } from './result-of.js';
import { createSuite, type Suite } from './suite.js';

/** What shows the run while it goes on. */
export interface Listener {
  begin(total: number): void;
  start(caseId: string, title: string, waitMs: number): void;
  finish(caseId: string, outcome: Outcome, ms: number, level: Level): void;
  wait(text: string): void;
}

export interface RunOptions {
  readonly bench: Bench;
  readonly probes: readonly Probe[];
  readonly driver: LocalDriver;
  readonly repeat: number;
  readonly seed: number;
  /** The folder that gets a folder for each device. */
  readonly out: string;
  /** Which cases are run; by their id and title. */
  readonly selected: (caseId: string, title: string) => boolean;
  /** Runs the cases as well that wait for the device's long timers. */
  readonly slow: boolean;
  readonly bail: boolean;
  /** A mocha reporter; absent: none, the listener shows the run. */
  readonly reporter?: string;
  /** Takes over what an earlier run in the same folder has settled. */
  readonly resume: boolean;
  readonly listener: Listener;
  readonly stop: AbortSignal;
}

export interface FinishedRun {
  readonly results: readonly { readonly result: Result; readonly folder: string }[];
  /** What could not be put back, and what the bench could not be made to do. */
  readonly notes: readonly string[];
  /** Why some cases were not run. */
  readonly cutShort?: string;
}

/** Rejects with a BenchError, WireError, SshError or EvidenceError, with the bench put back. */
export async function runBench(options: RunOptions): Promise<FinishedRun> {
  const { bench, out } = options;
  const id = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
  const devices = chosenDevices(options);
  if (options.reporter !== undefined) checkReporter(options.reporter);
  const known = new Map<BenchDevice, readonly CaseResult[]>();
  for (const device of options.resume ? devices : []) {
    known.set(device, await settledCases(join(out, deviceSlug(device)), options.probes));
  }
  const ending = new AbortController();
  const stop = AbortSignal.any([options.stop, ending.signal]);
  const { driver, seed } = options;
  const { value, notes } = await holdBench(bench, { run: id, driver, seed, stop }, async (held) => {
    await mkdir(out, { recursive: true });
    return runDevices(id, held, { ...options, devices, known, end: (reason) => ending.abort(reason) });
  });
  const leftOut = bench.devices.filter((device) => !devices.includes(device));
  return {
    ...value,
    notes: [
      ...notes,
      ...leftOut.map(({ vendor, model }) => `${vendor} ${model}: no case of it is chosen by --grep.`),
    ],
  };
}

/** The devices that the suite has a chosen case for. */
function chosenDevices({ bench, probes, selected, slow }: RunOptions): BenchDevice[] {
  const unknown = bench.devices.find(({ kind }) => !probes.some(({ device }) => device === kind));
  if (unknown) {
    throw new BenchError(
      `There are no probes for a ${unknown.kind} yet; remove '${unknown.model}' from the bench file.`,
    );
  }
  const devices = bench.devices.filter(({ kind }) =>
    probes.some(
      ({ id, device, cases }) =>
        device === kind && cases.some((c) => selected(`${id}/${c.id}`, c.title) && (slow || !isSlow(c))),
    ),
  );
  if (devices.length === 0) {
    throw new BenchError(
      'No case of this bench’s devices matches --grep, so nothing would be tested; `takeover probes --cases` lists ' +
        'them, and slow ones run only with --slow.',
    );
  }
  return devices;
}

/** So many cases of hosts and routers run at a time: with many more, a busy process reads its captures too late. */
const mostAtOnce = 96;

/** A run that is killed loses no more than this. */
const saveEveryMs = 3_000;

/** A device with everything that its cases need, and what its result will say beside them. */
interface Prepared {
  readonly device: BenchDevice;
  readonly folder: string;
  readonly suite: Suite;
  readonly checks: readonly Check[];
  readonly view?: HostView;
}

/** The options, and what a run has made of them. */
interface RunPlan extends RunOptions {
  readonly devices: readonly BenchDevice[];
  /** What an earlier run has settled. */
  readonly known: ReadonlyMap<BenchDevice, readonly CaseResult[]>;
  /** Ends the run early: what has not run by then stays `not-run`, with this reason. */
  readonly end: (reason: Error) => void;
}

async function runDevices(
  id: string,
  held: HeldBench,
  plan: RunPlan,
): Promise<Pick<FinishedRun, 'results' | 'cutShort'>> {
  const { instrument } = held;
  // A run that is resumed began with the first attempt that it keeps.
  const kept = [...plan.known.values()].flatMap((cases) => cases.flatMap(({ attempts }) => attempts));
  const began = Math.min(Date.now(), ...kept.map((attempt) => Date.parse(attempt.startedAt)));
  const startedAt = new Date(began).toISOString();
  const environment = await describeEnvironment();
  const prepared: Prepared[] = [];
  const write = async (complete: boolean) => {
    const all = [];
    for (const entry of prepared) {
      const result = resultOf(entry, { id, startedAt, instrument, plan, complete, environment });
      await writeResult(entry.folder, result);
      all.push({ result, folder: entry.folder });
    }
    return all;
  };
  let saved: Promise<unknown> = Promise.resolve();
  /** One after the other: two at once would write into the same file. */
  const save = (complete: boolean) => {
    const all = saved.then(() => write(complete));
    saved = all.catch(() => undefined);
    return all;
  };
  const saveOrEnd = () => void save(false).catch(plan.end);
  let saving: NodeJS.Timeout | undefined;
  try {
    const shared = { room: roomFor(instrument.addresses.ipv4Count), places: roomFor(mostAtOnce) };
    for (const device of plan.devices) prepared.push(await prepare(device, held, plan, shared, saveOrEnd));
    const toRun = prepared.flatMap(({ device, suite }) => {
      const known = new Set((plan.known.get(device) ?? []).map(({ id }) => id));
      return suite.cases.filter(({ id }) => !known.has(id));
    });
    plan.listener.begin(toRun.length);
    saving = setInterval(saveOrEnd, saveEveryMs);
    startTogether(prepared.filter(({ device }) => isNode(device)));
    const named = nodesTogether(prepared).map(({ device, suite }) => ({
      name: `${device.vendor} ${device.model}`,
      suite,
    }));
    await runMocha(named, plan.reporter ?? Quiet);
    for (const { suite } of prepared) await suite.idle();
    clearInterval(saving);
    const { aborted, reason } = instrument.stopped;
    return { results: await save(!aborted), ...(aborted && { cutShort: (reason as Error).message }) };
  } finally {
    clearInterval(saving);
    await Promise.all(prepared.map(({ view }) => view?.close()));
  }
}

/** With the first case of a host or router that may run beside others, the cases of all of them start: each is spoken to
 *  at addresses of its own. */
function startTogether(nodes: readonly Prepared[]): void {
  for (const { suite } of nodes)
    suite.events.on('beside', () => nodes.forEach((node) => void node.suite.startAll()));
}

/** Hosts and routers one after the other, so that no other device is tested while one of them still is. */
function nodesTogether(prepared: readonly Prepared[]): Prepared[] {
  const first = prepared.findIndex(({ device }) => isNode(device));
  const place = (entry: Prepared) => (isNode(entry.device) ? first : prepared.indexOf(entry));
  return [...prepared].sort((one, other) => place(one) - place(other));
}

async function prepare(
  device: BenchDevice,
  { instrument: shared, journal }: HeldBench,
  plan: RunPlan,
  { room, places }: { readonly room: Room; readonly places: Room },
  save: () => void,
): Promise<Prepared> {
  const { listener, bench, bail } = plan;
  const folder = join(plan.out, deviceSlug(device));
  await mkdir(folder, { recursive: true });
  const nic = device.kind === 'nic' ? await openNic(bench, device, shared.localWires, journal) : undefined;
  const before = await checksBefore(shared, device, folder, listener);
  let view: HostView | undefined;
  if (isNode(device) && !shared.stopped.aborted) {
    view = await openHostView(device, (change, apply) =>
      journal.change({ kind: 'neighbour', ...change }, apply),
    );
  }
  const suite = createSuite({
    instrument: {
      ...shared,
      ...(before.few && { addresses: poolsOfFew(shared.addresses, before.few) }),
      declared: device.declared,
      ...(view?.cache && { cache: view.cache }),
      ...(view?.traffic && { traffic: view.traffic }),
      ...(nic && { nic }),
    },
    probes: plan.probes.filter((probe) => probe.device === device.kind),
    selected: plan.selected,
    slow: plan.slow,
    unmet: (need) =>
      unmet(need, bench, device) ?? (need === 'permanent-entry' ? view?.noPermanent : undefined),
    repeat: plan.repeat,
    folder,
    sideBySide: before.sideBySide,
    room,
    ...(isNode(device) && { places }),
    few: roomsOf(before.few),
    known: plan.known.get(device) ?? [],
    ...blocked(device, before),
    ...(before.host && { host: before.host }),
  });
  suite.events.on('start', (caseId, title, waitMs) => listener.start(caseId, title, waitMs));
  suite.events.on('wait', (text) => listener.wait(text));
  suite.events.on('finish', (result) => {
    const ms = result.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
    listener.finish(result.id, result.outcome, ms, result.level);
    if (bail && statusOf([result]) === 'non-compliant') {
      plan.end(new Error(`The run ended with the first must that failed, ${result.id} (--bail).`));
    }
    // Evidence that could not be stored may mean a full disk: saving finds out.
    if (result.outcome === 'error' && result.attempts.at(-1)?.evidence === null) save();
  });
  const checks = [...before.checks, ...(nic ? [{ id: 'nic', ok: true, text: nic.text }] : [])];
  return { device, folder, suite, checks, ...(view && { view }) };
}

/** A run that is stopped during the checks has no host to ask, and still a result. */
async function checksBefore(
  shared: OpenInstrument,
  device: BenchDevice,
  folder: string,
  { wait }: Listener,
): Promise<Preflight> {
  try {
    shared.stopped.throwIfAborted();
    wait(`checking the bench for ${device.vendor} ${device.model}`);
    return await preflight(shared, device, folder, wait);
  } catch (error) {
    if (!shared.stopped.aborted) throw error;
    return {
      checks: [{ id: 'run', ok: false, text: (shared.stopped.reason as Error).message }],
      sideBySide: 1,
    };
  }
}

/** Why no case can be run: an instrument that is deaf, or a host that never answered. */
function blocked(device: BenchDevice, { checks, host }: Preflight): { blocked?: string } {
  const bad = checks.filter(({ ok }) => !ok).map(({ text }) => text);
  const fatal = isNode(device) ? host === undefined : bad.length > 0;
  return fatal ? { blocked: `The bench is not ready: ${bad.join('; ')}.` } : {};
}
