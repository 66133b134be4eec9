/** What verdicts and records depend on besides the bundles: the code that comes to them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../root.js';
import { byCodeUnit } from './canonical.js';

/** The folder that holds src/ and probes/ as they run. */
const compiled = fileURLToPath(new URL('../../', import.meta.url));

const judging = [
  'probes',
  ...['bundle', 'diagnosis', 'engine', 'evidence', 'frame', 'list', 'profiles', 'report'].map(
    (name) => `src/${name}`,
  ),
];

/** sha256 over the compiled code that opens, judges and merges, and over the versions of the packages it uses. */
export function codeDigest(): string {
  const hash = createHash('sha256');
  const add = (file: string) => hash.update(`${file}\n`).update(readFileSync(file)).update('\n');
  for (const folder of judging) {
    const names = readdirSync(join(compiled, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => /\.[jt]s$/.test(each)).sort(byCodeUnit))
      add(join(compiled, folder, name));
  }
  for (const name of ['probe', 'timeline', 'result']) add(join(compiled, 'src', `${name}.js`));
  add(join(packageRoot, 'package.json'));
  return hash.digest('hex');
}
