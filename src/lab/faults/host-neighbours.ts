/** Faults in what a Linux host makes of solicitations, routers and silent neighbours, and of its own addresses. */
import type { Lab } from '../build.js';
import { nft } from '../command.js';
import { hostAddresses } from '../names.js';
import type { Fault } from './fault.js';
import { hostFault, incoming, settings } from './host-rules.js';
import { beside } from './ndp-script.js';

/** Drops what leaves for a neighbour first, behind its resolution. */
const loseFirst = (lab: Lab): Promise<unknown> =>
  nft(
    lab.hostNamespace,
    `table netdev fault {
set sent {
  type ipv6_addr
  size 65535
  flags dynamic
}
chain egress {
  type filter hook egress device eth0 priority 0
  icmpv6 type echo-reply ip6 daddr @sent accept
  icmpv6 type echo-reply add @sent { ip6 daddr } drop
}
}
`,
  );

export const hostNeighbourFaults: readonly Fault[] = [
  hostFault(
    'ignores-askers-ipv6',
    'The host answers solicitations without noting who asked',
    [
      'host/ns-updates/settled',
      'host/ns-updates/fresh',
      'host/ns-updates/unicast',
      'host/ns-updates/creates',
    ],
    // The option's type becomes one that nobody knows, 1 → 253, and reserved bits make up for it: FD01 + 03FF = 0101.
    incoming('ip6', [
      'icmpv6 type nd-neighbor-solicit ip6 saddr != :: @th,192,16 0x0101 @th,192,16 set 0xfd01 @th,32,16 set 0x03ff',
    ]),
  ),
  hostFault(
    'guesses-asker',
    'The host takes the Ethernet source of a solicitation without an option for its sender’s, or its target’s',
    ['host/ns-updates/no-option', 'host/ns-updates/duplicate-probe'],
    beside(`put($from eq '::' ? $target : $from, $mac, 'stale') if $kind == $ns && !$linkLayer;`),
  ),
  hostFault(
    'answers-nothing-ipv6',
    'The host answers no solicitation',
    ['host/ns-answered/*'],
    incoming('ip6', ['icmpv6 type nd-neighbor-solicit drop']),
  ),
  hostFault(
    'deaf-to-routers',
    'The host drops router advertisements',
    ['host/ra-updates/option'],
    incoming('ip6', ['icmpv6 type nd-router-advert drop']),
  ),
  hostFault(
    'guesses-router',
    'The host takes the Ethernet source of a router advertisement without an option for the router’s',
    ['host/ra-updates/no-option'],
    beside(`put($from, $mac, 'stale') if $kind == $ra && !$linkLayer;`),
  ),
  hostFault(
    'impatient-ipv6',
    'The host repeats its solicitations every 0.1 s',
    ['host/unreachable-neighbour/rate'],
    settings({ 'net.ipv6.neigh.eth0.retrans_time_ms': 100 }),
  ),
  hostFault(
    'forgets-packet-ipv6',
    'The host loses the first packet to a neighbour that it had to ask for',
    ['host/unreachable-neighbour/queued-packet'],
    loseFirst,
  ),
  hostFault(
    'never-gives-up-ipv6',
    'The host verifies an entry a hundred times before it drops it',
    ['host/unreachable-neighbour/given-up'],
    settings({ 'net.ipv6.neigh.eth0.ucast_solicit': 100 }),
  ),
  hostFault(
    'router-for-ever',
    'The host takes every advertisement for a router’s',
    ['host/router-flag/cleared'],
    // Sets R where it is 0, and reserved bits: 8000 + 7FFF = FFFF.
    incoming('ip6', [
      'icmpv6 type nd-neighbor-advert @th,32,32 & 0x80000000 == 0 @th,32,32 set @th,32,32 | 0x80007fff',
    ]),
  ),
  hostFault(
    'router-for-once',
    'The host takes no advertisement for a router’s',
    ['host/router-flag/kept'],
    // Clears R, and what it leaves of the word goes to reserved bits: A000 = 2000 + 8000.
    incoming('ip6', ['icmpv6 type nd-neighbor-advert @th,32,32 0xa0000000 @th,32,32 set 0x20008000']),
  ),
  hostFault(
    'gives-address-up',
    'The host drops its address for a while when another advertises it',
    ['host/na-conflict/*'],
    beside(`if ($kind == $na && $target eq '${hostAddresses.ipv6}') {
    print $ip "address delete $target/64 dev eth0\\n";
    unless (our $returns++) { fork or do { sleep 4; exec qw(ip address add), "$target/64", qw(dev eth0 nodad) } }
  }`),
  ),
  hostFault(
    'tests-no-address',
    'The host uses new addresses without testing them',
    ['host/duplicate-detection/tested'],
    settings({ 'net.ipv6.conf.eth0.accept_dad': 0 }),
  ),
  hostFault(
    'ignores-objections',
    'The host tests a new address, and hears nobody’s objection',
    ['host/duplicate-detection/advertised-by-another', 'host/duplicate-detection/tested-by-another'],
    incoming('ip6', [
      'icmpv6 type nd-neighbor-advert ip6 daddr ff02::1 drop',
      'icmpv6 type nd-neighbor-solicit ip6 saddr :: drop',
    ]),
  ),
];
