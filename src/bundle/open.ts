/** Opens a bundle without trusting it: nothing in it is followed, run, or believed for what it says of itself. */
import { join } from 'node:path';
import * as v from 'valibot';
import { type Result, ResultSchema } from '../result.js';
import { JsonError, parseJson } from './bounded-json.js';
import { type Bundle, BundleError, type Refusal, type Signer } from './bundle.js';
import { checkEvidence, checkManifest, checkTree, type Listed } from './check-files.js';
import { checkResult, checkTester } from './check-result.js';
import { FileError, lookAt, readPlainFile, sha256 } from './file.js';
import { bundleFiles, limits } from './layout.js';
import { isPlainName } from './names.js';
import { refusal } from './refusals.js';
import {
  type Manifest,
  ManifestSchema,
  type Subject,
  SubjectSchema,
  type Withdrawal,
  WithdrawalSchema,
} from './schema.js';
import { signerOf } from './signer.js';
import { checkTimes } from './times.js';
import { type Tree, treeOf } from './tree.js';
import type { Trust } from './trust.js';
import { unpublishableTexts } from './unpublishable.js';
import { checkWithdrawal } from './withdrawal.js';

export { readTrust, type Trust } from './trust.js';

export interface OpenOptions {
  /** `listed`: digests of result.json and subject.json only; of the rest, that it is there and as large as it should be.
   *  `digests`: of every file, and that no text holds an address that may not be published. */
  readonly evidence: 'listed' | 'digests';
  /** Of a new submission: the key must be valid now too, and nothing may lie in the future. */
  readonly now?: Date;
  /** Of a new withdrawal: its key must be valid now. The bundle's may have expired since. */
  readonly withdrawnNow?: Date;
}

/** Opens `<vendor>/<model>/<run>` below reports/. Rejects with a BundleError that names everything for which the bundle is
 *  refused, as far as it could be read. */
export async function openBundle(
  reportsFolder: string,
  path: string,
  trust: Trust,
  options: OpenOptions,
): Promise<Bundle> {
  try {
    return open(reportsFolder, path, trust, options);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new BundleError([refusal(error.code, `${JSON.stringify(path.slice(0, 120))} ${error.message}`)]);
  }
}

function open(reportsFolder: string, path: string, trust: Trust, options: OpenOptions): Bundle {
  const folder = folderOf(reportsFolder, path);
  const refusals: Refusal[] = [];
  const tree = treeOf(folder);
  refusals.push(...tree.refusals);
  const reader = new BundleReader(folder, tree, refusals);

  const manifestBytes = reader.bytes(bundleFiles.manifest, limits.jsonBytes);
  const manifest = manifestBytes && reader.value(bundleFiles.manifest, manifestBytes, ManifestSchema);
  if (!manifestBytes || !manifest) throw new BundleError(refusals);
  const manifestSha256 = sha256(manifestBytes);
  const { listed, refusals: wrong } = checkManifest(manifest);
  refusals.push(...wrong, ...checkTree(tree, listed));

  const signer = signed(reader, manifestBytes, manifest, trust, options.now);
  const result = listedJson<Result>(reader, bundleFiles.result, listed, ResultSchema);
  const subject = listedJson<Subject>(reader, bundleFiles.subject, listed, SubjectSchema);
  if (result && subject) {
    refusals.push(...checkResult(result, subject), ...checkTimes(result, manifest, options.now));
    refusals.push(...checkEvidence(result, listed));
  }
  if (subject && signer) {
    refusals.push(...checkTester(subject, signer, trust.parties.get(signer.principal)?.contractedBy));
  }
  const withdrawal = withdrawn(
    reader,
    { manifest, manifestSha256, signer, ...(options.withdrawnNow && { now: options.withdrawnNow }) },
    trust,
  );
  if (options.evidence === 'digests') {
    checkDigests(reader, listed);
    const addresses = result && subject ? unpublishableTexts(result, subject) : [];
    if (addresses.length > 0) {
      refusals.push(
        refusal('address', `its texts hold addresses that are not for publishing (${few(addresses)})`),
      );
    }
  }
  if (refusals.length > 0 || !result || !subject) throw new BundleError(refusals);
  return { path, folder, manifest, manifestSha256, subject, result, signer, withdrawal };
}

const few = (texts: readonly string[]): string =>
  texts.length > 5 ? `${texts.slice(0, 5).join(', ')} and ${texts.length - 5} more` : texts.join(', ');

/** Where the bundle lies: three folders, none of them a link. */
function folderOf(reportsFolder: string, path: string): string {
  const names = path.split('/');
  const odd = names.find((name) => !isPlainName(name));
  if (names.length !== 3 || odd !== undefined) {
    const why = odd
      ? `: ${JSON.stringify(odd.slice(0, 60))} has other characters than a bundle’s path may`
      : '';
    throw new BundleError([
      refusal('no-bundle', `${JSON.stringify(path.slice(0, 120))} is no path of a bundle${why}`),
    ]);
  }
  let folder = reportsFolder;
  for (const name of names) {
    folder = join(folder, name);
    const found = lookAt(folder);
    if (!found) throw new BundleError([refusal('no-bundle', `${path} does not exist`)]);
    if (!found.isDirectory())
      throw new BundleError([refusal('not-a-file', `${name} in ${path} is no folder`)]);
  }
  return folder;
}

/** Reads files of one bundle, and notes why one can't be. */
class BundleReader {
  constructor(
    private readonly folder: string,
    readonly tree: Tree,
    readonly refusals: Refusal[],
  ) {}

  bytes(path: string, bytesMax: number): Uint8Array | undefined {
    // The tree has told of it.
    if (this.tree.others.has(path)) return undefined;
    try {
      return readPlainFile(join(this.folder, path), bytesMax);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.refusals.push(refusal(error.code, `${path} ${error.message}`));
      return undefined;
    }
  }

  value<T>(path: string, bytes: Uint8Array, schema: v.GenericSchema<unknown, T>): T | undefined {
    try {
      const parsed = v.safeParse(schema, parseJson(bytes), { abortEarly: true });
      if (parsed.success) return parsed.output;
      const [issue] = parsed.issues;
      const place = (v.getDotPath(issue) ?? 'its root').slice(0, 120);
      const what = `${path} does not fit its schema at ${place}: ${issue.message.slice(0, 200)}`;
      this.refusals.push(refusal('schema', what));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.refusals.push(error.refusal(path));
    }
    return undefined;
  }
}

/** A file that the manifest lists, its digest checked. */
function listedJson<T>(
  reader: BundleReader,
  path: string,
  listed: Listed,
  schema: v.GenericSchema<unknown, T>,
): T | undefined {
  const file = listed.get(path);
  const bytes = file && reader.tree.files.has(path) ? reader.bytes(path, limits.jsonBytes) : undefined;
  if (!file || !bytes) return undefined;
  if (sha256(bytes) !== file.sha256) {
    reader.refusals.push(refusal('digest', `${path} has another digest than manifest.json says`));
    return undefined;
  }
  return reader.value(path, bytes, schema);
}

function signed(
  reader: BundleReader,
  bytes: Uint8Array,
  { createdAt }: Manifest,
  trust: Trust,
  now: Date | undefined,
): Signer | null {
  const { manifest: name, signature: signatureName } = bundleFiles;
  if (!reader.tree.files.has(signatureName)) return null;
  const signature = reader.bytes(signatureName, limits.signatureBytes);
  if (!signature) return null;
  const times = [new Date(createdAt), ...(now ? [now] : [])];
  const signer = signerOf({ name, signatureName, bytes, signature, times }, trust);
  if (!('code' in signer)) return signer;
  reader.refusals.push(signer);
  return null;
}

function withdrawn(
  reader: BundleReader,
  bundle: Parameters<typeof checkWithdrawal>[3],
  trust: Trust,
): Withdrawal | null {
  const { withdrawal: name, withdrawalSignature: signatureName } = bundleFiles;
  const { files } = reader.tree;
  if (!files.has(name) && !files.has(signatureName)) return null;
  const bytes = reader.bytes(name, limits.jsonBytes);
  const signature = reader.bytes(signatureName, limits.signatureBytes);
  const withdrawal = bytes && reader.value(name, bytes, WithdrawalSchema);
  if (!withdrawal || !signature) return null;
  reader.refusals.push(...checkWithdrawal(withdrawal, bytes, signature, bundle, trust));
  return withdrawal;
}

function checkDigests(reader: BundleReader, listed: Listed): void {
  for (const [path, file] of listed) {
    if (
      path === bundleFiles.result ||
      path === bundleFiles.subject ||
      reader.tree.files.get(path) !== file.size
    )
      continue;
    const bytes = reader.bytes(path, limits.fileBytes);
    if (bytes && sha256(bytes) !== file.sha256) {
      reader.refusals.push(refusal('digest', `${path} has another digest than manifest.json says`));
    }
  }
}
