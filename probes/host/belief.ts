/** Where the host believes V to be, told from a recording alone: the destination MAC of its answers to V. */
import {
  answeredNumber,
  arpOperations,
  broadcastMac,
  type Decoded,
  decodeFrame,
  isGroupMac,
  promptNumber,
} from '../../src/frame/index.js';
import { addressOf, departureNs, type RecordedFrame, type Recording } from '../../src/probe.js';
import { oldPort, type Roles, roles } from './cast.js';
import { type Ends, portAsked } from './prompt.js';

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
  const asked = requestsOf(recording, label);
  for (const frame of recording.frames) {
    if (frame.direction !== 'in') continue;
    const decoded = decodeFrame(frame.bytes);
    // A frame with a label is the harness's own: an announcement by request asks for the address too.
    if (frame.label === undefined && frame.atNs >= sinceNs && asksFor(decoded, service)) return 'asked';
    // Numbers are drawn anew for each request, so an earlier one may have had the same.
    if (!isAnswer(decoded, cast, asked) || frame.atNs + clockErrorNs < askedNs(decoded, asked)) continue;
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

/** How far two stamps may stand the wrong way round where no kernel stamps. */
const clockErrorNs = 5e6;

/** When the request was sent that the frame answers. */
export const askedNs = (decoded: Decoded, asked: ReadonlyMap<number, number>, otherwise = 0): number =>
  asked.get(answeredNumber(decoded) ?? -1) ?? otherwise;

/** Asking everybody means that there is no entry; asking one station only verifies the entry there is. */
export function asksFor({ ethernet, arp, neighbourSolicitation }: Decoded, service: string): boolean {
  if (!ethernet || !isGroupMac(ethernet.destination)) return false;
  if (arp)
    return (
      arp.operation === arpOperations.request && arp.tpa === service && ethernet.destination === broadcastMac
    );
  return neighbourSolicitation?.target === service;
}

/** Whether the frame is the host's answer to one of the requests with these numbers. */
export function isAnswer(
  decoded: Decoded,
  { service, host }: Ends,
  asked: Pick<Set<number>, 'has'>,
): boolean {
  const ip = decoded.ipv4 ?? decoded.ipv6;
  const number = answeredNumber(decoded);
  return number !== undefined && ip?.source === host && ip.destination === service && asked.has(number);
}

/** The requests that were sent under a label: number to departure, nanoseconds. */
export function requestsOf(
  { frames }: Pick<Recording, 'frames'>,
  label: string,
): ReadonlyMap<number, number> {
  const requests = frames.filter((f) => f.label === label && f.direction === 'out');
  return new Map(
    requests.flatMap(({ bytes, atNs }) => {
      const number = promptNumber(decodeFrame(bytes));
      return number === undefined ? [] : [[number, atNs] as const];
    }),
  );
}

/** Why the old state was not real; true when the host talked to V at OLD. */
export function established(recording: Recording, suffix = '', names: Roles = roles): true | string {
  const before = belief(recording, `before${suffix}`, names);
  switch (before) {
    case 'old':
      return true;
    case 'silent':
      return unanswered(recording);
    case 'observer':
      return 'The host answers to whichever MAC address the request came from, without using its cache: from outside its belief can’t be seen.';
    case 'asked':
      return 'The host asked for the service address again at once: it did not keep the entry that it had just been taught.';
    default:
      return `Before the takeover the host sent to ${before === 'new' ? 'the new owner already' : 'a station that is not part of this case'}.`;
  }
}

function unanswered(recording: Recording): string {
  const port = portAsked(recording);
  const [what, limits] =
    port === undefined
      ? ['echo requests', 'ICMP echo']
      : [`TCP at its port ${port}`, 'its answers to new connections'];
  return `The host did not answer ${what} from the service address, so its belief can’t be seen: is it still there, and does it limit ${limits}?`;
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

/** How old the entry was when the announcement left, milliseconds: from the last lesson that V is at OLD. Undefined where
 *  the host had that from an earlier case, and took no lesson since. */
export function ageMs(recording: Recording, suffix = '', names: Roles = roles): number | undefined {
  const announced = recording.frames.find((f) => f.label === `announce${suffix}` && f.direction === 'out');
  const service = addressOf(recording, names.service);
  const lesson = recording.frames.findLast(
    (f) =>
      f.direction === 'out' &&
      announced !== undefined &&
      f.atNs < announced.atNs &&
      teaches(f, service, addressOf(recording, names.old)),
  );
  return announced && lesson ? (announced.atNs - lesson.atNs) / 1e6 : undefined;
}

/** Whether the frame tells the host V's link-layer address: an ARP packet or an advertisement. @param owner and which */
export function teaches({ bytes }: RecordedFrame, service: string, owner?: string): boolean {
  const { arp, neighbourAdvertisement } = decodeFrame(bytes);
  if (arp) return arp.spa === service && (owner ?? arp.sha) === arp.sha;
  const option = neighbourAdvertisement?.options.find(({ type }) => type === 'target-link-layer');
  const mac = option?.type === 'target-link-layer' ? option.mac : undefined;
  return neighbourAdvertisement?.target === service && (owner ?? mac) === mac;
}
