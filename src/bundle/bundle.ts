/** A bundle that was opened, and why one is refused. */
import type { Result } from '../result.js';
import type { Manifest, Subject, Withdrawal } from './schema.js';

/** Who signed, as the reviewed files know him. */
export interface Signer {
  /** Of allowed_signers. */
  readonly principal: string;
  readonly organisation: string;
  readonly relation: Subject['tester']['relation'];
  /** Whose opinion it is: the organisation's own, or that of whoever paid for the test. One voice, one vote. */
  readonly voice: string;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

export interface Bundle {
  /** Below reports/: `<vendor>/<model>/<run>`, with slashes on every system. */
  readonly path: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly subject: Subject;
  readonly result: Result;
  /** Null: not signed, so that it is shown as a preview and counts for nothing. */
  readonly signer: Signer | null;
  readonly withdrawal: Withdrawal | null;
}

/** One reason for which a bundle is refused. */
export interface Refusal {
  /** Fixed, for programs: `path-escapes`, `digest`, `signature`, … */
  readonly code: string;
  /** A sentence with its mend. */
  readonly text: string;
}

export class BundleError extends Error {
  override readonly name = 'BundleError';
  constructor(readonly refusals: readonly Refusal[]) {
    super(refusals.map(({ text }) => text).join('\n'));
  }
}
