import {
  arrivedAt,
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Measurement,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { lateness } from './in-time.js';
import { astray, learningProcess, sayAndSettle, taughtAtA } from './station.js';
import { announcement } from './triggers.js';

interface Delay {
  /** From the announcement to World's frame. */
  readonly delayMs: number;
}

const rounds = 8;
/** A device that needs longer than this for a move is tried in fewer rounds. */
const slowMs = 200;
const slowRounds = 3;
const newPort = (round: number): PortName => (round % 2 === 1 ? 'b' : 'a');
const announceLabel = (round: number) => `announce-${round}`;
const firstLabel = (round: number) => `first-${round}`;
const pollLabel = (round: number) => `poll-${round}`;
/** How late a frame may be, beyond twice its delay, and still count: a busy machine sends late. */
const slackMs = 0.2;
/** So many of World's frames in a row reach the new port only once a move has been followed. */
const lastPolls = 3;

/** One move with one frame behind it; resolves whether the station was seen to follow in the end. */
async function move(context: Context<Delay>, round: number): Promise<boolean> {
  const [station, port] = [context.mac('station'), newPort(round)];
  const [announce, first, poll] = [announceLabel(round), firstLabel(round), pollLabel(round)];
  const frame = announcement(context, station);
  context.expect(first, [port]);
  return sayAndSettle(context, port, frame, announce, poll, station, () =>
    context.transmit([
      { port, frame, label: announce },
      {
        port: 'world',
        frame: context.numbered('world', station),
        label: first,
        afterNs: context.params.delayMs * 1e6,
      },
    ]),
  );
}

interface First {
  readonly delayMs: number;
  readonly fate: 'followed' | 'stale' | 'flooded' | 'lost';
}

/** What became of the round's frame; undefined where it was not sent in time, or the announcement got lost. */
function firstOf(recording: Recording, round: number, nominalMs: number): First | undefined {
  const announced = deliveries(recording, announceLabel(round))[0];
  const frame = deliveries(recording, firstLabel(round))[0];
  if (!announced || !frame) return undefined;
  const [port, old] = [newPort(round), newPort(round + 1)];
  const reached = [...frame.arrivals.keys()];
  const followed = reached.length === 1 && reached[0] === port;
  const delayMs = (frame.sentNs - announced.sentNs) / 1e6;
  if (delayMs > 2 * nominalMs + slackMs) return undefined;
  if (!followed && !announced.arrivals.has('world')) return undefined;
  if (followed) return { delayMs, fate: 'followed' };
  if (reached.length === 0) return { delayMs, fate: 'lost' };
  return { delayMs, fate: reached.includes(old) ? 'stale' : 'flooded' };
}

/** Where the last frames of a round went: the move was followed, or not within the limit. */
function ended(recording: Recording, round: number): 'followed' | 'elsewhere' | 'unclear' | undefined {
  const last = deliveries(recording, pollLabel(round)).slice(-lastPolls);
  if (last.length < lastPolls) return undefined;
  const seen = tally(last, newPort(round), newPort(round + 1));
  if (seen.right === seen.sent) return 'followed';
  return astray(seen) ? 'elsewhere' : 'unclear';
}

function late(recording: Recording, round: number): boolean {
  const [announce, poll, to] = [announceLabel(round), pollLabel(round), newPort(round)];
  return lateness(recording, { announce, poll, to }) === 'late';
}

function measurements(firsts: readonly First[], name: string): Measurement[] {
  const of = (fate: First['fate']) => firsts.filter((first) => first.fate === fate).length;
  const delays = firsts.map(({ delayMs }) => delayMs * 1000).sort((x, y) => x - y);
  const [low = 0, high = 0] = [delays[0], delays.at(-1)];
  const value = delays[Math.floor((delays.length - 1) / 2)] ?? 0;
  return [
    {
      name: `first frames that followed, ${name}`,
      value: (100 * of('followed')) / firsts.length,
      unit: 'percent',
    },
    { name: `first frames to the old port, ${name}`, value: of('stale'), unit: 'frames' },
    { name: `first frames flooded, ${name}`, value: of('flooded'), unit: 'frames' },
    { name: `first frames lost, ${name}`, value: of('lost'), unit: 'frames' },
    { name: `announcement to first frame, ${name}`, value, unit: 'us', low, high },
  ];
}

const after = (delayMs: number) => `${delayMs} ms after the announcement`;

export default defineProbe<Delay>({
  id: 'switch/first-frame',
  device: 'switch',
  title: 'The very next frame after an announcement goes to the new port',
  failureTitle: 'The switch does not follow an announcement within this bench’s limit',
  why: 'What is on its way at the moment of the failover is lost to the failed node, and has to be sent again.',
  requirement: learningProcess('info'),
  needs: ['a', 'b', 'world'],
  cases: [
    { id: 'after-100-us', title: 'World sends 0.1 ms after the announcement', params: { delayMs: 0.1 } },
    { id: 'after-1-ms', title: 'World sends 1 ms after the announcement', params: { delayMs: 1 } },
    { id: 'after-10-ms', title: 'World sends 10 ms after the announcement', params: { delayMs: 10 } },
  ],

  ...taughtAtA,

  async stimulus(context) {
    const startMs = context.nowMs();
    for (let round = 1; round <= rounds; round += 1) {
      // Where one move fails, the next would begin from a state that nobody claimed.
      if (!(await move(context, round))) break;
      if (round >= slowRounds && (context.nowMs() - startMs) / round > slowMs) break;
    }
    await context.sentinel();
  },

  judge(recording, { delayMs }) {
    const { relearnMs } = recording.plan.limits;
    const expected = `each move is followed within ${relearnMs} ms; counted is what was followed at once`;
    const numbers = Array.from({ length: rounds }, (_, index) => index + 1);
    const firsts = numbers.flatMap((round) => firstOf(recording, round, delayMs) ?? []);
    const followed = firsts.filter(({ fate }) => fate === 'followed').length;
    const observed = `${followed} of ${counted(firsts.length, 'frame')} sent ${after(delayMs)} reached the new port only`;
    const measured = firsts.length > 0 ? measurements(firsts, after(delayMs)) : [];
    const said = { expected, observed, measurements: measured };
    const failed = numbers.find((round) => ended(recording, round) === 'elsewhere' || late(recording, round));
    if (failed !== undefined) {
      const carried = arrivedAt(recording, announceLabel(failed), 'world')
        ? ''
        : ' None of its announcements came out at World.';
      return fail({
        ...said,
        reason: `${relearnMs} ms after its announcement, move ${failed}, to port ${newPort(failed)}, was still not followed.${carried}`,
      });
    }
    if (numbers.some((round) => ended(recording, round) === 'unclear')) {
      const reason = 'Too many frames came out nowhere to tell whether the moves were followed.';
      return inconclusive({ ...said, reason });
    }
    if (firsts.length === 0) {
      const reason = 'No frame left in time behind an announcement that arrived, so none can be counted.';
      return inconclusive({ ...said, reason });
    }
    return pass({ ...said, reason: `${observed[0]?.toUpperCase()}${observed.slice(1)}.` });
  },
});
