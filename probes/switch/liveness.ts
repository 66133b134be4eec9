/** Whether a port still carries anything: frames of its own, constant address, both ways. */
import {
  type Context,
  deliveries,
  type Finding,
  type LinkState,
  type PortName,
  type Recording,
} from '../../src/probe.js';

/** Frames each way: enough to tell one that was lost from a port that is dead. */
const framesEachWay = 5;
const crossingMs = 150;

const fromLabel = (port: PortName, when: string) => `own-${port}-${when}`;
const toLabel = (port: PortName, when: string) => `to-${port}-${when}`;

/** Asks for the link first: what is sent on a port without one never leaves, and would prove nothing. */
export async function exercise(context: Context, port: PortName, when: string): Promise<void> {
  const [from, to] = [fromLabel(port, when), toLabel(port, when)];
  const isUp = (await context.linkOf(port)) !== 'down';
  for (let n = 0; n < framesEachWay; n += 1) {
    if (isUp) await context.send(port, context.numbered(port, context.portMac('world')), from);
    await context.send('world', context.numbered('world', context.portMac(port)), to);
    await context.wait(1);
  }
  const arrived = (label: string, at: PortName) =>
    context.frames.filter((f) => f.label === label && f.port === at && f.direction === 'in').length;
  await context.until(
    () => (!isUp || arrived(from, 'world') === framesEachWay) && arrived(to, port) === framesEachWay,
    crossingMs,
  );
}

/** `dead`: nothing crosses either way, or the link is down. `mute`: what comes in at the switch's port is dropped, though
 *  the port still delivers. `deaf`: the reverse. */
export type Liveness = 'alive' | 'dead' | 'mute' | 'deaf' | 'not-exercised';

export function liveness(recording: Recording, port: PortName, when: string): Liveness {
  const from = deliveries(recording, fromLabel(port, when));
  const to = deliveries(recording, toLabel(port, when));
  if (to.length === 0) return 'not-exercised';
  const speaks = from.some(({ arrivals }) => arrivals.has('world'));
  const hears = to.some(({ arrivals }) => arrivals.has(port));
  if (speaks) return hears ? 'alive' : 'deaf';
  return hears ? 'mute' : 'dead';
}

/** What the port's NIC said of its link when it was asked last. */
export function lastLink(recording: Recording, port: PortName): LinkState {
  const said = recording.events.findLast(
    (e) => e.kind === 'mark' && e.name === 'link-seen' && e.detail?.startsWith(`${port}=`),
  );
  const state = said?.kind === 'mark' ? said.detail?.split('=')[1] : undefined;
  return state === 'up' || state === 'down' ? state : 'unknown';
}

/** The finding that a port still works at the end. */
export function aliveFinding(recording: Recording, port: PortName, when: string): Finding {
  const state = liveness(recording, port, when);
  const id = `port-${port}-alive`;
  if (state === 'not-exercised') return { id, holds: null, text: `port ${port} was not tried any more` };
  if (lastLink(recording, port) === 'down') return { id, holds: false, text: `port ${port} has no link` };
  const text: Record<typeof state, string> = {
    alive: `port ${port} carries the frames of its own address`,
    deaf: `port ${port} delivers no frames any more`,
    mute: `port ${port} drops even the frames of its own address`,
    dead: `port ${port} carries nothing any more, in either direction`,
  };
  return { id, holds: state === 'alive', text: text[state] };
}
