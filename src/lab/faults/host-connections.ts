/** Faults of a host that show in its running streams and connections, and in how it finds back to whoever answers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../build.js';
import { nft } from '../command.js';
import { whereIs } from '../enter.js';
import { hostAddresses } from '../names.js';
import type { Fault } from './fault.js';
import { hostFault, settings } from './host-rules.js';

/** Rules that see ARP, NDP and everything else, in the order in which it comes: the netdev family. */
const onLink =
  (sets: readonly string[], incoming: readonly string[], outgoing: readonly string[]) => (lab: Lab) =>
    nft(
      lab.hostNamespace,
      `table netdev fault {
${sets.join('\n')}
chain incoming {
  type filter hook ingress device "eth0" priority 0
  ${incoming.join('\n  ')}
}
chain outgoing {
  type filter hook egress device "eth0" priority 0
  ${outgoing.join('\n  ')}
}
}
`,
    );

const addressSet = (name: string, type: 'ipv4_addr' | 'ipv6_addr') =>
  `set ${name} {\n type ${type}\n size 65535\n flags dynamic\n timeout 1m\n}`;
const announcers = [addressSet('announcers', 'ipv4_addr'), addressSet('announcers6', 'ipv6_addr')];

/** A gratuitous ARP is a broadcast that asks for no address of ours; its IPv6 counterpart goes to all nodes. */
const gratuitous = `meta pkttype broadcast ether type arp arp daddr ip != ${hostAddresses.ipv4}`;
const unsolicited = 'ip6 daddr ff02::1 icmpv6 type nd-neighbor-advert';
const remember = [
  `${gratuitous} add @announcers { arp saddr ip }`,
  `${unsolicited} add @announcers6 { ip6 saddr }`,
];

const announced = (protocol: 'udp' | 'tcp'): string[] => [
  ...['request', 'reply'].flatMap((form) =>
    ['kept', 'changed'].map((mac) => `host/connections/${protocol}-ipv4-mac-${mac}-${form}`),
  ),
  ...['kept', 'changed'].map((mac) => `host/connections/${protocol}-ipv6-mac-${mac}-advertisement`),
];

const verified = (family: 'ipv4' | 'ipv6'): string[] =>
  ['udp', 'tcp'].flatMap((protocol) => [
    `host/verifies/${protocol}-${family}`,
    ...['kept', 'changed'].map((mac) => `host/connections/${protocol}-${family}-mac-${mac}-silent`),
  ]);

/** So long that no test sees it end. */
const neverS = 600;

/** `ip` that does everything but flush; found first by the host’s own trigger. */
function flushNothing(lab: Lab): Promise<void> {
  const script = `#!/bin/sh
[ "$2" = flush ] && exit 0
exec ${whereIs('ip')} "$@"
`;
  return writeFile(join(lab.hostTools, 'ip'), script, { mode: 0o755 });
}

const six = 'limit rate over 1/minute burst 6 packets';

export const hostConnectionFaults: readonly Fault[] = [
  hostFault(
    'blocks-announcers',
    'The host sends nothing more to an address that was announced (protection from ARP spoofing)',
    [...announced('udp'), ...announced('tcp')],
    onLink(announcers, remember, ['ip daddr @announcers drop', 'ip6 daddr @announcers6 drop']),
  ),
  hostFault(
    'resets-connections',
    'The host resets its TCP connections with an address that was announced',
    announced('tcp'),
    onLink(
      announcers,
      [
        ...remember,
        'ip saddr @announcers meta l4proto tcp reject with tcp reset',
        'ip6 saddr @announcers6 meta l4proto tcp reject with tcp reset',
      ],
      [],
    ),
  ),
  hostFault(
    'trusts-for-ever',
    'The host never asks whether a neighbour is still there (IPv4)',
    [
      ...verified('ipv4'),
      ...['request', 'reply'].flatMap((winner) =>
        ['request', 'reply'].map((loser) => `host/loser-last/ipv4-${winner}-then-${loser}`),
      ),
    ],
    settings({ 'net.ipv4.neigh.eth0.delay_first_probe_time': neverS }),
  ),
  hostFault(
    'trusts-for-ever-ipv6',
    'The host never asks whether a neighbour is still there (IPv6)',
    [...verified('ipv6'), 'host/loser-last/ipv6-advertisement-then-advertisement'],
    settings({ 'net.ipv6.neigh.eth0.delay_first_probe_time': neverS }),
  ),
  hostFault(
    'takes-six',
    'The host takes six announcements of an address, and no more, and never verifies it',
    [
      'host/loser-last/ipv4-request-then-request-winner-repeats',
      'host/loser-last/ipv6-advertisement-then-advertisement-winner-repeats',
    ],
    async (lab) => {
      await onLink(
        announcers,
        [
          `${gratuitous} update @announcers { arp saddr ip ${six} } drop`,
          `${unsolicited} update @announcers6 { ip6 saddr ${six} } drop`,
        ],
        [],
      )(lab);
      await settings({
        'net.ipv4.neigh.eth0.delay_first_probe_time': neverS,
        'net.ipv6.neigh.eth0.delay_first_probe_time': neverS,
      })(lab);
    },
  ),
  hostFault(
    'flushes-nothing',
    'The host accepts connections to its trigger port, and flushes nothing',
    ['host/flush-trigger/*'],
    flushNothing,
  ),
];
