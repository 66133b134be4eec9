/** Frames whose VID the port does not carry: what both probes of them do. */
import { broadcastMac } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  type Declared,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  type Probe,
  pass,
  type Recording,
} from '../../src/probe.js';
import { describe, lossy, taught, teach, toStation } from './station.js';
import { announcement, datagram } from './triggers.js';
import { tagged, vlanOf, vlansOf, whereabouts } from './vlan.js';

/** `relay`: whether such frames come out anywhere. `learn`: whether they move a station of the native VLAN. */
export type Effect = 'relay' | 'learn';

const frames = 5;

/** The cases of a probe for the VID that `vidOf` gives, which `called` names: `VID 4095`. */
export function strayVid(
  vidOf: (declared: Declared) => number,
): Pick<Probe<Effect>, 'needs' | 'cases' | 'control' | 'controlHolds' | 'stimulus' | 'judge'> {
  const strayOn = (context: Context<Effect>) => tagged(context, { vid: vidOf(context.declared) });
  const judges: Record<Effect, (recording: Recording) => Judgement> = {
    relay: (recording) => judgeRelay(recording, vidOf(recording.plan.declared)),
    learn: (recording) => judgeLearning(recording, vidOf(recording.plan.declared)),
  };
  return {
    needs: ['a', 'b', 'world', 'vlans'],
    cases: [
      { id: 'not-relayed', title: 'its frames come out nowhere', params: 'relay' },
      { id: 'not-learned', title: 'its frames move no station', params: 'learn' },
    ],

    async control(context) {
      if (context.params === 'learn') return teach(context, 'a', context.mac('node'));
      for (let n = 0; n < frames; n += 1)
        await context.send('b', context.numbered('b', broadcastMac), 'before');
      await context.sentinel();
    },
    controlHolds(recording, effect) {
      if (effect === 'learn') return taught(recording, 'a');
      const heard = deliveries(recording, 'before').some(({ arrivals }) => arrivals.has('world'));
      return (
        heard ||
        'Untagged broadcasts from port b do not reach World, so it can’t be told what else it may send.'
      );
    },

    async stimulus(context) {
      const stray = strayOn(context);
      if (context.params === 'relay') {
        context.expect('stray', []);
        for (let n = 0; n < frames; n += 1) {
          await stray.send('b', context.numbered('b', broadcastMac), 'stray');
          await stray.send('b', context.numbered('b', context.portMac('world')), 'stray');
          await context.wait(1);
        }
        await context.wait(settleMs);
      } else {
        const station = context.mac('node');
        for (let n = 0; n < frames; n += 1) {
          await stray.send('b', announcement(stray, station), 'stray');
          await stray.send('b', datagram(stray, station), 'stray');
        }
        await context.wait(settleMs);
        context.expect('after', ['a']);
        await toStation(context, 'after', station);
      }
      await context.sentinel();
    },

    judge: (recording, effect) => judges[effect](recording),
  };
}

/** What a slow switch still holds should come out before the sentinel, and be learned before it is asked for. */
const settleMs = 100;

function judgeRelay(recording: Recording, vid: number): Judgement {
  const expected = `frames with VID ${vid} from port b come out nowhere`;
  const sent = deliveries(recording, 'stray');
  if (sent.length === 0)
    return inconclusive({ expected, observed: 'none was sent', reason: 'None was sent.' });
  const out = recording.frames.filter((f) => f.label === 'stray' && f.direction === 'in');
  if (out.length === 0) {
    const observed = `none of ${counted(sent.length, 'frame')} came out`;
    return pass({ expected, observed, reason: `The switch discards frames with VID ${vid}.` });
  }
  const vlans = vlansOf(recording.plan.declared);
  const at = [...new Set(out.map(({ port }) => port))].sort().join(', ');
  const as = [...new Set(out.map(({ bytes }) => vlanOf(bytes, vlans)))].sort((p, q) => p - q).join(', ');
  const relayed = sent.filter(({ arrivals }) => arrivals.size > 0).length;
  return fail({
    expected,
    observed: `${relayed} of ${counted(sent.length, 'frame')} came out at ${at}, in VLAN ${as}`,
    reason: `Frames with VID ${vid}, which port b does not carry, came out at port ${at} in VLAN ${as}.`,
  });
}

function judgeLearning(recording: Recording, vid: number): Judgement {
  const expected = `frames with VID ${vid} from port b leave the station of the native VLAN at port a`;
  const { seen, verdict } = whereabouts(recording, 'after', 'a', 'b');
  const said = { expected, observed: describe(seen, 'a', 'b') };
  if (verdict === 'lossy') return lossy(seen, 'a', expected);
  if (verdict === 'right') return pass({ ...said, reason: `Frames with VID ${vid} moved nothing.` });
  const effect = seen.stale > 0 ? 'now go to port b' : 'no longer go to port a alone';
  return fail({
    ...said,
    reason: `After frames with VID ${vid}, which port b does not carry, untagged frames to the station ${effect}.`,
  });
}
