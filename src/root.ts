/** Where the package lies on disk, whichever folder it was compiled to. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'hardware-list.json')) && existsSync(join(folder, 'package.json')))
      return folder;
    if (dirname(folder) === folder)
      throw new Error(`No package.json beside hardware-list.json above ${start}.`);
  }
}

/** The folder that holds package.json, templates/ and reports/. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The suite's version, from package.json. */
export const version: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
