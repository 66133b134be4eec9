/** Faults in how a Linux host takes advertisements: made with its settings, nftables, and scripts beside its kernel. */
import type { Lab } from '../build.js';
import type { Fault } from './fault.js';
import { hostFault, incoming, settings } from './host-rules.js';
import { beside } from './ndp-script.js';

/** Remembers the targets of advertisements for so long: the 16 octets behind the flags (RFC 4861 §4.4). */
const targets = (name: string, seconds: number, key = '@th,64,128'): string =>
  `set ${name} {\n typeof ${key}\n size 65535\n flags dynamic\n timeout ${seconds}s\n}`;

/** Where the kernel filters what it bridges (br_netfilter), it cuts off what lies behind a packet's end. */
const carryTrailers = (lab: Lab): Promise<unknown> => {
  const switched = '/proc/sys/net/bridge/bridge-nf-call-ip6tables';
  return lab.exec(lab.switchNamespace, ['sh', '-c', `! test -e ${switched} || echo 0 > ${switched}`]);
};

/** The forms of `host/na-forms`, each a list of what may stand at that place of its id. */
const forms = (
  flags: readonly string[],
  option: 'own' | 'none',
  to: readonly string[],
  entries: readonly string[],
): string[] =>
  flags.flatMap((bits) =>
    to.flatMap((cast) =>
      entries.map((entry) => `host/na-forms/flags-${bits}-option-${option}-${cast}-${entry}`),
    ),
  );

const learned = ['fresh', 'reachable'];
const entries = [...learned, 'stale'];
const casts = ['all-nodes', 'unicast'];
const override = ['o', 'or'];
const overrideSolicited = ['os', 'osr'];
const guarded = ['none', 'r'];
const guardedSolicited = ['s', 'sr'];
const everyFlags = [...override, ...overrideSolicited, ...guarded, ...guardedSolicited];

const notMoving = [
  ...forms(guarded, 'own', casts, entries),
  ...forms(guardedSolicited, 'own', casts, entries),
  ...forms(overrideSolicited, 'own', ['all-nodes'], entries),
  ...forms(everyFlags, 'none', casts, entries),
];

export const hostNdpFaults: readonly Fault[] = [
  hostFault(
    'deaf-ipv6',
    'The host drops unsolicited neighbour advertisements',
    [
      'host/unsolicited-na/override',
      'host/unsolicited-na/override-delay',
      'host/unsolicited-na/override-probe',
      'host/unsolicited-na/override-unicast',
      'host/unsolicited-na/override-relayed',
      'host/na-incomplete/s0-o0',
      'host/na-incomplete/s0-o1',
      ...forms(override, 'own', casts, learned),
    ],
    settings({ 'net.ipv6.conf.eth0.drop_unsolicited_na': 1 }),
  ),
  hostFault(
    'one-move-only',
    'The host takes one unsolicited advertisement of an address, and nothing more of it for ten seconds',
    [
      'host/unsolicited-na/override-stale',
      ...forms([...override, ...overrideSolicited], 'own', ['unicast'], ['stale']),
    ],
    incoming(
      'ip6',
      [
        'icmpv6 type nd-neighbor-advert @th,64,128 @moved drop',
        'icmpv6 type nd-neighbor-advert @th,32,32 & 0x40000000 == 0 add @moved { @th,64,128 }',
      ],
      [targets('moved', 10)],
    ),
  ),
  hostFault(
    'first-owner-only-ipv6',
    'The host drops advertisements from a second owner of an address (protection from spoofing)',
    forms([...override, ...overrideSolicited], 'own', ['unicast'], learned),
    incoming(
      'ip6',
      [
        'icmpv6 type nd-neighbor-advert @th,64,128 . ether saddr @owners accept',
        'icmpv6 type nd-neighbor-advert @th,64,128 @owned drop',
        'icmpv6 type nd-neighbor-advert add @owned { @th,64,128 } add @owners { @th,64,128 . ether saddr }',
      ],
      [targets('owned', 10), targets('owners', 10, '@th,64,128 . ether saddr')],
    ),
  ),
  hostFault(
    'overrides-always',
    'The host treats every advertisement as if its override flag were set',
    [
      'host/unsolicited-na/no-override',
      'host/unsolicited-na/no-override-stale',
      'host/unsolicited-na/no-override-delay',
      'host/unsolicited-na/no-override-probe',
      ...forms(guarded, 'own', casts, entries),
      ...forms(guardedSolicited, 'own', ['unicast'], entries),
    ],
    // Sets O where it is 0, and reserved bits, which the receiver must ignore, so that the checksum stays right:
    // 2000 + DFFF = FFFF, which is zero in ones' complement (RFC 4861 §4.4, RFC 1071).
    incoming('ip6', [
      'icmpv6 type nd-neighbor-advert @th,32,32 & 0x3fffffff == 0 @th,32,32 set @th,32,32 | 0x2000dfff',
    ]),
  ),
  hostFault(
    'guesses-option',
    'The host takes the Ethernet source where an advertisement has no link-layer address option',
    [
      'host/unsolicited-na/no-option',
      'host/unsolicited-na/no-option-unicast',
      'host/na-incomplete/no-option',
      ...forms(everyFlags, 'none', casts, entries),
    ],
    beside(`put($target, $mac, 'stale') if $kind == $na && !$linkLayer;`),
  ),
  hostFault(
    'believes-ethernet',
    'The host takes the Ethernet source of every advertisement, whatever it says',
    ['host/unsolicited-na/override-relayed', 'host/unsolicited-na/no-override', ...notMoving],
    beside(`put($target, $mac, 'stale') if $kind == $na;`),
  ),
  hostFault(
    'takes-invalid',
    'The host looks at nothing in an advertisement but its target and its option',
    [
      'host/na-invalid/*',
      'host/unsolicited-na/no-override',
      ...forms(overrideSolicited, 'own', ['all-nodes'], entries),
    ],
    async (lab) => {
      await carryTrailers(lab);
      await beside(
        `put($target, $linkLayer, $target =~ /^ff/ ? 'permanent' : 'stale') if $kind == $na && $linkLayer;`,
      )(lab);
    },
  ),
  hostFault(
    'takes-no-group-option',
    'The host drops advertisements whose option names a group',
    [],
    // The first bit of an address to be sent tells a group: the option's third octet is its address's first.
    incoming('ip6', ['icmpv6 type nd-neighbor-advert @th,215,1 1 drop']),
  ),
  hostFault(
    'creates-entries-ipv6',
    'The host makes entries for whatever is advertised',
    [
      'host/unsolicited-na/no-entry',
      'host/unsolicited-na/no-entry-unicast',
      'host/unsolicited-na/override-all-routers',
    ],
    // The kernel does so as a router only (RFC 9131), and then it listens to all routers' group.
    settings({ 'net.ipv6.conf.eth0.forwarding': 1, 'net.ipv6.conf.eth0.accept_untracked_na': 1 }),
  ),
  hostFault(
    'never-verifies',
    'The host takes everything that it hears from a neighbour for a confirmation',
    [
      'host/na-verified/no-override',
      'host/na-verified/no-override-solicited',
      'host/na-verified/override',
      'host/na-verified/solicitation',
      'host/na-incomplete/s0-o0',
      'host/na-incomplete/s0-o1',
    ],
    beside(`select undef, undef, undef, 0.01;
  state($kind == $na ? $target : $from, 'reachable') if $kind == $na || $kind == $ns && $linkLayer;`),
  ),
  hostFault(
    'doubts-entries',
    'The host takes nothing for a confirmation of an entry that it has',
    [
      'host/na-verified/override-solicited',
      'host/na-verified/same-address-solicited',
      'host/na-verified/same-address-reachable',
    ],
    async (lab) => {
      // Kept from the kernel and told by the script, as below.
      await incoming(
        'ip6',
        [
          'icmpv6 type nd-neighbor-advert @th,64,128 @known drop',
          'icmpv6 type nd-neighbor-advert add @known { @th,64,128 }',
        ],
        [targets('known', 600)],
      )(lab);
      await beside(`our %known;
  put($target, $linkLayer, 'stale') if $kind == $na && $linkLayer && $known{$target}++;`)(lab);
    },
  ),
  hostFault(
    'doubts-answers',
    'The host takes the answer to its own question for hearsay',
    ['host/na-incomplete/s1-o0', 'host/na-incomplete/s1-o1'],
    async (lab) => {
      // Kept from the kernel and told by the script, so that the entry was never REACHABLE. S is the second bit of the flags.
      await incoming('ip6', ['icmpv6 type nd-neighbor-advert @th,33,1 1 drop'])(lab);
      await beside(`put($target, $linkLayer, 'stale') if $kind == $na && $linkLayer;`)(lab);
    },
  ),
  hostFault(
    'believes-hearsay',
    'The host takes the second unsolicited advertisement of an address for a confirmation',
    ['host/na-verified/same-address-unsolicited'],
    beside(`our %heard;
  select undef, undef, undef, 0.01;
  state($target, 'reachable') if $kind == $na && $linkLayer && $heard{"$target $linkLayer"}++;`),
  ),
  hostFault(
    'long-lock-ipv6',
    'The host refuses advertisements for five seconds after the last',
    ['host/na-lock-window/*'],
    incoming(
      'ip6',
      [
        'icmpv6 type nd-neighbor-advert @th,64,128 @recent drop',
        'icmpv6 type nd-neighbor-advert add @recent { @th,64,128 }',
      ],
      [targets('recent', 5)],
    ),
  ),
];
