/**
 * cap can't tell which way a captured frame went. Its handle doesn't see what it sends itself (on
 * Linux), but it does see what another handle on the same interface sends. So each cap wire of this
 * process tells the others on its interface what it is about to send, and each counts down the
 * captured frames with those octets as outgoing.
 */

/** How long an announced frame may take to be captured, before the same octets count as arriving. */
const patienceMs = 2_000;

export interface EchoLedger {
  /** Tells the other ledgers of the interface that these frames are about to be sent. */
  readonly announce: (frames: readonly Uint8Array[]) => void;
  /** Whether a captured frame is one that was announced to this ledger; counts it down. */
  readonly claims: (frame: Uint8Array) => boolean;
  readonly close: () => void;
}

interface Ledger {
  readonly expectations: Map<string, number[]>;
}

const ledgers = new Map<string, Set<Ledger>>();

/** Elsewhere than on Linux a handle sees its own frames too. */
export const seesItself = process.platform !== 'linux';

const keyOf = (frame: Uint8Array) =>
  Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('latin1');

export function openLedger(nic: string): EchoLedger {
  const onNic = ledgers.get(nic) ?? new Set<Ledger>();
  ledgers.set(nic, onNic);
  const self: Ledger = { expectations: new Map() };
  onNic.add(self);

  return {
    announce(frames) {
      const hearers = [...onNic].filter((ledger) => ledger !== self || seesItself);
      if (hearers.length === 0) return;
      const deadline = performance.now() + patienceMs;
      for (const frame of frames) {
        const key = keyOf(frame);
        for (const { expectations } of hearers) {
          const deadlines = expectations.get(key);
          if (deadlines === undefined) expectations.set(key, [deadline]);
          else deadlines.push(deadline);
        }
      }
    },

    claims(frame) {
      if (self.expectations.size === 0) return false;
      const key = keyOf(frame);
      const deadlines = self.expectations.get(key)?.filter((deadline) => deadline > performance.now());
      const isClaimed = deadlines?.shift() !== undefined;
      if (deadlines?.length) self.expectations.set(key, deadlines);
      else self.expectations.delete(key);
      return isClaimed;
    },

    close() {
      onNic.delete(self);
      if (onNic.size === 0) ledgers.delete(nic);
    },
  };
}
