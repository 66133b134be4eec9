import { decodeFrame } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  type Declared,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { type Cast, castOf, type Family, newPort } from '../host/cast.js';
import { views } from '../host/views.js';
import { established, ownerOf, packetsOf, questionNs } from './adjacency.js';
import { cameOut, establish, forward } from './takeover.js';

const pollEveryMs = 250;

/** RFC 4861 §10: ReachableTime, which is drawn from half to one and a half times its base (§6.3.2). */
const neighbourMs = 30_000;
/** DELAY_FIRST_PROBE_TIME, three probes and a question to all, and some more. */
const verifyingMs = 10_000;

const boundMs = ({ neighbourMs: declared = neighbourMs }: Declared) => 1.5 * declared + verifyingMs;

/** The client goes on; NEW has V and does not say so; OLD is gone. */
async function waitForQuestion(context: Context, cast: Cast): Promise<void> {
  context.own(cast.service, cast.new, newPort(context));
  const atNew = { mac: cast.new, port: newPort(context) };
  const sinceMs = context.nowMs();
  const tokens: number[] = [];
  const reached = () => tokens.some((token) => cameOut(context, token, atNew));
  while (!reached() && context.nowMs() < sinceMs + boundMs(context.declared)) {
    // Only the latest are looked for: what was sent to OLD long ago stays there.
    tokens.splice(0, tokens.length - 3);
    tokens.push(await forward(context, cast, 'poll'));
    await context.until(reached, pollEveryMs);
  }
  await context.host.cache?.read(cast.service);
}

/** From the takeover until the router did something: between the packet before and what it did. */
function sinceTakeover(recording: Recording, name: string, atNs: number | undefined): Measurement[] {
  const takenNs = departureNs(recording, 'poll');
  if (takenNs === undefined || atNs === undefined) return [];
  const value = (atNs - takenNs) / 1e9;
  return [{ name, value, unit: 's', low: value, high: value }];
}

/** A question to one station verifies the entry that there is: RFC 1122 §2.3.2.1, RFC 4861 §7.3.3. */
function verifiedNs(recording: Recording): number | undefined {
  const [service, old] = [addressOf(recording, 'service'), addressOf(recording, 'old')];
  const takenNs = departureNs(recording, 'poll') ?? 0;
  return recording.frames.find(({ direction, label, atNs, bytes }) => {
    if (direction !== 'in' || label !== undefined || atNs < takenNs) return false;
    const { ethernet, arp, neighbourSolicitation } = decodeFrame(bytes);
    return (
      ethernet?.destination === old && (arp?.tpa === service || neighbourSolicitation?.target === service)
    );
  })?.atNs;
}

export default defineProbe<Family>({
  id: 'router/asks-again',
  device: 'router',
  title: 'A router that missed the takeover asks again before long',
  failureTitle: 'A router that missed the takeover keeps to the failed node',
  why: 'This is how long clients behind it are cut off when the announcement is lost or ignored: the worst case.',
  requirement: {
    level: 'info',
    document: 'RFC 1122, and RFC 4861 §7.3',
    clause: '2.3.2.1 ARP Cache Validation',
    link: 'https://www.rfc-editor.org/rfc/rfc1122#page-22',
  },
  needs: ['a'],
  sideBySide: true,
  serviceAddresses: () => 3,
  waitMs: (_, declared) => boundMs(declared),
  cases: (['ipv4', 'ipv6'] as const).map((family) => ({
    id: family,
    title: `nothing is announced, ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
    needs: [family],
    slow: true,
    params: family,
  })),

  async control(context) {
    await establish(context, castOf(context, context.params));
  },
  controlHolds: (recording) => established(recording),

  stimulus: (context) => waitForQuestion(context, castOf(context, context.params)),

  judge(recording): Judgement {
    const packets = packetsOf(recording, ['poll']);
    const owners = packets.map((packet) => ownerOf(recording, packet));
    const takenNs = departureNs(recording, 'poll');
    const askedNs = questionNs(recording, {}, takenNs);
    const reached = packets[owners.indexOf('new')]?.landing?.atNs;
    const waitedS = (((packets.at(-1)?.sentNs ?? 0) - (takenNs ?? 0)) / 1e9).toFixed(1);
    const both = views(recording, reached === undefined ? 'old' : 'asked', { followed: [] });
    const measurements = [
      ...both.measurements,
      ...sinceTakeover(recording, 'verified with the old owner', verifiedNs(recording)),
      ...sinceTakeover(recording, 'asked everybody', askedNs),
      ...sinceTakeover(recording, 'followed unannounced', reached),
    ];
    const said = {
      expected: 'the router finds out by itself that the old owner is gone',
      ...both,
      observed: reached === undefined ? `ignored: not within ${waitedS} s` : 'invalidated: asked again',
      measurements,
    };
    const seconds = (ns: number | undefined) => (((ns ?? 0) - (takenNs ?? 0)) / 1e9).toFixed(1);
    if (reached !== undefined)
      return pass({
        ...said,
        reason: `The router asked again after ${seconds(askedNs ?? reached)} s, and forwards to the new owner since ${seconds(reached)} s after the takeover.`,
      });
    if (askedNs !== undefined)
      return inconclusive({
        ...said,
        reason: 'The router asked again, and yet nothing reached the new owner.',
      });
    return owners.at(-1) === 'old'
      ? fail({
          ...said,
          reason: `The router did not ask again within ${waitedS} s: without an announcement that it hears, clients are cut off until its entry expires, or for ever.`,
        })
      : inconclusive({ ...said, reason: 'The router forwarded to nobody in the end, and did not ask.' });
  },
});
