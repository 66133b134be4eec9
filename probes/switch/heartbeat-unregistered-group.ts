import {
  type Context,
  type Declared,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  markDetail,
  pass,
  type Recording,
} from '../../src/probe.js';
import {
  beat,
  type Heartbeat,
  hearingFindings,
  hearings,
  judgeHeartbeat,
  meet,
  met,
  type Node,
  nodeIpv4,
  nodeMac,
  nodes,
  peerOf,
  toGroup,
  waysOf,
} from './heartbeat.js';
import { igmpReport } from './membership.js';

/** `unreported`: nobody has joined the group. `outlasting`: both nodes have, once, and no querier asks them again. */
type Registration = 'unreported' | 'outlasting';

/** Two heartbeats a second, as clusters send them; faster where that is not what matters. */
const slowEveryMs = 500;
const fastEveryMs = 50;
const fastBeats = 10;
/** The end of the wait: what is heard then was not carried by a membership. */
const lastBeats = 6;
const marginMs = (lastBeats + 2) * slowEveryMs;

/** A switch looks for memberships that have ended only now and then. */
const outlastMs = ({ groupMembershipMs = 0 }: Declared): number =>
  Math.ceil(groupMembershipMs * 1.2) + marginMs;

const heartbeatTo = (group: string): Heartbeat => ({
  name: `heartbeats to ${group}`,
  to: 'peer',
  build: (context, from) => toGroup(context, from, group),
});

/** A group for documentation (RFC 6676), another one each time, since switches remember them for minutes. */
const someGroup = (context: Context<Registration>): string =>
  `233.252.0.${context.random(99) + (context.params === 'unreported' ? 1 : 100)}`;

const groupOf = (recording: Recording) => markDetail(recording, 'group') ?? 'the group';

/** How long after the nodes joined their heartbeats were last heard at the other node. */
function carriedFor(recording: Recording): { readonly from: Node; readonly s: number }[] {
  return nodes.map((from) => {
    const sent = deliveries(recording, `beat-${from}`);
    const last = sent.findLast(({ arrivals }) => arrivals.has(peerOf(from)));
    return { from, s: ((last?.sentNs ?? 0) - (sent[0]?.sentNs ?? 0)) / 1e9 };
  });
}

function judgeOutlasting(recording: Recording): Judgement {
  const heartbeat = heartbeatTo(groupOf(recording));
  const end = hearings(recording, heartbeat.to, lastBeats);
  const carried = carriedFor(recording);
  const measurements: Measurement[] = carried.map(({ from, s }) => {
    const name = `heartbeats from ${from} carried for`;
    return { name, value: s, unit: 's', low: s, high: s + slowEveryMs / 1000 };
  });
  const expected = `${heartbeat.name}, joined once by both nodes, still reach the other node after the membership has run out`;
  const observed = end.map(
    ({ from, at, heard, sent }) => `of the last ${sent} from ${from}, ${heard} at ${at}`,
  );
  const said = { expected, observed: observed.join('; '), findings: hearingFindings(end), measurements };
  const dropped = end.filter(({ verdict }) => verdict === 'dropped');
  const [first] = dropped;
  if (first) {
    const s = carried.find(({ from }) => from === first.from)?.s.toFixed(1);
    return fail({
      ...said,
      reason:
        `The switch stopped carrying ${heartbeat.name} ${waysOf(dropped)} ${s} s after the nodes joined: it snoops, and no ` +
        'querier asks them again. Give the VLAN a querier, or switch snooping off there.',
    });
  }
  if (end.some(({ verdict }) => verdict === 'untold'))
    return inconclusive({
      ...said,
      reason: 'Too many of the last frames got lost to tell what becomes of them.',
    });
  return pass({
    ...said,
    reason: `The switch still carried ${heartbeat.name} when their membership had run out.`,
  });
}

export default defineProbe<Registration>({
  id: 'switch/heartbeat-unregistered-group',
  device: 'switch',
  title: 'Heartbeats to a group that no membership holds open come out at the other node',
  failureTitle: 'The switch prunes the heartbeats’ group where no querier keeps it alive',
  why: 'The cluster works when it is set up, and splits minutes later: the best known of all split brains.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'Clusters in a VLAN without a querier; RFC 4541, 2.1.2 3) lets a switch flood such groups, and prune them',
    link: 'https://www.rfc-editor.org/rfc/rfc4541#section-2.1.2',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    { id: 'unreported', title: 'a group that nobody has joined', params: 'unreported' },
    {
      id: 'outlasting',
      title: 'a group that both nodes joined once, for longer than a membership lasts',
      needs: ['group-membership'],
      slow: true,
      params: 'outlasting',
    },
  ],
  waitMs: (registration, declared) => (registration === 'outlasting' ? outlastMs(declared) : 0),

  control: meet,
  controlHolds: met,

  async stimulus(context) {
    const group = someGroup(context);
    context.mark('group', group);
    if (context.params === 'unreported') {
      await beat(context, heartbeatTo(group), fastBeats, fastEveryMs);
    } else {
      for (const node of nodes) {
        const member = { mac: nodeMac(context, node), ip: nodeIpv4(context, node) };
        await context.send(node, igmpReport(2, member, group), `report-${node}`);
      }
      const count = Math.ceil(outlastMs(context.declared) / slowEveryMs);
      await beat(context, heartbeatTo(group), count, slowEveryMs);
    }
    await context.sentinel();
  },

  judge: (recording, registration) =>
    registration === 'outlasting'
      ? judgeOutlasting(recording)
      : judgeHeartbeat(recording, heartbeatTo(groupOf(recording))),
});
