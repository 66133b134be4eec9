/** Whether the ports of a bench hear each other through the device: asked before the first case, and again after a
 *  case took links down. */
import type { PortName } from '../bench/bench.js';
import { broadcastMac, decodeFrame } from '../frame/index.js';
import type { Context } from '../probe.js';
import type { Instrument } from './attempt.js';
import { createContext } from './context.js';

/** A switch that has just seen the link come up may take this long to forward. */
const patienceMs = 6_000;
/** Spanning tree holds a port back for twice its forward delay: 30 s by default (IEEE 802.1D-2004, 17.14). Such a
 *  port can be told: it gets a BPDU every 2 s. */
export const spanningTreeMs = 35_000;
/** The Bridge Group Address (IEEE 802.1D-2004, 7.12.3), and Cisco's for its per-VLAN trees. */
const bpduAddresses: readonly string[] = ['01:80:c2:00:00:00', '01:00:0c:cc:cc:cd'];

export interface Hearing {
  heard(listener: PortName, speaker: PortName): boolean;
  /** Ports that got a BPDU: spanning tree runs there. */
  readonly inTree: ReadonlySet<PortName>;
  readonly elapsedMs: number;
}

/** How the ports fare so far. */
interface Soundings extends Hearing {
  others(port: PortName): readonly PortName[];
}

/**
 * Has every port speak until `enough` holds, or nothing more is to be expected: for `leastMs`, and longer while a port
 * is mute that may only be held back.
 */
export async function sound(
  context: Context<null>,
  wires: Instrument['wires'],
  say: (text: string) => void,
  {
    enough,
    mute,
    leastMs,
  }: {
    enough: (soundings: Soundings) => boolean;
    /** Ports that are not as they should be, and may yet become so. */
    mute: (soundings: Soundings) => readonly PortName[];
    leastMs: number;
  },
): Promise<Hearing> {
  const startMs = context.nowMs();
  const inTree = new Set<PortName>();
  const soundings: Soundings = {
    inTree,
    others: (port) => context.ports.filter((other) => other !== port),
    heard: (listener, speaker) =>
      context.frames.some(
        (f) => f.label === `hello-${speaker}` && f.port === listener && f.direction === 'in',
      ),
    get elapsedMs() {
      return Math.round(context.nowMs() - startMs);
    },
  };
  const done = () => enough(soundings);
  const heldBack = () => mute(soundings).filter((port) => inTree.has(port));
  const mostMs = () =>
    heldBack().length > 0 ? spanningTreeMs : mute(soundings).length > 0 ? patienceMs : leastMs;
  const subscriptions = [...wires].map(([port, wire]) =>
    wire.subscribe(({ direction, bytes }) => {
      const to = decodeFrame(bytes).ethernet?.destination;
      if (direction === 'in' && to !== undefined && bpduAddresses.includes(to)) inTree.add(port);
    }),
  );
  try {
    for (let everyMs = 50; !done() && soundings.elapsedMs < mostMs(); everyMs = 500) {
      for (const port of context.ports) {
        await context.send(port, context.numbered(port, broadcastMac), `hello-${port}`);
      }
      await context.until(done, everyMs);
      if (heldBack().length > 0) {
        say(
          `waiting up to ${spanningTreeMs / 1000} s for spanning tree to let port ${heldBack().join(', ')} forward`,
        );
      }
    }
  } finally {
    for (const unsubscribe of subscriptions) unsubscribe();
  }
  const { elapsedMs } = soundings;
  return { heard: soundings.heard, inTree, elapsedMs };
}

/**
 * Waits, within bounds, until the device carries frames from and to these ports again. A port that stays silent is for
 * the next cases to find out: their sentinels see it.
 */
export async function untilHeard(
  instrument: Instrument,
  ports: ReadonlySet<PortName>,
  say: (text: string) => void,
): Promise<void> {
  const { recorder, limits, declared, wires, addresses, random, stopped } = instrument;
  const session = recorder.begin({ caseId: 'link-restored', params: null, limits });
  const live = createContext({
    params: null,
    ...{ limits, declared, wires, session, addresses, random },
    signal: stopped,
  });
  const mute = ({ others, heard }: Soundings) =>
    [...ports].filter(
      (port) =>
        !others(port).some((other) => heard(port, other)) ||
        !others(port).some((other) => heard(other, port)),
    );
  try {
    await sound(live.context, wires, say, {
      mute,
      enough: (soundings) => mute(soundings).length === 0,
      leastMs: 0,
    });
  } catch (error) {
    // The end of the run; or a port that fails, which ends it.
    if (!stopped.aborted) throw error;
  } finally {
    await live.close();
    await session.finish();
    addresses.release(live.taken);
  }
}
