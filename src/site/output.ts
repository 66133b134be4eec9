/** The site's folder: written beside the old one, then put in its place, so that nobody sees half of it and nothing of
 *  an earlier site is left. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Why no site can be written, a sentence with its mend. */
export class SiteError extends Error {
  override readonly name = 'SiteError';
  constructor(
    message: string,
    /** Whether bundles are to blame, not how the command was called. */
    readonly refused = false,
  ) {
    super(message);
  }
}

/** Tells a site of ours from any other folder, which is never replaced. */
const marker = 'takeover-site.json';

export interface Output {
  /** Where files are written until `commit`. */
  readonly draft: string;
  /** Puts the draft in the place of the site. */
  commit(): Promise<void>;
  /** Throws the draft away. */
  abandon(): Promise<void>;
}

/** Rejects with a SiteError where the folder holds something that is no site. */
export async function openOutput(out: string, about: object): Promise<Output> {
  const target = await realpath(out).catch(() => resolve(out));
  const draft = join(dirname(target), `.${basename(target)}.new`);
  const old = join(dirname(target), `.${basename(target)}.old`);
  if (!isReplaceable(target)) {
    throw new SiteError(
      `${out} holds something that is no site of takeover's, so it is left alone: name another folder with --out, or empty it.`,
    );
  }
  for (const left of [draft, old]) {
    if (!isReplaceable(left)) throw new SiteError(`${left} is in the way: remove it, or name another --out.`);
    await rm(left, { recursive: true, force: true });
  }
  // One by one: recursive, Node.js never ends where the system lets nobody make a folder, as in /proc.
  if (!existsSync(dirname(target))) mkdirSync(dirname(target), { recursive: true });
  mkdirSync(draft);
  writeFileSync(join(draft, marker), `${JSON.stringify(about)}\n`);
  return {
    draft,
    async commit() {
      if (existsSync(target)) await rename(target, old);
      await rename(draft, target);
      await rm(old, { recursive: true, force: true });
    },
    abandon: () => rm(draft, { recursive: true, force: true }),
  };
}

/** Nothing there, an empty folder, or a site. */
function isReplaceable(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    return existsSync(join(path, marker)) || readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

/** A writer of files below a folder, which makes each folder once. */
export function writerTo(root: string): (path: string, content: string | Uint8Array) => void {
  const made = new Set<string>();
  return (path, content) => {
    const file = join(root, path);
    const folder = dirname(file);
    if (!made.has(folder)) {
      mkdirSync(folder, { recursive: true });
      made.add(folder);
    }
    // `wx`: two pages of one address would be an error of ours.
    writeFileSync(file, content, { flag: 'wx' });
  };
}
