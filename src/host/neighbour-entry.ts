/** An entry of a neighbour cache, and what every system's way to print one has in common. Pure. */
import { isIP } from 'node:net';
import { bytesToIpv6, ipv6ToBytes, zeroMac } from '../frame/index.js';

/** One entry of a neighbour cache. */
export interface NeighbourEntry {
  /** IPv4, or IPv6 as RFC 5952 writes it and without a zone. */
  readonly address: string;
  /** Lower case with colons; null while the host has no address for it. */
  readonly mac: string | null;
  /** The host's own word, upper case: REACHABLE, STALE, PERMANENT, FAILED …; COMPLETE where it has none for an entry
   *  that it uses; null: there is no entry. */
  readonly state: string | null;
}

/** The output is not what the command prints. */
export class NeighbourFormatError extends Error {
  override readonly name = 'NeighbourFormatError';
}

/** An entry as a line of output gave it. */
export interface Row {
  /** As the host writes it. */
  readonly address: string;
  /** In any of the usual ways to write it; anything else: the host has none. */
  readonly mac?: string | undefined;
  readonly state?: string | undefined;
  readonly interface?: string | undefined;
}

/** Reads what a command printed. Throws a NeighbourFormatError where it isn't that. `nic` leaves out the entries of
 *  other interfaces. */
export type Parser = (text: string, nic?: string) => NeighbourEntry[];

/** States in which an entry may still show the address that it had, and the host does not use it. */
const unusable = new Set(['FAILED', 'INCOMPLETE', 'UNREACHABLE']);

/** The entries of one interface; rows that hold no address are left out. */
export function entriesOf(rows: readonly Row[], nic: string | undefined): NeighbourEntry[] {
  return rows.flatMap((row) => {
    const address = canonicalAddress(row.address);
    const elsewhere = nic !== undefined && row.interface !== undefined && !isInterface(row.interface, nic);
    if (address === undefined || elsewhere) return [];
    const mac = macOf(row.mac ?? '');
    const state = row.state?.toUpperCase() ?? (mac === undefined ? 'INCOMPLETE' : 'COMPLETE');
    return [{ address, mac: mac === undefined || unusable.has(state) ? null : mac, state }];
  });
}

/** The rows of a table. Throws a NeighbourFormatError when it has lines of text, and none is a row or matches `empty`:
 *  a heading, or the words for a cache without entries. */
export function rowsOf(
  text: string,
  parse: (words: readonly string[], line: string) => Row | undefined,
  empty?: RegExp,
): Row[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.flatMap((line) => parse(line.trim().split(/\s+/), line) ?? []);
  const known = rows.some(({ address }) => canonicalAddress(address) !== undefined);
  if (lines.length > 0 && !known && !(empty && lines.some((line) => empty.test(line))))
    throw new NeighbourFormatError(
      `This is no list of neighbours: ${JSON.stringify(lines[0]?.slice(0, 80))}.`,
    );
  return rows;
}

/** The JSON in what a command printed, among prompts and banners. */
export function jsonIn(text: string): unknown {
  // Junos prints `{master:0}`, or `[edit]`, above its prompt.
  const lines = text.split(/\r?\n/).filter((line) => !/^(\{\w+(:\w+)?\}|\[edit.*\])\s*$/.test(line));
  const first = lines.findIndex((line) => /^\s*[[{]/.test(line));
  const last = lines.findLastIndex((line) => /[\]}]\s*$/.test(line));
  try {
    return JSON.parse(lines.slice(Math.max(0, first), last + 1).join('\n'));
  } catch {
    throw new NeighbourFormatError('What the host printed is not JSON.');
  }
}

/** Every value under a key, at any depth. */
export function valuesUnder(json: unknown, key: string): unknown[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) =>
    !Array.isArray(json) && name === key ? [value] : valuesUnder(value, key),
  );
}

/** An IP address in the one way to write it; undefined: it is none. */
export function canonicalAddress(text: string): string | undefined {
  const [address = ''] = text.split('%');
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return bytesToIpv6(ipv6ToBytes(address));
    default:
      return undefined;
  }
}

/** `0:1:2:a:b:c`, `00-01-02-0A-0B-0C`, `0001.020a.0b0c` and `0001-020a-0b0c` as 00:01:02:0a:0b:0c; undefined: it is no
 *  address, or the one of nobody. */
export function macOf(text: string): string | undefined {
  const octets = /^[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}$/i.test(text)
    ? text.split(/[:-]/)
    : /^[0-9a-f]{4}([.-])[0-9a-f]{4}\1[0-9a-f]{4}$/i.test(text)
      ? (text.replaceAll(/[.-]/g, '').match(/../g) ?? [])
      : [];
  const mac = octets.map((octet) => octet.padStart(2, '0').toLowerCase()).join(':');
  return mac === '' || mac === zeroMac ? undefined : mac;
}

/** Whether what a host shows names the interface: also as `Vlan10, Ethernet1`, `irb.0 [ge-0/0/1.0]`, or short, as Cisco's
 *  `Gi0/1` for GigabitEthernet0/1. */
export function isInterface(shown: string, nic: string): boolean {
  const wanted = nameAndNumber(nic);
  return shown.split(/\s*[,[\]]\s*/).some((part) => {
    const { name, number } = nameAndNumber(part);
    const short = name.length >= 2 && wanted.name.length >= 2;
    return (
      number === wanted.number &&
      (name === wanted.name ||
        (short && number !== '' && (wanted.name.startsWith(name) || name.startsWith(wanted.name))))
    );
  });
}

function nameAndNumber(text: string): { name: string; number: string } {
  const lower = text.trim().toLowerCase();
  const at = lower.search(/\d/);
  return at < 0 ? { name: lower, number: '' } : { name: lower.slice(0, at), number: lower.slice(at) };
}
