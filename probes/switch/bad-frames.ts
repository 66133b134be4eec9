import { broadcastMac, bytesToMac, encodeEthernet, etherTypes } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  markDetail,
  notApplicable,
  pass,
  type RecordedFrame,
  type Recording,
  tally,
} from '../../src/probe.js';
import { describe, learningProcess, mostlyLost, sayAndSettle, settle, toStation } from './station.js';
import { announcement } from './triggers.js';

interface Bad {
  /** Without the FCS, which no capture shows. */
  readonly octets: number;
}

/** The largest frame of IEEE 802.3 with an 802.1Q tag, without its FCS. */
const largestOctets = 1518;
const timesSent = 5;
/** How long the capture may take to show what was sent. */
const shownMs = 250;

/** Known by its source: the frame belongs to the case, and needs no name. It may be one that the NIC refuses. */
function badFrame(context: Context<Bad>): Uint8Array {
  const payload = new Uint8Array(context.params.octets - 14);
  return encodeEthernet({
    destination: broadcastMac,
    source: context.mac('station'),
    type: etherTypes.experimental,
    payload,
  });
}

/**
 * Resolves whether any left port a. Where the NIC's MTU forbids it none does. A virtual link also says that it could not
 * send what its other end refused; but that has been offered to the switch.
 */
async function sendBad(context: Context<Bad>): Promise<boolean> {
  const left = () =>
    context.frames.some((f) => f.port === 'a' && f.direction === 'out' && f.originalLength > largestOctets);
  try {
    for (let n = 0; n < timesSent; n += 1) await context.transmit([{ port: 'a', frame: badFrame(context) }]);
  } catch (error) {
    context.mark('refused', (error as Error).message);
  }
  return context.until(left, shownMs);
}

/** The bad frames that the recording shows at a port: nothing else that the case sends is as long. */
function badFrames(recording: Recording, port: string, direction: 'in' | 'out'): RecordedFrame[] {
  const { station } = recording.plan.addresses;
  return recording.frames.filter(
    (frame) =>
      frame.port === port &&
      frame.direction === direction &&
      frame.originalLength > largestOctets &&
      bytesToMac(frame.bytes.subarray(6, 12)) === station,
  );
}

/**
 * Frames that are too short and frames with a wrong FCS are not sent: a NIC pads the ones and computes the other, and a
 * virtual link knows neither a least length nor an FCS.
 */
export default defineProbe<Bad>({
  id: 'switch/bad-frames',
  device: 'switch',
  title: 'A frame that the switch refuses teaches it nothing',
  failureTitle: 'The switch learns a station from a frame that it refuses to carry',
  why: 'A failing NIC or a wrong MTU would draw a station’s traffic to a port where nothing of it arrives.',
  requirement: learningProcess('should'),
  needs: ['a', 'b', 'world'],
  cases: [
    {
      id: 'oversize',
      title: 'frames of 1604 octets, longer than IEEE 802.3 allows',
      params: { octets: 1_600 },
    },
  ],

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
    if (!(await sendBad(context))) return context.sentinel();
    // A switch with a cache of flows acts on what it learned only when it next looks at them.
    await settle(context, 'poll', station, 'a', context.limits.relearnMs);
    context.expect(
      'after',
      context.ports.filter((port) => port !== 'world'),
    );
    await toStation(context, 'after', station);
    // The same station, heard as it should be: so port a's frames do reach the switch, and teach it.
    await sayAndSettle(context, 'a', announcement(context, station), 'speak', 'good-poll', station);
    context.expect('good', ['a']);
    await toStation(context, 'good', station);
    await context.sentinel();
  },

  judge(recording, { octets }) {
    const after = tally(deliveries(recording, 'after'), 'a');
    const good = tally(deliveries(recording, 'good'), 'a');
    const length = `${octets + 4} octets`;
    const sent = badFrames(recording, 'a', 'out').length;
    const carried = badFrames(recording, 'world', 'in').length;
    const said = {
      expected: `after frames of ${length} from port a, which the switch does not carry, frames to their source are still flooded`,
      observed: `${counted(sent, 'frame')} left port a, ${carried} came out at World; then ${describe(after, 'a')}`,
    };
    if (sent === 0) {
      const refused = markDetail(recording, 'refused') ?? 'None was seen to leave.';
      return notApplicable({ ...said, reason: `Frames of ${length} could not be sent. ${refused}` });
    }
    if (carried > 0) {
      const reason = `The switch carries frames of ${length}, so for it they are good ones.`;
      return notApplicable({ ...said, reason });
    }
    if (after.sent === 0) return inconclusive({ ...said, reason: 'World sent nothing to the station.' });
    if (after.right > 0 && after.flooded === 0) {
      return fail({
        ...said,
        reason: `The switch did not carry frames of ${length} from port a, and yet learned their source there.`,
      });
    }
    if (mostlyLost(after)) {
      return inconclusive({
        ...said,
        reason: 'Frames to the station came out nowhere, so what was learned can’t be told.',
      });
    }
    if (good.flooded > 0 || mostlyLost(good)) {
      const reason =
        'The switch did not learn the station from a good frame either, so a bad one proves nothing.';
      return inconclusive({ ...said, reason });
    }
    return pass({ ...said, reason: `The switch neither carried frames of ${length} nor learned from them.` });
  },
});
