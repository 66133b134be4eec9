/** Faults of a Linux host, made with its own settings, with nftables, and with what an operator could have installed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../build.js';
import { nft } from '../command.js';
import { whereIs } from '../enter.js';
import { hostAddresses } from '../names.js';
import type { Fault } from './fault.js';
import { hostFault, incoming, settings } from './host-rules.js';

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
  hostFault(
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
  hostFault(
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
  hostFault(
    'requests-only',
    'The host takes ARP replies only when they are for it alone',
    [
      ...forms('reply', ['broadcast'], ['v', 'host', 'third']),
      'host/lock-window/reply',
      'host/lock-window/reply-tha-ff',
    ],
    incoming('arp', ['meta pkttype broadcast arp operation reply drop']),
  ),
  hostFault(
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
  hostFault(
    'answers-nothing',
    'The host answers no ARP request',
    ['host/answers/*', 'host/probe-harmless/is-answered', 'host/refresh-by-ping/*'],
    settings({ 'net.ipv4.conf.eth0.arp_ignore': 8 }),
  ),
  hostFault(
    'creates-entries',
    'The host makes entries for whatever is announced',
    ['host/creates/*'],
    settings({ 'net.ipv4.conf.eth0.arp_accept': 1 }),
  ),
  // locktime is counted in hundredths of a second (arp(7)).
  hostFault(
    'long-lock',
    'The host refuses updates for five seconds after the last',
    ['host/lock-window/reply-tha-ff'],
    settings({ 'net.ipv4.neigh.eth0.locktime': 500 }),
  ),
  hostFault(
    'no-lock',
    'The host takes every update at once',
    [],
    settings({ 'net.ipv4.neigh.eth0.locktime': 0 }),
  ),
  hostFault(
    'probe-poisons',
    'The host takes an ARP probe for an announcement',
    ['host/probe-harmless/changes-nothing'],
    incoming('arp', [
      `arp operation request arp saddr ip 0.0.0.0 arp daddr ip != ${hostAddresses.ipv4} arp saddr ip set arp daddr ip`,
    ]),
  ),
  hostFault(
    'ignores-probes',
    'The host does not defend its address when it is probed',
    ['host/probe-harmless/is-answered'],
    incoming('arp', ['arp saddr ip 0.0.0.0 drop']),
  ),
  hostFault(
    'permanent-overwritten',
    'Permanent entries are ordinary ones, which announcements overwrite',
    ['host/static-stays/*', 'host/na-static-stays/*'],
    weakenPermanent,
  ),
];
