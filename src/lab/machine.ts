/**
 * A machine of the lab: a namespace with the real kernel's ARP and NDP, `eth0` on the switch under test, and a real
 * OpenSSH server on a management link of its own.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshAccess } from '../bench/bench.js';
import { type Daemon, ip, ipBatch, LabError, run, startDaemon, within } from './command.js';
import { singleUser, sshPossible, whereIs } from './enter.js';

export interface MachineOptions {
  /** Its namespace, like `tko-host`. */
  readonly name: string;
  /** The harness's end of the management link, like `tko-mgmt`. */
  readonly managementLink: string;
  /** The two ends of the management link, harness first, as a /30. */
  readonly management: readonly [harness: string, machine: string];
  /** Where keys and settings are written. */
  readonly directory: string;
}

export interface Machine {
  readonly name: string;
  /** Absent where `labLimits()` says that there is no SSH view. */
  readonly ssh?: SshAccess;
  /** The first folder of the PATH of whoever logs in; empty at first. */
  readonly tools: string;
}

/** Creates the namespace, its SSH server and its management link; `eth0` is the caller's to add. */
export async function buildMachine(options: MachineOptions): Promise<Machine> {
  const { name, managementLink: link, management } = options;
  const folder = join(options.directory, name);
  const tools = join(folder, 'tools');
  await mkdir(tools, { recursive: true });
  const reachable = sshPossible();
  if (reachable && singleUser()) await startServerAsUser(name, folder);
  else {
    await ip('netns', 'add', name);
    if (reachable) await startServer(within(name, []), folder);
  }

  const [ours, theirs] = management;
  await ipBatch([
    `link add ${link} type veth peer name mgmt0 netns ${name}`,
    `address add ${ours}/30 dev ${link}`,
    `link set ${link} up`,
  ]);
  await ipBatch([`link set lo up`, `address add ${theirs}/30 dev mgmt0`, `link set mgmt0 up`], name);
  if (!reachable) return { name, tools };

  const knownHosts = join(folder, 'known_hosts');
  const [type, key] = (await readFile(join(folder, 'host_key.pub'), 'utf8')).split(' ');
  await writeFile(knownHosts, `${theirs} ${type} ${key}\n`);
  const user = singleUser() ? labUser.name : 'root';
  return {
    name,
    tools,
    ssh: { host: theirs, port: 22, user, identity: join(folder, 'user_key'), knownHosts },
  };
}

/**
 * Starts sshd by way of `prefix`, the command line that enters its namespaces. Whoever logs in is at home in `folder`:
 * the login files of the user that runs the lab have no part in it.
 */
async function startServer(prefix: readonly string[], folder: string): Promise<Daemon> {
  const config = join(folder, 'sshd_config');
  await Promise.all([
    ...['host_key', 'user_key'].map((key) =>
      run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'takeover lab', '-f', join(folder, key)]),
    ),
    writeFile(
      config,
      `HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/user_key.pub
StrictModes no
PidFile none
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv HOME=${folder} PATH=${folder}/tools:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
`,
    ),
  ]);
  const sshd = whereIs('sshd');
  if (sshd === undefined)
    throw new LabError('There is no OpenSSH server: install openssh-server, then try again.');
  return startDaemon([...prefix, sshd, '-D', '-e', '-f', config], (output) =>
    output.includes('Server listening'),
  );
}

/** The one user of a machine whose kernel lets it have only one. */
const labUser = { name: 'lab', id: 1000 };

/**
 * OpenSSH's server as root must be able to switch users, which a user namespace with a single user id forbids. As an
 * ordinary user it does not try. So the machine's namespace belongs to a second user namespace, in which we are that
 * user, with every capability over the machine kept through exec: whoever logs in may change its neighbour cache.
 */
async function startServerAsUser(name: string, folder: string): Promise<void> {
  const passwd = join(folder, 'passwd');
  await writeFile(passwd, `${labUser.name}:x:${labUser.id}:${labUser.id}::/:/bin/sh\n`);
  // Who asks for root by sudo has all that root has here already; the system's own can't work in this namespace.
  await writeFile(join(folder, 'tools', 'sudo'), '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n', {
    mode: 0o755,
  });
  const enter = ['unshare', '--user', `--map-user=${labUser.id}`, `--map-group=${labUser.id}`, '--keep-caps'];
  const asUser = ['sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"', passwd];
  const daemon = await startServer([...enter, '--net', '--mount', ...asUser], folder);
  try {
    await ip('netns', 'attach', name, String(daemon.pid));
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}
