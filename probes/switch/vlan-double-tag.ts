import { withTag } from '../../src/frame/index.js';
import { arrivedAt, defineProbe, fail, notApplicable, pass, type Recording } from '../../src/probe.js';
import { inTime, movedToB } from './in-time.js';
import { describe, lossy, sayAndSettle, toStation } from './station.js';
import { announcement } from './triggers.js';
import { inVlan, learnInBoth, learning, seenIn, taughtInBoth, vlansOf, whereabouts } from './vlan.js';

export default defineProbe<null>({
  id: 'switch/vlan-double-tag',
  device: 'switch',
  title: 'A frame with two tags is learned in the VLAN of the outer one',
  failureTitle: 'The switch does not go by the outer tag of a frame with two',
  why: 'Clusters whose heartbeats carry two tags, as some chassis firewalls’ do, split; and an inner tag that counts is a way into VLANs that a port does not carry.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '6.9 Support of the EISS: the frame’s first tag names its VLAN',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world', 'vlans'],
  cases: [{ id: 'outer', title: 'an announcement with the tags of two VLANs', params: null }],

  control: (context) => learnInBoth(context, context.mac('node')),
  controlHolds: taughtInBoth,

  async stimulus(context) {
    const { x, y } = vlansOf(context.declared);
    const station = context.mac('node');
    const [inX, inY] = [inVlan(context, x), inVlan(context, y)];
    const inner = withTag(announcement(inX, station), { vid: y });
    await sayAndSettle(inX, 'b', inner, 'announce', 'poll', station);
    context.expect('after-x', ['b']);
    await toStation(inX, 'after-x', station);
    context.expect('after-y', ['a']);
    await toStation(inY, 'after-y', station);
    await context.sentinel();
  },

  judge(recording) {
    const { x, y } = vlansOf(recording.plan.declared);
    const expected = `after an announcement from b tagged ${x} and, inside, ${y}: the station at b in VLAN ${x}, still at a in VLAN ${y}`;
    const outer = whereabouts(seenIn(recording, x), 'after-x', 'b', 'a');
    const inside = whereabouts(seenIn(recording, y), 'after-y', 'a', 'b');
    const observed = `VLAN ${x}: ${describe(outer.seen, 'b', 'a')}; VLAN ${y}: ${describe(inside.seen, 'a', 'b')}`;
    const said = { expected, observed };
    if (learning(recording) === 'shared') {
      const reason = `This switch shares its learning between VLANs ${x} and ${y}: which tag counts can’t be told.`;
      return notApplicable({ ...said, reason });
    }
    if (outer.verdict === 'lossy') return lossy(outer.seen, 'b', expected);
    if (inside.verdict === 'lossy') return lossy(inside.seen, 'a', expected);
    if (outer.verdict === 'right' && inside.verdict === 'right') {
      const reason = `The station moved in the VLAN of the outer tag, ${x}, and in no other.`;
      const awaited = { ...movedToB, after: 'after-x' };
      return inTime(seenIn(recording, x), awaited, pass({ ...said, reason }));
    }
    return fail({ ...said, reason: failure(recording, outer.verdict === 'right', inside.seen.stale > 0) });
  },
});

function failure(recording: Recording, movedOuter: boolean, movedInner: boolean): string {
  const { x, y } = vlansOf(recording.plan.declared);
  const announced = `an announcement from port b tagged ${x} and, inside, ${y}`;
  if (movedInner && !movedOuter)
    return `After ${announced}, the station moved in VLAN ${y}: the switch goes by the inner tag.`;
  if (movedOuter) return `After ${announced}, the station did not stay at port a in VLAN ${y}.`;
  return arrivedAt(recording, 'announce', 'world')
    ? `The switch carried ${announced}, but did not move the station in VLAN ${x}.`
    : `The switch dropped ${announced}: frames with two tags do not cross it.`;
}
