import assert from 'node:assert/strict';
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
  let ssh: Ssh;
  let reader: NeighbourReader;
  const seen: NeighbourObservation[] = [];
  const notes: string[] = [];

  const open = async () => {
    const { reader: opened, reason } = await openNeighbours(ssh, { interface: there });
    assert.ok(opened, reason);
    reader = opened;
    return reader;
  };
  const watch = async () => {
    await open();
    return reader.watch((observation) => seen.push(observation), { onNote: (text) => notes.push(text) });
  };
  const replace = (address: string, lladdr: string, nud: string) =>
    host.inside('ip', 'neigh', 'replace', address, 'lladdr', lladdr, 'dev', there, 'nud', nud);
  const lastOf = (address: string) => seen.findLast((observation) => observation.address === address);

  before(async () => {
    host = await startRemoteHost();
  });
  beforeEach(async () => {
    seen.length = 0;
    notes.length = 0;
    ssh = await openSsh(host.access);
  });
  afterEach(async () => {
    await reader?.close();
    await ssh?.close();
    for (const command of ['ip', 'date', 'uname', 'id', 'sudo']) host.replace(command, undefined);
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
      const entries = (await reader.read()).sort((one, other) => one.address.localeCompare(other.address));
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
      const entries = await reader.read();
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
      (await reader.read()).every(({ state }) => state === 'PERMANENT'),
      true,
    );
    await reader.remove('192.0.2.9');
    await reader.remove('192.0.2.9');
    assert.deepEqual(
      (await reader.read()).map(({ address }) => address),
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
    assert.equal((await reader.read())[0]?.state, 'PERMANENT');
  });

  it('is left to the outside view on another system, and without ip', async () => {
    host.replace('uname', 'echo FreeBSD');
    assert.match(
      (await openNeighbours(ssh, { interface: 'em0' })).reason ?? '',
      /runs an unsupported system FreeBSD: it is judged from outside only\./,
    );
    host.replace('uname', 'echo "% Invalid input" >&2; exit 1');
    assert.match(
      (await openNeighbours(ssh, { interface: 'em0' })).reason ?? '',
      /does not answer `uname -s`/,
    );
    host.replace('uname', undefined);
    host.replace('ip', 'echo "sh: ip: not found" >&2; exit 127');
    assert.match((await openNeighbours(ssh, { interface: there })).reason ?? '', /without the command ip/);
  });

  it('needs an interface that is there', async () => {
    await assert.rejects(
      openNeighbours(ssh, { interface: 'eth99' }),
      /can't show the neighbours of eth99 .*correct `interface`/,
    );
    await assert.rejects(openNeighbours(ssh, { interface: '$(reboot)/' }), SshError);
  });
});
