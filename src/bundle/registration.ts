/** Whose a key is, as the reviewed files beside the bundles say; and what to add to them where they don't. */
import { folderName } from '../list/slug.js';
import type { SigningKey } from './keys.js';
import { signatureNamespace, trustFiles } from './layout.js';
import type { Tester } from './schema.js';
import type { Party, Trust } from './trust.js';

/** A key's principal and his party; undefined: it is not registered. */
export function registered(
  { signers, parties }: Trust,
  { fingerprint }: SigningKey,
): { readonly principal: string; readonly party: Party } | undefined {
  const signer = signers.find((one) => one.fingerprint === fingerprint);
  const party = signer && parties.get(signer.principal);
  return signer && party && { principal: signer.principal, party };
}

export interface NewRegistration {
  readonly trust: Trust;
  /** For allowed_signers. */
  readonly line: string;
  /** For the `parties` of parties.json. */
  readonly party: string;
}

/** What would make the key the tester's: the lines to add, and the trust as it will be then. */
export function registration(
  trust: Trust,
  key: SigningKey,
  { organisation, relation, contractedBy }: Tester,
  now: Date,
): NewRegistration {
  const principal = folderName(organisation);
  const day = now.toISOString().slice(0, 10);
  const party: Party = { organisation, relation, ...(contractedBy !== undefined && { contractedBy }) };
  return {
    trust: {
      signers: [
        ...trust.signers,
        {
          principal,
          key: key.blob,
          fingerprint: key.fingerprint,
          namespaces: [signatureNamespace],
          validAfterMs: Date.parse(day),
          validBeforeMs: Number.POSITIVE_INFINITY,
          line: trust.signers.length + 1,
        },
      ],
      parties: new Map([...trust.parties, [principal, party]]),
    },
    line: `${principal} namespaces="${signatureNamespace}",valid-after="${day.replaceAll('-', '')}Z" ${key.publicKey}`,
    party: `${JSON.stringify(principal)}: ${JSON.stringify(party)}`,
  };
}

/** What to do with them, in words. */
export function registrationAdvice({ line, party }: NewRegistration): string[] {
  return [
    `Your key is not in ${trustFiles.signers} yet, and until it is, the bundle is refused. Ask for it in a pull request of its`,
    'own, which a maintainer reviews. As a line at the end of',
    `reports/${trustFiles.signers}:`,
    `  ${line}`,
    `and to the "parties" of reports/${trustFiles.parties}:`,
    `  ${party}`,
  ];
}
