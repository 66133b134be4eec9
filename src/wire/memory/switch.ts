/**
 * A switch in memory, with wires to its ports, for tests: it learns, ages, floods and forwards as IEEE
 * 802.1Q clause 8 says, and can be made to do so badly.
 */
import { realtimeNs } from '../clock.js';
import type { Direction, OpenOptions, Wire } from '../wire.js';
import { createFilteringDatabase } from './filtering-database.js';
import { createRandom } from './random.js';
import { createMemoryWire, type MemoryWire } from './wire.js';

/** A frame that the switch received, with what it needs to decide. Addresses are lower-case hex with
 *  colons. */
export interface Arrival {
  readonly port: string;
  readonly frame: Uint8Array;
  readonly destination: string;
  readonly source: string;
  /** From an 802.1Q tag; 0 without one or with a priority tag. Each VLAN learns on its own. */
  readonly vid: number;
}

/** How the switch behaves. What is absent is as it should be; what is given may change at any time. */
export interface SwitchBehaviour {
  /** Default 300,000 (802.1Q, table 8-5). 0 makes a hub. */
  ageingMs?: number;
  /** How long a station's move to another port is ignored. Default 0. */
  relearnDelayMs?: number;
  /** Whether a frame may teach the switch where its source is. Default: always. */
  learns?: (arrival: Arrival) => boolean;
  /** Whether a frame for all, a group or an unknown station is sent out of `to`. Default: always. */
  floods?: (arrival: Arrival, to: string) => boolean;
  /** Has the last word on where a frame goes. */
  forward?: (arrival: Arrival, ports: readonly string[]) => readonly string[];
  /** Share of forwarded frames that are lost, 0…1. */
  loss?: number;
  /** Least time in the switch. */
  delayMs?: number;
  /** Up to this much is added to each frame's delay, at random; frames keep their order. */
  jitterMs?: number;
  /** Share of forwarded frames, 0…1, that wait until the next frame to the same port overtook them. */
  reorder?: number;
  /** Whether a port that loses its link keeps its stations. Default: no. */
  keepsStations?: boolean;
  /** How long a port whose link has come up carries nothing (spanning tree). Default 0. */
  forwardDelayMs?: number;
}

/** A host at a port: is given each frame that arrives there, and sends by `reply`. */
export type Node = (frame: Uint8Array, reply: (frame: Uint8Array) => void) => void;

export interface MemorySwitchOptions {
  readonly ports: readonly string[];
  /** Default 1. */
  readonly seed?: number;
  readonly behaviour?: SwitchBehaviour;
}

export interface MemorySwitch {
  /** Opens a wire to a port; several may share one, as several programs share a NIC. */
  readonly wire: (port: string, options?: Partial<OpenOptions>) => Wire;
  /** The port's link fails: its wires report it, and nothing crosses it any more. */
  readonly fail: (port: string) => void;
  /** Takes a port's link down, and its stations out of the table, or the link up again. Its wires stay: what they send
   *  meanwhile is lost. */
  readonly link: (port: string, state: 'up' | 'down') => void;
  /** Puts a host at a port, beside any wires; returns the function that takes it away. */
  readonly attach: (port: string, node: Node) => () => void;
  /** May be changed while frames flow. */
  readonly behaviour: SwitchBehaviour;
  /** Station (`vid/address`) to port, as the switch knows them now. */
  readonly stations: () => ReadonlyMap<string, string>;
  /** Forgets a station (`vid/address`), or all. */
  readonly forget: (station?: string) => void;
}

const standardAgeingMs = 300_000;

export function createMemorySwitch(options: MemorySwitchOptions): MemorySwitch {
  const behaviour: SwitchBehaviour = { ...options.behaviour };
  const random = createRandom(options.seed ?? 1);
  const database = createFilteringDatabase(
    () => behaviour.ageingMs ?? standardAgeingMs,
    () => behaviour.relearnDelayMs ?? 0,
  );
  const ports = new Map(options.ports.map((name) => [name, createPort(name)]));

  function portNamed(name: string): Port {
    const port = ports.get(name);
    if (port === undefined)
      throw new Error(`This switch has no port ${name}: it has ${[...ports.keys()].join(', ')}.`);
    return port;
  }

  /** A frame enters the switch. */
  function receive(port: Port, frame: Uint8Array): void {
    const arrival = parse(port.name, frame);
    if (!isGroup(arrival.source) && (behaviour.learns?.(arrival) ?? true)) {
      database.learn(`${arrival.vid}/${arrival.source}`, port.name);
    }
    const decided = decide(arrival);
    for (const name of behaviour.forward?.(arrival, decided) ?? decided) relay(portNamed(name), frame);
  }

  function decide(arrival: Arrival): string[] {
    if (isReserved(arrival.destination)) return [];
    const others = [...ports.keys()].filter((name) => name !== arrival.port);
    const known = isGroup(arrival.destination)
      ? undefined
      : database.portOf(`${arrival.vid}/${arrival.destination}`);
    if (known === undefined) return others.filter((to) => behaviour.floods?.(arrival, to) ?? true);
    return others.filter((to) => to === known);
  }

  /** A frame is queued for a port: lost, delayed or held behind the next one. */
  function relay(port: Port, frame: Uint8Array): void {
    if (random() < (behaviour.loss ?? 0)) return;
    const delayMs = (behaviour.delayMs ?? 0) + random() * (behaviour.jitterMs ?? 0);
    if (port.held === undefined && random() < (behaviour.reorder ?? 0)) {
      port.held = frame;
      return;
    }
    const leaving = port.held === undefined ? [frame] : [frame, port.held];
    port.held = undefined;
    const leave = (frames: readonly Uint8Array[] = []) => {
      for (const each of frames) cross(port, 'in', each);
    };
    if (delayMs === 0 && port.queue.length === 0) {
      leave(leaving);
    } else {
      // Whichever timer fires, it is the first in the queue that leaves.
      port.queue.push(leaving);
      setTimeout(() => leave(port.queue.shift()), delayMs);
    }
  }

  function tell(port: Port, direction: Direction, frame: Uint8Array): void {
    const timeNs = realtimeNs();
    for (const wire of port.wires) wire.carry(direction, timeNs, frame);
  }

  /** A frame crosses a port's link, seen from its wires: everybody there sees it at the same moment. */
  function cross(port: Port, direction: Direction, frame: Uint8Array): void {
    if (port.hasFailed || port.isDown) return;
    if (performance.now() < port.blockedUntilMs) {
      // Its own wires see what is sent all the same.
      if (direction === 'out') tell(port, direction, frame);
      return;
    }
    tell(port, direction, frame);
    if (direction === 'out') receive(port, frame);
    else for (const node of port.nodes) node(frame.slice(), (reply) => cross(port, 'out', reply.slice()));
  }

  return {
    behaviour,
    wire(name, { nic = `memory-${name}`, port: label = name } = {}) {
      const port = portNamed(name);
      const wire = createMemoryWire(
        { port: label, nic },
        (frame) => cross(port, 'out', frame),
        () => void port.wires.delete(wire),
      );
      port.wires.add(wire);
      if (port.hasFailed) wire.fail();
      return wire.wire;
    },
    fail(name) {
      const port = portNamed(name);
      port.hasFailed = true;
      for (const wire of port.wires) wire.fail();
    },
    link(name, state) {
      const port = portNamed(name);
      port.isDown = state === 'down';
      if (port.isDown && !behaviour.keepsStations) database.flush(name);
      if (!port.isDown) port.blockedUntilMs = performance.now() + (behaviour.forwardDelayMs ?? 0);
    },
    attach(name, node) {
      const { nodes } = portNamed(name);
      nodes.add(node);
      return () => void nodes.delete(node);
    },
    stations: database.entries,
    forget: database.forget,
  };
}

interface Port {
  readonly name: string;
  readonly wires: Set<MemoryWire>;
  readonly nodes: Set<Node>;
  hasFailed: boolean;
  isDown: boolean;
  /** In the clock of performance.now(). */
  blockedUntilMs: number;
  /** What waits for its delay to pass. */
  readonly queue: Uint8Array[][];
  /** The frame that waits to be overtaken. */
  held: Uint8Array | undefined;
}

const createPort = (name: string): Port => ({
  name,
  wires: new Set(),
  nodes: new Set(),
  hasFailed: false,
  isDown: false,
  blockedUntilMs: 0,
  queue: [],
  held: undefined,
});

const hexOf = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

function addressAt(frame: Uint8Array, at: number): string {
  let address = hexOf[frame[at] ?? 0] ?? '';
  for (let index = at + 1; index < at + 6; index++) address += `:${hexOf[frame[index] ?? 0]}`;
  return address;
}

function parse(port: string, frame: Uint8Array): Arrival {
  const fields = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const isTagged = frame.length >= 16 && fields.getUint16(12) === 0x8100;
  return {
    port,
    frame,
    destination: addressAt(frame, 0),
    source: addressAt(frame, 6),
    vid: isTagged ? fields.getUint16(14) & 0xfff : 0,
  };
}

/** The I/G bit of the first octet (IEEE 802, 8.2.2). */
const isGroup = (address: string) => (Number.parseInt(address.slice(0, 2), 16) & 1) === 1;

/** Reserved addresses, 01-80-C2-00-00-00 to -0F, are never forwarded (802.1Q, 8.6.3). */
const isReserved = (address: string) => /^01:80:c2:00:00:0[0-9a-f]$/.test(address);
