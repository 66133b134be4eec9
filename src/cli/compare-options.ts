/** The command lines of `takeover diff`, `export`, `benches` and `check-submission`. What they need is loaded when they are called. */
import { type Command, Option } from 'commander';

export function registerCompare(takeover: Command, done: (code: number) => void): void {
  takeover
    .command('diff')
    .description('what changed between two runs of a device, or two bundles: what got worse comes first')
    .argument('<old>', 'the folder of a run, of one device in it, or of a bundle')
    .argument('<new>', 'the same of the later one')
    .option('--json', 'every case and number as JSON on stdout', false)
    .action(async (before, after, flags) =>
      done(await (await import('./compare.js')).diffCommand(before, after, flags)),
    );
  takeover
    .command('export')
    .description('a run’s results in another tool’s format; docs/exports.md says what each loses')
    .argument('<run>', 'the folder of a run, of one device in it, or of a bundle')
    .addOption(
      new Option('--format <name>', 'JUnit XML, TAP 14 or CTRF')
        .choices(['junit', 'tap', 'ctrf'])
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'where to write (default: stdout)')
    .option('--baseline <run>', 'mark as failed only what is worse than this run')
    .action(async (run, flags) => done(await (await import('./compare.js')).exportCommand(run, flags)));
  takeover
    .command('benches')
    .description('the bench files below a folder, as the matrix of a CI job')
    .argument('[folder]', 'where to look', '.')
    .option('--json', 'the matrix on one line, as GitHub Actions wants it', false)
    .addOption(new Option('--gitlab', 'a child pipeline of GitLab’s instead').conflicts('json'))
    .action(async (folder, flags) =>
      done(await (await import('./benches.js')).benchesCommand(folder, flags)),
    );
  takeover
    .command('check-submission')
    .description('for CI: check a pull request that adds a bundle, from its commits alone')
    .requiredOption('--base <commit>', 'of the base branch')
    .requiredOption('--head <commit>', 'of the pull request')
    .option('--repo <folder>', 'the repository that has both', '.')
    .option('--into <folder>', 'a checkout of the base branch: gets the new files', '.')
    .action(async (flags) => done(await (await import('./submission.js')).checkSubmissionCommand(flags)));
}
