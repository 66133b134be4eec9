import { type Context, defineProbe, fail, pass } from '../../src/probe.js';
import { inTime } from './in-time.js';
import {
  describe,
  deviations,
  learningProcess,
  lossy,
  sayAndSettle,
  taught,
  teach,
  toStation,
} from './station.js';
import { announcement } from './triggers.js';
import { inVlan, seenIn, vlansOf, whereabouts } from './vlan.js';

interface Walk {
  /** Whether the station comes back to A, untagged, in the end. */
  readonly back: boolean;
}

async function move(context: Context<Walk>): Promise<void> {
  const station = context.mac('node');
  const inX = inVlan(context, vlansOf(context.declared).x);
  await sayAndSettle(inX, 'b', announcement(inX, station), 'announce', 'poll', station);
  if (!context.params.back) {
    context.expect('after', ['b']);
    await toStation(inX, 'after', station);
  } else {
    await sayAndSettle(context, 'a', announcement(context, station), 'announce-back', 'poll-back', station);
    context.expect('after', ['a']);
    await toStation(context, 'after', station);
  }
  await context.sentinel();
}

export default defineProbe<Walk>({
  id: 'switch/vlan-tagged-move',
  device: 'switch',
  title: 'A station that moves from an untagged to a tagged port, or back, is followed',
  failureTitle: 'The switch loses a station that changes between untagged and tagged',
  why: 'A service that fails over from a machine on the native VLAN to a guest on a trunk gets no traffic.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world', 'vlans'],
  cases: [
    { id: 'to-tagged', title: 'untagged on A, then tagged on B', params: { back: false } },
    { id: 'back', title: 'untagged on A, tagged on B, and untagged on A again', params: { back: true } },
  ],

  async control(context) {
    await teach(context, 'a', context.mac('node'));
  },
  controlHolds: (recording) => taught(recording, 'a'),
  stimulus: move,

  judge(recording, { back }) {
    const { native, x } = vlansOf(recording.plan.declared);
    const [to, old] = back ? (['a', 'b'] as const) : (['b', 'a'] as const);
    const where = back ? `VLAN ${native}, untagged` : `VLAN ${x}, tagged`;
    const expected = `frames to the station in ${where}, reach port ${to} only`;
    const inVid = seenIn(recording, back ? native : x);
    const { seen, verdict } = whereabouts(inVid, 'after', to, old);
    const said = { expected, observed: describe(seen, to, old) };
    if (verdict === 'lossy') return lossy(seen, to, expected);
    if (verdict === 'right') {
      const reason = `The switch found the station at port ${to} in ${where}.`;
      const [announce, poll] = back ? ['announce-back', 'poll-back'] : ['announce', 'poll'];
      const found = pass({ ...said, reason, qualifiers: deviations(seen) });
      return inTime(inVid, { announce, poll, after: 'after', to }, found);
    }
    const fate =
      seen.lost === seen.sent
        ? 'come out nowhere'
        : seen.flooded > 0
          ? 'are flooded: it was not learned there'
          : `go to port ${old}`;
    const announced = `after its announcement from port ${to} in ${where}`;
    return fail({ ...said, reason: `Frames to the station, ${announced}, ${fate}.` });
  },
});
