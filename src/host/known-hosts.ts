/** Reads OpenSSH's known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") and judges a host key by it. */
import { createHash, createHmac } from 'node:crypto';

export interface KnownHost {
  /** The line's number in the file, from 1. */
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** The first field: patterns separated by commas, or one `|1|salt|hash`. */
  readonly hosts: string;
  /** `ssh-ed25519`, `ssh-rsa`, … */
  readonly keyType: string;
  readonly key: Buffer;
}

export interface HostName {
  readonly host: string;
  readonly port: number;
}

export type HostKeyVerdict =
  | { readonly is: 'known' }
  | { readonly is: 'revoked'; readonly line: number }
  /** The file has keys of this host, at these lines, and none is the one shown. */
  | { readonly is: 'different'; readonly lines: readonly number[] }
  | { readonly is: 'unknown' };

/** Every well-formed line; comments, blanks and lines that OpenSSH would skip as well are left out. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const fields = content.trim().split(/\s+/);
    const marker = markers.get(fields[0] ?? '') ?? null;
    const [hosts, keyType, encoded] = marker === null ? fields : fields.slice(1);
    if (!hosts || hosts.startsWith('#') || hosts.startsWith('@') || !keyType || !encoded) return [];
    const key = Buffer.from(encoded, 'base64');
    // A key says its own type; text that decodes to nothing, or to another key, must not match anything.
    return keyTypeOf(key) === keyType ? [{ line: index + 1, marker, hosts, keyType, key }] : [];
  });
}

const markers = new Map([
  ['@revoked', 'revoked'],
  ['@cert-authority', 'cert-authority'],
] as const satisfies [string, KnownHost['marker']][]) as ReadonlyMap<string, KnownHost['marker']>;

/** How the file names a host: `name`, or `[name]:port` away from port 22. */
export function knownHostsName({ host, port }: HostName): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** Lines that speak of `name`, certificate authorities aside: host certificates are not supported. */
export function linesFor(known: readonly KnownHost[], name: HostName): KnownHost[] {
  const wanted = knownHostsName(name);
  return known.filter((entry) => entry.marker !== 'cert-authority' && matches(entry.hosts, wanted));
}

/** Judges the public key that a host shows, in its wire form (RFC 4253 §6.6). */
export function judgeHostKey(known: readonly KnownHost[], name: HostName, key: Buffer): HostKeyVerdict {
  const lines = linesFor(known, name);
  const same = lines.filter((entry) => entry.key.equals(key));
  const revoked = same.find((entry) => entry.marker === 'revoked');
  if (revoked) return { is: 'revoked', line: revoked.line };
  if (same.length > 0) return { is: 'known' };
  const others = lines.filter((entry) => entry.marker === null);
  return others.length > 0
    ? { is: 'different', lines: others.map((entry) => entry.line) }
    : { is: 'unknown' };
}

/** `SHA256:…` as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key's own name of its type: the first string of its wire form. */
export function keyTypeOf(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHashed(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1)).test(name))) return false;
  return patterns.some((pattern) => glob(pattern).test(name));
}

/** `|1|base64(salt)|base64(HMAC-SHA1(salt, name))`. */
function matchesHashed(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
