/** A bench file's own takeover profiles, each mistake with its mend. */
import * as v from 'valibot';
import { profiles as catalogue } from '../profiles/catalogue.js';
import { type Profile, ProfileSchema } from '../profiles/profile.js';
import type { Contradiction } from './consistency.js';
import { nearest } from './nearest.js';
import type { Path, Tree } from './yaml.js';

/** What stays as written, whatever it looks like. */
const texts = new Set(['name', 'title', 'source']);

/** A bench file's scalars come as text; a profile's numbers are meant as such. */
function typed(tree: Tree, key?: string): unknown {
  if (Array.isArray(tree)) return tree.map((item) => typed(item, key));
  if (typeof tree === 'object' && tree !== null) {
    return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, typed(value, name)]));
  }
  const isNumber = tree !== null && /^-?\d{1,9}(\.\d{1,9})?$/.test(tree) && !texts.has(key ?? '');
  return isNumber ? Number(tree) : tree;
}

function said(value: unknown): string {
  if (value === null || value === '') return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is a mapping';
  const text = String(value);
  return `is '${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;
}

/** The keys that the schema knows at a place, for a key that it doesn't. */
function knownAt(path: Path): string[] {
  const { announcements, steady } = ProfileSchema.entries;
  const frame = { ...announcements.pipe[0].item.entries, ...steady.wrapped.entries };
  return path.includes('vlan')
    ? ['id', 'priority']
    : Object.keys(path.length > 1 ? frame : ProfileSchema.entries);
}

function sentence(issue: v.BaseIssue<unknown>, path: Path): string {
  const key = String(path.at(-1));
  if (issue.kind === 'schema' && issue.type === 'strict_object') {
    if (issue.expected === 'never') {
      const known = knownAt(path.slice(0, -1));
      const meant = nearest(key, known);
      return `is not known here; ${meant ? `did you mean ${meant}?` : `use one of ${known.join(', ')}.`}`;
    }
    if (issue.input === undefined) return `is missing; add it, as \`takeover record-profile\` writes it.`;
    return `${said(issue.input)}; use a mapping, as \`takeover record-profile\` writes it.`;
  }
  return `${said(issue.input)}; ${issue.message}.`;
}

/** Reads the list below `profiles`. Paths of mistakes start there. */
export function readProfiles(trees: readonly Tree[]): {
  readonly profiles: readonly Profile[];
  readonly mistakes: readonly Contradiction[];
} {
  const profiles: Profile[] = [];
  const mistakes: Contradiction[] = [];
  const names = new Set(catalogue.map(({ name }) => name));
  for (const [index, tree] of trees.entries()) {
    const read = v.safeParse(ProfileSchema, typed(tree));
    const at: Path = ['profiles', index];
    if (!read.success) {
      for (const issue of read.issues) {
        const inside = (issue.path ?? []).map(({ key }) => key as string | number);
        mistakes.push({ path: [...at, ...inside], text: sentence(issue, inside) });
      }
      continue;
    }
    const { name, announcements } = read.output;
    if (names.has(name)) {
      mistakes.push({ path: [...at, 'name'], text: `is '${name}', which another profile has; use another.` });
    }
    names.add(name);
    if (announcements.length === 0) {
      mistakes.push({ path: [...at, 'announcements'], text: 'is an empty list; add what is announced.' });
    }
    profiles.push(read.output);
  }
  return { profiles, mistakes };
}
