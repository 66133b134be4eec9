/** A router that answers for V: the new owner takes it for a duplicate, or clients send to the router. */
import { arpOperations, decodeFrame, resolutionFrame } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { type Cast, castOf, type Family, newPort } from '../host/cast.js';
import { established } from './adjacency.js';
import { familyOf } from './client.js';
import { establish } from './takeover.js';

export type Question = 'request' | 'probe';

/** RFC 4861 §7.2.8: a proxy waits for up to a second (MAX_ANYCAST_DELAY_TIME). */
const patienceMs = 1_500;
const aliveMs = 400;

export async function control(context: Context, family: Family): Promise<void> {
  await establish(context, castOf(context, family));
}

export const controlHolds = (recording: Recording): true | string => established(recording);

/** A station on the segment asks for an address there. */
function question(context: Context, cast: Cast, target: string, what: Question): Uint8Array {
  const asker = familyOf(target) === 'ipv6' ? context.ipv6 : context.ipv4;
  return resolutionFrame({ mac: cast.new, target, ...(what === 'request' && { ip: asker('asker') }) });
}

/** V's owner has failed, and a station asks for V; then for the router itself, to show that its answers are heard. */
export async function ask(context: Context, family: Family, what: Question): Promise<void> {
  const cast = castOf(context, family);
  context.disown(cast.service);
  const port = newPort(context);
  context.mark('asked');
  await context.send(port, question(context, cast, cast.service, what), 'question');
  await context.until(() => answersFor(context.frames, cast.service).length > 0, patienceMs);
  for (let n = 0; n < 3; n += 1) {
    await context.send(port, question(context, cast, cast.host, 'request'), 'alive');
    if (await context.until(() => answersFor(context.frames, cast.host).length > 0, aliveMs)) return;
  }
}

/** The link-layer addresses that were given for an address, by others than the harness. */
function answersFor(frames: Recording['frames'], address: string, sinceNs = 0): string[] {
  return frames.flatMap(({ direction, label, atNs, bytes }) => {
    if (direction !== 'in' || label !== undefined || atNs < sinceNs) return [];
    const { arp, neighbourAdvertisement, ethernet } = decodeFrame(bytes);
    if (arp?.operation === arpOperations.reply && arp.spa === address) return [arp.sha];
    return neighbourAdvertisement?.target === address && ethernet ? [ethernet.source] : [];
  });
}

export function judge(recording: Recording, what: Question): Judgement {
  const service = addressOf(recording, 'service');
  const host = addressOf(recording, familyOf(service) === 'ipv6' ? 'host-ipv6' : 'host-ipv4');
  const askedNs = recording.frames.find(({ label }) => label === 'question')?.atNs ?? 0;
  const [answer] = answersFor(recording.frames, service, askedNs);
  const alive = answersFor(recording.frames, host, askedNs).length > 0;
  const said = {
    expected: 'no answer: V is on the same segment as who asks',
    observed: answer === undefined ? 'no answer for V' : `${answer} answered for V`,
    findings: [
      {
        id: 'alive',
        holds: alive,
        text: alive ? 'it answers for itself' : 'it did not answer for itself either',
      },
    ],
  };
  if (answer !== undefined) {
    const reason =
      what === 'probe'
        ? 'The router answered a probe for an address that is not its own: a new owner takes it for a duplicate, and gives up.'
        : 'The router answered for an address on the same segment: who asks sends to the router from then on.';
    const own = answer === addressOf(recording, 'host-mac');
    return own
      ? fail({ ...said, reason })
      : inconclusive({
          ...said,
          reason: `${answer} answered for V, which is not the router’s address: who is it?`,
        });
  }
  return alive
    ? pass({ ...said, reason: 'The router answers for itself only.' })
    : inconclusive({
        ...said,
        reason: 'The router did not answer for itself either, so its silence proves nothing.',
      });
}
