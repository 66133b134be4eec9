/** Addresses for the roles of a profile, and what two profiles have in common. */
import assert from 'node:assert/strict';
import { profiles } from '../../src/profiles/catalogue.js';
import { type Cast, linkLocalOf, momentsOf } from '../../src/profiles/frames.js';
import type { Profile } from '../../src/profiles/profile.js';

export function named(name: string): Profile {
  const profile = profiles.find((candidate) => candidate.name === name);
  assert.ok(profile, name);
  return profile;
}

/** The same addresses for each profile. */
export function castFor({ family, moved, addresses = 1 }: Profile): Cast {
  const six = family === 'ipv6';
  const owner = (last: number) => {
    const nic = `00:00:5e:00:53:0${last}`;
    return { nic, ip: six ? linkLocalOf(nic) : `192.0.2.${last}` };
  };
  return {
    moved: moved === 'station' ? '00:00:5e:00:53:77' : moved,
    returning: '00:00:5e:00:53:78',
    old: owner(1),
    new: owner(2),
    services: Array.from({ length: addresses }, (_, n) =>
      six ? `2001:db8::${77 + n}` : `192.0.2.${77 + n}`,
    ),
    peer: { mac: '00:00:5e:00:53:99', ip: six ? '2001:db8::99' : '192.0.2.99' },
  };
}

/** What a replay sends, without names: each frame's fields and its time. `heard`: as far as a listener can tell,
 *  who hears no heartbeat that comes after the last announcement. */
export function found(profile: Profile, heard = false): unknown[] {
  const isNews = (kind: string) => !kind.endsWith('p-advertisement') && kind !== 'datagram';
  const moments = momentsOf(profile).filter(({ from }) => from === 'new');
  const lastNs = moments.findLast(({ announcement }) => isNews(announcement.frame))?.atNs ?? 0;
  return moments
    .filter(({ announcement, atNs }) => !heard || isNews(announcement.frame) || atNs <= lastNs + 15e6)
    .map(({ announcement, atNs, service }) => {
      const { atMs: _, repeat: _repeat, gapUs: _gap, unconfirmed: _unconfirmed, ...frame } = announcement;
      const { flags, tha, version, ...rest } = frame;
      return {
        ms: Math.round(atNs / 1e6),
        service,
        ...rest,
        ...(flags !== 'O' && flags !== undefined && { flags }),
        ...(tha !== 'zero' && tha !== undefined && { tha }),
        // Version 3 goes without saying in IPv6.
        ...(version !== undefined && profile.family === 'ipv4' && { version }),
      };
    })
    .sort((one, other) => one.ms - other.ms || one.frame.localeCompare(other.frame));
}
