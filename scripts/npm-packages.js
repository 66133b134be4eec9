/** The packages from npm: whether they are those of package-lock.json, and getting them when not. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether node_modules holds what package-lock.json asks for. npm notes what it installed in
 * node_modules/.package-lock.json; packages for other systems (`os`, `cpu`) are absent there.
 * Contents are compared, not dates: a fresh checkout gives every file the same date.
 */
export function npmPackagesAreCurrent(root) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  const same = (path, entry) =>
    installed[path]?.version === entry.version && installed[path].integrity === entry.integrity;
  return (
    Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' || same(path, entry) || ((entry.os || entry.cpu) && !(path in installed)),
    ) && Object.keys(installed).every((path) => path in wanted)
  );
}

function lockedPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/**
 * `npm ci` without any package's install script: none is needed but cap's, which `buildCap` runs.
 * @returns {string | undefined} what npm said, when it failed
 */
export function installNpmPackages(root) {
  return npm(root, [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
  ]);
}

/** Whether the optional `cap` driver is there, compiled. */
export const capIsBuilt = (root) => existsSync(join(root, 'node_modules/cap/build/Release/cap.node'));

/**
 * Compiles `cap` with node-gyp.
 * @returns {string | undefined} what npm said, when it failed
 */
export function buildCap(root) {
  return npm(root, ['rebuild', 'cap']);
}

function npm(root, args) {
  // Distributions ship Node's headers; with them node-gyp need not download any.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...headers },
  });
  return status === 0 ? undefined : (error?.message ?? `${stdout}${stderr}`);
}

/** `npx takeover` looks in node_modules/.bin, where npm links the commands of dependencies but not our own. */
export function linkCommand(root) {
  const link = join(root, 'node_modules/.bin/takeover');
  if (existsSync(link)) return;
  rmSync(link, { force: true });
  symlinkSync('../../bin/takeover.js', link);
}
