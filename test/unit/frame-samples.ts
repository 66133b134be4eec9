/** Every frame that compose.ts builds, in every combination that makes sense, with what it should be found to be. */
import * as frame from '../../src/frame/index.js';

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The last protocol, as tshark calls it. */
  readonly protocol: 'arp' | 'udp' | 'tcp' | 'icmp' | 'igmp' | 'icmpv6' | 'data';
}

const a = '00:00:5e:00:53:01';
const b = '00:00:5e:00:53:02';
const v4 = { ipSource: '192.0.2.1', ipDestination: '192.0.2.2' };
const v6 = { ipSource: '2001:db8::1', ipDestination: '2001:db8::2' };
const allNodes = 'ff02::1';
const filled = (length: number) => new Uint8Array(length).fill(0x55);

const encapsulations: Record<string, Pick<frame.Link, 'tags' | 'snap'>> = {
  'Ethernet II': {},
  '802.1Q': { tags: [{ vid: 10 }] },
  'priority tag': { tags: [{ vid: 0, priority: 7, dropEligible: true }] },
  'two tags': { tags: [{ tpid: frame.etherTypes.serviceVlan, vid: 100 }, { vid: 4094 }] },
  SNAP: { snap: true },
  'SNAP in 802.1Q': { tags: [{ vid: 10 }], snap: true },
};

export function composedFrames(): Sample[] {
  return Object.entries(encapsulations).flatMap(([name, encapsulation]) => [
    ...arpFrames(name, encapsulation),
    ...ipFrames(name, encapsulation),
    ...ndpFrames(name, encapsulation),
    ...membershipFrames(name, encapsulation),
    {
      name: `${name}: tag without IP`,
      bytes: frame.linkFrame(
        { destination: b, source: a, ...encapsulation },
        frame.etherTypes.experimental,
        frame.encodeTag({ token: 1, stream: 2, seq: 3 }),
      ),
      protocol: 'data' as const,
    },
  ]);
}

function arpFrames(name: string, encapsulation: Partial<frame.Link>): Sample[] {
  const link = { source: a, ...encapsulation };
  const { request, reply, rarpRequest, rarpReply } = frame.arpOperations;
  const nobody = frame.zeroMac;
  const service = '192.0.2.77';
  const all = { destination: frame.broadcastMac, ...link };
  const one = { destination: b, ...link };
  return [
    frame.arpFrame({ ...all, operation: request, sha: a, spa: '192.0.2.9', tha: nobody, tpa: service }),
    frame.arpFrame({ ...all, operation: request, sha: a, spa: '0.0.0.0', tha: nobody, tpa: service }),
    frame.arpFrame({ ...all, operation: request, sha: a, spa: service, tha: nobody, tpa: service }),
    frame.arpFrame({ ...all, operation: reply, sha: a, spa: service, tha: frame.broadcastMac, tpa: service }),
    frame.arpFrame({ ...one, operation: reply, sha: a, spa: service, tha: b, tpa: '192.0.2.9' }),
    frame.rarpFrame({ ...all, operation: rarpRequest, sha: a, spa: '0.0.0.0', tha: a, tpa: '0.0.0.0' }),
    frame.rarpFrame({ ...one, operation: rarpReply, sha: a, spa: '192.0.2.1', tha: b, tpa: '192.0.2.2' }),
  ].map((bytes, i) => ({ name: `${name}: ARP or RARP ${i + 1}`, bytes, protocol: 'arp' }));
}

function ipFrames(name: string, encapsulation: Partial<frame.Link>): Sample[] {
  const link = { destination: b, source: a, ...encapsulation };
  const tag = frame.encodeTag({ token: 0xfeedbeef, stream: 7, seq: 99 }, 64);
  const samples: Sample[] = [];
  for (const [family, ip] of Object.entries({ IPv4: v4, IPv6: v6 })) {
    for (const payload of [filled(0), filled(1), tag, filled(1400), filled(1401)]) {
      const udp = frame.udpFrame({ ...link, ...ip, payload });
      samples.push({ name: `${name}: UDP over ${family}, ${payload.length}`, bytes: udp, protocol: 'udp' });
      const { syn, ack, psh } = frame.tcpFlags;
      const ends = { sourcePort: 49152, destinationPort: 2345, sequence: 0x7fffffff };
      const opens = payload.length === 0;
      const tcp = frame.tcpFrame({
        ...link,
        ...ip,
        ...ends,
        flags: opens ? syn : psh + ack,
        options: opens ? [{ type: 'maximum-segment-size', octets: 1220 }] : [],
        payload,
      });
      samples.push({ name: `${name}: TCP over ${family}, ${payload.length}`, bytes: tcp, protocol: 'tcp' });
      for (const reply of [false, true]) {
        const echo = frame.echoFrame({ ...link, ...ip, reply, identifier: 1, sequence: 2, payload });
        const title = `${name}: ${family} echo ${reply ? 'reply' : 'request'}, ${payload.length}`;
        samples.push({ name: title, bytes: echo, protocol: family === 'IPv4' ? 'icmp' : 'icmpv6' });
      }
    }
    const group = family === 'IPv4' ? '224.0.0.251' : allNodes;
    const multicast = { ...link, ...ip, destination: frame.multicastMacOf(group), ipDestination: group };
    const ports = { sourcePort: 1234, destinationPort: 9, ipHopLimit: 1, payload: tag };
    const bytes = frame.udpFrame({ ...multicast, ...ports });
    samples.push({ name: `${name}: UDP to ${group}`, bytes, protocol: 'udp' });
  }
  return samples;
}

function ndpFrames(name: string, encapsulation: Partial<frame.Link>): Sample[] {
  const link = { destination: b, source: a, ...encapsulation };
  const multicast = { ...link, destination: frame.multicastMacOf(allNodes), ipDestination: allNodes };
  const target = v6.ipSource;
  const samples: [string, Uint8Array][] = [];

  for (const bits of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const flags = { router: (bits & 1) !== 0, solicited: (bits & 2) !== 0, override: (bits & 4) !== 0 };
    // An answer goes to who asked, everything else to all nodes: RFC 4861 section 7.2.4.
    const path = flags.solicited ? { ...link, ...v6 } : { ...v6, ...multicast };
    for (const options of [[], [{ type: 'target-link-layer', mac: a } as const]]) {
      samples.push([`NA ${bits}`, frame.neighbourAdvertisementFrame({ ...path, ...flags, target, options })]);
    }
  }

  const asked = v6.ipDestination;
  const group = frame.solicitedNodeAddress(asked);
  const resolution = { ...link, ...v6, destination: frame.multicastMacOf(group), ipDestination: group };
  const mine = [{ type: 'source-link-layer', mac: a } as const];
  const duplicate = { ...resolution, ipSource: '::' };
  const probe = { ...link, ...v6 };
  samples.push(
    ['NS', frame.neighbourSolicitationFrame({ ...resolution, target: asked, options: mine })],
    [
      'NS, duplicate detection',
      frame.neighbourSolicitationFrame({ ...duplicate, target: asked, options: [] }),
    ],
    ['NS, reachability', frame.neighbourSolicitationFrame({ ...probe, target: asked, options: [] })],
  );

  const advertisement = { hopLimit: 64, lifetimeS: 1800, reachableMs: 30_000, retransMs: 1000 };
  const prefix = { type: 'prefix', prefix: '2001:db8::', prefixLength: 64, onLink: true } as const;
  const lifetimes = { validS: 0xffffffff, preferredS: 604_800 };
  const rdnss = Uint8Array.of(0, 0, 0, 0, 2, 88, ...frame.ipv6ToBytes('2001:db8::53'));
  const everything: frame.NdpOption[] = [
    { type: 'source-link-layer', mac: a },
    { type: 'mtu', mtu: 1500 },
    { ...prefix, ...lifetimes, autonomous: true },
    { type: 'unknown', code: 25, data: rdnss },
  ];
  for (const options of [[], everything]) {
    for (const flag of [false, true]) {
      const ra = {
        ...multicast,
        ...advertisement,
        managed: flag,
        other: !flag,
        options,
        ipSource: 'fe80::1',
      };
      samples.push(['RA', frame.routerAdvertisementFrame(ra)]);
    }
  }

  const routers = {
    ...link,
    destination: '33:33:00:00:00:02',
    ipSource: 'fe80::9',
    ipDestination: 'ff02::2',
  };
  samples.push(['RS', frame.routerSolicitationFrame({ ...routers, options: mine })]);
  return samples.map(([title, bytes]) => ({ name: `${name}: ${title}`, bytes, protocol: 'icmpv6' }));
}

/** What hosts and queriers say of groups. */
function membershipFrames(name: string, encapsulation: Partial<frame.Link>): Sample[] {
  const group = '239.192.0.1';
  const { query, reportV2, leave } = frame.igmpTypes;
  const igmp = (to: string, message: frame.Igmp): Sample => {
    const ends = { source: a, destination: frame.multicastMacOf(to), ...encapsulation };
    const bytes = frame.igmpFrame({ ...ends, ipSource: v4.ipSource, ipDestination: to, ...message });
    return { name: `${name}: IGMP ${message.type} to ${to}`, bytes, protocol: 'igmp' };
  };
  const { toExclude, isInclude } = frame.groupRecordTypes;
  const joined = { type: toExclude, group, sources: [] };
  const some = { type: isInclude, group: '239.192.0.2', sources: ['192.0.2.7', '192.0.2.8'] };
  const v3Query = { responseCode: 100, suppress: false, robustness: 2, intervalCode: 125, sources: [] };
  const listener = { ...encapsulation, source: a, ipSource: 'fe80::1', ipDestination: frame.mldV2Routers };
  const six = { type: toExclude, group: 'ff02::12', sources: [] };
  return [
    igmp('224.0.0.1', frame.encodeIgmpGroup({ type: query, responseCode: 100, group: '0.0.0.0' })),
    igmp(group, frame.encodeIgmpGroup({ type: reportV2, group })),
    igmp('224.0.0.2', frame.encodeIgmpGroup({ type: leave, group })),
    igmp(group, frame.encodeIgmpV3Query({ ...v3Query, group })),
    igmp(frame.igmpV3Routers, frame.encodeIgmpV3Report({ records: [joined, some] })),
    {
      name: `${name}: MLD report`,
      bytes: frame.mldV2ReportFrame({
        ...listener,
        destination: frame.multicastMacOf(frame.mldV2Routers),
        records: [six, { ...six, group: 'ff02::1:ff00:1', sources: ['2001:db8::7'] }],
      }),
      protocol: 'icmpv6',
    },
  ];
}
