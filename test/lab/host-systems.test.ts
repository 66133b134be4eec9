/** Systems that can't stand in the lab, played by an SSH server, through the whole path down to the observation. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRealtimeClock } from '../../src/evidence/clock.js';
import {
  type NeighbourObservation,
  type NeighboursOptions,
  openNeighbours,
} from '../../src/host/neighbours.js';
import { openSsh } from '../../src/host/ssh.js';
import { type SystemName, systemNames } from '../../src/host/system-names.js';
import { packageRoot } from '../../src/root.js';
import { type FakeAnswer, type FakeHost, type RunningHost, startFakeHost } from './fake-ssh.js';
import { until } from './sshd.js';

const sample = (file: string) => readFileSync(join(packageRoot, 'test/vectors/neighbours', file), 'utf8');

/** What a system answers: a part of the command line to what it prints; all else is an error. */
interface Played {
  readonly interface: string;
  readonly answers: Readonly<Record<string, string>>;
  readonly error: FakeAnswer;
  /** How its system and means are called. */
  readonly shown: string;
}

const notFound = { stderr: 'sh: command not found\n', code: 127 };
const invalid = { stdout: "        ^\n% Invalid input detected at '^' marker.\n", code: null };
const bsd = (name: string, uname: string, nic: string): Played => ({
  interface: nic,
  answers: {
    'uname -s': `${uname}\n`,
    'arp -an': sample(`${name}-arp-an.txt`),
    'ndp -an': sample(`${name}-ndp-an.txt`),
  },
  error: notFound,
  shown: `${uname === 'Darwin' ? 'macOS' : uname}, arp -an, ndp -an`,
});

const played: Readonly<Partial<Record<SystemName, Played>>> = {
  freebsd: bsd('freebsd', 'FreeBSD', 'em0'),
  macos: bsd('macos', 'Darwin', 'en0'),
  openbsd: bsd('openbsd', 'OpenBSD', 'vio0'),
  netbsd: bsd('netbsd', 'NetBSD', 'wm0'),
  windows: {
    interface: 'Ethernet',
    answers: {
      'cmd /c ver': '\r\nMicrosoft Windows [Version 10.0.20348.2402]\r\n',
      'Get-NetNeighbor': sample('windows-get-netneighbor.json'),
    },
    error: { stderr: "'x' is not recognized as an internal or external command,\r\n", code: 1 },
    shown: 'Windows, Get-NetNeighbor',
  },
  'nx-os': {
    interface: 'Vlan10',
    answers: {
      'show version': 'Cisco Nexus Operating System (NX-OS) Software\n',
      'show ip arp': sample('nx-os-show-ip-arp.txt').replaceAll('Ethernet1/41', 'Vlan10'),
      'show ipv6 neighbor': sample('nx-os-show-ipv6-neighbor.txt'),
    },
    error: invalid,
    shown: 'Cisco NX-OS, show ip arp, show ipv6 neighbor',
  },
  junos: {
    interface: 'irb.10',
    answers: {
      'show version': 'Hostname: sw\nModel: ex4300\nJunos: 20.4R3.8\nJUNOS EX Software Suite [20.4R3.8]\n',
      'show arp no-resolve | display json': sample('junos-show-arp.json'),
      'show ipv6 neighbors | display json': sample('junos-show-ipv6-neighbors.json'),
    },
    error: { stdout: '\nerror: unknown command.\n', code: 0 },
    shown: 'Junos, show arp no-resolve | display json, show ipv6 neighbors | display json',
  },
  eos: {
    interface: 'Vlan10',
    answers: {
      'show version': 'Arista DCS-7050TX-64-R\nHardware version: 01.11\n',
      'show ip arp | json': sample('eos-show-ip-arp.json'),
      'show ipv6 neighbors | json': sample('eos-show-ipv6-neighbors.json'),
    },
    error: { stdout: '% Invalid input\n', code: 1 },
    shown: 'Arista EOS, show ip arp | json, show ipv6 neighbors | json',
  },
  routeros: {
    interface: 'ether2',
    answers: {
      '/system resource print':
        '                   uptime: 1d\n               board-name: RB450G\n                 platform: MikroTik\n',
      '/ip arp print terse': sample('routeros-arp.txt').replaceAll('\n', '\r\n'),
      '/ipv6 neighbor print terse': sample('routeros-ipv6-neighbor.txt').replaceAll('\n', '\r\n'),
    },
    error: { stdout: 'bad command name show (line 1 column 1)\r\n', code: 0 },
    shown: 'RouterOS, /ip arp print terse, /ipv6 neighbor print terse',
  },
};

function answerOf({ answers, error }: Played, line: string): FakeAnswer {
  const [, stdout] = Object.entries(answers).find(([part]) => line.includes(part)) ?? [];
  return stdout === undefined ? error : { stdout };
}

describe('a system that is not Linux', function () {
  this.timeout(30_000);
  let host: RunningHost;
  let close: () => Promise<void> = async () => {};

  const open = async (fake: FakeHost, options: NeighboursOptions) => {
    host = await startFakeHost(fake);
    const opened = await openNeighbours(() => openSsh(host.access), options);
    close = async () => {
      await opened.reader?.close();
      await opened.ssh.close();
    };
    return opened;
  };
  const openReader = async (fake: FakeHost, options: NeighboursOptions) => {
    const { reader, reason } = await open(fake, options);
    assert.ok(reader, reason);
    return reader;
  };
  afterEach(async () => {
    await close();
    close = async () => {};
    host.close();
  });

  for (const name of systemNames) {
    const system = played[name];
    if (!system) continue;
    for (const named of [false, true]) {
      it(`is read: ${name}${named ? ', named' : ''}`, async () => {
        const exec = (line: string) => answerOf(system, line);
        const reader = await openReader(
          { exec },
          { interface: system.interface, ...(named && { system: name }) },
        );
        assert.equal(reader.system, system.shown);
        const { entries } = await reader.read();
        const macOf = (address: string) => entries.find((entry) => entry.address === address)?.mac;
        assert.equal(macOf('192.0.2.9'), '00:00:5e:00:53:09');
        assert.equal(macOf('2001:db8::9'), '00:00:5e:00:53:09');
        assert.equal(macOf('198.51.100.1'), undefined);
        const asked = host.lines.filter((line) => /uname|show version|resource|cmd/.test(line));
        assert.equal(asked.length > 0, !named, asked.join());
        assert.equal(host.connections, 1);
      });
    }
  }

  it('is polled over one connection, with the time of the reading before', async () => {
    const system = played.freebsd;
    assert.ok(system);
    let mac = '00:00:5e:00:53:09';
    const exec = (line: string): FakeAnswer => {
      const answer = answerOf(system, line);
      return {
        ...answer,
        ...(answer.stdout && { stdout: answer.stdout.replaceAll('00:00:5e:00:53:09', mac) }),
      };
    };
    const reader = await openReader({ exec }, { interface: 'em0' });
    const seen: NeighbourObservation[] = [];
    await reader.watch((observation) => seen.push(observation));
    const clock = createRealtimeClock();
    for (const next of ['00:00:5e:00:53:20', '00:00:5e:00:53:21', '00:00:5e:00:53:22']) {
      const changed = () => seen.find((each) => each.address === '192.0.2.9' && each.mac === next);
      const beforeNs = clock.now();
      mac = next;
      const afterNs = clock.now();
      await until(next, () => changed() !== undefined);
      const { timeNs, clockErrorNs, previousNs, source } = changed() as NeighbourObservation;
      assert.equal(source, 'poll');
      assert.ok(
        previousNs !== undefined && previousNs <= afterNs,
        'the reading before began before the change',
      );
      assert.ok(timeNs + BigInt(clockErrorNs) >= beforeNs, 'this one ended after it');
      assert.ok(previousNs < timeNs);
    }
    assert.equal(host.connections, 1);
  });

  it('is read by older means where the newer are missing', async () => {
    const answers = {
      'cmd /c ver': 'Microsoft Windows [Version 6.1.7601]\r\n',
      'arp -a': sample('windows-arp-a.txt'),
    };
    const error = { stderr: 'not recognized', code: 1 };
    const exec = (line: string) => answerOf({ interface: '', answers, error, shown: '' }, line);
    const reader = await openReader({ exec }, {});
    assert.equal(reader.system, 'Windows, arp -a, netsh interface ipv6 show neighbors');
    assert.ok((await reader.read()).entries.some(({ address }) => address === '192.0.2.9'));
    assert.match(reader.noPermanent ?? '', /can’t be made safely on Windows/);
  });

  const iosAnswer = (line: string): string => {
    const long = Array.from(
      { length: 60 },
      (_, n) =>
        `Internet  192.0.2.${n + 100}             4   0000.5e00.53${(n + 100).toString(16)}  ARPA   GigabitEthernet0/1\n`,
    );
    if (line === 'show version') return 'Cisco IOS Software, C2900 Software, Version 15.7(3)M3\n';
    if (line === 'show ip arp') return sample('ios-show-ip-arp.txt') + long.join('');
    if (line === 'show ipv6 neighbors') return sample('ios-show-ipv6-neighbors.txt');
    return line.startsWith('terminal') ? '' : "        ^\n% Invalid input detected at '^' marker.\n\n";
  };
  const greeting = '\n********************\n# Authorized only! #\n********************\n';
  const iosShell = { prompt: 'R1#', greeting, answer: iosAnswer, page: 22 };
  const nic = 'GigabitEthernet0/1';

  it('is read in one shell where it hangs up after a single command, as IOS does', async () => {
    const exec = (line: string): FakeAnswer => ({
      stdout: line.startsWith('show') ? iosAnswer(line) : `\nLine has invalid autocommand "${line}"`,
      code: null,
    });
    const reader = await openReader({ exec, hangsUp: true, shell: iosShell }, { interface: nic });
    assert.equal(reader.system, 'Cisco IOS, show ip arp, show ipv6 neighbors');
    const seen: NeighbourObservation[] = [];
    await reader.watch((observation) => seen.push(observation));
    const { connections, shells } = host;
    const lines = host.lines.length;
    await until('several readings', () => host.lines.length > lines + 6);
    assert.deepEqual([host.connections, host.shells], [connections, shells], 'one connection, one shell');
    const { entries } = await reader.read();
    assert.equal(entries.length, 3 + 60 + 5);
    assert.ok(entries.every(({ mac, state }) => mac !== null || state === 'INCOMPLETE'));
    assert.deepEqual(seen, []);
    assert.match(reader.noPermanent ?? '', /can’t be made/);
  });

  it('is read page by page where it has nothing but a shell, and does not turn its pages off', async () => {
    const shell = { ...iosShell, prompt: 'sw-1.lab>', page: 10, stubborn: true };
    const reader = await openReader({ shell }, { interface: nic });
    const { entries } = await reader.read();
    assert.equal(entries.length, 68);
  });

  it('has its shell opened again after the connection broke', async () => {
    const reader = await openReader({ shell: iosShell }, { interface: nic, system: 'ios' });
    assert.ok(!host.lines.includes('shell show version'));
    host.hangUp();
    const entries = () => reader.read().catch(() => reader.read());
    await until('a new shell', async () => (await entries().catch(() => undefined))?.entries.length === 68);
    assert.equal(host.lines.filter((line) => line === 'shell terminal length 0').length >= 2, true);
  });

  it('has its cache from FRR’s host, and not from vtysh', async () => {
    const answer = (line: string) =>
      line === 'show version' ? 'FRRouting 8.4.4 (vm) on Linux(6.1).\n' : `% Unknown command: ${line}\n`;
    const exec = (line: string) => ({ stdout: answer(line), code: line === 'show version' ? 0 : 1 });
    const { reader, reason } = await open({ exec, shell: { prompt: 'vm#', answer } }, { interface: 'eth0' });
    assert.equal(reader, undefined);
    assert.match(
      reason ?? '',
      /runs FRR, and none of `ip -j neigh`, .* shows its cache there .*judged from outside only\.$/,
    );
  });

  it('is judged from outside where it is not known', async () => {
    const exec = () => ({ stdout: 'Sorry, I am a coffee machine.\n' });
    const { reader, reason } = await open({ exec }, {});
    assert.equal(reader, undefined);
    assert.match(
      reason ?? '',
      /^lab@127\.0\.0\.1:\d+ runs a system that is not known here, for it answers none of `uname -s`, .*judged from outside only\. .*`system`/,
    );
  });

  it('is asked in a shell where single commands get no answer', async () => {
    const began = performance.now();
    const reader = await openReader({ exec: () => 'never', shell: iosShell }, { interface: nic });
    assert.equal(reader.system, 'Cisco IOS, show ip arp, show ipv6 neighbors');
    assert.ok(performance.now() - began < 15_000);
  });
});
