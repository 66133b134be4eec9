/**
 * Software that brings up the host's IPv4 address as RFC 5227 has it, and defends it: the kernel does neither. Whoever
 * asks for the host four times in three seconds gets to see a restart.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostAddresses } from './names.js';
import { startPacketScript } from './packet-script.js';

/** What the bench file says of a host on which it runs; Linux verifies an entry 8 s after its first use. */
export const withAddressService = { claims: ['rfc5227'], timers: { ageingS: 10 } } as const;

/** How it starts, in numbers and seconds. */
export interface StartHabits {
  readonly probes: number;
  readonly probeGapS: number;
  readonly announceWaitS: number;
  readonly announcements: number;
  readonly announceGapS: number;
}

const rfc5227: StartHabits = {
  probes: 3,
  probeGapS: 1.2,
  announceWaitS: 2,
  announcements: 2,
  announceGapS: 2,
};

const habitsFile = (folder: string) => join(folder, 'address-service');

/** Changes how the host starts from now on. */
export function setStartHabits(folder: string, habits: Partial<StartHabits> = {}): Promise<void> {
  const { probes, probeGapS, announceWaitS, announcements, announceGapS } = { ...rfc5227, ...habits };
  const line = [probes, probeGapS, announceWaitS, announcements, announceGapS].join(' ');
  return writeFile(habitsFile(folder), line);
}

const service = (file: string) => `
my $address = inet_aton('${hostAddresses.ipv4}');
my $address_of_eth0 = '${hostAddresses.ipv4}/24 dev eth0';
my (%asked, %restarted, $defended);
print "listening";
while (defined(my $frame = next_frame)) {
  my ($type, $operation, $mac, $from, $to) = unpack('x12 n x6 n a6 a4 x6 a4', $frame);
  next unless $type == 0x0806;
  if ($from eq $address && $mac ne $own && !(defined $defended && time - $defended < 10)) {
    $defended = time;
    announce($address);
  }
  next unless $operation == 1 && $to eq $address && !$restarted{$from};
  my $times = $asked{$from} //= [];
  push @$times, time;
  shift @$times while $times->[0] < time - 3;
  next if @$times < 4;
  $restarted{$from} = 1;
  open(my $habits, '<', '${file}') or die "no habits: $!";
  my ($probes, $gap, $wait, $announcements, $apart) = split ' ', <$habits>;
  system "ip address delete $address_of_eth0";
  sleep 5;
  for (1 .. $probes) { sleep $gap if $_ > 1; arp_request("\\0" x 4, $address) }
  sleep $wait;
  system "ip address add $address_of_eth0";
  for (1 .. $announcements) { sleep $apart if $_ > 1; announce($address) }
}
`;

/** Starts it on the host. Rejects with a LabError. */
export async function startAddressService(namespace: string, folder: string): Promise<void> {
  await setStartHabits(folder);
  await startPacketScript(namespace, service(habitsFile(folder)));
}
