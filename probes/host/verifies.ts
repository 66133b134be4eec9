/** Somebody announces V and then says nothing: does the host notice, and find back to the station that answers? */
import { decodeFrame } from '../../src/frame/index.js';
import { defineProbe, type Measurement, type Recording } from '../../src/probe.js';
import { asksFor } from './belief.js';
import { castOf, type Family, newPort } from './cast.js';
import { gratuitous, intervalMsOf, watchOf, watchStream } from './connection/crossing.js';
import { type Crossing, interval } from './connection/outage.js';
import { type Protocol, sceneOf } from './connection/sighting.js';
import { hasEnded, startStream } from './connection/stream.js';
import { familyNames, judgeSurvival, protocolNames, ran } from './connection/survival.js';
import { establish } from './takeover.js';

interface Unconfirmed {
  readonly protocol: Protocol;
  readonly family: Family;
}

const watched = ({ protocol }: Unconfirmed) => watchOf(protocol, false);

export default defineProbe<Unconfirmed>({
  id: 'host/verifies',
  device: 'host',
  title: 'After an announcement that nobody stands behind the host finds V where it answers',
  failureTitle: 'The host stays with a station that announced itself and then never answered',
  why: 'A node that announces V and hangs takes the host along until the host asks whether anybody is there.',
  requirement: {
    level: 'info',
    document: 'RFC 4861, RFC 1122',
    clause: '7.3 Neighbor Unreachability Detection; 2.3.2.1 ARP Cache Validation (unicast poll)',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.3',
  },
  needs: ['a'],
  sideBySide: true,
  waitMs: (params) => watched(params).windowMs,
  cases: (['ipv4', 'ipv6'] as const).flatMap((family) =>
    (['udp', 'tcp'] as const).map((protocol) => ({
      id: `${protocol}-${family}`,
      title: `${protocolNames[protocol]} over ${familyNames[family]} to a station that announced itself and is silent`,
      needs: [family],
      params: { protocol, family },
    })),
  ),

  async control(context) {
    await establish(context, castOf(context, context.params.family));
  },
  controlHolds: (recording, { family }) => ran(recording, { family, kept: false }),

  async stimulus(context) {
    const { protocol, family } = context.params;
    const cast = castOf(context, family);
    const watch = watched(context.params);
    const stream = await startStream(context, cast, protocol, false);
    if (!stream) return;
    await stream.run(intervalMsOf(stream, watch), () => stream.seen.length >= settled, settleMs);
    if (hasEnded(stream)) return stream.end();
    // OLD is still V, and answers who asks everybody; NEW only says that it is.
    context.mark('takeover');
    await context.send(newPort(context), gratuitous(cast.service, cast.new), 'announce');
    await stream.run(intervalMsOf(stream, watch), () => stream.seen.some(({ to }) => to === 'new'), followMs);
    await watchStream(context, cast, stream, 'old', watch);
  },

  judge(recording, params) {
    const survivor = { ...params, kept: false, owner: 'old', watch: watched(params) } as const;
    const why = (crossing: Crossing) =>
      crossing.astray === 0
        ? 'The host did not follow the announcement at all, so nothing was lost.'
        : `The host verified its entry: the stream was away for ${interval(crossing)}.`;
    return judgeSurvival(recording, survivor, why, verifications(recording, params.family));
  },
});

const settled = 8;
const settleMs = 1_500;
/** A host that follows does so at once. */
const followMs = 1_000;

/** When the host first asked the silent station alone, and when it asked everybody. */
function verifications(recording: Recording, family: Family): Measurement[] {
  const scene = sceneOf(recording, family, false);
  const announcedNs = recording.frames.find((f) => f.label === 'announce' && f.direction === 'out')?.atNs;
  if (announcedNs === undefined) return [];
  const questions = recording.frames.flatMap((frame) => {
    if (frame.direction !== 'in' || frame.label !== undefined || frame.atNs < announcedNs) return [];
    const decoded = decodeFrame(frame.bytes);
    if (asksFor(decoded, scene.service)) return [{ name: 'asked everybody after', atNs: frame.atNs }];
    const alone =
      decoded.ethernet?.destination === scene.new &&
      (decoded.arp?.tpa === scene.service || decoded.neighbourSolicitation?.target === scene.service);
    return alone ? [{ name: 'first asked the silent station after', atNs: frame.atNs }] : [];
  });
  return [...new Set(questions.map(({ name }) => name))].map((name) => {
    const first = questions.find((question) => question.name === name);
    return { name, value: ((first?.atNs ?? announcedNs) - announcedNs) / 1e6, unit: 'ms' };
  });
}
