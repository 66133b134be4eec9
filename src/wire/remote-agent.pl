# The far end of a remote wire: sends and captures Ethernet frames on one interface, over standard input
# and output. Needs nothing but perl-base, and root:  perl -e "$(cat remote-agent.pl)" -- NIC BUFFER_BYTES
# It ends when its standard input closes, so that it never outlives the connection.
#
# Every message is  length(4) type(1) body ; numbers are big-endian.
#   to the agent    B id(4) spacing_ns(8) {length(4) frame}*       send these frames
#                   C id(4)                                        what time is it?
#                   F id(4)                                        have I got all that you captured so far?
#                   T id(4)                                        how many frames were lost?
#   from the agent  R id(4) failed(1) number(8) text               the answer: frames sent, time, or count
#                   P out(1) time_ns(8) original_length(4) frame   a captured frame
#                   X text                                         the interface failed
# The answer to id 0, which nobody asked for, says that the agent is ready.
use strict;
use warnings;
use Config;
use Errno qw(EAGAIN EINTR ENETDOWN ENOBUFS ENODEV ENXIO);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket qw(SOCK_RAW SOL_SOCKET SO_ERROR SO_RCVBUF);

# Names that Perl's core lacks: linux/socket.h, linux/if_packet.h, linux/if_ether.h, linux/sockios.h.
use constant {
  AF_PACKET => 17, SOL_PACKET => 263, ETH_P_ALL => 3, SIOCGIFINDEX => 0x8933,
  PACKET_ADD_MEMBERSHIP => 1, PACKET_STATISTICS => 6, PACKET_AUXDATA => 8, PACKET_MR_PROMISC => 1,
  PACKET_OUTGOING => 4, TP_STATUS_VLAN_VALID => 1 << 4, TP_STATUS_VLAN_TPID_VALID => 1 << 6,
  SO_RCVBUFFORCE => 33, SO_TIMESTAMPNS => 35, MSG_DONTWAIT => 0x40,
  CLOCK_REALTIME => 0, CLOCK_MONOTONIC => 1,
};
use constant {
  BATCH => 64, FRAME_ROOM => 1 << 18, OUTPUT_LIMIT => 1 << 26, RETRY_NS => 200_000, WAKE_NS => 60_000,
};

# recvmsg and clock_gettime, which the core lacks too, by the architecture that Perl was built for. recv
# won't do: the kernel takes the VLAN tag out of a frame and tells it only in a control message.
my %numbers = (x86_64 => [47, 228], aarch64 => [212, 113], riscv64 => [212, 113], arm => [297, 263]);
my ($arch) = $Config{archname} =~ /^(x86_64|[a-z0-9]+)/;
my ($recvmsg, $clock_gettime) = @{ $numbers{$arch} || die "no system call numbers for $arch\n" };

my ($nic, $buffer_bytes) = @ARGV;
my $index = interface_index($nic);
# A socket never captures what it sent itself, hence one to capture and one to send.
my $capture = packet_socket($index, ETH_P_ALL);
my $sender = packet_socket($index, 0);

# Where recvmsg writes, struct msghdr in recvmsg(2). The kernel keeps pointers to these strings' places.
my ($frame, $from, $control) = map { room($_) } FRAME_ROOM, 20, 256;
my $iovec = pack 'P L!', $frame, FRAME_ROOM;
my $before_control_length = pack 'P I x![L!] P L! P', $from, 20, $iovec, 1, $control;
my $message_header = $before_control_length . pack 'L! i x![L!]', 256, 0;
my $control_length_at = length $before_control_length;

my ($input, $output, $failure, $lost) = ('', '', undef, 0);
my @bursts;    # { id, spacing_ns, frames, sent, due_ns }, the oldest first
binmode $_ for *STDIN, *STDOUT;
fcntl STDOUT, F_SETFL, fcntl(STDOUT, F_GETFL, 0) | O_NONBLOCK or die "$!\n";
reply(0, 0, 0, '');

while (1) {
  send_due();
  # A reader that is too slow must not fill this machine's memory: then the kernel drops, and counts it.
  my $room = length $output < OUTPUT_LIMIT;
  my $more = $room && drain(BATCH) == BATCH;
  my ($readable, $writable) = ('', '');
  vec($readable, fileno STDIN, 1) = 1;
  vec($readable, fileno $capture, 1) = 1 if $room;
  vec($writable, fileno STDOUT, 1) = 1 if length $output;
  next if select($readable, $writable, undef, $more ? 0 : seconds_to_due()) <= 0;
  write_output() if vec $writable, fileno STDOUT, 1;
  read_input() if vec $readable, fileno STDIN, 1;
}

sub interface_index {
  my ($name) = @_;
  socket my $any, AF_PACKET, SOCK_RAW, 0 or die "$!\n";
  my $ifreq = pack 'a16 x24', $name;
  ioctl $any, SIOCGIFINDEX, $ifreq or die "$!\n";
  return unpack 'x16 i', $ifreq;
}

# A raw socket on the interface. One that captures is promiscuous and has nanosecond stamps.
sub packet_socket {
  my ($index, $protocol) = @_;
  # Protocol 0 until it is bound: it would hear every interface before.
  socket my $socket, AF_PACKET, SOCK_RAW, 0 or die "$!\n";
  if ($protocol) {
    my $promiscuous = pack 'i S S x8', $index, PACKET_MR_PROMISC, 0;
    my $buffer = pack 'i', $buffer_bytes;
    # Beyond the system's limit only for its own root, not for a user namespace's: what is lost then is counted.
    setsockopt $socket, SOL_SOCKET, SO_RCVBUFFORCE, $buffer
      or setsockopt $socket, SOL_SOCKET, SO_RCVBUF, $buffer
      or die "$!\n";
    setsockopt $socket, SOL_SOCKET, SO_TIMESTAMPNS, pack 'i', 1 or die "$!\n";
    setsockopt $socket, SOL_PACKET, PACKET_AUXDATA, pack 'i', 1 or die "$!\n";
    setsockopt $socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, $promiscuous or die "$!\n";
  }
  bind $socket, pack 'S n i x12', AF_PACKET, $protocol, $index or die "$!\n";
  $! = unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR;
  die "$!\n" if $!;    # Network is down
  return $socket;
}

# A string of zeros that shares its place in memory with no other.
sub room {
  my ($bytes) = @_;
  vec(my $string = '', $bytes - 1, 8) = 0;
  return $string;
}

sub clock {
  my ($which) = @_;
  my $timespec = pack 'l! l!', 0, 0;
  syscall($clock_gettime, $which, $timespec) == 0 or die "clock_gettime: $!\n";
  my ($seconds, $nanoseconds) = unpack 'l! l!', $timespec;
  return $seconds * 1_000_000_000 + $nanoseconds;
}

# Sends what is due. Bursts without spacing go one after the other, those with spacing beside them.
sub send_due {
  my $now_ns = clock(CLOCK_MONOTONIC);
  my $unspaced = 0;
  for my $burst (@bursts) {
    next if !$burst->{spacing_ns} && $unspaced++;
    my ($frames, $error) = ($burst->{frames}, $failure);
    for (1 .. BATCH) {
      last if defined $error || $burst->{sent} == @$frames || $burst->{due_ns} > $now_ns;
      if (defined send $sender, $frames->[ $burst->{sent} ], MSG_DONTWAIT) {
        $burst->{sent}++;
        $burst->{due_ns} += $burst->{spacing_ns};
      }
      elsif ($! == EAGAIN || $! == ENOBUFS || $! == EINTR) {    # the interface's queue is full
        $burst->{due_ns} = $now_ns + RETRY_NS;
      }
      else {
        $error = "$!";
        $error = fail($error) if $! == ENETDOWN || $! == ENODEV || $! == ENXIO;
      }
    }
    next unless defined $error || $burst->{sent} == @$frames;
    reply($burst->{id}, defined $error ? 1 : 0, $burst->{sent}, $error // '');
    $burst->{done} = 1;
  }
  @bursts = grep { !$_->{done} } @bursts;
}

# How long select may sleep; undef: until something comes. Waking too early beats too late.
sub seconds_to_due {
  return undef unless @bursts;
  my ($due_ns) = sort { $a <=> $b } map { $_->{due_ns} } @bursts;
  my $wait_ns = $due_ns - clock(CLOCK_MONOTONIC) - WAKE_NS;
  return $wait_ns > 0 ? $wait_ns / 1e9 : 0;
}

# Puts up to so many captured frames into the output, and returns how many.
sub drain {
  my ($most) = @_;
  for my $count (0 .. $most - 1) {
    my $message = $message_header;
    my $length = syscall $recvmsg, fileno $capture, $message, MSG_DONTWAIT;
    if ($length < 0) {
      return $count if $! == EAGAIN || $! == EINTR;
      fail("$!");    # told once by the socket; frames from before it may still follow
      next;
    }
    captured(substr($frame, 0, $length), unpack "x$control_length_at L!", $message);
  }
  return $most;
}

# Reads the control messages beside a frame, cmsg(3), and puts both into the output.
sub captured {
  my ($bytes, $control_length) = @_;
  my ($time_ns, $original_length) = (0, length $bytes);
  my $header_bytes = length pack 'L! i i', 0, 0, 0;
  my $at = 0;
  while ($at + $header_bytes <= $control_length) {
    my ($length, $level, $type) = unpack "x$at L! i i", $control;
    my $data = substr $control, $at + $header_bytes, $length - $header_bytes;
    if ($level == SOL_SOCKET && $type == SO_TIMESTAMPNS) {
      my ($seconds, $nanoseconds) = unpack 'l! l!', $data;
      $time_ns = $seconds * 1_000_000_000 + $nanoseconds;
    }
    elsif ($level == SOL_PACKET && $type == PACKET_AUXDATA) {
      my ($status, $wire_length, $tci, $tpid) = unpack 'L L x8 S S', $data;
      $original_length = $wire_length;
      if ($status & TP_STATUS_VLAN_VALID) {
        $tpid = 0x8100 unless $status & TP_STATUS_VLAN_TPID_VALID;
        substr($bytes, 12, 0) = pack 'n n', $tpid, $tci;
        $original_length += 4;
      }
    }
    my $long = length pack 'L!', 0;
    $at += int(($length + $long - 1) / $long) * $long;
  }
  my $out = unpack('x10 C', $from) == PACKET_OUTGOING;
  put('P', pack 'C Q> N a*', $out ? 1 : 0, $time_ns, $original_length, $bytes);
}

# Tells once that the interface failed, and why. One that disappears goes down first.
sub fail {
  my ($why) = @_;
  return $failure if defined $failure;
  select undef, undef, undef, 0.05;
  $failure = eval { interface_index($nic) } ? $why : $@;
  chomp $failure;
  put('X', $failure);
  return $failure;
}

sub reply {
  my ($id, $failed, $number, $text) = @_;
  put('R', pack 'N C Q> a*', $id, $failed, $number, $text);
}

sub put {
  my ($type, $body) = @_;
  $output .= pack 'N a a*', 1 + length $body, $type, $body;
}

sub write_output {
  my $written = syswrite STDOUT, $output;
  if (defined $written) { substr $output, 0, $written, '' }
  elsif ($! != EAGAIN && $! != EINTR) { exit 1 }
}

sub read_input {
  my $read = sysread STDIN, $input, 1 << 18, length $input;
  return if !defined $read && ($! == EAGAIN || $! == EINTR);
  exit 0 unless $read;
  while (length $input >= 4) {
    my $length = unpack 'N', $input;
    last if length $input < 4 + $length;
    my ($type, $id, $body) = unpack 'x4 a N a*', substr $input, 0, 4 + $length, '';
    answer($type, $id, $body);
  }
}

sub answer {
  my ($type, $id, $body) = @_;
  if ($type eq 'B') {
    my ($spacing_ns, @frames) = unpack 'Q> (N/a*)*', $body;
    my $due_ns = clock(CLOCK_MONOTONIC);
    push @bursts, { id => $id, spacing_ns => $spacing_ns, frames => \@frames, sent => 0, due_ns => $due_ns };
  }
  elsif ($type eq 'C') {
    reply($id, 0, clock(CLOCK_REALTIME), '');
  }
  elsif ($type eq 'F') {
    while (drain(BATCH) == BATCH) { }
    reply($id, 0, 0, '');
  }
  elsif ($type eq 'T') {
    # struct tpacket_stats: seen, dropped; reading it sets both to zero.
    $lost += (unpack 'I I', getsockopt $capture, SOL_PACKET, PACKET_STATISTICS)[1];
    reply($id, 0, $lost, '');
  }
}
