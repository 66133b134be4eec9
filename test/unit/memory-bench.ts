/** A bench in memory: a programmable switch, wires to its ports, and the engine on them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probes as catalogue } from '../../probes/index.js';
import type { Bench, BenchDevice } from '../../src/bench/bench.js';
import { addressPools, poolsOfFew } from '../../src/engine/addresses.js';
import type { Instrument } from '../../src/engine/attempt.js';
import type { FewServices } from '../../src/engine/host-capacity.js';
import type { HostCache } from '../../src/engine/host-view.js';
import { roomFor, roomsOf } from '../../src/engine/places.js';
import { preflight } from '../../src/engine/preflight.js';
import { seededRandom } from '../../src/engine/random.js';
import { createSuite } from '../../src/engine/suite.js';
import { createRecorder } from '../../src/evidence/recorder.js';
import { zeroMac } from '../../src/frame/index.js';
import type { Declared, HostUnderTest, Need, PortName, Probe } from '../../src/probe.js';
import type { CaseResult } from '../../src/result.js';
import { createMemorySwitch, type MemorySwitch, type SwitchBehaviour } from '../../src/wire/memory/switch.js';

/** What a bench file would say. */
export const bench: Bench = {
  name: 'memory',
  ports: { a: { nic: 'memory-a' }, b: { nic: 'memory-b' } },
  addresses: {
    ipv4: '192.0.2.0/24',
    ipv6: '2001:db8::/64',
    mac: { first: '00:00:5e:00:53:00', count: 256 },
  },
  limits: { relearnMs: 1000 },
  allowNics: [],
  devices: [],
};

export interface MemoryBench {
  readonly network: MemorySwitch;
  readonly instrument: Instrument;
  /** Where results and evidence go; removed by `close`. */
  readonly folder: string;
  /** Aborts the run, as the operator would. */
  stop(reason: Error): void;
  close(): Promise<void>;
}

export interface MemoryBenchOptions {
  readonly ports?: readonly PortName[];
  /** Further ports, for hosts. */
  readonly others?: readonly string[];
  readonly behaviour?: (network: () => MemorySwitch) => SwitchBehaviour;
  readonly seed?: number;
  readonly relearnMs?: number;
  readonly declared?: Declared;
  readonly cache?: HostCache;
}

/** Where temporary files cost no disk access, if the system has such a place. */
const memoryFolder = process.platform === 'linux' ? '/dev/shm' : tmpdir();

export async function openMemoryBench(options: MemoryBenchOptions = {}): Promise<MemoryBench> {
  const { ports = ['a', 'b', 'world', 'monitor'], others = [], seed = 1, relearnMs = 1000 } = options;
  const network: MemorySwitch = createMemorySwitch({
    ports: [...ports, ...others],
    seed,
    behaviour: options.behaviour?.(() => network) ?? {},
  });
  // As real switches do, it takes no station for all-zero.
  const { learns } = network.behaviour;
  network.behaviour.learns = (arrival) => arrival.source !== zeroMac && (learns?.(arrival) ?? true);
  const wires = new Map(ports.map((port) => [port, network.wire(port)]));
  const ending = new AbortController();
  for (const wire of wires.values()) wire.onFailure((error) => ending.abort(error));
  const recorder = createRecorder([...wires.values()]);
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(memoryFolder, 'takeover-unit-'));
  return {
    network,
    folder,
    instrument: {
      wires,
      recorder,
      random,
      addresses: addressPools(bench, random),
      limits: { relearnMs },
      declared: options.declared ?? {},
      setLink: async (port, state) => network.link(port, state),
      stopped: ending.signal,
      ...(options.cache && { cache: options.cache }),
    },
    stop: (reason) => ending.abort(reason),
    async close() {
      recorder.close();
      await Promise.all([...wires.values()].map((wire) => wire.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RunOptions {
  readonly probes?: readonly Probe[];
  readonly selected?: (caseId: string) => boolean;
  readonly unmet?: (need: Need) => string | undefined;
  readonly repeat?: number;
  readonly sideBySide?: number;
  readonly slow?: boolean;
  readonly host?: HostUnderTest;
  readonly few?: FewServices;
}

export function suiteOn({ instrument, folder }: MemoryBench, options: RunOptions = {}) {
  const { few } = options;
  return createSuite({
    instrument: few ? { ...instrument, addresses: poolsOfFew(instrument.addresses, few) } : instrument,
    few: roomsOf(few),
    folder,
    probes: options.probes ?? catalogue,
    selected: options.selected ?? (() => true),
    unmet: options.unmet ?? (() => undefined),
    repeat: options.repeat ?? 1,
    sideBySide: options.sideBySide ?? 1,
    room: roomFor(instrument.addresses.ipv4Count),
    slow: options.slow ?? false,
    ...(options.host && { host: options.host }),
  });
}

/** Runs the selected cases in their order and gives all results. */
export async function runOn(on: MemoryBench, options: RunOptions = {}): Promise<CaseResult[]> {
  const suite = suiteOn(on, options);
  for (const { id } of suite.cases) await suite.result(id);
  return suite.results();
}

/** Checks the bench as a run does first, and so teaches the switch where the ports' stations are. */
export function prepare({ instrument, folder }: MemoryBench, device: Partial<BenchDevice> = {}) {
  const whole: BenchDevice = {
    kind: 'switch',
    vendor: 'In',
    model: 'memory',
    firmware: '0',
    conditions: {},
    declared: {},
    ...device,
  };
  return preflight(instrument, whole, folder, () => undefined);
}
