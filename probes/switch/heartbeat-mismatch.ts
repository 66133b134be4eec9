import { ipv4ToBytes, udpFrame } from '../../src/frame/index.js';
import { type Context, defineProbe } from '../../src/probe.js';
import { type Heartbeat, heartbeatSteps, type Node, nodeIpv4, nodeMac, peerOf, unique } from './heartbeat.js';

/** A group for documentation (RFC 6676). */
const ipGroup = '233.252.0.251';

const datagram = (context: Context<unknown>, from: Node, destination: string, ipDestination: string) =>
  udpFrame({
    destination,
    source: nodeMac(context, from),
    ipSource: nodeIpv4(context, from),
    ipDestination,
    payload: unique(context),
  });

/** The group address that Windows’ network load balancing makes of a service address, in its multicast mode. */
function balancedMac(service: string): string {
  const octets = [...ipv4ToBytes(service)].map((octet) => octet.toString(16).padStart(2, '0'));
  return `03:bf:${octets.join(':')}`;
}

export default defineProbe<Heartbeat>({
  id: 'switch/heartbeat-mismatch',
  device: 'switch',
  title: 'A frame goes where its MAC address says, also when its IP address is of the other kind',
  failureTitle: 'The switch drops frames whose MAC and IP addresses are not of one kind',
  why: 'Load-balancing clusters share a group MAC address for a unicast service, and some nodes send a group’s packets to each member in turn: both go dead.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'Microsoft, Network Load Balancing: multicast mode; a bridge relays by MAC address alone',
  },
  cases: [
    {
      id: 'unicast-mac',
      title: 'a group’s packets sent to the other node’s own MAC address',
      params: {
        name: 'packets of an IP group to a unicast MAC address',
        to: 'peer',
        build: (context, from) => datagram(context, from, context.portMac(peerOf(from)), ipGroup),
      },
    },
    {
      id: 'group-mac',
      title: 'a unicast service’s packets sent to a group MAC address',
      params: {
        name: 'packets of a unicast IP address to a group MAC address',
        to: 'all',
        build(context, from) {
          const service = context.ipv4('service');
          return datagram(context, from, balancedMac(service), service);
        },
      },
    },
  ],
  ...heartbeatSteps,
});
