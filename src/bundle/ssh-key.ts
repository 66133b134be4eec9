/** Public keys of SSH, and signatures that they made: RFC 8332 (RSA), RFC 5656 (ECDSA), RFC 8709 (Ed25519), and OpenSSH's
 *  PROTOCOL.u2f for the two kinds of FIDO keys. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { SshFormatError, SshReader } from './ssh-wire.js';

export interface SshKey {
  /** `ssh-ed25519`, … */
  readonly kind: string;
  /** Whether `signature`, as SSH writes it, is this key's over `data`. Throws an SshFormatError where it is of a kind that
   *  is not accepted. */
  verifies(data: Uint8Array, signature: Uint8Array): boolean;
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

const rsaBits = { least: 2048, most: 16_384 } as const;
/** Longer exponents only cost time; everyone uses 65537. */
const longestExponent = 8;

const curves: Readonly<Record<string, { crv: string; size: number; hash: string }>> = {
  nistp256: { crv: 'P-256', size: 32, hash: 'sha256' },
  nistp384: { crv: 'P-384', size: 48, hash: 'sha384' },
  nistp521: { crv: 'P-521', size: 66, hash: 'sha512' },
};

/** Reads a public key (RFC 4253 section 6.6). Throws an SshFormatError for one that is malformed, too short, or of a kind
 *  that is not accepted. */
export function readKey(bytes: Uint8Array): SshKey {
  const reader = new SshReader(bytes);
  const kind = reader.text();
  const ofKind = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!ofKind) throw notAccepted(`keys of kind '${kind.slice(0, 64)}' are not accepted`);
  const key = ofKind(reader);
  const application = kind.startsWith('sk-') ? reader.string() : undefined;
  reader.end();
  return {
    kind,
    verifies(data, signature) {
      const said = new SshReader(signature);
      const hash = hashOf(kind, said.text());
      const value = said.string();
      const signed = application ? signedByAuthenticator(application, said, data) : data;
      said.end();
      return key(hash, signed, value);
    },
  };
}

/** Whether `value` is a signature over `data`. */
type Verifier = (hash: string | null, data: Uint8Array, value: Uint8Array) => boolean;

const kinds: Readonly<Record<string, (reader: SshReader) => Verifier>> = {
  'ssh-ed25519': ed25519,
  'ssh-rsa': rsa,
  'ecdsa-sha2-nistp256': (reader) => ecdsa('nistp256', reader),
  'ecdsa-sha2-nistp384': (reader) => ecdsa('nistp384', reader),
  'ecdsa-sha2-nistp521': (reader) => ecdsa('nistp521', reader),
  'sk-ssh-ed25519@openssh.com': ed25519,
  'sk-ecdsa-sha2-nistp256@openssh.com': (reader) => ecdsa('nistp256', reader),
};

/** What a signature of some kind, by a key of some kind, hashes its data with; null: the kind of key says it. */
function hashOf(key: string, signature: string): string | null {
  if (key === 'ssh-rsa' && signature === 'rsa-sha2-256') return 'sha256';
  if (key === 'ssh-rsa' && signature === 'rsa-sha2-512') return 'sha512';
  if (key !== 'ssh-rsa' && signature === key) return null;
  throw notAccepted(`a signature of kind '${signature.slice(0, 64)}' is not accepted of such a key`);
}

const notAccepted = (what: string) => new SshFormatError(what, 'signature-kind');

function importKey(jwk: Record<string, string>): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new SshFormatError('its numbers are no key');
  }
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** With zeros before it; undefined where it is longer than that. */
const widened = (value: Uint8Array, length: number): Uint8Array | undefined =>
  value.length > length ? undefined : Buffer.concat([Buffer.alloc(length - value.length), value]);

function ed25519(reader: SshReader): Verifier {
  const key = importKey({ kty: 'OKP', crv: 'Ed25519', x: base64url(reader.string()) });
  return (_hash, data, value) => verify(null, data, key, value);
}

function rsa(reader: SshReader): Verifier {
  const exponent = reader.positive();
  const modulus = reader.positive();
  const bits = modulus.length * 8 - (Math.clz32(modulus[0] ?? 0) - 24);
  if (bits < rsaBits.least || bits > rsaBits.most || exponent.length > longestExponent) {
    throw notAccepted(`an RSA key of ${bits} bits is not accepted`);
  }
  const key = importKey({ kty: 'RSA', n: base64url(modulus), e: base64url(exponent) });
  return (hash, data, value) => {
    // Some signers leave the zeros at its beginning out.
    const whole = widened(value, modulus.length);
    return whole !== undefined && verify(hash, data, key, whole);
  };
}

function ecdsa(name: string, reader: SshReader): Verifier {
  const curve = curves[name];
  const point = (reader.text() === name && reader.string()) || undefined;
  // Uncompressed: SEC 1 section 2.3.3.
  if (!curve || point?.[0] !== 4 || point.length !== 1 + 2 * curve.size) {
    throw new SshFormatError('its point is malformed, or of another curve than it says');
  }
  const { crv, size, hash } = curve;
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)];
  const key = importKey({ kty: 'EC', crv, x: base64url(x), y: base64url(y) });
  return (_hash, data, value) => {
    const pair = new SshReader(value);
    const [r, s] = [widened(pair.positive(), size), widened(pair.positive(), size)];
    pair.end();
    if (!r || !s) return false;
    return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat([r, s]));
  };
}

const userPresent = 1;

/** A FIDO authenticator signs a digest of what it is asked to, with what it knows of the moment. */
function signedByAuthenticator(application: Uint8Array, said: SshReader, data: Uint8Array): Uint8Array {
  const flags = said.octets(1);
  const counter = said.octets(4);
  if (((flags[0] ?? 0) & userPresent) === 0) throw notAccepted('nobody touched the authenticator');
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  return Buffer.concat([digest(application), flags, counter, digest(data)]);
}
