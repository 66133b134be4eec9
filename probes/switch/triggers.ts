/** The frames by which a station can make itself known to a switch: any one of them should do. */
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  encodeEthernet,
  encodeSnap,
  etherTypes,
  multicastMacOf,
  neighbourAdvertisementFrame,
  rarpFrame,
  udpFrame,
  zeroMac,
} from '../../src/frame/index.js';
import type { Context, PortName } from '../../src/probe.js';

export interface Trigger {
  readonly id: string;
  readonly title: string;
  /** Whether every port should hear it: then its absence at World tells that the switch dropped it. */
  readonly toAll: boolean;
  build(context: Context, station: string): Uint8Array;
}

/** Octets of a frame without its FCS: 64 and 1518 on the wire (IEEE 802.3, clause 3). */
const minimumOctets = 60;
const maximumOctets = 1514;
const headerOctets = 14 + 20 + 8;
const allNodes = 'ff02::1';

/** Unicast to World, so that it needs no flooding to cross. A number of its own keeps it from being
 *  taken for another frame. */
export function datagram(context: Context, station: string, octets?: number): Uint8Array {
  const payload = new Uint8Array((octets ?? 128) - headerOctets);
  new DataView(payload.buffer).setUint32(0, context.random(2 ** 32));
  return udpFrame({
    destination: context.portMac('world'),
    source: station,
    ipSource: context.ipv4('service'),
    ipDestination: context.portIpv4('world'),
    payload,
  });
}

export const triggers: readonly Trigger[] = [
  {
    id: 'arp-request',
    title: 'a gratuitous ARP request',
    toAll: true,
    build: (context, station) =>
      arpFrame({
        destination: broadcastMac,
        source: station,
        operation: arpOperations.request,
        sha: station,
        spa: context.ipv4('service'),
        tha: zeroMac,
        tpa: context.ipv4('service'),
      }),
  },
  {
    id: 'arp-reply',
    title: 'a gratuitous ARP reply',
    toAll: true,
    build: (context, station) =>
      arpFrame({
        destination: broadcastMac,
        source: station,
        operation: arpOperations.reply,
        sha: station,
        spa: context.ipv4('service'),
        tha: station,
        tpa: context.ipv4('service'),
      }),
  },
  {
    id: 'arp-probe',
    title: 'an ARP probe',
    toAll: true,
    build: (context, station) =>
      arpFrame({
        destination: broadcastMac,
        source: station,
        operation: arpOperations.request,
        sha: station,
        spa: '0.0.0.0',
        tha: zeroMac,
        tpa: context.ipv4('service'),
      }),
  },
  {
    id: 'rarp',
    title: 'a RARP request',
    toAll: true,
    build: (_context, station) =>
      rarpFrame({
        destination: broadcastMac,
        source: station,
        operation: arpOperations.rarpRequest,
        sha: station,
        spa: '0.0.0.0',
        tha: station,
        tpa: '0.0.0.0',
      }),
  },
  {
    id: 'unsolicited-na',
    title: 'an unsolicited neighbour advertisement',
    toAll: true,
    build: (context, station) =>
      neighbourAdvertisementFrame({
        destination: multicastMacOf(allNodes),
        source: station,
        ipSource: context.ipv6('service6'),
        ipDestination: allNodes,
        router: false,
        solicited: false,
        override: true,
        target: context.ipv6('service6'),
        options: [{ type: 'target-link-layer', mac: station }],
      }),
  },
  {
    id: 'ipv4',
    title: 'an IPv4 datagram',
    toAll: false,
    build: (context, station) => datagram(context, station),
  },
  {
    id: 'ipv6',
    title: 'an IPv6 datagram',
    toAll: false,
    build: (context, station) =>
      udpFrame({
        destination: context.portMac('world'),
        source: station,
        ipSource: context.ipv6('service6'),
        ipDestination: context.ipv6('world6'),
        payload: new Uint8Array(32),
      }),
  },
  {
    id: 'llc-snap',
    title: 'an LLC/SNAP frame',
    toAll: false,
    build: (context, station) => {
      const payload = encodeSnap({ oui: 0, type: etherTypes.experimental, payload: new Uint8Array(48) });
      return encodeEthernet({
        destination: context.portMac('world'),
        source: station,
        type: payload.length,
        payload,
      });
    },
  },
  {
    id: 'unknown-ethertype',
    title: 'a frame of an unknown EtherType (0x88B5)',
    toAll: false,
    build: (context, station) =>
      encodeEthernet({
        destination: context.portMac('world'),
        source: station,
        type: etherTypes.experimental,
        payload: new Uint8Array(50),
      }),
  },
  {
    id: 'minimum-size',
    title: 'a frame of 64 octets, the smallest',
    toAll: false,
    build: (context, station) => datagram(context, station, minimumOctets),
  },
  {
    id: 'maximum-size',
    title: 'a frame of 1518 octets, the largest untagged',
    toAll: false,
    build: (context, station) => datagram(context, station, maximumOctets),
  },
];

/** The most ordinary announcement, for claims that are not about its form. */
export function announcement(context: Context, station: string): Uint8Array {
  const [gratuitousRequest] = triggers;
  if (!gratuitousRequest) throw new Error('There is no trigger.');
  return gratuitousRequest.build(context, station);
}

/** Has `port` speak as the station, by an announcement to all and a datagram to World. */
export async function speak(context: Context, port: PortName, station: string, label: string): Promise<void> {
  await context.send(port, announcement(context, station), label);
  await context.send(port, datagram(context, station), label);
}
