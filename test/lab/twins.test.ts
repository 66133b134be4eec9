/**
 * A probe that can't fail proves nothing. Every fault that the lab can make is made, and the cases which it breaks must
 * fail for the right reason, while their neighbours pass; every case in the catalogue must be seen to fail on some
 * faulty twin, and to pass on the good device.
 */
import assert from 'node:assert/strict';
import { breaksCase, type Fault, faults } from '../../src/lab/faults/index.js';
import type { CaseResult, DeviceKind, Result } from '../../src/result.js';
import { statusOf } from '../../src/result.js';
import { type Job, startWorker, type Worker } from './lab-worker.js';
import { catalogueCases, needs, told } from './run-lab.js';

/** What must be seen on a faulty twin. */
interface Expectation {
  /** What the reason, or the observation beside it, of a broken case must say, by its probe. */
  readonly because?: Readonly<Record<string, RegExp>>;
  /** Cases that must pass all the same. */
  readonly passes: readonly string[];
  /** Where the fault breaks nothing: how it shows. */
  readonly shows?: (result: Result) => void;
}

/** The reasons when a move to port b is not followed. */
const notFollowed = (relearns: RegExp, walk: RegExp, virtual: RegExp): Record<string, RegExp> => ({
  'switch/relearns': relearns,
  'switch/relearn-time': /never completed|took at least 1[45]\d\d\.\d ms/,
  'switch/failback': walk,
  'switch/virtual-mac': virtual,
});

const ignored = notFollowed(
  /still go to the old port a\. .*carried .*, but did not act on/,
  /did not follow move 1, the way to port b: .* 5 went to a/,
  /still go to the old port a/,
);
const dropped = notFollowed(
  /still go to the old port a\. .* came out at World: the switch drop/,
  /did not follow move 1, the way to port b: .* 5 went to a/,
  /still go to the old port a/,
);
const unlearned = {
  'switch/learns': /still come out at other ports: it was not learned/,
  'switch/eth-source': /did not learn the Ethernet source/,
};
const deaf = {
  'host/updates-on-announcement': /ignored this form|follows none/,
  'host/lock-window': /refused this form at every age/,
  'host/refresh-by-ping': /asked for the host, which still sends to the old owner/,
  'host/answers': /had to ask back/,
};

/** Cases that have nothing to do with moves. */
const withoutMoves = ['switch/learns/arp-request', 'switch/never-spoke/flooded', 'switch/group-source/group'];
const form = (name: string, ageMs: number) => `host/updates-on-announcement/${name}-age-${ageMs}ms`;
const common = 'host/updates-on-announcement/common-form';

const expectations: Readonly<Record<string, Expectation>> = {
  'deaf-on-b': { because: ignored, passes: withoutMoves },
  'refuses-b': { because: dropped, passes: withoutMoves },
  'never-learns': { because: unlearned, passes: ['switch/never-spoke/flooded', 'switch/group-source/group'] },
  hub: { because: unlearned, passes: ['switch/never-spoke/flooded', 'switch/group-source/group'] },
  'ages-too-fast': {
    because: { 'switch/silent-takeover': /forgot the station/ },
    passes: ['switch/never-spoke/flooded', 'switch/group-source/group'],
  },
  'no-unknown-flood': {
    because: { 'switch/never-spoke': /did not come out at port a and port b and port monitor/ },
    passes: ['switch/learns/rarp', 'switch/relearns/rarp', 'switch/virtual-mac/vrrp-ipv4'],
  },
  isolated: {
    passes: ['switch/learns/rarp', 'switch/relearns/arp-request', 'switch/failback/once'],
    shows({ preflight }) {
      assert.match(textOf(preflight, 'port-a'), /^port a hears world, monitor \(/);
      assert.match(textOf(preflight, 'port-b'), /^port b hears world, monitor \(/);
    },
  },
  'late-link-up': {
    passes: ['switch/relearns/arp-request'],
    shows({ preflight }) {
      const waitedMs = Number(/after (\d+) ms/.exec(textOf(preflight, 'port-b'))?.[1]);
      assert.ok(waitedMs > 10_000 && waitedMs < 20_000, `port b was heard after ${waitedMs} ms`);
    },
  },
  'never-moves': { because: ignored, passes: withoutMoves },
  pinned: { because: dropped, passes: withoutMoves },
  'holds-for-three-seconds': {
    because: dropped,
    passes: ['switch/relearns/arp-request-after-silence', 'switch/learns/rarp', 'switch/never-spoke/flooded'],
  },
  'virtual-mac-pinned': {
    because: dropped,
    passes: ['switch/learns/rarp', 'switch/relearns/arp-request', 'switch/failback/once'],
  },
  'no-failback': {
    because: {
      'switch/failback': /did not follow move 2, the way back to port a: .* 5 went to b/,
      'switch/relearn-time': /never completed/,
    },
    passes: ['switch/learns/rarp', 'switch/relearns/arp-request', 'switch/virtual-mac/vrrp-ipv4'],
  },
  'blackhole-after-move': {
    because: notFollowed(/come out nowhere/, /move 1, .* 5 came out nowhere/, /come out nowhere/),
    passes: withoutMoves,
  },
  'mirrors-to-old': {
    because: notFollowed(
      /at both the old and the new port/,
      /move 1, .* 5 went to a/,
      /still go to the old port a/,
    ),
    passes: withoutMoves,
  },
  'floods-after-move': {
    because: notFollowed(
      /flooded to further ports/,
      /move 1, .* 5 came out at further ports/,
      /10 came out at further/,
    ),
    passes: withoutMoves,
  },
  'relearns-in-300-ms': {
    passes: ['switch/relearns/arp-request', 'switch/relearn-time/announced'],
    shows(result) {
      const polled = measured(result, 'switch/relearns/arp-request', 'relearn time, by polling');
      assert.ok(polled.lowMs < 320 && polled.highMs > 290, `polled: ${JSON.stringify(polled)}`);
      const longest = measured(result, 'switch/relearn-time/announced', 'relearn time, longest');
      assert.ok(longest.lowMs < 320 && longest.highMs > 290, `longest: ${JSON.stringify(longest)}`);
    },
  },
  'slow-relearn': { because: ignored, passes: withoutMoves },
  'learns-invalid-source': {
    because: { 'switch/group-source': /come out at port a alone: it was learned/ },
    passes: ['switch/learns/rarp', 'switch/relearns/rarp', 'switch/virtual-mac/vrrp-ipv6'],
  },
  'learns-arp-sender': {
    because: { 'switch/eth-source': /learned the address inside the ARP packet/ },
    passes: ['switch/learns/ipv4', 'switch/never-spoke/flooded', 'switch/group-source/group'],
  },
  'storm-control': {
    because: { 'switch/failback': /did not follow move \d+, the way to port b: .* 5 went to a/ },
    passes: ['switch/learns/arp-request', 'switch/relearns/ipv4'],
  },
  ...Object.fromEntries(
    [
      'arp-request',
      'arp-reply',
      'arp-probe',
      'rarp',
      'unsolicited-na',
      'ipv4',
      'ipv6',
      'llc-snap',
      'unknown-ethertype',
    ]
      .concat('minimum-size', 'maximum-size')
      .map((trigger) => {
        const other = trigger === 'rarp' ? 'arp-reply' : 'rarp';
        const passes = [`switch/learns/${trigger}`, `switch/relearns/${other}`];
        return [`drops-${trigger}-on-b`, { because: dropped, passes }];
      }),
  ),
  'flow-never-moves': { because: ignored, passes: withoutMoves },
  'flow-learns-arp-sender': {
    because: { 'switch/eth-source': /learned the address inside the ARP packet/ },
    passes: ['switch/learns/ipv4', 'switch/never-spoke/flooded', 'switch/group-source/group'],
  },

  'deaf-to-announcements': {
    because: deaf,
    passes: [
      form('request-broadcast-tha-zero-tpa-host', 100),
      'host/refresh-by-ping/settled',
      'host/answers/broadcast-request',
    ],
  },
  'first-owner-only': {
    because: deaf,
    passes: [
      'host/probe-harmless/changes-nothing',
      'host/answers/broadcast-request',
      'host/unsolicited-na/override',
    ],
  },
  'requests-only': {
    because: deaf,
    passes: [common, form('request-broadcast-tha-zero-tpa-v', 100), form('reply-unicast-tha-sha-tpa-v', 100)],
  },
  'ignores-askers': {
    because: deaf,
    passes: [common, form('reply-broadcast-tha-sha-tpa-v', 100), 'host/unsolicited-na/override'],
  },
  'answers-nothing': {
    because: {
      'host/answers': /did not answer an ARP request for its own address/,
      'host/probe-harmless': /let a probe for its own address go unanswered/,
      'host/refresh-by-ping': /asked for the host, which still sends to the old owner/,
    },
    passes: [common, 'host/probe-harmless/changes-nothing', 'host/unsolicited-na/override'],
  },
  'creates-entries': {
    because: { 'host/creates': /announcement made an entry/ },
    passes: [common, 'host/answers/broadcast-request', 'host/unsolicited-na/no-entry'],
  },
  'long-lock': {
    because: deaf,
    passes: [common, form('request-broadcast-tha-zero-tpa-v', 100), 'host/refresh-by-ping/fresh'],
  },
  'no-lock': {
    passes: [
      common,
      form('reply-broadcast-tha-zero-tpa-third', 100),
      form('reply-unicast-tha-other-tpa-host', 500),
      form('request-broadcast-tha-zero-tpa-third', 100),
      'host/lock-window/reply-tha-ff',
    ],
    shows(result) {
      const { lowMs, highMs } = measured(result, 'host/lock-window/reply-tha-ff', 'lock window');
      assert.ok(lowMs === 0 && highMs < 500, `a window between ${lowMs} and ${highMs} ms`);
    },
  },
  'probe-poisons': {
    because: { 'host/probe-harmless': /took a probe for an announcement/ },
    passes: [common, 'host/probe-harmless/is-answered'],
  },
  'ignores-probes': {
    because: { 'host/probe-harmless': /go unanswered/ },
    passes: [common, 'host/probe-harmless/changes-nothing'],
  },
  'permanent-overwritten': {
    because: { 'host/static-stays': /overwrote the permanent entry/ },
    passes: [common, 'host/answers/broadcast-request'],
  },
  'deaf-ipv6': {
    because: { 'host/unsolicited-na': /ignored an advertisement with O = 1/ },
    passes: [common, 'host/unsolicited-na/no-override', 'host/unsolicited-na/no-option'],
  },
  'overrides-always': {
    because: { 'host/unsolicited-na': /took the new address from an advertisement with O = 0/ },
    passes: ['host/unsolicited-na/override', 'host/unsolicited-na/no-option'],
  },
  'guesses-option': {
    because: { 'host/unsolicited-na': /took the new address from .* without the option/ },
    passes: ['host/unsolicited-na/override', 'host/unsolicited-na/no-override'],
  },
  'creates-entries-ipv6': {
    because: { 'host/unsolicited-na': /made an entry for an address that the host never talked to/ },
    passes: ['host/unsolicited-na/override', 'host/unsolicited-na/no-override'],
  },
};

function textOf(preflight: Result['preflight'], id: string): string {
  return preflight.find((check) => check.id === id)?.text ?? '';
}

/** The interval of a measurement, milliseconds. */
function measured({ cases }: Result, caseId: string, name: string): { lowMs: number; highMs: number } {
  const found = cases.find(({ id }) => id === caseId)?.measurements.find((m) => m.name.startsWith(name));
  assert.ok(found?.low !== undefined && found.high !== undefined, `${caseId} has no measurement '${name}'`);
  const perUnit = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000 }[found.unit as 'ns' | 'us' | 'ms' | 's'];
  return { lowMs: found.low * perUnit, highMs: found.high * perUnit };
}

/** In the matrix every form counts once: at an age at which a good Linux host takes all of them. */
const settledAge = '-age-1100ms';
const isMatrix = (id: string) => /-age-\d+ms$/.test(id);

/** The cases that must be seen to fail. */
const mustFail = (kind: DeviceKind): string[] =>
  catalogueCases(kind)
    .map(({ id }) => id)
    .filter((id) => !isMatrix(id) || id.endsWith(settledAge));

/** These take seconds to fail, so each is run on one twin only. */
const slow = ['switch/relearn-time', 'host/lock-window', 'host/static-stays'];
const probeOf = (id: string) => id.split('/').slice(0, 2).join('/');

/** How many cases a fault is tried with: all that no other fault was tried with so far, up to a number, and at least
 *  two, of different probes. The faults that break little choose first. */
const mostCases = { switch: 7, host: 13 };
function share(kind: 'switch' | 'host'): ReadonlyMap<string, readonly string[]> {
  const open = new Set(mustFail(kind));
  const shares = new Map<string, readonly string[]>();
  const broken = (fault: Fault) => mustFail(kind).filter((id) => breaksCase(fault, id));
  const choosing = faults
    .filter(({ device }) => device === kind)
    .sort((x, y) => broken(x).length - broken(y).length);
  for (const fault of choosing) {
    const chosen = broken(fault)
      .filter((id) => open.has(id))
      .slice(0, mostCases[kind]);
    for (const id of broken(fault)) {
      const another = !chosen.some((other) => probeOf(other) === probeOf(id)) && !slow.includes(probeOf(id));
      if (chosen.length < 2 && another) chosen.push(id);
    }
    for (const id of chosen) open.delete(id);
    shares.set(fault.name, chosen);
  }
  return shares;
}

/** `probe  good device  faulty twins`, a line for each probe. */
function table(good: Result, seen: ReadonlyMap<string, readonly string[]>): string {
  const probes = [...new Set(good.cases.map(({ probe }) => probe))];
  return probes
    .map((probe) => {
      const cases = good.cases.filter((entry) => entry.probe === probe);
      const passed = cases.filter(({ outcome }) => outcome === 'pass').length;
      const twins = faults.filter(({ name }) => seen.get(name)?.some((id) => probeOf(id) === probe));
      const names = twins.map(({ name }) => name).join(', ');
      return `      ${probe.padEnd(30)} ${`${passed} of ${cases.length} pass`.padEnd(15)} ${names}`;
    })
    .join('\n');
}

const goodDevice = 'good device';
const jobName = (kind: DeviceKind, name: string) => `${kind}: ${name}`;

/** The good device with every case that some twin must fail, then the twins. */
function jobsOf(kind: 'switch' | 'host'): Job[] {
  const shares = share(kind);
  const job = (name: string, lab: Job['lab'], cases: readonly string[]): Job => ({
    name: jobName(kind, name),
    kind,
    lab,
    cases: [...new Set(cases)],
  });
  return [
    job(goodDevice, { switch: 'linux-bridge' }, [...shares.values()].flat()),
    ...faults
      .filter(({ device }) => device === kind)
      .map(({ name, switch: on = 'linux-bridge' }) =>
        job(name, { switch: on, fault: name }, [
          ...(shares.get(name) ?? []),
          ...(expectations[name]?.passes ?? []),
        ]),
      ),
  ];
}

describe('the faulty twins', function () {
  this.timeout(300_000);
  /** Most of the time is spent waiting, so that three workers are soon done on two processors. */
  const workerCount = 3;
  const workers: Worker[] = [];
  const workerOf = new Map<string, Worker>();
  const resultOf = async (kind: DeviceKind, name: string): Promise<Result> => {
    const worker = workerOf.get(jobName(kind, name));
    assert.ok(worker);
    return worker.result(jobName(kind, name));
  };

  before(() => {
    const jobs = [...jobsOf('switch'), ...jobsOf('host')];
    for (let first = 0; first < workerCount; first += 1) {
      const dealt = jobs.filter((_, index) => index % workerCount === first);
      const worker = startWorker(dealt);
      workers.push(worker);
      for (const { name } of dealt) workerOf.set(name, worker);
    }
  });
  after(() => Promise.all(workers.map((worker) => worker.stop())));

  for (const kind of ['switch', 'host'] as const) {
    describe(`of a ${kind}`, () => {
      const shares = share(kind);
      /** Fault to the cases that were seen to fail on it. */
      const seen = new Map<string, readonly string[]>();

      it('pass, where they are not made faulty', async () => {
        const { cases } = await resultOf(kind, goodDevice);
        for (const entry of cases) assert.equal(entry.outcome, 'pass', told(entry));
      });

      for (const fault of faults.filter(({ device }) => device === kind)) {
        it(`${fault.name}: ${fault.title}`, async function () {
          if (fault.switch === 'open-vswitch') needs(this, 'Open vSwitch');
          const expectation = expectations[fault.name];
          assert.ok(expectation, 'this test says nothing of the fault: add a row to its table');
          const { because = {}, passes, shows } = expectation;
          const result = await resultOf(kind, fault.name);
          const find = (id: string): CaseResult => {
            const entry = result.cases.find((candidate) => candidate.id === id);
            assert.ok(entry, `${id} was not run`);
            return entry;
          };
          const broken = shares.get(fault.name) ?? [];
          for (const entry of broken.map(find)) {
            assert.equal(entry.outcome, 'fail', told(entry));
            const why = because[entry.probe];
            assert.ok(why, `this test does not say why ${entry.probe} should fail`);
            assert.match(`${entry.reason} | ${entry.observed}`, why);
          }
          for (const entry of passes.map(find)) assert.equal(entry.outcome, 'pass', told(entry));
          assert.equal(
            shows === undefined,
            broken.length > 0,
            'either it breaks cases, or shows in another way',
          );
          if (shows) assert.equal(statusOf(result.cases), 'compliant');
          shows?.(result);
          seen.set(fault.name, broken);
        });
      }

      it('fail, each case of the catalogue on one of them', async () => {
        const failed = new Set([...seen.values()].flat());
        const never = mustFail(kind).filter((id) => !failed.has(id));
        assert.deepEqual(never, []);
        console.log(`\n${table(await resultOf(kind, goodDevice), seen)}\n`);
      });
    });
  }
});
