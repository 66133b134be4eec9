/** Faults of a host's ARP, in what it takes, asks for and defends. */

import { type StartHabits, setStartHabits } from '../address-service.js';
import type { Lab } from '../build.js';
import { nft } from '../command.js';
import { hostAddresses, switchNamespace, switchPort } from '../names.js';
import { startPacketScript } from '../packet-script.js';
import type { Fault } from './fault.js';
import { hostFault, incoming, settings } from './host-rules.js';

/** nftables rules for frames as they come in, before the kernel looks at them. */
const arriving =
  (rules: readonly string[]) =>
  (lab: Lab): Promise<unknown> =>
    nft(
      lab.hostNamespace,
      `table netdev fault {
chain ingress {
  type filter hook ingress device "eth0" priority 0
  ${rules.join('\n  ')}
}
}
`,
    );

const beside =
  (script: string) =>
  (lab: Lab): Promise<unknown> =>
    startPacketScript(lab.hostNamespace, script);

/** Takes the sender's addresses out of whatever could be ARP, and has the kernel note them. */
const believeAnything = `
open(my $ip, '|-', qw(ip -force -batch -)) or die "no ip: $!";
$ip->autoflush(1);
print "listening";
while (defined(my $frame = next_frame)) {
  my $type = unpack('x12 n', $frame);
  my $at = 14;
  ($type, $at) = (unpack('x20 n', $frame), 22) if $type < 0x0600 && substr($frame, 14, 6) eq "\\xaa\\xaa\\x03\\0\\0\\0";
  next unless ($type == 0x0806 || $type == 0x8035) && length $frame >= $at + 18;
  my ($mac, $address) = unpack("x$at x8 a6 a4", $frame);
  next if $address eq "\\0\\0\\0\\0";
  print $ip 'neigh replace ', inet_ntoa($address), ' lladdr ', text($mac), " dev eth0 nud stale\\n";
}
`;

/** Calls \`conflict\` with the sender's address of every ARP packet by which another claims the host's. */
const atConflict = (conflict: string): string => `
my $address = inet_aton('${hostAddresses.ipv4}');
print "listening";
while (defined(my $frame = next_frame)) {
  my ($type, $mac, $claimed) = unpack('x12 n x8 a6 a4', $frame);
  next unless $type == 0x0806 && $claimed eq $address && $mac ne $own;
  ${conflict}
}
`;

/**
 * The switch's port eats what the host sends to an address in the second after it asked for it: what it had kept. The
 * kernel itself always keeps the latest, whatever its queue's length is set to.
 */
function dropKept(): Promise<unknown> {
  return nft(
    switchNamespace,
    `table netdev fault {
set asked {
  type ipv4_addr
  flags dynamic,timeout
  timeout 700ms
}
chain ingress {
  type filter hook ingress device "${switchPort('host')}" priority 0
  ether type arp arp operation request update @asked { arp daddr ip }
  icmp type echo-reply ip daddr @asked drop
}
}
`,
  );
}

/** Changes how the host's address service starts, where the lab runs one. */
const starts =
  (habits: Partial<StartHabits>) =>
  (lab: Lab): Promise<unknown> =>
    setStartHabits(lab.hostTools, habits);

const malformed = (...names: readonly string[]) => names.map((name) => `host/malformed/${name}`);

export const hostArpFaults: readonly Fault[] = [
  hostFault(
    'lenient-arp-types',
    'The host takes every ARP packet for one of IPv4 over Ethernet',
    malformed('hrd-0', 'hrd-255', 'pro-0000', 'pro-86dd', 'hln-0', 'hln-4', 'hln-8', 'pln-0', 'pln-6'),
    arriving([
      'ether type arp @nh,0,16 set 1',
      'ether type arp @nh,16,16 set 0x0800',
      'ether type arp @nh,32,16 set 0x0604',
    ]),
  ),
  hostFault(
    'lenient-arp-operations',
    'The host takes every ARP operation for a request',
    malformed('op-0', 'op-3', 'op-8', 'op-26', 'op-255'),
    arriving(['ether type arp @nh,48,16 > 2 @nh,48,16 set 1', 'ether type arp @nh,48,16 0 @nh,48,16 set 1']),
  ),
  hostFault(
    'believes-anything',
    'The host notes the sender of whatever could be ARP',
    [
      ...malformed('truncated'),
      'host/encapsulated/rarp',
      ...['loopback', 'limited-broadcast', 'subnet-broadcast', 'own'].map(
        (kind) => `host/foreign-spa/${kind}`,
      ),
    ],
    beside(believeAnything),
  ),
  hostFault(
    'strict-padding',
    'The host drops ARP packets that anything but zeros follow',
    malformed('trailing', 'padding-not-zero'),
    arriving(['ether type arp @nh,224,32 != 0 drop']),
  ),
  hostFault(
    'believes-ethernet-source',
    'The host takes the Ethernet source for the sender’s address',
    ['host/eth-vs-sha/*'],
    arriving(['ether type arp arp saddr ether set ether saddr']),
  ),
  hostFault(
    'drops-priority-tags',
    'The host drops frames with a priority tag',
    ['host/encapsulated/priority-tagged'],
    arriving(['ether type vlan drop']),
  ),
  hostFault(
    'strict-arp',
    'The host drops ARP packets of another hardware type than Ethernet’s, and from senders that can be no neighbours',
    [],
    incoming('arp', [
      'arp htype != 1 drop',
      'arp saddr ether & 01:00:00:00:00:00 == 01:00:00:00:00:00 drop',
      `arp saddr ip != { 0.0.0.0, ${hostAddresses.ipv4}/24 } drop`,
    ]),
  ),
  hostFault(
    'trusts-silent-owners',
    'The host verifies an entry only a minute after it was used',
    ['host/flush-stale/finds-out', 'host/flush-stale/finds-out-in-time'],
    settings({ 'net.ipv4.neigh.eth0.delay_first_probe_time': 60 }),
  ),
  hostFault(
    'asks-ten-times-a-second',
    'The host asks ten times a second for an address that nobody answers for',
    ['host/flush-stale/asks-sparingly'],
    settings({ 'net.ipv4.neigh.eth0.retrans_time_ms': 100 }),
  ),
  hostFault(
    'keeps-no-packet',
    'The host drops the packets that made it ask',
    ['host/flush-stale/keeps-latest'],
    dropKept,
  ),
  hostFault(
    'fights-for-its-address',
    'The host defends its address against every announcement of another',
    ['host/conflict/*'],
    beside(atConflict('announce($address);')),
  ),
  hostFault(
    'defends-its-address-once',
    'The host defends its address once in ten seconds, as RFC 5227 allows',
    [],
    beside(
      atConflict('our $last; next if defined $last && time - $last < 10; $last = time; announce($address);'),
    ),
  ),
  hostFault(
    'gives-its-address-up',
    'The host ceases to use its address when another announces it, as RFC 5227 allows',
    [],
    beside(atConflict(`system qw(ip address delete ${hostAddresses.ipv4}/24 dev eth0);`)),
  ),
  hostFault(
    'starts-after-one-probe',
    'The host takes its address into use after one probe',
    ['host/own-start/*'],
    starts({ probes: 1 }),
  ),
  hostFault(
    'announces-in-a-burst',
    'The host announces its address twice within 0.2 s when it starts',
    ['host/own-start/*'],
    starts({ announceGapS: 0.2 }),
  ),
];
