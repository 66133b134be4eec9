/**
 * Enters the private lab: a command runs again inside namespaces of its own, where it may build networks
 * that nobody else sees, and which the kernel removes when it ends, however it ends.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, existsSync, constants as fsConstants, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { LabError, run } from './command.js';

/** Names the namespaces of the lab, so that a copy of this variable elsewhere proves nothing. */
const labVariable = 'TAKEOVER_LAB';

export interface EnterOptions {
  /** Go through a user namespace, which needs no root; the default for anyone but root. */
  readonly userNamespace?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Descriptor that takes what the command prints; default our own stdout and stderr. */
  readonly output?: number;
}

/**
 * The first process inside. It hides /run behind a tmpfs of our own (`ip netns` and sshd write there), shows the new
 * network in /sys where the kernel lets it, and waits for the command. What we write to descriptor 3 is the name of a
 * signal for the command. When it closes, because our own process has died, everything is killed: a parent-death signal
 * would not do, for entering a user namespace clears it.
 */
const init = `
mount -t tmpfs -o mode=755 takeover /run || exit 3
mkdir -p /run/netns /run/sshd
mount -t sysfs sysfs /sys 2>/dev/null
ip link set lo up || exit 3
export ${labVariable}="$(readlink /proc/self/ns/pid) $(readlink /proc/self/ns/net)"
command=/run/takeover.pid
{
  while read -r signal; do
    until [ -s $command ]; do sleep 0.01; done
    kill -s "$signal" "$(cat $command)"
  done
  kill -KILL -1
} <&3 &
sh -c 'echo $$ >"$0"; exec "$@"' $command "$@" 3<&-
exit $?
`;

/**
 * Runs `command` in a lab of its own; resolves with its exit code (128 + n when signal n ended it). SIGINT and SIGTERM
 * that reach us meanwhile are passed on, once. Rejects with a LabError, a sentence with its mend, when the kernel does
 * not permit namespaces.
 */
export async function enterLab(command: readonly string[], options: EnterOptions = {}): Promise<number> {
  const throughUser = options.userNamespace ?? process.getuid?.() !== 0;
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  if (throughUser) flags.unshift('--user', '--map-root-user');
  await run(['unshare', ...flags, 'true']).catch((error: Error) => {
    throw new LabError(refusal(error.message, throughUser, readSetting));
  });

  // A process group of its own: a Ctrl-C on the terminal then reaches the command once, through us, and not the helpers
  // that it still needs to put things back.
  const output = options.output ?? 'inherit';
  const child = spawn('unshare', [...flags, 'sh', '-c', init, 'sh', ...command], {
    stdio: ['inherit', output, output, 'pipe'],
    detached: true,
    env: { ...(options.env ?? process.env), PATH: labPath() },
    cwd: options.cwd ?? process.cwd(),
  });
  const control = child.stdio[3] as Writable;
  control.on('error', () => {}); // the command has ended before it could be told
  const passOn = (signal: NodeJS.Signals): void => {
    control.write(`${signal.slice('SIG'.length)}\n`);
  };
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn);
  }
}

/** Whether this process runs in a lab that `enterLab` made: the variable must name the very namespaces we are in. */
export function insideLab(): boolean {
  const said = process.env[labVariable];
  return (
    said !== undefined && said === `${readlinkSync('/proc/self/ns/pid')} ${readlinkSync('/proc/self/ns/net')}`
  );
}

/** Whether we are root by way of a user namespace only, with a single user id: sshd can't switch users there. */
export function singleUser(): boolean {
  const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n');
  return ranges.every((range) => Number(range.trim().split(/\s+/)[2]) === 1);
}

/** What had to be left out of the lab on this machine, a sentence each. To be called inside. */
export function labLimits(): string[] {
  const limits: string[] = [];
  if (whereIs('sshd') === undefined)
    limits.push(
      'The view of the host over SSH is left out, for there is no OpenSSH server: install openssh-server.',
    );
  else if (!sshPossible())
    limits.push(
      'The view of the host over SSH is left out, for this kernel allows no user namespace inside another: run it as root.',
    );
  const switchLimit = openVswitchLimit();
  if (switchLimit !== undefined) limits.push(switchLimit);
  return limits;
}

/** Why Open vSwitch can't be the switch under test here, as a sentence; undefined: it can. */
export function openVswitchLimit(): string | undefined {
  if (whereIs('ovs-vswitchd') === undefined)
    return 'The lab has no Open vSwitch: install openvswitch-switch to judge that switch as well.';
  try {
    accessSync('/dev/net/tun', fsConstants.R_OK | fsConstants.W_OK);
    return undefined;
  } catch {
    return 'The lab has no Open vSwitch, whose bridge is made through /dev/net/tun, which can’t be opened here: run it as root.';
  }
}

/** Whether a host in the lab can have an SSH server. */
export function sshPossible(): boolean {
  if (whereIs('sshd') === undefined) return false;
  if (!singleUser()) return true;
  return spawnSync('unshare', ['--user', 'true']).status === 0;
}

/** The path of an installed program; undefined: there is none. */
export function whereIs(program: string): string | undefined {
  const folders = labPath().split(':').filter(Boolean);
  return folders.map((folder) => `${folder}/${program}`).find(existsSync);
}

/** An ordinary user's PATH often lacks the folders of `ip`, `sshd` and the like. */
function labPath(): string {
  return `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
}

type ReadSetting = (path: string) => string | undefined;

const readSetting: ReadSetting = (path) => {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** Why the kernel did not let us in, and what helps. Pure; `setting` reads a kernel variable. */
export function refusal(said: string, throughUser: boolean, setting: ReadSetting): string {
  const opening = 'The virtual lab needs namespaces of its own, and the kernel does not permit them';
  if (said.includes('is not installed'))
    return `The virtual lab needs 'unshare': install util-linux, then try again.`;
  if (!throughUser)
    return `${opening} (${said}). In a container, start it with --privileged, or use a virtual machine.`;
  const mends: readonly [path: string, refuses: string, permits: string][] = [
    ['kernel/apparmor_restrict_unprivileged_userns', '1', 'kernel.apparmor_restrict_unprivileged_userns=0'],
    ['kernel/unprivileged_userns_clone', '0', 'kernel.unprivileged_userns_clone=1'],
    ['user/max_user_namespaces', '0', 'user.max_user_namespaces=10000'],
  ];
  const mend = mends.find(([path, refuses]) => setting(path) === refuses);
  if (mend !== undefined)
    return `${opening} to ordinary users. Run it as root, or permit them: sudo sysctl -w ${mend[2]}`;
  return `${opening} (${said}). Run it as root; in a container, start it with --privileged.`;
}
