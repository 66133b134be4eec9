/**
 * Faults of a NIC: what its filter lets through and what it sends, made with nftables on the NIC itself, behind the
 * captures of what comes in and before those of what goes out; a watcher of its link; and, since no driver
 * here refuses or takes what it should not, an `ip` that answers as such a driver would.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../build.js';
import { ip, LabError, run, startDaemon } from '../command.js';
import { whereIs } from '../enter.js';
import { type Fault, faultOf } from './fault.js';

interface Nic {
  readonly name: string;
  readonly own: string;
}

const made = faultOf({ device: 'nic' });
const fault = (
  name: string,
  title: string,
  breaks: readonly string[],
  change: (nic: Nic, lab: Lab) => Promise<unknown>,
): Fault => made(name, title, breaks, async (lab) => change(await nicOf(lab), lab));

async function nicOf({ bench }: Lab): Promise<Nic> {
  const name = bench.ports.a.nic;
  const { stdout } = await ip('-j', 'link', 'show', 'dev', name);
  const [link] = JSON.parse(stdout) as readonly { readonly address: string }[];
  if (!link) throw new LabError(`The lab has no NIC ${name}.`);
  return { name, own: link.address };
}

/** Rules for what the NIC receives, or sends. The harness's NICs are in the namespace that this process runs in. */
const rules =
  (hook: 'ingress' | 'egress', made: (own: string) => readonly string[], sets: readonly string[] = []) =>
  ({ name, own }: Nic): Promise<unknown> =>
    run(['nft', '-f', '-'], {
      input: `table netdev fault {
${sets.join('\n')}
chain frames {
  type filter hook ${hook} device "${name}" priority 0
  ${made(own).join('\n  ')}
}
}
`,
    });

const individual = 'ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00';

/** Once it has received to another address, it is deaf to its own for some seconds. */
const deafAfterReturn = rules(
  'ingress',
  (own) => [
    `ether type ip ether daddr ${own} ether type @changed drop`,
    // Only what is asked of the NIC: switches flood much else to it.
    `icmp type echo-request ether daddr != ${own} update @changed { ether type }`,
  ],
  ['set changed {\n type ether_type\n size 16\n flags dynamic,timeout\n timeout 10s\n}'],
);

/** Sets the NIC's own address when its link comes up. What rtnetlink(7) tells of a link begins with the header of a
 *  message, the interface's index and its flags. */
const resetAtLinkUp = ({ name, own }: Nic): Promise<unknown> =>
  startDaemon(
    [
      'perl',
      '-e',
      `
use strict;
use warnings;
use Socket;
my ($netlinkFamily, $linkGroup, $up, $deleted) = (16, 1, 1, 17);
my ($nic, $own) = ('${name}', '${own}');
socket(my $netlink, $netlinkFamily, SOCK_RAW, 0) or die "no netlink socket: $!";
bind($netlink, pack('S S L L', $netlinkFamily, 0, 0, $linkGroup)) or die "no netlink group: $!";
my ($index) = qx(ip -o link show dev $nic) =~ /^(\\d+):/;
my $wasDown = 0;
$| = 1;
print "listening";
while (defined recv($netlink, my $messages, 65536, 0)) {
  while (length $messages >= 32) {
    my ($length, $type, $changed, $flags) = unpack('L S x14 l L', $messages);
    $messages = substr $messages, ($length + 3) & ~3;
    next unless $changed == $index;
    exit if $type == $deleted;
    system qw(ip link set dev), $nic, 'address', $own if $flags & $up && $wasDown;
    $wasDown = !($flags & $up);
  }
}
`,
    ],
    (output) => output.includes('listening'),
  );

/** An `ip` that is found before the system's own, and gives an answer to what would change the NIC's address. */
async function answering({ name, own }: Nic, { directory }: Lab, answer: string): Promise<void> {
  const folder = join(directory, 'nic-tools');
  await mkdir(folder, { recursive: true });
  const script = `#!/bin/sh
case "$*" in
"link set dev ${name} address ${own}") ;;
"link set dev ${name} address "*) ${answer} ;;
esac
exec ${whereIs('ip')} "$@"
`;
  await writeFile(join(folder, 'ip'), script, { mode: 0o755 });
  // The folder ends with the lab; a PATH that names it does no harm then.
  process.env.PATH = `${folder}:${process.env.PATH ?? ''}`;
}

const refuse = (complaint: string) => `echo "RTNETLINK answers: ${complaint}" >&2; exit 2`;

export const nicFaults: readonly Fault[] = [
  fault('fixed-address', 'The NIC takes no other address than its own', ['nic/new-address/*'], (nic, lab) =>
    answering(nic, lab, refuse('Operation not supported')),
  ),
  fault(
    'address-ignored',
    'The NIC says that it takes another address, and keeps its own',
    ['nic/new-address/*'],
    (nic, lab) => answering(nic, lab, 'exit 0'),
  ),
  fault('only-while-down', 'The NIC takes another address only while its link is down', [], (nic, lab) =>
    answering(
      nic,
      lab,
      `if ${whereIs('ip')} -o link show dev ${nic.name} | grep -q "[<,]UP[,>]"; then ${refuse('Device or resource busy')}; fi`,
    ),
  ),
  fault(
    'takes-groups',
    'The NIC says that it takes the address of a group',
    ['nic/refuses-group/*'],
    (nic, lab) => answering(nic, lab, 'case "$6" in ?[13579bdf]:*) exit 0 ;; esac'),
  ),
  fault(
    'filter-stays',
    'The NIC’s filter goes on letting through only frames to its own address',
    ['nic/receives/*', 'nic/second-address/*'],
    rules('ingress', (own) => [`${individual} ether daddr != ${own} drop`]),
  ),
  fault(
    'old-still-heard',
    'The NIC takes another address and goes on receiving to its own as well',
    ['nic/forgets-old/*'],
    rules('ingress', (own) => [`ether daddr ${own} meta pkttype set host`]),
  ),
  fault(
    'sends-as-before',
    'The NIC sends with its own address whatever it is given (anti-spoofing)',
    ['nic/sends/*'],
    // ARP requests and answers alike; what packet sockets send as other stations is left alone.
    rules('egress', (own) => [
      `ether type arp ether saddr != ${own} ether saddr set ${own}`,
      `ether type ip icmp type echo-reply ether saddr set ${own}`,
    ]),
  ),
  fault(
    'flap-resets',
    'The NIC goes back to its own address when its link comes up',
    ['nic/keeps/*'],
    resetAtLinkUp,
  ),
  fault(
    'deaf-after-return',
    'Back at its own address, the NIC receives nothing',
    ['nic/goes-back/*'],
    deafAfterReturn,
  ),
];
