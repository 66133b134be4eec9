/** Whether a new bundle's device has a name that a reader could take for another device's. */
import { join } from 'node:path';
import * as v from 'valibot';
import { exactName } from '../report/words.js';
import { JsonError, parseJson } from './bounded-json.js';
import type { Bundle } from './bundle.js';
import { FileError, readPlainFile } from './file.js';
import { bundlePaths } from './find.js';
import { bundleFiles, limits } from './layout.js';
import { SubjectSchema } from './schema.js';

/** A device below reports/ that is called otherwise, and looks the same. */
export interface LookAlike {
  /** Of its bundle. */
  readonly path: string;
  /** Vendor, model, hardware and firmware. */
  readonly name: string;
}

/** What is left of a name for a hasty reader, after the skeletons of Unicode Technical Standard #39: l, I, 1 and | are one, and so
 *  are O and 0; neither case nor blanks nor hyphens count. */
export const skeleton = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]/g, '')
    .replace(/[1i|]/g, 'l')
    .replace(/0/g, 'o');

/** The first of them. It may be honest, and so is only told: versions 1.0 and l.0 could both be. */
export async function lookAlikeOf(
  reportsFolder: string,
  { path, subject }: Bundle,
): Promise<LookAlike | undefined> {
  const own = exactName(subject.device);
  const wanted = skeleton(own);
  for (const other of await bundlePaths(reportsFolder)) {
    const name = other === path ? own : nameIn(join(reportsFolder, other));
    if (name !== undefined && name !== own && skeleton(name) === wanted) return { path: other, name };
  }
  return undefined;
}

/** Of a bundle that nobody has checked; what can't be read has none. */
function nameIn(folder: string): string | undefined {
  try {
    const bytes = readPlainFile(join(folder, bundleFiles.subject), limits.jsonBytes);
    const parsed = v.safeParse(SubjectSchema, parseJson(bytes));
    return parsed.success ? exactName(parsed.output.device) : undefined;
  } catch (error) {
    if (error instanceof FileError || error instanceof JsonError) return undefined;
    throw error;
  }
}
