/** OpenSSH's list of keys that may sign (ssh-keygen(1), ALLOWED SIGNERS), read as strictly as a reviewer would have it: what
 *  could mean more than it seems to is refused. */
import type { Refusal } from './bundle.js';
import { refusal } from './refusals.js';
import { fingerprintOf, readKey } from './ssh-key.js';

export interface AllowedSigner {
  readonly principal: string;
  /** The key as SSH writes it (RFC 4253 section 6.6). */
  readonly key: Uint8Array;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
  /** What the key may sign; undefined: anything. */
  readonly namespaces: readonly string[] | undefined;
  /** Milliseconds since 1970; both ends count. */
  readonly validAfterMs: number;
  readonly validBeforeMs: number;
  /** In allowed_signers, from 1. */
  readonly line: number;
}

/** The entries of the file, and what is wrong with its other lines. */
export function parseAllowedSigners(text: string): { signers: AllowedSigner[]; refusals: Refusal[] } {
  const signers: AllowedSigner[] = [];
  const refusals: Refusal[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      const signer = parseLine(line, index + 1);
      const other = signers.find(
        ({ fingerprint, principal }) => fingerprint === signer.fingerprint && principal !== signer.principal,
      );
      if (other) throw new Error(`its key is ${other.principal}'s too (line ${other.line})`);
      signers.push(signer);
    } catch (error) {
      const what = `allowed_signers, line ${index + 1}: ${(error as Error).message}`;
      refusals.push(refusal('allowed-signers', what));
    }
  }
  return { signers, refusals };
}

/** Whether a key may sign at a time, milliseconds since 1970. */
export function isValidAt({ validAfterMs, validBeforeMs }: AllowedSigner, atMs: number): boolean {
  return validAfterMs <= atMs && atMs <= validBeforeMs;
}

function parseLine(line: string, number: number): AllowedSigner {
  const [principal = '', ...rest] = fieldsOf(line);
  if (!/^[A-Za-z0-9][A-Za-z0-9._@+-]*$/.test(principal)) {
    throw new Error(
      `'${principal.slice(0, 80)}' is no single name: lists and patterns are not accepted here`,
    );
  }
  const hasOptions = rest[0] !== undefined && !/^(ssh|ecdsa|sk)-[^=,]*$/.test(rest[0]);
  const options = parseOptions(hasOptions ? (rest[0] ?? '') : '');
  const [kind, base64] = rest.slice(hasOptions ? 1 : 0);
  if (kind === undefined || base64 === undefined) throw new Error('it has no key');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('its key is not base64');
  const key = Buffer.from(base64, 'base64');
  if (readKey(key).kind !== kind) throw new Error(`its key is no ${kind}, as it says`);
  return { principal, key, fingerprint: fingerprintOf(key), line: number, ...options };
}

/** Divided by blanks, but for those within quotes. */
function fieldsOf(line: string): string[] {
  return line.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}

function parseOptions(text: string): Pick<AllowedSigner, 'namespaces' | 'validAfterMs' | 'validBeforeMs'> {
  const found = new Map<string, string>();
  for (const option of text.match(/(?:"[^"]*"|[^,"])+/g) ?? []) {
    const [, name = option, quoted] = /^([^=]*)=(.*)$/.exec(option) ?? [];
    const key = name.toLowerCase();
    if (key === 'cert-authority')
      throw new Error('cert-authority: certificates are not accepted, name each key');
    if (found.has(key)) throw new Error(`${key} stands twice`);
    // Without them ssh-keygen knows no value.
    const [, value] = /^"([^"]*)"$/.exec(quoted ?? '""') ?? [];
    if (value === undefined) throw new Error(`the value of ${key} needs quotes`);
    found.set(key, value);
  }
  const namespaces = found.get('namespaces');
  if (namespaces !== undefined && !/^[A-Za-z0-9@._,-]+$/.test(namespaces)) {
    throw new Error('namespaces has a pattern, or is empty: list them');
  }
  const validAfterMs = timeOf(found, 'valid-after') ?? Number.NEGATIVE_INFINITY;
  const validBeforeMs = timeOf(found, 'valid-before') ?? Number.POSITIVE_INFINITY;
  if (validAfterMs >= validBeforeMs) throw new Error('valid-before comes before valid-after');
  const known = ['namespaces', 'valid-after', 'valid-before'];
  const unknown = [...found.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`the option '${unknown.slice(0, 80)}' is not known`);
  return { namespaces: namespaces?.split(','), validAfterMs, validBeforeMs };
}

/** YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with or without Z. Always UTC, so that every machine reads the same. */
function timeOf(options: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const parts = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text);
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = parts ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const at = Date.parse(`${iso}Z`);
  // 31 February is read as a day of March.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 19) !== iso) {
    throw new Error(`${name} is no time like 20260131 or 202601312359Z`);
  }
  return at;
}
