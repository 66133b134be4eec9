/** A profile in words, for people. */
import { announces, momentsOf } from './frames.js';
import { type Announcement, type Profile, type ProfileFrame, unconfirmed } from './profile.js';

const frameNames = {
  'arp-request': 'ARP request',
  'arp-reply': 'ARP reply',
  'rarp-request': 'RARP request',
  'rarp-reply': 'RARP reply',
  'neighbour-advertisement': 'neighbour advertisement',
  'vrrp-advertisement': 'VRRP advertisement',
  'carp-advertisement': 'CARP advertisement',
  datagram: 'datagram',
} as const;

/** `ARP request, THA broadcast`. */
export function frameText(frame: ProfileFrame): string {
  const { frame: kind, source, sha, tha, sender, flags, option, virtualRouter, vlan, octets } = frame;
  const isArp = kind.includes('arp-re');
  const parts = [
    frameNames[kind],
    virtualRouter !== undefined && `of router ${virtualRouter}`,
    isArp && `THA ${tha ?? 'zero'}`,
    sha !== undefined && `SHA ${sha}`,
    kind === 'neighbour-advertisement' && `flags ${flags ?? 'O'}`,
    sender !== undefined && `from ${sender}`,
    option !== undefined && `option ${option}`,
    source !== undefined && `Ethernet source ${source}`,
    vlan && `VLAN ${vlan.id}`,
    octets !== undefined && `${octets} octets`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** `0, 5003 ms`. */
const times = (atMs: readonly number[]) => `${atMs.join(', ')} ms`;

function announcementText(announcement: Announcement): string {
  const { atMs, repeat = 1, gapUs = 0, from } = announcement;
  const burst =
    repeat > 1 ? `${repeat} × ${frameText(announcement)}, ${gapUs} µs apart` : frameText(announcement);
  return `${times(atMs)}: ${burst}${from === 'old' ? ', from the old owner' : ''}`;
}

/** What is sent and when, a line for each kind of frame; then what is said of the rest. */
export function profileLines(profile: Profile): string[] {
  const { announcements, moved, addresses = 1, order = 'rounds', steady, refreshMs, oldOwner } = profile;
  const open = unconfirmed(profile);
  return [
    ...(announcements.length === 0 ? ['nothing is sent'] : announcements.map(announcementText)),
    `moves ${moved === 'station' ? 'the address of a NIC' : moved}`,
    ...(addresses > 1 ? [`${addresses} service addresses, by ${order}`] : []),
    ...(steady ? [`before that, every ${steady.everyMs} ms: ${frameText(steady)}`] : []),
    ...(refreshMs !== undefined
      ? [`announced again every ${refreshMs / 1000} s, which is not replayed`]
      : []),
    ...(oldOwner !== undefined ? [`the old owner: ${oldOwner}`] : []),
    ...(open.length > 0 ? [`not confirmed by a source: ${open.join(', ')}`] : []),
    `source: ${profile.source}`,
  ];
}

/** `10 announcements in 5.0 s`. */
export function profileSummary(profile: Profile): string {
  const moments = momentsOf(profile);
  const count = moments.filter(({ announcement }) => announces(announcement)).length;
  const lastMs = (moments.at(-1)?.atNs ?? 0) / 1e6;
  const kinds = new Set(profile.announcements.filter(announces).map(({ frame }) => frameNames[frame]));
  if (count === 0) return 'nothing';
  return `${count} × ${[...kinds].join(' and ')} within ${(lastMs / 1000).toFixed(1)} s`;
}
