import { arpFrame, arpOperations, broadcastMac, macPlus } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  pass,
  type Recording,
  type StreamRecord,
  type Transmission,
} from '../../src/probe.js';
import { aliveFinding, exercise, liveness } from './liveness.js';

interface Burst {
  readonly announcements: number;
  /** Each for a station of its own; else all for one. */
  readonly ofStations: boolean;
}

/** As fast as software announces many addresses: 5,000 a second. */
const spacingNs = 200_000;
const crossingMs = 300;
/** One frame in ten may be lost by chance, or three of a few; a limiter drops more. */
const mostLost = 0.1;
const mayBeLost = (frames: number) => Math.max(frames * mostLost, 3);

/** Gratuitous requests, none equal to another: the target's hardware address means nothing in one (RFC 5227, section 3). */
function announcements(context: Context<Burst>): Transmission[] {
  const { announcements: count, ofStations } = context.params;
  const spa = context.ipv4('service');
  const block = ofStations ? context.stations('stations', count) : undefined;
  const frame = (station: string, tha: string) =>
    arpFrame({
      destination: broadcastMac,
      source: station,
      operation: arpOperations.request,
      sha: station,
      spa,
      tha,
      tpa: spa,
    });
  return Array.from({ length: count }, (_, n) => ({
    port: 'b' as const,
    frame: frame(block?.at(n) ?? context.portMac('b'), macPlus('00:00:00:00:00:01', n)),
    label: 'burst',
    ...(n > 0 && { afterNs: spacingNs }),
  }));
}

/** As many copies as the burst makes, of datagrams for World alone, in the same time: what the path can carry. */
async function compare(context: Context<Burst>, label: string): Promise<void> {
  const copies = context.ports.length - 1;
  const count = context.params.announcements * copies;
  const stream = context.streamBetween(label, 'b', count, () => ({
    source: context.portMac('b'),
    destination: context.portMac('world'),
  }));
  const afterNs = Math.round(spacingNs / copies);
  await context.transmit(stream.frames.map((frame, n) => ({ port: 'b', frame, ...(n > 0 && { afterNs }) })));
  await context.wait(20);
}

/** How many frames of a stream arrived at World. */
function carriedOf(stream: StreamRecord | undefined): { readonly sent: number; readonly carried: number } {
  const carried = (stream?.segments ?? [])
    .filter(({ arrivedAt }) => arrivedAt.includes('world'))
    .reduce((sum, { firstSeq, lastSeq }) => sum + lastSeq - firstSeq + 1, 0);
  return { sent: stream?.framesSent ?? 0, carried };
}

const comparisons = ['data-before', 'data-after'] as const;
const streamOf = (recording: Recording, label: string) =>
  carriedOf(recording.streams.find((stream) => stream.label === label));

export default defineProbe<Burst>({
  id: 'switch/storm-control',
  device: 'switch',
  title: 'A burst of announcements is carried whole',
  failureTitle: 'The switch drops the later announcements of a burst',
  why: 'A node that takes over many addresses announces them in one burst: those at its end are never heard of.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'switches’ storm control and rate limits for broadcasts and ARP',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    ...[10, 100, 1000].map((count) => ({
      id: `burst-${count}`,
      title: `${counted(count, 'announcement')} in one burst`,
      ...(count === 1000 && { level: 'info' as const }),
      params: { announcements: count, ofStations: false },
    })),
    {
      id: 'many-addresses',
      title: '100 announcements in one burst, each for another address',
      params: { announcements: 100, ofStations: true },
    },
  ],

  // Port b's own address: whether others may speak there is another question.
  control: (context) => exercise(context, 'b', 'before'),
  controlHolds: (recording) =>
    liveness(recording, 'b', 'before') === 'alive' || `${aliveFinding(recording, 'b', 'before').text}.`,

  async stimulus(context) {
    await compare(context, comparisons[0]);
    await context.transmit(announcements(context));
    const { announcements: count } = context.params;
    await context.until(
      () => context.frames.some((f) => f.label === 'burst' && f.seq === count && f.port === 'world'),
      crossingMs,
    );
    await compare(context, comparisons[1]);
    await context.sentinel();
  },

  judge(recording, { announcements: count, ofStations }) {
    const what = `${counted(count, 'announcement')}${ofStations ? ', each for another address,' : ''}`;
    const burst = deliveries(recording, 'burst');
    const carried = burst.filter(({ arrivals }) => arrivals.has('world'));
    const share = (part: readonly unknown[], of: readonly unknown[]) =>
      of.length === 0 ? 0 : part.length / of.length;
    const half = burst.slice(Math.ceil(burst.length / 2));
    const lateShare = share(
      half.filter(({ arrivals }) => arrivals.has('world')),
      half,
    );
    const data = comparisons.map((label) => streamOf(recording, label));
    const percent = Math.round(share(carried, burst) * 1000) / 10;
    const said = {
      expected: `${what} from port b come out at World`,
      observed: `${carried.length} of ${burst.length} came out at World; of as many copies of data ${data.map((d) => `${d.carried} of ${d.sent}`).join(' and ')}`,
      findings: [
        {
          id: 'burst-carried',
          holds: burst.length - carried.length <= mayBeLost(burst.length),
          text: `${carried.length} of ${burst.length} came out at World`,
        },
        {
          id: 'late-ones-carried',
          holds: half.length === 0 ? null : lateShare >= 1 - mostLost,
          text: `${Math.round(lateShare * 100)} % of the second half`,
        },
      ],
      measurements: [
        {
          name: `announcements carried of a burst of ${count}${ofStations ? ' for as many addresses' : ''}`,
          value: percent,
          unit: 'percent' as const,
        },
      ],
    };
    if (burst.length < count) return inconclusive({ ...said, reason: 'The burst was not sent whole.' });
    if (burst.length - carried.length <= mayBeLost(burst.length)) {
      return pass({ ...said, reason: `The switch carried ${carried.length} of ${what} in one burst.` });
    }
    if (carried.length === 0) {
      return inconclusive({
        ...said,
        reason: 'Not one announcement came out at World: it is not their number that is refused.',
      });
    }
    const clean = data.every(({ sent, carried: got }) => sent > 0 && got >= sent * 0.98);
    if (!clean) {
      return inconclusive({
        ...said,
        reason:
          'The path loses data at the same rate too: it can’t be told whether the switch limits announcements.',
      });
    }
    const starved =
      lateShare < 1 - mostLost ? ` Of the second half ${Math.round(lateShare * 100)} % were carried.` : '';
    return fail({
      ...said,
      reason: `Only ${carried.length} of ${what} from port b came out at World, though it carries data at that rate: the switch limits them.${starved}`,
    });
  },
});
