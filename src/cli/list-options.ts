/** The command line of `takeover compile`. What it needs is loaded when it is called. */
import { type Command, InvalidArgumentError } from 'commander';

function threads(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 256)
    throw new InvalidArgumentError('Give a whole number from 1 to 256.');
  return value;
}

export function registerList(takeover: Command, done: (code: number) => void): void {
  takeover
    .command('compile')
    .description('make hardware-list.json from the bundles in reports/')
    .option('--reports <folder>', 'the folder that holds the bundles (default: reports/)')
    .option('--out <file>', 'the list (default: hardware-list.json)')
    .option('--check', 'change nothing; judge everything again, and fail if the list would change', false)
    .option('--cached', 'with --check: trust what an earlier compile has judged', false)
    .option('--fresh', 'judge everything again, also what an earlier compile has judged', false)
    .option('--jobs <n>', 'how many bundles are read at a time (default: one per core)', threads)
    .action(async (flags) => {
      const { compileCommand } = await import('./list.js');
      done(await compileCommand(flags));
    });
}
