/**
 * What the lab's host offers on the tested network, as its bench file declares it: sshd accepts TCP connections, and a
 * script beside it echoes UDP (RFC 862) and, as the Linux-HA HOWTO has clients do it, flushes the neighbour cache of
 * `eth0` when somebody connects to it.
 */
import { type Daemon, startDaemon, within } from './command.js';
import type { Machine } from './machine.js';

const ports = { tcp: 22, udpEcho: 7, flush: 2345 } as const;

const script = `
use IO::Select;
use IO::Socket::IP;
my %both = (LocalHost => '::', V6Only => 0, ReuseAddr => 1);
my $flush = IO::Socket::IP->new(%both, LocalPort => ${ports.flush}, Type => SOCK_STREAM, Listen => 16) or die $@;
my $echo = IO::Socket::IP->new(%both, LocalPort => ${ports.udpEcho}, Type => SOCK_DGRAM) or die $@;
my $select = IO::Select->new($flush, $echo);
$| = 1;
print "listening";
while (my @ready = $select->can_read) {
  for my $socket (@ready) {
    if ($socket == $echo) {
      my $from = recv $echo, my $datagram, 65535, 0;
      send $echo, $datagram, 0, $from if defined $from;
    } else {
      my $connection = $flush->accept;
      system qw(ip neigh flush dev eth0);
      close $connection if $connection;
    }
  }
}
`;

/** Starts them in a machine's namespace; `tools` comes first in their PATH, as for whoever logs in. */
export const startServices = (namespace: string, tools: string): Promise<Daemon> =>
  startDaemon(within(namespace, ['perl', '-e', script]), (output) => output.includes('listening'), {
    env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
  });

/** What the bench file says of them. */
export function servicesOf({ ssh }: Machine): Partial<typeof ports> {
  const { tcp, ...others } = ports;
  return { ...(ssh && { tcp }), ...others };
}
