/** Faults of a router, made with its own settings, with nftables, and with what an operator could have installed. */
import { ingress } from '../bridge.js';
import { nft, startDaemon, sysctl, within } from '../command.js';
import { routerAddresses, routerNamespace, switchNamespace, switchPort } from '../names.js';
import type { Fault } from './fault.js';

const fault = (
  name: string,
  title: string,
  breaks: readonly string[],
  change: () => Promise<unknown>,
): Fault => ({
  name,
  title,
  device: 'router',
  breaks,
  apply: async () => {
    await change();
  },
});

/** Sets variables of the router's kernel. */
const settings = (variables: Readonly<Record<string, number>>) => () => sysctl(routerNamespace, variables);

interface Rules {
  /** Sets and maps, each with its elements' timeout: the router forgets as real ones do. */
  readonly sets?: readonly string[];
  /** For what comes in from the network under test, before the kernel sees it, and for what goes out to it. */
  readonly incoming?: readonly string[];
  readonly outgoing?: readonly string[];
}

const chain = (hook: 'ingress' | 'egress', rules: readonly string[]) => `chain ${hook}_rules {
  type filter hook ${hook} device "eth0" priority 0
  ${rules.join('\n  ')}
}`;

const netdev = ({ sets = [], incoming = [], outgoing = [] }: Rules): Promise<unknown> =>
  nft(
    routerNamespace,
    `table netdev fault {
${[...sets, chain('ingress', incoming), chain('egress', outgoing)].join('\n')}
}
`,
  );

const remembered = (kind: 'set' | 'map', name: string, type: string, timeout: string) =>
  `${kind} ${name} {\n type ${type}\n size 65535\n flags dynamic,timeout\n timeout ${timeout}\n}`;

/** Which packets it forwards, so that its own may be told from them. */
const markForwarded = () =>
  nft(
    routerNamespace,
    'table inet forwarded {\nchain forward {\ntype filter hook forward priority 0\nmeta mark set 1\n}\n}\n',
  );

const advertised = 'icmpv6 type nd-neighbor-advert ip6 saddr != fe80::/10';

/** Forwarding goes by a table of its own, which takes a neighbour's address when it is first heard, and keeps it. */
async function keepFirstAdjacency(): Promise<void> {
  await markForwarded();
  await netdev({
    sets: [
      remembered('map', 'adjacencies', 'ipv4_addr : ether_addr', '60s'),
      remembered('map', 'adjacencies6', 'ipv6_addr : ether_addr', '60s'),
    ],
    incoming: [
      'ether type arp arp saddr ip != 0.0.0.0 add @adjacencies { arp saddr ip : arp saddr ether }',
      `${advertised} add @adjacencies6 { ip6 saddr : ether saddr }`,
      'icmpv6 type nd-neighbor-solicit ip6 saddr != :: add @adjacencies6 { ip6 saddr : ether saddr }',
    ],
    outgoing: [
      'meta mark 1 ether type ip ether daddr set ip daddr map @adjacencies',
      'meta mark 1 ether type ip6 ether daddr set ip6 daddr map @adjacencies6',
    ],
  });
}

/** Sends nothing to an address for five seconds after it was announced to all. */
const holdDown = () =>
  netdev({
    sets: [remembered('set', 'moved', 'ipv4_addr', '5s'), remembered('set', 'moved6', 'ipv6_addr', '5s')],
    incoming: [
      `ether daddr ff:ff:ff:ff:ff:ff arp daddr ip != ${routerAddresses.ipv4} arp saddr ip != 0.0.0.0 add @moved { arp saddr ip }`,
      `${advertised} ether daddr 33:33:00:00:00:01 add @moved6 { ip6 saddr }`,
    ],
    outgoing: ['ip daddr @moved drop', 'ip6 daddr @moved6 drop'],
  });

/** Takes no ARP, or no advertisements, while there are more than twenty a second of them, from all stations together. */
const police = () =>
  netdev({
    sets: [
      remembered('set', 'policed', 'ether_type', '800ms'),
      remembered('set', 'policed6', 'inet_proto', '800ms'),
    ],
    incoming: [
      'ether type arp limit rate over 20/second burst 5 packets update @policed { ether type }',
      'ether type @policed drop',
      'icmpv6 type nd-neighbor-advert limit rate over 20/second burst 5 packets update @policed6 { ip6 nexthdr }',
      'icmpv6 type nd-neighbor-advert ip6 nexthdr @policed6 drop',
    ],
  });

/**
 * Answers for every address that anybody asks for, its own kernel's aside: Linux' proxy_arp leaves out who is on the same
 * segment, as RFC 1027 says, and answers no probe. EtherTypes 0x0806 and 0x86dd; 135 and 136 are RFC 4861's messages.
 */
const answerAll = `
use Socket;
my ($mac) = map { /ether ([0-9a-f:]{17})/ ? pack('H2' x 6, split /:/, $1) : () } \`ip link show eth0\`;
my ($index) = map { /^(\\d+):/ ? $1 : () } \`ip -o link show eth0\`;
my ($own4, $own6) = (inet_aton('${routerAddresses.ipv4}'), Socket::inet_pton(Socket::AF_INET6(), '${routerAddresses.ipv6}'));
socket(my $packets, 17, SOCK_RAW, unpack('S', pack('n', 3))) or die "no packet socket: $!";
bind($packets, pack('SnlSCCa8', 17, 3, $index, 0, 0, 0, '')) or die "bind: $!";
sub checksum { my $sum = 0; $sum += $_ for unpack 'n*', $_[0]; $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16; ~$sum & 0xffff }
$| = 1;
print "listening";
while (defined recv($packets, my $frame, 2048, 0)) {
  my ($from, $type) = unpack 'x6 a6 n', $frame;
  next if $from eq $mac;
  if ($type == 0x0806) {
    my ($operation, $sha, $spa, $target) = unpack 'x20 n a6 a4 x6 a4', $frame;
    next unless $operation == 1 && $target ne $own4 && $target ne $spa;
    send $packets, pack('a6 a6 n n n C C n a6 a4 a6 a4 x18', $sha, $mac, 0x0806, 1, 0x0800, 6, 4, 2, $mac, $target, $sha, $spa), 0;
  } elsif ($type == 0x86dd && length $frame >= 78) {
    my ($next, $source, $kind, $target) = unpack 'x20 C x a16 x16 C x7 a16', $frame;
    next unless $next == 58 && $kind == 135 && $target ne $own6;
    my $unspecified = $source eq "\\0" x 16;
    my $to = $unspecified ? Socket::inet_pton(Socket::AF_INET6(), 'ff02::1') : $source;
    my $message = pack 'C C n N a16 C C a6', 136, 0, 0, $unspecified ? 0x20000000 : 0x60000000, $target, 2, 1, $mac;
    substr($message, 2, 2) = pack 'n', checksum($target . $to . pack('N N', length $message, 58) . $message);
    my $link = $unspecified ? pack('H12', '333300000001') : $from;
    send $packets, pack('a6 a6 n N n C C a16 a16', $link, $mac, 0x86dd, 0x60000000, length $message, 58, 255, $target, $to) . $message, 0;
  }
}
`;

const followsArp = [
  'request-broadcast',
  'request-unicast',
  'reply-broadcast',
  'reply-unicast',
  'keepalived',
].map((form) => `router/follows-announcement/ipv4-${form}`);
const followsNa = ['all-nodes', 'all-routers', 'unicast', 'keepalived'].map(
  (form) => `router/follows-announcement/ipv6-${form}`,
);

export const routerFaults: readonly Fault[] = [
  fault(
    'stale-adjacency',
    'The router’s cache follows, and its forwarding does not',
    ['router/follows-announcement/*', 'router/refresh-by-asking/*', 'router/client-behind/*'],
    keepFirstAdjacency,
  ),
  fault(
    'router-deaf',
    'The router drops gratuitous ARP',
    ['router/follows-announcement/ipv4-common-form', ...followsArp],
    settings({ 'net.ipv4.conf.eth0.drop_gratuitous_arp': 1 }),
  ),
  fault(
    'router-deaf-ipv6',
    'The router drops unsolicited neighbour advertisements',
    followsNa,
    settings({ 'net.ipv6.conf.eth0.drop_unsolicited_na': 1 }),
  ),
  fault(
    'router-requests-only',
    'The router takes ARP replies only when they are for it alone',
    ['router/follows-announcement/ipv4-reply-broadcast'],
    () => netdev({ incoming: ['ether daddr ff:ff:ff:ff:ff:ff arp operation reply drop'] }),
  ),
  fault(
    'router-replies-only',
    'The router takes ARP requests for itself alone',
    ['router/follows-announcement/ipv4-request-broadcast', 'router/follows-announcement/ipv4-keepalived'],
    () =>
      netdev({
        incoming: [
          `ether daddr ff:ff:ff:ff:ff:ff arp operation request arp daddr ip != ${routerAddresses.ipv4} drop`,
        ],
      }),
  ),
  fault(
    'router-holds-down',
    'The router sends nothing to an address for seconds after it was announced',
    [
      'router/follows-port/*',
      'router/follows-announcement/ipv4-request-broadcast',
      'router/follows-announcement/ipv6-all-nodes',
    ],
    holdDown,
  ),
  {
    ...fault(
      'router-pins-port',
      'The router, which switches too, sends a station’s packets to the port where it was first',
      ['router/follows-port/*'],
      // Its switching part is the lab's switch: what the router forwards there goes to port a.
      () =>
        ingress(switchNamespace, {
          ports: { [switchPort('router')]: [`udp dport 9 fwd to "${switchPort('a')}"`] },
        }),
    ),
    switch: 'linux-bridge',
  },
  fault(
    'router-policed',
    'The router takes twenty ARP and NDP packets a second, whoever sends them',
    ['router/under-load/*'],
    police,
  ),
  fault(
    'router-proxies',
    'The router answers for every address that anybody asks for',
    ['router/proxy-arp/*', 'router/proxy-nd/*'],
    () =>
      startDaemon(within(routerNamespace, ['perl', '-e', answerAll]), (output) =>
        output.includes('listening'),
      ),
  ),
  fault(
    'router-discards-untracked',
    'The router discards advertisements for addresses that it does not know (Linux’s default)',
    ['router/creates-stale/*'],
    settings({ 'net.ipv6.conf.eth0.accept_untracked_na': 0 }),
  ),
  fault(
    'router-never-asks',
    'The router trusts an entry for an hour',
    ['router/asks-again/*'],
    settings({
      'net.ipv4.neigh.eth0.base_reachable_time_ms': 3_600_000,
      'net.ipv6.neigh.eth0.base_reachable_time_ms': 3_600_000,
    }),
  ),
];
