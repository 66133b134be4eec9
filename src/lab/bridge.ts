/** The Linux bridge as the switch under test. */
import { inNamespace, ipBatch, nft } from './command.js';

/** Puts the ports into `br0`, forwarding at once: no spanning tree, no forward delay. Multicast snooping as it comes. */
export async function buildBridge(namespace: string, ports: readonly string[]): Promise<void> {
  await ipBatch(
    [
      'link add br0 type bridge stp_state 0 forward_delay 0',
      ...ports.map((port) => `link set ${port} master br0 up`),
      'link set br0 up',
    ],
    namespace,
  );
}

/** Changes port settings, like `learning off`. */
export const setPort = (namespace: string, port: string, ...settings: readonly string[]): Promise<unknown> =>
  inNamespace(namespace, ['bridge', 'link', 'set', 'dev', port, ...settings]);

/** Changes bridge settings, like `ageing_time 0`. */
export const setBridge = (namespace: string, ...settings: readonly string[]): Promise<unknown> =>
  inNamespace(namespace, ['ip', 'link', 'set', 'br0', 'type', 'bridge', ...settings]);

/**
 * Bounds the number of stations that the bridge learns: `IFLA_BR_FDB_MAX_LEARNED` (Linux 6.8), which iproute2 knows as
 * `fdb_max_learned` since 6.8 as well; for an older one the message is written by hand (rtnetlink(7)).
 */
export async function setMaxLearned(namespace: string, count: number): Promise<void> {
  await setBridge(namespace, 'fdb_max_learned', String(count)).catch(() =>
    inNamespace(namespace, ['perl', '-MSocket', '-', 'br0', String(count)], { input: maxLearnedMessage }),
  );
}

/** RTM_NEWLINK with IFLA_LINKINFO { IFLA_INFO_KIND, IFLA_INFO_DATA { IFLA_BR_FDB_MAX_LEARNED } }, in Perl. */
const maxLearnedMessage = String.raw`
my ($name, $count) = @ARGV;
sub attribute { my ($type, $data) = @_; pack('SSa*x![4]', 4 + length $data, $type, $data) }
my ($index) = qx(ip -o link show $name) =~ /^(\d+)/ or die "there is no $name\n";
my $data = attribute(2, attribute(49, pack('L', $count)));
my $link = pack('CxSlLL', 0, 0, $index, 0, 0) . attribute(18, attribute(1, "bridge\0") . $data);
socket(my $netlink, 16, SOCK_RAW, 0) or die "no rtnetlink: $!\n";
send($netlink, pack('LSSLL', 16 + length $link, 16, 5, 1, 0) . $link, 0, pack('SSLL', 16, 0, 0, 0)) or die "$!\n";
recv($netlink, my $answer, 4096, 0);
if ($! = -unpack('x16l', $answer)) { die "this kernel can't bound a bridge's table: $!\n" }
`;

export interface IngressRules {
  /** Named sets and maps that every port's rules may use. */
  readonly sets?: readonly string[];
  /** Rules for frames that come in at a port, by its name in the switch's namespace. */
  readonly ports: Readonly<Record<string, readonly string[]>>;
}

/** Installs nftables rules ahead of the bridge: the netdev family sees each frame before it is learned or forwarded. */
export function ingress(namespace: string, { sets = [], ports }: IngressRules): Promise<unknown> {
  const chains = Object.entries(ports).map(
    ([port, rules]) => `chain ${port} {
      type filter hook ingress device "${port}" priority 0
      ${rules.join('\n      ')}
    }`,
  );
  return nft(namespace, `table netdev fault {\n${[...sets, ...chains].join('\n')}\n}\n`);
}
