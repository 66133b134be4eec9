/** Detached signatures of `ssh-keygen -Y sign`: OpenSSH's PROTOCOL.sshsig. */
import { createHash } from 'node:crypto';
import { readKey } from './ssh-key.js';
import { SshFormatError, SshReader, sshString } from './ssh-wire.js';

export interface SshSignature {
  /** Whose it claims to be, as SSH writes public keys. */
  readonly key: Uint8Array;
  /** What it was made for. */
  readonly namespace: string;
  readonly reserved: Uint8Array;
  readonly hash: string;
  readonly value: Uint8Array;
}

const begin = '-----BEGIN SSH SIGNATURE-----';
const end = '-----END SSH SIGNATURE-----';
const magic = 'SSHSIG';
const version = 1;
const hashes: readonly string[] = ['sha256', 'sha512'];

/** Reads an armored signature. Throws an SshFormatError. */
export function parseSignature(armored: Uint8Array): SshSignature {
  const text = Buffer.from(armored).toString('latin1').trimEnd();
  if (!text.startsWith(`${begin}\n`) && !text.startsWith(`${begin}\r\n`)) {
    throw new SshFormatError(`it does not begin with ${begin}`);
  }
  if (!text.endsWith(`\n${end}`)) throw new SshFormatError(`it does not end with ${end}`);
  const body = text.slice(begin.length, -end.length).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) throw new SshFormatError('it is not base64');
  const reader = new SshReader(Buffer.from(body, 'base64'));
  if (Buffer.from(reader.octets(magic.length)).toString('latin1') !== magic) {
    throw new SshFormatError(`its octets do not begin with ${magic}`);
  }
  const said = reader.uint32();
  if (said !== version) throw new SshFormatError(`its version is ${said}, and only ${version} is known`);
  const key = reader.string();
  const namespace = reader.text();
  const reserved = reader.string();
  const hash = reader.text();
  const value = reader.string();
  reader.end();
  if (!hashes.includes(hash)) throw new SshFormatError(`its hash is '${hash.slice(0, 32)}'`);
  return { key, namespace, reserved, hash, value };
}

/** Whether its key made it over the message, for the namespace that it names. Throws an SshFormatError where key or
 *  signature are of a kind that is not accepted. */
export function signatureHolds(
  { key, namespace, reserved, hash, value }: SshSignature,
  message: Uint8Array,
): boolean {
  const signed = Buffer.concat([
    Buffer.from(magic),
    sshString(namespace),
    sshString(reserved),
    sshString(hash),
    sshString(createHash(hash).update(message).digest()),
  ]);
  return readKey(key).verifies(signed, value);
}
