/**
 * The ways in which a new owner announces itself to a host, and whether the host follows each: one row for all ages and
 * states of its entry. Which failover software announces itself so, is told by its profile. Pure.
 */
import { announcementProbes } from '../announced.js';
import { profiles } from '../profiles/catalogue.js';
import { usesRole } from '../profiles/frames.js';
import type { Announcement } from '../profiles/profile.js';
import type { CaseResult } from '../result.js';
import { twoViewsOf, verdictWordOf, worstTook } from './two-views.js';
import { holdsNotWord, holdsWord, outcomeWords, plural, type TonedWord } from './words.js';

export interface Way {
  readonly family: Family;
  readonly name: string;
  /** At the head of a narrow column, below the protocol. */
  readonly short: string;
  /** Its cases: a probe, and a pattern of their names whose group is how the entry was. */
  readonly sources: readonly (readonly [probe: string, pattern: RegExp])[];
  /** Whether it is said to all, or the new owner only asks for this host. */
  readonly announces: boolean;
  /** Who announces itself so; empty: no software that is known. */
  readonly sentBy: readonly string[];
}

export const families = { arp: 'IPv4, by ARP', ndp: 'IPv6, by NDP' } as const;
export type Family = keyof typeof families;

/** Software after whose takeover a host has to learn an address: where the old one moves along, there is nothing to
 *  learn. */
const toldBy = (matches: (announcement: Announcement) => boolean): string[] =>
  profiles
    .filter((profile) => profile.moved === 'station' && !usesRole(profile, 'returning'))
    .filter(({ announcements }) =>
      announcements.some((a) => a.destination === undefined && a.sha === undefined && matches(a)),
    )
    .map(({ name }) => name);

const gratuitous = (operation: 'request' | 'reply', tha: 'zero' | 'ff' | 'sha', routed?: RegExp): Way => {
  const form = `${operation}, THA${{ zero: '\u00a00', ff: '\u00a0ff', sha: ' =\u00a0SHA' }[tha]}`;
  const target = { zero: 'zero', ff: 'broadcast', sha: 'moved' }[tha];
  return {
    family: 'arp',
    name: `gratuitous ARP ${form}`,
    short: form,
    sources: [
      [announcementProbes.arp, new RegExp(`^${operation}-broadcast-tha-${tha}-tpa-v-(age-\\d+ms)$`)],
      ...(routed ? [[announcementProbes.routed, routed] as const] : []),
    ],
    announces: true,
    sentBy: toldBy((a) => a.frame === `arp-${operation}` && (a.tha ?? 'zero') === target),
  };
};

const advertised = (flags: 'O' | 'RO', name: string, routed?: RegExp): Way => ({
  family: 'ndp',
  name: `unsolicited advertisement, ${name}`,
  short: name.replaceAll(' = ', '\u00a0=\u00a0'),
  sources: [
    [
      announcementProbes.ndp,
      new RegExp(`^flags-${flags === 'O' ? 'o' : 'or'}-option-own-all-nodes-([a-z]+)$`),
    ],
    ...(routed ? [[announcementProbes.routed, routed] as const] : []),
  ],
  announces: true,
  sentBy: toldBy(
    (a) => a.frame === 'neighbour-advertisement' && (a.flags ?? 'O') === flags && a.option === undefined,
  ),
});

const asks = (family: Family, by: string, probe: string, routed: RegExp): Way => ({
  family,
  name: `the new owner’s ${by} for it, as a ping makes it`,
  short: 'asks for it',
  sources: [
    [probe, /^(settled|fresh)$/],
    [announcementProbes.asksRouter, routed],
  ],
  announces: false,
  sentBy: [],
});

/** In the order in which they are shown. */
export const ways: readonly Way[] = [
  gratuitous('request', 'ff', /^ipv4-keepalived()$/),
  gratuitous('request', 'zero', /^ipv4-request-broadcast()$/),
  gratuitous('request', 'sha'),
  gratuitous('reply', 'sha', /^ipv4-reply-broadcast()$/),
  gratuitous('reply', 'ff'),
  asks('arp', 'ARP request', announcementProbes.asksByArp, /^ipv4()$/),
  advertised('O', 'O = 1', /^ipv6-(?:all-nodes|keepalived)()$/),
  advertised('RO', 'O = 1, R = 1'),
  asks('ndp', 'solicitation', announcementProbes.asksByNdp, /^ipv6()$/),
];

/** What a host does when it is told in one way. */
export interface WayRow extends Way {
  readonly answer: 'always' | 'sometimes' | 'never' | 'unknown';
  readonly said: TonedWord;
  /** `ignored where the entry is 0.1, 0.5 or 0.9 s old`; empty where all cases say the same. */
  readonly except: string;
  /** The longest that it took. */
  readonly took: { readonly outside: string | null; readonly cache: string | null };
  readonly disagree: number;
  /** Where to read on. */
  readonly caseId: string;
}

/** A row for each way that was tried; empty for what is no host. */
export function waysOf(cases: readonly CaseResult[]): WayRow[] {
  return ways.flatMap((way) => {
    const tried = cases.filter(
      (c) => entryOf(way, c) !== undefined && c.outcome !== 'not-applicable' && c.outcome !== 'not-run',
    );
    const [first] = tried;
    return first ? [rowOf(way, tried, first)] : [];
  });
}

/** How the entry was when the case told of a takeover: `age-100ms`, `stale`, or empty; undefined: by another way. */
function entryOf({ sources }: Way, { id, probe }: CaseResult): string | undefined {
  const [, pattern] = sources.find(([of]) => of === probe) ?? [];
  return pattern?.exec(id.slice(probe.length + 1))?.[1];
}

/** `0.1, 0.5 s old or STALE`. */
function entriesText(entries: readonly string[]): string {
  const ages = entries.flatMap((entry) => /^age-(\d+)ms$/.exec(entry)?.[1] ?? []);
  const others = entries.filter((entry) => !entry.startsWith('age-'));
  return [
    ages.length > 0 && `${ages.map((ms) => Number(ms) / 1000).join(', ')} s old`,
    ...others.map((entry) => (entry === 'fresh' || entry === 'settled' ? entry : entry.toUpperCase())),
  ]
    .filter(Boolean)
    .join(' or ');
}

const follows = (word: string | undefined): boolean => word === 'updated' || word === 'invalidated';

function rowOf(way: Way, tried: readonly CaseResult[], first: CaseResult): WayRow {
  const told = tried.flatMap((c) => {
    const word = c.outcome === 'pass' || c.outcome === 'fail' ? verdictWordOf(c) : undefined;
    return word === undefined ? [] : [{ c, word }];
  });
  const followed = told.filter(({ word }) => follows(word));
  const refused = told.filter(({ word }) => !follows(word));
  const answer = answerOf(followed.length, refused.length);
  const words = (seen: typeof told) => [...new Set(seen.map(({ word }) => word))].join(' or ');
  const open = tried.length - told.length;
  const except = [
    answer === 'sometimes' &&
      `${words(refused)} where its entry is ${entriesText(refused.flatMap(({ c }) => entryOf(way, c) || []))}`,
    open > 0 && answer !== 'unknown' && `${plural(open, 'case')} of ${tried.length} open`,
  ];
  return {
    ...way,
    answer,
    said: {
      ...saidOf[answer],
      ...(told.length > 0 && { word: words(followed.length > 0 ? followed : refused) }),
    },
    except: except.filter(Boolean).join('; '),
    took: { outside: worstTook(tried, 'outside'), cache: worstTook(tried, 'cache') },
    disagree: tried.filter((c) => twoViewsOf(c)?.agree === false).length,
    caseId: (refused[0]?.c ?? first).id,
  };
}

function answerOf(followed: number, refused: number): WayRow['answer'] {
  if (followed + refused === 0) return 'unknown';
  if (refused === 0) return 'always';
  return followed > 0 ? 'sometimes' : 'never';
}

const saidOf: Readonly<Record<WayRow['answer'], TonedWord>> = {
  always: holdsWord,
  sometimes: { ...holdsNotWord, symbol: '◐' },
  never: holdsNotWord,
  unknown: { ...outcomeWords.inconclusive, tone: 'inconclusive' },
};
