import {
  arpFrame,
  arpOperations,
  broadcastMac,
  multicastMacOf,
  neighbourAdvertisementFrame,
  udpFrame,
  zeroMac,
} from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  pass,
  tally,
} from '../../src/probe.js';
import { taught, teach } from './station.js';
import { datagram, triggers } from './triggers.js';

interface Message {
  readonly name: string;
  /** Neighbour discovery's; else ARP's. */
  readonly ipv6?: boolean;
  /** Goes to World alone, as an answer does; else to all. */
  readonly unicast?: boolean;
  build(context: Context, station: string): Uint8Array;
}

const trigger = (id: string): Message['build'] => {
  const found = triggers.find((each) => each.id === id);
  if (!found) throw new Error(`There is no trigger '${id}'.`);
  return found.build;
};

/** Whether it went through may be known only after this: a switch in software takes its time. */
const crossingMs = 150;
const timesSaid = 4;
const sayings = ['message-1', 'message-2', 'message-3'] as const;
const firstOwner = 'first-owner';
const timesPlain = 4;
const plainLabel = (n: number) => `plain-${n}`;

/** Says it until it has come out at World, a few times at most. */
async function say(
  context: Context,
  label: string,
  frame: () => Uint8Array,
  times = timesSaid,
): Promise<void> {
  const heard = () =>
    context.frames.some((f) => f.label === label && f.port === 'world' && f.direction === 'in');
  for (let n = 0; n < times && !heard(); n += 1) {
    await context.send('b', frame(), label);
    await context.until(heard, crossingMs);
  }
}

/** Data with the same station as source and the same kind of destination, that is neither ARP nor neighbour discovery. */
function plainData(context: Context<Message>, station: string): Uint8Array {
  const { ipv6 = false, unicast = false } = context.params;
  if (unicast && !ipv6) return datagram(context, station);
  const payload = new Uint8Array(32);
  new DataView(payload.buffer).setUint32(0, context.random(2 ** 32));
  return udpFrame({
    destination: unicast ? context.portMac('world') : ipv6 ? multicastMacOf(allNodes) : broadcastMac,
    source: station,
    ipSource: ipv6 ? context.ipv6('service6') : context.ipv4('service'),
    ipDestination: unicast ? context.ipv6('world6') : ipv6 ? allNodes : '255.255.255.255',
    payload,
  });
}

const allNodes = 'ff02::1';

export default defineProbe<Message>({
  id: 'switch/arp-inspection',
  device: 'switch',
  title: 'The new owner’s ARP and neighbour discovery are carried like its data',
  failureTitle: 'The switch drops announcements, though it carries the new owner’s data',
  why: 'Hosts never hear that the address moved, and send to the old owner until their caches expire.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'switches’ inspection of ARP and neighbour discovery against a table of bindings (DAI, ND inspection)',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    {
      id: 'gratuitous-request',
      title: 'a gratuitous ARP request',
      params: { name: 'a gratuitous ARP request', build: trigger('arp-request') },
    },
    {
      id: 'gratuitous-reply',
      title: 'a gratuitous ARP reply',
      params: { name: 'a gratuitous ARP reply', build: trigger('arp-reply') },
    },
    {
      id: 'request',
      title: 'an ARP request for another address',
      params: {
        name: 'an ARP request for World’s address',
        build: (context, station) =>
          arpFrame({
            destination: broadcastMac,
            source: station,
            operation: arpOperations.request,
            sha: station,
            spa: context.ipv4('service'),
            tha: zeroMac,
            tpa: context.portIpv4('world'),
          }),
      },
    },
    {
      id: 'reply',
      title: 'an ARP reply to a host that asked',
      params: {
        name: 'an ARP reply to World',
        unicast: true,
        build: (context, station) =>
          arpFrame({
            destination: context.portMac('world'),
            source: station,
            operation: arpOperations.reply,
            sha: station,
            spa: context.ipv4('service'),
            tha: context.portMac('world'),
            tpa: context.portIpv4('world'),
          }),
      },
    },
    {
      id: 'unsolicited-advertisement',
      title: 'an unsolicited neighbour advertisement',
      params: {
        name: 'an unsolicited neighbour advertisement',
        ipv6: true,
        build: trigger('unsolicited-na'),
      },
    },
    {
      id: 'solicited-advertisement',
      title: 'a neighbour advertisement to a host that asked',
      params: {
        name: 'a solicited neighbour advertisement',
        ipv6: true,
        unicast: true,
        build: (context, station) =>
          neighbourAdvertisementFrame({
            destination: context.portMac('world'),
            source: station,
            ipSource: context.ipv6('service6'),
            ipDestination: context.ipv6('world6'),
            router: false,
            solicited: true,
            override: true,
            target: context.ipv6('service6'),
            options: [{ type: 'target-link-layer', mac: station }],
          }),
      },
    },
  ],

  async control(context) {
    // The first owner says the same, so that a switch which notes who has an address notes it.
    const station = context.mac('station');
    await teach(context, 'a', station);
    await context.send('a', context.params.build(context, station), firstOwner);
    // The new owner's frames may equal these: none of them may still be under way then.
    await context.until(
      () => context.frames.some((f) => f.label === firstOwner && f.port === 'world' && f.direction === 'in'),
      crossingMs,
    );
  },
  controlHolds: (recording) => taught(recording, 'a'),

  async stimulus(context) {
    const station = context.mac('station');
    const message = () => context.params.build(context, station);
    // Data between the tries: a switch that refuses the station for a while, or limits broadcasts, refuses all of it.
    await say(context, sayings[0], message);
    for (let n = 1; n <= timesPlain; n += 1) {
      await say(context, plainLabel(n), () => plainData(context, station), 1);
      if (n === 1) await say(context, sayings[1], message);
    }
    await say(context, sayings[2], message);
    await context.sentinel();
  },

  judge(recording, { name }) {
    const sum = (labels: readonly string[]) => {
      const all = labels.map((label) => tally(deliveries(recording, label), 'world'));
      return {
        sent: all.reduce((n, seen) => n + seen.sent, 0),
        reached: all.reduce((n, seen) => n + seen.reached, 0),
      };
    };
    const { sent: said, reached } = sum(sayings);
    const data = sum(Array.from({ length: timesPlain }, (_, n) => plainLabel(n + 1)));
    const dropsAll = said >= sayings.length * timesSaid && reached === 0;
    const carriesData = data.reached >= timesPlain - 1;
    const about = {
      expected: `${name} from port b comes out at World, as plain data of the same station does`,
      observed: `${reached} of ${said} came out at World; of ${counted(data.sent, 'plain frame')} ${data.reached}`,
      findings: [
        {
          id: 'carried',
          holds: reached > 0 ? true : dropsAll ? false : null,
          text: `${reached} of ${said} came out at World`,
        },
        {
          id: 'plain-carried',
          holds: carriesData ? true : data.reached > 0 ? null : false,
          text: `${data.reached} of ${counted(data.sent, 'plain frame')} came out at World`,
        },
      ],
    };
    if (reached > 0) return pass({ ...about, reason: `The switch carried ${name} from port b to World.` });
    if (dropsAll && carriesData) {
      return fail({
        ...about,
        reason: `Port b carries the station’s data, but none of ${said} came out at World when it sent ${name}: the switch drops them.`,
      });
    }
    return inconclusive({
      ...about,
      reason:
        'Plain data of the same station from port b did not cross either: it is not the announcement that is refused.',
    });
  },
});
