/**
 * Checks of the instrument before the first case: is every port connected to the device, or does the host or router
 * answer. What fails here is the bench's fault, not the device's, so nothing is judged.
 */
import { join } from 'node:path';
import { type BenchDevice, isNode, type PortName } from '../bench/bench.js';
import { writeEvidence } from '../evidence/store.js';
import type { Context, HostUnderTest } from '../probe.js';
import type { Result } from '../result.js';
import type { Instrument } from './attempt.js';
import { createContext } from './context.js';
import { sound } from './hearing.js';
import type { FewServices } from './host-capacity.js';
import { hostPreflight } from './host-preflight.js';
import { routerPreflight } from './router-preflight.js';

export type Check = Result['preflight'][number];

export interface Preflight {
  readonly checks: readonly Check[];
  /** Set for a host that answered. */
  readonly host?: HostUnderTest;
  /** How many cases may run side by side. */
  readonly sideBySide: number;
  /** Set for a host that holds few neighbours at once. */
  readonly few?: FewServices;
}

/** How many cases run side by side on a switch: those that wait more than they send. */
const switchCases = 8;

/** Runs the checks for a device. @param say is told when a wait is longer than a moment.
 *  @throws what stopped the run: a failed port, the operator. */
export async function preflight(
  instrument: Instrument,
  device: BenchDevice,
  folder: string,
  say: (text: string) => void,
): Promise<Preflight> {
  const session = instrument.recorder.begin({
    caseId: 'preflight',
    params: null,
    limits: instrument.limits,
  });
  const live = createContext({
    params: null,
    limits: instrument.limits,
    declared: device.declared,
    wires: instrument.wires,
    session,
    addresses: instrument.addresses,
    random: instrument.random,
    signal: instrument.stopped,
  });
  const kept = new Set<string>();
  const keeping = (found: Preflight) => {
    for (const address of Object.values(found.few ?? {}).flat()) kept.add(address);
    return found;
  };
  try {
    if (device.kind === 'router') return keeping(await routerPreflight(live.context, device));
    if (isNode(device)) return keeping(await hostPreflight(live.context, device));
    const checks = await portsPreflight(live.context, instrument.wires, say);
    return { checks, sideBySide: switchCases };
  } finally {
    await live.close();
    await writeEvidence(await session.finish(), join(folder, 'evidence', 'preflight'));
    instrument.addresses.release(live.taken.filter((address) => !kept.has(address)));
  }
}

/** Every port speaks, so that the switch learns it, until every other has heard it. */
async function portsPreflight(
  context: Context<null>,
  wires: Instrument['wires'],
  say: (text: string) => void,
): Promise<Check[]> {
  const others = (port: PortName) => context.ports.filter((other) => other !== port);
  const { heard, inTree, elapsedMs } = await sound(context, wires, say, {
    enough: (soundings) =>
      context.ports.every((port) => others(port).every((other) => soundings.heard(port, other))),
    // A device may refuse what one port sends: that is for the cases to find out. A port that hears nobody, though,
    // is a cable that leads elsewhere, or is still held back.
    mute: (soundings) =>
      context.ports.filter((port) => !others(port).some((other) => soundings.heard(port, other))),
    leastMs: 2_000,
  });
  return context.ports.map((port) => {
    const from = others(port).filter((other) => heard(port, other));
    const by = others(port).filter((other) => heard(other, port));
    const why = inTree.has(port)
      ? 'spanning tree still blocks the switch port: set it to an edge port (portfast)'
      : 'check that its cable leads to the device under test and that the switch port is enabled and in the same VLAN';
    const text =
      from.length > 0
        ? `port ${port} hears ${from.join(', ')}${by.length === 0 ? ', though nobody hears it' : ''} (after ${elapsedMs} ms)`
        : `port ${port} hears no other port of the bench, within ${elapsedMs} ms: ${why}`;
    return { id: `port-${port}`, ok: from.length > 0, text };
  });
}
