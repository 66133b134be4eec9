/** The command line of `takeover site`. What it needs is loaded when it is called. */
import { type Command, InvalidArgumentError } from 'commander';

export interface SiteFlags {
  readonly reports?: string;
  readonly list?: string;
  readonly out: string;
  readonly baseUrl?: string;
  readonly jobs?: number;
}

function threads(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 256)
    throw new InvalidArgumentError('Give a whole number from 1 to 256.');
  return value;
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('Give an address like https://example.org/takeover/.');
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

export function registerSite(takeover: Command, done: (code: number) => void): void {
  takeover
    .command('site')
    .description('write the static pages of hardware-list.json and the bundles behind it')
    .option('--reports <folder>', 'the folder that holds the bundles (default: reports/)')
    .option('--list <file>', 'the list that was compiled from them (default: hardware-list.json)')
    .option('--out <folder>', 'where the pages go; an earlier site there is replaced', 'takeover-site')
    .option('--base-url <url>', 'where they will be published, for the feed and search engines', webAddress)
    .option('--jobs <n>', 'how many devices are written at a time (default: one per core)', threads)
    .action(async (flags: SiteFlags) => {
      const { siteCommand } = await import('./site.js');
      done(await siteCommand(flags));
    });
}
