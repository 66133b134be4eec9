/** The command line of what concerns bundles. What a command needs is loaded when it is called. */
import type { Command } from 'commander';
import { registerSubmit } from './submit-options.js';

export interface VerifyFlags {
  readonly reports?: string;
  readonly new: boolean;
  /** They are known, and have been withdrawn just now. */
  readonly newWithdrawal?: boolean;
  readonly judge: boolean;
  readonly json: boolean;
}

export function registerBundles(takeover: Command, done: (code: number) => void): void {
  registerSubmit(takeover, done);
  takeover
    .command('verify')
    .description('check bundles: files, digests, signature, and every verdict again from its evidence')
    .argument('<bundle...>', 'folders of bundles')
    .option(
      '--reports <folder>',
      'the folder whose allowed_signers and parties.json count (default: the one the bundle lies in)',
    )
    .option('--new', 'hold them to what a new submission must be', false)
    .option('--no-judge', 'leave the verdicts alone')
    .option('--json', 'print everything as JSON on stdout', false)
    .action(async (bundles: string[], flags: VerifyFlags) => {
      const { verifyCommand } = await import('./bundles.js');
      done(await verifyCommand(bundles, flags));
    });
}
