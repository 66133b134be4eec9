/** Signing with the submitter's SSH key, through ssh-keygen: so agents, passphrases and FIDO keys work as they do for git. */
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import type { SigningKey } from './keys.js';
import { signatureNamespace } from './layout.js';
import { SubmitError } from './submit-error.js';

/** Signs a file; the signature lies beside it, with `.sig` behind its name. ssh-keygen may ask on the terminal for a
 *  passphrase, or to touch a key. Rejects with a SubmitError. */
export async function signFile(file: string, key: SigningKey): Promise<void> {
  const publicFile = `${file}.key.pub`;
  try {
    if (key.file === undefined) await writeFile(publicFile, `${key.publicKey}\n`);
    await sshKeygen(['-q', '-Y', 'sign', '-f', key.file ?? publicFile, '-n', signatureNamespace, file], key);
  } finally {
    await rm(publicFile, { force: true });
  }
}

async function sshKeygen(args: readonly string[], { from, fingerprint }: SigningKey): Promise<void> {
  const child = spawn('ssh-keygen', [...args], { stdio: ['inherit', 'ignore', 'inherit'] });
  const status = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new SubmitError(
      error.code === 'ENOENT'
        ? 'There is no ssh-keygen to sign with: install OpenSSH’s client (Debian: openssh-client), or write a preview with --unsigned.'
        : `ssh-keygen could not be started (${error.message}): write a preview with --unsigned.`,
    );
  });
  if (status === 0) return;
  throw new SubmitError(
    `Nothing was signed with ${from} (${fingerprint}): unlock it (ssh-add), or name another key with --key.`,
  );
}
