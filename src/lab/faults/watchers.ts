/** Programs beside the switch that see what comes in at its ports and act on it, as a managed switch's own would. */
import type { Lab } from '../build.js';
import { startDaemon, within } from '../command.js';
import { a, b, world } from './switch-rules.js';

/** A packet socket that sees every port; `$port` names where a frame came in (packet(7), struct sockaddr_ll). */
const listen = `
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton AF_INET6);
my ($packetFamily, $everything) = (17, unpack('S', pack('n', 3)));
socket(my $packets, $packetFamily, SOCK_RAW, $everything) or die "no packet socket: $!";
sub ports { my %ports; for (qx(ip -o link)) { $ports{$1} = $2 if /^(\\d+): ([^:@]+)/ } %ports }
my %ports = ports();
my $outgoing = 4;
$| = 1;
print "listening";
sub receive {
  while (defined(my $from = recv($packets, my $frame, 2048, 0))) {
    my (undef, undef, $index, undef, $type) = unpack('S n i S C', $from);
    my $port = $ports{$index} // '';
    return ($port, $frame, $index) if $type != $outgoing && length $frame >= 14;
  }
  return;
}
sub source { join ':', unpack('x6 (H2)6', $_[0]) }
`;

/** What is not allowed, and which port is shut for it. */
export interface Violation {
  /** `move`: a station of one of the ports a and b speaks at the other. `fifth-move`: for the fifth time. */
  readonly violation: 'move' | 'fifth-move' | 'second-address';
  readonly shuts: 'old' | 'new';
}

/** Takes a port's link down at a violation, for good. */
export function shutOnViolation(lab: Lab, { violation, shuts }: Violation): Promise<unknown> {
  const script = `${listen}
my (%at, %moves, %first);
my %allowed = (move => 0, 'fifth-move' => 4, 'second-address' => 1e9);
my %shut;
while (my ($port, $frame) = receive()) {
  next unless $port eq '${a}' || $port eq '${b}';
  my $station = source($frame);
  my $old = $at{$station} // $port;
  $first{$port} //= $station;
  my $violated = $old ne $port && ++$moves{$station} > $allowed{'${violation}'};
  $violated = 1 if '${violation}' eq 'second-address' && $port eq '${b}' && $station ne $first{$port};
  $at{$station} = $port;
  my $which = '${shuts}' eq 'old' ? $old : $port;
  system qw(ip link set dev), $which, 'down' if $violated && !$shut{$which}++;
}
`;
  return watch(lab, script);
}

/** Answers World's and port b's questions with what port a said first (proxy ARP and ND). */
export function answerFromTable(lab: Lab): Promise<unknown> {
  const script = `${listen}
my (%arp, %nd);
sub checksum {
  my $sum = 0;
  $sum += $_ for unpack('n*', $_[0]);
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  return ~$sum & 0xffff;
}
sub reply { my ($index, $frame) = @_; send($packets, $frame, 0, pack('S n i S C C a8', $packetFamily, 3, $index, 1, 0, 6, '')) }
while (my ($port, $frame, $index) = receive()) {
  my $type = unpack('x12 n', $frame);
  if ($type == 0x0806) {
    my ($operation, $sha, $spa, $tpa) = unpack('x20 n a6 a4 x6 a4', $frame);
    $arp{$spa} //= $sha if $port eq '${a}' && $spa ne "\\0\\0\\0\\0";
    next unless $operation == 1 && $spa ne $tpa && $arp{$tpa} && ($port eq '${world}' || $port eq '${b}');
    my $old = $arp{$tpa};
    my $answer = pack('a6 a6 n n n C C n', $sha, $old, 0x0806, 1, 0x0800, 6, 4, 2) . $old . $tpa . $sha . $spa;
    reply($index, pack('a60', $answer));
  } elsif ($type == 0x86dd && length $frame >= 78 && unpack('x20 C', $frame) == 58) {
    my ($from, $message, $target) = unpack('x22 a16 x16 C x7 a16', $frame);
    my $asker = substr $frame, 6, 6;
    $nd{$target} //= $asker if $port eq '${a}' && $message == 136;
    next unless $message == 135 && $nd{$target} && ($port eq '${world}' || $port eq '${b}');
    my ($old, $probing) = ($nd{$target}, $from eq "\\0" x 16);
    my $to = $probing ? inet_pton(AF_INET6, 'ff02::1') : $from;
    my $body = pack('C C n N a16 C C a6', 136, 0, 0, $probing ? 0x20000000 : 0x60000000, $target, 2, 1, $old);
    my $sum = checksum($target . $to . pack('N N', length $body, 58) . $body);
    substr($body, 2, 2) = pack('n', $sum);
    my $group = $probing ? pack('H12', '333300000001') : $asker;
    reply($index, $group . $old . pack('n N n C C', 0x86dd, 0x60000000, length $body, 58, 255) . $target . $to . $body);
  }
}
`;
  return watch(lab, script);
}

/** Its process ends with the lab's namespace. */
const watch = (lab: Lab, script: string): Promise<unknown> =>
  startDaemon(within(lab.switchNamespace, ['perl', '-e', script]), (output) => output.includes('listening'));
