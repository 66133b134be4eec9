/** `takeover withdraw`: a bundle no longer counts. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseReason } from '../bundle/answers.js';
import type { Terminal } from '../bundle/ask.js';
import type { Bundle, Signer } from '../bundle/bundle.js';
import { gatherAnswers } from '../bundle/dialogue.js';
import { keyIn, likelyKeys, type SigningKey } from '../bundle/keys.js';
import { bundleFiles } from '../bundle/layout.js';
import { openBundle, readTrust } from '../bundle/open.js';
import { registered } from '../bundle/registration.js';
import { SubmitError } from '../bundle/submit-error.js';
import type { Trust } from '../bundle/trust.js';
import { withdraw } from '../bundle/withdraw.js';
import { exitCodes } from '../result.js';
import { shown } from './run.js';
import { endable } from './submit.js';
import type { WithdrawFlags } from './submit-options.js';

export const withdrawCommand = (folder: string, flags: WithdrawFlags): Promise<number> =>
  endable((_signal, terminal) => act(resolve(folder), flags, terminal));

async function act(folder: string, flags: WithdrawFlags, terminal: Terminal | undefined): Promise<number> {
  const { reports, path } = placeOf(folder);
  const trust = await readTrust(reports);
  const bundle = await openBundle(reports, path, trust, { evidence: 'listed' });
  if (bundle.withdrawal) {
    throw new SubmitError(
      `${path} is withdrawn already, since ${bundle.withdrawal.at}: ${bundle.withdrawal.reason}`,
    );
  }
  if (!bundle.signer) {
    throw new SubmitError(
      `${path} is a preview, which counts for nothing: remove its folder in place of withdrawing it.`,
    );
  }
  const reason = parseReason(flags.reason);
  const key = await chooseKey(flags.key, bundle.signer, trust, terminal);
  terminal?.close();
  await withdraw(reports, bundle, reason, key);
  try {
    await checkAgain(reports, bundle, trust);
  } catch (error) {
    for (const file of [bundleFiles.withdrawal, bundleFiles.withdrawalSignature])
      await rm(join(folder, file));
    throw error;
  }
  console.error(
    [
      `Wrote ${shown(join(folder, bundleFiles.withdrawal))} and its signature.`,
      'Next, in your clone of the list:',
      `  git checkout -b withdraw-${basename(path)}`,
      `  git add ${shown(folder)}`,
      '  git commit -m "Withdraw a result"',
      '  git push -u origin HEAD',
      'and open a pull request. The bundle stays, and is shown as withdrawn, with your reason.',
    ].join('\n'),
  );
  return exitCodes.compliant;
}

/** `<reports>/<vendor>/<model>/<run>`, taken apart. */
function placeOf(folder: string): { reports: string; path: string } {
  if (!existsSync(join(folder, bundleFiles.manifest))) {
    throw new SubmitError(
      `${shown(folder)} holds no ${bundleFiles.manifest}: name the folder of one bundle.`,
    );
  }
  const model = dirname(folder);
  const vendor = dirname(model);
  return {
    reports: dirname(vendor),
    path: [vendor, model, folder].map((one) => basename(one)).join('/'),
  };
}

async function chooseKey(
  named: string | undefined,
  signer: Signer,
  trust: Trust,
  terminal: Terminal | undefined,
): Promise<SigningKey> {
  const may = (key: SigningKey) => {
    const owner = registered(trust, key);
    return owner?.principal === signer.principal || owner?.party.relation === 'project';
  };
  const found = named === undefined ? await likelyKeys() : [await keyIn(named)];
  const allowed = found.filter(may);
  if (allowed.length === 0) {
    throw new SubmitError(
      `Only ${signer.organisation}, who submitted it, or the project may withdraw this bundle: name a registered key of theirs with --key.`,
    );
  }
  return gatherAnswers(terminal).choose('key', allowed, (key) => `${key.fingerprint} (${key.from})`, '--key');
}

/** Reads the bundle once more, as everybody will from now on. */
async function checkAgain(reports: string, { path }: Bundle, trust: Trust): Promise<void> {
  const again = await openBundle(reports, path, trust, { evidence: 'listed', withdrawnNow: new Date() });
  if (!again.withdrawal) throw new SubmitError(`${path} is still not withdrawn: run takeover verify on it.`);
}
