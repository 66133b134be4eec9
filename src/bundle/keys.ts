/** The submitter's SSH keys: which there are, and which one signs. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf } from './ssh-key.js';
import { SubmitError } from './submit-error.js';

export interface SigningKey {
  /** `ssh-ed25519 AAAA…`, without the comment, which often names a person and a machine. */
  readonly publicKey: string;
  /** The key as SSH writes it (RFC 4253 section 6.6). */
  readonly blob: Uint8Array;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** What to give to `ssh-keygen -f`; undefined: the agent has it, and a file with the public key will do. */
  readonly file?: string;
  /** Where it was found, for the one who chooses. */
  readonly from: string;
}

const run = promisify(execFile);

/** Undefined where the command fails or isn't there. */
const outputOf = (command: string, args: readonly string[]): Promise<string | undefined> =>
  run(command, [...args], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );

/** The key in a file, which holds its private or its public half. Rejects with a SubmitError. */
export async function keyIn(path: string): Promise<SigningKey> {
  const file = resolve(path.replace(/^~(?=\/|$)/, homedir()));
  const texts = await Promise.all(
    [`${file}.pub`, file].map((one) => readFile(one, 'utf8').catch(() => undefined)),
  );
  if (texts[1] === undefined && texts[0] === undefined) {
    throw new SubmitError(
      `There is no key ${path}: name another with --key, or make one with \`ssh-keygen -t ed25519\`.`,
    );
  }
  for (const text of texts) {
    const key = text === undefined ? undefined : publicKeyIn(text);
    if (key) return { ...key, file, from: path };
  }
  // A private key alone; one with a passphrase asks for it.
  const derived = await outputOf('ssh-keygen', ['-y', '-P', '', '-f', file]);
  const key = derived === undefined ? undefined : publicKeyIn(derived);
  if (!key) {
    throw new SubmitError(
      `${path} is no SSH key that can be read without its passphrase: put its public half beside it (ssh-keygen -y -f ${path} > ${path}.pub), or name another with --key.`,
    );
  }
  return { ...key, file, from: path };
}

/** The keys that a submitter is likely to mean, the likeliest first: git's, the usual file, the agent's. */
export async function likelyKeys(home = homedir()): Promise<SigningKey[]> {
  const usual = join(home, '.ssh', 'id_ed25519');
  const found = [
    await gitKey(),
    await keyIn(usual).catch(() => undefined),
    ...((await outputOf('ssh-add', ['-L'])) ?? '').split('\n').map((line) => agentKey(line)),
  ].filter((key) => key !== undefined);
  return found.filter(
    (key, at) => found.findIndex(({ fingerprint }) => fingerprint === key.fingerprint) === at,
  );
}

async function gitKey(): Promise<SigningKey | undefined> {
  const format = await outputOf('git', ['config', 'gpg.format']);
  const said = format === 'ssh' ? await outputOf('git', ['config', 'user.signingkey']) : undefined;
  if (!said) return undefined;
  // The key itself, which an agent holds: git-config(1), user.signingKey.
  const literal = publicKeyIn(said.replace(/^key::/, ''));
  if (literal) return { ...literal, from: 'git’s signing key, in the agent' };
  const key = await keyIn(said).catch(() => undefined);
  return key && { ...key, from: `git’s signing key, ${said}` };
}

function agentKey(line: string): SigningKey | undefined {
  const key = publicKeyIn(line);
  const comment = line.split(' ').slice(2).join(' ');
  return key && { ...key, from: `the agent’s key${comment && ` ${comment}`}` };
}

/** The first public key in a text, where it begins with one. */
function publicKeyIn(text: string): Pick<SigningKey, 'publicKey' | 'blob' | 'fingerprint'> | undefined {
  const [, kind, base64] =
    /^\s*((?:sk-)?(?:ssh|ecdsa)-[\w.@-]+) ([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(text) ?? [];
  if (kind === undefined || base64 === undefined) return undefined;
  const blob = Buffer.from(base64, 'base64');
  // The blob says its kind once more, behind a length of four octets.
  if (blob.subarray(4, 4 + kind.length).toString('latin1') !== kind) return undefined;
  return { publicKey: `${kind} ${base64}`, blob, fingerprint: fingerprintOf(blob) };
}
