import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { SshAccess } from '../../src/bench/bench.js';
import { openSsh, type Ssh, SshError } from '../../src/host/ssh.js';
import { type RunningHost, startFakeHost } from './fake-ssh.js';
import { makeKey, type RemoteHost, run, startRemoteHost, until } from './sshd.js';

/** The sentence of a refusal. */
async function refusal(access: SshAccess): Promise<string> {
  try {
    await (await openSsh(access)).close();
  } catch (error) {
    assert.ok(error instanceof SshError, String(error));
    return error.message;
  }
  assert.fail('it connected');
}

describe('SSH', function () {
  this.timeout(20_000);
  let host: RemoteHost;
  let ssh: Ssh | undefined;
  const open = async (access = host.access) => {
    ssh = await openSsh(access);
    return ssh;
  };
  const file = (name: string) => join(host.folder, name);
  /** A known_hosts file with this text. */
  const known = (text: string): SshAccess => {
    writeFileSync(file('known_hosts_other'), text);
    return { ...host.access, knownHosts: file('known_hosts_other') };
  };
  const knownText = () => readFileSync(host.access.knownHosts, 'utf8');

  before(async () => {
    host = await startRemoteHost();
  });
  afterEach(async () => {
    await ssh?.close();
    ssh = undefined;
  });
  after(() => host?.close());

  describe('knows the host', () => {
    it('by a plain entry and by a hashed one', async () => {
      await (await open()).close();
      copyFileSync(host.access.knownHosts, file('hashed'));
      run('ssh-keygen', '-q', '-H', '-f', file('hashed'));
      assert.match(readFileSync(file('hashed'), 'utf8'), /^\|1\|/);
      await open({ ...host.access, knownHosts: file('hashed') });
    });

    it('by the type of key that the file has, where the server has others too', async () => {
      makeKey(file('host_ecdsa'), 'ecdsa');
      const config = readFileSync(file('sshd_config'), 'utf8');
      writeFileSync(file('sshd_config'), `${config}HostKey ${file('host_ecdsa')}\n`);
      await host.stopServer();
      await host.startServer();
      await (await open()).close();
      await open(known(`[10.99.0.2]:2222 ${readFileSync(file('host_ecdsa.pub'), 'utf8')}`));
    });

    it('or refuses, and names ssh-keyscan', async () => {
      for (const access of [known(''), { ...host.access, knownHosts: file('absent') }]) {
        const sentence = await refusal(access);
        assert.match(
          sentence,
          /^\[10\.99\.0\.2\]:2222 is not in .*SHA256:\S+.*`ssh-keyscan -p 2222 10\.99\.0\.2 >> /,
        );
      }
    });

    it('and refuses another key, and a revoked one', async () => {
      makeKey(file('stranger'));
      const [type, stranger] = readFileSync(file('stranger.pub'), 'utf8').split(' ');
      const changed = await refusal(known(`# a comment\n[10.99.0.2]:2222 ${type} ${stranger}\n`));
      assert.match(changed, /not the one in .*\(line 2\).*ssh-keygen -R '\[10\.99\.0\.2\]:2222'/);
      const revoked = await refusal(known(`${knownText()}@revoked ${knownText()}`));
      assert.match(revoked, /line 2 of .* revokes/);
    });
  });

  describe('says in a sentence', () => {
    it('that nothing listens', async () => {
      assert.match(await refusal({ ...host.access, port: 1 }), /^Nothing listens at 10\.99\.0\.2 port 1: /);
    });

    it('that the key is the wrong one, whose it is and where', async () => {
      makeKey(file('wrong'));
      const sentence = await refusal({ ...host.access, identity: file('wrong') });
      assert.match(sentence, /^10\.99\.0\.2 does not let root in with the key .*\/wrong: /);
    });

    it('that the key is encrypted, absent, or none', async () => {
      makeKey(file('locked'), 'ed25519', 'a passphrase');
      assert.match(await refusal({ ...host.access, identity: file('locked') }), /passphrase.*`ssh-add /);
      assert.match(
        await refusal({ ...host.access, identity: file('no such key') }),
        /can't be read \(ENOENT\)/,
      );
      assert.match(
        await refusal({ ...host.access, identity: file('sshd_config') }),
        /is not an SSH private key/,
      );
    });

    it('that no agent runs', async () => {
      const { identity: _, ...access } = host.access;
      const socket = process.env.SSH_AUTH_SOCK;
      delete process.env.SSH_AUTH_SOCK;
      try {
        assert.match(await refusal(access), /There is no key to log in to root@10\.99\.0\.2 with/);
      } finally {
        if (socket !== undefined) process.env.SSH_AUTH_SOCK = socket;
      }
    });
  });

  it('logs in with an RSA key, and with an agent', async () => {
    makeKey(file('rsa'), 'rsa');
    writeFileSync(file('authorized_keys'), readFileSync(file('rsa.pub')), { flag: 'a' });
    await (await open({ ...host.access, identity: file('rsa') })).close();

    const socket = file('agent');
    const pid = /SSH_AGENT_PID=(\d+)/.exec(run('ssh-agent', '-s', '-a', socket))?.[1];
    process.env.SSH_AUTH_SOCK = socket;
    try {
      run('ssh-add', '-q', file('user'));
      const { identity: _, ...access } = host.access;
      await open(access);
    } finally {
      delete process.env.SSH_AUTH_SOCK;
      process.kill(Number(pid));
    }
  });

  it('runs commands one after the other, with their input, output and exit code', async () => {
    const { run: remote } = await open();
    const results = await Promise.all([
      remote(['cat'], { stdin: 'line\n' }),
      remote(['sh', '-c', 'echo out; echo err >&2; exit 7']),
      remote(['sh', '-c', 'kill -9 $$']),
      remote(['cat'], { stdin: Buffer.alloc(300_000, 'x') }),
    ]);
    assert.deepEqual(results.slice(0, 3), [
      { stdout: 'line\n', stderr: '', code: 0 },
      { stdout: 'out\n', stderr: 'err\n', code: 7 },
      { stdout: '', stderr: '', code: -1 },
    ]);
    assert.equal(results[3]?.stdout.length, 300_000);
  });

  it('never gives an argument a meaning', async () => {
    const nasty = [
      `; touch ${file('pwned')}`,
      `$(touch ${file('pwned')})`,
      `' ; touch ${file('pwned')} '`,
      '-n',
      '*',
      '',
    ];
    const { stdout } = await (await open()).run(['printf', '%s\\n', ...nasty]);
    assert.deepEqual(stdout.split('\n').slice(0, -1), nasty);
    assert.throws(() => readFileSync(file('pwned')), { code: 'ENOENT' });
  });

  it('gives up on a command that does not end, and goes on with the next', async () => {
    const { run: remote } = await open();
    await assert.rejects(remote(['sleep', '61'], { timeoutMs: 200 }), /did not finish `sleep` within 0\.2 s/);
    assert.equal((await remote(['echo', 'next'])).stdout, 'next\n');
  });

  it('streams lines beside commands, and leaves nothing behind', async () => {
    const connection = await open();
    const lines: string[] = [];
    const stream = connection.stream(['sh', '-c', 'while read -r line; do echo "got $line"; done'], (line) =>
      lines.push(line),
    );
    stream.write('one\ntw');
    await until('the first line', () => lines.length === 1);
    assert.equal((await connection.run(['echo', 'beside'])).stdout, 'beside\n');
    stream.write('o\n');
    await until('the second line', () => lines.length === 2);
    assert.deepEqual(lines, ['got one', 'got two']);
    await stream.close();
    assert.deepEqual(await stream.ended, { code: 0, stderr: '' });
  });

  it('connects again once when the connection breaks, and then stays lost', async () => {
    const connection = await open();
    const losses: SshError[] = [];
    connection.onLost((error) => losses.push(error));

    for (const lost of [false, true]) {
      const lines: string[] = [];
      const stream = connection.stream(['sh', '-c', 'echo running; cat'], (line) => lines.push(line));
      await until('the stream runs', () => lines.length === 1);
      const hanging = connection.run(['sleep', '64'], { timeoutMs: 15_000 });
      const next = connection.run(['echo', 'again']);
      const failed = assert.rejects(hanging, /The SSH connection to root@10\.99\.0\.2:2222 broke/);
      const answered = lost
        ? assert.rejects(next, SshError)
        : next.then(({ stdout }) => assert.equal(stdout, 'again\n'));
      await until('the command runs', () => run('ps', '-e', '-o', 'args=').includes('sleep 64\n'));
      host.killSessions();
      const end = await stream.ended;
      assert.equal(end.code, null);
      assert.match(end.error?.message ?? '', /broke/);
      await Promise.all([failed, answered]);
      assert.equal(connection.lost, lost);
    }
    assert.equal(losses.length, 1);
    const late: SshError[] = [];
    connection.onLost((error) => late.push(error));
    assert.deepEqual(late, losses);
    await assert.rejects(connection.run(['true']), /broke/);
  });

  it('stays lost when the host is gone', async () => {
    const connection = await open();
    await host.stopServer();
    await until('lost', () => connection.lost);
    await assert.rejects(connection.run(['true']), SshError);
    await host.startServer();
  });

  it('notices a way that went silent, and comes back when it does', async () => {
    const connection = await open();
    const stream = connection.stream(['cat'], () => undefined);
    host.inside('ip', 'link', 'set', 'mgmt-there', 'down');
    const beganMs = performance.now();
    const { error } = await stream.ended;
    assert.ok(performance.now() - beganMs < 8000, 'in seconds');
    assert.match(error?.message ?? '', /broke \(Keepalive timeout\)/);
    host.inside('ip', 'link', 'set', 'mgmt-there', 'up');
    assert.equal((await connection.run(['echo', 'back'])).stdout, 'back\n');
  });

  it('has the host make TCP connections, and says why it does not', async () => {
    const config = readFileSync(file('sshd_config'), 'utf8');
    const peers: (string | undefined)[] = [];
    const echo = createServer((socket) => {
      peers.push(socket.remoteAddress);
      socket.on('error', () => undefined).pipe(socket);
    });
    await once(echo.listen(0, '10.99.0.1'), 'listening');
    const { port } = echo.address() as AddressInfo;
    const connection = await open();
    const echoed = async (text: string) => {
      const tcp = await connection.connect('10.99.0.1', port);
      tcp.write(text);
      const [answer] = (await once(tcp, 'data')) as [Buffer];
      tcp.destroy();
      return answer.toString();
    };
    try {
      assert.deepEqual(await Promise.all([echoed('one'), echoed('two')]), ['one', 'two']);
      assert.deepEqual(peers, ['10.99.0.2', '10.99.0.2']);
      await assert.rejects(connection.connect('10.99.0.1', 1), {
        message: /^root@.* could not connect to 10\.99\.0\.1 port 1 \(.*refused\)/,
      });
      const tcp = await connection.connect('10.99.0.1', port);
      const closed = once(tcp.resume(), 'close');
      await connection.close();
      await closed;
      await assert.rejects(connection.connect('10.99.0.1', port), /is closed/);

      writeFileSync(file('sshd_config'), `AllowTcpForwarding no\n${config}`);
      await host.stopServer();
      await host.startServer();
      await assert.rejects(
        (await open()).connect('10.99.0.1', port),
        /does not let us connect .*AllowTcpForwarding/,
      );
    } finally {
      echo.close();
      writeFileSync(file('sshd_config'), config);
      await ssh?.close();
      await host.stopServer();
      await host.startServer();
    }
  });

  describe('goes by way of a jump host', () => {
    let target: RunningHost;
    before(async () => {
      target = await startFakeHost({ address: '10.99.0.1', exec: (line) => ({ stdout: `${line}\n` }) });
    });
    after(() => target.close());
    const throughHost = (jump = host.access): SshAccess => ({ ...target.access, jump });

    it('and is verified like it', async () => {
      const connection = await open(throughHost());
      assert.equal((await connection.runLine('hello there')).stdout, 'hello there\n');
      assert.match(await refusal(throughHost(known(''))), /^\[10\.99\.0\.2\]:2222 is not in/);
      assert.match(
        await refusal({ ...throughHost(), knownHosts: file('absent') }),
        /^\[10\.99\.0\.1\]:\d+ is not in/,
      );
    });

    it('or says which of them failed', async () => {
      assert.match(
        await refusal(throughHost({ ...host.access, port: 1 })),
        /^Nothing listens at 10\.99\.0\.2 port 1: /,
      );
      assert.match(
        await refusal({ ...throughHost(), port: 1 }),
        /^root@10\.99\.0\.2:2222 could not connect to 10\.99\.0\.1 port 1 \(.*refused\)/,
      );
    });

    it('and comes back through it', async () => {
      const connection = await open(throughHost());
      host.killSessions();
      await until('the break', () => connection.breaks === 1);
      assert.equal((await connection.runLine('again')).stdout, 'again\n');
    });
  });

  it('hears the end of a command that arrives with its beginning', async () => {
    const quick = await startFakeHost({
      atOnce: true,
      exec: () => ({ stdout: 'out', stderr: 'err', code: 7 }),
    });
    try {
      const connection = await open(quick.access);
      for (let count = 0; count < 20; count += 1) {
        assert.deepEqual(await connection.runLine('quick'), { stdout: 'out', stderr: 'err', code: 7 });
      }
    } finally {
      await ssh?.close();
      quick.close();
    }
  });

  it('closes in the middle of everything, twice', async () => {
    const connection = await open();
    const hanging = assert.rejects(connection.run(['sleep', '62']));
    const stream = connection.stream(['sleep', '63'], () => undefined);
    await until('both run', () => {
      const running = run('ps', '-e', '-o', 'args=').split('\n');
      return running.includes('sleep 62') && running.includes('sleep 63');
    });
    await Promise.all([connection.close(), connection.close()]);
    await hanging;
    await stream.ended;
    await assert.rejects(connection.run(['true']), /is closed/);
  });
});
