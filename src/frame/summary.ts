/** A frame in one line, for reports. */
import { type Arp, arpOperations, isEthernetIpv4 } from './arp.js';
import { type Decoded, decodeFrame } from './decode.js';
import { type DecodedEthernet, etherTypes } from './ethernet.js';
import type { GroupRecord } from './group-record.js';
import { icmpTypes } from './icmp.js';
import { icmpv6Types } from './icmpv6.js';
import { decodeIgmpGroup, igmpTypes } from './igmp.js';
import { isFragment } from './ipv4.js';
import type { NdpOption } from './ndp-option.js';
import { readTag } from './tag.js';
import { type Tcp, tcpFlags } from './tcp.js';

/** 'ARP request 192.0.2.9 → 192.0.2.1 (00:00:5e:00:53:01)'. Never throws, whatever the octets. */
export function summarise(bytes: Uint8Array): string {
  const frame = decodeFrame(bytes);
  if (frame.ethernet === undefined) return `malformed frame of ${bytes.length} octets`;
  const link = [
    ...frame.ethernet.tags.map((tag) => `VLAN ${tag.vid}`),
    ...(frame.snap === undefined ? [] : ['SNAP']),
  ];
  return [...link, describe(frame, frame.ethernet)].join(' ') + tagOf(bytes) + faultsOf(frame);
}

function describe(frame: Decoded, ethernet: DecodedEthernet): string {
  if (frame.arp) return describeArp(frame.arp, frame, ethernet);
  return describeIpv4(frame) ?? describeIpv6(frame) ?? describeEthernet(frame, ethernet);
}

function describeEthernet({ etherType }: Decoded, { source, destination, payload }: DecodedEthernet): string {
  const kind = etherType === undefined ? 'IEEE 802.2' : `type 0x${etherType.toString(16).padStart(4, '0')}`;
  return `Ethernet ${source} → ${destination} ${kind}, ${payload.length} octets`;
}

function describeArp(arp: Required<Arp>, { etherType }: Decoded, { source }: DecodedEthernet): string {
  const notes = [
    ...(source === arp.sha ? [] : [`, sent from ${source}`]),
    ...(isEthernetIpv4(arp) ? [] : [', not of IPv4 over Ethernet']),
  ].join('');
  if (etherType === etherTypes.rarp) {
    const { rarpRequest, rarpReply } = arpOperations;
    const operation = nameOf(arp.operation, { [rarpRequest]: 'request', [rarpReply]: 'reply' }, 'operation');
    return `RARP ${operation} ${arp.sha} → ${arp.tha}${notes}`;
  }
  const { request, reply } = arpOperations;
  const operation = nameOf(arp.operation, { [request]: 'request', [reply]: 'reply' }, 'operation');
  return `ARP ${operation} ${arp.spa} → ${arp.tpa} (${arp.sha})${notes}`;
}

function describeIpv4(frame: Decoded): string | undefined {
  const { ipv4, udp, tcp, icmp } = frame;
  if (ipv4 === undefined) return undefined;
  const path = `${ipv4.source} → ${ipv4.destination}`;
  if (udp) return describeUdp(path, udp);
  if (tcp) return describeTcp(path, tcp);
  if (icmp)
    return `ICMP echo ${icmp.type === icmpTypes.echoReply ? 'reply' : 'request'} ${path}${echoId(icmp)}`;
  if (frame.igmp) return `IGMP ${describeIgmp(frame)}, ${path}`;
  const what = isFragment(ipv4) ? 'fragment, protocol' : 'protocol';
  return `IPv4 ${path} ${what} ${ipv4.protocol}, ${ipv4.payload.length} octets`;
}

function describeIgmp({ igmp, igmpV3Report }: Decoded): string {
  const { query, leave, reportV1, reportV2, reportV3 } = igmpTypes;
  if (igmp === undefined || igmp.type === reportV3) return `report ${groupsOf(igmpV3Report?.records ?? [])}`;
  const names = { [query]: 'query', [leave]: 'leave', [reportV1]: 'report', [reportV2]: 'report' };
  return `${nameOf(igmp.type, names, 'type')} ${decodeIgmpGroup(igmp).group}`;
}

const groupsOf = (records: readonly GroupRecord[]): string => records.map(({ group }) => group).join(', ');

function describeIpv6(frame: Decoded): string | undefined {
  const { ipv6, udp, tcp, icmpv6, icmpv6Echo: echo } = frame;
  if (ipv6 === undefined) return undefined;
  const path = `${ipv6.source} → ${ipv6.destination}`;
  if (udp) return describeUdp(path, udp);
  if (tcp) return describeTcp(path, tcp);
  if (echo) {
    return `ICMPv6 echo ${echo.type === icmpv6Types.echoReply ? 'reply' : 'request'} ${path}${echoId(echo)}`;
  }
  if (icmpv6) return describeNdp(frame, path) ?? `ICMPv6 type ${icmpv6.type} code ${icmpv6.code} ${path}`;
  return `IPv6 ${path} next header ${ipv6.nextHeader}, ${ipv6.payload.length} octets`;
}

function describeNdp(frame: Decoded, path: string): string | undefined {
  const { neighbourAdvertisement: na, neighbourSolicitation: ns, routerAdvertisement: ra } = frame;
  if (na) {
    const flags = `${na.router ? ' R' : ''}${na.solicited ? ' S' : ''}${na.override ? ' O' : ''}`;
    return `NA ${na.target}${flags}${linkLayer(na.options)}, ${path}`;
  }
  if (ns) return `NS ${ns.target}${linkLayer(ns.options)}, ${path}`;
  if (ra) return `RA lifetime ${ra.lifetimeS} s${linkLayer(ra.options)}, ${path}`;
  if (frame.mldV2Report) return `MLD report ${groupsOf(frame.mldV2Report.records)}, ${path}`;
  if (frame.routerSolicitation) return `RS${linkLayer(frame.routerSolicitation.options)}, ${path}`;
  return undefined;
}

function describeUdp(path: string, udp: { destinationPort: number; payload: Uint8Array }): string {
  return `UDP ${path} port ${udp.destinationPort}, ${udp.payload.length} octets`;
}

/** Its flags by their names, as RFC 9293 orders them: `SYN ACK`. */
function describeTcp(path: string, { destinationPort, flags, payload }: Tcp): string {
  const names = Object.entries(tcpFlags).flatMap(([name, bit]) => (flags & bit ? name.toUpperCase() : []));
  return `TCP ${path} port ${destinationPort}, ${[...names.reverse(), `${payload.length} octets`].join(' ')}`;
}

function echoId(echo: { identifier: number; sequence: number }): string {
  return `, id ${echo.identifier} seq ${echo.sequence}`;
}

function linkLayer(options: readonly NdpOption[]): string {
  return options.map((option) => ('mac' in option ? ` (${option.mac})` : '')).join('');
}

function tagOf(bytes: Uint8Array): string {
  const tag = readTag(bytes);
  return tag === undefined ? '' : `, stream ${tag.stream} frame ${tag.seq}`;
}

function faultsOf(frame: Decoded): string {
  const faults = [frame.ipv4, frame.udp, frame.tcp, frame.icmp, frame.igmp, frame.icmpv6].some(
    (layer) => layer?.checksumOk === false,
  )
    ? ', wrong checksum'
    : '';
  return frame.error === undefined ? faults : `${faults}, malformed (${frame.error.message})`;
}

function nameOf(value: number, names: Readonly<Record<number, string>>, kind: string): string {
  return names[value] ?? `${kind} ${value}`;
}
