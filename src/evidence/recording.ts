/**
 * A recording is everything that one attempt at one case left behind: the only thing a judge sees.
 * It is stored as `capture.pcapng` and `events.json`, and read back from them before it is judged, so
 * that what was judged and what anyone can judge again are the same.
 */
import type { Direction, DriverName, WireAbilities } from '../wire/wire.js';

/** What the bench file declares of the device under test, for what can't be seen from outside in bearable time, or at all. */
export interface Declared {
  /** How long the filtering database keeps a station that is silent. */
  readonly ageingMs?: number;
  /** How long a snooping switch remembers that a port wants a group (RFC 3376 §8.4, 260 s by default). */
  readonly groupMembershipMs?: number;
  /** Spanning tree's forward delay: a port that comes up waits for twice as long (IEEE 802.1D-2004, 17.14). */
  readonly forwardDelayMs?: number;
  /** The window in which it counts how often a station moves (RFC 7432 §15.1, 180 s by default). */
  readonly moveWindowMs?: number;
  /** How long a router keeps to a neighbour that it has no word of: ReachableTime, or its ARP timeout. */
  readonly neighbourMs?: number;
  /** The switch's own station address. */
  readonly mac?: string;
  /** How many stations its filtering database is said to hold. */
  readonly tableSize?: number;
  /** The VLANs that every port of the bench is a member of. */
  readonly vlans?: DeclaredVlans;
  /** Hosts: a TCP port at which it accepts connections. */
  readonly tcpPort?: number;
  /** Hosts: the UDP port of its echo service (RFC 862). */
  readonly udpEchoPort?: number;
  /** Hosts: a connection to this TCP port makes it flush its neighbour cache. */
  readonly flushPort?: number;
  /** Hosts: standards that it says it follows. */
  readonly claims?: readonly Claim[];
}

/** Standards that a host need not follow, but may say it does. */
export const claims = ['rfc5227'] as const;
export type Claim = (typeof claims)[number];

export interface DeclaredVlans {
  /** The VLAN of untagged frames (PVID). */
  readonly native: number;
  /** VLANs that are carried tagged, two at least. */
  readonly tagged: readonly number[];
}

/** Addresses and parameters that the case chose when it ran: what a judge needs to know. */
export interface CasePlan {
  /** The case's parameters as its probe declared them. JSON values only. */
  readonly params: unknown;
  /** Role to address: `{station: '00:00:5e:00:53:2a', service: '192.0.2.77'}`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Limits that the bench set, with their units in their names. */
  readonly limits: { readonly relearnMs: number };
  readonly declared: Declared;
}

export interface RecordedPort {
  readonly name: string;
  readonly nic: string;
  readonly driver: DriverName;
  readonly abilities: WireAbilities;
  /** Frames the capture lost during the case; null where the driver can't know. */
  readonly dropped: number | null;
  /** Frames seen that belonged to no part of this case, and so were only counted. */
  readonly unrelated: number;
}

export interface RecordedFrame {
  /** The packet's number in capture.pcapng, from 1. */
  readonly number: number;
  readonly port: string;
  readonly direction: Direction;
  /** Nanoseconds since `Recording.startNs`. */
  readonly atNs: number;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  /** Names the stimulus that this frame is, wherever it was seen: set when its bytes equal a frame
   *  that the case sent under that label. Stored as the packet's comment, `label #seq`. */
  readonly label?: string;
  readonly seq?: number;
}

/** What happened that is not a frame. Times are nanoseconds since `Recording.startNs`. */
export type RecordedEvent =
  /** The stimulus reached a point that the judge refers to. */
  | { readonly atNs: number; readonly kind: 'mark'; readonly name: string; readonly detail?: string }
  /** The driver accepted a frame of the case for sending. */
  | {
      readonly atNs: number;
      readonly kind: 'sent';
      readonly port: string;
      readonly label: string;
      readonly seq: number;
    }
  /** The harness answers for `address` from now on, as `mac` on `port`; null: nobody does. */
  | {
      readonly atNs: number;
      readonly kind: 'owner';
      readonly address: string;
      readonly mac: string | null;
      readonly port: string | null;
    }
  /** A neighbour-cache entry as the host itself reports it. `mac` null: the entry is absent or
   *  incomplete. `state` is the host's own word (REACHABLE, STALE, PERMANENT …), upper case. */
  | {
      readonly atNs: number;
      readonly kind: 'neighbour';
      readonly address: string;
      readonly mac: string | null;
      readonly state: string | null;
      readonly source: 'stream' | 'poll';
      readonly clockErrorNs: number;
      /** Of a change that polling found: when the reading before this one began, which did not show it yet. */
      readonly previousNs?: number;
    }
  /** Something about the case's own run: a lost SSH connection, a late timer. */
  | { readonly atNs: number; readonly kind: 'note'; readonly text: string };

/**
 * The outcome of a numbered stream, run-length encoded: consecutive frames that arrived at the same
 * set of ports are one segment. The times are when the sending port's wire carried them.
 */
export interface StreamSegment {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstSentNs: number;
  readonly lastSentNs: number;
  /** Ports at which each frame of the segment arrived, sorted; empty: lost. */
  readonly arrivedAt: readonly string[];
}

export interface StreamRecord {
  readonly label: string;
  readonly port: string;
  readonly framesSent: number;
  readonly segments: readonly StreamSegment[];
}

export interface Recording {
  readonly caseId: string;
  /** CLOCK_REALTIME of the recording's start, nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: number;
  readonly plan: CasePlan;
  readonly ports: readonly RecordedPort[];
  /** In order of time. */
  readonly frames: readonly RecordedFrame[];
  /** In order of time. */
  readonly events: readonly RecordedEvent[];
  readonly streams: readonly StreamRecord[];
}
