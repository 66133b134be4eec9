/** Whether a file's signature holds, and who stands behind it. */
import type { Refusal, Signer } from './bundle.js';
import { signatureNamespace, trustFiles } from './layout.js';
import { refusal } from './refusals.js';
import { parseSignature, signatureHolds } from './signature.js';
import { fingerprintOf } from './ssh-key.js';
import { SshFormatError } from './ssh-wire.js';
import { signerAt, type Trust } from './trust.js';

export interface SignedFile {
  /** Its name, and that of the signature's file. */
  readonly name: string;
  readonly signatureName: string;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  /** When the key must have been valid. */
  readonly times: readonly Date[];
}

/** The signer, or why the signature is none. */
export function signerOf(file: SignedFile, trust: Trust): Signer | Refusal {
  try {
    const signature = parseSignature(file.signature);
    if (signature.namespace !== signatureNamespace) {
      const namespace = JSON.stringify(signature.namespace.slice(0, 80));
      return refusal(
        'signature-namespace',
        `${file.signatureName} was made for ${namespace}, not for bundles`,
      );
    }
    if (!signatureHolds(signature, file.bytes)) {
      return refusal('signature', `${file.signatureName} is no signature of ${file.name} as it is`);
    }
    const fingerprint = fingerprintOf(signature.key);
    const entry = signerAt(trust, fingerprint, file.times);
    if ('code' in entry) return entry;
    const party = trust.parties.get(entry.principal);
    if (!party) return refusal('party', `${entry.principal}, who signed, is not in ${trustFiles.parties}`);
    const { organisation, relation, contractedBy } = party;
    const voice = contractedBy ?? organisation;
    return { principal: entry.principal, organisation, relation, voice, fingerprint };
  } catch (error) {
    if (!(error instanceof SshFormatError)) throw error;
    return refusal(error.code, `${file.signatureName}: ${error.message}`);
  }
}
