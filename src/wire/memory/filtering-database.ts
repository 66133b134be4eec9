/** A bridge's filtering database: which port each station was last heard on (IEEE 802.1Q, 8.8). */

interface DynamicEntry {
  readonly port: string;
  readonly heardMs: number;
  /** A move that takes effect later, in a switch that relearns slowly. */
  readonly move?: { readonly port: string; readonly atMs: number };
}

export interface FilteringDatabase {
  /** Notes that a station was heard. A move to another port takes effect after `relearnDelayMs`. */
  readonly learn: (station: string, port: string) => void;
  /** The port a station is behind; undefined when unknown or aged out. */
  readonly portOf: (station: string) => string | undefined;
  readonly forget: (station?: string) => void;
  /** Forgets the stations of a port. */
  readonly flush: (port: string) => void;
  /** The stations known now, with their ports. */
  readonly entries: () => ReadonlyMap<string, string>;
}

export function createFilteringDatabase(
  ageingMs: () => number,
  relearnDelayMs: () => number,
): FilteringDatabase {
  const table = new Map<string, DynamicEntry>();

  function current(station: string): DynamicEntry | undefined {
    const entry = table.get(station);
    if (entry === undefined) return undefined;
    const nowMs = performance.now();
    if (nowMs - entry.heardMs >= ageingMs()) {
      table.delete(station);
      return undefined;
    }
    if (entry.move === undefined || nowMs < entry.move.atMs) return entry;
    const moved = { port: entry.move.port, heardMs: entry.heardMs };
    table.set(station, moved);
    return moved;
  }

  return {
    learn(station, port) {
      const heardMs = performance.now();
      const entry = current(station);
      if (entry === undefined || entry.port === port || relearnDelayMs() === 0) {
        table.set(station, { port, heardMs });
      } else {
        const move = entry.move?.port === port ? entry.move : { port, atMs: heardMs + relearnDelayMs() };
        table.set(station, { port: entry.port, heardMs, move });
      }
    },
    portOf: (station) => current(station)?.port,
    forget(station) {
      if (station === undefined) table.clear();
      else table.delete(station);
    },
    flush(port) {
      for (const [station, entry] of table) if (entry.port === port) table.delete(station);
    },
    entries() {
      const known = new Map<string, string>();
      for (const station of [...table.keys()]) {
        const entry = current(station);
        if (entry !== undefined) known.set(station, entry.port);
      }
      return known;
    },
  };
}
