/**
 * What every NIC probe does: another port sends echo requests to an IPv4 address that the operating system has on the
 * NIC, each to exactly one MAC address. An answer proves that the NIC handed the frame over and that the system took it
 * for its own. A capture would prove less: a virtual NIC shows it every frame, whomever it is for.
 */
import { broadcastMac, decodeFrame, echoFrame, icmpTypes } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  counted,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  markDetail,
  type Recording,
} from '../../src/probe.js';

/** Addresses that a failover gives to a NIC. */
export interface Kind {
  readonly name: string;
  /** All octets but the last, which the run chooses; absent: one of the bench's own. */
  readonly prefix?: string;
}

export const kinds = [
  {
    id: 'locally-administered',
    title: 'a locally administered address, 02-00-5E-00-53-xx',
    params: { name: 'locally administered', prefix: '02:00:5e:00:53:' },
  },
  {
    id: 'virtual-router',
    title: 'a virtual router’s address, 00-00-5E-00-01-xx',
    params: { name: 'virtual-router', prefix: '00:00:5e:00:01:' },
  },
  {
    id: 'other-vendor',
    title: 'a universally administered address of another vendor’s block',
    params: { name: 'other vendor’s' },
  },
] as const satisfies readonly { id: string; title: string; params: Kind }[];

/** The address that the case gives to the NIC. */
export function newAddress(context: Context<Kind>): string {
  const { prefix } = context.params;
  if (prefix === undefined) return context.mac('new');
  return context.claim('new', prefix + (1 + context.random(255)).toString(16).padStart(2, '0'));
}

/** Questions in one check: enough to tell one lost frame from an address that is not heard. */
export const questions = 10;
/** The system asks for its peer once a second, three times, before it answers (arp(7), retrans_time_ms). */
const patienceMs = 3_500;
const askEveryMs = 50;
const answerMs = 250;

interface Ends {
  readonly local: string;
  readonly peer: string;
}

/** Asks once, at the MAC address. The label comes back with the answer. */
export async function ask(context: Context, label: string, mac: string, ends?: Ends): Promise<void> {
  const { nic } = context;
  const { local, peer } = ends ?? nic;
  const sequence = context.random(2 ** 16);
  await context.send(
    nic.observer,
    echoFrame({
      destination: mac,
      source: context.portMac(nic.observer),
      ipSource: peer,
      ipDestination: local,
      identifier: context.random(2 ** 16),
      sequence,
      payload: new TextEncoder().encode(`${label} `),
    }),
    label,
  );
}

/** After so many questions without an answer, one goes to all: a switch that knows the address elsewhere, from a run
 *  before this, carries no other to the NIC, and learns the way from the answer. */
const astrayAfter = 3;

/** Asks until an answer comes, or the deadline passes. */
export async function askUntilAnswered(
  context: Context,
  label: string,
  mac: string,
  ends?: Ends,
): Promise<boolean> {
  const endMs = context.nowMs() + patienceMs;
  for (let asked = 1; ; asked += 1) {
    await ask(context, label, mac, ends);
    if (await context.until(() => answered(context, label) > 0, askEveryMs)) return true;
    if (asked === astrayAfter) await ask(context, 'to-all', broadcastMac, ends);
    if (context.nowMs() > endMs && asked >= questions) return false;
  }
}

/** Asks several times, a millisecond apart, and waits a while for the answers. */
export async function askAll(context: Context, label: string, mac: string): Promise<void> {
  const before = answered(context, label);
  for (let asked = 0; asked < questions; asked += 1) {
    await ask(context, label, mac);
    await context.wait(1);
  }
  await context.until(() => answered(context, label) - before >= questions, answerMs);
}

/** Makes the NIC ready, with the observer as its peer, and proves that it answers at its own address. */
export async function control(context: Context): Promise<void> {
  const { nic } = context;
  await nic.ready();
  context.own(nic.peer, context.portMac(nic.observer), nic.observer);
  await askUntilAnswered(context, 'before', nic.own);
}

export function controlHolds(recording: Recording): true | string {
  const others = Number(markDetail(recording, 'nic-promiscuity'));
  if (others > 0) {
    return (
      'Something on this machine keeps the NIC in promiscuous mode, in which it receives every frame: end other ' +
      'captures, and use --driver libpcap, since cap captures in no other way.'
    );
  }
  if (answersTo(recording, 'before') > 0) return true;
  return (
    'The system answers no echo request at the NIC’s own address, so that silence proves nothing: allow ICMP echo on ' +
    'it during the test (firewall, net.ipv4.icmp_echo_ignore_all), and check that both ports are in one VLAN.'
  );
}

/** Gives the NIC the address, and waits until it hears the observer. Resolves whether it took it. */
export async function give(context: Context, role: string, mac: string): Promise<boolean> {
  const taken = await context.nic.setAddress(role, mac);
  await pathIsBack(context);
  return taken;
}

/** Waits until the NIC hears the observer again, after its link came up: a switch may hold the port back. */
export async function pathIsBack(context: Context): Promise<void> {
  const { nic } = context;
  const endMs = context.nowMs() + 35_000;
  const since = context.frames.length;
  const heard = () =>
    context.frames
      .slice(since)
      .some((f) => f.label === 'path' && f.port === nic.port && f.direction === 'in');
  while (!heard() && context.nowMs() < endMs) {
    await context.send(nic.observer, context.numbered(nic.observer, broadcastMac), 'path');
    await context.until(heard, 250);
  }
}

/**
 * Where no answer came: in promiscuous mode the NIC hands over what it would have sorted out, so that a capture shows
 * whether the frames come as far as the NIC at all.
 */
export async function findOut(context: Context, label: string, mac: string, ends?: Ends): Promise<void> {
  const { nic } = context;
  const name = inPromiscuousMode(label);
  await nic.setPromiscuous(true);
  for (let asked = 0; asked < questions; asked += 1) {
    await ask(context, name, mac, ends);
    await context.until(() => answered(context, name) > 0, askEveryMs);
  }
  await nic.setPromiscuous(false);
}

const inPromiscuousMode = (label: string) => `${label}-promiscuous`;

/** How the NIC fared with the questions under a label. */
export interface Reception {
  readonly asked: number;
  readonly answers: number;
  /** Frames to the address were seen at the NIC's port, if need be in promiscuous mode. */
  readonly arrived: boolean;
  /** It answered as soon as it was in promiscuous mode. */
  readonly onlyPromiscuous: boolean;
}

export function reception(recording: Recording, label: string): Reception {
  const port = nicPort(recording);
  const arrived = (name: string) => deliveries(recording, name).some(({ arrivals }) => arrivals.has(port));
  const answers = answersTo(recording, label);
  return {
    asked: deliveries(recording, label).length,
    answers,
    arrived: arrived(label) || arrived(inPromiscuousMode(label)),
    onlyPromiscuous: answers === 0 && answersTo(recording, inPromiscuousMode(label)) > 0,
  };
}

export const describe = ({ asked, answers }: Reception) =>
  `${answers} of ${counted(asked, 'question')} answered`;

/** Why no answer at `where` is the NIC's own doing; undefined where it may be the path's. */
function deafness({ arrived, onlyPromiscuous }: Reception, where: string): string | undefined {
  if (onlyPromiscuous) {
    return `The NIC receives frames to ${where} in promiscuous mode only: its address filter was not changed.`;
  }
  return arrived ? `Frames to ${where} come as far as the NIC, and its system gets none of them.` : undefined;
}

function unreached(where: string): string {
  return (
    `Frames to ${where} do not come as far as the NIC, nor in promiscuous mode: what lies between the ports does not ` +
    'carry them (port security, or a limit of addresses on its port?).'
  );
}

/** The verdict on an address that is not heard. */
export function unheard(
  seen: Reception,
  where: string,
  said: { readonly expected: string; readonly observed: string },
): Judgement {
  const reason = deafness(seen, where);
  return reason === undefined
    ? inconclusive({ ...said, reason: unreached(where) })
    : fail({ ...said, reason });
}

/** What to answer where the new address was not heard in the first place: that is for another case to tell. */
export function unheardBefore(recording: Recording, expected: string, mac: string): Judgement | undefined {
  const seen = reception(recording, 'new');
  if (seen.answers > 0) return undefined;
  const reason = `The NIC was not heard at its new address ${mac} in the first place.`;
  return inconclusive({ expected, observed: describe(seen), reason });
}

/** The port whose NIC is under test, as the case noted it. */
export function nicPort(recording: Recording): string {
  return /on (\w+),/.exec(markDetail(recording, 'nic') ?? '')?.[1] ?? '';
}

const observerPort = (recording: Recording) =>
  /from (\w+)$/.exec(markDetail(recording, 'nic') ?? '')?.[1] ?? '';

/** The echo reply's label, where the frame is one. */
function answerIn(bytes: Uint8Array): string | undefined {
  const { icmp } = decodeFrame(bytes);
  if (icmp?.type !== icmpTypes.echoReply) return undefined;
  return new TextDecoder().decode(icmp.payload).split(' ')[0];
}

const answersIn = (frames: Recording['frames'], port: string, label: string) =>
  frames.filter((f) => f.direction === 'in' && f.port === port && answerIn(f.bytes) === label).length;

/** Answers so far, for whoever waits. */
export const answered = (context: Context, label: string) =>
  answersIn(context.frames, context.nic.observer, label);

export const answersTo = (recording: Recording, label: string) =>
  answersIn(recording.frames, observerPort(recording), label);

/** The source addresses of what came out of the NIC since it had the new address: answers under the labels, and
 *  questions for its peer, which name the address that the system believes in. */
export function sources(recording: Recording, labels: readonly string[]): string[] {
  const [local, mac] = [addressOf(recording, 'nic-ipv4'), addressOf(recording, 'new')];
  const observer = observerPort(recording);
  const found = recording.frames.flatMap(({ direction, port, bytes }) => {
    if (direction !== 'in' || port !== observer) return [];
    const { arp, ethernet } = decodeFrame(bytes);
    const said = labels.includes(answerIn(bytes) ?? '') || (arp?.spa === local && arp.sha === mac);
    return said && ethernet ? [ethernet.source] : [];
  });
  return [...new Set(found)];
}

/** What the system said when it was to give the NIC the address of that role. */
export const given = (recording: Recording, role: string) =>
  markDetail(recording, `nic-set-${role}`) ?? 'not tried';
export const wasTaken = (recording: Recording, role: string) => given(recording, role).startsWith('taken');

/** A NIC that changes its address only with its link down does so in an outage of its own. */
export const deviations = (recording: Recording, role: string): string[] =>
  given(recording, role) === 'taken while down'
    ? ['deviation: it takes another address only while its link is down']
    : [];

/**
 * What to answer where the NIC did not have the new address while it was asked: another case says that it must take it.
 * @param when what its address read last, by the name under which that was noted
 */
export function notHeld(recording: Recording, expected: string, when: string): Judgement | undefined {
  const mac = addressOf(recording, 'new');
  const reads = markDetail(recording, `nic-reads-${when}`);
  if (!wasTaken(recording, 'new')) {
    return inconclusive({
      expected,
      observed: `the NIC's address was not changed: ${given(recording, 'new')}`,
      reason: 'The NIC did not take the new address, so that nothing can be said of how it uses it.',
    });
  }
  if (reads === undefined || reads === mac) return undefined;
  return inconclusive({
    expected,
    observed: `its address read ${reads} when it was asked`,
    reason: `The NIC was said to have taken ${mac}, but its address reads ${reads}: nothing can be said of the new one.`,
  });
}
