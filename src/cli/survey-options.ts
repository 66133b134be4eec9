/** The command line of `takeover survey`. What it needs is loaded when it is called. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Fewer take for ever; more than that a small host may drop. */
const rates = { least: 20, most: 5_000 } as const;
export const defaultRate = 1_000;

function rate(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < rates.least || value > rates.most)
    throw new InvalidArgumentError(`Give a whole number from ${rates.least} to ${rates.most}.`);
  return value;
}

const several = (value: string, before: readonly string[]) => [...before, value];

export function registerSurvey(takeover: Command, done: (code: number) => void): void {
  takeover
    .command('survey')
    .description('which machines of a segment will miss a failover; no login, nothing changed on them')
    .argument('[subnet...]', 'the hosts’ own subnet, like 192.0.2.0/24, and 2001:db8::/64 beside it')
    .option('--nic <name>', 'the NIC on that segment')
    .option('--nic-b <name>', 'a second one, where the new owner is')
    .addOption(new Option('--bench <file>', 'ports a and b of a bench file instead').conflicts('nic'))
    .option(
      '--use <range>',
      'addresses of the subnet that nobody has, six at least, like 192.0.2.224-192.0.2.239; may be given for each family',
      several,
      [],
    )
    .option('--hosts <file>', 'only these hosts: an address a line, with a name behind it')
    .option('--rate <n>', 'frames a second, at most', rate, defaultRate)
    .option('--arp-fingerprint', 'ask arp-fingerprint (of arp-scan) about the same hosts', false)
    .option('--allow <nic>', 'use this NIC although it carries an address or the default route', several, [])
    .addOption(
      new Option('--driver <name>', 'how frames are sent and captured')
        .choices(['libpcap', 'cap'])
        .default('libpcap'),
    )
    .option('--out <folder>', 'where results go (default: takeover-out/<time>)')
    .option('--json', 'print the result as JSON on stdout', false)
    .addOption(
      new Option('--judge <folder>', 'judge a stored survey again from its evidence').conflicts('nic'),
    )
    .addOption(
      new Option('--demo', 'survey a virtual segment of 60 hosts; needs no hardware').conflicts('nic'),
    )
    .action(async (subnets: string[], flags) => {
      const { surveyCommand } = await import('./survey.js');
      done(await surveyCommand(subnets, flags));
    });
}
