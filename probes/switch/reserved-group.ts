import { broadcastMac, encodeEthernet, etherTypes } from '../../src/frame/index.js';
import { counted, defineProbe, deliveries, fail, hasPort, inconclusive, pass } from '../../src/probe.js';
import { unique } from './heartbeat.js';

interface Reserved {
  /** The last octets of 01-80-C2-00-00-xx. */
  readonly last: readonly number[];
}

const frames = 5;
const settleMs = 100;

const hex = (last: number) => last.toString(16).padStart(2, '0');
const macOf = (last: number) => `01:80:c2:00:00:${hex(last)}`;
const label = (last: number) => `to-${hex(last)}`;

const assigned: readonly (readonly [id: string, title: string, last: number])[] = [
  ['mac-control', 'MAC control (pause)', 0x01],
  ['slow-protocols', 'slow protocols (link aggregation)', 0x02],
  ['port-access', 'port access control (802.1X)', 0x03],
  ['lldp', 'LLDP', 0x0e],
];
const unassigned = [0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0f];

export default defineProbe<Reserved>({
  id: 'switch/reserved-group',
  device: 'switch',
  title: 'Frames to the reserved addresses 01-80-C2-00-00-00 to -0F stay on their link',
  failureTitle: 'The switch relays frames that must not leave their link',
  why: 'Link aggregation, spanning tree and port access control then talk to the wrong neighbour, and ports go down.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.6.3 Frame filtering, Table 8-1',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    ...assigned.map(([id, title, last]) => ({
      id,
      title: `${title}, -${hex(last).toUpperCase()}`,
      params: { last: [last] },
    })),
    { id: 'others', title: 'the addresses without a use of their own', params: { last: unassigned } },
    // A switch whose spanning tree is off often relays BPDUs on purpose, Linux among them (`br_handle_frame`), so that
    // its neighbours find a loop through it. The standard makes no such exception; a takeover does not depend on it.
    { id: 'spanning-tree', level: 'should', title: 'spanning tree, -00', params: { last: [0x00] } },
  ],

  async control(context) {
    for (let n = 0; n < frames; n += 1)
      await context.send('a', context.numbered('a', broadcastMac), 'before');
    await context.sentinel();
  },
  controlHolds(recording) {
    const reached = deliveries(recording, 'before').flatMap(({ arrivals }) => [...arrivals.keys()]);
    const deaf = ['b', 'world', 'monitor'].filter(
      (port) => hasPort(recording, port) && !reached.includes(port),
    );
    return deaf.length === 0
      ? true
      : `Not even broadcasts from port a reach port ${deaf.join(' and port ')}, so it can’t be told what else would.`;
  },

  // Of an EtherType of no protocol, so that nobody acts on them.
  async stimulus(context) {
    for (const last of context.params.last) {
      context.expect(label(last), []);
      for (let n = 0; n < frames; n += 1) {
        const frame = encodeEthernet({
          destination: macOf(last),
          source: context.mac('node'),
          type: etherTypes.experimental,
          payload: unique(context, 46),
        });
        await context.send('a', frame, label(last));
      }
    }
    await context.wait(settleMs);
    await context.sentinel();
  },

  judge(recording, { last }) {
    const expected = `frames from a to ${last.map(macOf).join(', ')} come out nowhere`;
    const sent = last.flatMap((octet) => deliveries(recording, label(octet)));
    if (sent.length < last.length * frames) {
      return inconclusive({
        expected,
        observed: 'not all left port a',
        reason: 'Not all of them were sent.',
      });
    }
    const relayed = last.filter((octet) =>
      deliveries(recording, label(octet)).some(({ arrivals }) => arrivals.size > 0),
    );
    if (relayed.length === 0) {
      const observed = `none of ${counted(sent.length, 'frame')} came out`;
      return pass({ expected, observed, reason: 'The switch relays none of them.' });
    }
    const out = sent.filter(({ arrivals }) => arrivals.size > 0);
    const at = [...new Set(out.flatMap(({ arrivals }) => [...arrivals.keys()]))].sort();
    return fail({
      expected,
      observed: `${out.length} of ${counted(sent.length, 'frame')} came out at ${at.join(', ')}`,
      reason: `Frames from port a to ${relayed.map(macOf).join(', ')} came out at port ${at.join(' and port ')}.`,
    });
  },
});
