/** Linux: what iproute2's `ip neigh` prints, as JSON and as text, and BusyBox's, which is like the text. */
import {
  entriesOf,
  jsonIn,
  type NeighbourEntry,
  NeighbourFormatError,
  type Parser,
  type Row,
  rowsOf,
} from '../neighbour-entry.js';

/** A line of `ip -ts monitor neigh`. */
export interface MonitorLine {
  readonly entry: NeighbourEntry;
  readonly interface: string | undefined;
  /** The remote clock when `ip` printed the line, nanoseconds since 1970. */
  readonly remoteNs: bigint;
}

/** Reads `ip -j neigh show`. */
export const parseIpNeighJson: Parser = (text, nic) => {
  if (text.trim() === '') return [];
  const list = jsonIn(text);
  if (!Array.isArray(list)) throw new NeighbourFormatError('`ip -j neigh` did not print a list.');
  const rows = list.flatMap((row: unknown): Row[] => {
    const { dst, dev, lladdr, state, proxy } = (row ?? {}) as Record<string, unknown>;
    if (typeof dst !== 'string' || proxy !== undefined) return [];
    const word = Array.isArray(state) ? state.at(-1) : undefined;
    return [{ address: dst, interface: textOf(dev), mac: textOf(lladdr), state: textOf(word) }];
  });
  return entriesOf(rows, nic);
};

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** Reads `ip neigh show` as older iproute2 and BusyBox print it. */
export const parseIpNeighText: Parser = (text, nic) => entriesOf(rowsOf(text, parseRow, /\bproxy\b/), nic);

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
  const row = parseRow((rest ?? '').trim().split(/\s+/));
  const [entry] = row ? entriesOf([row], undefined) : [];
  if (Number.isNaN(secondMs) || !entry) return undefined;
  return {
    entry: deleted ? { address: entry.address, mac: null, state: null } : entry,
    interface: row?.interface,
    remoteNs: BigInt(secondMs) * 1_000_000n + BigInt(microseconds ?? 0) * 1000n,
  };
}

/** `ADDRESS [dev NIC] [lladdr MAC] [router] [ref N] [used A/B/C] [probes N] STATE`. */
function parseRow([address = '', ...rest]: readonly string[]): Row | undefined {
  if (rest.includes('proxy')) return undefined;
  const after = (key: string) => (rest.includes(key) ? rest[rest.indexOf(key) + 1] : undefined);
  return {
    address,
    interface: after('dev'),
    mac: after('lladdr'),
    state: rest.findLast((word) => states.has(word)),
  };
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
