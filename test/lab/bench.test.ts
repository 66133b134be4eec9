import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../../src/bench/doctor.js';
import type { RestoreReport } from '../../src/bench/journal.js';
import { kill, makeNamespace, type Namespace } from './bench-namespace.js';

const bench = (ports: string, more = '') =>
  `bench: test\nports: {${ports}}\ndevices:\n  - {kind: switch, vendor: V, model: M, firmware: F}\n${more}`;
const pair = bench('a: tp-a, b: tp-b');

describe('a bench on real NICs', function () {
  this.timeout(20_000);
  let state: string;
  let net: Namespace;

  beforeEach(async () => {
    state = mkdtempSync(join(tmpdir(), 'state-'));
    net = await makeNamespace(state);
    // tp-a and tp-b are the test NICs; far-a and far-b stand for the other ends of their cables.
    await net.sh(`
      ip link add tp-a type veth peer name far-a; ip link add tp-b type veth peer name far-b
      ip link set far-a up; ip link set far-b up; ip link set lo up`);
  });
  afterEach(async () => {
    await net.close();
    rmSync(state, { recursive: true });
  });

  const links = async (nic: string) =>
    (JSON.parse(await net.sh(`ip -j -d link show dev ${nic}`)) as LinkState[])[0];
  interface LinkState {
    flags: string[];
    mtu: number;
    address: string;
    promiscuity: number;
    ifindex: number;
  }
  /** Everything about a NIC that a run may change. */
  const stateOf = async (nic: string) => {
    const link = await links(nic);
    assert.ok(link);
    return {
      up: link.flags.includes('UP'),
      mtu: link.mtu,
      address: link.address,
      promiscuity: link.promiscuity,
      ipv6: (await net.sh(`cat /proc/sys/net/ipv6/conf/${nic}/disable_ipv6`)).trim(),
      offloads: await net.sh(`ethtool -k ${nic}`),
    };
  };

  describe('safety', () => {
    const refused = async (text: string) => {
      const answer = (await net.ask('safety', text)) as { error: string } | 'safe';
      return answer === 'safe' ? answer : answer.error.split('\n');
    };

    it('takes NICs that nobody uses, even with the link-local address that the kernel gave them', async () => {
      await net.sh(
        'ip link set tp-a up; while ! ip -6 addr show dev tp-a | grep -q fe80; do sleep 0.05; done',
      );
      assert.equal(await refused(pair), 'safe');
    });

    it('refuses a NIC that is not there, and lists those that are', async () => {
      assert.deepEqual(await refused(bench('a: tp-a, b: eth7')), [
        'Port b (eth7) does not exist here; there are far-b, tp-b, far-a, tp-a.'.replace(
          'far-b, tp-b, far-a, tp-a',
          (JSON.parse(await net.sh('ip -j link')) as { ifname: string }[])
            .map(({ ifname }) => ifname)
            .filter((name) => /^(tp|far)-/.test(name))
            .join(', '),
        ),
      ]);
    });

    it('names the true name of a NIC that has several', async () => {
      await net.sh('ip link property add dev tp-b altname enp99s0');
      assert.deepEqual(await refused(bench('a: tp-a, b: enp99s0')), [
        'Port b (enp99s0) is another name of tp-b; write tp-b.',
      ]);
    });

    for (const [what, setup, reason] of [
      ['an IPv4 address', 'ip addr add 10.9.9.1/24 dev tp-a', 'carries the address 10.9.9.1/24'],
      ['an IPv6 address', 'ip addr add fd00::1/64 dev tp-a nodad', 'carries the address fd00::1/64'],
      ['a macvlan on top', 'ip link add link tp-a name tp-a.7 type macvlan', 'carries tp-a.7'],
      ['a bridge above', 'ip link add br0 type bridge; ip link set tp-a master br0', 'is a port of br0'],
      [
        'the IPv4 default route',
        'ip link set tp-a up; ip route add default dev tp-a',
        'carries the default route',
      ],
      [
        'the IPv6 default route',
        'ip link set tp-a up; ip -6 route add default dev tp-a',
        'carries the default route',
      ],
      [
        'a default route of another table, over two paths',
        `ip link set tp-a up; ip link set far-b up
         ip route add default table 7 nexthop dev tp-a nexthop dev far-b`,
        'carries the default route',
      ],
    ] as const) {
      it(`refuses a NIC with ${what}, unless it is named`, async () => {
        await net.sh(setup);
        assert.deepEqual(await refused(pair), [
          `Port a (tp-a) ${reason}; name another NIC, or, if it may be used all the same, add \`allow: [tp-a]\`.`,
        ]);
        assert.equal(await refused(bench('a: tp-a, b: tp-b', 'allow: [tp-a]\n')), 'safe');
      });
    }

    it('refuses a bridge and the loopback', async () => {
      await net.sh('ip link add br0 type bridge');
      const lines = await refused(bench('a: br0, b: lo', 'allow: [lo]'));
      assert.deepEqual(lines, [
        'Port a (br0) is a bridge, not a NIC; name another NIC, or, if it may be used all the same, add `allow: [br0]`.',
        'Port b (lo) is not Ethernet (loopback); name an Ethernet NIC.',
      ]);
    });

    it('refuses an SSH access whose files are missing', async () => {
      const host =
        '  - {kind: host, vendor: V, model: M, firmware: F, ipv4: 192.0.2.9, interface: e, ssh: {host: h, user: u, identity: /no/key, knownHosts: /no/hosts}}';
      assert.deepEqual(await refused(pair + host), [
        'The identity /no/key for h does not exist; name the private key that logs in.',
        '/no/hosts does not exist; verify the host key of h by logging in once: ssh -p 22 u@h',
      ]);
    });

    it('explains what permission is missing', async () => {
      const powerless = `setpriv --bounding-set=-all --inh-caps=-all`;
      const script = new URL('./bench-child.js', import.meta.url).pathname;
      const said = await net.sh(`${powerless} ${process.execPath} ${script} safety '${pair}'`);
      assert.match(said, /Not permitted to use NICs \(no CAP_NET_ADMIN, CAP_NET_RAW\): .*run it with sudo/);
    });
  });

  describe('preparing and restoring', () => {
    it('silences a NIC, turns its offloads off, brings it up, and puts all of it back', async () => {
      const before = await stateOf('tp-a');
      assert.equal(before.up, false);
      const { process, value } = await net.start('run', pair, before.address);
      assert.deepEqual(value, []);
      const during = await stateOf('tp-a');
      assert.deepEqual(
        { ...during, offloads: '' },
        {
          up: true,
          mtu: 1400,
          address: '00:00:5e:00:53:99',
          promiscuity: 1,
          ipv6: '1',
          offloads: '',
        },
      );
      assert.doesNotMatch(
        during.offloads,
        /^\s*(rx-checksumming|tx-checksum-ip-generic|tx-tcp-segmentation|generic-segmentation-offload|tx-vlan-offload): on/m,
      );
      const ended = new Promise((resolve) => process.once('exit', resolve));
      process.stdin?.end();
      await ended;
      assert.deepEqual(await stateOf('tp-a'), before);
      assert.deepEqual(await net.ask('restore'), { undone: [], dropped: [], kept: [], live: [] });
    });

    it('puts back what a killed run left, however often it is asked', async () => {
      const before = [await stateOf('tp-a'), await stateOf('tp-b')];
      const { process } = await net.start('run', pair, before[0]?.address ?? '');

      const early = (await net.ask('restore')) as RestoreReport;
      assert.equal(early.live.length, 1);
      assert.deepEqual(early.undone, []);
      assert.equal((await stateOf('tp-a')).mtu, 1400, "a live run's changes are left alone");
      assert.deepEqual(await net.ask('stale'), []);

      await kill(process);
      assert.equal(((await net.ask('stale')) as string[]).length, 1);
      const report = (await net.ask('restore')) as RestoreReport;
      assert.deepEqual(report.undone, [
        'Put back: the promiscuous mode of tp-a.',
        'Put back: the MAC address of tp-a.',
        'Put back: the MTU of tp-a.',
        'Put back: the link state of tp-b.',
        'Put back: the offloads of tp-b.',
        'Put back: the IPv6 setting of tp-b.',
        'Put back: the link state of tp-a.',
        'Put back: the offloads of tp-a.',
        'Put back: the IPv6 setting of tp-a.',
      ]);
      assert.deepEqual([await stateOf('tp-a'), await stateOf('tp-b')], before);
      assert.deepEqual(await net.ask('restore'), { undone: [], dropped: [], kept: [], live: [] });
      assert.deepEqual([await stateOf('tp-a'), await stateOf('tp-b')], before);
    });

    it('finds a NIC that has been renamed, and says of one that has gone that it has', async () => {
      const { process } = await net.start('run', pair, (await stateOf('tp-a')).address);
      await kill(process);
      await net.sh(
        'ip link set tp-a down; ip link set tp-a name moved; ip link del tp-b; ip link add tp-b type veth peer name far-b',
      );
      const report = (await net.ask('restore')) as RestoreReport;
      assert.equal((await stateOf('moved')).mtu, 1500);
      assert.deepEqual(report.dropped, [
        'Nothing to undo for the link state of tp-b: the NIC is gone.',
        'Nothing to undo for the offloads of tp-b: the NIC is gone.',
        'Nothing to undo for the IPv6 setting of tp-b: the NIC is gone.',
      ]);
      assert.deepEqual(report.kept, []);
    });

    it('leaves a NIC alone that another run holds by now', async () => {
      const before = await stateOf('tp-a');
      const first = await net.start('run', pair, before.address);
      await kill(first.process);
      const holder = await net.start('hold', 'tp-a');
      const report = (await net.ask('restore')) as RestoreReport;
      assert.equal(report.kept.length, 6);
      assert.match(
        report.kept[0] ?? '',
        /^The promiscuous mode of tp-a was not put back: NIC tp-a is held by run holding-run/,
      );
      assert.equal((await stateOf('tp-a')).mtu, 1400);
      await kill(holder.process);
      assert.deepEqual(((await net.ask('restore')) as RestoreReport).kept, []);
      assert.deepEqual(await stateOf('tp-a'), before);
    });

    it('keeps the changes of another namespace while that exists, and then drops them', async () => {
      const node = `${process.execPath} ${new URL('./bench-child.js', import.meta.url).pathname}`;
      // In a pid namespace of its own, where every process can be seen.
      const lines = await net.sh(`exec unshare --pid --fork --kill-child --mount-proc sh -ec '
        mkdir -p /run/netns; ip netns add away
        ip -n away link add tp-a type veth peer name far-a; ip -n away link add tp-b type veth peer name far-b
        ip -n away link set far-a up; ip -n away link set far-b up
        mkfifo /run/said; exec 3<>/run/said
        tail -f /dev/null | exec ip netns exec away ${node} run "$1" 00:00:5e:00:53:01 >&3 3>&- & run=$!
        read -r ready <&3
        kill -KILL $run; wait $run || true
        ${node} restore
        ip netns del away
        ${node} restore' sh '${pair}' 2>&1`);
      const [there, gone] = lines
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as RestoreReport);
      assert.equal(there?.kept.length, 9, lines);
      assert.match(
        there.kept[0] ?? '',
        /^The promiscuous mode of tp-a was not put back: it lies in another network namespace, net:\[\d+\]; undo it there\./,
      );
      assert.equal(gone?.dropped.length, 9, lines);
      assert.equal(
        gone.dropped[0],
        'Nothing to undo for the promiscuous mode of tp-a: its network namespace is gone.',
      );
      assert.deepEqual(readdirSync(join(state, 'journal')), []);
    });

    it('does not make a change that the full disk could not hold', async () => {
      await net.sh(`mount -t tmpfs -o size=4k small ${state}`);
      const { made, undone, error } = (await net.ask('fill', 'tp-a')) as {
        made: number;
        undone: number;
        error: string;
      };
      assert.ok(made > 10);
      assert.equal(undone, made);
      assert.match(
        error,
        /^The MTU of tp-a was not changed: the undo journal .* can't be written \(.*no space.*\)/i,
      );
    });

    it('keeps IPv6 on a NIC that carries an IPv6 address, which the kernel would forget', async () => {
      await net.sh('ip link set tp-a up; ip addr add fd00::1/64 dev tp-a nodad');
      const notes = (await net.ask('prepare', pair)) as string[];
      assert.deepEqual(notes, [
        'Port a (tp-a): IPv6 stays on, since it carries fd00::1/64; the kernel may send frames of its own.',
      ]);
      assert.match(await net.sh('ip addr show dev tp-a'), /fd00::1/);
    });

    it('does without ethtool, with a note', async () => {
      await net.sh('for f in $(which -a ethtool); do mount --bind /dev/null $f; done');
      const notes = (await net.ask('prepare', pair)) as string[];
      assert.equal(notes.length, 2);
      assert.match(notes[0] ?? '', /^Port a \(tp-a\): offloads stay as they are\. /);
    });

    it('says which port has no link, and what to do', async () => {
      await net.sh('ip link set far-b down');
      assert.deepEqual(await net.ask('prepare', pair), {
        error: 'Port b (tp-b) has no link: plug the cable, or enable the port at its other end.',
      });
      assert.equal((await stateOf('tp-a')).up, false, 'and puts back what it had prepared');
    });
  });

  describe('init and doctor', () => {
    it('init writes a file that can be read, of the free NICs, those with link first', async () => {
      await net.sh(
        'ip link set tp-b up; ip addr add 10.9.9.1/24 dev far-a; ip link set far-b down; ip link set far-b up',
      );
      const text = (await net.ask('init')) as string;
      const parsed = (await net.ask('parse', text)) as { ports: { a: { nic: string }; b: { nic: string } } };
      assert.deepEqual([parsed.ports.a.nic, parsed.ports.b.nic].sort(), ['far-b', 'tp-b']);
      assert.match(text, /^# {3}far-a carries the address 10\.9\.9\.1\/24$/m);
    });

    it('init says what is missing on a machine without free NICs', async () => {
      await net.sh('ip link del tp-a; ip link del tp-b');
      const text = (await net.ask('init')) as string;
      assert.match(text, /^ {2}a: NIC-a /m);
    });

    it('doctor finds all well, and each thing that is not', async () => {
      await net.sh('ip link set tp-a up; ip link set tp-b up');
      const checks = (await net.ask('doctor', pair)) as Check[];
      assert.deepEqual(
        checks.filter(({ ok }) => ok === false),
        [],
      );
      assert.deepEqual(
        [...new Set(checks.map(({ id }) => id))],
        [
          'libpcap',
          'permission',
          'nics',
          'link',
          'offloads',
          'addresses',
          'clock',
          'disk',
          'journal',
          'lock',
        ],
      );

      const { process } = await net.start('run', pair, (await stateOf('tp-a')).address);
      const other = bench(
        'a: tp-a, b: tp-b, monitor: far-a, world: {interface: e, ssh: {host: h, user: u, identity: /etc/passwd, knownHosts: /etc/passwd}}',
      );
      await net.sh('ip link set far-b down; ip addr add 10.9.9.1/24 dev far-a');
      const bad = async () =>
        ((await net.ask('doctor', other)) as Check[]).flatMap(({ id, ok, text }) =>
          ok === false ? [`${id}: ${text}`] : [],
        );
      const during = await bad();
      assert.match(during[0] ?? '', /^nics: Port monitor \(far-a\) carries the address 10\.9\.9\.1/);
      assert.deepEqual(during.slice(1, 3), [
        'link: Port b (tp-b) has no link.',
        'ssh: Others may read /etc/passwd.',
      ]);
      assert.match(during[3] ?? '', /^lock: NIC tp-a is held by run test-run/);
      await kill(process);
      assert.match(
        (await bad()).at(-1) ?? '',
        /^journal: Run test-run left the IPv6 setting of tp-a, the offloads of tp-a/,
      );

      const key = join(state, 'key');
      writeFileSync(key, '', { mode: 0o600 });
      const tried = ((await net.ask('doctor', other.replace('/etc/passwd', key))) as Check[]).find(
        ({ id }) => id === 'ssh',
      );
      assert.deepEqual(tried, { id: 'ssh', ok: false, text: 'u@h: Nobody answers.' });
    });
  });
});
