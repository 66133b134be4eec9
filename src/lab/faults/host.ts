/** Faults of a Linux host, made with its own settings, with nftables, and with what an operator could have installed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../build.js';
import { nft, startDaemon, sysctl, within } from '../command.js';
import { whereIs } from '../enter.js';
import { hostAddresses } from '../names.js';
import type { Fault } from './fault.js';

const fault = (
  name: string,
  title: string,
  breaks: readonly string[],
  change: (lab: Lab) => Promise<unknown>,
): Fault => ({
  name,
  title,
  device: 'host',
  breaks,
  apply: async (lab) => {
    await change(lab);
  },
});

/** Sets variables of the host's kernel. */
const settings =
  (variables: Readonly<Record<string, number>>) =>
  (lab: Lab): Promise<unknown> =>
    sysctl(lab.hostNamespace, variables);

/** nftables rules for what comes in from the tested network: the arp family sees ARP, ip6 sees NDP. */
const incoming =
  (family: 'arp' | 'ip6', rules: readonly string[], sets: readonly string[] = []) =>
  (lab: Lab): Promise<unknown> =>
    nft(
      lab.hostNamespace,
      `table ${family} fault {
${sets.join('\n')}
chain input {
  type filter hook input priority 0
  ${rules.map((rule) => `iifname "eth0" ${rule}`).join('\n  ')}
}
}
`,
    );

/** Holds for each address what was seen first: a set of addresses, and one of the pairs that are allowed. */
const owners = (name: string, type: string): string =>
  `set ${name} {\n type ${type}\n size 65535\n flags dynamic\n timeout 10s\n}`;

/**
 * Makes each request an ARP probe, with a sender of 0.0.0.0, which is answered and not learned from (RFC 826, RFC 5227
 * §2.1.1); the answer, which goes to the asker's MAC address, gets the asker's IP address again.
 */
function ignoreAskers(lab: Lab): Promise<unknown> {
  return nft(
    lab.hostNamespace,
    `table arp fault {
map askers {
  type ether_addr : ipv4_addr
  size 65535
  flags dynamic
}
chain input {
  type filter hook input priority 0
  iifname "eth0" arp operation request arp saddr ip != 0.0.0.0 update @askers { arp saddr ether : arp saddr ip } arp saddr ip set 0.0.0.0
}
chain output {
  type filter hook output priority 0
  oifname "eth0" arp operation reply arp daddr ip 0.0.0.0 arp daddr ip set arp daddr ether map @askers
}
}
`,
  );
}

/** `ip` that turns a permanent entry into an ordinary one; found first by whoever logs in. */
function weakenPermanent(lab: Lab): Promise<void> {
  const script = `#!/bin/sh
for word do
  shift
  [ "$word" = permanent ] && word=reachable
  set -- "$@" "$word"
done
exec ${whereIs('ip')} "$@"
`;
  return writeFile(join(lab.hostTools, 'ip'), script, { mode: 0o755 });
}

/**
 * Takes an advertisement without options to mean its Ethernet source. The kernel can't be made to, so a script beside
 * it does: payload length 24, next header 58 and type 136 are an advertisement without options (RFC 4861 §4.4).
 */
const guess = `
use Socket qw(:DEFAULT inet_ntop AF_INET6);
my ($packetFamily, $ipv6) = (17, unpack('S', pack('n', 0x86dd)));
socket(my $packets, $packetFamily, SOCK_RAW, $ipv6) or die "no packet socket: $!";
$| = 1;
print "listening";
while (defined recv($packets, my $frame, 2048, 0)) {
  next if length $frame < 78;
  my ($source, $length, $next, $type, $target) = unpack('x6 a6 x6 n C x33 C x7 a16', $frame);
  next unless $length == 24 && $next == 58 && $type == 136;
  my $mac = join ':', unpack('(H2)6', $source);
  system qw(ip neigh replace), inet_ntop(AF_INET6, $target), 'lladdr', $mac, qw(dev eth0 nud stale);
}
`;

const guessMissingOption = (lab: Lab): Promise<unknown> =>
  startDaemon(within(lab.hostNamespace, ['perl', '-e', guess]), (output) => output.includes('listening'));

const forms = (operation: 'request' | 'reply', to: readonly string[], targets: readonly string[]): string[] =>
  to.flatMap((casting) =>
    ['zero', 'ff', 'sha', 'other'].flatMap((tha) =>
      targets.flatMap((tpa) =>
        [100, 500, 900, 1100, 2000].map(
          (age) => `host/updates-on-announcement/${operation}-${casting}-tha-${tha}-tpa-${tpa}-age-${age}ms`,
        ),
      ),
    ),
  );
const casts = ['broadcast', 'unicast'];

export const hostFaults: readonly Fault[] = [
  fault(
    'deaf-to-announcements',
    'The host drops gratuitous ARP',
    [
      'host/updates-on-announcement/common-form',
      ...forms('request', casts, ['v']),
      ...forms('reply', casts, ['v']),
      'host/lock-window/*',
    ],
    settings({ 'net.ipv4.conf.eth0.drop_gratuitous_arp': 1 }),
  ),
  fault(
    'first-owner-only',
    'The host drops ARP from a second owner of an address (protection from ARP spoofing)',
    ['host/updates-on-announcement/*', 'host/refresh-by-ping/*', 'host/lock-window/*'],
    incoming(
      'arp',
      [
        'arp saddr ip 0.0.0.0 accept',
        'arp saddr ip . arp saddr ether @owners accept',
        'arp saddr ip @owned drop',
        'add @owned { arp saddr ip } add @owners { arp saddr ip . arp saddr ether }',
      ],
      [owners('owned', 'ipv4_addr'), owners('owners', 'ipv4_addr . ether_addr')],
    ),
  ),
  fault(
    'requests-only',
    'The host takes ARP replies only when they are for it alone',
    [
      ...forms('reply', ['broadcast'], ['v', 'host', 'third']),
      'host/lock-window/reply',
      'host/lock-window/reply-tha-ff',
    ],
    incoming('arp', ['meta pkttype broadcast arp operation reply drop']),
  ),
  fault(
    'ignores-askers',
    'The host answers ARP requests without noting who asked',
    [
      ...forms('request', casts, ['v', 'host', 'third']),
      'host/refresh-by-ping/*',
      'host/answers/*',
      'host/lock-window/request',
    ],
    ignoreAskers,
  ),
  fault(
    'answers-nothing',
    'The host answers no ARP request',
    ['host/answers/*', 'host/probe-harmless/is-answered', 'host/refresh-by-ping/*'],
    settings({ 'net.ipv4.conf.eth0.arp_ignore': 8 }),
  ),
  fault(
    'creates-entries',
    'The host makes entries for whatever is announced',
    ['host/creates/*'],
    settings({ 'net.ipv4.conf.eth0.arp_accept': 1 }),
  ),
  // locktime is counted in hundredths of a second (arp(7)).
  fault(
    'long-lock',
    'The host refuses updates for five seconds after the last',
    ['host/lock-window/reply-tha-ff'],
    settings({ 'net.ipv4.neigh.eth0.locktime': 500 }),
  ),
  fault(
    'no-lock',
    'The host takes every update at once',
    [],
    settings({ 'net.ipv4.neigh.eth0.locktime': 0 }),
  ),
  fault(
    'probe-poisons',
    'The host takes an ARP probe for an announcement',
    ['host/probe-harmless/changes-nothing'],
    incoming('arp', [
      `arp operation request arp saddr ip 0.0.0.0 arp daddr ip != ${hostAddresses.ipv4} arp saddr ip set arp daddr ip`,
    ]),
  ),
  fault(
    'ignores-probes',
    'The host does not defend its address when it is probed',
    ['host/probe-harmless/is-answered'],
    incoming('arp', ['arp saddr ip 0.0.0.0 drop']),
  ),
  fault(
    'permanent-overwritten',
    'Permanent entries are ordinary ones, which announcements overwrite',
    ['host/static-stays/*'],
    weakenPermanent,
  ),
  fault(
    'deaf-ipv6',
    'The host drops unsolicited neighbour advertisements',
    ['host/unsolicited-na/override'],
    settings({ 'net.ipv6.conf.eth0.drop_unsolicited_na': 1 }),
  ),
  fault(
    'overrides-always',
    'The host treats every advertisement as if its override flag were set',
    ['host/unsolicited-na/no-override'],
    // Sets O where it is 0, and reserved bits, which the receiver must ignore, so that the checksum stays right:
    // 2000 + DFFF = FFFF, which is zero in ones' complement (RFC 4861 §4.4, RFC 1071).
    incoming('ip6', [
      'icmpv6 type nd-neighbor-advert @th,32,32 & 0x3fffffff == 0 @th,32,32 set @th,32,32 | 0x2000dfff',
    ]),
  ),
  fault(
    'guesses-option',
    'The host takes the Ethernet source where an advertisement has no link-layer address option',
    ['host/unsolicited-na/no-option'],
    guessMissingOption,
  ),
  fault(
    'creates-entries-ipv6',
    'The host makes entries for whatever is advertised',
    ['host/unsolicited-na/no-entry'],
    // The kernel does so as a router only (RFC 9131).
    settings({ 'net.ipv6.conf.eth0.forwarding': 1, 'net.ipv6.conf.eth0.accept_untracked_na': 1 }),
  ),
];
