/** The commands from end to end, on a bench as an operator has it, and what goes wrong there. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../src/result.js';
import { packageRoot } from '../../src/root.js';
import {
  type CliBench,
  type Ended,
  far,
  makeCliBench,
  nic,
  type Port,
  ports,
  type Running,
  readableTakeover,
  resultIn,
  state,
} from './cli-bench.js';
import { ip, run } from './namespace.js';
import { there, until } from './sshd.js';

/** Two quick cases, and a must each. */
const quick = ['--grep', 'switch/learns/(arp-request|rarp)$'];

let bench: CliBench;

/** What holds for everything that an operator can do wrong. */
function refused(ended: Ended, pattern: RegExp, code = 2): void {
  assert.match(ended.stderr, pattern);
  assert.equal(ended.code, code, ended.stderr);
  assert.equal(ended.stdout, '');
  assert.doesNotMatch(ended.stderr, /^\s+at .+:\d+/m, 'a stack trace is no sentence');
}

describe('takeover, as a user runs it', () => {
  before(async () => {
    bench = await makeCliBench();
  });
  afterEach(() => bench.endAll());
  after(() => bench.close());

  describe('refuses, before it touches anything,', () => {
    const table: readonly [what: string, argv: readonly string[], says: RegExp][] = [
      ['an unknown command', ['rnu'], /unknown command 'rnu'/],
      ['an unknown option', ['run', 'BENCH', '--grpe', 'x'], /unknown option '--grpe'.*--grep/s],
      ['a bad regular expression', ['run', 'BENCH', '--grep', '('], /Invalid regular expression/],
      ['a pattern that matches no case', ['run', 'BENCH', '--grep', 'nonsense'], /No case .* matches --grep/],
      [
        'an unknown reporter',
        ['run', 'BENCH', '--reporter', 'spce'],
        /no mocha reporter 'spce': use one of .*spec/,
      ],
      ['a reporter for browsers', ['run', 'BENCH', '--reporter', 'html'], /no mocha reporter 'html'/],
      [
        'a module that is no reporter',
        ['run', 'BENCH', '--reporter', 'node:fs'],
        /no mocha reporter 'node:fs'/,
      ],
      ['two formats on stdout', ['run', 'BENCH', '--reporter', 'json', '--json'], /cannot be used with/],
      ['no times', ['run', 'BENCH', '--repeat', '0'], /Give a whole number from 1/],
      ['an unknown driver', ['run', 'BENCH', '--driver', 'pcap'], /Allowed choices are libpcap, cap/],
      ['to resume nothing', ['run', 'BENCH', '--resume'], /--resume needs --out/],
      ['a bench file that is not there', ['run', 'none.yaml'], /none.yaml does not exist; `takeover init`/],
      ['a folder for results that is a file', ['run', 'BENCH', ...quick, '--out', 'BENCH'], /another place/],
      ['an unknown switch', ['demo', '--switch', 'cisco'], /Allowed choices are linux-bridge, open-vswitch/],
      ['an unknown fault', ['demo', '--fault', 'lazy'], /no fault 'lazy'. There are: .*deaf-on-b/],
      [
        'another switch’s fault',
        ['demo', '--fault', 'hub', '--switch', 'open-vswitch'],
        /needs the switch linux-bridge/,
      ],
      ['to explain a typo', ['explain', 'switch/relerns'], /did you mean switch\/relearns\?/],
      ['to judge a folder without results', ['judge', '.'], /holds no result.json/],
      ['to report nothing', ['report', 'none'], /holds no result.json/],
    ];
    for (const [what, argv, says] of table) {
      it(what, async () => {
        const before = state('a');
        const file = bench.file();
        const ended = await bench.takeover(argv.map((arg) => (arg === 'BENCH' ? file : arg)));
        refused(ended, says);
        assert.deepEqual(state('a'), before);
        assert.ok(!existsSync(join(bench.folder, 'takeover-out')), 'no folder for results was made');
      });
    }

    it('a bench file with several mistakes, a line each', async () => {
      const file = bench.file({
        ports: { a: nic('a'), b: nic('a'), wrld: nic('world') },
        limits: { relearnMs: 'soon' },
        devices: [{ kind: 'swich', vendor: 'Linux', model: 'bridge' }],
      });
      const ended = await bench.takeover(['run', file]);
      refused(ended, /wrld is not known here; did you mean world\?/);
      const lines = ended.stderr.trim().split('\n');
      assert.ok(lines.length >= 4, ended.stderr);
      for (const line of lines) assert.match(line, /^\S+bench-\d+\.yaml:\d+: .+[.?]$/);
    });

    it('NICs that are missing, carry an address or the default route', async () => {
      ip('link', 'add', 'cli-uplink', 'type', 'veth', 'peer', 'name', 'cli-router');
      try {
        ip('address', 'add', '10.98.0.2/24', 'dev', 'cli-uplink');
        ip('link', 'set', 'cli-uplink', 'up');
        ip('link', 'set', 'cli-router', 'up');
        ip('route', 'add', 'default', 'via', '10.98.0.1');
        const file = bench.file({ ports: { a: 'cli-uplink', b: 'eth9' } });
        const ended = await bench.takeover(['run', file, ...quick]);
        refused(
          ended,
          /Port a \(cli-uplink\) carries the default route; name another NIC, or.*allow: \[cli-uplink\]/,
        );
        assert.match(ended.stderr, /carries the address 10\.98\.0\.2\/24/);
        assert.match(ended.stderr, /Port b \(eth9\) does not exist here; there are .*cli-a/);
      } finally {
        ip('link', 'del', 'cli-uplink');
      }
    });

    it('a user without the capabilities', async () => {
      const readable = readableTakeover();
      try {
        const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
        const ended = await bench.takeover(['run', bench.file(), ...quick], {
          through,
          program: readable.program,
        });
        refused(ended, /no CAP_NET_ADMIN, CAP_NET_RAW\): run it with sudo/);
      } finally {
        readable.close();
      }
    });
  });

  describe('prints', () => {
    const balanced = (xml: string): boolean => {
      const open: string[] = [];
      for (const [, end, name, empty] of xml.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
        if (end ? open.pop() !== name : empty) {
          if (end) return false;
        } else if (!end) open.push(name ?? '');
      }
      return open.length === 0;
    };
    const formats: Readonly<Record<string, (stdout: string) => void>> = {
      spec: (stdout) => assert.match(stdout, /✔ switch\/learns\/arp-request:.*\n.*2 passing/s),
      dot: (stdout) => assert.match(stdout, /2 passing/),
      min: (stdout) => assert.match(stdout, /2 passing/),
      json: (stdout) => assert.equal(JSON.parse(stdout).stats.passes, 2),
      tap: (stdout) => assert.match(stdout, /^ok 1 .*\nok 2 .*\n# tests 2\n# pass 2\n# fail 0\n1\.\.2\n$/),
      xunit: (stdout) => {
        assert.match(stdout, /^<testsuite [^>]*tests="2" failures="0" errors="0" skipped="0"/);
        assert.ok(balanced(stdout), stdout);
      },
    };
    for (const [reporter, check] of Object.entries(formats)) {
      it(`what mocha’s reporter ${reporter} makes of the cases, and the table apart`, async () => {
        // As some CI systems do; a pipe is no terminal all the same.
        const ended = await bench.takeover(['run', bench.file(), ...quick, '--reporter', reporter], {
          env: { FORCE_COLOR: '1' },
        });
        assert.equal(ended.code, 0, ended.stderr);
        check(ended.stdout);
        assert.match(ended.stderr, /COMPLIANT {2}Linux bridge/);
      });
    }

    it('the results and nothing else with --json, progress apart', async () => {
      const ended = await bench.takeover(['run', bench.file(), ...quick, '--json']);
      assert.equal(ended.code, 0, ended.stderr);
      const [result] = JSON.parse(ended.stdout);
      assert.deepEqual([result.cases.length, result.run.complete], [2, true]);
      assert.match(ended.stderr, /^2\/2 ✓ passed {2}switch\/learns\/rarp/m);
    });

    it('no colour where NO_COLOR is set, on a terminal too', async () => {
      const file = bench.file();
      const onTerminal = (env: NodeJS.ProcessEnv) =>
        bench.takeover(['run', file, ...quick, '--reporter', 'spec'], {
          env,
          through: ['bash', '-c', 'exec script -qec "$(printf "%q " "$@")" /dev/null', 'bash'],
        });
      const colour = '\u001b[';
      assert.ok((await onTerminal({ TERM: 'xterm' })).stdout.includes(colour));
      assert.ok(!(await onTerminal({ TERM: 'xterm', NO_COLOR: '1' })).stdout.includes(colour));
    });

    it('into a pipe that is closed at once, and comes to the same', async () => {
      const out = bench.out();
      const argv = ['run', bench.file(), ...quick, '--reporter', 'spec', '--out', out];
      const through = ['bash', '-c', 'set -o pipefail; "$@" 2>&1 | head -1', 'bash'];
      const ended = await bench.takeover(argv, { through });
      assert.equal(ended.code, 0, ended.stdout);
      assert.equal(ended.stdout.split('\n').length, 2);
      assert.equal(resultIn(out).run.complete, true);
      assert.ok(existsSync(join(out, 'report.html')));
    });
  });

  describe('runs', () => {
    it('no case after the first must that failed, with --bail', async () => {
      bench.atSwitch('bridge', 'link', 'set', 'dev', far('a'), 'learning', 'off');
      try {
        const out = bench.out();
        const argv = [
          'run',
          bench.file(),
          '--grep',
          'switch/learns',
          '--bail',
          '--reporter',
          'json',
          '--out',
          out,
        ];
        const ended = await bench.takeover(argv);
        assert.equal(ended.code, 1, ended.stderr);
        const { stats } = JSON.parse(ended.stdout);
        assert.deepEqual([stats.failures, stats.pending, stats.passes], [1, 10, 0]);
        assert.match(ended.stderr, /Cut short: .*switch\/learns\/arp-request \(--bail\)/);
        const result = resultIn(out);
        assert.deepEqual(new Set(result.cases.slice(1).map(({ outcome }) => outcome)), new Set(['not-run']));
        assert.match(result.cases[1]?.reason ?? '', /--bail/);
        assert.equal(result.run.complete, false);
      } finally {
        bench.atSwitch('bridge', 'link', 'set', 'dev', far('a'), 'learning', 'on');
      }
    });

    it('every case twice with --repeat 2, and with the addresses that --seed stands for', async () => {
      const addresses = async (...argv: string[]) => {
        const out = bench.out();
        const ended = await bench.takeover([
          'run',
          bench.file(),
          '--grep',
          'switch/learns/rarp$',
          '--out',
          out,
          ...argv,
        ]);
        assert.equal(ended.code, 0, ended.stderr);
        const evidence = run('find', out, '-path', '*learns*', '-name', 'events.json')
          .trim()
          .split('\n')
          .sort();
        return evidence.map((path) => JSON.parse(readFileSync(path, 'utf8')).plan.addresses);
      };
      const first = await addresses('--seed', '7', '--repeat', '2');
      assert.equal(first.length, 2);
      assert.deepEqual(await addresses('--seed', '7', '--repeat', '2'), first);
      assert.notDeepEqual(await addresses('--seed', '8', '--repeat', '2'), first);
    });
  });

  describe('killed in the middle of a run', () => {
    const out = () => join(bench.folder, 'killed');
    const argv = () => [
      'run',
      bench.file(),
      '--grep',
      'switch/(learns|relearn-time)',
      '--repeat',
      '2',
      '--out',
      out(),
    ];
    const untouched = new Map<string, unknown>();

    before(async () => {
      for (const port of ports) untouched.set(port, state(port));
      const running = bench.start(argv());
      await until('a verdict is saved', () => existsSync(out()) && settled().length > 0, 20_000);
      running.process.kill('SIGKILL');
      assert.equal((await running.ended).signal, 'SIGKILL');
    });

    const settled = () => {
      try {
        return resultIn(out()).cases.filter(({ outcome }) => outcome === 'pass');
      } catch {
        return [];
      }
    };

    it('leaves the NICs changed, and `doctor` tells', async () => {
      for (const port of ports) assert.notDeepEqual(state(port), untouched.get(port));
      const ended = await bench.takeover(['doctor', bench.file()]);
      assert.match(
        ended.stderr,
        /✗ Run \S+ left the IPv6 setting of cli-a, the offloads of cli-a.*\n.*Run `takeover restore`/,
      );
      assert.equal(ended.code, 2);
    });

    it('has its changes undone by `restore`, and a second one finds nothing', async () => {
      const ended = await bench.takeover(['restore']);
      assert.equal(ended.code, 0, ended.stderr);
      for (const port of ports) assert.deepEqual(state(port), untouched.get(port), port);
      const again = await bench.takeover(['restore']);
      assert.deepEqual([again.code, again.stderr], [0, 'Nothing was left to undo.\n']);
    });

    it('is finished by --resume, which takes over what was settled', async () => {
      const before = settled();
      const ended = await bench.takeover([...argv(), '--resume']);
      assert.equal(ended.code, 0, ended.stderr);
      const { cases, run } = resultIn(out());
      assert.equal(run.complete, true);
      for (const one of before)
        assert.deepEqual(
          cases.find(({ id }) => id === one.id),
          one,
        );
      assert.deepEqual(new Set(cases.map(({ outcome }) => outcome)), new Set(['pass']));
      const ran = ended.stderr.match(/^\d+\/\d+ /gm) ?? [];
      assert.equal(ran.length, cases.length - before.length, 'only the others ran');
    });
  });

  describe('cut short in the middle of a run', () => {
    /** A second or three on an idle machine; what matters is that it ends by itself. */
    const soonMs = 40_000;

    /** Begun, with some of its many cases done; and what every one of these must come to. */
    async function interrupted(
      argv: readonly string[],
      interrupt: (running: Running) => Promise<unknown> | unknown,
      expected: { readonly reason: RegExp; readonly withinMs: number; readonly changed?: Port },
    ): Promise<Result> {
      const untouched = new Map(ports.map((port) => [port, state(port)]));
      const out = bench.out();
      const running = bench.start([...argv, '--out', out]);
      await running.says(/^3\/\d+ /m, 30_000);
      const startMs = performance.now();
      await interrupt(running);
      const ended = await running.ended;
      const tookMs = performance.now() - startMs;
      assert.equal(ended.code, 3, ended.stderr);
      assert.ok(tookMs < expected.withinMs, `it took ${tookMs} ms`);
      assert.match(ended.stderr, new RegExp(`Cut short: .*${expected.reason.source}`));
      for (const port of ports) {
        if (port !== expected.changed)
          assert.deepEqual(state(port), untouched.get(port), `port ${port} is put back`);
      }
      const result = resultIn(out);
      assert.equal(result.run.complete, false);
      const rest = result.cases
        .slice(result.cases.findIndex(({ outcome }) => outcome === 'not-run'))
        .filter(({ outcome }) => outcome !== 'not-applicable');
      assert.ok(rest.length > 3, 'most of it was not run');
      for (const { outcome, reason } of rest) {
        assert.equal(outcome, 'not-run');
        assert.match(reason, expected.reason);
      }
      for (const name of ['report.html', 'junit.xml']) assert.ok(existsSync(join(out, name)), name);
      const restored = await bench.takeover(['restore']);
      assert.equal(restored.stderr, 'Nothing was left to undo.\n');
      return result;
    }
    const many = () => ['run', bench.file(), '--grep', 'switch/'];

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      it(`by ${signal}, and by another one while the bench is put back`, async () => {
        const twice = async ({ process, says }: Running) => {
          process.kill(signal);
          await says(new RegExp(`${signal}: ending the run`));
          process.kill(signal);
        };
        await interrupted(many(), twice, {
          reason: new RegExp(`operator ended the run \\(${signal}\\)`),
          withinMs: soonMs,
        });
      });
    }

    for (const driver of ['libpcap', 'cap'] as const) {
      it(`by a NIC that goes down, through ${driver}`, async () => {
        const down = () => ip('link', 'set', nic('b'), 'down');
        const expected = { reason: /Port b \(cli-b\) went down/, withinMs: soonMs };
        await interrupted([...many(), '--driver', driver], down, expected);
      });

      it(`by a NIC that disappears, through ${driver}`, async () => {
        const gone = () => ip('link', 'del', nic('b'));
        const expected = { reason: /Port b \(cli-b\) disappeared/, withinMs: soonMs, changed: 'b' } as const;
        await interrupted([...many(), '--driver', driver], gone, expected).finally(() => bench.cable('b'));
      });
    }

    it('by a remote World whose NIC goes down', async () => {
      const world = { interface: there, ssh: bench.host.access };
      const file = bench.file({ ports: { a: nic('a'), b: nic('b'), world } });
      const down = () => bench.host.inside('ip', 'link', 'set', there, 'down');
      const reason = /Port world \(test-there on root@10\.99\.0\.2:2222\) went down/;
      await interrupted(['run', file, '--grep', 'switch/'], down, { reason, withinMs: soonMs }).finally(() =>
        bench.host.inside('ip', 'link', 'set', there, 'up'),
      );
    });

    it('by a remote World whose connection breaks for good', async () => {
      const world = { interface: there, ssh: bench.host.access };
      const file = bench.file({ ports: { a: nic('a'), b: nic('b'), world } });
      const reason = /Port world \(test-there on root@10\.99\.0\.2:2222\) is lost/;
      const argv = ['run', file, '--grep', 'switch/'];
      await interrupted(argv, () => bench.host.killSessions(), { reason, withinMs: soonMs });
    });
  });

  describe('goes on, as far as it can,', () => {
    it('without the host’s cache, when its SSH server ends in the middle', async () => {
      const out = bench.out();
      const file = bench.file({ devices: [bench.hostDevice] });
      const argv = [
        'run',
        file,
        '--grep',
        'host/(refresh-by-ping|answers|updates.*request-broadcast-tha-zero.*age-500ms)',
        '--out',
        out,
      ];
      const running = bench.start(argv);
      await running.says(/^1\/\d+ /m, 30_000);
      await bench.host.stopServer();
      try {
        const ended = await running.ended;
        assert.equal(ended.code, 0, ended.stderr);
        assert.match(ended.stderr, /! The host’s cache was lost from view during the run/);
        const { cases, preflight } = resultIn(out);
        assert.equal(preflight.find(({ id }) => id === 'host-cache')?.ok, false);
        assert.deepEqual(
          cases.filter(({ outcome }) => outcome === 'error'),
          [],
        );
        assert.ok(
          cases.some(({ findings }) => findings.some(({ id, holds }) => id === 'cache' && holds === null)),
        );
      } finally {
        await bench.host.startServer();
      }
    });

    it('with a session that is killed in the middle, by making another', async () => {
      const out = bench.out();
      const file = bench.file({ devices: [bench.hostDevice] });
      const running = bench.start([
        'run',
        file,
        '--grep',
        'host/(static-stays|answers|refresh)',
        '--out',
        out,
      ]);
      await running.says(/^1\/\d+ /m, 30_000);
      bench.host.killSessions();
      const ended = await running.ended;
      assert.ok(ended.code === 0 || ended.code === 3, ended.stderr);
      assert.equal(resultIn(out).preflight.find(({ id }) => id === 'host-cache')?.ok, true);
    });

    it('with a host that falls silent: what is asked then stays open, and nothing fails', async () => {
      const out = bench.out();
      const file = bench.file({ devices: [bench.hostDevice] });
      const running = bench.start([
        'run',
        file,
        '--grep',
        'host/(refresh-by-ping/settled|answers)',
        '--out',
        out,
      ]);
      await running.says(/^1\/\d+ /m, 30_000);
      const drop = `table netdev silence { chain all-of-it { type filter hook ingress device "${there}" priority 0; policy drop; }; }`;
      bench.host.inside('nft', drop);
      try {
        const ended = await running.ended;
        assert.equal(ended.code, 3, ended.stderr);
        const outcomes = resultIn(out).cases.map(({ outcome }) => outcome);
        assert.ok(outcomes.includes('inconclusive'), outcomes.join());
        assert.ok(!outcomes.includes('fail') && !outcomes.includes('error'), outcomes.join());
      } finally {
        bench.host.inside('nft', 'delete', 'table', 'netdev', 'silence');
      }
    });
  });

  describe('runs no case, and says why,', () => {
    it('on a host that never answers, and soon', async () => {
      const out = bench.out();
      const nobody = { ...bench.hostDevice, ipv4: '192.0.2.77', ipv6: '2001:db8::77' };
      const ended = await bench.takeover(['run', bench.file({ devices: [nobody] }), '--out', out]);
      assert.equal(ended.code, 4, ended.stderr);
      // 6 s of an idle machine; its cases would wait for minutes.
      assert.ok(ended.tookMs < 30_000, `${ended.tookMs} ms`);
      const { cases } = resultIn(out);
      assert.ok(cases.length > 20);
      for (const { outcome, reason } of cases) {
        // What the bench file lacks is told of any host.
        if (outcome === 'not-applicable') continue;
        assert.equal(outcome, 'not-run');
        assert.match(reason, /192\.0\.2\.77 does not answer ARP requests on port a: check the cable/);
      }
    });

    it('on a port whose cable leads elsewhere', async () => {
      const out = bench.out();
      bench.atSwitch('ip', 'link', 'set', far('b'), 'nomaster');
      try {
        const ended = await bench.takeover(['run', bench.file(), ...quick, '--out', out]);
        assert.equal(ended.code, 4, ended.stderr);
        assert.match(ended.stderr, /! port b hears no other port of the bench.*check that its cable/s);
        assert.doesNotMatch(ended.stderr, /! port a/);
        for (const { reason } of resultIn(out).cases)
          assert.match(reason, /bench is not ready: port b hears/);
      } finally {
        bench.atSwitch('ip', 'link', 'set', far('b'), 'master', 'br0');
      }
    });

    it('on a disk that is full', async () => {
      const out = bench.out();
      mkdirSync(out);
      run('mount', '-t', 'tmpfs', '-o', 'size=256k', 'small', out);
      const before = state('a');
      try {
        const ended = await bench.takeover(['run', bench.file(), '--grep', 'switch/', '--out', out]);
        assert.equal(ended.code, 3);
        assert.match(ended.stderr, /can't be (stored|written).*disk (quota )?is (full|used up)/);
        assert.deepEqual(state('a'), before);
      } finally {
        run('umount', out);
      }
    });

    it('beside another run on the same NICs, which goes on unharmed', async () => {
      const out = bench.out();
      // Long enough to be still there when the other one has started, on busy processors too.
      const argv = ['run', bench.file(), '--grep', 'switch/learns', '--repeat', '10', '--out', out];
      const first = bench.start(argv);
      await first.says(/^1\/11 /m);
      refused(
        await bench.takeover(['run', bench.file(), ...quick]),
        /NIC cli-a is held by run \S+ \(process \d+, since/,
      );
      const ended = await first.ended;
      assert.equal(ended.code, 0, ended.stderr);
    });
  });

  it('takes a permanent entry off the remote host that a killed run left there', async () => {
    const file = bench.file({ devices: [bench.hostDevice] });
    const permanent = () => bench.host.inside('ip', 'neigh', 'show', 'nud', 'permanent', 'dev', there);
    const running = bench.start(['run', file, '--grep', 'host/static-stays', '--out', bench.out()]);
    await until('there is a permanent entry', () => permanent() !== '', 45_000);
    running.process.kill('SIGKILL');
    await running.ended;
    assert.notEqual(permanent(), '');
    const ended = await bench.takeover(['restore']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /Put back: the neighbour entry 192\.0\.2\.\d+ of 10\.99\.0\.2/);
    assert.equal(permanent(), '');
  });

  describe('tells', () => {
    it('with `init` and `doctor` that a bench is ready, once its file is filled in', async () => {
      const file = join(bench.folder, 'bench.yaml');
      const before = ports.map(state);
      const init = await bench.takeover(['init', file]);
      assert.equal(init.code, 0, init.stderr);
      assert.match((await bench.takeover(['init', file])).stderr, /is there already/);
      const doctor = await bench.takeover(['doctor', file]);
      assert.equal(doctor.code, 0, doctor.stderr);
      assert.match(doctor.stderr, /✓ MODEL: port a hears b/);
      assert.match(doctor.stderr, /The bench is ready\.\n$/);
      assert.deepEqual(ports.map(state), before);
    });

    it('with `judge` and `report` what a run found, again', async () => {
      const out = bench.out();
      await bench.takeover(['run', bench.file(), ...quick, '--out', out]);
      const judged = await bench.takeover(['judge', out, '--json']);
      assert.equal(judged.code, 0, judged.stderr);
      assert.match(judged.stderr, /\d+ attempts judged again.*\n {2}✓ every verdict agrees/);
      assert.ok(JSON.parse(judged.stdout)[0].judged.length >= 2);
      const elsewhere = bench.out();
      const reported = await bench.takeover(['report', out, '--out', elsewhere]);
      assert.equal(reported.code, 0, reported.stderr);
      assert.match(readFileSync(join(elsewhere, 'junit.xml'), 'utf8'), /<testsuites.*tests="2"/s);
    });

    const lookups: readonly [argv: readonly string[], stdout: RegExp][] = [
      [['probes'], /^switch: Learning and moving\nswitch\/learns +must /],
      [['probes', '--cases'], /^ +switch\/relearns\/rarp +must /m],
      [['explain', 'switch/relearns'], /Clause +\S.*Fails on +--fault .*switch\/relearns\/rarp: /s],
      [['explain', 'switch/relearns/rarp'], /Cases\n +switch\/relearns\/rarp: .*\n$/],
      [['faults'], /^deaf-on-b +linux-bridge +Port b does not learn/m],
      [['--version'], /^\d+\.\d+\.\d+\n$/],
      [['--help'], /Commands:.*restore +undo what a killed run left/s],
    ];
    for (const [argv, stdout] of lookups) {
      it(`with \`${argv.join(' ')}\``, async () => {
        const ended = await bench.takeover(argv);
        assert.deepEqual([ended.code, ended.stderr], [0, '']);
        assert.match(ended.stdout, stdout);
      });
    }

    it('the catalogue as JSON', async () => {
      const { code, stdout } = await bench.takeover(['probes', '--json']);
      assert.equal(code, 0);
      assert.ok(JSON.parse(stdout).every((probe: { cases: unknown[] }) => probe.cases.length > 0));
    });

    it('that the hardware list is what the reports say', async () => {
      assert.equal((await bench.takeover(['compile', '--check'])).code, 0);
    });
  });

  describe('in its own lab', () => {
    it('does the whole job', async () => {
      const out = bench.out();
      const ended = await bench.takeover(['demo', ...quick, '--out', out]);
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(resultIn(out).cases.length, 2);
    });

    it('does it for an ordinary user, and says what it leaves out', async () => {
      const readable = readableTakeover();
      const out = bench.out();
      mkdirSync(out, { mode: 0o777 });
      run('chmod', '777', out);
      try {
        const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
        const ended = await bench.takeover(['demo', ...quick, '--out', out], {
          through,
          program: readable.program,
        });
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal(resultIn(out).cases.length, 2);
        assert.equal(statSync(join(out, 'report.html')).uid, 65534);
      } finally {
        readable.close();
      }
    });

    it('leaves nothing when it is killed', async () => {
      const running = bench.start(['demo', '--grep', 'switch/', '--out', bench.out()]);
      await running.says(/^1\/\d+ /m);
      const inside = () =>
        run('ps', '-eo', 'pid,args')
          .split('\n')
          .filter((line) => /takeover-lab|\bdemo\b/.test(line));
      assert.ok(inside().length > 1);
      running.process.kill('SIGKILL');
      await until('its processes are gone', () => inside().length === 0);
      assert.deepEqual(
        readdirSync(tmpdir()).filter((name) => name.startsWith('takeover-lab')),
        [],
      );
    });

    /** Hides a folder from the command that follows, in a mount namespace of its own. */
    const without = (folder: string) => [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs none "$0" && exec "$@"',
      folder,
    ];

    it('tells how to get Open vSwitch', async () => {
      // ovs-vswitchd is one of Debian's alternatives.
      const ended = await bench.takeover(['demo', '--switch', 'open-vswitch'], {
        through: without('/etc/alternatives'),
      });
      refused(ended, /node scripts\/setup\.js --for demo --switch open-vswitch/);
    });

    it('tells how to get the driver cap', async () => {
      const folder = join(packageRoot, 'node_modules', 'cap');
      const before = state('a');
      const ended = await bench.takeover(['run', bench.file(), '--driver', 'cap'], {
        through: without(folder),
      });
      refused(ended, /npm rebuild cap/);
      assert.deepEqual(state('a'), before);
    });
  });
});
