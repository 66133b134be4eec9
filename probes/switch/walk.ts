/** A station that goes from port to port, by one announcement at each: what `failback` and `chain` claim. */
import {
  type Context,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { lateness } from './in-time.js';
import { astray, describe, lossy, mostlyLost, sayAndSettle, toStation } from './station.js';
import { announcement } from './triggers.js';

export interface Walk {
  /** The ports that announce the station, one after the other. It starts at port a. */
  readonly steps: readonly PortName[];
}

const home: PortName = 'a';
const afterLabel = (number: number) => `after-${number}`;
const announceLabel = (number: number) => `announce-${number}`;
const pollLabel = (number: number) => `poll-${number}`;
const framesPerStep = 5;

/** Announces the station at each port in turn, and sends frames to it after each. */
export async function walk(context: Context<Walk>): Promise<void> {
  const station = context.mac('station');
  for (const [index, port] of context.params.steps.entries()) {
    const number = index + 1;
    const [announce, poll] = [announceLabel(number), pollLabel(number)];
    const moved = await sayAndSettle(context, port, announcement(context, station), announce, poll, station);
    context.expect(afterLabel(number), [port]);
    await toStation(context, afterLabel(number), station, framesPerStep);
    // Where one step fails the next would begin from a state that nobody claimed.
    if (!moved) break;
  }
  await context.sentinel();
}

/** What became of the frames after each step that was taken. */
function stepsTaken(recording: Recording, steps: readonly PortName[]) {
  return steps.flatMap((port, index) => {
    const old = steps[index - 1] ?? home;
    const seen = tally(deliveries(recording, afterLabel(index + 1)), port, old);
    return seen.sent === 0 ? [] : { number: index + 1, port, old, seen };
  });
}

export function judgeWalk(recording: Recording, { steps }: Walk): Judgement {
  const expected = `after each of ${steps.length} announcements frames reach the announcing port only`;
  const taken = stepsTaken(recording, steps);
  const wrong = taken.find(({ seen }) => astray(seen));
  if (wrong) {
    const { number, port, old, seen } = wrong;
    const observed = `after move ${number} of ${steps.length}, to ${port}: ${describe(seen, port, old)}`;
    const direction = port === home ? `the way back to port ${home}` : `the way to port ${port}`;
    return fail({
      expected,
      observed,
      reason: `The switch did not follow move ${number}, ${direction}: ${describe(seen, port, old)}.`,
    });
  }
  const thin = taken.find(({ seen }) => mostlyLost(seen));
  if (thin) return lossy(thin.seen, thin.port, expected);
  const said = { expected, observed: `${taken.length} of ${steps.length} moves were followed` };
  const times = taken.map(({ number, port }) => {
    const [announce, poll, after] = [announceLabel(number), pollLabel(number), afterLabel(number)];
    return { number, how: lateness(recording, { announce, poll, after, to: port }) };
  });
  const late = times.find(({ how }) => how === 'late');
  if (late) {
    const { relearnMs } = recording.plan.limits;
    const reason = `The switch followed move ${late.number} later than ${relearnMs} ms after its announcement.`;
    return fail({ ...said, reason });
  }
  // Behind a move that was not seen to be followed in time there are no further ones.
  const untold = times.find(({ how }) => how === 'untold') ?? (taken.length < steps.length && times.at(-1));
  if (untold || taken.length === 0) {
    const reason = `The harness was too late to tell when move ${untold ? untold.number : 1} was followed.`;
    return inconclusive({ ...said, reason });
  }
  return pass({ ...said, reason: `The switch followed all ${steps.length} moves.` });
}
