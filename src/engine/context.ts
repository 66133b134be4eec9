/** The hands of a probe: what `control` and `stimulus` act through, on the wires of a bench. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PortName } from '../bench/bench.js';
import type { Session } from '../evidence/recorder.js';
import type { Declared, RecordedFrame } from '../evidence/recording.js';
import { broadcastMac, encodeTag, macPlus, udpFrame, withEnds, withSeq } from '../frame/index.js';
import type { Context, HostUnderTest, Stream, StreamEnds, Transmission } from '../probe.js';
import { transmit } from '../wire/transmit.js';
import type { Wire } from '../wire/wire.js';
import type { AddressPools } from './addresses.js';
import { caseLinks } from './case-links.js';
import { caseTraffic, type HostTraffic } from './host-traffic.js';
import type { HostCache } from './host-view.js';
import type { SetLink } from './link-control.js';
import { linkSeen } from './link-state.js';
import { type CaseNic, caseNic, type NicBench } from './nic.js';
import { recordedCache } from './recorded-cache.js';
import { answerTo, type Owner } from './responder.js';
import { createWaiters } from './waiters.js';

export interface ContextOptions<Params> {
  readonly params: Params;
  readonly limits: { readonly relearnMs: number };
  readonly declared: Declared;
  readonly wires: ReadonlyMap<PortName, Wire>;
  readonly session: Session;
  readonly addresses: AddressPools;
  readonly random: (bound: number) => number;
  readonly host?: HostUnderTest;
  readonly cache?: HostCache;
  readonly traffic?: HostTraffic;
  readonly nic?: NicBench;
  /** Takes a port's link down or up, and resolves when the NIC says that it is. */
  readonly setLink?: SetLink;
  /** Aborted at the case's deadline, when a port fails, or when the operator stops the run. */
  readonly signal: AbortSignal;
}

/** A context and the function that ends what it still has running. */
export interface LiveContext<Params> {
  readonly context: Context<Params>;
  /** Stops answering, and reports an answer that could not be sent. Links are up again then. */
  close(): Promise<void>;
  /** The addresses taken from the pools, to be given back. */
  readonly taken: readonly string[];
  /** Ports whose link the case took down at some time. */
  readonly touchedLinks: ReadonlySet<PortName>;
}

/** The longest that a sentinel may take before it is repeated, and how often it is. */
const sentinelMs = 250;
const sentinelRounds = 3;

export function createContext<Params>(options: ContextOptions<Params>): LiveContext<Params> {
  const { wires, session, addresses, random, signal, cache } = options;
  const ports = [...wires.keys()];
  const token = random(2 ** 32);
  const taken: string[] = [];
  const roles = new Map<string, string>();
  const sequences = new Map<string, number>();
  const owners = new Map<string, Owner>();
  const answers: Promise<unknown>[] = [];
  const { until, wake } = createWaiters(signal);
  const links = caseLinks(options.setLink);
  let numberedSeq = 0;
  let streams = 0;
  let sentinels = 0;
  const permanent: string[] = [];
  const hostCache = cache && { cache: recordedCache(cache, session, permanent) };
  const traffic = options.traffic && caseTraffic(options.traffic);
  const host = options.host && {
    ...options.host,
    ...hostCache,
    ...(traffic && { traffic: traffic.traffic }),
  };

  for (const port of ports) session.shared(`port-${port}`, addresses.portMac(port));
  if (host) {
    session.shared('host-mac', host.mac);
    if (host.ipv4) session.shared('host-ipv4', host.ipv4);
    if (host.ipv6) session.shared('host-ipv6', host.ipv6);
    if (host.far) session.shared('host-far-mac', host.far.mac);
  }

  const unwatch = cache?.onChange((seen) => {
    if (![...roles.values()].includes(seen.address)) return;
    const { timeNs, previousNs, ...entry } = seen;
    const previous = previousNs !== undefined && { previousNs: session.relativeNs(previousNs) };
    session.event({ kind: 'neighbour', ...entry, ...previous }, session.relativeNs(timeNs));
  });

  function wire(port: PortName): Wire {
    const found = wires.get(port);
    if (!found) throw new Error(`This bench has no port '${port}'.`);
    return found;
  }

  function role(name: string, take: () => string): string {
    const known = roles.get(name);
    if (known !== undefined) return known;
    const address = take();
    taken.push(address);
    roles.set(name, address);
    session.claim(name, address);
    return address;
  }

  function openNic(bench: NicBench): CaseNic {
    role('own', () => bench.own);
    const local = role('nic-ipv4', () => addresses.portIpv4(bench.port));
    const peer = role('nic-peer', () => addresses.portIpv4(bench.observer));
    return caseNic(bench, {
      session,
      signal,
      setLink: links.set,
      first: { local, peer },
      pair: (one, other) => ({ local: role(one, addresses.ipv4), peer: role(other, addresses.ipv4) }),
    });
  }

  function register(port: PortName, frame: Uint8Array, label: string): number {
    const seq = (sequences.get(label) ?? 0) + 1;
    sequences.set(label, seq);
    session.expect(frame, label, seq);
    session.event({ kind: 'sent', port, label, seq });
    return seq;
  }

  async function send(port: PortName, frame: Uint8Array, label: string): Promise<number> {
    signal.throwIfAborted();
    const seq = register(port, frame, label);
    await wire(port).send(frame);
    return seq;
  }

  const caseOfNic = options.nic && openNic(options.nic);

  const unsubscribe = session.onFrame((frame: RecordedFrame) => {
    const answer = answerTo(frame, owners);
    if (answer) answers.push(send(answer.port, answer.frame, 'answer').catch(() => undefined));
    wake();
  });

  function numbered(source: PortName, destination: string): Uint8Array {
    numberedSeq += 1;
    return dataFrame(source, destination, encodeTag({ token, stream: 0, seq: numberedSeq }));
  }

  function dataFrame(
    port: PortName,
    destination: string,
    payload: Uint8Array,
    source = addresses.portMac(port),
  ): Uint8Array {
    return udpFrame({
      destination,
      source,
      ipSource: addresses.portIpv4(port),
      ipDestination: role('data', addresses.ipv4),
      payload,
    });
  }

  function numberedStream(
    label: string,
    port: PortName,
    count: number,
    { source, destination }: StreamEnds,
    ends?: (seq: number) => StreamEnds,
  ): Stream {
    streams += 1;
    const tag = encodeTag({ token, stream: streams, seq: 1 });
    const first = dataFrame(port, destination, tag, source);
    const frames = Array.from({ length: count }, (_, index) => {
      const frame = withSeq(first, index + 1);
      return ends ? withEnds(frame, ends(index + 1)) : frame;
    });
    return { frames, ...session.stream(label, port, frames) };
  }

  const context: Context<Params> = {
    params: options.params,
    limits: options.limits,
    declared: options.declared,
    ports,
    has: (port) => wires.has(port),
    mac: (name) => role(name, addresses.mac),
    neverSpokenMac: (name) => role(name, addresses.neverSpokenMac),
    ipv4: (name) => role(name, addresses.ipv4),
    unheardIpv4: (name) => role(name, addresses.unheardIpv4),
    ipv6: (name) => role(name, addresses.ipv6),
    unheardIpv6: (name) => role(name, addresses.unheardIpv6),
    claim: (name, address) => role(name, () => address),
    recast(from, to) {
      const name = [...roles].find(([, address]) => address === from)?.[0];
      if (name === undefined || [...roles.values()].includes(to)) return false;
      const free = addresses.claimMac(to);
      if (free === undefined) return false;
      // Another case may have it by now: then it goes on to use it too, for a service address of its own.
      if (free) taken.push(to);
      roles.set(name, to);
      session.claim(name, to);
      return true;
    },
    stations(name, count) {
      const first = role(name, () => addresses.block(count));
      return { count, at: (index) => macPlus(first, index) };
    },
    portMac: addresses.portMac,
    portIpv4: addresses.portIpv4,
    random,
    send,
    async transmit(schedule: readonly Transmission[]) {
      signal.throwIfAborted();
      for (const { port, frame, label } of schedule) if (label !== undefined) register(port, frame, label);
      await transmit(
        schedule.map(({ port, label: _, ...departure }) => ({ wire: wire(port), ...departure })),
        signal,
      );
    },
    stream: (label, port, destination, count) =>
      numberedStream(label, port, count, { source: addresses.portMac(port), destination }),
    streamBetween: (label, port, count, ends) => numberedStream(label, port, count, ends(1), ends),
    numbered,
    get frames() {
      return session.frames;
    },
    until,
    async wait(ms) {
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
    nowMs: () => session.nowNs() / 1e6,
    mark: (name, detail) => session.mark(name, detail),
    async setLink(port, state) {
      signal.throwIfAborted();
      await links.set(port, state);
      session.mark('link', `${port}=${state}`);
    },
    linkOf: async (port) => linkSeen(wire(port), session),
    expect: (label, where) => session.mark('expect', `${label}=${where.join(',')}`),
    async sentinel() {
      sentinels += 1;
      const label = `sentinel-${sentinels}`;
      const sender: PortName = wires.has('world') ? 'world' : wires.has('b') ? 'b' : 'a';
      const listeners = ports.filter((port) => port !== sender && !links.isDown(port));
      const heard = (port: PortName) =>
        session.frames.some((f) => f.label === label && f.port === port && f.direction === 'in');
      session.mark('sentinel', `${label}=${listeners.join(',')}`);
      for (let round = 0; round < sentinelRounds; round += 1) {
        // Broadcast and unicast: a switch may limit the one, or not know the other's way.
        for (const to of [broadcastMac, ...listeners.map(addresses.portMac)]) {
          await send(sender, numbered(sender, to), label);
        }
        if (await until(() => listeners.every(heard), sentinelMs)) return;
      }
    },
    own(address, mac, port) {
      owners.set(address, { mac, port, sinceNs: session.nowNs() });
      session.event({ kind: 'owner', address, mac, port });
    },
    disown(address) {
      owners.delete(address);
      session.event({ kind: 'owner', address, mac: null, port: null });
    },
    get host() {
      if (!host) throw new Error('The device under test is not a host.');
      return host;
    },
    get nic() {
      if (!caseOfNic) throw new Error('The device under test is not a NIC.');
      return caseOfNic.nic;
    },
  };

  return {
    context,
    taken,
    touchedLinks: links.touched,
    async close() {
      unsubscribe();
      unwatch?.();
      owners.clear();
      traffic?.close();
      await Promise.all(answers);
      const removals = permanent.map((address) => cache?.remove(address));
      // A NIC that takes its address back only while it is down is taken down once more, and up again.
      const putBack = async () => {
        await caseOfNic?.restore();
        await links.restore();
      };
      for (const undone of await Promise.allSettled([putBack(), ...removals]))
        if (undone.status === 'rejected') throw undone.reason;
    },
  };
}
