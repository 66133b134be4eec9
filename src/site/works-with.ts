/**
 * With which failover software each device works, told from the letters of its cases alone. A switch hears what the
 * software sends; a host or router is judged by the single announcements that the software makes. Pure.
 */
import { announcementProbes } from '../announced.js';
import type { HardwareList } from '../list/schema.js';
import { outcomeLetters } from '../list/schema.js';
import { profiles } from '../profiles/catalogue.js';
import type { Profile } from '../profiles/profile.js';
import { ways } from '../report/ways.js';
import type { TonedWord } from '../report/words.js';
import type { DeviceKind } from '../result.js';
import { letterWords } from './list-words.js';

const { pass, fail, disputed, inconclusive, absent } = outcomeLetters;
/** Follows one of its announcements, but not whenever it is made. */
const sometimes = 'S';
/** The address moves with its MAC address, so that a host has nothing to learn. */
const nothingToLearn = outcomeLetters['not-applicable'];

/** For each letter that `worksWith` gives. */
export const worksWords: Readonly<Record<string, TonedWord>> = {
  ...letterWords,
  [pass]: { symbol: '✓', word: 'works', tone: 'pass' },
  [sometimes]: { symbol: '◐', word: 'only at times', tone: 'inconclusive' },
  [fail]: { symbol: '✗', word: 'does not work', tone: 'fail' },
  [nothingToLearn]: { symbol: '–', word: 'nothing to learn', tone: 'not-applicable' },
};

/** Failover software that says something, in the catalogue's order: the columns of what works with what. */
export const announcers: readonly Profile[] = profiles.filter(
  ({ announcements }) => announcements.length > 0,
);

/** Sets of them that someone who buys a switch asks for at once. */
export interface AnnouncerGroup {
  readonly id: string;
  readonly title: string;
  readonly members: readonly string[];
}

const frameTest = (test: RegExp) => (profile: Profile) =>
  [...profile.announcements, ...(profile.steady ? [profile.steady] : [])].some(({ frame }) =>
    test.test(frame),
  );
const hasHeartbeat = frameTest(/^(vrrp|carp)-/);
const named = (test: (profile: Profile) => boolean) => announcers.filter(test).map(({ name }) => name);

export const announcerGroups: readonly AnnouncerGroup[] = [
  {
    id: 'without-vrrp',
    title: 'all that announce without VRRP or CARP',
    members: named((profile) => !hasHeartbeat(profile)),
  },
  { id: 'with-vrrp', title: 'all that speak VRRP or CARP', members: named(hasHeartbeat) },
  {
    id: 'rarp',
    title: 'all that announce by RARP (virtual machines)',
    members: named(frameTest(/^rarp-/)),
  },
  {
    id: 'virtual-mac',
    title: 'all that move a virtual MAC address',
    members: named(({ moved }) => moved !== 'station'),
  },
  { id: 'ipv6', title: 'all for IPv6', members: named(({ family }) => family === 'ipv6') },
];

/** For one announcer: the places, in a kind's catalogue, of the cases of each of its announcements. */
type Places = readonly (readonly number[])[];

/** For each kind of device, a function from the letters of a device's cases to a letter for each of `announcers`; empty
 *  where no case of the kind tells. */
export function worksWith(
  catalogue: HardwareList['catalogue'],
): (kind: DeviceKind, outcomes: string) => string {
  const plans = new Map(
    Object.entries(catalogue).map(([kind, ids]) => [
      kind,
      announcers.map((profile) => placesOf(profile, kind as DeviceKind, ids)),
    ]),
  );
  return (kind, outcomes) => {
    const plan = plans.get(kind) ?? [];
    return plan.some((places) => places.length > 0)
      ? plan.map((places, i) => answerOf(kind, announcers[i], places, outcomes)).join('')
      : '';
  };
}

function placesOf(profile: Profile, kind: DeviceKind, ids: readonly string[]): Places {
  if (kind === 'switch') {
    const place = ids.indexOf(`${announcementProbes.programs}/${profile.name}`);
    return place < 0 ? [] : [[place]];
  }
  if (kind === 'nic') return [];
  return ways
    .filter(({ sentBy }) => sentBy.includes(profile.name))
    .map(({ sources }) =>
      ids.flatMap((id, i) => {
        const isOne = sources.some(
          ([probe, pattern]) => id.startsWith(`${probe}/`) && pattern.test(id.slice(probe.length + 1)),
        );
        return id.startsWith(`${kind}/`) && isOne ? [i] : [];
      }),
    )
    .filter(({ length }) => length > 0);
}

function answerOf(kind: DeviceKind, profile: Profile | undefined, places: Places, outcomes: string): string {
  if (kind !== 'switch' && profile?.moved !== 'station') return nothingToLearn;
  const answers = places.map((cases) => togetherOf(cases.map((place) => outcomes[place] ?? absent)));
  return bestFirst.find((letter) => answers.includes(letter)) ?? absent;
}

/** It suffices that one of its announcements is always followed. */
const bestFirst = [pass, sometimes, disputed, fail, inconclusive, nothingToLearn];

/** One announcement, made to entries of several ages. */
function togetherOf(letters: readonly string[]): string {
  const [only] = new Set(letters);
  if (only !== undefined && letters.every((letter) => letter === only)) return only;
  if (letters.includes(disputed)) return disputed;
  const followed = letters.includes(pass);
  if (letters.includes(fail)) return followed ? sometimes : fail;
  return followed ? pass : inconclusive;
}

/** `14 of 28`: with how many it works, of those that were tried; undefined: none was. */
export function worksCount(letters: string): { works: number; tried: number } | undefined {
  const tried = [...letters].filter((letter) => letter !== absent && letter !== nothingToLearn).length;
  if (tried === 0) return undefined;
  return { works: [...letters].filter((letter) => letter === pass).length, tried };
}
