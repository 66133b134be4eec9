/**
 * For claims about one unusual packet. NEW sends it for one service address, and its ordinary form for another: where
 * the host does not take the ordinary one either, the fate of the unusual one tells nothing of what is unusual in it.
 */
import { type arpFrame, arpOperations, decodeFrame, zeroMac } from '../../../src/frame/index.js';
import {
  type Context,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../../src/probe.js';
import { type Belief, beliefAfter, established, isAnswer, requestsOf, verdictWords } from '../belief.js';
import { type Cast, castOf, numberedRoles } from '../cast.js';
import type { Ends } from '../prompt.js';
import { establish, takeOver, waitForAge } from '../takeover.js';
import { type Views, views } from '../views.js';

/** What `arpFrame` takes. */
export type ArpPacket = Parameters<typeof arpFrame>[0];

const unusual = { names: numberedRoles(1), suffix: '-1' };
const ordinary = { names: numberedRoles(2), suffix: '-2' };
/** What had no effect may not have reached the host, or late: it is sent once more. */
const again = { ...unusual, suffix: '-1-again' };

/** By then an entry is open to updates, also where they are refused for a second (Linux's locktime). */
const settledMs = 1500;

export async function establishBoth(context: Context): Promise<void> {
  for (const { names, suffix } of [unusual, ordinary])
    await establish(context, castOf(context, 'ipv4', names), suffix);
}

export function bothEstablished(recording: Recording): true | string {
  const [first, second] = [unusual, ordinary].map(({ names, suffix }) =>
    established(recording, suffix, names),
  );
  return first === true ? (second ?? true) : (first ?? true);
}

export interface Packets {
  unusual(cast: Cast): Uint8Array;
  ordinary(cast: Cast): Uint8Array;
}

export async function takeOverBoth(context: Context, packets: Packets): Promise<void> {
  const each = async ({ names, suffix }: typeof unusual, compose: (cast: Cast) => Uint8Array) => {
    const cast = castOf(context, 'ipv4', names);
    await waitForAge(context, cast, settledMs);
    await takeOver(context, cast, compose(cast), suffix);
    return cast;
  };
  const unusualFirst = async () => {
    const cast = await each(unusual, packets.unusual);
    const ignored = sentTo(context, cast, `after${unusual.suffix}`) === cast.old;
    if (ignored) await takeOver(context, cast, packets.unusual(cast), again.suffix);
  };
  await Promise.all([unusualFirst(), each(ordinary, packets.ordinary)]);
}

/** The ordinary packet that every host learns from: NEW asks for it, and means no one else (RFC 826). */
export function askHost(context: Context, cast: Cast): ArpPacket {
  return {
    destination: context.host.mac,
    source: cast.new,
    operation: arpOperations.request,
    sha: cast.new,
    spa: cast.service,
    tha: zeroMac,
    tpa: cast.host,
  };
}

/** The ordinary packet that answers the host, though it did not ask. */
export function answerHost(context: Context, cast: Cast): ArpPacket {
  return { ...askHost(context, cast), operation: arpOperations.reply, tha: context.host.mac };
}

export interface Fates {
  readonly unusual: Belief;
  readonly ordinary: Belief;
  /** Where the host's answer to V went after the unusual packet; undefined where there was none. */
  readonly sentTo: string | undefined;
  /** Both views of the unusual one, and whether the ordinary one was taken. */
  readonly said: Views;
}

export const follows = (belief: Belief): boolean => belief === 'new' || belief === 'asked';

export function fatesOf(recording: Recording): Fates {
  const wasRepeated = departureNs(recording, `after${again.suffix}`) !== undefined;
  const last = wasRepeated ? again : unusual;
  const fate = beliefAfter(recording, last.suffix, last.names);
  const beside = beliefAfter(recording, ordinary.suffix, ordinary.names);
  const both = views(recording, fate, last);
  const taken = {
    id: 'ordinary-taken',
    holds: beside === 'silent' ? null : follows(beside),
    text: `the ordinary packet beside it: ${verdictWords[beside]}`,
  };
  return {
    unusual: fate,
    ordinary: beside,
    sentTo: destinationAfter(recording, last.suffix),
    said: { ...both, findings: [...both.findings, taken] },
  };
}

/** The destination MAC of the host's first answer after the unusual packet. */
function destinationAfter(recording: Recording, suffix: string): string | undefined {
  const { addresses } = recording.plan;
  const ends = { service: addresses[unusual.names.service] ?? '', host: addresses['host-ipv4'] ?? '' };
  return sentTo(recording, ends, `after${suffix}`);
}

/** Where the host sent its first answer to what was asked under a label. */
function sentTo({ frames }: Pick<Recording, 'frames'>, ends: Ends, label: string): string | undefined {
  const asked = requestsOf({ frames }, label);
  for (const { direction, bytes } of frames) {
    const decoded = decodeFrame(bytes);
    if (direction === 'in' && isAnswer(decoded, ends, asked)) return decoded.ethernet?.destination;
  }
  return undefined;
}

/** What can't be judged, whatever the claim: the host fell silent, or takes not even the ordinary packet. */
export function unsettled(fates: Fates, expected: string): Judgement | undefined {
  const said = { expected, observed: verdictWords[fates.unusual], ...fates.said };
  if (fates.unusual === 'silent') {
    const both = fates.ordinary === 'silent';
    const reason = both
      ? 'The host no longer answers, also not from the other service address: is it still there?'
      : 'The host did not answer after the packet, so what it believes can’t be seen.';
    return inconclusive({ ...said, reason });
  }
  if (fates.unusual === 'observer')
    return inconclusive({ ...said, reason: `From outside: ${verdictWords.observer}.` });
  if (fates.unusual === 'old' && !follows(fates.ordinary)) {
    const reason =
      fates.ordinary === 'old'
        ? 'The host does not take the ordinary packet either, so that it left this one alone shows nothing.'
        : 'What the host made of the ordinary packet could not be seen, so that it left this one alone shows nothing.';
    return inconclusive({ ...said, reason });
  }
  return undefined;
}

/** The claim that the host leaves the unusual packet alone.
 *  @param remark what is known of hosts that do not, as a sentence */
export function judgeIgnored(recording: Recording, what: string, remark?: string): Judgement {
  const fates = fatesOf(recording);
  const expected = 'the host still sends to the old owner';
  const open = unsettled(fates, expected);
  if (open) return open;
  const said = { expected, observed: verdictWords[fates.unusual], ...fates.said };
  const withRemark = (reason: string) => (remark === undefined ? reason : `${reason} ${remark}`);
  switch (fates.unusual) {
    case 'old':
      return pass({ ...said, observed: 'unchanged', reason: `The host left ${what} alone.` });
    case 'new':
      return fail({ ...said, reason: withRemark(`The host took ${what} for an ordinary one.`) });
    case 'asked':
      return fail({ ...said, reason: withRemark(`The host dropped its entry because of ${what}.`) });
    default:
      return fail({ ...said, reason: withRemark(`After ${what} the host sends to ${fates.sentTo}.`) });
  }
}

/** The claim that the host takes the unusual packet as it takes the ordinary one.
 *  @param remark what is known of hosts that do not, as a sentence */
export function judgeTaken(recording: Recording, what: string, remark?: string): Judgement {
  const fates = fatesOf(recording);
  const expected = 'the host sends to the new owner, as after the ordinary packet';
  const open = unsettled(fates, expected);
  if (open) return open;
  const said = { expected, observed: verdictWords[fates.unusual], ...fates.said };
  if (fates.unusual === 'new') return pass({ ...said, reason: `The host takes ${what}.` });
  if (fates.unusual === 'asked') {
    const qualifiers = [...fates.said.qualifiers, 'deviation: the entry was invalidated, not updated'];
    return pass({ ...said, qualifiers, reason: `The host asked again after ${what}, and follows.` });
  }
  const reason =
    fates.unusual === 'old'
      ? `The host ignores ${what}, though it takes the ordinary packet.`
      : `After ${what} the host sends to ${fates.sentTo}.`;
  return fail({ ...said, reason: remark === undefined ? reason : `${reason} ${remark}` });
}
