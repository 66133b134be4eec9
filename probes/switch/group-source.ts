import { broadcastMac, encodeEthernet, etherTypes } from '../../src/frame/index.js';
import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  hasPort,
  pass,
  type Recording,
} from '../../src/probe.js';

interface Source {
  readonly name: string;
  /** The invalid source address; the last octet of a group is the run's to choose. */
  readonly mac: string;
}

const frames = 5;

/** Numbered by its payload, and of an EtherType that multicast snooping knows nothing of. */
function numbered(destination: string, source: string, seq: number): Uint8Array {
  const payload = new Uint8Array(46);
  payload[0] = seq;
  return encodeEthernet({ destination, source, type: etherTypes.experimental, payload });
}

async function toSource(context: Context<Source>, label: string, from: number): Promise<void> {
  context.expect(
    label,
    context.ports.filter((port) => port !== 'world'),
  );
  for (let seq = from; seq < from + frames; seq += 1) {
    await context.send('world', numbered(context.params.mac, context.portMac('world'), seq), label);
    await context.wait(1);
  }
}

function portsReached(recording: Recording, label: string): string[] {
  const reached = deliveries(recording, label).flatMap(({ arrivals }) => [...arrivals.keys()]);
  return ['a', 'b', 'monitor'].filter((port) => reached.includes(port));
}

export default defineProbe<Source>({
  id: 'switch/group-source',
  device: 'switch',
  title: 'A frame whose source is not an individual address is not learned',
  failureTitle: 'The switch learns a source address that no station can have',
  why: 'One malformed frame would steer a group’s traffic, heartbeats among it, to a single port.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.7 The Learning Process, a)',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    {
      id: 'group',
      title: 'a group address as source',
      params: { name: 'group address', mac: '01:00:5e:90:10:2a' },
    },
    {
      id: 'all-zero',
      title: 'the all-zero address as source',
      level: 'info',
      params: { name: 'all-zero address', mac: '00:00:00:00:00:00' },
    },
  ],

  async control(context) {
    context.claim('source', context.params.mac);
    await toSource(context, 'before', 1);
    await context.sentinel();
  },
  controlHolds(recording) {
    const ports = ['a', 'b', 'monitor'].filter((port) => hasPort(recording, port));
    const reached = portsReached(recording, 'before');
    return reached.length === ports.length
      ? true
      : `Frames to the address reached ${reached.join(', ') || 'no port'} before anybody used it as a source: they are filtered here, so learning can’t be seen.`;
  },

  async stimulus(context) {
    for (let seq = 101; seq < 101 + frames; seq += 1) {
      await context.send('a', numbered(broadcastMac, context.params.mac, seq), 'invalid-source');
    }
    await context.wait(20);
    await toSource(context, 'after', frames + 1);
    await context.sentinel();
  },

  judge(recording, { name }) {
    const ports = ['a', 'b', 'monitor'].filter((port) => hasPort(recording, port));
    const reached = portsReached(recording, 'after');
    const said = {
      expected: `frames to it still reach ${ports.join(', ')}`,
      observed: `they reach ${reached.join(', ') || 'no port'}`,
    };
    if (reached.length === ports.length) return pass({ ...said, reason: `The ${name} was not learned.` });
    if (reached.length === 1 && reached[0] === 'a') {
      return fail({
        ...said,
        reason: `After port a sent from the ${name}, frames to it come out at port a alone: it was learned.`,
      });
    }
    return fail({
      ...said,
      reason: `After port a sent from the ${name}, frames to it no longer reach every port.`,
    });
  },
});
