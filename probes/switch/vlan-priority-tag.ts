import { withTag } from '../../src/frame/index.js';
import { arrivedAt, defineProbe, deliveries, fail, pass } from '../../src/probe.js';
import { inTime, movedToB } from './in-time.js';
import { describe, deviations, lossy, moveFindings, sayAndSettle, taughtAtA, toStation } from './station.js';
import { type Trigger, triggers } from './triggers.js';
import { whereabouts } from './vlan.js';

/** Internetwork control, the priority that cluster and routing protocols are often given. */
const priority = 6;

const forms = triggers.filter(({ id }) => id === 'arp-request' || id === 'ipv4');

export default defineProbe<Trigger>({
  id: 'switch/vlan-priority-tag',
  device: 'switch',
  title: 'A frame with a priority tag (VID 0) moves a station as an untagged one does',
  failureTitle: 'The switch does not learn from frames with a priority tag',
  why: 'Hosts that mark their announcements with a priority send them with VID 0: the takeover then goes unnoticed.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: 'Table 9-2 Reserved VID values: VID 0 names no VLAN, so the port’s own holds',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  cases: forms.map((form) => ({ id: form.id, title: `after ${form.title} with VID 0`, params: form })),

  ...taughtAtA,

  async stimulus(context) {
    const station = context.mac('station');
    const frame = withTag(context.params.build(context, station), { vid: 0, priority });
    await sayAndSettle(context, 'b', frame, 'announce', 'poll', station);
    context.expect('after', ['b']);
    await toStation(context, 'after', station);
    await context.sentinel();
  },

  judge(recording, { title }) {
    const expected = `untagged frames to the station reach port b only, after ${title} with VID 0 from b`;
    const { seen, verdict } = whereabouts(recording, 'after', 'b', 'a');
    const findings = moveFindings(recording, seen, 'b', 'a');
    const said = { expected, observed: describe(seen, 'b', 'a'), findings };
    if (verdict === 'lossy') return lossy(seen, 'b', expected);
    if (verdict === 'right') {
      const reason = `The switch moved the station to port b after ${title} with VID 0.`;
      return inTime(recording, movedToB, pass({ ...said, reason, qualifiers: deviations(seen) }));
    }
    const times = deliveries(recording, 'announce').length;
    const carried = arrivedAt(recording, 'announce', 'world')
      ? 'it carried the frame to World, but learned nothing from it in the port’s own VLAN'
      : `none of ${times} came out at World: the switch drops frames with a priority tag`;
    return fail({
      ...said,
      reason: `The switch did not move the station after ${title} with VID 0: ${carried}.`,
    });
  },
});
