/**
 * What a survey's frames say of each host, found in one pass: every frame is decoded once. The hands look at it while
 * they act, and the judge at the stored recording's.
 */
import { asksFor } from '../../probes/host/belief.js';
import type { RecordedFrame } from '../evidence/recording.js';
import {
  arpOperations,
  type Decoded,
  decodeFrame,
  icmpTypes,
  icmpv6Types,
  isGroupMac,
  type NdpOption,
} from '../frame/index.js';

/** Why a host is pinged: to see the old state, what it believes after a stimulus, or whether it still does. */
export const stages = { before: 1, after: 2, again: 3 } as const;
export type Stage = keyof typeof stages;

/** The MAC addresses that the survey plays. `observer` sends the echo requests and is no owner's. */
export interface Players {
  readonly old: string;
  readonly new: string;
  readonly observer: string;
}

export type Sighting =
  /** We asked the host as V, from the observer. */
  | { readonly kind: 'ping'; readonly atNs: number; readonly stage: Stage }
  /** It answered; `to` is where it sent V's frame. */
  | {
      readonly kind: 'answer';
      readonly atNs: number;
      readonly stage: Stage;
      readonly to: string;
      readonly pingedNs: number;
    }
  /** It asked everybody where V is. */
  | { readonly kind: 'question'; readonly atNs: number }
  /** It asked one station whether V is still there. */
  | { readonly kind: 'verification'; readonly atNs: number; readonly to: string }
  /** OLD told it where V is. */
  | { readonly kind: 'lesson'; readonly atNs: number }
  /** NEW told it something about V, alone. */
  | { readonly kind: 'told'; readonly atNs: number };

export interface SeenHost {
  readonly address: string;
  /** The one that answered first. */
  readonly mac: string;
  /** Every other station that answered for the address. */
  readonly others: ReadonlySet<string>;
  /** In order of time. */
  about(service: string): readonly Sighting[];
}

/** A sighting, and of whom. */
export interface Seen {
  readonly host: string;
  readonly service: string;
  readonly sighting: Sighting;
}

export interface Sightings {
  /** Takes the next frame; returns what it says about a host and a V, if it does. */
  note(frame: RecordedFrame): Seen | undefined;
  /** By address, in the order in which they were found. */
  readonly hosts: ReadonlyMap<string, SeenHost>;
  /** When NEW last told everybody of V, up to a moment. */
  announcedNs(service: string): readonly number[];
  /** Addresses that stations other than ours were seen to have, each with its station. */
  readonly claimed: ReadonlyMap<string, string>;
}

/** An echo request's number: the stage stands in the identifier's upper bits, so that it can be told from the frame. */
export function echoNumber(stage: Stage, count: number): { identifier: number; sequence: number } {
  return { identifier: (stages[stage] << 12) | ((count >> 16) & 0xfff), sequence: count & 0xffff };
}

const stageOf = (identifier: number): Stage | undefined =>
  (Object.keys(stages) as Stage[]).find((stage) => stages[stage] === identifier >> 12);

interface Host extends SeenHost {
  readonly others: Set<string>;
  readonly byService: Map<string, Sighting[]>;
  /** Echo requests by their number. */
  readonly pings: Map<number, { readonly service: string; readonly atNs: number }>;
}

export function createSightings(players: Players): Sightings {
  const hosts = new Map<string, Host>();
  const announced = new Map<string, number[]>();
  const claimed = new Map<string, string>();
  const byMac = new Map<string, string[]>();
  const ours = new Set<string>([players.old, players.new, players.observer]);

  /** A station answered for the address. */
  function found(address: string, mac: string): void {
    if (ours.has(mac)) return;
    claim(address, mac);
    const known = hosts.get(address);
    if (known) {
      if (known.mac !== mac) known.others.add(mac);
      return;
    }
    const byService = new Map<string, Sighting[]>();
    const about = (service: string) => byService.get(service) ?? [];
    hosts.set(address, { address, mac, others: new Set(), byService, pings: new Map(), about });
    add(byMac, mac, address);
  }

  function claim(address: string, mac: string): void {
    if (!claimed.has(address)) claimed.set(address, mac);
  }

  function put(host: string, service: string, sighting: Sighting): Seen | undefined {
    const known = hosts.get(host);
    if (!known) return undefined;
    add(known.byService, service, sighting);
    return { host, service, sighting };
  }

  function echo(decoded: Decoded, atNs: number, isOurs: boolean): Seen | undefined {
    const message = decoded.icmp ?? decoded.icmpv6Echo;
    const ip = decoded.ipv4 ?? decoded.ipv6;
    const stage = message && stageOf(message.identifier);
    if (!message || !ip || !decoded.ethernet || stage === undefined) return undefined;
    const number = (message.identifier & 0xfff) * 0x10000 + message.sequence;
    const isRequest = message.type === icmpTypes.echoRequest || message.type === icmpv6Types.echoRequest;
    if (isOurs) {
      if (!isRequest) return undefined;
      hosts.get(ip.destination)?.pings.set(number, { service: ip.source, atNs });
      return put(ip.destination, ip.source, { kind: 'ping', atNs, stage });
    }
    const asked = hosts.get(ip.source)?.pings.get(number);
    if (isRequest || (asked && asked.service !== ip.destination)) return undefined;
    const to = decoded.ethernet.destination;
    // Live, an answer may be handed over before the copy of what it answers.
    return put(ip.source, ip.destination, { kind: 'answer', atNs, stage, to, pingedNs: asked?.atNs ?? atNs });
  }

  /** What the owners of V say. */
  function said(decoded: Decoded, atNs: number): Seen | undefined {
    const { ethernet, arp, ipv6, neighbourSolicitation: ns, neighbourAdvertisement: na } = decoded;
    if (!ethernet) return undefined;
    const toAll = isGroupMac(ethernet.destination);
    const service = arp ? (arp.spa === '0.0.0.0' ? arp.tpa : arp.spa) : (na?.target ?? (ns && ipv6?.source));
    if (service === undefined || service === '::' || ethernet.source === players.observer) return undefined;
    if (ethernet.source === players.new) {
      // What NEW answers to whoever asks is no announcement.
      const isAnswer = !toAll && (na?.solicited === true || arp?.operation === arpOperations.reply);
      if (isAnswer) return undefined;
      if (toAll) add(announced, service, atNs);
    }
    const host = toAll ? undefined : hostOf(decoded, ethernet.destination);
    if (host === undefined) return undefined;
    return put(host, service, { kind: ethernet.source === players.old ? 'lesson' : 'told', atNs });
  }

  /** Whom a unicast frame of ours was for: a host may have several addresses at one MAC. */
  function hostOf({ arp, ipv6 }: Decoded, mac: string): string | undefined {
    const address = arp && arp.tpa !== arp.spa ? arp.tpa : ipv6?.destination;
    if (address !== undefined && hosts.has(address)) return address;
    return byMac.get(mac)?.find((each) => each.includes(':') === (ipv6 !== undefined));
  }

  function heard(decoded: Decoded, atNs: number): Seen | undefined {
    const { ethernet, arp, ipv6, neighbourSolicitation: ns, neighbourAdvertisement: na } = decoded;
    if (!ethernet || ours.has(ethernet.source)) return undefined;
    if (arp) {
      // Who probes for an address means to have it (RFC 5227 §2.1.1).
      if (arp.spa === '0.0.0.0') claim(arp.tpa, arp.sha);
      // What is recorded has to do with us: it was sent to one of us, or asks for one.
      else if (ours.has(ethernet.destination) || arp.operation === arpOperations.request)
        found(arp.spa, arp.sha);
      else claim(arp.spa, arp.sha);
    }
    if (na) found(na.target, optionOf(na.options, 'target-link-layer') ?? ethernet.source);
    if (ns && ipv6?.source === '::') claim(ns.target, ethernet.source);
    else if (ns && ipv6) found(ipv6.source, optionOf(ns.options, 'source-link-layer') ?? ethernet.source);
    if (ipv6 && decoded.icmpv6Echo?.type === icmpv6Types.echoReply && ours.has(ethernet.destination))
      found(ipv6.source, ethernet.source);
    const service = arp?.operation === arpOperations.request ? arp.tpa : ns?.target;
    const host = arp?.spa ?? (ns && ipv6?.source);
    if (service === undefined || host === undefined || !hosts.has(host)) return undefined;
    return put(
      host,
      service,
      asksFor(decoded, service)
        ? { kind: 'question', atNs }
        : { kind: 'verification', atNs, to: ethernet.destination },
    );
  }

  return {
    note({ bytes, direction, atNs }) {
      const decoded = decodeFrame(bytes);
      const isOurs = direction === 'out';
      if (decoded.icmp || decoded.icmpv6Echo) {
        if (!isOurs) heard(decoded, atNs);
        return echo(decoded, atNs, isOurs);
      }
      return isOurs ? said(decoded, atNs) : heard(decoded, atNs);
    },
    hosts,
    announcedNs: (service) => announced.get(service) ?? [],
    claimed,
  };
}

function optionOf(
  options: readonly NdpOption[],
  type: 'source-link-layer' | 'target-link-layer',
): string | undefined {
  const option = options.find((each) => each.type === type);
  return option && 'mac' in option ? option.mac : undefined;
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
