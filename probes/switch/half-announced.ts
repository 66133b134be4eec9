import { arpFrame, arpOperations, broadcastMac } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  pass,
  type Tally,
  tally,
} from '../../src/probe.js';
import { astray, describe, lossy, mostlyLost, sayAndSettle, taught, teach, toStation } from './station.js';
import { announcement, datagram } from './triggers.js';

interface Half {
  /** Whether the owner once spoke from the virtual address, and the switch has had the time to forget it. */
  readonly aged: boolean;
}

const exchanges = 20;
/** An entry is gone after the ageing time, and some switches look for old ones only now and then. */
const ageings = 1.5;
const answerEveryMs = 500;

const agedMs = (ageingMs = 0) => ageings * ageingMs + 1_000;

/** As ucarp and others do: an ARP reply for the virtual address, from the NIC's own. */
function halfAnnouncement(context: Context<Half>): Uint8Array {
  const address = context.ipv4('service');
  return arpFrame({
    destination: broadcastMac,
    source: context.mac('nic'),
    operation: arpOperations.reply,
    sha: context.mac('virtual'),
    spa: address,
    tha: context.mac('virtual'),
    tpa: address,
  });
}

/** The owner's data leave with its NIC's address until the entry of the virtual one must be gone. */
async function ageOut(context: Context<Half>): Promise<void> {
  const endMs = context.nowMs() + agedMs(context.declared.ageingMs);
  while (context.nowMs() < endMs) {
    await context.send('b', datagram(context, context.mac('nic')), 'answer');
    await context.wait(answerEveryMs);
  }
}

function counts(seen: Tally, of: string) {
  return [
    {
      name: `frames to a half-announced address that were flooded, ${of}`,
      value: (100 * seen.flooded) / seen.sent,
      unit: 'percent' as const,
    },
  ];
}

export default defineProbe<Half>({
  id: 'switch/half-announced',
  device: 'switch',
  title:
    'Frames to an address that its owner never sends from reach the owner, by a flood that ends when it does',
  failureTitle: 'The switch does not deliver to an owner that answers from its NIC’s address',
  why: 'Clients send to the virtual address while the owner’s data leave with its NIC’s: every port hears all of it, for ever.',
  requirement: {
    level: 'info',
    document: 'IEEE 802.1Q-2018',
    clause: '8.6.3 Frame filtering',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  waitMs: ({ aged }, { ageingMs }) => (aged ? agedMs(ageingMs) : 0),
  cases: [
    { id: 'never-spoke', title: 'the owner never sent from the virtual address', params: { aged: false } },
    {
      id: 'aged-out',
      title: 'the owner sent from the virtual address once, longer ago than the ageing time',
      slow: true,
      needs: ['ageing'],
      params: { aged: true },
    },
  ],

  async control(context) {
    await teach(context, 'b', context.mac('nic'));
  },
  controlHolds: (recording) => taught(recording, 'b'),

  async stimulus(context) {
    const virtual = context.mac('virtual');
    if (context.params.aged) {
      await sayAndSettle(context, 'b', announcement(context, virtual), 'announce', 'poll', virtual);
      await ageOut(context);
    } else {
      await context.send('b', halfAnnouncement(context), 'half-announce');
    }
    context.expect(
      'request',
      context.ports.filter((port) => port !== 'world'),
    );
    for (let exchange = 1; exchange <= exchanges; exchange += 1) {
      await toStation(context, 'request', virtual, 1);
      await context.send('b', datagram(context, context.mac('nic')), 'answer');
    }
    await sayAndSettle(context, 'b', announcement(context, virtual), 'whole-announce', 'whole-poll', virtual);
    context.expect('after', ['b']);
    await toStation(context, 'after', virtual);
    await context.sentinel();
  },

  judge(recording, { aged }) {
    const requests = tally(deliveries(recording, 'request'), 'b');
    const after = tally(deliveries(recording, 'after'), 'b');
    const expected = 'frames to the virtual address reach port b, and no other once b has sent from it';
    const observed =
      `half-announced: ${requests.reached} of ${requests.sent} frames reached b, ${requests.flooded} came out at ` +
      `further ports; then: ${describe(after, 'b')}`;
    const measurements = requests.sent > 0 ? counts(requests, aged ? 'aged out' : 'never spoke') : [];
    const said = { expected, observed, measurements };
    if (requests.sent === 0)
      return inconclusive({ ...said, reason: 'World sent nothing to the virtual address.' });
    const owner = 'the owner of a virtual address that sends from its NIC’s address';
    if (requests.reached === 0) {
      return fail({
        ...said,
        reason: `Frames to ${owner} do not come out at its port b: unknown stations are not flooded there.`,
      });
    }
    if (mostlyLost(requests)) return lossy(requests, 'b', expected);
    if (after.flooded > 0) {
      return fail({
        ...said,
        reason: 'Frames to the virtual address are flooded even after b has sent from it.',
      });
    }
    if (astray(after))
      return fail({
        ...said,
        reason: 'After b has sent from the virtual address, frames to it come out nowhere.',
      });
    if (mostlyLost(after)) return lossy(after, 'b', expected);
    const reason =
      requests.flooded > 0
        ? `${counted(requests.flooded, 'frame')} of ${requests.sent} to ${owner} came out at every port, though it answered each: the flood ends only when it sends from the virtual address.`
        : `No frame to ${owner} was flooded.`;
    return pass({ ...said, reason });
  },
});
