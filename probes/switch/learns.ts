import { defineProbe, deliveries, fail, pass, tally } from '../../src/probe.js';
import { type Awaited, inTime } from './in-time.js';
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
  toStation,
} from './station.js';
import { type Trigger, triggers } from './triggers.js';

const lesson: Awaited = { announce: 'speak', poll: 'poll', after: 'after', to: 'a' };

export default defineProbe<Trigger>({
  id: 'switch/learns',
  device: 'switch',
  title: 'A station is learned from any valid frame that it sends',
  failureTitle: 'The switch does not learn a station from its frames',
  why: 'What the switch never learned it floods: every port pays for it, and no takeover can be seen to work.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world'],
  cases: triggers.map((trigger) => ({ id: trigger.id, title: `from ${trigger.title}`, params: trigger })),

  async control(context) {
    await toStation(context, 'before', context.mac('station'), 3);
    await context.sentinel();
  },
  controlHolds(recording) {
    const seen = tally(deliveries(recording, 'before'), 'a');
    return seen.right === 0
      ? true
      : 'Frames to the station reached port a alone before it had spoken: the switch knew it from an earlier run.';
  },

  async stimulus(context) {
    const station = context.mac('station');
    await sayAndSettle(context, 'a', context.params.build(context, station), 'speak', 'poll', station);
    context.expect('after', ['a']);
    await toStation(context, 'after', station);
    await context.sentinel();
  },

  judge(recording, trigger) {
    const seen = tally(deliveries(recording, 'after'), 'a');
    const expected = `frames to the station reach port a only, after ${trigger.title} from a`;
    const [reached, , flood] = moveFindings(recording, seen, 'a', 'b');
    const carried = carriedFinding(recording, 'speak');
    const said = {
      expected,
      observed: describe(seen, 'a'),
      findings: [reached, flood, carried].flatMap((finding) => finding ?? []),
    };
    if (seen.flooded > 0) {
      const reason = `After ${trigger.title} from port a, frames to the station still come out at other ports: it was not learned.`;
      const dropped = carried.holds === false ? ' Nor did it come out at World: the switch drops it.' : '';
      return fail({ ...said, reason: reason + dropped });
    }
    if (astray(seen)) {
      return fail({
        ...said,
        reason: `After ${trigger.title} from port a, frames to the station come out nowhere.`,
      });
    }
    if (mostlyLost(seen)) return lossy(seen, 'a', expected);
    const reason = `The switch learned the station at port a from ${trigger.title}.`;
    return inTime(recording, lesson, pass({ ...said, reason, qualifiers: deviations(seen) }));
  },
});
