/**
 * What a probe file imports. A probe acts on a live bench (`control`, `stimulus`) while everything that
 * crosses every port is recorded; then `judge`, a pure function, looks at the recording alone.
 */
import type { RecordedFrame, Recording, StreamRecord } from './evidence/recording.js';
import type { DeviceKind, Judgement, Level, Requirement } from './result.js';

export type {
  RecordedEvent,
  RecordedFrame,
  Recording,
  StreamRecord,
  StreamSegment,
} from './evidence/recording.js';
export type { Finding, Judgement, Measurement } from './result.js';
export * from './timeline.js';

export type PortName = 'a' | 'b' | 'world' | 'monitor';

/** What a bench must have; an unmet need makes a case not-applicable, with the reason. */
export type Need = PortName | 'ipv4' | 'ipv6' | 'ssh';

/** A numbered stream while it is being sent. */
export interface Stream {
  /** Sends further frames of the stream, interleaved with others as they stand in `schedule`. */
  readonly frames: readonly Uint8Array[];
  finish(): StreamRecord;
}

export interface Transmission {
  readonly port: PortName;
  readonly frame: Uint8Array;
  /** Names the frame in the evidence; absent for the frames of a stream, which are known already. */
  readonly label?: string;
  /** Pause before this frame, counted from the one before it. */
  readonly afterNs?: number;
}

/** The remote half of a host under test. */
export interface HostUnderTest {
  /** Its link-layer address, as its own ARP or NDP answer gave it before the first case. */
  readonly mac: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Over SSH, where there is access (`needs: ['ssh']`). Each rejects with a sentence. */
  readonly cache?: {
    /** Makes a permanent entry; it is removed when the case ends, also after a crash. */
    setPermanent(address: string, mac: string): Promise<void>;
    /** Reads the entry and records it as a `neighbour` event, or as a `note` that it could not be read. */
    read(address: string): Promise<void>;
  };
}

/** What `control` and `stimulus` act through. Everything they do is recorded. */
export interface Context<Params = unknown> {
  readonly params: Params;
  readonly limits: { readonly relearnMs: number };
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
  /** Takes a given address for this case, like a virtual router's. */
  claim(role: string, address: string): string;
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
  /**
   * Ends a quiet window: World sends a frame that every other port must hear. A port that does not
   * makes the case inconclusive: silence there would prove nothing.
   */
  sentinel(): Promise<void>;

  /** From now on `mac` on `port` answers ARP requests and neighbour solicitations for the address. */
  own(address: string, mac: string, port: PortName): void;
  disown(address: string): void;
  /** The host under test. Throws where the device is not a host. */
  readonly host: HostUnderTest;
}

export interface ProbeCase<Params> {
  /** Stable, lower case; the case's full id is `<probe id>/<id>`. */
  readonly id: string;
  readonly title: string;
  /** Where it differs from the probe's. */
  readonly level?: Level;
  readonly needs?: readonly Need[];
  readonly params: Params;
}

export interface Probe<Params = unknown> {
  /** Equals the file's path below probes/, and never changes. */
  readonly id: string;
  readonly device: DeviceKind;
  /** The property that should hold. */
  readonly title: string;
  readonly failureTitle: string;
  /** What an operator loses when it fails. */
  readonly why: string;
  readonly requirement: Requirement;
  readonly needs: readonly Need[];
  /** Whether its cases may run at the same time: each has service addresses of its own. */
  readonly sideBySide?: boolean;
  /** A case that takes longer ends as an error. Default 15,000. */
  readonly deadlineMs?: number;
  readonly cases: readonly ProbeCase<Params>[];
  /** Proves the instrument and the old state, before anything is moved. */
  control(context: Context<Params>): Promise<void>;
  /** Whether the recording shows what `control` meant to prove; otherwise why not, as a sentence. */
  controlHolds(recording: Recording, params: Params): true | string;
  stimulus(context: Context<Params>): Promise<void>;
  /** Pure and synchronous. Called only when the control holds. */
  judge(recording: Recording, params: Params): Judgement;
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
