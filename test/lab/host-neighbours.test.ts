import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRealtimeClock } from '../../src/evidence/clock.js';
import {
  type NeighbourObservation,
  type NeighbourReader,
  openNeighbours,
} from '../../src/host/neighbours.js';
import { openSsh, type Ssh, SshError } from '../../src/host/ssh.js';
import { hereAddress, type RemoteHost, run, startRemoteHost, there, thereAddress, until } from './sshd.js';

const mac = (last: number) => `00:00:5e:00:53:${last.toString(16).padStart(2, '0')}`;

/** A system whose `ip` is BusyBox's: no JSON, no monitor, and no %N in `date`. */
const oldIp = `for word in "$@"; do case "$word" in
  -j|monitor) echo "BusyBox v1.35.0 multi-call binary." >&2; exit 1;;
esac; done
exec /sbin/ip "$@"`;
const oldDate = 'exec /bin/date "$(echo "$1" | sed s/%N/%%N/)"';

describe('the neighbour cache of a Linux host', function () {
  this.timeout(20_000);
  let host: RemoteHost;
  let ssh: Ssh | undefined;
  let reader: NeighbourReader;
  const seen: NeighbourObservation[] = [];
  const notes: string[] = [];

  const open = async () => {
    const opened = await openNeighbours(() => openSsh(host.access), { interface: there });
    ssh = opened.ssh;
    assert.ok(opened.reader, opened.reason);
    reader = opened.reader;
    return reader;
  };
  const watch = async () => {
    await open();
    return reader.watch((observation) => seen.push(observation), { onNote: (text) => notes.push(text) });
  };
  const sorted = async () =>
    [...(await reader.read()).entries].sort((one, other) => one.address.localeCompare(other.address));
  const replace = (address: string, lladdr: string, nud: string) =>
    host.inside('ip', 'neigh', 'replace', address, 'lladdr', lladdr, 'dev', there, 'nud', nud);
  const lastOf = (address: string) => seen.findLast((observation) => observation.address === address);

  before(async () => {
    host = await startRemoteHost();
  });
  beforeEach(async () => {
    seen.length = 0;
    notes.length = 0;
  });
  afterEach(async () => {
    await reader?.close();
    await ssh?.close();
    for (const command of ['ip', 'arp', 'date', 'uname', 'id', 'sudo']) host.replace(command, undefined);
    host.inside('ip', 'neigh', 'flush', 'dev', there, 'nud', 'all');
  });
  after(() => host?.close());

  for (const kind of ['iproute2', 'BusyBox']) {
    it(`is read through ${kind}`, async () => {
      if (kind === 'BusyBox') host.replace('ip', oldIp);
      replace('192.0.2.9', mac(9), 'permanent');
      host.inside(
        'ip',
        'neigh',
        'replace',
        '2001:db8::9',
        'lladdr',
        mac(10),
        'dev',
        there,
        'nud',
        'stale',
        'router',
      );
      await open();
      assert.equal(reader.system, kind === 'iproute2' ? 'Linux, ip -j neigh' : 'Linux, ip neigh');
      const entries = await sorted();
      assert.deepEqual(entries, [
        { address: '192.0.2.9', mac: mac(9), state: 'PERMANENT' },
        { address: '2001:db8::9', mac: mac(10), state: 'STALE' },
      ]);
    });
  }

  it('is streamed, and the stream ends up where `ip neigh` is', async () => {
    await watch();
    assert.equal(run('ping', '-c', '1', '-W', '2', thereAddress).includes(' 0% packet loss'), true);
    replace('192.0.2.9', mac(9), 'stale');
    replace('192.0.2.9', mac(10), 'reachable');
    replace('192.0.2.10', mac(11), 'permanent');
    host.inside('ip', 'neigh', 'del', '192.0.2.9', 'dev', there);
    await until(
      'the removal',
      () => lastOf('192.0.2.9')?.state === null && lastOf('192.0.2.9')?.mac === null,
    );
    await until('the answer to the ping', () => lastOf(hereAddress) !== undefined);

    const story = seen.filter(({ address }) => address === '192.0.2.9').map((each) => [each.mac, each.state]);
    assert.deepEqual(story, [
      [mac(9), 'STALE'],
      [mac(10), 'REACHABLE'],
      [null, 'FAILED'],
      [null, null],
    ]);
    assert.ok(seen.every(({ source }) => source === 'stream'));
    await until('agreement', async () => {
      const entries = (await reader.read()).entries;
      return (
        entries.length === 2 &&
        entries.every((entry) => {
          const last = lastOf(entry.address);
          // The kernel does not tell the step from STALE to DELAY.
          return last?.mac === entry.mac && last.state === entry.state?.replace('DELAY', 'STALE');
        })
      );
    });
    assert.deepEqual(notes, []);
  });

  it('is streamed with times within the stated error', async () => {
    await watch();
    const clock = createRealtimeClock();
    for (let count = 1; count <= 10; count += 1) {
      const address = `192.0.2.${100 + count}`;
      const beforeNs = clock.now();
      replace(address, mac(count), 'stale');
      await until(address, () => lastOf(address) !== undefined);
      const afterNs = clock.now();
      const { timeNs, clockErrorNs } = lastOf(address) as NeighbourObservation;
      assert.ok(clockErrorNs < 100e6, `± ${clockErrorNs} ns`);
      assert.ok(timeNs >= beforeNs - BigInt(clockErrorNs), 'not before the change');
      assert.ok(timeNs <= afterNs + BigInt(clockErrorNs), 'not after it was told');
    }
  });

  it('is told of one interface only, and to those who still listen', async () => {
    const stop = await watch();
    host.inside('ip', 'neigh', 'replace', '10.99.0.9', 'lladdr', mac(1), 'dev', 'mgmt-there');
    replace('192.0.2.9', mac(9), 'stale');
    await until('the entry', () => lastOf('192.0.2.9') !== undefined);
    stop();
    const rest: NeighbourObservation[] = [];
    await reader.watch((observation) => rest.push(observation));
    replace('192.0.2.10', mac(10), 'stale');
    await until('the other entry', () => rest.length > 0);
    assert.deepEqual(
      seen.map(({ address }) => address),
      ['192.0.2.9'],
    );
    host.inside('ip', 'neigh', 'del', '10.99.0.9', 'dev', 'mgmt-there');
  });

  it('is polled where the host has no monitor', async () => {
    host.replace('ip', oldIp);
    host.replace('date', oldDate);
    replace('192.0.2.9', mac(9), 'permanent');
    await watch();
    assert.match(notes.join(), /ended `ip -ts monitor neigh` .*every 100 ms/);
    const clock = createRealtimeClock();
    const beforeNs = clock.now();
    replace('192.0.2.9', mac(10), 'permanent');
    await until('the change', () => lastOf('192.0.2.9')?.mac === mac(10));
    const { timeNs, clockErrorNs, source } = lastOf('192.0.2.9') as NeighbourObservation;
    assert.equal(source, 'poll');
    assert.ok(timeNs >= beforeNs - BigInt(clockErrorNs) && timeNs <= clock.now() + BigInt(clockErrorNs));
    host.inside('ip', 'neigh', 'del', '192.0.2.9', 'dev', there);
    await until('the removal', () => lastOf('192.0.2.9')?.mac === null);
  });

  it('is streamed with half a second of error where the clock shows seconds', async () => {
    host.replace('date', oldDate);
    await watch();
    replace('192.0.2.9', mac(9), 'stale');
    await until('the entry', () => seen.length > 0);
    const clockErrorNs = seen[0]?.clockErrorNs ?? 0;
    assert.ok(clockErrorNs > 500e6 && clockErrorNs < 700e6, `± ${clockErrorNs} ns`);
    assert.ok(Math.abs(Number((seen[0]?.timeNs ?? 0n) - createRealtimeClock().now())) < 1500e6);
  });

  it('is polled from the moment that the monitor or the connection breaks', async () => {
    await watch();
    host.killSessions();
    await until('polling', () => notes.length > 0);
    assert.match(notes[0] ?? '', /broke.*every 100 ms/);
    // Changes before the first poll go unseen: that reading is what the later ones differ from.
    let count = 0;
    await until('an entry', () => {
      count += 1;
      replace('192.0.2.9', mac(count % 256), 'permanent');
      return lastOf('192.0.2.9')?.source === 'poll';
    });
  });

  it('leaves no process on the host, however the watch ends', async () => {
    const left = () =>
      run('ps', '-e', '-o', 'args=')
        .split('\n')
        .filter((args) => /monitor neigh|read -r line/.test(args));
    await watch();
    assert.notDeepEqual(left(), []);
    await reader.close();
    await until('no process after close', () => left().length === 0);
    await watch();
    host.killSessions();
    await reader.close();
    await until('no process after a break', () => left().length === 0);
  });

  it('takes permanent entries and gives them up', async () => {
    await open();
    await reader.setPermanent('192.0.2.9', mac(9));
    await reader.setPermanent('2001:db8::9', mac(9));
    assert.equal(
      (await reader.read()).entries.every(({ state }) => state === 'PERMANENT'),
      true,
    );
    await reader.remove('192.0.2.9');
    await reader.remove('192.0.2.9');
    assert.deepEqual(
      (await reader.read()).entries.map(({ address }) => address),
      ['2001:db8::9'],
    );
    await assert.rejects(reader.setPermanent('192.0.2.9; reboot', mac(9)), /is not an IP address/);
    await assert.rejects(reader.setPermanent('192.0.2.9', 'permanent'), /is not a MAC address/);
  });

  it('takes them from an ordinary user through sudo, or says what is missing', async () => {
    await open();
    host.replace('id', 'echo 1000');
    host.replace('sudo', 'echo "sudo: a password is required" >&2; exit 1');
    await assert.rejects(
      reader.setPermanent('192.0.2.9', mac(9)),
      /may not set the neighbour 192\.0\.2\.9: log in there as root, or let it run sudo/,
    );
    host.replace('sudo', '[ "$1" = -n ] && shift && exec "$@"');
    await reader.setPermanent('192.0.2.9', mac(9));
    assert.equal((await reader.read()).entries[0]?.state, 'PERMANENT');
  });

  it('is read through net-tools and through BusyBox where there is no ip', async () => {
    replace('192.0.2.9', mac(9), 'permanent');
    replace('192.0.2.10', mac(10), 'stale');
    host.inside('ip', 'neigh', 'replace', '10.99.0.9', 'lladdr', mac(1), 'dev', 'mgmt-there');
    host.replace('ip', 'echo "sh: ip: not found" >&2; exit 127');
    for (const arp of ['exec /usr/sbin/arp "$@"', 'exec busybox arp "$@"']) {
      host.replace('arp', arp);
      await open();
      assert.equal(reader.system, 'Linux, arp -an');
      assert.deepEqual(await sorted(), [
        { address: '192.0.2.10', mac: mac(10), state: 'COMPLETE' },
        { address: '192.0.2.9', mac: mac(9), state: 'PERMANENT' },
      ]);
      await reader.setPermanent('192.0.2.11', mac(11));
      assert.match(host.inside('ip', 'neigh', 'show', '192.0.2.11'), /00:00:5e:00:53:0b PERMANENT/);
      await reader.remove('192.0.2.11');
      await reader.remove('192.0.2.11');
      assert.doesNotMatch(host.inside('ip', 'neigh', 'show', '192.0.2.11'), /PERMANENT/);
      await assert.rejects(
        reader.setPermanent('2001:db8::9', mac(9)),
        /has nothing to make a permanent entry/,
      );
      await reader.close();
      await ssh?.close();
    }
    host.inside('ip', 'neigh', 'del', '10.99.0.9', 'dev', 'mgmt-there');
  });

  it('is left to the outside view where nothing shows it', async () => {
    const opened = await openNeighbours(() => openSsh(host.access), { interface: there, system: 'eos' });
    ssh = opened.ssh;
    assert.match(
      opened.reason ?? '',
      /runs Arista EOS, and none of `show ip arp \| json, .*` shows its cache there .*: it is judged from outside only\./,
    );
  });

  it('is read below FRR, and not through a login shell that is vtysh', async function () {
    if (!existsSync('/usr/lib/frr/zebra')) return this.skip();
    const sockets = mkdtempSync('/tmp/takeover-frr-');
    run('chown', 'frr:frr', sockets);
    const zebra = ['/usr/lib/frr/zebra', '-z', join(sockets, 'zserv')];
    const config = join(host.folder, 'sshd_config');
    const before = readFileSync(config, 'utf8');
    host.inside(...zebra, '-d', '-i', join(sockets, 'pid'), '--vty_socket', sockets, '-f', '/dev/null');
    try {
      replace('192.0.2.9', mac(9), 'permanent');
      const shell = await openNeighbours(() => openSsh(host.access), { interface: there, system: 'frr' });
      assert.equal(shell.reader?.system, 'FRR, ip -j neigh');
      assert.equal((await shell.reader?.read())?.entries[0]?.mac, mac(9));
      await shell.reader?.close();
      await shell.ssh.close();

      const vtysh = `vtysh --vty_socket ${sockets}`;
      const login = `if [ "$SSH_ORIGINAL_COMMAND" ]; then ${vtysh} -c "$SSH_ORIGINAL_COMMAND"; else ${vtysh}; fi`;
      writeFileSync(config, `${before}ForceCommand ${login}\n`);
      await host.stopServer();
      await host.startServer();
      const opened = await openNeighbours(() => openSsh(host.access), { interface: there });
      ssh = opened.ssh;
      assert.match(opened.reason ?? '', /runs FRR, and none of `ip -j neigh`, .* shows its cache there/);
    } finally {
      writeFileSync(config, before);
      await ssh?.close();
      await host.stopServer();
      await host.startServer();
      process.kill(Number(readFileSync(join(sockets, 'pid'), 'utf8')));
      rmSync(sockets, { recursive: true, force: true });
    }
  });

  it('needs an interface that is there', async () => {
    await assert.rejects(
      openNeighbours(() => openSsh(host.access), { interface: 'eth99' }),
      /can't show the neighbours of eth99 .*correct `interface`/,
    );
    await assert.rejects(
      openNeighbours(() => openSsh(host.access), { interface: '$(reboot)/' }),
      SshError,
    );
  });
});
