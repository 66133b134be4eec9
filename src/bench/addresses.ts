/** Address blocks of a bench: what lies inside one, and which blocks are set aside for documentation. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export type Family = 'ipv4' | 'ipv6';

/** RFC 5737 (TEST-NET-1, -2, -3) and RFC 3849. */
const documentationBlocks = {
  ipv4: ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  ipv6: ['2001:db8::/32'],
} as const;

/** Addresses that can't be a station's: unspecified, loopback, link-local (IPv6), group, reserved. */
const unusableBlocks = {
  ipv4: ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'],
  ipv6: ['::/8', 'fe80::/10', 'ff00::/8'],
} as const;

const bits = { ipv4: 32, ipv6: 128 } as const;

/** Block sizes that leave room for a suite's addresses and aren't the whole Internet. */
const prefixes = { ipv4: { shortest: 8, longest: 28 }, ipv6: { shortest: 16, longest: 120 } } as const;

export function isAddress(text: string, family: Family): boolean {
  return family === 'ipv4' ? isIPv4(text) : isIPv6(text) && !text.includes('%');
}

function toNumber(address: string, family: Family): bigint {
  if (family === 'ipv4') return address.split('.').reduce((sum, octet) => (sum << 8n) + BigInt(octet), 0n);
  // The URL parser writes any form of an IPv6 address as hexadecimal groups with one `::`.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const last = groups(tail ?? '');
  const first = groups(head);
  const zeros = Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function parts(block: string): { address: string; prefix: number } {
  const [address = '', prefix = ''] = block.split('/');
  return { address, prefix: Number(prefix) };
}

/** Why `text` can't be a bench's address block, with the mend; undefined when it can. */
export function blockMistake(text: string, family: Family): string | undefined {
  const example = documentationBlocks[family][0].replace('::/32', '::/64');
  const { address, prefix } = parts(text);
  if (!/^[^/]+\/\d{1,3}$/.test(text) || !isAddress(address, family)) return `use a block like ${example}`;
  const { shortest, longest } = prefixes[family];
  if (prefix < shortest || prefix > longest) return `use a prefix length from /${shortest} to /${longest}`;
  if (toNumber(address, family) & ((1n << BigInt(bits[family] - prefix)) - 1n)) {
    return `it has bits set beyond /${prefix}; use the block's first address`;
  }
  if (unusableBlocks[family].some((block) => contains(block, address, family))) {
    return `stations can't have such addresses; use a block like ${example}`;
  }
  return undefined;
}

/** Whether the block holds the address. Both must be valid. */
export function contains(block: string, address: string, family: Family): boolean {
  const list = new BlockList();
  const { address: first, prefix } = parts(block);
  list.addSubnet(first, prefix, family);
  return list.check(address, family);
}

/** Whether a block lies wholly inside the ranges set aside for documentation. */
export function isDocumentation(block: string, family: Family): boolean {
  const { address, prefix } = parts(block);
  return documentationBlocks[family].some(
    (outer) => prefix >= parts(outer).prefix && contains(outer, address, family),
  );
}

/** Whether two spellings are the same address. */
export function sameAddress(one: string, other: string, family: Family): boolean {
  return toNumber(one, family) === toNumber(other, family);
}

/** Whether an address of the block is its first or, in IPv4, its last: the network's and
 *  broadcast's, the subnet-router anycast address. */
export function isReserved(block: string, address: string, family: Family): boolean {
  const host = (1n << BigInt(bits[family] - parts(block).prefix)) - 1n;
  const inBlock = toNumber(address, family) & host;
  return inBlock === 0n || (family === 'ipv4' && inBlock === host);
}

/** Octets as they're written in a bench: `00:00:5e:00:53:00`. */
export function macToNumber(mac: string): number {
  return Number.parseInt(mac.replaceAll(':', ''), 16);
}

/** 00-00-5E-00-53-00 to -FF (RFC 9542, before it RFC 7042). */
export const documentationMac = { first: '00:00:5e:00:53:00', count: 256 } as const;

export function isDocumentationMac(block: { readonly first: string; readonly count: number }): boolean {
  const first = macToNumber(documentationMac.first);
  const start = macToNumber(block.first);
  return start >= first && start + block.count <= first + documentationMac.count;
}
