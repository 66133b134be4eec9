import {
  arrivedAt,
  between,
  defineProbe,
  deliveries,
  fail,
  type Measurement,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { followedWithin, inTime, movedToB } from './in-time.js';
import {
  astray,
  carriedFinding,
  describe,
  deviations,
  learningProcess,
  lossy,
  mostlyLost,
  moveFindings,
  sayAndSettle,
  taughtAtA,
  toStation,
} from './station.js';
import { type Trigger, triggers } from './triggers.js';

/** Between which bounds the switch moved the station, seen with the poll's frames. */
function relearnTime(recording: Recording): Measurement[] {
  const time = followedWithin(recording, movedToB);
  return time ? [between('relearn time, by polling', time.lowMs, time.highMs)] : [];
}

/** Some devices hold an address at its port for seconds after they last heard it there (vde_switch for three
 *  by default), which a failover may outlast: dead-node detection takes as long. */
const silenceMs = 5_000;

interface Move extends Trigger {
  /** How long the old owner has been silent when the new one speaks. */
  readonly silenceMs: number;
}

const afterSilence = triggers
  .filter(({ id }) => id === 'arp-request')
  .map((trigger) => ({
    id: `${trigger.id}-after-silence`,
    title: `after ${trigger.title}, the old owner silent for ${silenceMs / 1000} s`,
    sideBySide: true,
    params: { ...trigger, silenceMs },
  }));

export default defineProbe<Move>({
  id: 'switch/relearns',
  device: 'switch',
  title: 'After one frame from its new port, frames to a station leave that port only',
  failureTitle: 'The switch keeps sending to the old owner after a takeover',
  why: 'Clients keep talking to the failed node until the entry ages out: minutes of outage at every failover.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world'],
  confirmAlone: true,
  cases: [
    ...triggers.map((trigger) => ({
      id: trigger.id,
      title: `after ${trigger.title}`,
      params: { ...trigger, silenceMs: 0 },
    })),
    ...afterSilence,
  ],

  ...taughtAtA,

  async stimulus(context) {
    const station = context.mac('station');
    await context.wait(context.params.silenceMs);
    const frame = context.params.build(context, station);
    await sayAndSettle(context, 'b', frame, 'announce', 'poll', station);
    context.expect('after', ['b']);
    await toStation(context, 'after', station);
    await context.sentinel();
  },

  judge(recording, trigger) {
    const seen = tally(deliveries(recording, 'after'), 'b', 'a');
    const expected = `frames to the station reach port b only, after ${trigger.title} from b`;
    const said = {
      expected,
      observed: describe(seen, 'b', 'a'),
      findings: [...moveFindings(recording, seen, 'b', 'a'), carriedFinding(recording, 'announce')],
      measurements: relearnTime(recording),
    };
    if (astray(seen)) {
      return fail({ ...said, reason: failure(recording, trigger, seen) });
    }
    if (mostlyLost(seen)) return lossy(seen, 'b', expected);
    const reason = `The switch moved the station to port b after ${trigger.title}.`;
    return inTime(recording, movedToB, pass({ ...said, reason, qualifiers: deviations(seen) }));
  },
});

function failure(recording: Recording, trigger: Trigger, seen: ReturnType<typeof tally>): string {
  const limit = `${recording.plan.limits.relearnMs} ms`;
  const announced = `after ${trigger.title} from port b`;
  if (seen.lost === seen.sent) return `Frames to the station come out nowhere ${announced}.`;
  if (seen.flooded > 0) {
    return `Frames to the station, ${announced}, are flooded to further ports: the entry is gone, not moved.`;
  }
  if (seen.both > 0) return `Frames to the station come out at both the old and the new port ${announced}.`;
  if (seen.reached > 0) return `The switch took longer than ${limit} to move the station ${announced}.`;
  const said = deliveries(recording, 'announce').length;
  const carried = arrivedAt(recording, 'announce', 'world')
    ? 'The switch carried the announcement to World, but did not act on it.'
    : `None of ${said} came out at World: the switch drops them, and so learns nothing from them.`;
  return `${limit} ${announced}, frames to the station still go to the old port a. ${carried}`;
}
