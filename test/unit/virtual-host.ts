/**
 * A host in a few lines: ARP by RFC 826, neighbour discovery by RFC 4861, ICMP echo, TCP's first segments. Its habits can be
 * changed one by one, so that the host probes meet other stacks than the one this machine runs.
 */

import type { HostCache } from '../../src/engine/host-view.js';
import {
  arpFrame,
  arpOperations,
  broadcastMac,
  type Decoded,
  decodeFrame,
  echoFrame,
  icmpTypes,
  icmpv6Types,
  multicastMacOf,
  neighbourAdvertisementFrame,
  neighbourSolicitationFrame,
  solicitedNodeAddress,
  tcpFlags,
  tcpFrame,
  zeroMac,
} from '../../src/frame/index.js';
import type { Node } from '../../src/wire/memory/switch.js';

/** What is absent is as the RFCs have it. */
export interface Habits {
  /** What an ARP packet or advertisement with another address does to an entry. Default `follows`. */
  readonly announcements?: 'follows' | 'ignores' | 'invalidates';
  /** An entry that changed within this time stays as it is, as with Linux's locktime. Default 0. */
  readonly lockMs?: number;
  /** Whether an echo request is answered to its Ethernet source, past the cache. Default false. */
  readonly answersToSender?: boolean;
  /** Whether echo requests are left unanswered, in both families or one. */
  readonly ignoresEcho?: boolean | 'ipv6';
  /** Whether it drops the packet that made it ask, as smoltcp does. */
  readonly keepsNoPacket?: boolean;
  /** TCP ports, open or closed; the others are silent, as behind a firewall that drops. Default none. */
  readonly ports?: Readonly<Record<number, 'open' | 'closed'>>;
  /** Most entries; the oldest goes first. Default no bound. */
  readonly capacity?: number;
  /** Whether an ARP probe's target is taken for its sender's address. Default false. */
  readonly believesProbes?: boolean;
  /** Whether an advertisement without the override flag changes an entry. Default false. */
  readonly ignoresOverrideFlag?: boolean;
  /** Whether an announcement for an unknown address makes an entry. Default false. */
  readonly creates?: boolean;
  /** Whether requests for its own address are left unanswered once their sender is no part of its cache. */
  readonly ignoresStrangers?: boolean;
  readonly overwritesPermanent?: boolean;
}

export interface VirtualHost {
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly node: Node;
  /** The inside view, as over SSH. */
  readonly cache: HostCache;
  /** Connections that were begun and neither made nor ended. */
  readonly halfOpen: number;
}

interface Entry {
  readonly mac: string;
  readonly changedMs: number;
  readonly permanent: boolean;
}

/** Where it is to be reached. */
export interface HostAddresses {
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

const standard: HostAddresses = { mac: '02:00:00:00:00:50', ipv4: '192.0.2.50', ipv6: '2001:db8::50' };

export function createVirtualHost(habits: Habits = {}, own: HostAddresses = standard): VirtualHost {
  const { mac, ipv4, ipv6 } = own;
  const { announcements = 'follows', lockMs = 0, capacity = Number.POSITIVE_INFINITY } = habits;
  const entries = new Map<string, Entry>();
  /** Connections that wait for the other end, and the number that ends them. */
  const halfOpen = new Map<string, number>();
  /** Answers that wait for their destination's link-layer address. */
  const waiting = new Map<string, ((to: string) => Uint8Array)[]>();

  function set(address: string, to: string, permanent = false): void {
    entries.delete(address);
    entries.set(address, { mac: to, changedMs: performance.now(), permanent });
    const oldest = [...entries.keys()][0];
    if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
  }

  /** Somebody says that the address is at `to`; whether there was an entry to merge it into. */
  function merge(address: string, to: string): boolean {
    const entry = entries.get(address);
    if (!entry) return false;
    const pinned = entry.permanent && !habits.overwritesPermanent;
    const locked = performance.now() - entry.changedMs < lockMs;
    if (entry.mac === to || pinned || locked || announcements === 'ignores') return true;
    if (announcements === 'invalidates') entries.delete(address);
    else set(address, to);
    return true;
  }

  function send(
    address: string,
    compose: (to: string) => Uint8Array,
    reply: (frame: Uint8Array) => void,
  ): void {
    const entry = entries.get(address);
    if (!entry && !habits.keepsNoPacket) waiting.set(address, [...(waiting.get(address) ?? []), compose]);
    reply(entry ? compose(entry.mac) : questionFor(address, own));
  }

  /** Its question was answered. */
  function resolved(address: string, to: string, reply: (frame: Uint8Array) => void): void {
    set(address, to);
    for (const compose of waiting.get(address) ?? []) reply(compose(to));
    waiting.delete(address);
  }

  /** RFC 826, “Packet Reception”. */
  function onArp(arp: NonNullable<Decoded['arp']>, reply: (frame: Uint8Array) => void): void {
    const { operation, sha, tpa } = arp;
    const isProbe = arp.spa === '0.0.0.0';
    const spa = isProbe && habits.believesProbes ? tpa : arp.spa;
    if (waiting.has(spa) && operation === arpOperations.reply && tpa === ipv4) {
      resolved(spa, sha, reply);
      return;
    }
    const merged = merge(spa, sha);
    if (!merged && !isProbe && (tpa === ipv4 || habits.creates)) set(spa, sha);
    if (tpa !== ipv4 || operation !== arpOperations.request) return;
    if (habits.ignoresStrangers && !merged) return;
    const source = { destination: sha, source: mac, sha: mac, spa: ipv4 };
    reply(arpFrame({ ...source, operation: arpOperations.reply, tha: sha, tpa: arp.spa }));
  }

  function onSolicitation(
    { ipv6: ip, neighbourSolicitation }: Decoded,
    reply: (frame: Uint8Array) => void,
  ): void {
    const asker = neighbourSolicitation?.options.find(({ type }) => type === 'source-link-layer');
    if (!ip || neighbourSolicitation?.target !== ipv6 || asker?.type !== 'source-link-layer') return;
    if (!merge(ip.source, asker.mac)) set(ip.source, asker.mac);
    reply(
      neighbourAdvertisementFrame({
        destination: asker.mac,
        source: mac,
        ipSource: ipv6,
        ipDestination: ip.source,
        router: false,
        solicited: true,
        override: true,
        target: ipv6,
        options: [{ type: 'target-link-layer', mac }],
      }),
    );
  }

  /** RFC 4861, section 7.2.5. */
  function onAdvertisement(
    { neighbourAdvertisement: na }: Decoded,
    reply: (frame: Uint8Array) => void,
  ): void {
    const option = na?.options.find(({ type }) => type === 'target-link-layer');
    if (!na || option?.type !== 'target-link-layer') return;
    if (waiting.has(na.target)) {
      resolved(na.target, option.mac, reply);
    } else if (!entries.has(na.target)) {
      if (habits.creates) set(na.target, option.mac);
    } else if (na.override || habits.ignoresOverrideFlag) merge(na.target, option.mac);
  }

  function onEcho(
    { ethernet, ipv4: v4, ipv6: v6, icmp, icmpv6Echo }: Decoded,
    reply: (frame: Uint8Array) => void,
  ): void {
    const [ip, echo] = [v4 ?? v6, icmp ?? icmpv6Echo];
    if (!ip || !echo || !ethernet) return;
    if (habits.ignoresEcho === true || (habits.ignoresEcho === 'ipv6' && v6)) return;
    if (ip.destination !== ipv4 && ip.destination !== ipv6) return;
    const compose = (destination: string) =>
      echoFrame({
        ...echo,
        destination,
        source: mac,
        ipSource: ip.destination,
        ipDestination: ip.source,
        reply: true,
      });
    if (habits.answersToSender) reply(compose(ethernet.source));
    else send(ip.source, compose, reply);
  }

  /** RFC 9293, sections 3.10.7.1 and 3.10.7.2: as much of it as a SYN and a RST see. */
  function onTcp({ ethernet, ipv4: v4, ipv6: v6, tcp }: Decoded, reply: (frame: Uint8Array) => void): void {
    const ip = v4 ?? v6;
    const state = habits.ports?.[tcp?.destinationPort ?? 0];
    if (!ip || !tcp || !ethernet || !state || (ip.destination !== ipv4 && ip.destination !== ipv6)) return;
    const connection = `${ip.source} ${tcp.sourcePort} ${tcp.destinationPort}`;
    if (tcp.flags & tcpFlags.rst && halfOpen.get(connection) === tcp.sequence) halfOpen.delete(connection);
    if (tcp.flags !== tcpFlags.syn) return;
    const acknowledgement = (tcp.sequence + 1) >>> 0;
    if (state === 'open') halfOpen.set(connection, acknowledgement);
    const compose = (destination: string) =>
      tcpFrame({
        destination,
        source: mac,
        ipSource: ip.destination,
        ipDestination: ip.source,
        sourcePort: tcp.destinationPort,
        destinationPort: tcp.sourcePort,
        sequence: 0,
        acknowledgement,
        flags: tcpFlags.ack + (state === 'open' ? tcpFlags.syn : tcpFlags.rst),
        payload: new Uint8Array(),
      });
    if (habits.answersToSender) reply(compose(ethernet.source));
    else send(ip.source, compose, reply);
  }

  return {
    mac,
    ipv4,
    ipv6,
    node(frame, reply) {
      const decoded = decodeFrame(frame);
      if (decoded.arp) onArp(decoded.arp, reply);
      else if (decoded.neighbourSolicitation) onSolicitation(decoded, reply);
      else if (decoded.neighbourAdvertisement) onAdvertisement(decoded, reply);
      else if (decoded.ethernet?.destination !== mac) return;
      else if (decoded.tcp) onTcp(decoded, reply);
      else if (
        decoded.icmp?.type === icmpTypes.echoRequest ||
        decoded.icmpv6?.type === icmpv6Types.echoRequest
      ) {
        onEcho(decoded, reply);
      }
    },
    get halfOpen() {
      return halfOpen.size;
    },
    cache: {
      setPermanent: async (address, to) => set(address, to, true),
      remove: async (address) => void entries.delete(address),
      async read(address) {
        const entry = entries.get(address);
        if (!entry) return undefined;
        const state = entry.permanent ? 'PERMANENT' : 'REACHABLE';
        return { address, mac: entry.mac, state, source: 'poll', clockErrorNs: 0 };
      },
      onChange: () => () => undefined,
    },
  };
}

/** To everybody: who has the address? */
function questionFor(address: string, { mac, ipv4, ipv6 }: HostAddresses): Uint8Array {
  if (!address.includes(':')) {
    const ask = { destination: broadcastMac, source: mac, operation: arpOperations.request };
    return arpFrame({ ...ask, sha: mac, spa: ipv4, tha: zeroMac, tpa: address });
  }
  const group = solicitedNodeAddress(address);
  return neighbourSolicitationFrame({
    destination: multicastMacOf(group),
    source: mac,
    ipSource: ipv6,
    ipDestination: group,
    target: address,
    options: [{ type: 'source-link-layer', mac }],
  });
}
