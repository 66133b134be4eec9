import {
  between,
  type Context,
  type Delivery,
  defineProbe,
  deliveries,
  fail,
  type Measurement,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { checkFrames, describe, lossy, mostlyLost, taughtAtA, toStation } from './station.js';

const pollEveryMs = 10;
/** A switch may wait a second or two before it believes that a link is down (carrier delay). */
const believedMs = 2_000;
const allowedMs = (relearnMs: number) => Math.max(believedMs, relearnMs);

/** Sends to the station until one of the frames comes out somewhere, or the limit has passed. */
async function untilFreed(context: Context, station: string): Promise<void> {
  const endMs = context.nowMs() + allowedMs(context.limits.relearnMs);
  const freed = () => context.frames.some((f) => f.label === 'poll' && f.direction === 'in');
  while (!freed() && context.nowMs() < endMs) {
    await context.send('world', context.numbered('world', station), 'poll');
    await context.until(freed, pollEveryMs);
  }
}

const cameOut = ({ arrivals }: Delivery) => arrivals.size > 0;

/** From the link's end to the first frame that went another way: between which bounds. */
function freedAfter(recording: Recording): Measurement[] {
  const markNs = (name: string) => recording.events.find((e) => e.kind === 'mark' && e.name === name)?.atNs;
  const [beganNs, downNs] = [markNs('link-goes-down'), markNs('link')];
  const polls = deliveries(recording, 'poll');
  const first = polls.find(cameOut);
  if (beganNs === undefined || downNs === undefined || !first) return [];
  const lastLost = polls[polls.indexOf(first) - 1];
  const low = Math.max(0, ((lastLost?.sentNs ?? downNs) - downNs) / 1e6);
  const high = (first.sentNs - beganNs) / 1e6;
  return [between('link down to the first frame elsewhere', low, high)];
}

export default defineProbe<null>({
  id: 'switch/link-down',
  device: 'switch',
  title: 'When a port’s link goes down, its stations are forgotten at once',
  failureTitle: 'The switch keeps sending to a port that has no link',
  why: 'The cable of the active node is pulled, and its clients’ frames vanish until the entry ages out.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'NETGEAR 8800 User Manual, “Dynamic Entries”: flushed when a port goes down; so do AlaxalA and the Linux bridge',
    link: 'https://www.manualowl.com/m/Netgear/XCM8806-Chassis/Manual/437824?page=273',
  },
  needs: ['a', 'b', 'world', 'link'],
  // A link on copper takes seconds to come back.
  deadlineMs: 30_000,
  cases: [{ id: 'flushed', title: 'A’s link goes down, and B says nothing', params: null }],

  ...taughtAtA,

  async stimulus(context) {
    const station = context.mac('station');
    const others = context.ports.filter((port) => port !== 'a' && port !== 'world');
    context.expect('poll', others);
    context.expect('after', others);
    context.mark('link-goes-down');
    await context.setLink('a', 'down');
    await untilFreed(context, station);
    await toStation(context, 'after', station);
    await context.sentinel();
    await context.setLink('a', 'up');
  },

  judge(recording) {
    const seen = tally(deliveries(recording, 'after'), 'b');
    const expected = 'frames to the station come out at b, if only by flooding';
    const measurements = freedAfter(recording);
    const said = { expected, observed: describe(seen, 'b'), measurements };
    if (seen.sent >= checkFrames && seen.lost === seen.sent) {
      return fail({
        ...said,
        reason:
          `${allowedMs(recording.plan.limits.relearnMs)} ms after port a’s link went down, frames to its station still come out nowhere: the switch keeps ` +
          'sending to the dead port. (If that port’s lamp stays lit while the NIC is down, it is the NIC that keeps the link.)',
      });
    }
    if (mostlyLost(seen)) return lossy(seen, 'b', expected);
    return pass({
      ...said,
      reason:
        seen.flooded > 0
          ? 'With port a’s link went its station: the switch floods the frames to it, so B gets them.'
          : 'With port a’s link went its station: port b gets the frames to it.',
    });
  },
});
