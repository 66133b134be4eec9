/** Opens the bench: its wires, local and remote, and the recorder on them. */
import { setMaxListeners } from 'node:events';
import type { Bench, PortName, SshAccess } from '../bench/bench.js';
import { portNames } from '../bench/bench.js';
import type { Journal } from '../bench/journal.js';
import { createRecorder } from '../evidence/recorder.js';
import { openSsh, type Ssh } from '../host/ssh.js';
import { type LocalDriver, openWire } from '../wire/open.js';
import { openRemote } from '../wire/remote.js';
import { openSuspendable, type SuspendableWire } from '../wire/suspendable.js';
import type { Wire } from '../wire/wire.js';
import { addressPools } from './addresses.js';
import type { Instrument } from './attempt.js';
import { linkControl } from './link-control.js';
import { seededRandom } from './random.js';

export interface OpenInstrument extends Instrument {
  /** The ports whose NICs are this machine's. */
  readonly localWires: ReadonlyMap<PortName, SuspendableWire>;
  close(): Promise<void>;
}

export interface InstrumentOptions {
  readonly driver: LocalDriver;
  readonly seed: number;
  /** The operator's wish to stop. A port that fails stops the run as well. */
  readonly stop: AbortSignal;
}

/** Rejects with a WireError or SshError; what was open is closed then.
 *  @param journal gets the links that cases take down. */
export async function openInstrument(
  bench: Bench,
  options: InstrumentOptions,
  journal: Journal,
): Promise<OpenInstrument> {
  const wires = new Map<PortName, Wire>();
  const localWires = new Map<PortName, SuspendableWire>();
  const connections = new Map<SshAccess, Ssh>();
  const failed = new AbortController();
  const close = async () => {
    await Promise.all([...wires.values()].map((wire) => wire.close()));
    await Promise.all([...connections.values()].map((ssh) => ssh.close()));
  };
  try {
    for (const port of portNames) {
      const place = bench.ports[port];
      if (!place) continue;
      let wire: Wire;
      if ('ssh' in place) {
        const ssh = await openSsh(place.ssh);
        connections.set(place.ssh, ssh);
        wire = await openRemote({ port, nic: place.nic, ssh });
      } else {
        const local = await openSuspendable((promiscuous) =>
          openWire(options.driver, { port, nic: place.nic, promiscuous }),
        );
        localWires.set(port, local);
        wire = local;
      }
      wires.set(port, wire);
      wire.onFailure((error) => failed.abort(error));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const recorder = createRecorder([...wires.values()]);
  const random = seededRandom(options.seed);
  const stopped = AbortSignal.any([options.stop, failed.signal]);
  // Every case under way listens, and many run side by side.
  setMaxListeners(0, stopped);
  return {
    wires,
    recorder,
    random,
    addresses: addressPools(bench, random),
    limits: bench.limits,
    declared: {},
    setLink: linkControl(bench, localWires, journal),
    localWires,
    stopped,
    async close() {
      recorder.close();
      await close();
    },
  };
}
