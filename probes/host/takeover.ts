/**
 * What every host probe does: a service address V belongs to a station OLD, the host under test talks to
 * it, and then NEW takes it over. Where the host believes V to be is seen from outside: it answers an
 * echo request that comes from V, and the destination MAC of its answer is its belief. The request itself
 * leaves from a third MAC, so that a host which learns from it, or just answers to the sender, shows.
 */
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  type Decoded,
  decodeFrame,
  echoFrame,
  icmpTypes,
  icmpv6Types,
  isGroupMac,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  zeroMac,
} from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  departureNs,
  type Finding,
  type PortName,
  type RecordedFrame,
  type Recording,
} from '../../src/probe.js';

/** The roles of one takeover within a case; a case with several numbers them. */
export interface Roles {
  readonly service: string;
  readonly old: string;
  readonly new: string;
}

export const roles: Roles = { service: 'service', old: 'old', new: 'new' };

export function numberedRoles(n: number): Roles {
  return { service: `service-${n}`, old: `old-${n}`, new: `new-${n}` };
}

export type Family = 'ipv4' | 'ipv6';

/** The four addresses of a takeover, taken from the bench's pools. */
export interface Cast {
  readonly service: string;
  readonly old: string;
  readonly new: string;
  readonly host: string;
}

export function castOf(context: Context, family: Family = 'ipv4', names: Roles = roles): Cast {
  const host = context.host[family];
  if (host === undefined) throw new Error(`The host under test has no ${family} address.`);
  const service = family === 'ipv4' ? context.ipv4(names.service) : context.ipv6(names.service);
  return { service, old: context.mac(names.old), new: context.mac(names.new), host };
}

export const oldPort: PortName = 'a';

/** A bench with one port plays both stations there. */
export function newPort(context: Context): PortName {
  return context.has('b') ? 'b' : 'a';
}

const answerMs = 400;
const tries = 3;

/** Sends echo requests as V from `source` until the host answers V, three times at most. Resolves with its answer. */
async function ping(
  context: Context,
  cast: Cast,
  source: string,
  port: PortName,
  label: string,
): Promise<RecordedFrame | undefined> {
  const asked = new Set<number>();
  for (let n = 0; n < tries; n += 1) {
    const sequence = context.random(0x10000);
    asked.add(sequence);
    const frame = echoFrame({
      destination: context.host.mac,
      source,
      ipSource: cast.service,
      ipDestination: cast.host,
      identifier: context.random(0x10000),
      sequence,
    });
    const since = context.frames.length;
    await context.send(port, frame, label);
    const answer = () =>
      context.frames
        .slice(since)
        .find((f) => f.direction === 'in' && isAnswer(decodeFrame(f.bytes), cast, asked));
    if (await context.until(() => answer() !== undefined, answerMs)) return answer();
  }
  return undefined;
}

/** Whether the frame is the host's answer to one of the echo requests with these sequence numbers. */
function isAnswer(
  decoded: Decoded,
  cast: { service: string; host: string },
  asked: ReadonlySet<number>,
): boolean {
  const { ipv4, ipv6, icmp, icmpv6Echo } = decoded;
  const echo = icmp ?? icmpv6Echo;
  const ip = ipv4 ?? ipv6;
  const isReply = echo?.type === icmpTypes.echoReply || echo?.type === icmpv6Types.echoReply;
  return isReply && ip?.source === cast.host && ip.destination === cast.service && asked.has(echo.sequence);
}

/** The sequence numbers of the echo requests that were sent under a label. */
function sequencesOf(recording: Recording, label: string): Set<number> {
  const requests = recording.frames.filter((f) => f.label === label && f.direction === 'out');
  return new Set(
    requests.flatMap(({ bytes }) => {
      const { icmp, icmpv6Echo } = decodeFrame(bytes);
      return (icmp ?? icmpv6Echo)?.sequence ?? [];
    }),
  );
}

/** The host talks to V at OLD, as a client does: it is pinged, asks for V, and OLD answers. Where it still
 *  knows V from an earlier case it does not ask; then OLD asks the host, which teaches it as well. False
 *  when the host does not answer, so that nothing can be seen of it. */
export async function establish(context: Context, cast: Cast, suffix = ''): Promise<boolean> {
  context.own(cast.service, cast.old, oldPort);
  const answer = await ping(context, cast, cast.old, oldPort, `create${suffix}`);
  if (answer && decodeFrame(answer.bytes).ethernet?.destination !== cast.old) {
    for (const frame of lessons(context, cast)) await context.send(oldPort, frame, `teach${suffix}`);
    await context.wait(settleMs);
  }
  const answered = answer !== undefined && (await observe(context, cast, `before${suffix}`));
  context.mark(`established${suffix}`);
  return answered;
}

/** Frames from OLD that a host takes V's address from, whichever of them it listens to. */
function lessons(context: Context, cast: Cast): Uint8Array[] {
  const link = { destination: context.host.mac, source: cast.old };
  if (cast.service.includes(':')) {
    const ip = { ipSource: cast.service, ipDestination: cast.host };
    const flags = { router: false, solicited: true, override: true };
    return [
      neighbourSolicitationFrame({
        ...link,
        ...ip,
        target: cast.host,
        options: [{ type: 'source-link-layer', mac: cast.old }],
      }),
      neighbourAdvertisementFrame({
        ...link,
        ...ip,
        ...flags,
        target: cast.service,
        options: [{ type: 'target-link-layer', mac: cast.old }],
      }),
    ];
  }
  const sender = { sha: cast.old, spa: cast.service, tpa: cast.host };
  return [
    arpFrame({ ...link, ...sender, operation: arpOperations.request, tha: zeroMac }),
    arpFrame({ ...link, ...sender, operation: arpOperations.reply, tha: context.host.mac }),
  ];
}

/** Asks the host where it believes V to be, from a MAC that is neither OLD's nor NEW's. False when it does
 *  not answer. */
export async function observe(context: Context, cast: Cast, label: string): Promise<boolean> {
  context.mark(label);
  return (await ping(context, cast, context.portMac(oldPort), oldPort, label)) !== undefined;
}

/** Waits until the entry is `ageMs` old, counted from the host's last lesson about V. */
export async function waitForAge(context: Context, cast: Cast, ageMs: number): Promise<void> {
  const lesson = context.frames.findLast((f) => f.direction === 'out' && teaches(f, cast.service));
  const sinceMs = lesson ? context.nowMs() - lesson.atNs / 1e6 : 0;
  if (ageMs > sinceMs) await context.wait(ageMs - sinceMs);
}

/** Whether the frame tells the host V's link-layer address: an ARP packet or an advertisement. */
function teaches(frame: RecordedFrame, service: string): boolean {
  const { arp, neighbourAdvertisement } = decodeFrame(frame.bytes);
  return arp?.spa === service || neighbourAdvertisement?.target === service;
}

/** NEW takes V over and sends `frame`; then the host is asked, from outside and over SSH. */
export async function takeOver(context: Context, cast: Cast, frame: Uint8Array, suffix = ''): Promise<void> {
  context.own(cast.service, cast.new, newPort(context));
  await context.send(newPort(context), frame, `announce${suffix}`);
  await context.wait(settleMs);
  await observe(context, cast, `after${suffix}`);
  await context.host.cache?.read(cast.service);
}

/** Time for the host to act on what it received before it is asked. */
const settleMs = 60;

/** Where the host sends V's frames: `asked` when it first asked again, `observer` when it answers to
 *  whoever sent the request, `silent` when it did not answer. */
export type Belief = 'old' | 'new' | 'asked' | 'observer' | 'other' | 'silent';

/** The host's belief after a takeover; a host that asks again, even before it was pinged, has dropped its entry. */
export function beliefAfter(recording: Recording, suffix = '', names: Roles = roles): Belief {
  return belief(recording, `after${suffix}`, names, departureNs(recording, `announce${suffix}`));
}

/** The host's belief when it was asked under a label, seen from outside. */
export function belief(
  recording: Recording,
  label: string,
  names: Roles = roles,
  // Counted from the request's own stamp: the mark's is of another clock, a millisecond off where no kernel stamps.
  sinceNs = departureNs(recording, label),
): Belief {
  if (sinceNs === undefined) return 'silent';
  const service = addressOf(recording, names.service);
  const host = addressOf(recording, service.includes(':') ? 'host-ipv6' : 'host-ipv4');
  const cast = { service, host };
  // A late answer to an earlier question tells of an earlier belief.
  const asked = sequencesOf(recording, label);
  for (const frame of recording.frames) {
    if (frame.direction !== 'in') continue;
    const decoded = decodeFrame(frame.bytes);
    // A frame with a label is the harness's own: an announcement by request asks for the address too.
    if (frame.label === undefined && frame.atNs >= sinceNs && asksFor(decoded, service)) return 'asked';
    if (!isAnswer(decoded, cast, asked)) continue;
    switch (decoded.ethernet?.destination) {
      case addressOf(recording, names.old):
        return 'old';
      case addressOf(recording, names.new):
        return 'new';
      case addressOf(recording, `port-${oldPort}`):
        return 'observer';
      default:
        return 'other';
    }
  }
  return 'silent';
}

/** Asking everybody means that there is no entry; asking one station only verifies the entry there is. */
export function asksFor({ ethernet, arp, neighbourSolicitation }: Decoded, service: string): boolean {
  if (!ethernet || !isGroupMac(ethernet.destination)) return false;
  if (arp)
    return (
      arp.operation === arpOperations.request && arp.tpa === service && ethernet.destination === broadcastMac
    );
  return neighbourSolicitation?.target === service;
}

/** What the host's own cache said last about V; undefined where it can't be read. */
export function cacheBelief(
  recording: Recording,
  names: Roles = roles,
): { belief: Belief | 'absent'; state: string | null } | undefined {
  const service = addressOf(recording, names.service);
  // A note: the cache was lost from view, and what it held before that says nothing of after.
  const last = recording.events.findLast(
    (event) => event.kind === 'note' || (event.kind === 'neighbour' && event.address === service),
  );
  if (last?.kind !== 'neighbour') return undefined;
  const { mac, state } = last;
  if (mac === null) return { belief: 'absent', state };
  if (mac === addressOf(recording, names.old)) return { belief: 'old', state };
  return { belief: mac === addressOf(recording, names.new) ? 'new' : 'other', state };
}

/** Why the old state was not real; true when the host talked to V at OLD. */
export function established(recording: Recording, suffix = '', names: Roles = roles): true | string {
  const before = belief(recording, `before${suffix}`, names);
  switch (before) {
    case 'old':
      return true;
    case 'silent':
      return 'The host did not answer echo requests from the service address, so its belief can’t be seen: does it filter ICMP echo?';
    case 'observer':
      return 'The host answers to whichever MAC address the request came from, without using its cache: from outside its belief can’t be seen.';
    case 'asked':
      return 'The host asked for the service address again at once: it did not keep the entry that it had just been taught.';
    default:
      return `Before the takeover the host sent to ${before === 'new' ? 'the new owner already' : 'a station that is not part of this case'}.`;
  }
}

export const verdictWords: Record<Belief | 'absent', string> = {
  old: 'ignored: still sends to the old owner',
  new: 'updated: sends to the new owner',
  asked: 'invalidated: asks again',
  observer: 'answers to whoever asks, without its cache',
  other: 'sends to a station that is not part of this case',
  silent: 'did not answer',
  absent: 'no entry',
};

/** The two views side by side; they disagree when the cache holds one owner and the frames go to the other. */
export function views(
  recording: Recording,
  outside: Belief,
  names: Roles = roles,
): { findings: Finding[]; qualifiers: string[] } {
  const inside = cacheBelief(recording, names);
  const findings: Finding[] = [
    { id: 'outside', holds: outside !== 'silent', text: `from outside: ${verdictWords[outside]}` },
  ];
  if (!inside) {
    findings.push({ id: 'cache', holds: null, text: 'the host’s own cache was not read' });
    return { findings, qualifiers: [] };
  }
  const text = `its cache: ${inside.belief === 'absent' ? 'no entry' : `${inside.belief} owner`}${inside.state ? ` (${inside.state})` : ''}`;
  findings.push({ id: 'cache', holds: true, text });
  // After it asked again the cache holds the answer: that is agreement.
  const agree =
    outside === inside.belief || (outside === 'asked' && inside.belief !== 'old') || outside === 'silent';
  findings.push({
    id: 'views-agree',
    holds: agree,
    text: agree ? 'both views agree' : 'the two views disagree',
  });
  return {
    findings,
    qualifiers: agree ? [] : [`deviation: from outside ${outside}, in the cache ${inside.belief}`],
  };
}

/** How old the entry was when the announcement left, milliseconds: from the last lesson about V. */
export function ageMs(recording: Recording, suffix = '', names: Roles = roles): number | undefined {
  const announced = recording.frames.find((f) => f.label === `announce${suffix}` && f.direction === 'out');
  const service = addressOf(recording, names.service);
  const lesson = recording.frames.findLast(
    (f) => f.direction === 'out' && announced !== undefined && f.atNs < announced.atNs && teaches(f, service),
  );
  return announced && lesson ? (announced.atNs - lesson.atNs) / 1e6 : undefined;
}
