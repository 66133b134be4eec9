import { broadcastMac, withEnds } from '../../src/frame/index.js';
import {
  arrivedAt,
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  pass,
  type Tally,
  tally,
} from '../../src/probe.js';
import { cameOut, describe, settle, toStation } from './station.js';
import { announcement, datagram } from './triggers.js';

const framesSaid = 5;
const heardMs = 250;
const timesHeard = 3;

/** The switch's own address, as the bench file declares it. The case takes it, so that its frames are recorded. */
function own(context: Context<null>): string {
  return context.claim('switch', context.declared.mac ?? '');
}

/** Port b proves that what it sends enters the switch. */
async function beHeard(context: Context<null>): Promise<void> {
  for (let time = 1; time <= timesHeard; time += 1) {
    const frame = withEnds(context.numbered('b', broadcastMac), {
      destination: broadcastMac,
      source: context.portMac('b'),
    });
    await context.send('b', frame, 'alive');
    if (await context.until(() => cameOut(context, 'alive', 'world'), heardMs)) return;
  }
}

/** Where frames to the switch itself go, as the recording shows. */
function whereTo(seen: Tally): string {
  return seen.lost === seen.sent ? `${counted(seen.sent, 'frame')} came out nowhere` : describe(seen, 'b');
}

export default defineProbe<null>({
  id: 'switch/bridge-own',
  device: 'switch',
  title: 'The switch does not learn its own address at a port',
  failureTitle: 'The switch learns its own address at the port of a station that uses it',
  why: 'One station with the switch’s address, by mistake or on purpose, would cut its management off.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'the Linux bridge keeps its own address as a permanent entry, and warns',
  },
  needs: ['a', 'b', 'world', 'device-mac'],
  cases: [{ id: 'source', title: 'port b sends from the switch’s own address', params: null }],

  async control(context) {
    await toStation(context, 'before', own(context));
    await context.sentinel();
  },
  controlHolds(recording) {
    const seen = tally(deliveries(recording, 'before'), 'b');
    return seen.right === 0
      ? true
      : 'Frames to the switch’s own address came out at port b alone before b used it.';
  },

  async stimulus(context) {
    const address = own(context);
    await context.send('b', announcement(context, address), 'own-source');
    for (let n = 1; n < framesSaid; n += 1) {
      await context.send('b', datagram(context, address), 'own-source');
    }
    await beHeard(context);
    // A switch with a cache of flows acts on what it learned only when it next looks at them.
    await settle(context, 'poll', address, 'b', context.limits.relearnMs);
    context.expect('after', []);
    await toStation(context, 'after', address);
    await context.sentinel();
  },

  judge(recording) {
    const before = tally(deliveries(recording, 'before'), 'b');
    const after = tally(deliveries(recording, 'after'), 'b');
    const said = {
      expected: 'frames to the switch’s own address go where they went before port b used it as its source',
      observed: `before: ${whereTo(before)}; after: ${whereTo(after)}`,
    };
    // One flooded frame of which copies got lost would look like one that was sent to port b alone; not all of them.
    if (after.right > 0 && after.flooded === 0) {
      return fail({
        ...said,
        reason:
          'After port b sent from the switch’s own address, frames to the switch come out at port b: it was learned there.',
      });
    }
    if (after.reached > 0 && before.lost === before.sent) {
      return fail({
        ...said,
        reason:
          'After port b sent from the switch’s own address, frames to the switch come out at other ports, which they did not before.',
      });
    }
    if (!arrivedAt(recording, 'alive', 'world')) {
      return inconclusive({
        ...said,
        reason: 'Nothing that port b sent came out at World, so the switch may not have heard it.',
      });
    }
    if (after.sent === 0)
      return inconclusive({ ...said, reason: 'World sent nothing to the switch’s own address.' });
    return pass({ ...said, reason: 'The switch did not learn its own address at port b.' });
  },
});
