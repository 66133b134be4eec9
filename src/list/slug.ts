/** Names of devices and vendors as names of folders. */
import { createHash } from 'node:crypto';
import type { Device } from '../result.js';
import { canonical } from './canonical.js';

const longest = 60;
const digestLength = 12;

const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digestLength);

/** Lower-case ASCII letters, digits, dots and hyphens, which begins and ends with a letter or digit. */
function clean(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, longest)
    .replace(/^[-.]+|[-.]+$/g, '');
}

/** Names that Windows keeps for itself, with any extension. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;
const endsInDigest = new RegExp(`-[0-9a-f]{${digestLength}}$`);

/** Whether some system keeps a lower-case name for itself. */
export const isReservedName = (name: string): boolean => reserved.test(name);

/** A folder name that is safe on every file system and reads well. Different texts may share one. */
export function folderName(text: string): string {
  const name = clean(text);
  return name === '' || reserved.test(name) ? `x${name && '-'}${name}` : name;
}

/**
 * A folder name that is safe on every file system, also one that ignores case. Different texts never give
 * the same name: where cleaning changed something, or the text could be taken for such a name, it ends in a
 * digest of the text.
 */
export function slug(text: string): string {
  const name = clean(text);
  if (name === text && name !== '' && !reserved.test(name) && !endsInDigest.test(name)) return name;
  return `${folderName(text)}-${digestOf(text)}`;
}

/** The folder of a device under a run: readable, and unlike that of any other device or condition. */
export function deviceSlug(device: Device): string {
  const { vendor, model, hardware = '', firmware } = device;
  const name = clean([vendor, model, hardware, firmware].join(' '));
  return `${name === '' || reserved.test(name) ? 'x-' : ''}${name}-${digestOf(canonical(device))}`;
}
