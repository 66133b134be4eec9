/** The catalogue's chapters, so that a page of some hundred cases has a table of contents. */
import type { DeviceKind } from '../result.js';

interface Chapter {
  readonly title: string;
  /** The last part of the probes' ids; one that ends in an asterisk stands for all that begin so. */
  readonly probes: readonly string[];
}

const chapters: Readonly<Record<DeviceKind, readonly Chapter[]>> = {
  switch: [
    {
      title: 'Learning and moving',
      probes: [
        ...[
          'learns',
          'relearns',
          'relearn-time',
          'first-frame',
          'failback',
          'silent-takeover',
          'never-spoke',
        ],
        ...['link-down', 'last-speaker', 'chain', 'bulk-move', 'repeated', 'group-source'],
        ...['bridge-own', 'dest-no-refresh', 'ageing', 'ageing-restarts', 'eth-source', 'bad-frames'],
        ...['virtual-mac', 'swap', 'half-announced'],
      ],
    },
    {
      title: 'Capacity and rate',
      probes: [
        ...['table-size', 'learn-rate', 'move-rate', 'move-when-full', 'hash-collisions', 'move-under-load'],
        'broadcast-latency',
      ],
    },
    { title: 'VLANs', probes: ['vlan-*'] },
    { title: 'Heartbeats', probes: ['heartbeat-*', 'reserved-group'] },
    {
      title: 'Features that break a takeover',
      probes: [
        ...['port-security', 'move-guard', 'announcement-lock', 'arp-inspection', 'storm-control'],
        ...['arp-suppression', 'source-filter', 'isolation', 'spanning-tree'],
      ],
    },
    { title: 'Takeover profiles', probes: ['follows', 'first-lost'] },
  ],
  host: [
    {
      title: 'ARP',
      probes: [
        ...[
          'updates-on-announcement',
          'refresh-by-ping',
          'creates',
          'answers',
          'lock-window',
          'static-stays',
        ],
        'probe-harmless',
      ],
    },
    { title: 'NDP', probes: ['unsolicited-na'] },
  ],
  router: [{ title: 'Routers', probes: ['*'] }],
  nic: [{ title: 'Addresses of a NIC', probes: ['*'] }],
};

export const further = 'Further claims';

/** Title of the chapter that a probe stands in; one that no chapter names stands in the last. */
export function chapterOf(kind: DeviceKind, probeId: string): string {
  const name = probeId.slice(probeId.indexOf('/') + 1);
  const holds = (pattern: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  return chapters[kind].find(({ probes }) => probes.some(holds))?.title ?? further;
}

/** Groups what belongs to a probe by chapter, in the catalogue's order. */
export function byChapter<T>(
  kind: DeviceKind,
  items: readonly T[],
  probeOf: (item: T) => string,
): { title: string; items: T[] }[] {
  return [...chapters[kind].map(({ title }) => title), further].flatMap((title) => {
    const chosen = items.filter((item) => chapterOf(kind, probeOf(item)) === title);
    return chosen.length === 0 ? [] : [{ title, items: chosen }];
  });
}
