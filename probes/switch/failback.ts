import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import {
  astray,
  describe,
  lossy,
  mostlyLost,
  sayAndSettle,
  stillWrongMs,
  taught,
  teach,
  toStation,
} from './station.js';
import { announcement } from './triggers.js';

interface Walk {
  /** The ports that announce the station, one after the other. */
  readonly steps: readonly PortName[];
}

const once: readonly PortName[] = ['b', 'a'];
const stepLabel = (index: number) => `after-${index + 1}`;
const announceLabel = (number: number) => `announce-${number}`;
const pollLabel = (number: number) => `poll-${number}`;
const framesPerStep = 5;

async function walk(context: Context<Walk>): Promise<void> {
  const station = context.mac('station');
  for (const [index, port] of context.params.steps.entries()) {
    const [announce, poll] = [announceLabel(index + 1), pollLabel(index + 1)];
    const moved = await sayAndSettle(context, port, announcement(context, station), announce, poll, station);
    context.expect(stepLabel(index), [port]);
    await toStation(context, stepLabel(index), station, framesPerStep);
    // Where one step fails the next would begin from a state that nobody claimed.
    if (!moved) break;
  }
  await context.sentinel();
}

/** What became of the frames after each step that was taken. */
function stepsTaken(recording: Recording, steps: readonly PortName[]) {
  return steps.flatMap((port, index) => {
    const old: PortName = port === 'a' ? 'b' : 'a';
    const seen = tally(deliveries(recording, stepLabel(index)), port, old);
    return seen.sent === 0 ? [] : { number: index + 1, port, old, seen };
  });
}

export default defineProbe<Walk>({
  id: 'switch/failback',
  device: 'switch',
  title: 'When the first owner announces itself again, the traffic comes back to it',
  failureTitle: 'The switch follows the takeover but not the way back',
  why: 'The repaired node takes its service back and gets no traffic: the second outage of the same night.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.7 The Learning Process',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    { id: 'once', title: 'A to B and back to A', params: { steps: once } },
    {
      id: 'ten-times',
      title: 'there and back ten times',
      params: { steps: Array.from({ length: 10 }, () => once).flat() },
    },
  ],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
  },
  controlHolds: (recording) => taught(recording, 'a'),
  stimulus: walk,

  judge(recording, { steps }) {
    const expected = `after each of ${steps.length} announcements frames reach the announcing port only`;
    const taken = stepsTaken(recording, steps);
    const wrong = taken.find(({ seen }) => astray(seen));
    if (wrong) {
      const { number, port, old, seen } = wrong;
      const observed = `after move ${number} of ${steps.length}, to ${port}: ${describe(seen, port, old)}`;
      const direction = port === 'a' ? 'the way back to port a' : 'the way to port b';
      return fail({
        expected,
        observed,
        reason: `The switch did not follow move ${number}, ${direction}: ${describe(seen, port, old)}.`,
      });
    }
    const thin = taken.find(({ seen }) => mostlyLost(seen));
    if (thin) return lossy(thin.seen, thin.port, expected);
    const observed = `${taken.length} of ${steps.length} moves were followed`;
    const last = taken.at(-1);
    if (taken.length < steps.length || !last) {
      const { relearnMs } = recording.plan.limits;
      const move = `move ${last?.number ?? 1}`;
      const wrongMs =
        last && stillWrongMs(recording, pollLabel(last.number), announceLabel(last.number), last.port);
      if (wrongMs !== undefined && wrongMs > relearnMs) {
        const reason = `The switch followed ${move} later than ${relearnMs} ms after its announcement.`;
        return fail({ expected, observed, reason });
      }
      return inconclusive({
        expected,
        observed,
        reason: `The harness was too late to tell when ${move} was followed.`,
      });
    }
    return pass({ expected, observed, reason: `The switch followed all ${steps.length} moves.` });
  },
});
