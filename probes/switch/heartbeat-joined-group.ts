import { multicastMacOf, udpFrame } from '../../src/frame/index.js';
import {
  between,
  type Context,
  counted,
  defineProbe,
  deliveries,
  type Finding,
  fail,
  inconclusive,
  type Measurement,
  markDetail,
  type PortName,
  pass,
  type Recording,
} from '../../src/probe.js';
import { unique } from './heartbeat.js';
import { type IgmpVersion, igmpReport } from './membership.js';
import { cameOut } from './station.js';
import { speak } from './triggers.js';

const frames = 10;
const crossingMs = 150;
/** Hosts repeat a report too (RFC 2236 section 8.10, RFC 3376 section 8.11). */
const reports = 3;
const reportEveryMs = 250;
const pollEveryMs = 10;

/** A group for documentation (RFC 6676), by the case's own address: another one in most runs, since switches remember
 *  their members for minutes. */
const groupOf = (context: Context<unknown>): string =>
  `233.252.0.${200 + (Number(context.ipv4('service').split('.')[3]) % 50)}`;

/** World sends to the group. */
async function toGroup(
  context: Context<unknown>,
  label: string,
  group: string,
  count: number,
): Promise<void> {
  let seq = 0;
  for (let n = 0; n < count; n += 1) {
    const frame = udpFrame({
      destination: multicastMacOf(group),
      source: context.portMac('world'),
      ipSource: context.portIpv4('world'),
      ipDestination: group,
      payload: unique(context),
    });
    seq = await context.send('world', frame, label);
    await context.wait(1);
  }
  const last = seq;
  const arrived = (f: Context['frames'][number]) =>
    f.label === label && f.seq === last && f.direction === 'in';
  await context.until(() => context.frames.some(arrived), crossingMs);
}

async function report(context: Context<IgmpVersion>, port: PortName, group: string): Promise<void> {
  const member = { mac: context.mac('node'), ip: context.ipv4('service') };
  await context.send(port, igmpReport(context.params, member, group), `report-${port}`);
}

const heardAt = (recording: Recording, label: string, port: PortName): number =>
  deliveries(recording, label).filter(({ arrivals }) => arrivals.has(port)).length;

/** From the first report on B to the first frame that came out there after it. */
function gap(recording: Recording): Measurement[] {
  const reported = deliveries(recording, 'report-b')[0]?.sentNs;
  const polls = deliveries(recording, 'poll');
  const first = polls.findIndex(({ arrivals }) => arrivals.has('b'));
  const found = polls[first];
  if (reported === undefined || !found) return [];
  const low = Math.max(0, ((polls[first - 1]?.sentNs ?? reported) - reported) / 1e6);
  const high = Math.max(low, (found.sentNs - reported) / 1e6);
  return [between('group traffic after the report', low, high)];
}

export default defineProbe<IgmpVersion>({
  id: 'switch/heartbeat-joined-group',
  device: 'switch',
  title: 'After a move, the group’s traffic comes to the new port with the next report',
  failureTitle: 'The switch does not send a group to the port at which its member reports',
  why: 'A node that has taken over gets unicast at once, and yet its cluster’s multicast never reaches it again.',
  requirement: {
    level: 'should',
    document: 'RFC 4541',
    clause: '2.1.2 Data Forwarding Rules, 1)',
    link: 'https://www.rfc-editor.org/rfc/rfc4541#section-2.1.2',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    { id: 'igmp-v2', title: 'reports of IGMP version 2', params: 2 },
    { id: 'igmp-v3', title: 'reports of IGMP version 3', params: 3 },
  ],

  async control(context) {
    const group = groupOf(context);
    context.mark('group', group);
    await speak(context, 'a', context.mac('node'), 'speak-a');
    for (let said = 1; said <= reports; said += 1) {
      await report(context, 'a', group);
      await context.wait(20);
    }
    context.expect('before', ['a']);
    await toGroup(context, 'before', group, frames);
    await context.sentinel();
  },
  controlHolds(recording) {
    const [heard, sent] = [heardAt(recording, 'before', 'a'), deliveries(recording, 'before').length];
    return heard * 10 >= sent * 8 && heard > 0
      ? true
      : `Before anything was moved, ${heard} of ${sent} frames to the group reached its member on port a: nothing can be told of a move.`;
  },

  async stimulus(context) {
    const group = groupOf(context);
    for (let said = 0; said < reports; said += 1) await speak(context, 'b', context.mac('node'), 'announce');
    await context.wait(50);
    await toGroup(context, 'unreported', group, 5);
    const { relearnMs } = context.limits;
    context.expect('after', ['b']);
    for (let said = 1; said <= reports && !cameOut(context, 'poll', 'b'); said += 1) {
      await report(context, 'b', group);
      const endMs = context.nowMs() + (said === reports ? Math.max(relearnMs, reportEveryMs) : reportEveryMs);
      while (context.nowMs() < endMs && !cameOut(context, 'poll', 'b')) {
        await toGroup(context, 'poll', group, 1);
        await context.wait(pollEveryMs);
      }
    }
    await toGroup(context, 'after', group, frames);
    await context.sentinel();
  },

  judge(recording) {
    const group = markDetail(recording, 'group');
    const sent = deliveries(recording, 'after').length;
    const heard = heardAt(recording, 'after', 'b');
    const unreported = heardAt(recording, 'unreported', 'b');
    const findings: Finding[] = [
      { id: 'before-report', holds: null, text: `${unreported} of 5 frames reached b before it reported` },
    ];
    const expected = `after the node’s report on b, frames to ${group} come out there`;
    const observed = `${heard} of ${sent} frames came out at b; ${unreported} of 5 did before the report`;
    const said = { expected, observed, findings, measurements: gap(recording) };
    if (sent > 0 && heard * 2 >= sent) {
      const how = unreported > 0 ? 'without waiting for a report' : 'with its first report';
      const qualifiers = heard < sent ? [`deviation: ${counted(sent - heard, 'frame')} of ${sent} lost`] : [];
      return pass({ ...said, reason: `The group’s traffic followed the node to port b ${how}.`, qualifiers });
    }
    if (heardAt(recording, 'announce', 'world') === 0) {
      const reason =
        'Nothing that the node says on port b crosses the switch, so its reports may not either.';
      return inconclusive({ ...said, reason });
    }
    if (heard * 10 > sent) {
      const reason = `${sent - heard} of ${sent} frames to the group got lost: too lossy to tell where it is sent.`;
      return inconclusive({ ...said, reason });
    }
    const times = deliveries(recording, 'report-b').length;
    return fail({
      ...said,
      reason: `The switch does not send ${group} to port b, though the node reported it there ${times} times.`,
    });
  },
});
