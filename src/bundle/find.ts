/** Where bundles lie: `<vendor>/<model>/<run>` below reports/. */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { byCodeUnit } from '../list/canonical.js';
import { BundleError, type Refusal } from './bundle.js';
import { unreadable } from './file.js';
import { trustFiles } from './layout.js';
import { isPlainName } from './names.js';
import { refusal } from './refusals.js';

const levels = 3;
/** Beside the bundles; whatever begins with a dot is a tool's own, and not looked at. */
const beside: readonly string[] = [...Object.values(trustFiles), 'README.md'];

/** What was found before, by folder. */
export interface KnownFolders {
  /** The names that were kept of a folder, where it is as it was then. */
  namesIn(path: string): readonly string[] | undefined;
  keep(path: string, names: readonly string[]): void;
}

/** The paths of all bundles, sorted by code unit, with slashes on every system. Rejects with a BundleError that names every
 *  link, every name that is not allowed, and every file that lies where a folder should. */
export async function bundlePaths(reportsFolder: string, known?: KnownFolders): Promise<string[]> {
  const refusals: Refusal[] = [];
  const namesIn = (path: string): readonly string[] => {
    const before = known?.namesIn(path);
    if (before) return before;
    const refused = refusals.length;
    const names = foldersIn(reportsFolder, path, refusals);
    if (refusals.length === refused) known?.keep(path, names);
    return names;
  };
  let paths = [''];
  for (let depth = 0; depth < levels; depth++) {
    paths = paths.flatMap((path) => namesIn(path).map((name) => (path === '' ? name : `${path}/${name}`)));
  }
  if (refusals.length > 0) throw new BundleError(refusals);
  return paths.sort(byCodeUnit);
}

/** The names of the folders in a folder. */
function foldersIn(reportsFolder: string, parent: string, refusals: Refusal[]): string[] {
  const byLowerCase = new Map<string, string>();
  return entriesIn(reportsFolder, parent, refusals).flatMap((entry) => {
    const { name } = entry;
    if (name.startsWith('.') || (parent === '' && beside.includes(name))) return [];
    const path = parent === '' ? name : `${parent}/${name}`;
    const shown = `reports/${path}`;
    const twin = byLowerCase.get(name.toLowerCase());
    byLowerCase.set(name.toLowerCase(), shown);
    if (!isPlainName(name)) {
      refusals.push(refusal('name', `${JSON.stringify(shown)} has a name that is not allowed`));
    } else if (!entry.isDirectory()) {
      refusals.push(
        refusal('not-a-file', `${shown} is no folder, and below reports/ lie <vendor>/<model>/<run>`),
      );
    } else if (twin !== undefined) {
      refusals.push(refusal('name-collision', `${shown} and ${twin} differ only in case`));
    } else {
      return [name];
    }
    return [];
  });
}

function entriesIn(reportsFolder: string, path: string, refusals: Refusal[]): Dirent[] {
  try {
    const entries = readdirSync(join(reportsFolder, path), { withFileTypes: true });
    return entries.sort((x, y) => byCodeUnit(x.name, y.name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isNone = path === '' && (code === 'ENOENT' || code === 'ENOTDIR');
    refusals.push(
      isNone
        ? refusal('no-bundle', `${reportsFolder} is no folder of reports`)
        : refusal('unreadable', `${join(reportsFolder, path)} ${unreadable(error).message}`),
    );
    return [];
  }
}
