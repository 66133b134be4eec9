/**
 * Which addresses a case may use. Each pool hands out the address that was free for longest, so that
 * what a device still remembers of an earlier case disturbs a later one as little as possible.
 */

import type { Bench, PortName } from '../bench/bench.js';
import { bytesToIpv6, ipv4Plus, ipv6ToBytes, macPlus } from '../frame/index.js';
import type { FewServices } from './host-capacity.js';

export interface AddressPools {
  mac(): string;
  /** Takes this station address. False where a case has it, undefined where it is no station's. */
  claimMac(address: string): boolean | undefined;
  neverSpokenMac(): string;
  /** The first of `count` locally administered addresses in a row that no other case has. */
  block(count: number): string;
  ipv4(): string;
  /** An IPv4 address that no other case of this run makes a host talk to. */
  unheardIpv4(): string;
  ipv6(): string;
  /** The same of IPv6. */
  unheardIpv6(): string;
  /** How many IPv4 addresses there are for `ipv4`. */
  readonly ipv4Count: number;
  /** Gives a case's addresses back. Unknown ones are ignored. */
  release(addresses: Iterable<string>): void;
  portMac(port: PortName): string;
  portIpv4(port: PortName): string;
}

interface Pool {
  readonly spare: number;
  take(): string;
  /** Undefined where it is none of the pool's. */
  claim(address: string): boolean | undefined;
  give(address: string): boolean;
}

function pool(name: string, members: readonly string[], mend: string): Pool {
  const free = [...members];
  const known = new Set(members);
  return {
    get spare() {
      return free.length;
    },
    take() {
      const next = free.shift();
      if (next === undefined) throw new Error(`All ${members.length} ${name} are in use at once: ${mend}`);
      return next;
    },
    claim(address) {
      const at = free.indexOf(address);
      if (at >= 0) free.splice(at, 1);
      return known.has(address) ? at >= 0 : undefined;
    },
    give(address) {
      if (!known.has(address)) return false;
      if (!free.includes(address)) free.push(address);
      return true;
    },
  };
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)];
}

/** For more stations than documentation has addresses: locally administered ones (IEEE 802, 8.4), so no maker's. A
 *  device meets the same ones again only after some ten million. */
const bulkFirst = '02:00:5e:00:00:00';
const bulkAddresses = 2 ** 24;

/** The top of the block is set apart: 16 addresses that are only ever destinations, 8 for the ports. */
const neverSpokenCount = 16;
const portCount = 8;
const portOrder: readonly PortName[] = ['a', 'b', 'world', 'monitor'];

function hostsOf(cidr: string, most: number): string[] {
  const [network = '', prefix = '24'] = cidr.split('/');
  const size = 2 ** (32 - Number(prefix));
  const count = Math.min(size - 2, most);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => ipv4Plus(network, index + 1));
}

function ipv6HostsOf(cidr: string, most: number): string[] {
  const [network = '', prefix = '64'] = cidr.split('/');
  const bytes = ipv6ToBytes(network);
  // ::7a:2 … ::7a:601 — a block of its own, away from ::1 and from what people configure by hand; but
  // from ::2 on where that would lie outside the bench's block.
  const roomy = Number(prefix) <= 104;
  const count = roomy ? most : Math.min(2 ** (128 - Number(prefix)) - 3, most);
  return Array.from({ length: count }, (_, index) => {
    const address = Uint8Array.from(bytes);
    const low = ((bytes[14] ?? 0) << 8) + (bytes[15] ?? 0) + index + 2;
    if (roomy) address[13] = 0x7a;
    address[14] = low >> 8;
    address[15] = low & 0xff;
    return bytesToIpv6(address);
  });
}

/** Pools of the bench's addresses. `random` decides where each pool starts, so that two runs in a row
 *  seldom begin with the same addresses. */
export function addressPools(bench: Bench, random: (bound: number) => number): AddressPools {
  const { first, count } = bench.addresses.mac;
  const stationCount = count - neverSpokenCount - portCount;
  if (stationCount < 16) {
    throw new Error(
      `addresses.mac.count is ${count}; a run needs at least ${16 + neverSpokenCount + portCount}.`,
    );
  }
  const macs = Array.from({ length: count }, (_, index) => macPlus(first, index));
  const stations = macs.slice(0, stationCount);
  const neverSpoken = macs.slice(stationCount, stationCount + neverSpokenCount);
  const portMacs = macs.slice(stationCount + neverSpokenCount);

  const taken = new Set(bench.devices.flatMap((device) => [device.ipv4, device.ipv6]));
  const every = hostsOf(bench.addresses.ipv4, 1024);
  // The first and last address of a network are where gateways live: left alone.
  const ipv4s = every.slice(1, -1).filter((address) => !taken.has(address));
  const portIpv4s = ipv4s.splice(-portOrder.length);
  // Hosts keep entries for minutes: what must be unknown to them is kept apart from what they are taught, and
  // always at the same place, so that no earlier run taught it either.
  const apart = ipv4s.splice(-Math.ceil(ipv4s.length / 6));
  const unheard = rotated(apart, random(apart.length));
  const ipv6s = ipv6HostsOf(bench.addresses.ipv6, 1536).filter((address) => !taken.has(address));
  const apart6 = ipv6s.splice(-Math.ceil(ipv6s.length / 6));

  const mend = 'lower the number of cases that run side by side, or widen the bench file’s `addresses`.';
  const pools = {
    mac: pool('station addresses', rotated(stations, random(stations.length)), mend),
    neverSpoken: pool('never-spoken addresses', neverSpoken, mend),
    ipv4: pool('IPv4 addresses', rotated(ipv4s, random(ipv4s.length)), mend),
    unheard: pool('unheard IPv4 addresses', unheard, mend),
    ipv6: pool('IPv6 addresses', rotated(ipv6s, random(ipv6s.length)), mend),
    unheard6: pool('unheard IPv6 addresses', rotated(apart6, random(apart6.length)), mend),
  };
  const at = (list: readonly string[], port: PortName) => list[portOrder.indexOf(port)] ?? '';
  let bulk = 0;
  const block = (size: number) => {
    if (bulk + size > bulkAddresses) bulk = 0;
    const start = macPlus(bulkFirst, bulk);
    bulk += size;
    return start;
  };
  return {
    block,
    // Several hosts at once need more than documentation has.
    mac: () => (pools.mac.spare > 0 ? pools.mac.take() : block(1)),
    claimMac: (address) =>
      pools.mac.claim(address) ?? (address.startsWith(bulkFirst.slice(0, 8)) || undefined),
    neverSpokenMac: pools.neverSpoken.take,
    ipv4: pools.ipv4.take,
    unheardIpv4: pools.unheard.take,
    ipv6: pools.ipv6.take,
    unheardIpv6: pools.unheard6.take,
    ipv4Count: ipv4s.length,
    release(addresses) {
      for (const address of addresses) Object.values(pools).some((p) => p.give(address));
    },
    portMac: (port) => at(portMacs, port),
    portIpv4: (port) => at(portIpv4s, port),
  };
}

/** The pools of a host that holds few neighbours: its cases use the same few service addresses again and again, so that
 *  none crowds out another's entry. Beyond those it shares with the others. */
export function poolsOfFew(shared: AddressPools, few: FewServices): AddressPools {
  const own = { ipv4: pool('', few.ipv4 ?? [], ''), ipv6: pool('', few.ipv6 ?? [], '') };
  return {
    ...shared,
    ipv4: () => (own.ipv4.spare > 0 ? own.ipv4.take() : shared.ipv4()),
    ipv6: () => (own.ipv6.spare > 0 ? own.ipv6.take() : shared.ipv6()),
    release(addresses) {
      const others = [...addresses].filter((a) => !own.ipv4.give(a) && !own.ipv6.give(a));
      shared.release(others);
    },
  };
}
