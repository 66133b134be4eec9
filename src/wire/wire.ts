/**
 * A wire is one network port that frames are sent to and captured from. Every driver
 * (libpcap, cap, memory, remote) implements this interface and passes the same contract tests.
 */

/** Which way a frame crossed the port, seen from the harness: `out` was sent by this machine. */
export type Direction = 'in' | 'out';

export type DriverName = 'libpcap' | 'cap' | 'memory' | 'remote';

/** A frame as the capture saw it. `bytes` is the subscriber's to keep: no driver reuses the buffer. */
export interface CapturedFrame {
  /** The bench's name of the port: `a`, `b`, `world`, `monitor`. */
  readonly port: string;
  readonly direction: Direction;
  /** CLOCK_REALTIME of this machine, nanoseconds since 1970. See `WireAbilities.timestampErrorNs`. */
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** Octets the frame had on the wire; more than `bytes.length` when the capture cut it. */
  readonly originalLength: number;
}

/** What a driver can do, declared so that a probe which needs more can say so. */
export interface WireAbilities {
  /** Whether the kernel stamps frames (`true`), or this process does after the fact (`false`). */
  readonly kernelTimestamps: boolean;
  /** How far a stamp may lie from the true crossing, ± nanoseconds. */
  readonly timestampErrorNs: number;
  /** Whether `statistics().dropped` is known. */
  readonly dropCounter: boolean;
}

export interface WireStatistics {
  /** Frames handed to subscribers, both directions. */
  readonly received: number;
  /** Frames that the capture lost; undefined where the driver can't know (`abilities.dropCounter`). */
  readonly dropped: number | undefined;
  readonly sent: number;
}

export interface BurstOptions {
  /** Time from one frame to the next, nanoseconds; 0 or absent: as fast as the driver can. */
  readonly spacingNs?: number;
}

export interface Wire {
  readonly port: string;
  /** The operating system's name of the interface. */
  readonly nic: string;
  readonly driver: DriverName;
  readonly abilities: WireAbilities;

  /** Sends one frame; resolves when the operating system took it. Rejects with a WireError. */
  send(frame: Uint8Array): Promise<void>;
  /** Sends frames in order, evenly spaced. Rejects with a WireError that says how many went out. */
  sendBurst(frames: readonly Uint8Array[], options?: BurstOptions): Promise<void>;
  /**
   * Sends one frame before it returns; only drivers in this process have it. `transmit` uses it to
   * interleave ports with microseconds between them. Throws a WireError.
   */
  readonly inject?: (frame: Uint8Array) => void;

  /** Has the NIC hand over other stations' frames as well, or not; only drivers that can change it while they capture. */
  readonly setPromiscuous?: (on: boolean) => void;

  /** Calls `listener` for every frame captured from now on, both directions, in the order of each
   *  direction's capture. Returns the function that ends the subscription. */
  subscribe(listener: (frame: CapturedFrame) => void): () => void;
  /** Resolves when everything that had crossed the port before the call has reached the subscribers. */
  flush(): Promise<void>;
  statistics(): Promise<WireStatistics>;
  /** Calls `listener` once if the port fails (link administratively down, NIC gone, helper process
   *  dead). After that every send rejects with the same error. Called at once if it failed already. */
  onFailure(listener: (error: WireError) => void): () => void;
  /** Frees everything; idempotent; never rejects. */
  close(): Promise<void>;
}

/** What goes wrong with a port, as a sentence for the operator with its mend. */
export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(
    readonly port: string,
    readonly nic: string,
    message: string,
  ) {
    super(message);
  }
}

export interface OpenOptions {
  readonly port: string;
  readonly nic: string;
  /** Kernel capture buffer per direction, octets. Default 16 MiB. */
  readonly bufferBytes?: number;
  /** Whether the NIC shall hand over frames for other stations as well; default true. The package cap knows no
   *  other way. */
  readonly promiscuous?: boolean;
}
