/**
 * What a probe file imports. A probe acts on a live bench (`control`, `stimulus`) while everything that
 * crosses every port is recorded; then `judge`, a pure function, looks at the recording alone.
 */
import type { Declared, RecordedFrame, Recording, StreamRecord } from './evidence/recording.js';
import type { AnsweringPort } from './frame/prompt.js';
import type { DeviceKind, Judgement, Level, Requirement } from './result.js';

export type {
  Declared,
  DeclaredVlans,
  RecordedEvent,
  RecordedFrame,
  Recording,
  StreamRecord,
  StreamSegment,
} from './evidence/recording.js';
export type { Finding, Judgement, Level, Measurement, Requirement } from './result.js';
export * from './timeline.js';

export type PortName = 'a' | 'b' | 'world' | 'monitor';

/** What a bench must have; an unmet need makes a case not-applicable, with the reason. */
export type Need =
  | PortName
  | 'ipv4'
  | 'ipv6'
  | 'ssh'
  /** Over SSH, where permanent entries can be made safely. */
  | 'permanent-entry'
  /** The links of A and B can be taken down: both are NICs of this machine. */
  | 'link'
  /** The NIC under test is free to be changed, and observed from another port. */
  | 'nic'
  /** The bench file declares it: see `Declared`. */
  | 'vlans'
  | 'ageing'
  | 'group-membership'
  | 'forward-delay'
  | 'device-mac'
  | 'tcp-port'
  | 'udp-echo'
  | 'flush-port'
  /** The host says that it follows it. */
  | 'rfc5227';

/** What a NIC says of its link; `unknown` where it can't be asked, as on another machine. */
export type LinkState = 'up' | 'down' | 'unknown';

export interface StationBlock {
  readonly count: number;
  /** The address at `index`, from 0. */
  at(index: number): string;
}

export interface StreamEnds {
  readonly source: string;
  readonly destination: string;
}

/** A numbered stream while it is being sent. */
export interface Stream {
  /** Sends further frames of the stream, interleaved with others as they stand in `schedule`. */
  readonly frames: readonly Uint8Array[];
  /** How many of the frames numbered `first` to `last`, from 1, have come out at some port so far. */
  carried(first: number, last: number): number;
  finish(): StreamRecord;
}

export interface Transmission {
  readonly port: PortName;
  readonly frame: Uint8Array;
  /** Names the frame in the evidence; absent for the frames of a stream, which are known already. */
  readonly label?: string;
  /** Pause before this frame, counted from the one before it. */
  readonly afterNs?: number;
  /** Instead: when it leaves, counted from the call of `transmit`; a late frame moves none of those after it. */
  readonly atNs?: number;
}

/** The remote half of a host or router under test: a node that speaks IP (RFC 8200 §2). */
export interface HostUnderTest {
  /** Its link-layer address, as its own ARP or NDP answer gave it before the first case. */
  readonly mac: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** In each family in which it answers no echo request: a TCP port that answers in its place. */
  readonly answeringPort?: { readonly ipv4?: AnsweringPort; readonly ipv6?: AnsweringPort };
  /** A router's side away from the network under test, where a client of ours is. */
  readonly far?: FarSide;
  /** Over SSH, where there is access (`needs: ['ssh']`). What fails is recorded as a `note`, and the case goes on. */
  readonly cache?: {
    /** Makes a permanent entry (`needs: ['permanent-entry']`); it is removed when the case ends, also after a crash. */
    setPermanent(address: string, mac: string): Promise<void>;
    /** Reads the entry and records it as a `neighbour` event, or as a `note` that it could not be read. */
    read(address: string): Promise<void>;
  };
  /** Over SSH: traffic that the host makes itself. Each rejects with a sentence where the host will not. */
  readonly traffic?: {
    /** A TCP connection from the host; it ends with the case. */
    connect(address: string, port: number): Promise<HostConnection>;
    /** Resolves with the function that has the host send one UDP datagram. */
    datagrams(): Promise<(address: string, port: number, text: string) => void>;
  };
}

/** The host's end of a TCP connection. */
export interface HostConnection {
  write(text: string): void;
  /** Whether it ended at the host, or the way to the host was lost. */
  readonly ended: boolean;
  close(): void;
}

/** A client of ours at a router's far side. */
export interface FarSide {
  /** Our port there. */
  readonly port: PortName;
  /** The router's link-layer address there. */
  readonly mac: string;
  /** The client's own addresses: neighbours of the router's. */
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** The NIC under test: one of the bench's own. What is done to it is put back when the case ends, also after a crash. */
export interface NicUnderTest {
  /** The port whose NIC it is. */
  readonly port: PortName;
  /** The port that it is observed from. */
  readonly observer: PortName;
  /** The MAC address that it had before the run. */
  readonly own: string;
  /** What the operating system has on it: an IPv4 address, and the peer whom it believes behind it. */
  readonly local: string;
  readonly peer: string;
  /** Makes it ready: with the IPv4 address, and out of promiscuous mode, also of this tool's own capture. Recorded as
   *  `nic-reads-before`, and as `nic-promiscuity` how many others keep it in that mode. */
  ready(): Promise<void>;
  /** Has the system give it the address, with its link down where it will not otherwise. Recorded as the mark
   *  `nic-set-<role>`: `taken`, `taken while down` or `refused: …`. Resolves whether it was taken. */
  setAddress(role: string, mac: string): Promise<boolean>;
  /** What the system says its address is; recorded as `nic-reads-<when>`. */
  readAddress(when: string): Promise<string>;
  /** Puts it in promiscuous mode, or out of it; recorded as `nic-promiscuous`. */
  setPromiscuous(on: boolean): Promise<void>;
  /** Puts a macvlan of that address on it, with IPv4 addresses of its own; recorded as `nic-second`, like `nic-set`. */
  addSecond(mac: string): Promise<{ readonly local: string; readonly peer: string } | undefined>;
}

/** What `control` and `stimulus` act through. Everything they do is recorded. */
export interface Context<Params = unknown> {
  readonly params: Params;
  readonly limits: { readonly relearnMs: number };
  /** What the bench file says of the device. */
  readonly declared: Declared;
  /** The bench's ports, in the order a, b, world, monitor. */
  readonly ports: readonly PortName[];
  /** The first of World, B and A that this bench has: where outside observers send from. */
  has(port: PortName): boolean;

  /** A station address that nothing else uses now. The frames that hold it belong to this case. */
  mac(role: string): string;
  /** A unicast address that is never used as a source, in any run. */
  neverSpokenMac(role: string): string;
  ipv4(role: string): string;
  /** An IPv4 address that no other case of this run has told a host of. */
  unheardIpv4(role: string): string;
  ipv6(role: string): string;
  unheardIpv6(role: string): string;
  /** Takes a given address for this case, like a virtual router's. */
  claim(role: string, address: string): string;
  /** Gives the role that has the address `from` the station address `to` instead. False where that is no station's, or
   *  another role's of this case. */
  recast(from: string, to: string): boolean;
  /** A block of `count` station addresses in a row, locally administered and this case's alone: for more stations
   *  than `mac` has addresses. Frames that hold one belong to this case only where they are part of a stream. */
  stations(role: string, count: number): StationBlock;
  /** Each port's own, constant station address, learned before the first case. */
  portMac(port: PortName): string;
  portIpv4(port: PortName): string;
  /** An integer below `bound`, from the run's seed. */
  random(bound: number): number;

  /** Sends one frame; resolves when it was handed to the operating system, with its number: the frames of a
   *  label are counted from 1. Frames sent under one label should differ, or they can't be told apart. */
  send(port: PortName, frame: Uint8Array, label: string): Promise<number>;
  /** Sends frames across ports in exactly this order, with microseconds between them where it can. */
  transmit(schedule: readonly Transmission[]): Promise<void>;
  /** Announces a numbered stream of `count` frames from `port` to `destination`. */
  stream(label: string, port: PortName, destination: string, count: number): Stream;
  /** The same, each frame between stations of its own: `ends(seq)` gives them, for seq from 1. */
  streamBetween(label: string, port: PortName, count: number, ends: (seq: number) => StreamEnds): Stream;
  /** A UDP frame that carries the case's tag and a number of its own, so that no two are equal. */
  numbered(source: PortName, destination: string): Uint8Array;

  /** Frames recorded so far, in order of arrival. */
  readonly frames: readonly RecordedFrame[];
  /** Resolves true as soon as the condition holds (it is asked again at each frame), false at the deadline. */
  until(condition: () => boolean, deadlineMs: number): Promise<boolean>;
  wait(ms: number): Promise<void>;
  /** Milliseconds since the recording began. */
  nowMs(): number;
  mark(name: string, detail?: string): void;
  /** Declares where the frames of a label should arrive; the report's picture is coloured by it. */
  expect(label: string, ports: readonly PortName[]): void;
  /** Takes the link of a port down, or up again, and waits until the NIC says so (`needs: ['link']`). What the
   *  port sends or hears meanwhile is lost. It is up again when the case ends, also after a crash. */
  setLink(port: PortName, state: 'up' | 'down'): Promise<void>;
  /** What the port's NIC says of its link now; recorded as the mark `link-seen`, `b=down`. */
  linkOf(port: PortName): Promise<LinkState>;
  /**
   * Ends a quiet window: World sends a frame that every other port must hear. A port that does not
   * makes the case inconclusive: silence there would prove nothing.
   */
  sentinel(): Promise<void>;

  /** From now on `mac` on `port` answers ARP requests and neighbour solicitations for the address. */
  own(address: string, mac: string, port: PortName): void;
  disown(address: string): void;
  /** The host or router under test. Throws where the device is neither. */
  readonly host: HostUnderTest;
  /** The NIC under test. Throws where the device is not a NIC. */
  readonly nic: NicUnderTest;
}

export interface ProbeCase<Params> {
  /** Stable, lower case; the case's full id is `<probe id>/<id>`. */
  readonly id: string;
  readonly title: string;
  /** Where it differs from the probe's. */
  readonly level?: Level;
  readonly needs?: readonly Need[];
  /** Waits for minutes on most devices, so it runs only with `--slow`. */
  readonly slow?: boolean;
  /** Where it differs from the probe's: this case only waits, so that others may run meanwhile. */
  readonly sideBySide?: boolean;
  /** Comes from a bench file: another bench may mean another thing by its id. */
  readonly ofBench?: boolean;
  readonly params: Params;
}

export interface Probe<Params = unknown> {
  /** Equals the file's path below probes/, and never changes. */
  readonly id: string;
  readonly device: DeviceKind;
  /** The chapter of the catalogue that it stands in, given by probes/index.ts. */
  readonly chapter?: string;
  /** The property that should hold. */
  readonly title: string;
  readonly failureTitle: string;
  /** What an operator loses when it fails. */
  readonly why: string;
  readonly requirement: Requirement;
  readonly needs: readonly Need[];
  /** Whether its cases may run at the same time: each has service addresses of its own. */
  readonly sideBySide?: boolean;
  /** How many addresses, besides the ports', a case of it has the host talk to at once; default 1. A bench has few IPv4
   *  addresses, and some hosts have room for few neighbours. */
  serviceAddresses?(params: Params): number;
  /** A failure beside other cases counts only when it fails alone too: what all of them send at once may be what
   *  the device objects to. */
  readonly confirmAlone?: boolean;
  /** A case that takes longer, its `waitMs` aside, ends as an error. Default 15,000. */
  readonly deadlineMs?: number;
  /** How long a case waits for one of the device's timers: shown while it runs. */
  waitMs?(params: Params, declared: Declared): number;
  readonly cases: readonly ProbeCase<Params>[];
  /** Proves the instrument and the old state, before anything is moved. */
  control(context: Context<Params>): Promise<void>;
  /** Whether the recording shows what `control` meant to prove; otherwise why not, as a sentence. */
  controlHolds(recording: Recording, params: Params): true | string;
  stimulus(context: Context<Params>): Promise<void>;
  /** Pure and synchronous. Called only when the control holds. */
  judge(recording: Recording, params: Params): Judgement;
  /** Cases that a bench file adds to the probe are not in the catalogue: their parameters, as the recording's plan
   *  has them. Undefined where they are not of this probe. */
  readParams?(params: unknown): Params | undefined;
}

/** Checks at load time what the compiler can't: ids are paths in lower case, and unique. */
export function defineProbe<Params>(probe: Probe<Params>): Probe<Params> {
  const name = /^[a-z0-9]+(-[a-z0-9]+)*$/;
  const [kind, ...rest] = probe.id.split('/');
  if (kind !== probe.device || rest.length !== 1 || !name.test(rest[0] ?? '')) {
    throw new Error(`Probe id '${probe.id}' must be '${probe.device}/' and a lower-case name with hyphens.`);
  }
  const seen = new Set<string>();
  for (const { id } of probe.cases) {
    if (!name.test(id))
      throw new Error(`Case id '${id}' of ${probe.id} must be a lower-case name with hyphens.`);
    if (seen.has(id)) throw new Error(`Case id '${id}' of ${probe.id} stands twice.`);
    seen.add(id);
  }
  if (seen.size === 0) throw new Error(`Probe ${probe.id} has no cases.`);
  return probe;
}
