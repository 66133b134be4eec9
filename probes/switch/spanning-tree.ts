import {
  counted,
  defineProbe,
  deliveries,
  departureNs,
  type Finding,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { listenForBpdus, treeAt } from './bpdu.js';
import { replug } from './replug.js';
import { cameOut, settle, taught, toStation } from './station.js';
import { announcement, speak } from './triggers.js';

interface Watch {
  /** When the returning node announces, counted from its link's coming up; each time another station. */
  readonly announcedAtMs: readonly number[];
  /** How long its port is watched at most; absent: a second longer than it may stay silent. */
  readonly watchMs?: number;
}

/** A switch may take a second or two to bring a port up. Spanning tree takes twice the forward delay, 8 s at least (IEEE
 *  802.1D-2004, 17.14), and 3 s where it is left to find out by itself that the port leads to a host. */
const promptMs = 2_000;
const allowedMs = (relearnMs: number) => Math.max(promptMs, relearnMs);

/** Twice the usual forward delay, and some. */
const treeMs = 36_000;
const beaconEveryMs = 50;
const framesEach = 5;

const stationRole = (index: number) => `station-${index + 1}`;
const announceLabel = (index: number) => `announce-${index + 1}`;
const beforeLabel = (index: number) => `before-${index + 1}`;
const afterLabel = (index: number) => `after-${index + 1}`;

/** What the port was seen to do after its link had come up. All times count from that. */
interface Seen {
  /** The port carried nothing until then. */
  readonly silentMs: number;
  /** It carried something by then; undefined: never, as long as it was watched. */
  readonly forwardedMs: number | undefined;
  /** Of A's frames to World meanwhile, how many came out: whether World heard at all. */
  readonly alive: { readonly sent: number; readonly heard: number };
  readonly announced: readonly Announced[];
}

interface Announced {
  readonly atMs: number;
  readonly carried: boolean;
  /** Frames to the station reach the announcing port only. */
  readonly followed: boolean;
}

function seenIn(recording: Recording, { announcedAtMs }: Watch): Seen | undefined {
  const marks = recording.events.filter((e) => e.kind === 'mark');
  const upNs = marks.find(({ name, detail }) => name === 'link' && detail === 'b=up')?.atNs;
  const pluggedNs = marks.find(({ name }) => name === 'plugged')?.atNs;
  const beacons = deliveries(recording, 'beacon-b');
  if (upNs === undefined || pluggedNs === undefined || beacons.length === 0) return undefined;
  const first = beacons.find(({ arrivals }) => arrivals.has('world'));
  const lastLost = first ? beacons[beacons.indexOf(first) - 1] : beacons.at(-1);
  const ofA = deliveries(recording, 'beacon-a');
  return {
    silentMs: Math.max(0, ((lastLost?.sentNs ?? upNs) - upNs) / 1e6),
    forwardedMs: first && (first.sentNs - pluggedNs) / 1e6,
    alive: { sent: ofA.length, heard: ofA.filter(({ arrivals }) => arrivals.has('world')).length },
    announced: announcedAtMs.flatMap((_, index) => {
      const leftNs = departureNs(recording, announceLabel(index));
      if (leftNs === undefined) return [];
      const [announce] = deliveries(recording, announceLabel(index));
      const after = tally(deliveries(recording, afterLabel(index)), 'b', 'a');
      return {
        atMs: (leftNs - upNs) / 1e6,
        carried: announce?.arrivals.has('world') ?? false,
        followed: after.sent > 0 && after.right * 2 > after.sent,
      };
    }),
  };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function achieved({ atMs, carried, followed }: Announced): string {
  const what = followed
    ? carried
      ? 'moved its station'
      : 'moved its station, though nobody else heard it'
    : carried
      ? 'was carried, and moved nothing'
      : 'achieved nothing';
  return `an announcement ${seconds(atMs)} after link-up ${what}`;
}

function measured({ silentMs, forwardedMs }: Seen): Measurement[] {
  if (forwardedMs === undefined) return [];
  const value = (silentMs + forwardedMs) / 2;
  return [
    { name: 'link-up to the first forwarded frame', value, unit: 'ms', low: silentMs, high: forwardedMs },
  ];
}

/** What holds the port back, and what to change. */
function suspect(recording: Recording): string {
  const tree = treeAt(recording, 'b');
  if (!tree) {
    return 'No BPDU was heard there, so look also for loop protection, 802.1X or slow link negotiation on that port.';
  }
  const { forwardDelayMs } = tree;
  const twice =
    forwardDelayMs === undefined
      ? 'for twice its forward delay'
      : `for twice its forward delay of ${seconds(forwardDelayMs)}`;
  return `BPDUs are heard there: spanning tree holds it back ${twice}. Make it an edge port (portfast).`;
}

function judge(recording: Recording, watch: Watch): Judgement {
  const limitMs = allowedMs(recording.plan.limits.relearnMs);
  const expected = `port b carries frames within ${seconds(limitMs)} of its link’s coming up`;
  const seen = seenIn(recording, watch);
  if (!seen) {
    const reason = 'The recording does not show port b’s link coming up.';
    return inconclusive({ expected, observed: 'no link-up', reason });
  }
  const { silentMs, forwardedMs, alive, announced } = seen;
  const since =
    forwardedMs === undefined
      ? `nothing for ${seconds(silentMs)}`
      : `its first frame after ${seconds(forwardedMs)}`;
  const findings: Finding[] = announced.map((each, index) => ({
    id: announceLabel(index),
    holds: each.carried && each.followed,
    text: achieved(each),
  }));
  const said = {
    expected,
    observed: [`port b carried ${since}`, ...announced.map(achieved)].join('; '),
    findings,
    measurements: measured(seen),
  };
  if (alive.heard * 2 < alive.sent) {
    const reason = `World heard only ${alive.heard} of ${counted(alive.sent, 'frame')} from port a meanwhile: too lossy to tell.`;
    return inconclusive({ ...said, reason });
  }
  if (silentMs >= limitMs) {
    const useless = announced.filter(({ carried, followed }) => !carried && !followed);
    const lost = useless.length > 0 ? ' Announcements sent meanwhile achieved nothing.' : '';
    return fail({
      ...said,
      reason: `Port b carried nothing for ${seconds(silentMs)} after its link had come up.${lost} ${suspect(recording)}`,
    });
  }
  if (forwardedMs === undefined || forwardedMs > limitMs) {
    const reason = `The harness was too late to tell whether port b carried frames within ${seconds(limitMs)}.`;
    return inconclusive({ ...said, reason });
  }
  const useful = announced.find(({ carried, followed }) => carried && followed);
  if (!useful) {
    const stuck = announced.some(({ carried }) => carried);
    const reason = stuck
      ? 'Port b carries frames soon after its link came up, but the announcement that it carried moved nothing.'
      : 'No announcement was seen to be carried after the link came up.';
    return stuck ? fail({ ...said, reason }) : inconclusive({ ...said, reason });
  }
  return pass({
    ...said,
    reason: `Port b carried frames ${seconds(forwardedMs)} after its link had come up, and ${achieved(useful)}.`,
  });
}

export default defineProbe<Watch>({
  id: 'switch/spanning-tree',
  device: 'switch',
  title: 'A port whose link comes up carries frames at once',
  failureTitle: 'A port stays silent for seconds after its link came up',
  why: 'The returning node announces itself into a blocked port: nobody hears it, and it announces no more.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'a port that leads to a host is an edge port, which spanning tree lets forward at once',
  },
  needs: ['a', 'b', 'world', 'link'],
  deadlineMs: 40_000,
  waitMs: ({ watchMs }) => watchMs ?? 0,
  cases: [
    {
      id: 'link-up',
      title: 'B’s link comes up, and B announces itself',
      params: { announcedAtMs: [0, 500, 1_000, 2_000] },
    },
    {
      id: 'announcements',
      title: `which announcement achieves something, in the ${treeMs / 1000 - 1} s after link-up`,
      slow: true,
      params: {
        announcedAtMs: [
          ...[0, 500, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000],
          ...[15_000, 20_000, 25_000, 30_000, 35_000],
        ],
        watchMs: treeMs,
      },
    },
  ],

  async control(context) {
    listenForBpdus(context);
    for (const [index] of context.params.announcedAtMs.entries()) {
      const station = context.mac(stationRole(index));
      const lesson = () => speak(context, 'a', station, 'teach-a');
      await lesson();
      await settle(context, `${beforeLabel(index)}-poll`, station, 'a', context.limits.relearnMs, {
        again: lesson,
      });
      await toStation(context, beforeLabel(index), station, framesEach);
    }
    await context.sentinel();
  },
  controlHolds(recording, { announcedAtMs }) {
    const faults = announcedAtMs.map((_, index) => taught(recording, 'a', beforeLabel(index)));
    return faults.find((fault) => fault !== true) ?? true;
  },

  async stimulus(context) {
    const { params, limits } = context;
    await replug(context, 'b');
    const startMs = context.nowMs();
    const elapsedMs = () => context.nowMs() - startMs;
    const watchMs = params.watchMs ?? allowedMs(limits.relearnMs) + 1_000;
    let announced = 0;
    const carried = () => announced > 0 && cameOut(context, announceLabel(announced - 1), 'world');
    while (!carried() && elapsedMs() < watchMs) {
      if (elapsedMs() >= (params.announcedAtMs[announced] ?? Number.POSITIVE_INFINITY)) {
        const station = context.mac(stationRole(announced));
        await context.send('b', announcement(context, station), announceLabel(announced));
        announced += 1;
      }
      for (const port of ['b', 'a'] as const) {
        await context.send(port, context.numbered(port, context.portMac('world')), `beacon-${port}`);
      }
      await context.until(carried, beaconEveryMs);
    }
    for (let index = 0; index < announced; index += 1) {
      const last = index === announced - 1 && carried();
      const station = context.mac(stationRole(index));
      if (last) await settle(context, 'poll', station, 'b', limits.relearnMs);
      context.expect(afterLabel(index), [last ? 'b' : 'a']);
      await toStation(context, afterLabel(index), station, framesEach);
    }
    // A port that is held back would be deaf to it, which the judge tells by other means.
    if (carried()) await context.sentinel();
  },

  judge,
});
