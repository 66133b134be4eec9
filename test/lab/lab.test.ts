import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SshAccess } from '../../src/bench/bench.js';
import { parseBench } from '../../src/bench/file.js';
import { buildLab, type Lab, type LabOptions } from '../../src/lab/build.js';
import { ip, LabError, run } from '../../src/lab/command.js';
import { enterLab, insideLab, labLimits } from '../../src/lab/enter.js';
import { features } from '../../src/lab/features.js';

const names = async (): Promise<string[]> =>
  (JSON.parse((await ip('-j', 'link')).stdout) as { ifname: string }[]).map(({ ifname }) => ifname).sort();

/** Network namespaces of this pid namespace's processes, other than our own. */
function strangers(): string[] {
  const own = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const namespace = readlinkSync(`/proc/${pid}/ns/net`);
      return namespace === own
        ? []
        : [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
    } catch {
      return [];
    }
  });
}

const ssh = (access: SshAccess, ...command: string[]) =>
  run([
    'ssh',
    ...['-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes'],
    ...['-o', `UserKnownHostsFile=${access.knownHosts}`, '-i', access.identity ?? ''],
    ...['-p', String(access.port), `${access.user}@${access.host}`, ...command],
  ]);

interface Entry {
  readonly dst: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}

describe('the virtual lab', function () {
  this.timeout(20_000);
  let directory: string;
  let lab: Lab | undefined;

  before(() => assert.ok(insideLab(), 'The lab tests run inside enterLab: start them by npm test.'));
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lab-'));
  });
  afterEach(async () => {
    await lab?.close();
    lab = undefined;
    rmSync(directory, { recursive: true });
  });

  const build = async (options: Omit<LabOptions, 'directory'>): Promise<Lab> => {
    lab = await buildLab({ ...options, directory });
    return lab;
  };

  /** The host's cache after it tried to reach an address that nobody has. */
  const hostAsks = async ({ exec, hostNamespace }: Lab): Promise<void> => {
    await exec(hostNamespace, ['ping', '-c', '1', '-W', '1', '192.0.2.77']).catch(() => undefined);
  };

  for (const kind of ['linux-bridge', 'open-vswitch'] as const) {
    it(`connects the host with every port of a ${kind}`, async () => {
      const built = await build({ switch: kind });
      const ports = Object.keys(built.bench.ports);
      assert.deepEqual(ports, ['a', 'b', 'world', 'monitor']);
      assert.deepEqual(await names(), [
        'lo',
        'tko-a',
        'tko-b',
        'tko-mgmt',
        'tko-mgmt-router',
        'tko-monitor',
        'tko-world',
      ]);
      // The host's broadcast comes out at each test port.
      const watches = ports.map((port) =>
        run(['timeout', '5', 'tcpdump', '-i', `tko-${port}`, '-c', '1', '-n', 'arp and host 192.0.2.77']),
      );
      const asking = setInterval(() => void hostAsks(built), 300);
      try {
        await Promise.all(watches);
      } finally {
        clearInterval(asking);
      }
    });
  }

  it('leaves the test ports without addresses, IPv6 and offloads', async () => {
    await build({ switch: 'linux-bridge' });
    for (const nic of ['tko-a', 'tko-b', 'tko-world', 'tko-monitor']) {
      const { stdout } = await ip('-j', 'address', 'show', 'dev', nic);
      const [link] = JSON.parse(stdout) as { addr_info: unknown[]; flags: string[] }[];
      assert.deepEqual(link?.addr_info, []);
      assert.ok(link?.flags.includes('LOWER_UP'));
      assert.match((await run(['ethtool', '-k', nic])).stdout, /^generic-receive-offload: off$/m);
    }
  });

  it('lets the host be reached over SSH, and its cache be changed', async () => {
    assert.deepEqual(labLimits(), []);
    const { bench, hostNamespace, exec } = await build({ switch: 'linux-bridge' });
    const access = bench.devices[1]?.ssh;
    assert.ok(access);
    await ssh(
      access,
      'ip',
      'neigh',
      'replace',
      '192.0.2.9',
      'lladdr',
      '00:00:5e:00:53:09',
      'dev',
      'eth0',
      'nud',
      'permanent',
    );
    const { stdout } = await exec(hostNamespace, [
      'ip',
      '-j',
      'neigh',
      'show',
      'dev',
      'eth0',
      'to',
      '192.0.2.9',
    ]);
    const [entry] = JSON.parse(stdout) as Entry[];
    assert.deepEqual(entry, { dst: '192.0.2.9', lladdr: '00:00:5e:00:53:09', state: ['PERMANENT'] });
  });

  it('refuses SSH to a machine with another key than the known one', async () => {
    const { bench } = await build({ switch: 'linux-bridge' });
    const access = bench.devices[1]?.ssh;
    assert.ok(access);
    const key = readFileSync(access.identity ? `${access.identity}.pub` : '', 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    const knownHosts = join(directory, 'wrong_hosts');
    writeFileSync(knownHosts, `${access.host} ${key}\n`);
    await assert.rejects(ssh({ ...access, knownHosts }, 'true'), /Host key verification failed/);
  });

  it('describes itself by a bench file', async () => {
    const { bench, benchYaml } = await build({ switch: 'open-vswitch', fault: 'long-lock' });
    assert.deepEqual(parseBench(benchYaml, { file: 'bench.yaml', directory: '/' }), bench);
    const [device, host] = bench.devices;
    assert.deepEqual(
      [device?.kind, device?.vendor, device?.model],
      ['switch', 'Open vSwitch', 'userspace datapath'],
    );
    assert.match(device?.firmware ?? '', /^\d+\.\d+/);
    assert.equal(host?.conditions.fault, 'long-lock', 'a faulty twin says that it is one');
    assert.deepEqual([host?.ipv4, host?.ipv6, host?.interface], ['192.0.2.50', '2001:db8::50', 'eth0']);
  });

  it('has the smallest bench, with World on another machine', async () => {
    const { bench } = await build({ switch: 'linux-bridge', bench: 'smallest' });
    assert.deepEqual(Object.keys(bench.ports), ['a', 'b', 'world']);
    const world = bench.ports.world;
    assert.ok(world !== undefined && 'ssh' in world);
    const { stdout } = await ssh(world.ssh, 'ip', '-j', 'address', 'show', 'dev', world.nic);
    const [link] = JSON.parse(stdout) as { addr_info: unknown[]; flags: string[] }[];
    assert.deepEqual(link?.addr_info, []);
    assert.ok(link?.flags.includes('LOWER_UP'));
  });

  it('leaves nothing behind when it is closed', async () => {
    const before = strangers();
    const built = await build({ switch: 'open-vswitch', bench: 'smallest', fault: 'guesses-option' });
    assert.ok(strangers().some((process) => process.includes('ovs-vswitchd')));
    assert.ok(strangers().some((process) => process.includes('perl')));
    await built.close();
    await built.close();
    assert.deepEqual(
      strangers().filter((process) => !before.includes(process)),
      [],
    );
    assert.deepEqual(readdirSync('/run/netns'), []);
    assert.deepEqual(await names(), ['lo']);
  });

  it('leaves nothing behind when it can’t be built, and says why', async () => {
    const before = strangers();
    await assert.rejects(build({ switch: 'open-vswitch', fault: 'never-moves' }), LabError);
    await ip('link', 'add', 'tko-world', 'type', 'dummy').catch(() =>
      ip('link', 'add', 'tko-world', 'type', 'bridge'),
    );
    await assert.rejects(build({ switch: 'open-vswitch' }), /'ip -batch -' failed: .*File exists/s);
    assert.deepEqual(
      strangers().filter((process) => !before.includes(process)),
      [],
    );
    assert.deepEqual(readdirSync('/run/netns'), []);
    assert.deepEqual(await names(), ['lo']);
  });

  it('refuses a second lab, and leaves the first alone', async () => {
    const { switchNamespace, exec } = await build({ switch: 'linux-bridge' });
    await assert.rejects(buildLab({ switch: 'linux-bridge', directory }), /There is a lab already/);
    await exec(switchNamespace, ['ip', 'link', 'show', 'br0']);
  });

  it('finds out what the kernel can do', async () => {
    const found = await features();
    assert.equal(found.find(({ name }) => name === 'Linux bridge')?.lacks, undefined);
    // A mistake in an attempt of ours is not a lack of the kernel's.
    for (const { lacks = '' } of found) assert.doesNotMatch(lacks, /syntax error|not installed/);
    assert.deepEqual(readdirSync('/run/netns'), []);
  });

  it('works without root', async function () {
    this.timeout(30_000);
    const self = fileURLToPath(import.meta.url);
    if (process.env.TAKEOVER_LAB_NESTED !== undefined) return;
    const mocha = [
      '--ui',
      'bdd',
      '--timeout',
      '20000',
      '--grep',
      'SSH|behind|smallest',
      '--reporter',
      'dot',
      self,
    ];
    const command = [
      process.execPath,
      'node_modules/mocha/bin/mocha.js',
      '--no-config',
      '--no-package',
      ...mocha,
    ];
    const env = { ...process.env, TAKEOVER_LAB_NESTED: '1' };
    assert.equal(await enterLab(command, { userNamespace: true, env }), 0);
  });
});
