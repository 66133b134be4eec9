/** UDP datagrams that another machine sends for us, in each language that it may have. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type Datagrams, openDatagrams } from '../../src/host/datagrams.js';
import { openSsh, type Ssh } from '../../src/host/ssh.js';
import { type RemoteHost, run, startRemoteHost, until } from './sshd.js';

const ours = { udp4: '10.99.0.1', udp6: '2001:db8:99::1' } as const;

describe('datagrams of a remote host', function () {
  this.timeout(20_000);
  let host: RemoteHost;
  let ssh: Ssh;
  const sockets: Socket[] = [];
  const heard: string[] = [];

  before(async () => {
    host = await startRemoteHost();
    writeFileSync('/proc/sys/net/ipv6/conf/mgmt-here/disable_ipv6', '0');
    host.inside('sysctl', '-qw', 'net.ipv6.conf.mgmt-there.disable_ipv6=0');
    run('ip', 'address', 'add', `${ours.udp6}/64`, 'dev', 'mgmt-here', 'nodad');
    host.inside('ip', 'address', 'add', '2001:db8:99::2/64', 'dev', 'mgmt-there', 'nodad');
    ssh = await openSsh(host.access);
    for (const type of ['udp4', 'udp6'] as const) {
      const socket = createSocket(type);
      sockets.push(socket);
      await once(socket.bind(9, ours[type]), 'listening');
      socket.on('message', (message, { family }) => heard.push(`${family} ${message}`));
    }
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await ssh?.close();
    await host?.close();
  });

  const running = () => host.inside('ps', '-eo', 'args').includes('takeover-ready');
  const without = (programs: readonly string[]) => {
    for (const program of ['perl', 'python3', 'python', 'bash'])
      host.replace(program, programs.includes(program) ? 'exit 1' : undefined);
  };

  for (const [language, missing] of [
    ['Perl', []],
    ['Python', ['perl']],
    ['Bash', ['perl', 'python3', 'python']],
  ] as const) {
    it(`are sent in ${language}, over both families, and nothing is left running`, async () => {
      without(missing);
      heard.length = 0;
      const datagrams: Datagrams = await openDatagrams(ssh);
      datagrams.send(ours.udp4, 9, '17');
      datagrams.send(ours.udp6, 9, '18');
      await until('both arrived', () => heard.length === 2);
      assert.deepEqual(heard.sort(), ['IPv4 17', 'IPv6 18']);
      assert.throws(() => datagrams.send(ours.udp4, 9, '1; reboot'), /not a word/);
      await datagrams.close();
      await until('it ended', () => !running());
    });
  }

  it('are refused with a sentence where nothing can send them', async () => {
    without(['perl', 'python3', 'python', 'bash']);
    await assert.rejects(openDatagrams(ssh), /has no Perl, Python or Bash that sends datagrams for us/);
    without([]);
  });
});
