/** A bundle that was withdrawn: why, and whether whoever did so may. */
import type { Refusal, Signer } from './bundle.js';
import { bundleFiles } from './layout.js';
import { refusal } from './refusals.js';
import type { Manifest, Withdrawal } from './schema.js';
import { signerOf } from './signer.js';
import { timeMs } from './times.js';
import type { Trust } from './trust.js';

export interface WithdrawnBundle {
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly signer: Signer | null;
  /** Of a new withdrawal: its key must be valid then too. */
  readonly now?: Date;
}

/** Why a withdrawal is none; empty where it is one. */
export function checkWithdrawal(
  withdrawal: Withdrawal,
  bytes: Uint8Array,
  signature: Uint8Array,
  { manifest, manifestSha256, signer, now }: WithdrawnBundle,
  trust: Trust,
): Refusal[] {
  const { withdrawal: name, withdrawalSignature: signatureName } = bundleFiles;
  const refusals: Refusal[] = [];
  if (withdrawal.manifestSha256 !== manifestSha256) {
    refusals.push(
      refusal('withdrawal', `${name} is of another bundle: its manifest.json has another digest`),
    );
  }
  if (!(timeMs(withdrawal.at) >= timeMs(manifest.createdAt))) {
    refusals.push(refusal('withdrawal', `${name} is older than the bundle`));
  }
  const times = [new Date(withdrawal.at), ...(now ? [now] : [])];
  const by = signerOf({ name, signatureName, bytes, signature, times }, trust);
  if ('code' in by) refusals.push(by);
  else if (by.relation !== 'project' && by.principal !== signer?.principal) {
    refusals.push(refusal('withdrawal', `${by.principal}, who signed ${name}, did not submit the bundle`));
  }
  return refusals;
}
