import { multicastMacOf, neighbourAdvertisementFrame, resolutionFrame } from '../../src/frame/index.js';
import { type Context, defineProbe, fail, inconclusive, type PortName } from '../../src/probe.js';
import { type Cast, castOf, type Family, newPort, oldPort } from '../host/cast.js';
import { allNodes } from '../host/neighbour/advertisement.js';
import { waitForAge } from '../host/takeover.js';
import { established, nextHopAfter, ownerOf, packetsOf } from './adjacency.js';
import { type Announcement, arp, frameOf, na } from './announcement.js';
import { establish, look, takeOver } from './takeover.js';
import { judgeFollowed, saidOf } from './verdict.js';

/** Of other stations: 200 packets a second, in bursts of four. */
const burst = 4;
const burstEveryMs = 20;
const leadMs = 300;
/** What polices has let go by then. */
const calmMs = 1_200;
/** Software repeats what it announces, so one that is lost decides nothing. */
const repeats = 3;
const repeatEveryMs = 200;
const stations = 6;

/** What stations say of themselves that have nothing to do with V; each in turn, of another one in turn. */
function chatter(context: Context, family: Family, n: number): { port: PortName; frame: Uint8Array } {
  const port = n % 2 === 0 ? oldPort : newPort(context);
  const source = context.portMac(port);
  const [one, other] = [n % stations, (n + 1 + Math.floor(n / stations)) % stations];
  if (family === 'ipv6') {
    const address = context.ipv6(`other-${one}`);
    const frame = neighbourAdvertisementFrame({
      destination: multicastMacOf(allNodes),
      source,
      ipSource: address,
      ipDestination: allNodes,
      router: false,
      solicited: false,
      override: true,
      target: address,
      options: [{ type: 'target-link-layer', mac: source }],
    });
    return { port, frame };
  }
  const frame = resolutionFrame({
    mac: source,
    ip: context.ipv4(`other-${one}`),
    target: context.ipv4(`other-${other}`),
  });
  return { port, frame };
}

/** Keeps chattering until `done`. */
async function load(context: Context, family: Family, done: () => boolean): Promise<void> {
  for (let n = 0; !done(); ) {
    for (const last = n + burst; n < last; n += 1) {
      const { port, frame } = chatter(context, family, n);
      await context.send(port, frame, 'load');
    }
    await context.wait(burstEveryMs);
  }
}

/** As software does that leaves nothing to chance: by request and by reply. */
const announcements: Readonly<Record<Family, readonly Announcement[]>> = {
  ipv4: [
    arp({ operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' }),
    arp({ operation: 'reply', to: 'broadcast', tha: 'sha', tpa: 'v' }),
  ],
  ipv6: [na()],
};

async function announce(context: Context, cast: Cast, family: Family, label: string): Promise<void> {
  for (const what of announcements[family])
    await context.send(newPort(context), frameOf(context, cast, what), label);
}

/** Announces again while the client's packets are watched. */
async function repeatedly(context: Context, cast: Cast, family: Family): Promise<void> {
  for (let n = 1; n < repeats; n += 1) {
    await context.wait(repeatEveryMs);
    await announce(context, cast, family, 'announce');
  }
}

export default defineProbe<Family>({
  id: 'router/under-load',
  device: 'router',
  title: 'The router hears an announcement among 200 packets a second of other stations’ ARP or NDP',
  failureTitle: 'The router misses an announcement among other stations’ ARP or NDP',
  why: 'A node fails when the network is busy. A router whose control plane is policed may drop the one packet that counts.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'control planes are policed (RFC 6192), and an announcement should still get through',
    link: 'https://www.rfc-editor.org/rfc/rfc6192',
  },
  needs: ['a'],
  // Alone: what it sends is a load for the other cases too.
  sideBySide: false,
  cases: [
    { id: 'ipv4', title: 'ARP', needs: ['ipv4'], params: 'ipv4' },
    { id: 'ipv6', title: 'neighbour discovery', needs: ['ipv6'], params: 'ipv6' },
  ],

  async control(context) {
    await establish(context, castOf(context, context.params));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const family = context.params;
    const cast = castOf(context, family);
    await waitForAge(context, cast, 1500 - leadMs);
    let over = false;
    const underLoad = async () => {
      await context.wait(leadMs);
      const [followed] = await Promise.all([
        takeOver(context, cast, () => announce(context, cast, family, 'announce')),
        repeatedly(context, cast, family),
      ]);
      return followed;
    };
    const [followed] = await Promise.all([
      underLoad().finally(() => {
        over = true;
      }),
      load(context, family, () => over),
    ]);
    if (followed) return;
    await context.wait(calmMs);
    await announce(context, cast, family, 'calm');
    await context.wait(leadMs);
    await look(context, cast, 'after-calm');
  },

  judge(recording) {
    const hop = nextHopAfter(recording);
    if (hop !== 'old') return judgeFollowed(recording, 'the announcement under load');
    const said = saidOf(recording, hop);
    const calm = packetsOf(recording, ['after-calm']).map((packet) => ownerOf(recording, packet));
    return calm.length > 0 && calm.every((owner) => owner === 'new')
      ? fail({
          ...said,
          reason: 'The router missed three announcements under load, and took the same one when it was over.',
        })
      : inconclusive({
          ...said,
          reason:
            'The router does not follow the announcement without load either: see router/follows-announcement.',
        });
  },
});
