/** Addresses, logins and home folders in texts that people and programs wrote. */
import { bytesToIpv6, bytesToMac, ipv6ToBytes, isIpv4, isIpv6, isMac, macToBytes } from '../frame/address.js';

/** Each form of an address, and its canonical text; undefined for what only looks like one. */
const forms: readonly {
  readonly pattern: RegExp;
  readonly canonical: (text: string) => string | undefined;
}[] = [
  {
    pattern: /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})(?![\w:])/gi,
    canonical: (text) => (isIpv6(text) ? bytesToIpv6(ipv6ToBytes(text)) : undefined),
  },
  {
    pattern: /(?<![\w:-])[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?![:-]?\w)/gi,
    canonical: (text) => (isMac(text) ? bytesToMac(macToBytes(text)) : undefined),
  },
  // As Cisco writes them, and as systemd names a USB adapter's interface.
  { pattern: /(?<![\w.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?!\.?\w)/gi, canonical: macOfDigits },
  { pattern: /(?<=\benx)[0-9a-f]{12}\b/gi, canonical: macOfDigits },
  {
    pattern: /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)/g,
    canonical: (text) => (isIpv4(text) ? text : undefined),
  },
];

function macOfDigits(text: string): string {
  return (text.replaceAll('.', '').match(/../g) ?? []).join(':').toLowerCase();
}

/** The text with each address in it replaced by what `replacement` gives for its canonical text; undefined leaves it. */
export function replaceAddresses(text: string, replacement: (address: string) => string | undefined): string {
  return forms.reduce(
    (before, { pattern, canonical }) =>
      before.replace(pattern, (match: string) => {
        // A colon that ends a clause looks like the address's own.
        const isClause = match.endsWith(':') && !match.endsWith('::');
        const found = isClause ? match.slice(0, -1) : match;
        const address = canonical(found);
        const instead = address === undefined ? undefined : replacement(address);
        if (instead === undefined) return match;
        const digitsOnly = !/[.:-]/.test(found);
        return `${digitsOnly ? instead.replaceAll(':', '') : instead}${isClause ? ':' : ''}`;
      }),
    text,
  );
}

/** The canonical texts of the addresses in a text. */
export function addressesInText(text: string): string[] {
  const found: string[] = [];
  replaceAddresses(text, (address) => {
    found.push(address);
    return undefined;
  });
  return found;
}

/** `user@host`, as SSH is called, or a mail address. */
const login = /(?<![\w.%+@-])[\w.%+-]+@(\[[\w:.%]+\]|[\w.:-]*\w)/g;
const home = /(?<![\w.])\/(?:home|Users)\/[^/\s'"]+/g;

/** The hosts of the logins in a text. */
export function hostsInText(text: string): string[] {
  return [...text.matchAll(login)].map(([, host = '']) => host.replace(/^\[|\]$|:\d+$/g, ''));
}

/** The text without logins, the named hosts, and the names of users in paths. `device` takes the place of the first two. */
export function withoutNames(text: string, device: string, hosts: ReadonlySet<string>): string {
  const anonymous = text.replace(login, () => device).replace(home, () => '~');
  return [...hosts].reduce(
    (before, host) =>
      before.replace(new RegExp(`(?<![\\w.-])${escaped(host)}(?![\\w-]|\\.\\w)`, 'g'), () => device),
    anonymous,
  );
}

/** A JSON value with every text in it, but no key, changed. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  const map = (part: unknown): unknown => {
    if (typeof part === 'string') return change(part);
    if (Array.isArray(part)) return part.map(map);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, map(item)]));
  };
  return map(value) as T;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
