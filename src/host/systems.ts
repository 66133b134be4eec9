/** The systems whose neighbour cache can be read, each with what recognises it and what shows its cache. */
import type { Parser } from './neighbour-entry.js';
import type { PermanentTool } from './permanent.js';
import { parseArpAn } from './readers/arp-an.js';
import { parseIosArp, parseIosNeighbors } from './readers/cisco-ios.js';
import { parseEos } from './readers/eos.js';
import { parseIpNeighJson, parseIpNeighText } from './readers/ip-neigh.js';
import { parseJunos } from './readers/junos.js';
import { parseNdpAn } from './readers/ndp-an.js';
import { parseNxOsArp, parseNxOsNeighbors } from './readers/nx-os.js';
import { parseRouterOs } from './readers/routeros.js';
import { parseVyOs } from './readers/vyos.js';
import { parseGetNetNeighbor, parseWindowsTable } from './readers/windows.js';
import { commandLine } from './shell.js';
import type { SystemName } from './system-names.js';

/** A command that shows the cache, or one family's half of it. */
export interface Show {
  /** Its command line, as the host's shell takes it. `nic` was checked. */
  readonly line: (nic: string | undefined) => string;
  readonly parse: Parser;
}

/** One way to see the whole cache. */
export interface Means {
  /** As an operator calls it: `ip -j neigh`. */
  readonly title: string;
  readonly shows: readonly Show[];
  /** It has a stream of changes beside it: `ip monitor`. */
  readonly streams?: boolean;
}

export interface System {
  readonly name: SystemName;
  readonly title: string;
  /** In order of preference: the first that answers is used. */
  readonly means: readonly Means[];
  /** What makes permanent entries; absent: nothing that is safe and simple. */
  readonly permanent?: readonly PermanentTool[];
  /** Told to an interactive shell first, so that it prints without pages and wraps. */
  readonly quiet?: readonly string[];
}

/** A question that is harmless on every system, and what its answers tell. */
export interface Question {
  readonly line: string;
  readonly answers: readonly (readonly [RegExp, SystemName])[];
}

const always = (line: string) => () => line;

const ipNeigh = (title: string, options: readonly string[], parse: Parser): Means => ({
  title,
  shows: [
    {
      line: (nic) =>
        commandLine(['ip', ...options, 'neigh', 'show', ...(nic === undefined ? [] : ['dev', nic])]),
      parse,
    },
  ],
  streams: true,
});

const arpAn: Show = { line: always('arp -an'), parse: parseArpAn };

const linuxMeans: readonly Means[] = [
  ipNeigh('ip -j neigh', ['-j'], parseIpNeighJson),
  ipNeigh('ip neigh', [], parseIpNeighText),
  // net-tools translates its words; the PATH of an ordinary user's commands lacks /sbin.
  { title: 'arp -an', shows: [{ line: always('env LC_ALL=C arp -an'), parse: parseArpAn }] },
  { title: '/sbin/arp -an', shows: [{ line: always('env LC_ALL=C /sbin/arp -an'), parse: parseArpAn }] },
];

const bsd = (name: SystemName, title: string): System => ({
  name,
  title,
  means: [{ title: 'arp -an, ndp -an', shows: [arpAn, { line: always('ndp -an'), parse: parseNdpAn }] }],
  permanent: [name === 'openbsd' ? 'arp, openbsd' : 'arp', 'ndp'],
});

const two = (one: string, parseOne: Parser, other: string, parseOther: Parser): readonly Means[] => [
  {
    title: `${one}, ${other}`,
    shows: [
      { line: always(one), parse: parseOne },
      { line: always(other), parse: parseOther },
    ],
  },
];

const getNetNeighbor =
  'powershell -NoProfile -NonInteractive -Command "Get-NetNeighbor | ' +
  'Select-Object IPAddress,LinkLayerAddress,State,InterfaceAlias,InterfaceIndex | ConvertTo-Json -Compress"';

const vyosMeans = two('show arp', parseVyOs, 'show ipv6 neighbors', parseVyOs);

const table: readonly System[] = [
  { name: 'linux', title: 'Linux', means: linuxMeans, permanent: ['ip', 'arp'] },
  bsd('freebsd', 'FreeBSD'),
  bsd('macos', 'macOS'),
  bsd('openbsd', 'OpenBSD'),
  bsd('netbsd', 'NetBSD'),
  {
    name: 'windows',
    title: 'Windows',
    means: [
      { title: 'Get-NetNeighbor', shows: [{ line: always(getNetNeighbor), parse: parseGetNetNeighbor }] },
      ...two('arp -a', parseWindowsTable, 'netsh interface ipv6 show neighbors', parseWindowsTable),
    ],
  },
  {
    name: 'ios',
    title: 'Cisco IOS',
    means: two('show ip arp', parseIosArp, 'show ipv6 neighbors', parseIosNeighbors),
    quiet: ['terminal length 0', 'terminal width 0'],
  },
  {
    name: 'nx-os',
    title: 'Cisco NX-OS',
    means: two('show ip arp', parseNxOsArp, 'show ipv6 neighbor', parseNxOsNeighbors),
    quiet: ['terminal length 0', 'terminal width 511'],
  },
  {
    name: 'junos',
    title: 'Junos',
    means: [
      ...two(
        'show arp no-resolve | display json',
        parseJunos,
        'show ipv6 neighbors | display json',
        parseJunos,
      ),
      // root logs in to a Unix shell.
      ...two(
        'cli -c "show arp no-resolve | display json"',
        parseJunos,
        'cli -c "show ipv6 neighbors | display json"',
        parseJunos,
      ),
    ],
    quiet: ['set cli screen-length 0', 'set cli screen-width 0'],
  },
  {
    name: 'eos',
    title: 'Arista EOS',
    means: two('show ip arp | json', parseEos, 'show ipv6 neighbors | json', parseEos),
    quiet: ['terminal length 0', 'terminal width 32767'],
  },
  {
    name: 'routeros',
    title: 'RouterOS',
    means: two('/ip arp print terse', parseRouterOs, '/ipv6 neighbor print terse', parseRouterOs),
  },
  {
    name: 'vyos',
    title: 'VyOS',
    means: [...linuxMeans, ...vyosMeans],
    permanent: ['ip'],
    quiet: ['set terminal length 0'],
  },
  // vtysh itself has no command for the kernel's cache: `show ip neigh` lists the neighbours of its own rules.
  { name: 'frr', title: 'FRR', means: linuxMeans, permanent: ['ip'], quiet: ['terminal length 0'] },
];

const byName = new Map(table.map((system) => [system.name, system]));

export function systemNamed(name: SystemName): System {
  const system = byName.get(name);
  if (!system) throw new RangeError(`There is no system ${name}.`);
  return system;
}

/** In this order: whoever runs single commands is most often a Unix. */
export const questions: readonly Question[] = [
  {
    line: 'uname -s',
    answers: [
      [/^Linux\s*$/m, 'linux'],
      [/^(FreeBSD|DragonFly)\s*$/m, 'freebsd'],
      [/^Darwin\s*$/m, 'macos'],
      [/^OpenBSD\s*$/m, 'openbsd'],
      [/^NetBSD\s*$/m, 'netbsd'],
      [/^JUNOS\s*$/im, 'junos'],
      [/^(MINGW|MSYS|CYGWIN|Windows)/m, 'windows'],
    ],
  },
  {
    line: 'show version',
    answers: [
      [/NX-OS|Nexus Operating System/, 'nx-os'],
      [/Cisco IOS|IOS[ -]XE|Internetwork Operating System/, 'ios'],
      [/Arista/, 'eos'],
      [/\bJUNOS\b/i, 'junos'],
      [/VyOS/, 'vyos'],
      [/FRRouting/, 'frr'],
    ],
  },
  { line: '/system resource print', answers: [[/MikroTik|board-name:/, 'routeros']] },
  { line: 'cmd /c ver', answers: [[/Microsoft Windows|Windows \[/, 'windows']] },
];
