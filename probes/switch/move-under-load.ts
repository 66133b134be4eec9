import {
  arrivedAt,
  between,
  type Context,
  counted,
  defineProbe,
  deliveries,
  departureNs,
  fail,
  inconclusive,
  type Measurement,
  pass,
  type Recording,
  type StreamSegment,
  tally,
} from '../../src/probe.js';
import { achievedRate } from './capacity-fates.js';
import { astray, describe, lossy, mostlyLost, taught, teach, toStation } from './station.js';
import { announcement } from './triggers.js';

/** Each frame to the station that moves stands among so many to another one, which load the switch. */
const loadPerFrame = 8;
const streamFrames = 2_000;
/** The station announces itself when so many of them are out. */
const framesBefore = 500;
const rounds = 3;
const drainMs = 150;

const announceLabel = (round: number) => `announce-${round}`;
const loadLabel = (round: number) => `load-${round}`;
const streamLabel = (round: number) => `stream-${round}`;
const afterLabel = (round: number) => `after-${round}`;

/** The move in the midst of the load; resolves whether frames reach the new port alone once the load is over. */
async function moveUnderLoad(context: Context, round: number): Promise<boolean> {
  const [station, other] = [context.mac('station'), context.mac('other')];
  const load = context.stream(loadLabel(round), 'world', other, loadPerFrame * streamFrames).frames;
  const stream = context.stream(streamLabel(round), 'world', station, streamFrames).frames;
  context.expect(loadLabel(round), ['a']);
  context.expect(streamLabel(round), ['b']);
  const group = (index: number) =>
    [...load.slice(loadPerFrame * index, loadPerFrame * (index + 1)), ...stream.slice(index, index + 1)].map(
      (frame) => ({ port: 'world' as const, frame }),
    );
  const groups = Array.from({ length: streamFrames }, (_, index) => group(index));
  await context.transmit([
    ...groups.slice(0, framesBefore).flat(),
    { port: 'b', frame: announcement(context, station), label: announceLabel(round) },
    ...groups.slice(framesBefore).flat(),
  ]);
  await context.wait(drainMs);
  context.expect(afterLabel(round), ['b']);
  const since = context.frames.length;
  await toStation(context, afterLabel(round), station);
  return context.frames.slice(since).every((f) => f.direction === 'out' || f.port === 'b');
}

/** When the last frame went to the old port, and the next that went to the new one alone: the move lies between,
 *  milliseconds after the announcement. Frames that the load pushed out tell nothing. */
function moveTime(segments: readonly StreamSegment[], announcedNs: number) {
  const lastOld = segments.findLast(({ arrivedAt: at }) => at.includes('a'));
  const oldNs = Math.max(announcedNs, lastOld?.lastSentNs ?? announcedNs);
  const next = segments.find(
    ({ arrivedAt: at, lastSentNs }) => lastSentNs > oldNs && at.length === 1 && at[0] === 'b',
  );
  if (!next) return undefined;
  return { lowMs: (oldNs - announcedNs) / 1e6, highMs: Math.max(0, next.firstSentNs - announcedNs) / 1e6 };
}

function segmentsOf(recording: Recording, label: string): readonly StreamSegment[] {
  return recording.streams.find((stream) => stream.label === label)?.segments ?? [];
}

function lostOf(segments: readonly StreamSegment[]): number {
  return segments
    .filter(({ arrivedAt: at }) => at.length === 0)
    .reduce((sum, { firstSeq, lastSeq }) => sum + lastSeq - firstSeq + 1, 0);
}

/** The load in the last round, and how long the move took there. */
function measurementsOf(recording: Recording, round: number): Measurement[] {
  const load = segmentsOf(recording, loadLabel(round));
  const sent = load.at(-1)?.lastSeq ?? 0;
  const lost = lostOf(load);
  const ratePerS = (achievedRate(recording, loadLabel(round)) ?? 0) * ((loadPerFrame + 1) / loadPerFrame);
  const announcedNs = departureNs(recording, announceLabel(round));
  const time =
    announcedNs === undefined ? undefined : moveTime(segmentsOf(recording, streamLabel(round)), announcedNs);
  return [
    {
      name: 'load around the move',
      value: Math.round(ratePerS),
      unit: 'frames/s',
      ...(lost === 0 && { limitedBy: 'tester' }),
    },
    {
      name: 'load that came out nowhere',
      value: sent === 0 ? 0 : Math.round((lost / sent) * 1000) / 10,
      unit: 'percent',
    },
    ...(time ? [between('relearn time under load', time.lowMs * 1000, time.highMs * 1000, 'us')] : []),
  ];
}

export default defineProbe<null>({
  id: 'switch/move-under-load',
  device: 'switch',
  title: 'A move is followed while the switch is loaded as much as the bench can',
  failureTitle: 'Under load the switch does not follow a move',
  why: 'Failures and heavy load come together. A switch that learns in software drops what it is too busy to learn.',
  requirement: { level: 'should', document: 'practice', clause: 'relearning under load' },
  needs: ['a', 'b', 'world'],
  deadlineMs: 30_000,
  cases: [{ id: 'announced', title: 'after a gratuitous ARP request', params: null }],

  async control(context) {
    await teach(context, 'a', context.mac('other'), 'before-other');
    await teach(context, 'a', context.mac('station'));
  },
  controlHolds(recording) {
    const other = taught(recording, 'a', 'before-other');
    return other === true ? taught(recording, 'a') : other;
  },

  async stimulus(context) {
    // What the load loses is the announcement as well as any frame: it is said again, as announcers do.
    for (let round = 1; round <= rounds; round += 1) {
      if (await moveUnderLoad(context, round)) break;
    }
    await context.sentinel();
  },

  judge(recording) {
    const expected = 'frames to the station reach port b only, once it announced itself there under load';
    const round = recording.streams.filter(({ label }) => label.startsWith('load-')).length;
    const seen = tally(deliveries(recording, afterLabel(round)), 'b', 'a');
    const measurements = measurementsOf(recording, round);
    const [load, lostShare] = measurements;
    const observed = `${describe(seen, 'b', 'a')}, after ${counted(round, 'announcement')} in a load of ${load?.value ?? 0} frames a second`;
    const said = { expected, observed, measurements };
    if (astray(seen)) {
      const heard = Array.from({ length: round }, (_, index) => announceLabel(index + 1)).some((label) =>
        arrivedAt(recording, label, 'world'),
      );
      if (!heard && (lostShare?.value ?? 0) > 0) {
        const reason = 'The announcement got lost among other frames, so there was no move to be followed.';
        return inconclusive({ ...said, reason });
      }
      const carried = heard
        ? 'carried the announcement but did not act on it'
        : 'dropped the announcement alone';
      return fail({ ...said, reason: `Under load the switch ${carried}: ${describe(seen, 'b', 'a')}.` });
    }
    if (mostlyLost(seen)) return lossy(seen, 'b', expected);
    const took = measurements.find(({ name }) => name.startsWith('relearn time'));
    const { relearnMs } = recording.plan.limits;
    if (took?.low !== undefined && took.low / 1000 > relearnMs) {
      return fail({
        ...said,
        reason: `Under load the move took at least ${Math.round(took.low / 1000)} ms.`,
      });
    }
    return pass({
      ...said,
      reason: `The switch followed the move under a load of ${load?.value ?? 0} frames a second.`,
      qualifiers: round > 1 ? [`deviation: ${counted(round, 'announcement')} were needed`] : [],
    });
  },
});
