/** Perl beside the host's kernel, for what no kernel does: on every machine, and quick enough to answer at once. */
import { type Daemon, startDaemon, within } from './command.js';

/**
 * What the scripts have in common: a packet socket that hears every frame that came in at eth0, and sends. `next_frame`
 * gives a frame without its 802.1Q tags, `arp_request` sends one with these sender and target addresses.
 */
const listening = `
use Socket;
use Time::HiRes qw(time sleep);
$| = 1;
my ($packet_family, $every_protocol, $outgoing) = (17, pack('n', 3), 4);
socket(my $packets, $packet_family, SOCK_RAW, unpack('S', $every_protocol)) or die "no packet socket: $!";
my $request = pack('a16 i x20', 'eth0', 0);
ioctl($packets, 0x8933, $request) or die "no eth0: $!";
my $index = unpack('x16 i', $request);
bind($packets, pack('S a2 i x12', $packet_family, $every_protocol, $index)) or die "no binding: $!";
my ($hex) = qx(ip -o link show dev eth0) =~ m{link/ether (\\S+)};
my $own = pack '(H2)6', split /:/, $hex;
sub text { join ':', unpack('(H2)6', shift) }
sub next_frame {
  while (defined(my $from = recv($packets, my $frame, 2048, 0))) {
    next if unpack('x10 C', $from) == $outgoing;
    substr($frame, 12, 4) = '' while substr($frame, 12, 2) eq "\\x81\\x00";
    return $frame;
  }
}
sub arp_request {
  my ($from, $to) = @_;
  send $packets, pack('a6 a6 n n n C C n a6 a4 a6 a4 x18',
    "\\xff" x 6, $own, 0x0806, 1, 0x0800, 6, 4, 1, $own, $from, "\\0" x 6, $to), 0;
}
sub announce { arp_request($_[0], $_[0]) }
`;

/** Starts a script in a namespace; resolves when it has printed that it is listening. Rejects with a LabError. */
export const startPacketScript = (namespace: string, script: string): Promise<Daemon> =>
  startDaemon(within(namespace, ['perl', '-e', `${listening}${script}`]), (output) =>
    output.includes('listening'),
  );
