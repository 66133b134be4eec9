/** Whether a new bundle is of a run that somebody has submitted before. */
import { join } from 'node:path';
import { byCodeUnit } from '../list/canonical.js';
import type { Bundle } from './bundle.js';
import { FileError, lookAt, readPlainFile } from './file.js';
import { bundlePaths } from './find.js';
import { bundleFiles, limits } from './layout.js';

/**
 * The path of another bundle that holds some of its events.json, each of which begins with the nanosecond at which its recording
 * did. Cheap, since it looks at manifests alone: a copy that was rewritten is found when the list is compiled. Rejects with a
 * BundleError where the reports folder holds what it must not.
 */
export async function repeatedBy(
  reportsFolder: string,
  { path, result }: Bundle,
): Promise<string | undefined> {
  const own = new Set(
    result.cases.flatMap(({ attempts }) => attempts.flatMap(({ evidence }) => evidence?.events.sha256 ?? [])),
  );
  const others = (await bundlePaths(reportsFolder)).filter((other) => other !== path).sort(byCodeUnit);
  return others.find((other) => digestsIn(join(reportsFolder, other)).some((digest) => own.has(digest)));
}

/** Of a manifest that nobody has checked; what can't be read, or counts for nothing, has none. */
function digestsIn(folder: string): readonly string[] {
  const has = (name: string) => lookAt(join(folder, name))?.isFile() === true;
  try {
    // It keeps nobody from submitting: a run that was withdrawn may come again under its right name.
    if (!has(bundleFiles.signature) || has(bundleFiles.withdrawal)) return [];
    const manifest = readPlainFile(join(folder, bundleFiles.manifest), limits.jsonBytes);
    const text = Buffer.from(manifest).toString('latin1');
    return text.match(/\b[0-9a-f]{64}\b/g) ?? [];
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
