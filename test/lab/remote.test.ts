import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createRealtimeClock } from '../../src/evidence/clock.js';
import { openSsh, type Ssh, SshError } from '../../src/host/ssh.js';
import { openRemote } from '../../src/wire/remote.js';
import { type CapturedFrame, type Wire, WireError } from '../../src/wire/wire.js';
import { here, type RemoteHost, run, startRemoteHost, there, until } from './sshd.js';
import { contract } from './wire-contract.js';

/** IEEE 802's local experimental EtherType, so that nothing answers. */
const experimental = 0x88b5;

/** A numbered broadcast frame of 60 octets, or more. */
function frame(number: number, length = 60): Uint8Array {
  const bytes = new Uint8Array(length).fill(number & 0xff, 18);
  bytes.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01]);
  const view = new DataView(bytes.buffer);
  view.setUint16(12, experimental);
  view.setUint32(14, number);
  return bytes;
}
const numberOf = ({ bytes }: CapturedFrame) => Buffer.from(bytes).readUInt32BE(14);
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const isOurs = ({ bytes }: CapturedFrame) => Buffer.from(bytes).readUInt16BE(12) === experimental;

/** Sends frames from this side of the pair, with plain Perl and a packet socket, and waits for its end. */
async function sendFromHere(frames: readonly Uint8Array[]): Promise<void> {
  const program = `
    socket my $s, 17, 3, 0 or die; my $q = pack 'a16 x24', shift; ioctl $s, 0x8933, $q or die;
    bind $s, pack 'S n i x12', 17, 0, unpack 'x16 i', $q or die;
    for (@ARGV) { send $s, (pack 'H*', $_), 0 or die "$!" }`;
  const hex = frames.map(hexOf);
  await promisify(execFile)('perl', ['-e', program, here, ...hex]);
}

describe('remote wire', function () {
  this.timeout(20_000);
  let host: RemoteHost;
  let ssh: Ssh;
  let wire: Wire;
  let frames: CapturedFrame[];

  const open = async (nic = there) => {
    wire = await openRemote({ port: 'world', nic, ssh });
    wire.subscribe((captured) => {
      if (isOurs(captured)) frames.push(captured);
    });
    return wire;
  };
  const agents = () =>
    run('ps', '-e', '-o', 'args=')
      .split('\n')
      .filter((args) => args.includes('far end of a remote wire'));
  const seen = (direction: 'in' | 'out') =>
    frames.filter((each) => each.direction === direction).map(numberOf);
  const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

  before(async () => {
    host = await startRemoteHost();
  });
  beforeEach(async () => {
    frames = [];
    ssh = await openSsh(host.access);
  });
  afterEach(async () => {
    await wire?.close();
    await ssh?.close();
    for (const command of ['id', 'sudo', 'perl']) host.replace(command, undefined);
    host.inside('ip', 'link', 'set', there, 'up', 'mtu', '1500');
  });
  after(() => host?.close());

  it('carries bytes as they are, from the shortest frame to the longest, tagged or not', async () => {
    await open();
    const tagged = Buffer.from(frame(7, 64));
    tagged.set([0x81, 0x00, 0x60, 0x2a, 0x88, 0xb5], 12);
    const twice = Buffer.from(frame(8, 68));
    twice.set([0x88, 0xa8, 0x00, 0x10, 0x81, 0x00, 0xe0, 0x2a, 0x88, 0xb5], 12);
    const sent = [frame(1, 18), frame(2), frame(3, 1514), tagged, twice].map((bytes) => Buffer.from(bytes));
    const all: CapturedFrame[] = [];
    wire.subscribe((captured) => {
      // The kernel of the other end may still speak for itself, to report its groups (MLD).
      if (hexOf(captured.bytes).includes('88b5')) all.push(captured);
    });
    for (const bytes of sent) await wire.send(bytes);
    await sendFromHere(sent);
    await wire.flush();
    for (const direction of ['out', 'in'] as const) {
      const captured = all.filter((each) => each.direction === direction);
      assert.deepEqual(
        captured.map(({ bytes }) => hexOf(bytes)),
        sent.map(hexOf),
      );
      assert.deepEqual(
        captured.map(({ originalLength }) => originalLength),
        sent.map(({ length }) => length),
      );
    }
    assert.ok(all.every(({ port }) => port === 'world'));
  });

  it('reports each frame once, with its direction, in order, and counts them', async () => {
    await open();
    await wire.sendBurst(upTo(100).map((number) => frame(number)));
    await sendFromHere(upTo(100).map((number) => frame(1000 + number)));
    await wire.flush();
    assert.deepEqual(seen('out'), upTo(100));
    assert.deepEqual(
      seen('in'),
      upTo(100).map((number) => 1000 + number),
    );
    const statistics = await wire.statistics();
    assert.deepEqual({ ...statistics, received: 200 }, { received: 200, dropped: 0, sent: 100 });
    assert.ok(statistics.received >= 200);
  });

  it('sends a burst of 5,000 whole, and captures all of it', async () => {
    await open();
    await wire.sendBurst(upTo(5000).map((number) => frame(number)));
    await wire.flush();
    assert.deepEqual(seen('out'), upTo(5000));
    assert.equal((await wire.statistics()).dropped, 0);
  });

  it('spaces a burst, and sends other frames meanwhile', async () => {
    await open();
    const burst = wire.sendBurst(
      upTo(200).map((number) => frame(number)),
      { spacingNs: 2e6 },
    );
    await until('the burst is under way', () => frames.length > 5);
    await wire.send(frame(1_000_000));
    assert.ok(frames.length < 200);
    await burst;
    await wire.flush();
    const spaced = frames.filter((each) => numberOf(each) < 200);
    assert.deepEqual(spaced.map(numberOf), upTo(200));
    const gapsNs = spaced.slice(1).map((each, index) => Number(each.timeNs - (spaced[index]?.timeNs ?? 0n)));
    gapsNs.sort((one, other) => one - other);
    // The machine is shared: only the middle is promised.
    const median = gapsNs[gapsNs.length >> 1] ?? 0;
    assert.ok(Math.abs(median - 2e6) < 0.3e6, `median gap ${median} ns`);
    const [first, last] = [spaced[0], spaced.at(-1)];
    const lastsNs = Number((last?.timeNs ?? 0n) - (first?.timeNs ?? 0n));
    assert.ok(Math.abs(lastsNs - 199 * 2e6) < 40e6, `${lastsNs} ns in all`);
  });

  it("stamps frames in this machine's clock, within the stated error", async () => {
    await open();
    const clock = createRealtimeClock();
    for (const number of upTo(20)) {
      const beforeNs = clock.now();
      await wire.send(frame(number));
      await wire.flush();
      const afterNs = clock.now();
      const { timeNs } = frames.at(-1) as CapturedFrame;
      const errorNs = BigInt(Math.ceil(wire.abilities.timestampErrorNs));
      assert.ok(errorNs < 50_000_000n, `± ${errorNs} ns`);
      assert.ok(timeNs >= beforeNs - errorNs && timeNs <= afterNs + errorNs, `${timeNs - beforeNs} ns after`);
    }
    assert.equal(wire.abilities.kernelTimestamps, true);
  });

  it('hears unicast frames for others', async () => {
    await open();
    const bytes = frame(5);
    bytes.set([0x00, 0x00, 0x5e, 0x00, 0x53, 0x99]);
    await sendFromHere([bytes]);
    await wire.flush();
    assert.deepEqual(seen('in'), [5]);
  });

  it('counts frames that the capture lost', async () => {
    wire = await openRemote({ port: 'world', nic: there, ssh, bufferBytes: 8192 });
    // The agent is put aside, as on a busy machine, while more arrives than its buffer holds.
    const pid = run('ps', '-e', '-o', 'pid=,args=')
      .split('\n')
      .find((line) => line.includes('far end of a remote wire'))
      ?.trim()
      .split(' ')[0];
    process.kill(Number(pid), 'SIGSTOP');
    await sendFromHere(upTo(400).map((number) => frame(number)));
    process.kill(Number(pid), 'SIGCONT');
    await wire.flush();
    const { dropped } = await wire.statistics();
    assert.ok(dropped !== undefined && dropped > 0 && dropped < 400, `${dropped} dropped`);
    assert.equal((await wire.statistics()).dropped, dropped);
  });

  it('gives a subscriber nothing from before, and nothing once it left', async () => {
    await open();
    await wire.send(frame(1));
    await wire.flush();
    const later: number[] = [];
    const stop = wire.subscribe((each) => isOurs(each) && later.push(numberOf(each)));
    await wire.send(frame(2));
    await wire.flush();
    stop();
    await wire.send(frame(3));
    await wire.flush();
    assert.deepEqual(later, [2]);
    assert.deepEqual(seen('out'), [1, 2, 3]);
  });

  it('refuses a frame without a header, and one beyond the MTU, and goes on', async () => {
    await open();
    await assert.rejects(wire.send(new Uint8Array(13)), WireError);
    await assert.rejects(
      wire.send(frame(1, 1600)),
      (error: WireError) => error instanceof WireError && /MTU/.test(error.message),
    );
    await assert.rejects(
      wire.sendBurst([frame(1), frame(2, 1600), frame(3)]),
      /MTU there is smaller\. 1 of the burst's 3 frames went out\./,
    );
    await wire.send(frame(4));
    await wire.flush();
    assert.deepEqual(seen('out'), [1, 4]);
    assert.equal((await wire.statistics()).sent, 2);
  });

  it('fails once with a sentence when the link goes down', async () => {
    await open();
    const failures: WireError[] = [];
    wire.onFailure((error) => failures.push(error));
    const burst = wire.sendBurst(
      upTo(2000).map((number) => frame(number)),
      { spacingNs: 1e6 },
    );
    await until('the burst is under way', () => frames.length > 5);
    host.inside('ip', 'link', 'set', there, 'down');
    await assert.rejects(burst, / went down during the run: .* \d+ of the burst's 2000 frames went out\./);
    await until('the failure', () => failures.length === 1);
    assert.match(
      failures[0]?.message ?? '',
      /^Port world \(test-there on root@10\.99\.0\.2:2222\) went down during the run: check the cable/,
    );
    await assert.rejects(wire.send(frame(1)), (error) => error === failures[0]);
    await wire.flush();
    wire.onFailure((error) => failures.push(error));
    assert.equal(failures[1], failures[0]);
    await wire.close();
  });

  it('fails with a sentence when the connection breaks, and no agent stays behind', async () => {
    await open();
    assert.equal(host.inside('ps', '-e', '-o', 'args=').includes('far end of a remote wire'), true);
    const failures: WireError[] = [];
    wire.onFailure((error) => failures.push(error));
    const sending = assert.rejects(
      wire.sendBurst(
        upTo(1000).map((number) => frame(number)),
        { spacingNs: 10e6 },
      ),
      WireError,
    );
    host.killSessions();
    await sending;
    assert.match(failures[0]?.message ?? '', /SSH connection .* broke/);
    await until('no agent', () => agents().length === 0);
  });

  it('closes twice, in the middle of a burst, and leaves no agent behind', async () => {
    await open();
    const sending = assert.rejects(
      wire.sendBurst(
        upTo(1000).map((number) => frame(number)),
        { spacingNs: 10e6 },
      ),
      WireError,
    );
    await Promise.all([wire.close(), wire.close()]);
    await sending;
    await assert.rejects(wire.send(frame(1)), WireError);
    await until('no agent', () => agents().length === 0);
    assert.equal((await ssh.run(['echo', 'still here'])).stdout, 'still here\n');
  });

  describe('does not open', () => {
    const refusal = async (nic = there) => {
      try {
        await open(nic);
      } catch (error) {
        assert.ok(error instanceof WireError || error instanceof SshError, String(error));
        return error.message;
      }
      assert.fail('it opened');
    };

    it('a NIC that is absent, or down', async () => {
      assert.match(await refusal('eth99'), /^Port world \(eth99 on root@\S+\) does not exist: /);
      host.inside('ip', 'link', 'set', there, 'down');
      assert.match(await refusal(), /is down: run `ip link set test-there up` on that machine/);
    });

    it('the NIC that carries the connection', async () => {
      assert.match(
        await refusal('mgmt-there'),
        /carries the SSH connection \(10\.99\.0\.2\): name another NIC/,
      );
    });

    it('for a user who may not, unless sudo lets him', async () => {
      host.replace('id', 'echo 1000');
      host.replace('sudo', 'echo "sudo: a password is required" >&2; exit 1');
      assert.match(await refusal(), /may not send and capture: log in there as root, or let it run sudo/);
      host.replace('sudo', '[ "$1" = -n ] && shift && exec "$@"');
      await open();
    });

    it('without perl', async () => {
      host.replace('perl', 'echo "env: \'perl\': No such file or directory" >&2; exit 127');
      assert.match(await refusal(), /needs perl on that machine.*perl-base/);
    });

    it('where something else answers', async () => {
      host.replace('perl', 'echo "Welcome to rack 7! Unauthorized access is prohibited."; cat >/dev/null');
      assert.match(await refusal(), /Welcome to rack 7/);
    });
  });
});

describe('remote wires over one connection', () => {
  const nics = { a: 'cable-a', b: 'cable-b' };
  let host: RemoteHost;
  let ssh: Ssh;

  before(async () => {
    host = await startRemoteHost();
    ssh = await openSsh(host.access);
  });
  after(async () => {
    await ssh?.close();
    await host?.close();
  });

  contract('remote', async () => {
    host.inside('ip', 'link', 'add', nics.a, 'type', 'veth', 'peer', 'name', nics.b);
    for (const nic of Object.values(nics)) {
      host.inside('sysctl', '-qw', `net.ipv6.conf.${nic}.disable_ipv6=1`);
      host.inside('ip', 'link', 'set', nic, 'up');
    }
    const links = () => host.inside('ip', '-o', 'link');
    return {
      open: (end, options) => openRemote({ port: end, nic: nics[end], ssh, ...options }),
      openMissing: () => openRemote({ port: 'a', nic: 'eth99', ssh }),
      linkDown: (end) => void host.inside('ip', 'link', 'set', nics[end], 'down'),
      removeLink: (end) => void host.inside('ip', 'link', 'del', nics[end]),
      dispose: () => {
        if (links().includes(`${nics.a}@`)) host.inside('ip', 'link', 'del', nics.a);
      },
    };
  });
});
