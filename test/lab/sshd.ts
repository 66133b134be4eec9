/**
 * A remote Linux host for tests: a network namespace with an OpenSSH server, a management link to it, and
 * the pair `test-here` (this side) and `test-there` (the host's). Needs a private network namespace.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SshAccess } from '../../src/bench/bench.js';

export const here = 'test-here';
export const there = 'test-there';
export const hereAddress = '192.0.2.1';
export const thereAddress = '192.0.2.2';

export interface RemoteHost {
  /** Valid access, with a known_hosts file that has the host's key. */
  readonly access: SshAccess;
  /** Holds keys and known_hosts; tests may write files of their own into it. */
  readonly folder: string;
  /** Runs a command on the host, past SSH. */
  inside(...argv: readonly string[]): string;
  /** Puts a shell script before a command of the host, for what comes over SSH; undefined takes it away. */
  replace(command: string, script: string | undefined): void;
  /** Kills the server's processes of open sessions; the server itself goes on. */
  killSessions(): void;
  /** Ends the server and its sessions. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  close(): Promise<void>;
}

/** Runs a command here; its output. */
export function run(file: string, ...argv: readonly string[]): string {
  return execFileSync(file, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for a condition, with a deadline. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 5000,
): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!(await holds())) {
    assert.ok(Date.now() < deadlineMs, `${what}: not within ${withinMs} ms`);
    await sleep(10);
  }
}

/** Makes an unencrypted key pair, or an encrypted one. */
export function makeKey(file: string, type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase = ''): void {
  run('ssh-keygen', '-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file);
}

let count = 0;

export async function startRemoteHost(): Promise<RemoteHost> {
  assert.equal(
    run('ip', 'route', 'show', 'default'),
    '',
    'run this in a network namespace of its own: unshare --net …',
  );
  count += 1;
  const name = `remote-host-${process.pid}-${count}`;
  const management = { here: '10.99.0.1', there: '10.99.0.2', port: 2222 };
  const folder = mkdtempSync(join(tmpdir(), 'takeover-sshd-'));
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  const inside = (...argv: readonly string[]) => run('ip', 'netns', 'exec', name, ...argv);

  run('ip', 'netns', 'add', name);
  for (const [mine, its, local, remote] of [
    ['mgmt-here', 'mgmt-there', management.here, management.there],
    [here, there, hereAddress, thereAddress],
  ] as const) {
    run('ip', 'link', 'add', mine, 'type', 'veth', 'peer', 'name', its, 'netns', name);
    // The kernel's own IPv6 traffic would mix with the tests' frames.
    writeFileSync(`/proc/sys/net/ipv6/conf/${mine}/disable_ipv6`, '1');
    inside('sysctl', '-qw', `net.ipv6.conf.${its}.disable_ipv6=${its === there ? 0 : 1}`);
    inside(
      'sysctl',
      '-qw',
      `net.ipv6.conf.${its}.router_solicitations=0`,
      `net.ipv6.conf.${its}.accept_dad=0`,
    );
    run('ip', 'address', 'add', `${local}/24`, 'dev', mine);
    inside('ip', 'address', 'add', `${remote}/24`, 'dev', its);
    run('ip', 'link', 'set', mine, 'up');
    inside('ip', 'link', 'set', its, 'up');
  }

  makeKey(join(folder, 'host'));
  makeKey(join(folder, 'user'));
  copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized_keys'));
  const config = [
    `ListenAddress ${management.there}`,
    `Port ${management.port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'LogLevel QUIET',
    // At this depth bash does not read the account's ~/.bashrc, whatever that does here.
    `SetEnv SHLVL=2 PATH=${tools}:/usr/sbin:/usr/bin:/sbin:/bin`,
  ];
  writeFileSync(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  mkdirSync('/run/sshd', { recursive: true });

  let server: ReturnType<typeof spawn> | undefined;
  const startServer = async () => {
    server = spawn('ip', ['netns', 'exec', name, '/usr/sbin/sshd', '-D', '-f', join(folder, 'sshd_config')], {
      stdio: 'ignore',
    });
    await until('sshd listens', () => answers(management.there, management.port));
  };
  // `ip netns exec` becomes sshd: the sessions are its children.
  const sessions = () => {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(server?.pid)], { encoding: 'utf8' });
    return stdout.split(/\s+/).filter(Boolean).map(Number);
  };
  const kill = (pids: readonly number[]) => {
    // One that ended meanwhile is no error to kill(1).
    if (pids.length > 0) spawnSync('kill', ['-KILL', ...pids.map(String)], { stdio: 'ignore' });
  };
  const killSessions = () => kill(sessions());
  const stopServer = async () => {
    if (server === undefined) return;
    const children = sessions();
    const ended = once(server, 'exit');
    server.kill();
    await ended;
    kill(children);
    server = undefined;
  };
  await startServer();
  const publicKey = run('ssh-keygen', '-y', '-f', join(folder, 'host')).trim();
  writeFileSync(join(folder, 'known_hosts'), `[${management.there}]:${management.port} ${publicKey}\n`);

  return {
    access: {
      host: management.there,
      port: management.port,
      user: 'root',
      identity: join(folder, 'user'),
      knownHosts: join(folder, 'known_hosts'),
    },
    folder,
    inside,
    replace: (command, script) => {
      if (script === undefined) rmSync(join(tools, command), { force: true });
      else writeFileSync(join(tools, command), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    killSessions,
    startServer,
    stopServer,
    close: async () => {
      await stopServer();
      run('ip', 'link', 'del', 'mgmt-here');
      if (run('ip', '-o', 'link').includes(`${here}@`)) run('ip', 'link', 'del', here);
      run('ip', 'netns', 'del', name);
      rmSync(folder, { recursive: true });
    },
  };
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', (failed) => resolve(!failed));
  });
}
