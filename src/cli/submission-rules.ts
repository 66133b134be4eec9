/** What a pull request may change to be a submission: one new bundle, or withdrawals. Pure. */
import { bundleFiles, limits, trustFiles } from '../bundle/layout.js';
import { isPlainName, wrongPath } from '../bundle/names.js';
import { printable } from '../bundle/refusals.js';

/** One line of `git diff-tree --raw`. */
export interface TreeChange {
  /** A added, M changed, D deleted, T another type. */
  readonly status: string;
  /** Of git: `100644` is a plain file, `120000` a link, `160000` another repository. */
  readonly mode: string;
  readonly object: string;
  /** From the repository's root, with slashes; as git has it, so with anything in it. */
  readonly path: string;
}

export interface Submission {
  /** False: nothing of a bundle is changed, so there is nothing to check here. */
  readonly isOne: boolean;
  /** Below reports/. */
  readonly bundle?: string;
  /** Bundles that are withdrawn, below reports/. */
  readonly withdrawn: readonly string[];
  /** The new files, with the list where it was compiled again. */
  readonly files: readonly TreeChange[];
  /** What a reviewer must see although it is no submission. */
  readonly warnings: readonly string[];
  /** A sentence each. */
  readonly refusals: readonly string[];
}

export const listFile = 'hardware-list.json';
const plainFile = '100644';
const withdrawalFiles: readonly string[] = [bundleFiles.withdrawal, bundleFiles.withdrawalSignature];
const trusted: readonly string[] = Object.values(trustFiles).map((name) => `reports/${name}`);

/** A path as a sentence can hold it: no line end or escape sequence of a file's name reaches a log. */
const shown = (path: string): string =>
  printable(JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}…` : path));

/**
 * Sorts the changes of a pull request.
 * @param isBundle whether the base branch has a bundle at a path below reports/
 */
export function readSubmission(
  changes: readonly TreeChange[],
  isBundle: (path: string) => boolean,
): Submission {
  const trust = changes.filter(({ path }) => trusted.includes(path));
  const isOne = changes.some(({ path }) => path.startsWith('reports/') && !trusted.includes(path));
  const warnings = trust.map(
    ({ path }) => `${path} says whose signatures everybody trusts: a maintainer must review the change.`,
  );
  if (!isOne) return { isOne, withdrawn: [], files: [], warnings, refusals: [] };
  const bundles = new Set<string>();
  const withdrawn = new Set<string>();
  const files: TreeChange[] = [];
  const refusals: string[] = [];
  for (const change of changes) {
    const { path, mode, status } = change;
    const refuse = (why: string) => void refusals.push(`${shown(path)} ${why}`);
    if (trusted.includes(path)) {
      refuse(
        'says whom everybody trusts: ask a maintainer to change it, in a pull request without a bundle.',
      );
    } else if (path === listFile && status === 'M' && mode === plainFile) {
      files.push(change);
    } else if (!path.startsWith('reports/')) {
      refuse(
        'is no part of a bundle: a submission changes nothing outside of it; open another pull request.',
      );
    } else if (wrongPath(path) !== undefined || path.split('/').length < 5) {
      refuse('is no path of a bundle’s file: use the folder that `takeover submit` wrote, as it is.');
    } else if (status === 'D') {
      refuse('would be deleted, and nothing in reports/ is: withdraw the bundle with `takeover withdraw`.');
    } else if (mode !== plainFile) {
      refuse('is a link, a program or another repository: a bundle holds plain files only.');
    } else {
      const [vendor = '', model = '', run = '', ...rest] = path.split('/').slice(1);
      const bundle = [vendor, model, run].join('/');
      const known = isBundle(bundle);
      if (status !== 'A') refuse('is there already, and a bundle is never changed: submit another one.');
      else if (known && !withdrawalFiles.includes(rest.join('/')))
        refuse('would be added to a bundle that is there already: submit another one.');
      else {
        (known ? withdrawn : bundles).add(bundle);
        files.push(change);
      }
    }
  }
  if (bundles.size > 1)
    refusals.push(`${bundles.size} bundles are new: submit each in a pull request of its own.`);
  if (files.length > limits.files)
    refusals.push(`${files.length} files are new; a bundle has ${limits.files} at most.`);
  const [bundle] = bundles;
  return {
    isOne,
    ...(bundle !== undefined && { bundle }),
    withdrawn: [...withdrawn],
    files,
    warnings,
    refusals,
  };
}

/** `:100644 100644 <old> <new> M\0path\0…`, as `git diff-tree -r -z --raw --no-renames` prints it. */
export function parseRawDiff(raw: string): TreeChange[] {
  const parts = raw.split('\0');
  const changes: TreeChange[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [, mode = '', , object = '', status = ''] = (parts[i] ?? '').split(' ');
    changes.push({ status, mode, object, path: parts[i + 1] ?? '' });
  }
  return changes;
}

/** Whether the folder's names can be those of a bundle. */
export const isBundlePath = (path: string): boolean =>
  path.split('/').length === 3 && path.split('/').every(isPlainName);
