/** The options of `takeover submit` and `takeover withdraw`; what they do is loaded when it is asked for. */
import { type Command, Option } from 'commander';
import { relations } from '../bundle/schema.js';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const reports = () =>
  new Option('--reports <folder>', 'the folder of all bundles (default: reports/ of this package)');
const key = () =>
  new Option(
    '--key <file>',
    'the SSH key to sign with (default: git’s signing key, ~/.ssh/id_ed25519, or the agent’s)',
  );

export function registerSubmit(takeover: Command, done: (code: number) => void): void {
  takeover
    .command('submit')
    .description(
      'make a run a bundle for the list: asks for what is missing, takes out what is private, signs',
    )
    .argument('<run>', 'a run’s folder, or one device’s in it')
    .option('--device <name>', 'which device of the run: its folder’s name, or its model')
    .option('--vendor <name>', 'the device’s vendor, where the run does not say it, or says it wrong')
    .option('--model <name>', 'its model')
    .option('--hardware <revision>', 'its hardware revision; an empty text for none')
    .option('--firmware <version>', 'its exact firmware version')
    .option(
      '--condition <name=value>',
      'a condition that matters, like port-security=off; may be repeated',
      collect,
    )
    .option('--bench-name <name>', 'the bench’s name, as it will be published')
    .option('--organisation <name>', 'yours, as the list shall name it')
    .addOption(new Option('--relation <relation>', 'yours to the device').choices(relations))
    .option('--contracted-by <name>', 'the organisation that paid for the test')
    .addOption(reports())
    .addOption(key().conflicts('unsigned'))
    .option('--unsigned', 'write a preview, which counts for nothing', false)
    .option('--yes', 'write without asking at the end', false)
    .action(async (...args: [string, SubmitFlags]) =>
      done(await (await import('./submit.js')).submitCommand(...args)),
    );
  takeover
    .command('withdraw')
    .description('say of a bundle that it no longer counts, and why; nothing is deleted')
    .argument('<bundle>', 'the bundle’s folder')
    .requiredOption('--reason <text>', 'why; it is published')
    .addOption(key())
    .action(async (...args: [string, WithdrawFlags]) =>
      done(await (await import('./withdraw.js')).withdrawCommand(...args)),
    );
}

export interface SubmitFlags {
  readonly device?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly hardware?: string;
  readonly firmware?: string;
  readonly condition?: readonly string[];
  readonly benchName?: string;
  readonly organisation?: string;
  readonly relation?: string;
  readonly contractedBy?: string;
  readonly reports?: string;
  readonly key?: string;
  readonly unsigned: boolean;
  readonly yes: boolean;
}

export interface WithdrawFlags {
  readonly reason: string;
  readonly key?: string;
}
