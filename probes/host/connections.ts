/** A UDP stream and a TCP connection from the host to V, while V changes hands: the HOWTO’s own experiment. */
import { defineProbe, type ProbeCase } from '../../src/probe.js';
import { castOf, type Family, newPort } from './cast.js';
import {
  gratuitous,
  intervalMsOf,
  stationOf,
  unsettle,
  watchOf,
  watchStream,
} from './connection/crossing.js';
import { interval } from './connection/outage.js';
import type { Protocol } from './connection/sighting.js';
import { hasEnded, startStream } from './connection/stream.js';
import { familyNames, judgeSurvival, ran } from './connection/survival.js';
import { establish } from './takeover.js';

type Announced = 'request' | 'reply' | 'advertisement' | 'silent';

interface Connection {
  readonly protocol: Protocol;
  readonly family: Family;
  /** V keeps its MAC address, which moves from port A to port B; or it gets another one. */
  readonly kept: boolean;
  readonly announced: Announced;
}

const announcements: Record<Announced, string> = {
  request: 'a gratuitous ARP request',
  reply: 'a gratuitous ARP reply',
  advertisement: 'an unsolicited neighbour advertisement',
  silent: 'no announcement',
};

const ways: Record<Family, readonly Announced[]> = {
  ipv4: ['request', 'reply', 'silent'],
  ipv6: ['advertisement', 'silent'],
};

const cases = (['udp', 'tcp'] as const).flatMap((protocol) =>
  (['ipv4', 'ipv6'] as const).flatMap((family) =>
    [true, false].flatMap((kept) =>
      ways[family].map(
        (announced): ProbeCase<Connection> => ({
          id: `${protocol}-${family}-mac-${kept ? 'kept' : 'changed'}-${announced}`,
          title: `${protocol.toUpperCase()} over ${familyNames[family]}, the MAC address ${kept ? 'moves to another port' : 'changes'}, ${announcements[announced]}`,
          needs: kept ? [family, 'b'] : [family],
          params: { protocol, family, kept, announced },
        }),
      ),
    ),
  ),
);

const watched = ({ protocol, announced }: Connection) => watchOf(protocol, announced !== 'silent');

export default defineProbe<Connection>({
  id: 'host/connections',
  device: 'host',
  title: 'A UDP stream and a TCP connection from the host go on with the new owner',
  failureTitle: 'A stream or connection of the host’s does not survive the takeover',
  why: 'What clients notice of a failover: how long nothing arrives, and whether they have to connect again.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'RFC 6412 3.6.4 (Loss-Derived Convergence Time) applied to the Linux-HA HOWTO’s takeovers',
    link: 'https://www.rfc-editor.org/rfc/rfc6412#section-3.6.4',
  },
  needs: ['a'],
  sideBySide: true,
  serviceAddresses: () => 2,
  waitMs: (params) => watched(params).windowMs,
  cases,

  async control(context) {
    await establish(context, castOf(context, context.params.family));
  },
  controlHolds: ran,

  async stimulus(context) {
    const { protocol, family, kept, announced } = context.params;
    const cast = castOf(context, family);
    const watch = watched(context.params);
    const stream = await startStream(context, cast, protocol, kept);
    if (!stream) return;
    await stream.run(intervalMsOf(stream, watch), () => stream.seen.length >= settled, settleMs);
    if (hasEnded(stream)) return stream.end();
    if (announced === 'silent') await unsettle(context, cast, stream, watch);
    const station = stationOf(context, cast, kept);
    context.mark('takeover');
    context.own(cast.service, station.mac, station.port);
    stream.move(station);
    if (announced !== 'silent') {
      const operation = announced === 'reply' ? 'reply' : 'request';
      await context.send(newPort(context), gratuitous(cast.service, station.mac, operation), 'announce');
    }
    await watchStream(context, cast, stream, 'new', watch);
  },

  judge: (recording, params) =>
    judgeSurvival(
      recording,
      { ...params, owner: 'new', watch: watched(params) },
      (crossing) => `It survives: the outage was ${interval(crossing)}.`,
    ),
});

/** So much of the stream is seen before V moves. */
const settled = 8;
const settleMs = 1_500;
