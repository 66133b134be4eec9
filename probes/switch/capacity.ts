/** Stations by the thousand: made known to the switch, looked for, and cleared away again. */
import { decodeFrame, echoFrame, multicastMacOf } from '../../src/frame/index.js';
import type { Context, PortName, StationBlock, Stream, StreamEnds } from '../../src/probe.js';
import { rangesOf } from './bulk.js';
import {
  addFates,
  between,
  type Fate,
  forgetsMark,
  passLabel,
  residentLabel,
  residents,
  stationsMark,
  strangersMark,
} from './capacity-fates.js';

/** How many frames may be under way in the switch: no more than the queue of a slow one holds; more for one that is
 *  quick with them, and fewer for one that loses some. */
const window = { first: 256, most: 1_024, least: 64 };
const quickFramesPerMs = 20;
/** How long the frames of a window may take: the first one, and each after another. */
const firstFrameMs = 150;
const nextFrameMs = 20;
/** After so many windows of which nothing came out, no window is waited for: nothing will. */
const emptyWindows = 3;
/** Frames that came out nowhere are sent again, so that loss is not taken for ignorance. */
const passes = 6;
const barrenPasses = 2;

/** Sends a stream no faster than its frames come out. */
async function sendCarried(context: Context, port: PortName, stream: Stream): Promise<void> {
  const count = stream.frames.length;
  let size = window.first;
  let empty = 0;
  for (let first = 1; first <= count; ) {
    const last = Math.min(first + size - 1, count);
    await context.transmit(stream.frames.slice(first - 1, last).map((frame) => ({ port, frame })));
    const patienceMs = last < count && empty >= emptyWindows ? nextFrameMs / 4 : firstFrameMs;
    const startMs = context.nowMs();
    const carried = await untilCarried(context, stream, first, last, patienceMs);
    if (carried === size && carried > quickFramesPerMs * (context.nowMs() - startMs)) {
      size = Math.min(window.most, size * 2);
    } else if (carried > 0 && carried < last - first + 1) size = Math.max(window.least, size / 2);
    empty = carried === 0 ? empty + 1 : 0;
    first = last + 1;
  }
}

/** Waits until these frames have come out, or no more of them do; resolves how many have. */
export async function untilCarried(
  context: Context,
  stream: Stream,
  first: number,
  last: number,
  patienceMs: number,
  betweenMs = nextFrameMs,
): Promise<number> {
  let carried = stream.carried(first, last);
  for (let lastMs = context.nowMs(); carried < last - first + 1; ) {
    await context.wait(1);
    const now = stream.carried(first, last);
    if (now > carried) lastMs = context.nowMs();
    else if (context.nowMs() - lastMs > (now > 0 ? betweenMs : patienceMs)) break;
    carried = now;
  }
  return carried;
}

const where = (fates: readonly Fate[], test: (fate: Fate) => boolean): number[] =>
  between(fates.length).filter((index) => test(fates[index] ?? ''));

/** Sends a frame for each of `count` stations, and again for those whose frame came out nowhere. */
async function sendForAll(
  context: Context,
  label: string,
  port: PortName,
  count: number,
  ends: (index: number) => StreamEnds,
  doubted?: (fates: readonly Fate[]) => readonly number[],
): Promise<Fate[]> {
  const fates: Fate[] = Array.from({ length: count }, () => '');
  let open = between(count);
  let pass = 0;
  const send = async () => {
    pass += 1;
    const name = passLabel(label, pass);
    if (pass > 1) context.mark(stationsMark(name), rangesOf(open));
    const stream = context.streamBetween(name, port, open.length, (seq) => ends(open[seq - 1] ?? 0));
    await sendCarried(context, port, stream);
    addFates(fates, stream.finish(), open);
  };
  let barren = 0;
  for (; pass < passes && open.length > 0 && barren < barrenPasses; ) {
    const before = open.length;
    await send();
    open = where(fates, (fate) => fate === '');
    barren = open.length === before ? barren + 1 : 0;
  }
  open = pass > 1 && doubted ? [...doubted(fates)] : [];
  if (open.length > 0) await send();
  return fates;
}

/** Has `port` speak as each of the stations, by a datagram to World, until each was heard. */
export function teachAll(
  context: Context,
  label: string,
  port: PortName,
  stations: StationBlock,
): Promise<Fate[]> {
  const destination = context.portMac('world');
  return sendForAll(context, label, port, stations.count, (index) => ({
    source: stations.at(index),
    destination,
  }));
}

/** Has World send a frame to each of the stations, which should be at `home`. */
export function lookForAll(
  context: Context,
  label: string,
  home: PortName,
  stations: StationBlock,
): Promise<Fate[]> {
  const source = context.portMac('world');
  // Where frames get lost, a flooded one may have lost all copies but the one that makes it look right.
  const doubted = (fates: readonly Fate[]) =>
    fates.every((fate) => fate === home) ? [] : where(fates, (fate) => fate === home);
  return sendForAll(
    context,
    label,
    'world',
    stations.count,
    (index) => ({ source, destination: stations.at(index) }),
    doubted,
  );
}

/** A port whose link has just come up may be held back by spanning tree: twice 15 s, and a little. */
const helloMs = 35_000;
const helloAgainMs = 100;

/**
 * Every port speaks until it is heard, World last: a table that drops who spoke first drops World last. It speaks to
 * an address that it has not sent to before: a switch that remembers its decisions would not learn from it again.
 */
export async function introduce(context: Context): Promise<void> {
  const nth = context.frames.filter(({ label }) => label === helloLabel('world')).length;
  const nobody = context.stations(`nobody-${nth}`, 2 * helloMs);
  const others = context.ports.filter((port) => port !== 'world');
  for (const [at, port] of [...others, 'world' as const].entries()) {
    const label = helloLabel(port);
    const listener: PortName = port === 'world' ? 'a' : 'world';
    const endMs = context.nowMs() + helloMs;
    for (let turn = 0; context.nowMs() < endMs; turn += 1) {
      // Some switches drop frames to unknown stations.
      const to = turn % 2 === 0 ? nobody.at(4 * turn + at) : context.portMac(listener);
      const seq = await context.send(port, context.numbered(port, to), label);
      if (await context.until(() => arrived(context, label, seq, listener), helloAgainMs)) break;
    }
  }
}

const helloLabel = (port: PortName): string => `hello-${port}`;

function arrived(context: Context, label: string, seq: number, port: PortName): boolean {
  return context.frames.some(
    (f) => f.label === label && f.seq === seq && f.port === port && f.direction === 'in',
  );
}

/** How soon a switch has noticed that a link is down and forgotten the stations behind it. The Linux kernel looks at
 *  some links once a second. */
const forgetsWithinMs = 1_200;
const forgetsSoonMs = 250;

/**
 * Takes the links of some ports down, and up again when the switch has forgotten the stations behind them; resolves
 * whether it has: frames to the ports' own stations then come out at a port that is up.
 */
async function unplug(context: Context, ports: readonly PortName[], withinMs: number): Promise<boolean> {
  const up = context.ports.filter((port) => !ports.includes(port));
  const from = up.includes('world') ? 'world' : up[0];
  if (!from || up.length < 2) throw new Error('Two ports must stay up to see what the switch forgets.');
  const label = (port: PortName) => `unplugged-${port}`;
  const flooded = (port: PortName) =>
    context.frames.some(
      (f) => f.label === label(port) && up.some((other) => other === f.port) && f.direction === 'in',
    );
  for (const port of ports) await context.setLink(port, 'down');
  let known = ports;
  for (const endMs = context.nowMs() + withinMs; known.length > 0 && context.nowMs() < endMs; ) {
    for (const port of known)
      await context.send(from, context.numbered(from, context.portMac(port)), label(port));
    await context.until(() => known.every(flooded), nextFrameMs);
    known = known.filter((port) => !flooded(port));
  }
  for (const port of ports) await context.setLink(port, 'up');
  return known.length === 0;
}

/** Sets of ports that can be down at the same time. */
function unpluggable(context: Context): PortName[][] {
  return context.has('monitor') ? [['a', 'b'], ['monitor']] : [['a'], ['b']];
}

/** Has the switch forget the stations behind its ports, by their links; resolves whether it does. */
export async function clear(context: Context): Promise<boolean> {
  let forgets = true;
  for (const ports of unpluggable(context)) forgets &&= await unplug(context, ports, forgetsWithinMs);
  context.mark(forgetsMark, String(forgets));
  await introduce(context);
  return forgets;
}

/** The same for port a alone. */
export async function clearA(context: Context): Promise<void> {
  context.mark(forgetsMark, String(await unplug(context, ['a'], forgetsWithinMs)));
  await introduce(context);
}

/** Leaves the bench as the next case expects it: the table free, every port's own station known. */
export async function tidy(context: Context): Promise<void> {
  for (const ports of unpluggable(context)) {
    if (!ports.includes('monitor')) await unplug(context, ports, forgetsSoonMs);
  }
  await introduce(context);
  await context.sentinel();
}

const residentFrames = 3;
const censusMs = 200;
const allNodes = 'ff02::1';

/** Asks whoever else is behind the switch to speak: a host that runs IPv6 looks for who pinged it. */
export async function findStrangers(context: Context): Promise<readonly string[]> {
  const ping = echoFrame({
    destination: multicastMacOf(allNodes),
    source: context.portMac('world'),
    ipSource: context.ipv6('census'),
    ipDestination: allNodes,
    identifier: context.random(2 ** 16),
    sequence: 1,
  });
  await context.send('world', ping, 'census');
  await context.wait(censusMs);
  const own = context.ports.map((port) => context.portMac(port));
  const sources = context.frames
    .filter(({ direction, label }) => direction === 'in' && label === undefined)
    .flatMap(({ bytes }) => decodeFrame(bytes).ethernet?.source ?? []);
  const strangers = [...new Set(sources)].filter((source) => !own.includes(source));
  context.mark(strangersMark, strangers.join(','));
  return strangers;
}

/** Looks for the stations that are in the table besides those of a trial, which take room as well; resolves how many
 *  there are. */
export async function lookForResidents(
  context: Context,
  trial: number,
  strangers: readonly string[],
): Promise<number> {
  const others: [name: string, mac: string][] = [
    ...context.ports.map((port): [string, string] => [port, context.portMac(port)]),
    ...strangers.map((mac): [string, string] => [mac, mac]),
  ];
  for (const [name, mac] of others) {
    const from: PortName = name === 'world' ? 'b' : 'world';
    for (let n = 0; n < residentFrames; n += 1) {
      await context.send(from, context.numbered(from, mac), residentLabel(trial, name));
    }
  }
  await context.wait(censusMs / 4);
  return residents({ frames: context.frames, ports: context.ports, strangers }, trial);
}
