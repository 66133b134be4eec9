import { broadcastMac } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  hasPort,
  inconclusive,
  pass,
  type Recording,
} from '../../src/probe.js';
import { taught, teach } from './station.js';
import { inVlan, seenIn, vlanOf, vlansOf } from './vlan.js';

type Destination = 'broadcast' | 'unknown' | 'known';

/** What World sends to, in a sentence. */
const called: Record<Destination, string> = {
  broadcast: 'broadcasts',
  unknown: 'frames to an unknown station',
  known: 'frames to a station that is known in one VLAN',
};

const frames = 5;
const settleMs = 100;

const listenersOf = (recording: Recording) =>
  ['a', 'b', 'monitor'].filter((port) => hasPort(recording, port));
const vidsOf = ({ plan }: Recording): number[] => Object.values(vlansOf(plan.declared));
const label = (when: 'before' | 'in', vid: number) => `${when}-${vid}`;

/** World sends numbered frames in each VLAN. */
async function sendInEach(context: Context<Destination>, when: 'before' | 'in', to: string): Promise<void> {
  for (const vid of Object.values(vlansOf(context.declared))) {
    for (let n = 0; n < frames; n += 1) {
      await inVlan(context, vid).send('world', context.numbered('world', to), label(when, vid));
      await context.wait(1);
    }
  }
  await context.wait(settleMs);
}

export default defineProbe<Destination>({
  id: 'switch/vlan-leak',
  device: 'switch',
  title: 'What is sent in a VLAN comes out in that VLAN and in no other',
  failureTitle: 'The switch leaks frames from one VLAN into another',
  why: 'An announcement that crosses into another VLAN takes over the same address there, and clients see two owners.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.6.1 Active topology enforcement and 8.6.4 Egress: a frame keeps its VLAN from port to port',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world', 'vlans'],
  cases: [
    { id: 'broadcast', title: 'broadcasts', params: 'broadcast' },
    { id: 'unknown-unicast', title: 'frames to a station that never spoke', params: 'unknown' },
    { id: 'known-unicast', title: 'frames to a station that spoke in one of the VLANs', params: 'known' },
  ],

  async control(context) {
    await sendInEach(context, 'before', broadcastMac);
    if (context.params !== 'known') return context.sentinel();
    await teach(inVlan(context, vlansOf(context.declared).x), 'a', context.mac('node'), 'known');
  },
  controlHolds(recording, destination) {
    for (const vid of vidsOf(recording)) {
      const heard = deliveries(recording, label('before', vid)).flatMap(({ arrivals }) => [
        ...arrivals.keys(),
      ]);
      const deaf = listenersOf(recording).filter((port) => !heard.includes(port));
      if (deaf.length > 0)
        return `Port ${deaf.join(', ')} hears nothing of VLAN ${vid}, though the bench file says that every port carries it.`;
    }
    return destination === 'known'
      ? taught(seenIn(recording, vlansOf(recording.plan.declared).x), 'a', 'known')
      : true;
  },

  async stimulus(context) {
    const to = {
      broadcast: () => broadcastMac,
      unknown: () => context.neverSpokenMac('unknown'),
      known: () => context.mac('node'),
    }[context.params]();
    await sendInEach(context, 'in', to);
    await context.sentinel();
  },

  judge(recording, destination) {
    const vlans = vlansOf(recording.plan.declared);
    const sent = vidsOf(recording).flatMap((vid) => deliveries(recording, label('in', vid)));
    const leaks = vidsOf(recording).flatMap((vid) =>
      recording.frames
        .filter((f) => f.label === label('in', vid) && f.direction === 'in')
        .map((f) => ({ from: vid, to: vlanOf(f.bytes, vlans), port: f.port }))
        .filter(({ to }) => to !== vid),
    );
    const expected = `${called[destination]} come out in the VLAN in which World sent them, ${vidsOf(recording).join(', ')}`;
    const [first] = leaks;
    if (first) {
      const ways = [...new Set(leaks.map(({ from, to }) => `${from} to ${to}`))].join(', ');
      return fail({
        expected,
        observed: `${counted(leaks.length, 'copy', 'copies')} changed the VLAN: ${ways}`,
        reason: `Copies of World’s ${called[destination]} in VLAN ${first.from} came out at port ${first.port} in VLAN ${first.to}.`,
      });
    }
    const arrived = sent.filter(({ arrivals }) => arrivals.size > 0).length;
    const observed = `${arrived} of ${counted(sent.length, 'frame')} came out, all in their own VLAN`;
    if (arrived * 2 < sent.length) {
      const reason = `Of ${called[destination]} too few came out at all to tell in which VLAN they do.`;
      return inconclusive({ expected, observed, reason });
    }
    return pass({ expected, observed, reason: `No ${called[destination]} left their VLAN.` });
  },
});
