/** Scripts beside a Linux host's kernel, for faults of neighbour discovery that no setting makes. */
import type { Lab } from '../build.js';
import { startDaemon, within } from '../command.js';

/**
 * A script that hears what the kernel hears and changes its neighbour cache as the kernel would not. `act` is Perl that
 * is run for each ICMPv6 message: `$kind` is its type, `$mac` its Ethernet source, `$from` its IP source, `$target` what
 * follows the first eight octets, `$linkLayer` the address that its first option names, if it does.
 */
export const beside =
  (act: string) =>
  (lab: Lab): Promise<unknown> =>
    startDaemon(within(lab.hostNamespace, ['perl', '-e', hears(act)]), (output) =>
      output.includes('listening'),
    );

const hears = (act: string): string => `
use Socket qw(:DEFAULT inet_ntop AF_INET6);
my ($packetFamily, $ipv6) = (17, unpack('S', pack('n', 0x86dd)));
socket(my $packets, $packetFamily, SOCK_RAW, $ipv6) or die "no packet socket: $!";
my ($ns, $na, $ra) = (135, 136, 134);
my $mapped = sub { join ':', unpack('(H2)6', shift) };
open(my $ip, '|-', 'ip -force -batch -') or die "no ip: $!";
select((select($ip), $| = 1)[0]);
sub put { my ($address, $to, $state) = @_; print $ip "neigh replace $address lladdr $to dev eth0 nud $state\n" }
sub state { my ($address, $state) = @_; print $ip "neigh change $address dev eth0 nud $state\n" }
$| = 1;
print "listening";
while (defined(my $sender = recv($packets, my $frame, 2048, 0))) {
  # What leaves comes by as well: sll_pkttype 4, PACKET_OUTGOING (packet(7)).
  next if unpack('x10 C', $sender) == 4 || length $frame < 70;
  my ($mac, $next, $from, $kind, $target) = unpack('x6 a6 x8 C x a16 x16 C x7 a16', $frame . "\\0" x 16);
  next unless $next == 58;
  my $options = substr $frame . "\\0" x 40, $kind == $ra ? 70 : 78;
  my ($code, $length, $named) = unpack('C C a6', $options);
  my $linkLayer = $code >= 1 && $code <= 2 && $length == 1 ? $mapped->($named) : undef;
  ($mac, $from, $target) = ($mapped->($mac), inet_ntop(AF_INET6, $from), inet_ntop(AF_INET6, $target));
  ${act}
}
`;
