/** The programs and libraries that takeover uses but npm cannot bring, and the Debian packages they come in. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const installer = fileURLToPath(new URL('install-packages.sh', import.meta.url));

/** Ordinary users often lack the sbin folders in PATH. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
const hasCommand = (name) => folders.some((folder) => existsSync(join(folder, name)));

const command = (packageName, name) => ({ packages: [packageName], present: () => hasCommand(name) });
const file = (packageName, path) => ({ packages: [packageName], present: () => existsSync(path) });

/** glibc lists what dlopen finds, whatever the folder; musl has no list, but few folders. */
function hasLibpcap() {
  const linker = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  if (linker.stdout?.includes('libpcap.so')) return true;
  return ['/usr/lib', '/usr/lib64'].some((folder) => existsSync(join(folder, 'libpcap.so.1')));
}

// Debian 13 and Ubuntu 24.04 renamed the library's package for 64-bit time.
const libpcap = { packages: ['libpcap0.8t64', 'libpcap0.8'], present: hasLibpcap };
const openVswitch = command('openvswitch-switch', 'ovs-vswitchd');
const compiler = [
  file('libpcap-dev', '/usr/include/pcap/pcap.h'),
  command('make', 'make'),
  command('g++', 'g++'),
  command('python3', 'python3'),
];
const run = [
  libpcap,
  command('iproute2', 'ip'),
  command('ethtool', 'ethtool'),
  command('openssh-client', 'ssh'),
];
const demo = [
  ...run,
  command('nftables', 'nft'),
  command('openssh-server', 'sshd'),
  command('procps', 'sysctl'),
  command('util-linux', 'unshare'),
  // Debian's own perl-base lacks the module.
  { packages: ['perl'], present: () => spawnSync('perl', ['-MTime::HiRes', '-e', '1']).status === 0 },
];
const needs = {
  run,
  demo,
  test: [
    ...demo,
    openVswitch,
    command('tshark', 'tshark'),
    command('tcpdump', 'tcpdump'),
    command('iputils-ping', 'ping'),
    // What the takeover profiles are compared with.
    command('iputils-arping', 'arping'),
    command('keepalived', 'keepalived'),
    command('ucarp', 'ucarp'),
    // The router, and the systems whose caches are read.
    file('frr', '/usr/lib/frr/zebra'),
    command('busybox', 'busybox'),
    command('net-tools', 'arp'),
    // What the survey is compared with.
    command('arp-scan', 'arp-fingerprint'),
    // The published pages, as people see them.
    command('chromium', 'chromium'),
    ...compiler,
  ],
  bench: [...demo, command('netsniff-ng', 'trafgen'), command('python3-scapy', 'scapy'), ...compiler],
};

/** What set-up can be made for: the keys are the values of `--for`. */
export const purposes = Object.keys(needs);

/**
 * The Debian names of what is missing on this machine.
 * @param {string} purpose one of `purposes`
 * @param {boolean} withOpenVswitch whether the demo is to run on Open vSwitch
 * @returns {string[]} package names; empty when all is there
 */
export function missingPackages(purpose, withOpenVswitch) {
  const needed = withOpenVswitch ? [...needs[purpose], openVswitch] : needs[purpose];
  return needed.filter((need) => !need.present()).map((need) => knownName(need.packages));
}

function knownName(names) {
  const known = (name) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;
  return names.length === 1 ? names[0] : (names.find(known) ?? names.at(-1));
}

/** Whether this is a Debian or one of its kin, the only systems that packages are installed on. */
export const hasApt = () => hasCommand('apt-get');

/** The command that installs `names`, to be run as root. */
export const installCommand = (names) => ['sh', installer, ...names];

/** `[]` for root, `['sudo', '-n']` where sudo asks no password, undefined for everybody else. */
export function becomeRoot() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}
