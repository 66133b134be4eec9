/** A whole frame, layer by layer, as far as it can be read. */
import { type Arp, decodeArp } from './arp.js';
import { FrameError } from './error.js';
import { type DecodedEthernet, decodeEthernet, etherTypes, firstEtherType } from './ethernet.js';
import { type DecodedIcmpEcho, decodeIcmpEcho, isEcho } from './icmp.js';
import { type DecodedIcmpv6, decodeIcmpv6, icmpv6Types } from './icmpv6.js';
import { decodeIcmpv6Echo, type Icmpv6Echo } from './icmpv6-echo.js';
import { type DecodedIgmp, decodeIgmp, decodeIgmpV3Report, type IgmpV3Report, igmpTypes } from './igmp.js';
import { type DecodedIpv4, decodeIpv4, ipProtocols, isFragment } from './ipv4.js';
import { decodeIpv6, type Ipv6, upperLayer } from './ipv6.js';
import { decodeSnap, isSnap, type Snap } from './llc.js';
import { decodeMldV2Report, type MldV2Report } from './mld.js';
import {
  decodeNeighbourAdvertisement,
  decodeNeighbourSolicitation,
  decodeRouterAdvertisement,
  decodeRouterSolicitation,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  type RouterAdvertisement,
  type RouterSolicitation,
} from './ndp.js';
import { type DecodedTcp, decodeTcp } from './tcp.js';
import { type DecodedUdp, decodeUdp } from './udp.js';

/** The layers that were found. A protocol that is none of ours leaves its carrier as the last layer. */
export interface Decoded {
  readonly ethernet?: DecodedEthernet;
  readonly snap?: Required<Snap>;
  /** What the tags and SNAP lead to; absent for IEEE 802.2 frames other than SNAP with OUI 0. */
  readonly etherType?: number;
  /** RARP too: see `etherType`. */
  readonly arp?: Required<Arp>;
  readonly ipv4?: DecodedIpv4;
  readonly udp?: DecodedUdp;
  readonly tcp?: DecodedTcp;
  readonly icmp?: DecodedIcmpEcho;
  readonly igmp?: DecodedIgmp;
  readonly igmpV3Report?: IgmpV3Report;
  readonly ipv6?: Required<Ipv6>;
  readonly icmpv6?: DecodedIcmpv6;
  readonly icmpv6Echo?: Icmpv6Echo;
  readonly neighbourSolicitation?: NeighbourSolicitation;
  readonly neighbourAdvertisement?: NeighbourAdvertisement;
  readonly routerAdvertisement?: RouterAdvertisement;
  readonly routerSolicitation?: RouterSolicitation;
  readonly mldV2Report?: MldV2Report;
  /** Why the next layer can't be read. */
  readonly error?: FrameError;
}

type Layers = { -readonly [Layer in keyof Decoded]: Decoded[Layer] };

/** Never throws, whatever the octets: what can't be read is told by `error`. */
export function decodeFrame(bytes: Uint8Array): Decoded {
  const layers: Layers = {};
  try {
    decodeLink(bytes, layers);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    layers.error = error;
  }
  return layers;
}

function decodeLink(bytes: Uint8Array, layers: Layers): void {
  const ethernet = decodeEthernet(bytes);
  layers.ethernet = ethernet;
  if (ethernet.type >= firstEtherType) {
    decodeNetwork(ethernet.type, ethernet.payload, layers);
  } else if (isSnap(ethernet.payload)) {
    layers.snap = decodeSnap(ethernet.payload);
    if (layers.snap.oui === 0) decodeNetwork(layers.snap.type, layers.snap.payload, layers);
  }
}

function decodeNetwork(etherType: number, payload: Uint8Array, layers: Layers): void {
  layers.etherType = etherType;
  switch (etherType) {
    case etherTypes.arp:
    case etherTypes.rarp:
      layers.arp = decodeArp(payload);
      break;
    case etherTypes.ipv4:
      layers.ipv4 = decodeIpv4(payload);
      decodeOverIpv4(layers.ipv4, layers);
      break;
    case etherTypes.ipv6:
      layers.ipv6 = decodeIpv6(payload);
      decodeOverIpv6(layers.ipv6, layers);
      break;
  }
}

function decodeOverIpv4(ipv4: DecodedIpv4, layers: Layers): void {
  if (isFragment(ipv4)) return;
  if (ipv4.protocol === ipProtocols.udp) layers.udp = decodeUdp(ipv4.payload, ipv4);
  if (ipv4.protocol === ipProtocols.tcp) layers.tcp = decodeTcp(ipv4.payload, ipv4);
  if (ipv4.protocol === ipProtocols.igmp) decodeGroupManagement(ipv4.payload, layers);
  if (ipv4.protocol === ipProtocols.icmp && isEcho(ipv4.payload)) layers.icmp = decodeIcmpEcho(ipv4.payload);
}

function decodeGroupManagement(payload: Uint8Array, layers: Layers): void {
  layers.igmp = decodeIgmp(payload);
  if (layers.igmp.type === igmpTypes.reportV3) layers.igmpV3Report = decodeIgmpV3Report(layers.igmp);
}

function decodeOverIpv6(ipv6: Required<Ipv6>, layers: Layers): void {
  const { nextHeader, payload } = upperLayer(ipv6);
  if (nextHeader === ipProtocols.udp) layers.udp = decodeUdp(payload, ipv6);
  if (nextHeader === ipProtocols.tcp) layers.tcp = decodeTcp(payload, ipv6);
  if (nextHeader !== ipProtocols.icmpv6) return;
  const message = decodeIcmpv6(payload, ipv6);
  layers.icmpv6 = message;
  switch (message.type) {
    case icmpv6Types.echoRequest:
    case icmpv6Types.echoReply:
      layers.icmpv6Echo = decodeIcmpv6Echo(message);
      break;
    case icmpv6Types.routerSolicitation:
      layers.routerSolicitation = decodeRouterSolicitation(message);
      break;
    case icmpv6Types.routerAdvertisement:
      layers.routerAdvertisement = decodeRouterAdvertisement(message);
      break;
    case icmpv6Types.neighbourSolicitation:
      layers.neighbourSolicitation = decodeNeighbourSolicitation(message);
      break;
    case icmpv6Types.neighbourAdvertisement:
      layers.neighbourAdvertisement = decodeNeighbourAdvertisement(message);
      break;
    case icmpv6Types.mldV2Report:
      layers.mldV2Report = decodeMldV2Report(message);
      break;
  }
}
