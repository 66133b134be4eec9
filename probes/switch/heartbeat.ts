/** Heartbeats: what the nodes of a cluster, on ports A and B, tell each other across the switch. Beside each goes an
 *  ordinary broadcast from the same port, a witness of what the path itself loses. */
import { broadcastMac, multicastMacOf, udpFrame } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  type Delivery,
  deliveries,
  type Finding,
  fail,
  hasPort,
  inconclusive,
  type Judgement,
  type PortName,
  type Probe,
  pass,
  type Recording,
} from '../../src/probe.js';

export const nodes = ['a', 'b'] as const;
export type Node = (typeof nodes)[number];
export const peerOf = (node: Node): Node => (node === 'a' ? 'b' : 'a');

/** A form of heartbeat, as a case's parameters. */
export interface Heartbeat {
  /** In a sentence: `VRRP advertisements to 224.0.0.18`. */
  readonly name: string;
  /** Whether every port should hear it, or the other node alone. */
  readonly to: 'all' | 'peer';
  /** A frame from the node, unlike any before it. */
  build(context: Context<unknown>, from: Node): Uint8Array;
  /** What the nodes, or others, say of their groups first. */
  prepare?(context: Context<unknown>): Promise<void>;
}

const beats = 10;
const everyMs = 10;
const crossingMs = 250;

const beatLabel = (node: Node) => `beat-${node}`;
const witnessLabel = (node: Node) => `witness-${node}`;

/** Both nodes send so many heartbeats, each with its witness. */
export async function beat(
  context: Context<unknown>,
  { build, to }: Heartbeat,
  count = beats,
  intervalMs = everyMs,
): Promise<void> {
  for (const node of nodes) {
    const audience = to === 'all' ? context.ports.filter((port) => port !== node) : [peerOf(node)];
    context.expect(beatLabel(node), audience);
  }
  for (let n = 0; n < count; n += 1) {
    for (const node of nodes) {
      await context.send(node, build(context, node), beatLabel(node));
      await context.send(node, context.numbered(node, broadcastMac), witnessLabel(node));
    }
    await context.wait(intervalMs);
  }
  const lastHeard = (node: Node) =>
    context.frames.some(
      (f) =>
        f.label === beatLabel(node) && f.seq === count && f.port === peerOf(node) && f.direction === 'in',
    );
  await context.until(() => nodes.every(lastHeard), crossingMs);
}

/** How a node's heartbeats fared at one port. */
export interface Hearing {
  readonly from: Node;
  readonly at: PortName;
  readonly sent: number;
  readonly heard: number;
  readonly witnesses: number;
  readonly witnessesHeard: number;
  /** `dropped`: hardly any came, though the witnesses did. `untold`: it may be either that or loss. */
  readonly verdict: 'heard' | 'dropped' | 'untold';
}

const heardAt = (sent: readonly Delivery[], at: PortName) =>
  sent.filter(({ arrivals }) => arrivals.has(at)).length;

/** From the shares of heartbeats and of witnesses that came out. */
function fateOf(heard: number, witnesses: number): Hearing['verdict'] {
  if (heard >= 0.9) return 'heard';
  // A path that loses broadcasts as well is lossy, and yet carries both.
  if (heard >= 0.5 && heard >= witnesses - 0.2) return 'heard';
  return heard <= 0.1 && witnesses >= 0.8 ? 'dropped' : 'untold';
}

/** The ports that should hear a node, in an order that does not depend on the recording's. */
const othersOf = (recording: Recording, node: Node): PortName[] =>
  (['a', 'b', 'world', 'monitor'] as const).filter((port) => port !== node && hasPort(recording, port));

/** Every node's heartbeats at every port that should hear them; of the last `last` only, where that is given. */
export function hearings(recording: Recording, to: Heartbeat['to'], last?: number): Hearing[] {
  const recent = (label: string) => deliveries(recording, label).slice(last === undefined ? 0 : -last);
  return nodes.flatMap((from) => {
    const [sent, witnesses] = [recent(beatLabel(from)), recent(witnessLabel(from))];
    const audience = to === 'all' ? othersOf(recording, from) : [peerOf(from)];
    return audience.map((at): Hearing => {
      const [heard, witnessesHeard] = [heardAt(sent, at), heardAt(witnesses, at)];
      const verdict =
        sent.length === 0 ? 'untold' : fateOf(heard / sent.length, witnessesHeard / witnesses.length);
      const counts = { sent: sent.length, heard, witnesses: witnesses.length, witnessesHeard };
      return { from, at, ...counts, verdict };
    });
  });
}

const inWords = ({ from, at, sent, heard, witnesses, witnessesHeard }: Hearing): string =>
  `from ${from} at ${at} ${heard} of ${sent} (of broadcasts ${witnessesHeard} of ${witnesses})`;

export const hearingFindings = (all: readonly Hearing[]): Finding[] =>
  all.map((hearing) => ({
    id: `${hearing.from}-to-${hearing.at}`,
    holds: hearing.verdict === 'untold' ? null : hearing.verdict === 'heard',
    text: inWords(hearing),
  }));

/** Names the ways that a set of hearings took: `from port a to port b and port world`. */
export function waysOf(some: readonly Hearing[]): string {
  return nodes
    .map((node) => ({ node, at: some.filter(({ from }) => from === node).map(({ at }) => `port ${at}`) }))
    .filter(({ at }) => at.length > 0)
    .map(({ node, at }) => `from port ${node} to ${at.join(' and ')}`)
    .join(', ');
}

export function judgeHeartbeat(recording: Recording, { name, to }: Heartbeat): Judgement {
  const all = hearings(recording, to);
  const dropped = all.filter(({ verdict }) => verdict === 'dropped');
  const said = {
    expected: `${name} from a and b come out at ${to === 'all' ? 'every other port' : 'the other node’s port'}`,
    observed: all.map(inWords).join('; '),
    findings: hearingFindings(all),
  };
  if (dropped.length > 0) {
    const reason = `The switch drops ${name} ${waysOf(dropped)}, though it carries the broadcasts sent beside them.`;
    return fail({ ...said, reason });
  }
  const untold = all.filter(({ verdict }) => verdict === 'untold');
  if (untold.length > 0) {
    const reason = `Too many frames got lost ${waysOf(untold)} to tell what becomes of ${name}.`;
    return inconclusive({ ...said, reason });
  }
  const lost = all.reduce((sum, { sent, heard }) => sum + sent - heard, 0);
  const qualifiers = lost > 0 ? [`deviation: ${counted(lost, 'heartbeat')} lost on the way`] : [];
  return pass({ ...said, reason: `The switch carries ${name} between the nodes.`, qualifiers });
}

/** Control: ordinary broadcasts from both nodes come out at every other port. */
export async function meet(context: Context<unknown>): Promise<void> {
  for (let n = 0; n < 5; n += 1)
    for (const node of nodes)
      await context.send(node, context.numbered(node, broadcastMac), `before-${node}`);
  await context.sentinel();
}

export function met(recording: Recording): true | string {
  for (const node of nodes) {
    const before = deliveries(recording, `before-${node}`);
    const deaf = othersOf(recording, node).filter((at) => heardAt(before, at) === 0);
    if (deaf.length > 0)
      return `Not even broadcasts from port ${node} reach port ${deaf.join(' and port ')}: nothing can be told of heartbeats.`;
  }
  return true;
}

/** What every probe of a form of heartbeat does. */
export const heartbeatSteps: Pick<
  Probe<Heartbeat>,
  'needs' | 'control' | 'controlHolds' | 'stimulus' | 'judge'
> = {
  needs: ['a', 'b', 'world'],
  control: meet,
  controlHolds: met,
  async stimulus(context) {
    await context.params.prepare?.(context);
    await beat(context, context.params);
    await context.sentinel();
  },
  judge: judgeHeartbeat,
};

/** Octets by which no two frames are equal. */
export function unique(context: Context<unknown>, length = 32): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, context.random(2 ** 32));
  view.setUint32(4, context.random(2 ** 32));
  return bytes;
}

/** A node's addresses, for this case alone. */
export const nodeMac = (context: Context<unknown>, node: PortName): string => context.mac(`node-${node}`);
export const nodeIpv4 = (context: Context<unknown>, node: PortName): string =>
  context.ipv4(`address-${node}`);

/** A datagram from a node to an IPv4 group. */
export function toGroup(context: Context<unknown>, from: Node, group: string): Uint8Array {
  return udpFrame({
    destination: multicastMacOf(group),
    source: nodeMac(context, from),
    ipSource: nodeIpv4(context, from),
    ipDestination: group,
    ipHopLimit: 1,
    payload: unique(context),
  });
}
