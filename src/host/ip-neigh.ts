/** What iproute2's and BusyBox's `ip neigh` print. Pure: text in, entries out. */
import { isIP } from 'node:net';

/** One entry of a neighbour cache. */
export interface NeighbourEntry {
  /** IPv4 or IPv6 address, as the host writes it. */
  readonly address: string;
  /** Lower case with colons; null while the host has no address for it. */
  readonly mac: string | null;
  /** The host's own word, upper case: REACHABLE, STALE, PERMANENT, FAILED …; null: there is no entry. */
  readonly state: string | null;
}

/** A line of `ip -ts monitor neigh`. */
export interface MonitorLine {
  readonly entry: NeighbourEntry;
  readonly interface: string | undefined;
  /** The remote clock when `ip` printed the line, nanoseconds since 1970. */
  readonly remoteNs: bigint;
}

/** The output is not what `ip neigh` prints. */
export class NeighbourFormatError extends Error {
  override readonly name = 'NeighbourFormatError';
}

/** Reads `ip -j neigh show`. Throws a NeighbourFormatError where it isn't that. */
export function parseIpNeighJson(text: string, nic: string): NeighbourEntry[] {
  if (text.trim() === '') return [];
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    throw new NeighbourFormatError('`ip -j neigh` did not print JSON.');
  }
  if (!Array.isArray(rows)) throw new NeighbourFormatError('`ip -j neigh` did not print a list.');
  return rows.flatMap((row: unknown): NeighbourEntry[] => {
    const { dst, dev, lladdr, state, proxy } = (row ?? {}) as Record<string, unknown>;
    if (
      typeof dst !== 'string' ||
      isIP(dst) === 0 ||
      (dev !== undefined && dev !== nic) ||
      proxy !== undefined
    )
      return [];
    const word = Array.isArray(state) ? state.at(-1) : undefined;
    return [
      entryOf(dst, typeof lladdr === 'string' ? lladdr : undefined, typeof word === 'string' ? word : null),
    ];
  });
}

/** Reads `ip neigh show` as older iproute2 and BusyBox print it; lines of other kinds are left out. */
export function parseIpNeighText(text: string, nic: string): NeighbourEntry[] {
  return text.split('\n').flatMap((line) => {
    const parsed = parseEntry(line.trim().split(/\s+/));
    return parsed && (parsed.interface === undefined || parsed.interface === nic) ? [parsed.entry] : [];
  });
}

/**
 * Reads `[2026-11-22T22:17:02.719942] 192.0.2.9 dev eth0 lladdr 00:00:5e:00:53:09 STALE`, printed under
 * TZ=UTC. `Deleted` gives an entry without state. Undefined: another kind of line.
 */
export function parseMonitorLine(line: string): MonitorLine | undefined {
  const match = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\]\s*(?:\[NEIGH\]\s*)?(Deleted\s+)?(.*)$/.exec(
    line,
  );
  if (!match) return undefined;
  const [, second, microseconds, deleted, rest] = match;
  const secondMs = Date.parse(`${second}Z`);
  const parsed = parseEntry((rest ?? '').trim().split(/\s+/));
  if (Number.isNaN(secondMs) || !parsed) return undefined;
  const entry = deleted ? { address: parsed.entry.address, mac: null, state: null } : parsed.entry;
  return {
    entry,
    interface: parsed.interface,
    remoteNs: BigInt(secondMs) * 1_000_000n + BigInt(microseconds ?? 0) * 1000n,
  };
}

/** `ADDRESS [dev NIC] [lladdr MAC] [router] [ref N] [used A/B/C] [probes N] STATE`. */
function parseEntry(words: string[]): { entry: NeighbourEntry; interface: string | undefined } | undefined {
  const [address, ...rest] = words;
  if (address === undefined || isIP(address) === 0 || rest.includes('proxy')) return undefined;
  const after = (key: string) => {
    const at = rest.indexOf(key);
    return at < 0 ? undefined : rest[at + 1];
  };
  const state = rest.findLast((word) => states.has(word)) ?? null;
  return { entry: entryOf(address, after('lladdr'), state), interface: after('dev') };
}

/** Names of the NUD_ states in iproute2's ip/ipneigh.c. */
const states = new Set([
  'NONE',
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'NOARP',
  'PERMANENT',
]);

function entryOf(address: string, lladdr: string | undefined, state: string | null): NeighbourEntry {
  // A failed or incomplete entry may still carry the address that it had: the host does not use it.
  const usable =
    state !== 'FAILED' && state !== 'INCOMPLETE' && lladdr !== undefined && macPattern.test(lladdr);
  return { address, mac: usable ? lladdr.toLowerCase() : null, state };
}

const macPattern = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
