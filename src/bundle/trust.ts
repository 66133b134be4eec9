/** Who may sign, and whose voice he is: two reviewed files beside the bundles. */
import { join } from 'node:path';
import * as v from 'valibot';
import { type AllowedSigner, isValidAt, parseAllowedSigners } from './allowed-signers.js';
import { JsonError, parseJson } from './bounded-json.js';
import { BundleError, type Refusal } from './bundle.js';
import { FileError, readPlainFile } from './file.js';
import { signatureNamespace, trustFiles } from './layout.js';
import { refusal } from './refusals.js';
import { type Parties, PartiesSchema } from './schema.js';

export type Party = Parties['parties'][string];

/** What reports/allowed_signers and reports/parties.json say. */
export interface Trust {
  readonly signers: readonly AllowedSigner[];
  /** By principal. */
  readonly parties: ReadonlyMap<string, Party>;
}

/** Nobody: every signature is then a stranger's. */
export const noTrust: Trust = { signers: [], parties: new Map() };

const bytesMax = 4 * 1024 * 1024;

/** Reads both files; a missing one is an empty one. Rejects with a BundleError that names every line that can't be used. */
export async function readTrust(reportsFolder: string): Promise<Trust> {
  const read = (name: string, code: 'allowed-signers' | 'parties') => {
    try {
      return readPlainFile(join(reportsFolder, name), bytesMax);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (error.code !== 'missing') problems.push(refusal(code, `${name} ${error.message}`));
      return undefined;
    }
  };
  const problems: Refusal[] = [];
  const signersText = read(trustFiles.signers, 'allowed-signers');
  const partiesText = read(trustFiles.parties, 'parties');
  const { signers, refusals } = parseAllowedSigners(Buffer.from(signersText ?? []).toString('utf8'));
  const parties = new Map<string, Party>();
  problems.push(...refusals);
  try {
    if (partiesText) for (const [name, party] of partiesOf(partiesText)) parties.set(name, party);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    problems.push(refusal('parties', `${trustFiles.parties} ${error.message}`));
  }
  if (problems.length > 0) throw new BundleError(problems);
  return { signers, parties };
}

function partiesOf(bytes: Uint8Array): [string, Party][] {
  const parsed = v.safeParse(PartiesSchema, parseJson(bytes));
  if (parsed.success) return Object.entries(parsed.output.parties);
  const [issue] = parsed.issues;
  throw new JsonError(
    'parties',
    `does not fit its schema at ${v.getDotPath(issue) ?? 'its root'}: ${issue.message}`,
  );
}

/** The entry by which a key may sign bundles at every one of the times; otherwise why there is none. */
export function signerAt(
  { signers }: Trust,
  fingerprint: string,
  times: readonly Date[],
): AllowedSigner | Refusal {
  const entries = signers.filter((signer) => signer.fingerprint === fingerprint);
  const [first] = entries;
  if (!first) return refusal('unknown-key', `the key ${fingerprint} is not in ${trustFiles.signers}`);
  const ours = entries.filter(({ namespaces }) => namespaces?.includes(signatureNamespace) ?? true);
  if (ours.length === 0) {
    return refusal(
      'unknown-key',
      `the key ${fingerprint} of ${first.principal} may sign other things, not bundles`,
    );
  }
  for (const time of times) {
    if (!ours.some((signer) => isValidAt(signer, time.getTime()))) {
      return refusal(
        'key-date',
        `the key ${fingerprint} of ${first.principal} was not valid at ${time.toISOString()}`,
      );
    }
  }
  return ours[0] ?? first;
}
