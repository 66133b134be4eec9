import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { BenchError } from '../../src/bench/bench.js';
import { benchWarnings, parseBench, readBench, sshAccesses } from '../../src/bench/file.js';

const source = { file: 'bench.yaml', directory: '/srv/bench' };
const parse = (text: string) => parseBench(text, source);

/** The bench of the design, every field given. */
const whole = `bench: rack 7, north lab
ports:   {a: enp3s0f0, b: enp3s0f1, world: enp4s0, monitor: enp5s0}
addresses: {ipv4: 192.0.2.0/24, ipv6: "2001:db8::/64"}
limits:  {relearnMs: 250}
devices:
  - {kind: switch, vendor: Acme, model: S24, hardware: B, firmware: 4.2.1, conditions: {port-security: off}}
  - kind: host
    vendor: Debian
    model: Linux
    firmware: 6.1.0-18
    ipv4: 192.0.2.50
    ipv6: "2001:db8::50"
    interface: eth0
    ssh: {host: 10.0.0.5, port: 2222, user: lab, identity: ~/.ssh/lab, knownHosts: keys/known_hosts}
`;

const small =
  'bench: x\nports: {a: eth1, b: eth2}\ndevices:\n  - {kind: switch, vendor: V, model: M, firmware: F}\n';

describe('a bench file', () => {
  it('is read whole, with paths resolved', () => {
    assert.deepEqual(parse(whole), {
      name: 'rack 7, north lab',
      ports: {
        a: { nic: 'enp3s0f0' },
        b: { nic: 'enp3s0f1' },
        world: { nic: 'enp4s0' },
        monitor: { nic: 'enp5s0' },
      },
      addresses: {
        ipv4: '192.0.2.0/24',
        ipv6: '2001:db8::/64',
        mac: { first: '00:00:5e:00:53:00', count: 256 },
      },
      limits: { relearnMs: 250 },
      allowNics: [],
      devices: [
        {
          kind: 'switch',
          vendor: 'Acme',
          model: 'S24',
          hardware: 'B',
          firmware: '4.2.1',
          conditions: { 'port-security': 'off' },
          declared: {},
        },
        {
          kind: 'host',
          vendor: 'Debian',
          model: 'Linux',
          firmware: '6.1.0-18',
          conditions: {},
          declared: {},
          ipv4: '192.0.2.50',
          ipv6: '2001:db8::50',
          interface: 'eth0',
          ssh: {
            host: '10.0.0.5',
            port: 2222,
            user: 'lab',
            identity: join(homedir(), '.ssh/lab'),
            knownHosts: '/srv/bench/keys/known_hosts',
          },
        },
      ],
    });
  });

  it('has defaults for what may be left out', () => {
    const bench = parse(small);
    assert.deepEqual(bench.addresses.ipv4, '192.0.2.0/24');
    assert.deepEqual(bench.limits, { relearnMs: 1000 });
    const withSsh = small.replace(
      'F}',
      'F}\n  - {kind: host, vendor: V, model: M, firmware: F, ipv4: 192.0.2.9, interface: e, ssh: {host: h, user: u}}',
    );
    assert.deepEqual(parse(withSsh).devices[1]?.ssh, {
      host: 'h',
      port: 22,
      user: 'u',
      knownHosts: join(homedir(), '.ssh/known_hosts'),
    });
  });

  it('keeps text as written: 4.10 is no number', () => {
    for (const written of [
      '4.10',
      '4050',
      '0x10',
      '1e3',
      'true',
      'off',
      '12:30:00',
      '2024-01-02',
      '007',
      '-1',
      '.5',
    ]) {
      const bench = parse(small.replace('firmware: F', `firmware: ${written}, conditions: {x: ${written}}`));
      assert.equal(bench.devices[0]?.firmware, written);
      assert.equal(bench.devices[0]?.conditions.x, written);
    }
    assert.equal(parse(small.replace('model: M', 'model: "~"')).devices[0]?.model, '~');
    assert.equal(parse(`%YAML 1.1\n---\n${small.replace('model: M', 'model: no')}`).devices[0]?.model, 'no');
  });

  it('may name a remote host as World', () => {
    const bench = parse(
      small.replace('b: eth2', 'b: eth2, world: {interface: eth0, ssh: {host: "fe80::1", user: lab}}'),
    );
    assert.deepEqual(bench.ports.world, {
      nic: 'eth0',
      ssh: { host: 'fe80::1', port: 22, user: 'lab', knownHosts: join(homedir(), '.ssh/known_hosts') },
    });
    assert.equal(sshAccesses(bench).length, 1);
  });

  it('may name jump hosts, and what runs on a host', () => {
    const jump = 'jump: {host: gate, user: lab, jump: {host: outer, port: 2200, user: lab}}';
    const bench = parse(
      whole.replace('user: lab,', `user: lab, ${jump},`).replace('interface: eth0', 'system: nx-os'),
    );
    const { ssh, system } = bench.devices[1] ?? {};
    assert.equal(system, 'nx-os');
    assert.equal(ssh?.jump?.jump?.port, 2200);
    assert.deepEqual(
      sshAccesses(bench).map(({ host }) => host),
      ['outer', 'gate', '10.0.0.5'],
    );
  });

  it('warns of addresses that are not set aside for documentation, and takes them', () => {
    assert.deepEqual(benchWarnings(parse(whole)), []);
    const beyond =
      'addresses: {ipv4: 10.1.0.0/16, ipv6: "fd00::/64", mac: {first: 02-00-00-00-00-00, count: 16}}\n';
    const bench = parse(small + beyond);
    assert.deepEqual(bench.addresses.mac, { first: '02:00:00:00:00:00', count: 16 });
    assert.deepEqual(
      benchWarnings(bench).map((warning) => /: (.*)\. Make sure/.exec(warning)?.[1]),
      ['10.1.0.0/16', 'fd00::/64', '16 station addresses from 02:00:00:00:00:00'],
    );
    const sections =
      'addresses: {ipv4: 198.51.100.128/25, ipv6: "2001:db8:7::/48", mac: {first: 00:00:5e:00:53:80, count: 128}}';
    assert.deepEqual(benchWarnings(parse(small + sections)), []);
    const overflow = 'addresses: {ipv4: 192.0.0.0/16, mac: {first: 00:00:5e:00:53:80, count: 129}}';
    assert.equal(benchWarnings(parse(small + overflow)).length, 2);
  });
});

/** What is replaced in a bench file, by what, and the message that the operator reads. */
const mistakes: [base: string, from: string | RegExp, to: string, message: string][] = [
  [
    whole,
    'kind: switch',
    'kind: swich',
    "6: devices[0].kind is 'swich'; use one of switch, host, router, nic.",
  ],
  [whole, 'monitor:', 'monitr:', '2: ports.monitr is not known here; did you mean monitor?'],
  [whole, 'limits:', 'limit:', '4: limit is not known here; did you mean limits?'],
  [
    whole,
    'limits:',
    'colour:',
    '4: colour is not known here; use one of bench, ports, addresses, limits, profiles, allow, runner, devices.',
  ],
  [
    whole,
    'relearnMs: 250',
    'relearnMs: 1s',
    "4: limits.relearnMs is '1s'; use whole milliseconds from 1 to 600000.",
  ],
  [
    whole,
    'relearnMs: 250',
    'relearnMs: 0',
    "4: limits.relearnMs is '0'; use whole milliseconds from 1 to 600000.",
  ],
  [whole, '{relearnMs: 250}', '[]', '4: limits is a list; use a mapping of relearnMs.'],
  [whole, 'vendor: Acme, ', '', '6: devices[0].vendor is missing; add it, like `vendor: Acme`.'],
  [whole, 'vendor: Acme', 'vendor: ', '6: devices[0].vendor is empty; use 1 to 100 characters on one line.'],
  [
    whole,
    'vendor: Acme',
    'vendor: "a\\nb"',
    "6: devices[0].vendor is 'a\\nb'; use 1 to 100 characters on one line.",
  ],
  [
    whole,
    'port-security: off',
    'x: [1]',
    '6: devices[0].conditions.x is a list; use 1 to 100 characters on one line.',
  ],
  [
    whole,
    'b: enp3s0f1',
    'b: enp3s0f0',
    '2: ports.b is enp3s0f0, which port a uses; give each port a NIC of its own.',
  ],
  [
    whole,
    'b: enp3s0f1, ',
    '',
    '6: devices[0] is a switch, which is tested between ports a and b; add `b` to `ports`.',
  ],
  [
    whole,
    'a: enp3s0f0',
    'a: {interface: x}',
    '2: ports.a is a mapping; use the name of a NIC, as `ip link` shows it.',
  ],
  [whole, 'a: enp3s0f0', 'a: -x', "2: ports.a is '-x'; use the name of a NIC, as `ip link` shows it."],
  [whole, 'a: enp3s0f0', 'a: ../x', "2: ports.a is '../x'; use the name of a NIC, as `ip link` shows it."],
  [
    whole,
    'world: enp4s0',
    'world: {interface: eth0}',
    '2: ports.world.ssh is missing; add it, like `ssh: {host: 10.0.0.5, user: lab}`.',
  ],
  [
    whole,
    '192.0.2.50',
    '10.0.0.9',
    '11: devices[1].ipv4 is 10.0.0.9, outside addresses.ipv4 (192.0.2.0/24); give it an address inside, or change the block.',
  ],
  [
    whole,
    '192.0.2.50',
    '192.0.2.255',
    '11: devices[1].ipv4 is 192.0.2.255, which 192.0.2.0/24 reserves; use an address between its ends.',
  ],
  [
    whole,
    '"2001:db8::50"',
    '"2001:DB8:0::"',
    '12: devices[1].ipv6 is 2001:DB8:0::, which 2001:db8::/64 reserves; use an address between its ends.',
  ],
  [
    whole,
    '"2001:db8::50"',
    '2001:db8::',
    '12: A value holds a colon; put it in quotes, like "2001:db8::/64".',
  ],
  [
    whole,
    'interface: eth0',
    'interface: "$(id)"',
    "13: devices[1].interface is '$(id)'; use the name that the device has for it, like eth0 or GigabitEthernet0/1.",
  ],
  [whole, 'interface: eth0', 'system: freebds', "13: devices[1].system is 'freebds'; did you mean freebsd?"],
  [
    small,
    'firmware: F',
    'firmware: F, system: ios',
    '4: devices[0].system is for a host or a router, not for a switch; leave it out.',
  ],
  [whole, /\n {4}ipv[46].*/g, '', '7: devices[1] is a host without an address; add `ipv4` or `ipv6`.'],
  [
    whole,
    'hardware: B',
    'ipv4: 192.0.2.1',
    '6: devices[0].ipv4 is for a host or a router, not for a switch; leave it out.',
  ],
  [whole, 'hardware: B', 'port: b', '6: devices[0].port is for a NIC, not for a switch; leave it out.'],
  [
    small,
    /kind: switch/,
    'kind: nic, port: c',
    "4: devices[0].port is 'c'; use one of a, b, world, monitor.",
  ],
  [
    small,
    /kind: switch/,
    'kind: nic, port: monitor',
    '4: devices[0].port is monitor, which is not among `ports`; add it there, or name another.',
  ],
  [
    whole,
    'host: 10.0.0.5',
    'host: -oProxyCommand=x',
    "14: devices[1].ssh.host is '-oProxyCommand=x'; use a host name or an IP address.",
  ],
  [
    whole,
    'user: lab',
    'user: $(id)',
    "14: devices[1].ssh.user is '$(id)'; use a user name of letters, digits, `.`, `_` and `-`.",
  ],
  [whole, 'port: 2222', 'port: 65536', "14: devices[1].ssh.port is '65536'; use a TCP port from 1 to 65535."],
  [whole, '~/.ssh/lab', '~bob/key', "14: devices[1].ssh.identity is '~bob/key'; write the home folder out."],
  [
    whole,
    '192.0.2.0/24',
    '192.0.2.9/24',
    "3: addresses.ipv4 is '192.0.2.9/24'; it has bits set beyond /24; use the block's first address.",
  ],
  [whole, '192.0.2.0/24', '192.0.2.0', "3: addresses.ipv4 is '192.0.2.0'; use a block like 192.0.2.0/24."],
  [
    whole,
    '192.0.2.0/24',
    '192.0.2.0/30',
    "3: addresses.ipv4 is '192.0.2.0/30'; use a prefix length from /8 to /28.",
  ],
  [
    whole,
    '2001:db8::/64',
    'ff02::/64',
    "3: addresses.ipv6 is 'ff02::/64'; stations can't have such addresses; use a block like 2001:db8::/64.",
  ],
  [small, /$/, 'allow: [eth7]\n', '5: allow[0] is eth7, which no port uses; leave it out or mend its name.'],
  [
    small,
    /$/,
    'addresses: {mac: {first: 01:00:5e:00:00:01, count: 20}}',
    "5: addresses.mac.first is '01:00:5e:00:00:01'; use a station address like 00:00:5e:00:53:00.",
  ],
  [
    small,
    /$/,
    'addresses: {mac: {first: "fe:ff:ff:ff:ff:ff", count: 20}}',
    '5: addresses.mac.count is 20, more than fit behind fe:ff:ff:ff:ff:ff; use fewer, or another first.',
  ],
  [
    small,
    /$/,
    'addresses: {mac: {first: 00:00:5e:00:53:00, count: 3}}',
    "5: addresses.mac.count is '3'; use a number of addresses from 16 to 65536.",
  ],
  [small, /devices[\s\S]*/, 'devices: []', '3: devices is an empty list; add the device that is tested.'],
  [small, /devices[\s\S]*/, 'devices: x', "3: devices is 'x'; use a list of devices."],
  [
    small,
    /devices[\s\S]*/,
    'devices:\n  -',
    '4: devices[0] is empty; use a mapping of kind, vendor, model, hardware, firmware, conditions, ipv4, ipv6, interface, far, port, ssh, system, mac, timers, services, claims, tableSize, vlans.',
  ],
  [
    small,
    /[\s\S]*/,
    '',
    '1: The file is empty; use a mapping of bench, ports, addresses, limits, profiles, allow, runner, devices.',
  ],
  [
    small,
    /[\s\S]*/,
    '- x',
    '1: The file is a list; use a mapping of bench, ports, addresses, limits, profiles, allow, runner, devices.',
  ],
  [small, 'ports:', '\tports:', '2: The line is indented with a tab; use spaces.'],
  [small, /$/, 'bench: y\n', '5: The same key is given twice; keep one.'],
  [small, /$/, 'constructor: y\n', '5: A key must be a plain word, not `constructor`; write another.'],
  [small, /$/, '__proto__: y\n', '5: A key must be a plain word, not `__proto__`; write another.'],
  [small, /$/, '? [a]\n: y\n', '5: A key must be a plain word; write another.'],
  [small, /$/, '---\nbench: y\n', '5: A bench file is one YAML document; remove what follows `---`.'],
  [small, 'bench: x', 'bench: !lua x', "1: The YAML can't be read here: Unresolved tag: !lua."],
  [small, /$/, 'allow: *x', '5: A bench file has no YAML aliases; write the value out.'],
  [small, /[\s\S]*/, '['.repeat(30), '1: Brackets are nested too deep; close them.'],
  [small, /[\s\S]*/, `x:\n  ${'- '.repeat(5000)}`, '2: The line is longer than 400 characters; break it up.'],
];

describe('a mistake in a bench file', () => {
  for (const [base, from, to, message] of mistakes) {
    it(message.length > 90 ? `${message.slice(0, 90)}…` : message, () => {
      const text = base.replace(from, () => to);
      assert.notEqual(text, base);
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof BenchError);
          // Some of these mistakes entail another: a key that was misspelt is missing, too.
          assert.ok(error.message.split('\n').includes(`bench.yaml:${message}`), error.message);
          return true;
        },
      );
    });
  }

  it('does not hide the others: all are told, in the order of their lines', () => {
    const text = whole
      .replace('user: lab', 'user: "a b"')
      .replace('relearnMs: 250', 'relearnMs: soon')
      .replace('model: Linux', 'model:')
      .replace('kind: switch', 'kind: hub');
    assert.throws(() => parse(text), {
      name: 'BenchError',
      message: [
        "bench.yaml:4: limits.relearnMs is 'soon'; use whole milliseconds from 1 to 600000.",
        "bench.yaml:6: devices[0].kind is 'hub'; use one of switch, host, router, nic.",
        'bench.yaml:9: devices[1].model is empty; use 1 to 100 characters on one line.',
        "bench.yaml:14: devices[1].ssh.user is 'a b'; use a user name of letters, digits, `.`, `_` and `-`.",
      ].join('\n'),
    });
  });

  it('of two hosts with one address is found whatever its spelling', () => {
    const host = (ipv6: string) => `  - {kind: host, vendor: V, model: M, firmware: F, ipv6: "${ipv6}"}\n`;
    assert.throws(
      () => parse(`bench: x\nports: {a: e}\ndevices:\n${host('2001:db8::1')}${host('2001:DB8:0:0::0001')}`),
      {
        message:
          'bench.yaml:5: devices[1].ipv6 is 2001:DB8:0:0::0001, which devices[0] has; give each device its own.',
      },
    );
  });

  it('is a BenchError, whatever the text', () => {
    const letters = fc.constantFrom(
      ...' \t\n\r:-?[]{}&*!|>\'"%@`#,~<=.0aé€\u{1f600}\u0000',
      '\n  - ',
      ': ',
      '---\n',
      '<<: ',
    );
    const noise = fc.string({ unit: letters, maxLength: 80 });
    const damaged = fc
      .tuple(fc.constantFrom(whole, small), fc.nat(whole.length), fc.nat(20), noise)
      .map(([base, at, gone, text]) => base.slice(0, at) + text + base.slice(at + gone));
    fc.assert(
      fc.property(fc.oneof(noise, damaged, fc.string()), (text) => {
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof BenchError, String(error));
          assert.doesNotMatch(error.message.replaceAll('\n', ''), /\p{Cc}/u);
          for (const line of error.message.split('\n'))
            assert.match(line, /^(bench\.yaml:\d+|… and \d+ more)[:.]/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of nesting is refused before it can exhaust the stack', () => {
    const bombs = [
      Array.from({ length: 390 }, (_, depth) => `${' '.repeat(depth)}-`).join('\n'),
      Array.from({ length: 199 }, (_, depth) => `${'  '.repeat(depth)}k:`).join('\n'),
      Array.from({ length: 20 }, () => '- '.repeat(190)).join('\n'),
      Array.from(
        { length: 9 },
        (_, i) =>
          `l${i}: &l${i} [${
            i
              ? Array(9)
                  .fill(`*l${i - 1}`)
                  .join(', ')
              : 'lol'
          }]`,
      ).join('\n'),
      '[\n'.repeat(50_000),
      '{a: '.repeat(90),
      'x'.repeat(2_000_000),
    ];
    for (const bomb of bombs) assert.throws(() => parse(bomb), BenchError);
  });
});

describe('readBench', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('starts relative paths at the file', async () => {
    const path = join(folder, 'bench.yaml');
    writeFileSync(path, `\uFEFF${whole.replaceAll('\n', '\r\n')}`);
    assert.equal((await readBench(path)).devices[1]?.ssh?.knownHosts, join(folder, 'keys/known_hosts'));
  });

  it('says what is wrong with the file itself', async () => {
    await assert.rejects(readBench('/nowhere/b.yaml'), {
      message: '/nowhere/b.yaml does not exist; `takeover init` writes one.',
    });
    await assert.rejects(readBench(folder), {
      message: `${folder} can't be read (EISDIR); name a bench file that you may read.`,
    });
    const path = join(folder, 'latin1.yaml');
    writeFileSync(path, Buffer.from([0x62, 0xe9]));
    await assert.rejects(readBench(path), { message: `${path} is not UTF-8 text; save it as such.` });
  });
});
