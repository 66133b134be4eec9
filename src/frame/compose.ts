/**
 * Whole frames in one call, well-formed by default: what probes send. For a field that none of these
 * takes, compose the codecs: `linkFrame(link, etherTypes.arp, encodeArp({…}).subarray(0, 20))`.
 */
import { broadcastMac, isIpv4, multicastMacOf, solicitedNodeAddress, zeroMac } from './address.js';
import { type Arp, arpOperations, encodeArp } from './arp.js';
import type { IpAddresses } from './checksum.js';
import { FrameError } from './error.js';
import { encodeEthernet, etherTypes, type VlanTag } from './ethernet.js';
import { encodeIcmpEcho, icmpTypes } from './icmp.js';
import { encodeIcmpv6, type Icmpv6, icmpv6Types } from './icmpv6.js';
import { encodeIcmpv6Echo } from './icmpv6-echo.js';
import { encodeIgmp, type Igmp } from './igmp.js';
import { encodeIpv4, ipProtocols } from './ipv4.js';
import { encodeIpv6, withRouterAlert } from './ipv6.js';
import { encodeSnap } from './llc.js';
import { encodeMldV2Report, type MldV2Report } from './mld.js';
import {
  encodeNeighbourAdvertisement,
  encodeNeighbourSolicitation,
  encodeRouterAdvertisement,
  encodeRouterSolicitation,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  type RouterAdvertisement,
  type RouterSolicitation,
} from './ndp.js';
import { encodeTcp, type Tcp } from './tcp.js';
import { encodeUdp } from './udp.js';

/** The largest payload of an IEEE 802.3 frame with a length. */
const largestLength = 1500;

/** First of the dynamic ports: RFC 6335 section 6. */
const dynamicPort = 49152;

/** Discard: RFC 863. */
const discardPort = 9;

/** Router Alert: RFC 2113. */
const routerAlert = Uint8Array.of(0x94, 4, 0, 0);

/** A receiver discards an NDP message with another hop limit: RFC 4861 sections 6.1 and 7.1. */
const ndpHopLimit = 255;

export interface Link {
  readonly destination: string;
  readonly source: string;
  /** Outermost first; default none. */
  readonly tags?: readonly VlanTag[] | undefined;
  /** IEEE 802.3 with LLC/SNAP (RFC 1042) in place of Ethernet II; default false. */
  readonly snap?: boolean | undefined;
}

export interface IpLink extends Link {
  /** IPv4 or IPv6; both of one family. */
  readonly ipSource: string;
  readonly ipDestination: string;
  /** TTL or hop limit; default 64, and 255 for NDP. */
  readonly ipHopLimit?: number;
  /** Of UDP, TCP, ICMP or ICMPv6: default the right one. */
  readonly checksum?: number;
}

export interface UdpFrame extends IpLink {
  /** Default 49152. */
  readonly sourcePort?: number;
  /** Default 9, discard. */
  readonly destinationPort?: number;
  readonly payload: Uint8Array;
}

export interface EchoFrame extends IpLink {
  /** Default false: a request. */
  readonly reply?: boolean;
  readonly identifier: number;
  readonly sequence: number;
  /** Default empty. */
  readonly payload?: Uint8Array;
}

/** A frame with any EtherType and payload, padded to 60 octets. */
export function linkFrame(link: Link, etherType: number, payload: Uint8Array): Uint8Array {
  const { destination, source, tags = [], snap = false } = link;
  if (!snap) return encodeEthernet({ destination, source, tags, type: etherType, payload });
  const llc = encodeSnap({ oui: 0, type: etherType, payload });
  if (llc.length > largestLength) throw new FrameError(`802.3: ${llc.length} octets, takes ${largestLength}`);
  return encodeEthernet({ destination, source, tags, type: llc.length, payload: llc });
}

export function arpFrame(frame: Link & Arp): Uint8Array {
  return linkFrame(frame, etherTypes.arp, encodeArp(frame));
}

export function rarpFrame(frame: Link & Arp): Uint8Array {
  return linkFrame(frame, etherTypes.rarp, encodeArp(frame));
}

export function udpFrame(frame: UdpFrame): Uint8Array {
  const { sourcePort = dynamicPort, destinationPort = discardPort, payload } = frame;
  const udp = withChecksum({ sourcePort, destinationPort, payload }, frame);
  return ipFrame(frame, ipProtocols.udp, encodeUdp(udp, ipAddresses(frame)));
}

export function tcpFrame(frame: IpLink & Tcp): Uint8Array {
  return ipFrame(frame, ipProtocols.tcp, encodeTcp(frame, ipAddresses(frame)));
}

/** ICMP or ICMPv6 by the family of `ipSource`. */
export function echoFrame(frame: EchoFrame): Uint8Array {
  const { reply = false, identifier, sequence, payload = new Uint8Array() } = frame;
  if (isIpv4(frame.ipSource)) {
    const type = reply ? icmpTypes.echoReply : icmpTypes.echoRequest;
    const echo = withChecksum({ type, identifier, sequence, payload }, frame);
    return ipFrame(frame, ipProtocols.icmp, encodeIcmpEcho(echo));
  }
  const type = reply ? icmpv6Types.echoReply : icmpv6Types.echoRequest;
  return icmpv6Frame(frame, encodeIcmpv6Echo({ type, identifier, sequence, payload }));
}

export function neighbourAdvertisementFrame(frame: IpLink & NeighbourAdvertisement): Uint8Array {
  return ndpFrame(frame, encodeNeighbourAdvertisement(frame));
}

export function neighbourSolicitationFrame(frame: IpLink & NeighbourSolicitation): Uint8Array {
  return ndpFrame(frame, encodeNeighbourSolicitation(frame));
}

/** A station's question for the link-layer address of `target`. */
export interface Resolution {
  readonly mac: string;
  /** The asker's own; absent: a probe, from which nobody learns anything (RFC 5227 §2.1.1, RFC 4862 §5.4.2). */
  readonly ip?: string;
  readonly target: string;
  /** The one station that is asked, by its MAC; absent: all that may have the address. */
  readonly to?: string;
}

/** An ARP request (RFC 826), or a neighbour solicitation with the asker's address (RFC 4861 §7.2.2). */
export function resolutionFrame({ mac, ip, target, to }: Resolution): Uint8Array {
  if (!target.includes(':')) {
    return arpFrame({
      destination: to ?? broadcastMac,
      source: mac,
      operation: arpOperations.request,
      sha: mac,
      spa: ip ?? '0.0.0.0',
      tha: zeroMac,
      tpa: target,
    });
  }
  const group = solicitedNodeAddress(target);
  return neighbourSolicitationFrame({
    destination: to ?? multicastMacOf(group),
    source: mac,
    ipSource: ip ?? '::',
    ipDestination: to === undefined ? group : target,
    target,
    options: ip === undefined ? [] : [{ type: 'source-link-layer', mac }],
  });
}

export function routerAdvertisementFrame(frame: IpLink & RouterAdvertisement): Uint8Array {
  return ndpFrame(frame, encodeRouterAdvertisement(frame));
}

export function routerSolicitationFrame(frame: IpLink & RouterSolicitation): Uint8Array {
  return ndpFrame(frame, encodeRouterSolicitation(frame));
}

/** An IGMP message as hosts and queriers send it, with a hop limit of 1 and a Router Alert: RFC 2236 section 2. */
export function igmpFrame(frame: IpLink & Igmp): Uint8Array {
  const { ipSource: source, ipDestination: destination, ipHopLimit: ttl = 1 } = frame;
  const payload = encodeIgmp(frame);
  const ip = { source, destination, protocol: ipProtocols.igmp, payload, ttl, options: routerAlert };
  return linkFrame(frame, etherTypes.ipv4, encodeIpv4(ip));
}

/** An MLD report, with a hop limit of 1 and a Router Alert: RFC 3810 section 5. */
export function mldV2ReportFrame(frame: IpLink & MldV2Report): Uint8Array {
  const message = withChecksum(encodeMldV2Report(frame), frame);
  const bytes = encodeIcmpv6(message, ipAddresses(frame));
  const link = { ...frame, ipHopLimit: frame.ipHopLimit ?? 1 };
  return ipFrame(link, ipProtocols.hopByHop, withRouterAlert(ipProtocols.icmpv6, bytes));
}

/** An IPv4 or IPv6 frame, by the family of `ipSource`, with any protocol and payload. */
export function ipFrame(link: IpLink, protocol: number, payload: Uint8Array): Uint8Array {
  const { ipSource: source, ipDestination: destination, ipHopLimit: hops = 64 } = link;
  return isIpv4(source)
    ? linkFrame(link, etherTypes.ipv4, encodeIpv4({ source, destination, protocol, payload, ttl: hops }))
    : linkFrame(
        link,
        etherTypes.ipv6,
        encodeIpv6({ source, destination, nextHeader: protocol, payload, hopLimit: hops }),
      );
}

function ndpFrame(link: IpLink, message: Icmpv6): Uint8Array {
  return icmpv6Frame({ ...link, ipHopLimit: link.ipHopLimit ?? ndpHopLimit }, message);
}

function icmpv6Frame(link: IpLink, message: Icmpv6): Uint8Array {
  const bytes = encodeIcmpv6(withChecksum(message, link), ipAddresses(link));
  return ipFrame(link, ipProtocols.icmpv6, bytes);
}

function ipAddresses(link: IpLink): IpAddresses {
  return { source: link.ipSource, destination: link.ipDestination };
}

function withChecksum<Message extends object>(message: Message, { checksum }: IpLink): Message {
  return checksum === undefined ? message : { ...message, checksum };
}
