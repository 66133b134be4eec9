import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  canonicalAddress,
  isInterface,
  macOf,
  NeighbourFormatError,
} from '../../src/host/neighbour-entry.js';
import { parseArpAn } from '../../src/host/readers/arp-an.js';
import { parseIosArp, parseIosNeighbors } from '../../src/host/readers/cisco-ios.js';
import { parseEos } from '../../src/host/readers/eos.js';
import { parseIpNeighText } from '../../src/host/readers/ip-neigh.js';
import { parseJunos } from '../../src/host/readers/junos.js';
import { parseNdpAn } from '../../src/host/readers/ndp-an.js';
import { parseNxOsArp, parseNxOsNeighbors } from '../../src/host/readers/nx-os.js';
import { parseRouterOs } from '../../src/host/readers/routeros.js';
import { parseVyOs } from '../../src/host/readers/vyos.js';
import { parseGetNetNeighbor, parseWindowsTable } from '../../src/host/readers/windows.js';
import { systemNames } from '../../src/host/system-names.js';
import { systemNamed } from '../../src/host/systems.js';
import { packageRoot } from '../../src/root.js';

const sample = (file: string) => readFileSync(join(packageRoot, 'test/vectors/neighbours', file), 'utf8');

/** `address last-octets STATE`, where the MAC is 00:00:5e:00:53:xx; `-`: none. */
function short(entries: ReturnType<typeof parseArpAn>): string[] {
  return entries.map(
    ({ address, mac, state }) => `${address} ${mac?.replace('00:00:5e:00:53:', '') ?? '-'} ${state}`,
  );
}

const expected = [
  [
    parseIpNeighText,
    'busybox-ip-neigh.txt',
    'eth0',
    '192.0.2.77 - INCOMPLETE',
    '192.0.2.8 08 PERMANENT',
    '192.0.2.7 - FAILED',
    '192.0.2.9 09 STALE',
    '2001:db8::9 09 REACHABLE',
  ],
  [
    parseArpAn,
    'net-tools-arp-an.txt',
    'eth0',
    '192.0.2.77 - INCOMPLETE',
    '192.0.2.8 08 PERMANENT',
    '192.0.2.7 - INCOMPLETE',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.5 - PERMANENT',
  ],
  [
    parseArpAn,
    'busybox-arp-an.txt',
    'eth0',
    '192.0.2.77 - INCOMPLETE',
    '192.0.2.8 08 PERMANENT',
    '192.0.2.9 09 COMPLETE',
  ],
  [
    parseArpAn,
    'freebsd-arp-an.txt',
    'em0',
    '192.0.2.1 01 COMPLETE',
    '192.0.2.2 02 PERMANENT',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.10 0a PERMANENT',
    '192.0.2.77 - INCOMPLETE',
  ],
  [
    parseNdpAn,
    'freebsd-ndp-an.txt',
    'em0',
    '2001:db8::2 02 PERMANENT',
    '2001:db8::9 09 STALE',
    '2001:db8::a 0a REACHABLE',
    '2001:db8::b 0b DELAY',
    '2001:db8::c 0c PROBE',
    '2001:db8::77 - INCOMPLETE',
    'fe80::200:5eff:fe00:5309 09 STALE',
  ],
  [
    parseArpAn,
    'macos-arp-an.txt',
    'en0',
    '192.0.2.1 01 COMPLETE',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.10 0a PERMANENT',
    '192.0.2.77 - INCOMPLETE',
    '192.0.2.255 ff:ff:ff:ff:ff:ff COMPLETE',
    '224.0.0.251 01:00:5e:00:00:fb PERMANENT',
  ],
  [
    parseNdpAn,
    'macos-ndp-an.txt',
    'en0',
    '2001:db8::9 09 STALE',
    '2001:db8::a:b:c:d 0a PERMANENT',
    '2001:db8::77 - INCOMPLETE',
    'fe80::200:5eff:fe00:5309 09 REACHABLE',
  ],
  [
    parseArpAn,
    'openbsd-arp-an.txt',
    'vio0',
    '192.0.2.1 01 COMPLETE',
    '192.0.2.2 02 PERMANENT',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.77 - INCOMPLETE',
  ],
  [
    parseNdpAn,
    'openbsd-ndp-an.txt',
    'vio0',
    '2001:db8::2 02 PERMANENT',
    '2001:db8::9 09 STALE',
    '2001:db8::77 - INCOMPLETE',
  ],
  [
    parseArpAn,
    'netbsd-arp-an.txt',
    'wm0',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.2 02 PERMANENT',
    '192.0.2.77 - INCOMPLETE',
    '192.0.2.1 01 COMPLETE',
  ],
  [parseNdpAn, 'netbsd-ndp-an.txt', 'wm0', '2001:db8::9 09 STALE', '2001:db8::2 02 PERMANENT'],
  [
    parseGetNetNeighbor,
    'windows-get-netneighbor.json',
    'Ethernet',
    'ff02::16 33:33:00:00:00:16 PERMANENT',
    '2001:db8::9 09 REACHABLE',
    'fe80::200:5eff:fe00:5309 09 STALE',
    '192.0.2.9 09 STALE',
    '192.0.2.77 - UNREACHABLE',
    '192.0.2.78 - INCOMPLETE',
    '192.0.2.255 ff:ff:ff:ff:ff:ff PERMANENT',
  ],
  [parseGetNetNeighbor, 'windows-get-netneighbor.json', '7', '198.51.100.1 11 REACHABLE'],
  [parseGetNetNeighbor, 'windows-get-netneighbor-one.json', 'Ethernet', '192.0.2.9 09 REACHABLE'],
  [
    parseWindowsTable,
    'windows-arp-a.txt',
    'Ethernet',
    '192.0.2.1 01 COMPLETE',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.10 0a PERMANENT',
    '192.0.2.255 ff:ff:ff:ff:ff:ff PERMANENT',
    '198.51.100.1 11 COMPLETE',
  ],
  [
    parseWindowsTable,
    'windows-arp-a-german.txt',
    undefined,
    '192.0.2.9 09 COMPLETE',
    '192.0.2.10 0a COMPLETE',
  ],
  [
    parseWindowsTable,
    'windows-netsh-ipv6.txt',
    undefined,
    '2001:db8::9 09 STALE',
    '2001:db8::77 - INCOMPLETE',
    'fe80::200:5eff:fe00:5309 09 REACHABLE',
    'ff02::16 33:33:00:00:00:16 PERMANENT',
  ],
  [
    parseIosArp,
    'ios-show-ip-arp.txt',
    'GigabitEthernet0/1',
    '192.0.2.1 01 PERMANENT',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.77 - INCOMPLETE',
  ],
  [
    parseIosNeighbors,
    'ios-show-ipv6-neighbors.txt',
    'GigabitEthernet0/1',
    '2001:db8::9 09 REACHABLE',
    '2001:db8:106:100:793a:f08d:5b3a:ef89 0b STALE',
    '2001:db8::a 0a PERMANENT',
    '2001:db8::77 - INCOMPLETE',
    'fe80::200:5eff:fe00:5309 09 DELAY',
  ],
  [
    parseNxOsArp,
    'nx-os-show-ip-arp.txt',
    'Ethernet1/41',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.77 - INCOMPLETE',
    '192.0.2.78 - INCOMPLETE',
    '192.0.2.10 0a PERMANENT',
  ],
  [
    parseNxOsNeighbors,
    'nx-os-show-ipv6-neighbor.txt',
    'Vlan10',
    '2001:db8::9 09 COMPLETE',
    '2001:db8:b020:500c:428d:5cff:fe34:fc79 - INCOMPLETE',
    '2001:db8::a 0a PERMANENT',
  ],
  [parseJunos, 'junos-show-arp.json', 'irb.10', '192.0.2.9 09 COMPLETE', '192.0.2.10 0a PERMANENT'],
  [parseJunos, 'junos-show-arp.json', 'ge-0/0/1.0', '192.0.2.9 09 COMPLETE'],
  [
    parseJunos,
    'junos-show-ipv6-neighbors.json',
    'irb.10',
    '2001:db8::9 09 REACHABLE',
    '2001:db8::77 - INCOMPLETE',
  ],
  [parseJunos, 'junos-compact.json', undefined, '192.0.2.9 09 COMPLETE'],
  [parseEos, 'eos-show-ip-arp.json', 'Vlan10', '192.0.2.9 09 COMPLETE', '192.0.2.77 - INCOMPLETE'],
  [parseEos, 'eos-show-ipv6-neighbors.json', 'Vlan10', '2001:db8::9 09 REACHABLE'],
  [
    parseRouterOs,
    'routeros-arp.txt',
    'ether2',
    '192.0.2.9 09 REACHABLE',
    '192.0.2.8 08 COMPLETE',
    '192.0.2.10 0a PERMANENT',
    '192.0.2.77 - FAILED',
  ],
  [
    parseRouterOs,
    'routeros-ipv6-neighbor.txt',
    'ether2',
    '2001:db8::9 09 REACHABLE',
    'fe80::1 01 STALE',
    '2001:db8::77 - FAILED',
    'ff02::1 33:33:00:00:00:01 NOARP',
  ],
  [parseVyOs, 'vyos-show-arp.txt', 'eth0', '192.0.2.9 09 REACHABLE', '192.0.2.77 - FAILED'],
  [
    parseVyOs,
    'vyos-1.2-show-arp.txt',
    'eth0',
    '192.0.2.9 09 COMPLETE',
    '192.0.2.10 0a PERMANENT',
    '192.0.2.77 - INCOMPLETE',
  ],
] as const;

const parsers = [
  ...new Set(
    systemNames.flatMap((name) =>
      systemNamed(name).means.flatMap(({ shows }) => shows.map(({ parse }) => parse)),
    ),
  ),
];

describe('a neighbour cache', () => {
  for (const [parse, file, nic, ...entries] of expected) {
    it(`is read from ${file}${nic === undefined ? '' : `, ${nic}`}`, () => {
      const text = sample(file);
      assert.deepEqual(short(parse(text, nic)), entries);
      const otherEnds = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text.replaceAll('\n', '\r\n');
      assert.deepEqual(short(parse(otherEnds, nic)), entries, 'with other line ends');
    });
  }

  it('is never seen in an error, by any system’s parser', () => {
    const errors = [
      'sh: arp: not found',
      "% Invalid input detected at '^' marker.",
      'Line has invalid autocommand "show ip arp"',
      "'ndp' is not recognized as an internal or external command,\r\noperable program or batch file.",
      'bad command name arp (line 1 column 5)',
      '% Unknown command: show arp',
      'error: syntax error, expecting <command>.',
    ];
    for (const parse of parsers)
      for (const error of errors) assert.throws(() => parse(error, 'eth0'), NeighbourFormatError, error);
  });

  it('has no entries in no text', () => {
    for (const parse of parsers) assert.deepEqual(parse('\r\n', 'eth0'), []);
  });

  it('is read, or refused, from garbage', () => {
    const files = [...new Set(expected.map(([, file]) => sample(file)))];
    const word = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom(
        '?',
        'at',
        'on',
        'em0',
        '(192.0.2.9)',
        '0:0:5e:0:53:9',
        '0000.5e00.5309',
        '-',
        '\n',
        '{',
        '[',
        '"data"',
        'address=',
        '\r\n',
        '%',
      ),
    );
    const cut = fc
      .tuple(fc.constantFrom(...files), fc.nat(2000), fc.nat(60), fc.string({ maxLength: 12 }))
      .map(([text, at, length, filler]) => text.slice(0, at) + filler + text.slice(at + length));
    const garbage = fc.oneof(
      fc.array(word, { maxLength: 40 }).map((words) => words.join(' ')),
      cut,
      fc.json(),
    );
    fc.assert(
      fc.property(garbage, fc.constantFrom(...parsers), (text, parse) => {
        try {
          for (const { address, mac, state } of parse(text, 'em0')) {
            assert.equal(canonicalAddress(address), address);
            assert.ok(mac === null || macOf(mac) === mac);
            assert.equal(state, state?.toUpperCase());
          }
        } catch (error) {
          if (!(error instanceof NeighbourFormatError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a link-layer address', () => {
  it('is the same however it is written', () => {
    for (const written of [
      '00:01:02:0a:0b:0c',
      '0:1:2:A:b:c',
      '00-01-02-0A-0B-0C',
      '0001.020a.0b0c',
      '0001-020a-0b0c',
    ])
      assert.equal(macOf(written), '00:01:02:0a:0b:0c');
    for (const none of [
      '',
      '00:01:02:0a:0b',
      '00:01-02:0a:0b:0c',
      '0:0:0:0:0:0',
      'incomplete',
      '1.2.3',
      '0001.020a-0b0c',
    ])
      assert.equal(macOf(none), undefined, none);
  });
});

describe("an interface's name", () => {
  it('is known in full, shortened as Cisco does, and among others', () => {
    for (const [shown, nic] of [
      ['Gi0/1', 'GigabitEthernet0/1'],
      ['GigabitEthernet0/1', 'gi0/1'],
      ['Vl10', 'Vlan10'],
      ['Vlan10, Ethernet45', 'Vlan10'],
      ['irb.10 [ge-0/0/1.0]', 'ge-0/0/1.0'],
      ['Ethernet 2', 'Ethernet 2'],
      ['eth0', 'eth0'],
    ] as const)
      assert.ok(isInterface(shown, nic), `${shown} ${nic}`);
    for (const [shown, nic] of [
      ['Gi0/1', 'GigabitEthernet0/11'],
      ['eth0', 'eth0.10'],
      ['eth1', 'eth0'],
      ['Ethernet 2', 'Ethernet'],
      ['e0', 'eth0'],
      ['lo', 'loopback'],
      ['', 'eth0'],
    ] as const)
      assert.ok(!isInterface(shown, nic), `${shown} ${nic}`);
  });
});
