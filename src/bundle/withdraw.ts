/** Says of a bundle that it no longer counts, and why. Nothing is deleted. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonical } from '../list/canonical.js';
import type { Bundle } from './bundle.js';
import type { SigningKey } from './keys.js';
import { bundleFiles } from './layout.js';
import type { Withdrawal } from './schema.js';
import { signFile } from './sign.js';
import { withStaging } from './staging.js';

/** Signs a withdrawal, and puts it into the bundle. Rejects with a SubmitError. */
export async function withdraw(
  reports: string,
  bundle: Bundle,
  reason: string,
  key: SigningKey,
): Promise<void> {
  const withdrawal: Withdrawal = {
    schemaVersion: 1,
    manifestSha256: bundle.manifestSha256,
    at: new Date().toISOString(),
    reason,
  };
  await withStaging(reports, async ({ folder }) => {
    const file = join(folder, bundleFiles.withdrawal);
    await writeFile(file, `${canonical(withdrawal, 2)}\n`);
    await signFile(file, key);
    const signature = join(bundle.folder, bundleFiles.withdrawalSignature);
    await rename(join(folder, bundleFiles.withdrawalSignature), signature);
    await rename(file, join(bundle.folder, bundleFiles.withdrawal)).catch(async (error: Error) => {
      await rm(signature, { force: true });
      throw error;
    });
  });
}
