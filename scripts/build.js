/** Compiles the TypeScript sources into dist/, when they are not what dist/ was compiled from. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Everything that the compiler's output depends on: the sources, its settings and its own version. */
function fingerprint(root) {
  const sources = ['src', 'probes', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const hash = createHash('sha256');
  for (const path of ['tsconfig.json', 'package-lock.json', ...sources.sort()]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Compiles when needed, into an emptied dist/, so that no output of a deleted source stays.
 * @returns {{ built: boolean, errors?: string }} `errors` is the compiler's text when it failed
 */
export function build(root) {
  const stamp = join(root, 'dist', '.fingerprint');
  const wanted = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { built: false };

  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (tsc.status !== 0) return { built: false, errors: tsc.error?.message ?? `${tsc.stdout}${tsc.stderr}` };
  writeFileSync(stamp, wanted);
  return { built: true };
}
