/** arp-fingerprint's words in a recording. */
import type { Recording } from '../evidence/recording.js';
import { fingerprintMark } from './plan.js';

export interface Fingerprint {
  /** What it answers, a bit a question. */
  readonly bits: string;
  readonly guess: string;
}

/** A line of arp-fingerprint's: `192.0.2.1⇥01010100000⇥Linux 2.2, 2.4, 2.6`; null: it had no answer. */
export function readFingerprint(
  line: string,
): { address: string; fingerprint: Fingerprint | null } | undefined {
  const [, address = '', rest = ''] = /^(\d+\.\d+\.\d+\.\d+)\t(.*)$/.exec(line.trim()) ?? [];
  const [, bits, guess] = /^([01]{11})\t(.*)$/.exec(rest) ?? [];
  if (address === '') return undefined;
  return { address, fingerprint: bits === undefined || guess === undefined ? null : { bits, guess } };
}

/** By address; undefined: arp-fingerprint was not asked. */
export function fingerprintsIn({ events }: Recording): ReadonlyMap<string, Fingerprint | null> | undefined {
  const lines = events.flatMap((event) =>
    event.kind === 'mark' && event.name === fingerprintMark ? [event.detail ?? ''] : [],
  );
  if (lines.length === 0) return undefined;
  return new Map(
    lines.flatMap((line) => {
      const read = readFingerprint(line);
      return read ? [[read.address, read.fingerprint] as const] : [];
    }),
  );
}
