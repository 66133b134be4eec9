/** Reads a written site as a browser would, to find what is broken or unsafe in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every file of a site, by its path; text as it would be decoded. */
export function filesOf(root: string): Map<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = names.map((file) => join(file.parentPath, file.name));
  return new Map(
    paths
      .sort()
      .map((path) => [path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
  );
}

/** The tags of a page, each as it stands there. */
export const tagsOf = (html: string): string[] => html.match(/<[a-z][^>]*>/gi) ?? [];

const unescaped = (text: string): string =>
  text
    .replace(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_, hex, decimal) =>
      String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
    )
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');

/** What a page refers to by `href` and `src`. */
export const referencesOf = (html: string): string[] =>
  tagsOf(html).flatMap((tag) =>
    [...tag.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, value = '']) => unescaped(value)),
  );

/** Links of the pages that lead nowhere in the site. */
export function brokenLinks(files: ReadonlyMap<string, string>): string[] {
  const ids = new Map<string, Set<string>>();
  const idsOf = (path: string) => {
    const found =
      ids.get(path) ??
      new Set([...(files.get(path) ?? '').matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => unescaped(id)));
    ids.set(path, found);
    return found;
  };
  return [...files].flatMap(([path, html]) =>
    !path.endsWith('.html')
      ? []
      : referencesOf(html.replace(/<template\b.*?<\/template>/gs, '')).flatMap((reference) => {
          if (/^https?:/.test(reference)) return [];
          const url = new URL(reference, `file:///${path}`);
          const target = decodeURIComponent(url.pathname.slice(1));
          const anchor = decodeURIComponent(url.hash.slice(1));
          const isThere = url.protocol === 'file:' && files.has(target);
          return isThere && (anchor === '' || idsOf(target).has(anchor)) ? [] : [`${path}: ${reference}`];
        }),
  );
}

const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** What in a page could run or is against its policy; empty where nothing is. */
export function dangers(path: string, html: string): string[] {
  const found: string[] = [];
  if (!html.includes(`<meta http-equiv="Content-Security-Policy" content="${policy}">`))
    found.push('its policy');
  if (/[^\P{Control}\n\t]|[\u202a-\u202e\u2066-\u2069]/u.test(html)) found.push('a control character');
  for (const tag of tagsOf(html)) {
    // What is quoted is text, whatever it looks like.
    const bare = tag.replace(/"[^"]*"/g, '""');
    if (/^<script/i.test(tag) && !/^<script src="[^"]+" defer>$/.test(tag)) found.push(tag);
    if (/^<(style|iframe|object|embed|base|form\b[^>]*\saction|link rel="?import)/i.test(tag))
      found.push(tag);
    if (/\son\w+\s*=|\sstyle\s*=/i.test(bare)) found.push(tag);
  }
  for (const reference of referencesOf(html))
    if (!/^(?:https?:\/\/|[\w./#%-]*$)/i.test(reference)) found.push(reference);
  return found.map((what) => `${path}: ${what.slice(0, 200)}`);
}

export const everyDanger = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([path, html]) => (path.endsWith('.html') ? dangers(path, html) : []));
