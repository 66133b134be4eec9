/** The address ranges of a survey, as an operator writes them. */

import { contains, type Family, isAddress, isDocumentation, isReserved } from '../bench/addresses.js';
import { BenchError } from '../bench/bench.js';
import { bytesToIpv4, bytesToIpv6, ipToBytes } from '../frame/index.js';

export interface Subnet {
  readonly family: Family;
  /** As a block, like `192.0.2.0/24`. */
  readonly text: string;
}

const bits = { ipv4: 32, ipv6: 128 } as const;
/** A sweep of 4,096 addresses takes seconds; of more, minutes, and fills the switches' tables. */
const shortestPrefix = { ipv4: 20, ipv6: 32 } as const;
const longestPrefix = { ipv4: 28, ipv6: 120 } as const;
const example = { ipv4: '192.0.2.0/24', ipv6: '2001:db8::/64' } as const;
/** What a range of addresses to be used may hold; more is never needed. */
const mostUsed = 64;

const toNumber = (address: string): bigint =>
  ipToBytes(address).reduce((sum, octet) => (sum << 8n) + BigInt(octet), 0n);

function toAddress(value: bigint, family: Family): string {
  const octets = Uint8Array.from({ length: bits[family] / 8 }, (_, index) =>
    Number((value >> BigInt(bits[family] - 8 * (index + 1))) & 0xffn),
  );
  return family === 'ipv4' ? bytesToIpv4(octets) : bytesToIpv6(octets);
}

const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

/** Reads `192.0.2.0/24` or `2001:db8::/64`. Throws a BenchError. */
export function readSubnet(text: string): Subnet {
  const [address = '', length, ...more] = text.split('/');
  const family = familyOf(address);
  const prefix = Number(length);
  if (!isAddress(address, family) || !/^\d{1,3}$/.test(length ?? '') || more.length > 0)
    throw new BenchError(`'${text}' is not a subnet; write one like ${example[family]}.`);
  if (prefix < shortestPrefix[family] || prefix > longestPrefix[family])
    throw new BenchError(
      `${text}: a survey takes a subnet from /${shortestPrefix[family]} to /${longestPrefix[family]}; name a part of it, or its hosts with --hosts.`,
    );
  const size = 1n << BigInt(bits[family] - prefix);
  const first = toAddress(toNumber(address) & ~(size - 1n), family);
  const host = /^(0|127|22[4-9]|2[345]\d)\./.test(address) || /^ff|^::/i.test(address);
  if (host)
    throw new BenchError(`${text}: hosts can't have such addresses; write a subnet like ${example[family]}.`);
  return { family, text: `${first}/${prefix}` };
}

/** Whether a host of the subnet can have the address. */
export const isHostOf = (subnet: Subnet, address: string): boolean =>
  isAddress(address, subnet.family) &&
  contains(subnet.text, address, subnet.family) &&
  !isReserved(subnet.text, address, subnet.family);

/** Every address that a host of an IPv4 subnet can have. */
export function addressesIn({ text, family }: Subnet): string[] {
  const [first = '', prefix] = text.split('/');
  const count = 2 ** (bits[family] - Number(prefix));
  const start = toNumber(first);
  return Array.from({ length: count - 2 }, (_, index) => toAddress(start + BigInt(index + 1), family));
}

/**
 * The addresses of `--use`: an address, `first-last`, or a block, inside the subnet. Throws a BenchError.
 */
export function readRange(text: string, subnet: Subnet): string[] {
  const { family } = subnet;
  const wrong = (why: string): never => {
    throw new BenchError(`--use ${text}: ${why}`);
  };
  const [first = '', last = first] = text.includes('/') ? endsOf(text, family) : text.split('-');
  if (!isAddress(first, family) || !isAddress(last, family))
    return wrong(
      `write a range like ${text.includes(':') ? '2001:db8::f0-2001:db8::ff' : '192.0.2.224-192.0.2.254'}.`,
    );
  for (const end of [first, last]) {
    if (!contains(subnet.text, end, family))
      return wrong(`${end} is not in ${subnet.text}, so its hosts would answer by way of their router.`);
  }
  const count = toNumber(last) - toNumber(first) + 1n;
  if (count < 1n) return wrong('its end lies before its start.');
  const most = count < BigInt(mostUsed) ? Number(count) : mostUsed;
  return Array.from({ length: most }, (_, index) =>
    toAddress(toNumber(first) + BigInt(index), family),
  ).filter((address) => isHostOf(subnet, address));
}

function endsOf(block: string, family: Family): [string, string] | [] {
  const [address = '', prefix = ''] = block.split('/');
  if (!isAddress(address, family) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits[family]) return [];
  const size = 1n << BigInt(bits[family] - Number(prefix));
  const first = toNumber(address) & ~(size - 1n);
  return [toAddress(first, family), toAddress(first + size - 1n, family)];
}

/** Whether a `--use` range is of the subnet's family. */
export const isOfFamily = (text: string, { family }: Subnet): boolean => familyOf(text) === family;

/**
 * What may be used where no range is named. In IPv4 only documentation's own addresses, its last 16, since any other may be
 * somebody's that is switched off. In IPv6 a subnet has room: interface identifiers below ::5e:0:0 that nobody
 * configures by hand and no stack makes by itself.
 */
export function defaultRange(subnet: Subnet): string[] {
  const [first = '', prefix] = subnet.text.split('/');
  if (subnet.family === 'ipv6') {
    const from = toNumber(first) + (Number(prefix) <= 64 ? 0x5e_0000_0000n : 1n);
    return Array.from({ length: 12 }, (_, index) => toAddress(from + BigInt(index + 1), 'ipv6'));
  }
  if (!isDocumentation(subnet.text, 'ipv4')) {
    throw new BenchError(
      `${subnet.text} is a network of yours: name addresses of it that nobody has, with --use FIRST-LAST. ` +
        'The survey takes them over before the hosts’ eyes, so they must be on the hosts’ own subnet.',
    );
  }
  return addressesIn(subnet).slice(-16);
}

/** Reads a file of hosts: an address a line, with a name behind it where there is one; `#` begins a comment. */
export function readHosts(text: string, file: string, subnets: readonly Subnet[]): NamedHost[] {
  return text.split('\n').flatMap((line, index) => {
    const [address = '', ...name] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === '') return [];
    const wrong = (why: string) => new BenchError(`${file}:${index + 1}: ${address.slice(0, 60)} ${why}`);
    const family = familyOf(address);
    if (!isAddress(address, family))
      throw wrong('is not an IP address; write one a line, and a name behind it.');
    if (!subnets.some((subnet) => subnet.family === family && isHostOf(subnet, address)))
      throw wrong(`is not in ${subnets.map(({ text: block }) => block).join(' or ')}.`);
    return [{ address: toAddress(toNumber(address), family), name: name.join(' ').slice(0, 100) }];
  });
}

export interface NamedHost {
  readonly address: string;
  readonly name: string;
}
