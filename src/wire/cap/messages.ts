/** What the cap driver and its child process say to each other (child_process, serialization: advanced). */

/** Frames end to end in `octets`, their lengths in `lengths`. */
export interface FrameBatch {
  readonly octets: Uint8Array;
  readonly lengths: Uint32Array;
}

export type ToChild =
  | { readonly kind: 'open'; readonly nic: string; readonly bufferBytes: number }
  | { readonly kind: 'send'; readonly frames: FrameBatch; readonly spacingNs: number }
  | { readonly kind: 'flush' };

export type FromChild =
  /** The child runs and waits for `open`. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'opened'; readonly linkType: string }
  /** Opening failed; the child ends. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** `timesNs` is when each was read. */
  | { readonly kind: 'captured'; readonly frames: FrameBatch; readonly timesNs: BigInt64Array }
  /** Answers a `send`, in order: when each frame was sent, as many as were, and why no more. */
  | { readonly kind: 'sent'; readonly timesNs: BigInt64Array; readonly error: string | undefined }
  /** Answers a `flush`, in order. */
  | { readonly kind: 'flushed' };

/** Packs frames for the way; copies them. */
export function pack(frames: readonly Uint8Array[]): FrameBatch {
  const lengths = Uint32Array.from(frames, (frame) => frame.length);
  const octets = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    octets.set(frame, at);
    at += frame.length;
  }
  return { octets, lengths };
}

/** The frames of a batch, as views of its octets. */
export function unpack({ octets, lengths }: FrameBatch): Uint8Array[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    at += length;
    return octets.subarray(at - length, at);
  });
}
