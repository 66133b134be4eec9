/** Changes of status as an Atom feed (RFC 4287). Pure: its dates are those of the runs, and no clock's. */
import type { Entry, ListStatus } from '../list/schema.js';
import { escapeMarkup } from '../report/escape.js';
import { deviceName, factsText } from '../report/words.js';
import type { Frame, SiteFile } from './layout.js';
import { listStatusWords } from './list-words.js';
import { devicePath, feedPath, indexPath, linkTo } from './paths.js';
import { countedRuns } from './status-history.js';

/** What a run that counts made of an entry. */
export interface StatusChange {
  readonly entry: Entry;
  /** Of the run's bundle. */
  readonly bundle: string;
  /** When the run began, ISO 8601. */
  readonly at: string;
  /** Undefined: it is the first run of the device. */
  readonly before: ListStatus | undefined;
  readonly after: ListStatus;
}

/**
 * The changes of an entry, the oldest first.
 * @param statuses what the list said after the first of its runs that count, after the first two, …; where it is not known,
 *   the entry's own stands for it
 */
export function changesOf(entry: Entry, statuses: readonly ListStatus[] = []): StatusChange[] {
  const runs = countedRuns(entry);
  const said = runs.map((_, i) => (i === runs.length - 1 ? entry.status : (statuses[i] ?? entry.status)));
  return runs.flatMap(({ bundle, at }, i) => {
    const [before, after] = [said[i - 1], said[i]];
    return after === undefined || before === after ? [] : [{ entry, bundle, at, before, after }];
  });
}

/** A reader fetches the whole feed each time. */
const mostEntries = 200;

/** The newest changes. Without `baseUrl` its links are relative to the feed, which few readers follow. */
export function feedFile(changes: readonly StatusChange[], { baseUrl }: Pick<Frame, 'baseUrl'>): SiteFile {
  const newest = [...changes]
    .sort((x, y) => Date.parse(y.at) - Date.parse(x.at) || (x.bundle < y.bundle ? -1 : 1))
    .slice(0, mostEntries);
  const linkFor = (path: string) =>
    escapeMarkup(
      baseUrl === undefined ? linkTo(feedPath, path) : new URL(linkTo(indexPath, path), baseUrl).href,
    );
  const updated = newest[0] === undefined ? '1970-01-01T00:00:00Z' : rfc3339(newest[0].at);
  const content = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
    `<id>${tag(baseUrl, '2026', 'takeover/feed')}</id>`,
    '<title>MAC address takeover: changes of status</title>',
    `<updated>${updated}</updated>`,
    '<author><name>takeover</name></author>',
    `<link rel="self" type="application/atom+xml" href="${linkFor(feedPath)}"/>`,
    `<link rel="alternate" type="text/html" href="${linkFor(indexPath)}"/>`,
    ...newest.map((change) => entryOf(change, baseUrl, linkFor)),
    '</feed>',
    '',
  ];
  return { path: feedPath, content: content.join('\n') };
}

function entryOf(
  { entry, bundle, at, before, after }: StatusChange,
  baseUrl: string | undefined,
  linkFor: (path: string) => string,
): string {
  const { device, id, submissions } = entry;
  const word = (status: ListStatus) => listStatusWords[status].word.toLowerCase();
  const title = `${deviceName(device)} ${device.firmware}: ${before === undefined ? '' : `${word(before)} → `}${word(after)}`;
  const party = submissions.find(({ path }) => path === bundle)?.organisation ?? 'a party';
  const summary = `${factsText(device)}. ${before === undefined ? 'Its first run' : 'The run'} that counts, by ${party}, made it so.`;
  return [
    '<entry>',
    `<id>${tag(baseUrl, rfc3339(at).slice(0, 10), `takeover/${id}/${bundle}`)}</id>`,
    `<title>${escapeMarkup(title)}</title>`,
    `<updated>${rfc3339(at)}</updated>`,
    `<link rel="alternate" type="text/html" href="${linkFor(devicePath(entry))}"/>`,
    `<summary>${escapeMarkup(summary)}</summary>`,
    '</entry>',
  ].join('\n');
}

/** RFC 4287 §3.3 asks for RFC 3339; what is no date counts as the oldest. */
const rfc3339 = (iso: string): string => new Date(Date.parse(iso) || 0).toISOString();

/** RFC 4151: never changes, whatever becomes of the page. Without an address nobody has minted it: the name is one that
 *  can't exist (RFC 6761 §6.4). */
function tag(baseUrl: string | undefined, date: string, specific: string): string {
  const authority = baseUrl === undefined ? 'takeover.invalid' : new URL(baseUrl).hostname.toLowerCase();
  return escapeMarkup(`tag:${authority},${date}:${specific.split('/').map(encodeURIComponent).join('/')}`);
}
