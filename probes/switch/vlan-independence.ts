import {
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  notApplicable,
  pass,
  type Recording,
} from '../../src/probe.js';
import { describe, lossy, sayAndSettle, toStation } from './station.js';
import { announcement } from './triggers.js';
import {
  inVlan,
  learnInBoth,
  learnInX,
  learning,
  seenIn,
  taughtInBoth,
  taughtInX,
  vlansOf,
  whereabouts,
} from './vlan.js';

type What = 'separate' | 'move';

function judgeSeparate(recording: Recording): Judgement {
  const { x, y } = vlansOf(recording.plan.declared);
  const expected = `a station that spoke in VLAN ${x} is unknown in VLAN ${y}: frames to it are flooded there`;
  const found = learning(recording);
  const observed = { shared: 'they reach a only', independent: 'they are flooded', untold: 'they got lost' }[
    found
  ];
  const said = { expected, observed };
  if (found === 'independent')
    return pass({ ...said, reason: `VLANs ${x} and ${y} are learned independently.` });
  if (found === 'untold')
    return inconclusive({ ...said, reason: `Frames to an unknown station got lost in VLAN ${y}.` });
  return fail({
    ...said,
    reason:
      `What is learned in VLAN ${x} holds in VLAN ${y} too (shared VLAN learning): an address that two clusters use ` +
      'in two VLANs, like a virtual router’s, will follow whichever of them spoke last.',
  });
}

function judgeMove(recording: Recording): Judgement {
  const { x, y } = vlansOf(recording.plan.declared);
  const expected = `after a move to b in VLAN ${x}, frames in VLAN ${y} still reach a only`;
  const moved = whereabouts(seenIn(recording, x), 'after-x', 'b', 'a');
  const other = whereabouts(seenIn(recording, y), 'after-y', 'a', 'b');
  const observed = `VLAN ${x}: ${describe(moved.seen, 'b', 'a')}; VLAN ${y}: ${describe(other.seen, 'a', 'b')}`;
  const said = { expected, observed };
  if (learning(recording) === 'shared') {
    return notApplicable({
      ...said,
      reason: `This switch shares its learning between VLANs ${x} and ${y}, so a move in one is a move in both.`,
    });
  }
  if (moved.verdict === 'astray') {
    return inconclusive({
      ...said,
      reason: `The move in VLAN ${x} was not followed, so it could disturb nothing.`,
    });
  }
  if (moved.verdict === 'lossy') return lossy(moved.seen, 'b', expected);
  if (other.verdict === 'lossy') return lossy(other.seen, 'a', expected);
  if (other.verdict === 'right') {
    return pass({ ...said, reason: `The move in VLAN ${x} left the same address in VLAN ${y} alone.` });
  }
  const effect =
    other.seen.stale > 0 ? `moved to port b in VLAN ${y} too` : `was forgotten, or lost, in VLAN ${y}`;
  return fail({ ...said, reason: `The station moved in VLAN ${x} only, but its address ${effect}.` });
}

export default defineProbe<What>({
  id: 'switch/vlan-independence',
  device: 'switch',
  title: 'A move in one VLAN leaves the same address in another VLAN alone',
  failureTitle: 'A move in one VLAN disturbs the same address in another VLAN',
  why: 'Virtual routers have the same address in every VLAN: a failover in one of them would take down the others.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.8.8 Allocation of VIDs to FIDs, where learning is independent',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world', 'vlans'],
  cases: [
    {
      id: 'separate',
      title: 'whether a station of one VLAN is known in another',
      level: 'info',
      params: 'separate',
    },
    { id: 'move', title: 'the same address in two VLANs, moved in one', params: 'move' },
  ],

  control: (context) => (context.params === 'move' ? learnInBoth : learnInX)(context, context.mac('node')),
  controlHolds: (recording, what) => (what === 'move' ? taughtInBoth(recording) : taughtInX(recording)),

  async stimulus(context) {
    const { x, y } = vlansOf(context.declared);
    const station = context.mac('node');
    if (context.params === 'move') {
      const [inX, inY] = [inVlan(context, x), inVlan(context, y)];
      await sayAndSettle(inX, 'b', announcement(inX, station), 'announce', 'poll', station);
      context.expect('after-x', ['b']);
      await toStation(inX, 'after-x', station);
      context.expect('after-y', ['a']);
      await toStation(inY, 'after-y', station);
    }
    await context.sentinel();
  },

  judge: (recording, what) => (what === 'move' ? judgeMove(recording) : judgeSeparate(recording)),
});
