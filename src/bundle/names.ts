/** Names of files and folders that mean the same on every system. */
import { isReservedName } from '../list/slug.js';
import { limits } from './layout.js';

/** Whether a folder or file below reports/ may have the name. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/.test(name) && !isReservedName(name.toLowerCase());
}

/** What is wrong with a path that a manifest or a result names, as the refusal's code and a clause; undefined: nothing. */
export function wrongPath(
  path: string,
): readonly ['path-escapes' | 'name' | 'too-large', string] | undefined {
  const shown = JSON.stringify(path.slice(0, 80));
  const parts = path.split('/');
  if (/^$|^[/\\]|^[A-Za-z]:|\\/.test(path) || parts.some((part) => ['', '.', '..'].includes(part))) {
    return ['path-escapes', `the path ${shown} is not one within the bundle`];
  }
  if (path.length > limits.pathLength || parts.length > limits.pathDepth) {
    return ['too-large', `the path ${shown} is longer or deeper than any of a run`];
  }
  return parts.every(isPlainName) ? undefined : ['name', `the path ${shown} has a name that is not allowed`];
}
