/** What the behaviours of a segment's hosts mean for its operator. */
import type { Family } from '../bench/addresses.js';
import { profiles } from '../profiles/catalogue.js';
import type { Announcement } from '../profiles/profile.js';
import type { Column, Reach, Segment, SurveyedHost } from './result.js';
import { stimuliOf } from './stimuli.js';

type Advice = Pick<Segment, 'counts' | 'missing' | 'summary' | 'forms' | 'software' | 'advice'>;

export function adviceOf(family: Family, columns: readonly Column[], hosts: readonly SurveyedHost[]): Advice {
  const count = (verdict: SurveyedHost['verdict']) => hosts.filter((host) => host.verdict === verdict).length;
  const counts = {
    follows: count('follows'),
    partly: count('partly'),
    misses: count('misses'),
    unjudged: count('unjudged'),
  };
  const settled = stimuliOf(family).filter(({ age }) => age !== 'fresh');
  const forms = columns
    .filter(({ id, kind }) => kind === 'announcement' && settled.some((stimulus) => stimulus.id === id))
    .map(({ id, title }) => reach(id, title, [id], hosts));
  const software = profiles.flatMap((profile) => {
    const ids = [...new Set(profile.announcements.flatMap((each) => formOf(each) ?? []))];
    return profile.family === family && ids.length > 0
      ? [reach(profile.name, profile.title, ids, hosts)]
      : [];
  });
  const missing = missingOf(family, forms);
  return {
    counts,
    missing,
    summary: summaryOf(family, hosts, missing),
    forms,
    software,
    advice: advise(family, forms, software, hosts),
  };
}

/** The stimulus that is a profile's announcement; undefined: none of the survey's. */
function formOf({ frame, tha, flags = 'O', option, from }: Announcement): string | undefined {
  if (from === 'old') return undefined;
  if (frame === 'neighbour-advertisement')
    return flags.includes('O') && option === undefined ? 'una' : undefined;
  if (frame === 'arp-request')
    return tha === undefined || tha === 'zero'
      ? 'garp-request'
      : { broadcast: 'garp-request-ff', moved: 'garp-request-sha' }[tha as string];
  if (frame === 'arp-reply') return { broadcast: 'garp-reply-ff', moved: 'garp-reply' }[tha as string];
  return undefined;
}

/** Judged is a host of which one of them is known to be followed, or all to be ignored. */
function reach(id: string, title: string, ids: readonly string[], hosts: readonly SurveyedHost[]): Reach {
  const seen = hosts.map(({ behaviours }) =>
    ids.map((form) => behaviours.find(({ stimulus }) => stimulus === form)?.belief),
  );
  const reached = seen.filter((row) => row.some((belief) => belief === 'new' || belief === 'asked')).length;
  const missed = seen.filter((row) => row.length > 0 && row.every((belief) => belief === 'old')).length;
  return { id, title, reached, of: reached + missed };
}

const announcedBy = {
  ipv4: { ids: ['garp-request', 'garp-request-ff'], words: 'gratuitous ARP request' },
  ipv6: { ids: ['una'], words: 'unsolicited neighbour advertisement' },
} as const;

/** By the worse of the ways to write it: a failover must not depend on which the software has. */
function missingOf(family: Family, forms: readonly Reach[]): Segment['missing'] {
  const ids: readonly string[] = announcedBy[family].ids;
  const missing = forms
    .filter(({ id }) => ids.includes(id))
    .map(({ reached, of }) => ({ hosts: of - reached, of }));
  return missing.sort((one, other) => other.hosts - one.hosts)[0] ?? { hosts: 0, of: 0 };
}

function summaryOf(family: Family, hosts: readonly SurveyedHost[], missing: Segment['missing']): string {
  if (hosts.length === 0) return 'No host answered.';
  const open = hosts.length - missing.of;
  const rest = open > 0 ? ` ${open} more can’t be judged.` : '';
  return `${missing.hosts} of ${missing.of} hosts miss a failover announced by ${announcedBy[family].words}.${rest}`;
}

function advise(
  family: Family,
  forms: readonly Reach[],
  software: readonly Reach[],
  hosts: readonly SurveyedHost[],
): string[] {
  const most = Math.max(0, ...forms.map(({ reached }) => reached));
  const best = forms.filter(({ reached }) => reached === most);
  if (most === 0 || forms.every(({ of }) => of === 0)) return asideAdvice(family, hosts);
  const all = best.length === forms.length && forms.length > 1;
  const lines = [
    all
      ? `Every form of announcement reaches ${hostsOf(most)}.`
      : `Most, ${hostsOf(most)}, are reached by: ${best.map(({ title }) => title).join('; ')}.`,
  ];
  const top = Math.max(0, ...software.map(({ reached }) => reached));
  const leading = software.filter(({ reached }) => reached === top);
  if (leading.length < software.length) {
    lines.push(
      `Of failover software, ${leading.map(({ title }) => title).join(', ')} reach most, ${hostsOf(top)}, by what they announce.`,
    );
  }
  return [...lines, ...asideAdvice(family, hosts)];
}

const hostsOf = (count: number) => `${count} host${count === 1 ? '' : 's'}`;

/** What still helps those that miss every announcement. */
function asideAdvice(family: Family, hosts: readonly SurveyedHost[]): string[] {
  const deaf = hosts.filter(({ verdict }) => verdict === 'misses');
  if (deaf.length === 0) return [];
  const id = family === 'ipv4' ? 'refresh' : 'solicits';
  const helped = deaf.filter(({ behaviours }) =>
    behaviours.some(({ stimulus, belief }) => stimulus === id && (belief === 'new' || belief === 'asked')),
  ).length;
  if (helped === 0)
    return [
      `Asked for by the new owner, none of those that miss every announcement is reached (${hostsOf(deaf.length)}): have the MAC address move as well.`,
    ];
  return [
    `Of those that miss every announcement, ${helped} of ${deaf.length} are reached when the new owner asks for them: have it empty its cache and ping them after a takeover.`,
  ];
}
