/** Whether what lies in the folder, what the manifest lists and what the result names are one and the same. */
import type { Result } from '../result.js';
import type { Refusal } from './bundle.js';
import { bundleFiles, limits } from './layout.js';
import { wrongPath } from './names.js';
import { refusal } from './refusals.js';
import type { Manifest } from './schema.js';
import type { Tree } from './tree.js';

/** By path. */
export type Listed = ReadonlyMap<string, Manifest['files'][number]>;

/** Not in the manifest, since they are about it. */
const aboutManifest: readonly string[] = [
  bundleFiles.manifest,
  bundleFiles.signature,
  bundleFiles.withdrawal,
  bundleFiles.withdrawalSignature,
];
const required: readonly string[] = [bundleFiles.result, bundleFiles.subject];

const shown = (path: string): string => JSON.stringify(path.slice(0, 160));

export function checkManifest({ files }: Manifest): { listed: Listed; refusals: Refusal[] } {
  const listed = new Map<string, Manifest['files'][number]>();
  const refusals: Refusal[] = [];
  let bytes = 0;
  for (const file of files) {
    const wrong = wrongPath(file.path);
    if (wrong) refusals.push(refusal(wrong[0], `manifest.json: ${wrong[1]}`));
    else if (listed.has(file.path)) {
      refusals.push(refusal('manifest', `manifest.json lists ${shown(file.path)} twice`));
    } else if (aboutManifest.includes(file.path)) {
      refusals.push(refusal('manifest', `manifest.json lists ${shown(file.path)}, which is about it`));
    }
    listed.set(file.path, file);
    bytes += file.size;
  }
  if (bytes > limits.bundleBytes) {
    refusals.push(refusal('too-large', `manifest.json lists more than ${limits.bundleBytes} octets`));
  }
  for (const path of required) {
    if (!listed.has(path)) refusals.push(refusal('manifest', `manifest.json does not list ${path}`));
  }
  return { listed, refusals };
}

export function checkTree(tree: Tree, listed: Listed): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [path, size] of tree.files) {
    const file = listed.get(path);
    if (file && file.size !== size) {
      const what = `${shown(path)} has ${size} octets, and manifest.json says ${file.size}`;
      refusals.push(refusal('size', what));
    } else if (!file && !aboutManifest.includes(path)) {
      refusals.push(refusal('unlisted', `${shown(path)} is not in manifest.json`));
    }
  }
  for (const path of tree.emptyFolders) {
    refusals.push(refusal('unlisted', `the folder ${shown(path)} is empty`));
  }
  for (const path of listed.keys()) {
    if (!tree.files.has(path) && !tree.others.has(path))
      refusals.push(refusal('missing', `${shown(path)} is missing`));
  }
  return refusals;
}

const evidencePath = /^(evidence\/.+\/[1-9]\d*)\/(?:(capture\.pcapng)|events\.json)(?:\.gz)?$/;

/** Whether the evidence that the attempts name is what the manifest lists, and lies where it should. */
export function checkEvidence({ cases }: Result, listed: Listed): Refusal[] {
  const refusals: Refusal[] = [];
  const named = new Map<string, string>();
  const digests = new Map<string, string>();
  for (const { id, attempts } of cases) {
    for (const { evidence } of attempts) {
      if (!evidence) continue;
      const { capture, events } = evidence;
      const folder = `evidence/${id}/`;
      const [one, other] = [capture, events].map(({ path }) => evidencePath.exec(path));
      if (
        one?.[2] === undefined ||
        other?.[2] !== undefined ||
        one[1] !== other?.[1] ||
        !capture.path.startsWith(folder)
      ) {
        const wrong = wrongPath(capture.path) ?? wrongPath(events.path);
        const [code, what] =
          wrong ??
          (['evidence-place', `the evidence of ${id} lies elsewhere: ${shown(capture.path)}`] as const);
        refusals.push(refusal(code, `result.json: ${what}`));
      }
      for (const { path, sha256 } of [capture, events]) {
        if (listed.get(path)?.sha256 !== sha256) {
          refusals.push(
            refusal(
              'evidence-unlisted',
              `the evidence ${shown(path)} of ${id} is not as manifest.json lists it`,
            ),
          );
        }
        if (named.has(path)) {
          refusals.push(
            refusal(
              'evidence-shared',
              `${shown(path)} is named by two attempts, of ${named.get(path)} and ${id}`,
            ),
          );
        }
        named.set(path, id);
      }
      const owner = digests.get(capture.sha256);
      if (owner !== undefined) {
        refusals.push(refusal('evidence-shared', `${id} and ${owner} have the same capture`));
      }
      digests.set(capture.sha256, id);
    }
  }
  for (const path of listed.keys()) {
    if (!named.has(path) && !required.includes(path) && !aboutManifest.includes(path)) {
      refusals.push(refusal('evidence-unnamed', `${shown(path)} is no evidence that the result names`));
    }
  }
  return refusals;
}
