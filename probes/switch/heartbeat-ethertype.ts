import { broadcastMac, encodeEthernet } from '../../src/frame/index.js';
import { type Context, defineProbe } from '../../src/probe.js';
import { type Heartbeat, heartbeatSteps, type Node, nodeMac, peerOf, unique } from './heartbeat.js';

/** Of FortiGate clusters' heartbeats, which are not IP. */
const heartbeatType = 0x8890;
/** A group for documentation (RFC 9542). */
const group = '01:00:5e:90:10:90';

const beatTo = (
  name: string,
  to: Heartbeat['to'],
  destination: (context: Context<unknown>, from: Node) => string,
): Heartbeat => ({
  name: `${name} of EtherType 0x8890`,
  to,
  build: (context, from) =>
    encodeEthernet({
      destination: destination(context, from),
      source: nodeMac(context, from),
      type: heartbeatType,
      payload: unique(context, 46),
    }),
});

export default defineProbe<Heartbeat>({
  id: 'switch/heartbeat-ethertype',
  device: 'switch',
  title: 'Heartbeats that are not IP cross the switch like any other frame',
  failureTitle: 'The switch drops heartbeats of an EtherType that it does not know',
  why: 'Firewall clusters that speak a protocol of their own over Ethernet split, though every ping gets through.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'Fortinet, FortiGate administration guide, “HA heartbeat interface”: EtherType 0x8890',
    link: 'https://docs.fortinet.com/document/fortigate/7.2.2/administration-guide/849059',
  },
  cases: [
    { id: 'broadcast', title: 'broadcasts', params: beatTo('broadcasts', 'all', () => broadcastMac) },
    { id: 'multicast', title: 'frames to a group', params: beatTo('frames to a group', 'all', () => group) },
    {
      id: 'unicast',
      title: 'frames to the other node',
      params: beatTo('unicast frames', 'peer', (context, from) => context.portMac(peerOf(from))),
    },
  ],
  ...heartbeatSteps,
});
