/**
 * A bench as an operator has it: four NICs of this machine, untouched (down, offloads and IPv6 on), cabled to a
 * switch in a namespace of its own, a remote host at the fifth port; and `takeover` as a child process on it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Result } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import { ip, requirePrivateNamespace, run } from './namespace.js';
import { here, type RemoteHost, startRemoteHost, there, until } from './sshd.js';

/** Where this very build lies: dist/, or a folder of a developer's own. */
const build = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Standard error so far. */
  said(): string;
  /** Resolves when standard error matches. */
  says(pattern: RegExp, withinMs?: number): Promise<void>;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A command line that runs the one behind it, like `setpriv …`. */
  readonly through?: readonly string[];
  /** Another `bin/takeover.js`. */
  readonly program?: string;
}

export const ports = ['a', 'b', 'world', 'monitor'] as const;
export type Port = (typeof ports)[number];
/** The NIC of a port here, and the switch's end of its cable. */
export const nic = (port: Port) => `cli-${port}`;
export const far = (port: Port) => `sw-${port}`;
const switchName = 'cli-switch';

export const switchDevice = { kind: 'switch', vendor: 'Linux', model: 'bridge', firmware: '6.1' };
export const hostAddresses = { ipv4: '192.0.2.2', ipv6: '2001:db8::2' };

export interface CliBench {
  readonly folder: string;
  readonly host: RemoteHost;
  readonly hostDevice: object;
  /** `takeover ARGV…`, begun. */
  start(argv: readonly string[], options?: StartOptions): Running;
  /** The same, to its end. */
  takeover(argv: readonly string[], options?: StartOptions): Promise<Ended>;
  /** Writes a bench file; the default is the whole bench with the switch as its device. Returns its path. */
  file(content?: { ports?: object; devices?: readonly object[]; [key: string]: unknown }): string;
  /** A new folder for results, not made yet. */
  out(): string;
  /** Makes a port's NIC and cable anew. */
  cable(port: Port): void;
  /** Runs a command at the switch. */
  atSwitch(...argv: readonly string[]): string;
  /** Ends what a failed test left running. */
  endAll(): void;
  close(): Promise<void>;
}

/** What a run must leave as it was. */
export function state(port: Port): { offloads: string; ipv6: string; up: boolean } {
  return {
    offloads: run('ethtool', '-k', nic(port)),
    ipv6: readFileSync(`/proc/sys/net/ipv6/conf/${nic(port)}/disable_ipv6`, 'utf8').trim(),
    up: /<.*\bUP\b.*>/.test(ip('link', 'show', 'dev', nic(port))),
  };
}

/** The result of the one device that a run was about. */
export function resultIn(out: string): Result {
  const [path = 'none'] = run('find', out, '-name', 'result.json').trim().split('\n');
  return JSON.parse(readFileSync(path, 'utf8')) as Result;
}

export async function makeCliBench(): Promise<CliBench> {
  requirePrivateNamespace();
  const folder = mkdtempSync(join(tmpdir(), 'takeover-cli-'));
  chmodSync(folder, 0o755);
  const ourProgram = programOf(build, folder);
  const running = new Set<ChildProcess>();
  let files = 0;

  const atSwitch = (...argv: readonly string[]) => run('ip', 'netns', 'exec', switchName, ...argv);
  ip('netns', 'add', switchName);
  atSwitch('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  ip('-n', switchName, 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0');
  ip('-n', switchName, 'link', 'set', 'br0', 'up');
  const cable = (port: Port) => {
    spawnSync('ip', ['link', 'del', nic(port)]);
    ip('link', 'add', nic(port), 'type', 'veth', 'peer', 'name', far(port), 'netns', switchName);
    ip('-n', switchName, 'link', 'set', far(port), 'master', 'br0', 'up');
  };
  for (const port of ports) cable(port);

  const host = await startRemoteHost();
  ip('link', 'set', here, 'netns', switchName);
  ip('-n', switchName, 'link', 'set', here, 'master', 'br0', 'up');
  // Checksums that a NIC would finish stay unfinished on a veth.
  host.inside('ethtool', '-K', there, 'tx', 'off');
  host.inside('ip', 'address', 'add', `${hostAddresses.ipv6}/64`, 'dev', there, 'nodad');

  const start: CliBench['start'] = (
    argv,
    { env = {}, cwd = folder, through = [], program = ourProgram } = {},
  ) => {
    const [file = '', ...args] = [...through, process.execPath, program, ...argv];
    const startMs = performance.now();
    const child = spawn(file, args, {
      cwd,
      // We are inside a lab ourselves, which it is not to know.
      env: {
        ...process.env,
        MOCHA_COLORS: undefined,
        TAKEOVER_LAB: undefined,
        TAKEOVER_STATE: join(folder, 'state'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    let over = false;
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        over = true;
        running.delete(child);
        resolve({ code, signal, stdout, stderr, tookMs: performance.now() - startMs });
      });
    });
    const says: Running['says'] = async (pattern, withinMs = 15_000) => {
      await until(`${pattern}, in: ${stderr}`, () => pattern.test(stderr) || over, withinMs);
      if (!pattern.test(stderr)) throw new Error(`It ended without ${pattern}: ${stderr}`);
    };
    return { process: child, ended, said: () => stderr, says };
  };

  const endAll = () => {
    for (const child of running) child.kill('SIGKILL');
  };

  return {
    folder,
    host,
    hostDevice: {
      kind: 'host',
      vendor: 'Debian',
      model: 'Linux',
      firmware: '6.1',
      ...hostAddresses,
      interface: there,
      ssh: host.access,
    },
    start,
    takeover: (argv, options) => start(argv, options).ended,
    file(content = {}) {
      const path = join(folder, `bench-${++files}.yaml`);
      const whole = {
        bench: 'test bench',
        ports: Object.fromEntries(ports.map((port) => [port, nic(port)])),
        devices: [switchDevice],
        ...content,
      };
      writeFileSync(path, stringify(whole, { aliasDuplicateObjects: false }));
      return path;
    },
    out: () => join(folder, `out-${++files}`),
    cable,
    atSwitch,
    endAll,
    async close() {
      endAll();
      for (const port of ports) spawnSync('ip', ['link', 'del', nic(port)]);
      await host.close();
      ip('netns', 'del', switchName);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `bin/takeover.js` of a package whose `dist` is this build. */
function programOf(compiled: string, folder: string): string {
  const home = join(folder, 'package');
  mkdirSync(join(home, 'bin'), { recursive: true });
  symlinkSync(compiled, join(home, 'dist'));
  writeFileSync(join(home, 'package.json'), '{"type": "module"}\n');
  const program = join(home, 'bin', 'takeover.js');
  copyFileSync(join(packageRoot, 'bin', 'takeover.js'), program);
  return program;
}

/** The package where any user may read it, whatever folder it lies in; and `takeover` there. */
export function readableTakeover(): { program: string; close(): void } {
  const home = mkdtempSync(join(tmpdir(), 'takeover-readable-'));
  chmodSync(home, 0o755);
  const mount = join(home, 'mount');
  mkdirSync(mount);
  run('mount', '--bind', packageRoot, mount);
  const program = programOf(join(mount, build.slice(packageRoot.length)), home);
  return {
    program,
    close() {
      run('umount', mount);
      rmSync(home, { recursive: true });
    },
  };
}
