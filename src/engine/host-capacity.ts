/** How many neighbours a host remembers at once, and how many cases may therefore run side by side. */
import type { RecordedFrame } from '../evidence/recording.js';
import {
  type AnsweringPort,
  answeredNumber,
  arpOperations,
  decodeFrame,
  isGroupMac,
} from '../frame/index.js';
import type { Context, HostUnderTest } from '../probe.js';
import { answerIn, type Family, findPort, type Prompter, prompterOf, triedPorts } from './host-prompt.js';
import type { Check } from './preflight.js';

/** How many entries a host is asked to hold at once: that many cases run side by side. */
export const manyEntries = 48;
/** By these steps a host that holds fewer is found out. */
const fewEntries = [1, 2, 3, 4, 6, 8, 9, 10, 12, 16, 20, 24, 32, 40, manyEntries];
/** FreeBSD answers 200 echo requests a second at most, and sends as many RSTs (net.inet.icmp.icmplim). */
const betweenMs = 10;
const answerMs = 100;
/** A slow host's answer, or a second one to a host that limits them to few a second. */
const lateAnswerMs = 1_000;
/** Longer than the clock of a small stack takes to tell older entries from younger ones (lwIP's ARP_TMR_INTERVAL). */
const tickMs = 1_100;

/** The only service addresses that a host with a small cache is spoken to from, by their family. */
export type FewServices = Partial<Record<Family, readonly string[]>>;

/** What the host can be asked. */
export interface Bounds {
  /** False when it answered nothing in any family, so that its belief can't be seen from outside. */
  readonly answers: boolean;
  /** The TCP ports that stand in for echo, where it answers none. */
  readonly answeringPort?: NonNullable<HostUnderTest['answeringPort']>;
  readonly checks: readonly Check[];
  readonly sideBySide: number;
  readonly few: FewServices;
}

/** Asks the host from many addresses of each of its families. */
export async function boundsOf(context: Context<null>, host: HostUnderTest): Promise<Bounds> {
  const families = (['ipv4', 'ipv6'] as const).filter((family) => host[family] !== undefined);
  const found = await Promise.all(
    families.map(async (family) => ({ family, ...(await measure(context, host, family)) })),
  );
  const answering = found.filter(({ answers }) => answers);
  const standIns = answering.flatMap(({ family, standIn }) => (standIn ? [[family, standIn]] : []));
  return {
    answers: answering.length > 0,
    ...(standIns.length > 0 && { answeringPort: Object.fromEntries(standIns) }),
    checks: found.flatMap((one) => checksOf(one, triedPorts(context))),
    // Where few are held, the rooms for them decide, and both families go on at once.
    sideBySide: Math.min(
      answering.some(({ held }) => held.length < manyEntries) ? 2 * manyEntries : manyEntries,
      ...answering.map(affordable),
    ),
    few: Object.fromEntries(
      answering.flatMap(({ family, held }) =>
        held.length < manyEntries ? [[family, held.slice(spareOf(held.length))]] : [],
      ),
    ),
  };
}

const familyNames: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

function checksOf(found: Measured & { readonly family: Family }, tried: string): Check[] {
  const { family, answers, standIn, held, lost, sent, perSecond } = found;
  const name = familyNames[family];
  if (!answers) {
    const mend =
      'allow ping from the bench’s addresses during the test, or open a TCP port to them and name it (`services: {tcp: 22}`)';
    const text = `the host answers no ${name} echo request (ping), nor TCP at ports ${tried}: ${mend}, or its belief can’t be seen from outside`;
    return [{ id: `echo-${family}`, ok: false, text }];
  }
  const asked = standIn ? 'new TCP connections' : 'echo requests';
  const few = held.length < manyEntries ? ', so its cases share those' : '';
  const unanswered =
    lost > 0
      ? `; ${lost} of ${sent} ${asked} went unanswered, and it answered ${perSecond} a second at most`
      : '';
  const entries: Check = {
    id: `entries-${family}`,
    ok: true,
    text: `holds ${held.length} ${name} neighbours at once${few}${unanswered}`,
  };
  if (!standIn) return [entries];
  const how = standIn.isOpen ? 'is open' : 'refuses connections';
  const text = `answers no ${name} echo request (ping), so TCP stands in: its port ${standIn.port} ${how}`;
  return [{ id: `stand-in-${family}`, ok: true, text }, entries];
}

/** Entries that are left for stations of other cases, and of other machines. */
const spareOf = (held: number): number => (held >= 6 ? 3 : held >= 3 ? 1 : 0);

/** A host that limits its answers, or is slow, leaves requests unanswered however often it is asked: as many cases
 *  as it can answer. One that merely loses frames answers most of them. */
function affordable({ lost, sent, perSecond }: Capacity): number {
  const limits = lost > sent * lossShare;
  return limits ? Math.max(leastCases, Math.floor(perSecond / echoesPerCase)) : Number.POSITIVE_INFINITY;
}

/** A path that loses one frame in twenty loses one echo in ten. */
const lossShare = 0.12;
const leastCases = 2;
/** What a case asks in a second, announcements and the answers to its questions included. */
const echoesPerCase = 12;

interface Capacity {
  /** False when nothing was answered. */
  readonly answers: boolean;
  /** The service addresses that the host holds at once, of those it was asked from: all, or few. */
  readonly held: readonly string[];
  /** Requests that got no answer, of how many. */
  readonly lost: number;
  readonly sent: number;
  /** The most answers that came within a second. */
  readonly perSecond: number;
}

interface Measured extends Capacity {
  /** What the host was asked by, where it answers no echo request. */
  readonly standIn?: AnsweringPort;
}

/** The host's capacity in a family, by what it answers. */
async function measure(context: Context<null>, host: HostUnderTest, family: Family): Promise<Measured> {
  const mac = context.mac('many');
  const services = Array.from({ length: manyEntries }, (_, index) =>
    family === 'ipv6' ? context.ipv6(`entry6-${index}`) : context.ipv4(`entry-${index}`),
  );
  const prompter = prompterOf(context, host, family, mac);
  for (const service of services) context.own(service, mac, 'a');
  try {
    const byEcho = await capacity(context, prompter, services);
    if (byEcho.answers) return byEcho;
    const standIn = await findPort(context, prompter, services[0] ?? '');
    if (!standIn) return byEcho;
    return { ...(await capacity(context, prompter, services, standIn.port)), standIn };
  } finally {
    await prompter.hangUp('all');
    for (const service of services) context.disown(service);
  }
}

/**
 * The host is asked from many addresses, and learns each by asking; asked again in the opposite order, it answers at
 * once where it still has the entry. Which entry makes room for a new one is the host's own choice (lwIP's first victim
 * is its youngest of those of one second), so for a host that does not hold all of them a set of addresses is grown, one
 * that it was seen to hold together.
 */
async function capacity(
  context: Context<null>,
  { family, ask, hangUp }: Prompter,
  services: readonly string[],
  tcpPort?: number,
): Promise<Capacity> {
  const begin = context.frames.length;
  let sent = 0;
  let lost = 0;
  /** Asks from each address, at a bounded rate. */
  const askFrom = async (order: readonly string[]) => {
    for (const service of order) {
      sent += 1;
      await ask(service, tcpPort);
      await context.wait(betweenMs);
      await hangUp();
    }
  };
  /** Asks from each address; resolves with those that the host did not know. */
  const round = async (order: readonly string[]): Promise<readonly string[]> => {
    const since = context.frames.length;
    const words = () => firstWords(context.frames.slice(since));
    const silent = () => {
      const heard = words();
      return order.filter((service) => !heard.has(service));
    };
    await askFrom(order);
    await context.until(() => silent().length === 0, answerMs);
    if (silent().length > 0 && silent().length < order.length) {
      lost += silent().length;
      await askFrom(silent());
      await context.until(() => silent().length === 0, lateAnswerMs);
    }
    await hangUp();
    const first = words();
    return order.filter((service) => first.get(service) === 'question');
  };
  /** What was unknown in one round was taught by it, so that the next shows whether it stays. */
  const holds = async (set: readonly string[]): Promise<boolean> => {
    for (let tries = 0; tries < 6; tries += 1) {
      if (tries > 1) await context.wait(tickMs);
      const missed = (await round(set)).length;
      if (missed === 0) return true;
      // Each crowded out the next one.
      if (missed === set.length && tries > 2) return false;
    }
    return false;
  };

  const result = (held: readonly string[]): Capacity => {
    const answers = context.frames.slice(begin).filter((frame) => answerIn(frame, family));
    return { answers: answers.length > 0, held, lost, sent, perSecond: mostPerSecond(answers) };
  };
  // A host that asked for somebody has an answer for them, though it may drop the packet that made it ask.
  const asked = await round(services);
  if (asked.length === 0 && !result([]).answers) return result([]);
  const unknown = await round(services.toReversed());
  if (!result([]).answers) return result([]);
  if (unknown.length === 0) return result(services);
  let held: readonly string[] = [];
  for (const count of fewEntries) {
    const grown = services.slice(0, count);
    if (!(await holds(grown))) break;
    held = grown;
  }
  return result(held);
}

function mostPerSecond(frames: readonly RecordedFrame[]): number {
  return Math.max(
    0,
    ...frames.map(({ atNs }) => frames.filter((f) => f.atNs >= atNs && f.atNs < atNs + 1e9).length),
  );
}

/** What the host did first about each address that it was asked from: answer, or ask for it. */
function firstWords(frames: readonly RecordedFrame[]): Map<string, 'answer' | 'question'> {
  const words = new Map<string, 'answer' | 'question'>();
  for (const { bytes, direction } of frames) {
    if (direction !== 'in') continue;
    const decoded = decodeFrame(bytes);
    const { arp, neighbourSolicitation, ipv4, ipv6, ethernet } = decoded;
    // Asking one station only verifies the entry there is.
    const toAll = ethernet !== undefined && isGroupMac(ethernet.destination);
    const asked = arp?.operation === arpOperations.request ? arp.tpa : neighbourSolicitation?.target;
    const answered = answeredNumber(decoded) !== undefined ? (ipv4 ?? ipv6)?.destination : undefined;
    if (asked !== undefined && toAll && !words.has(asked)) words.set(asked, 'question');
    if (answered !== undefined && !words.has(answered)) words.set(answered, 'answer');
  }
  return words;
}
