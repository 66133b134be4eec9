/** The probes of features that break a takeover: their judges, and how they come out on switches in memory. */
import assert from 'node:assert/strict';
import { diagnose } from '../../src/diagnosis/diagnose.js';
import { decodeFrame } from '../../src/frame/index.js';
import type { CaseResult } from '../../src/result.js';
import type { Arrival, MemorySwitch, SwitchBehaviour } from '../../src/wire/memory/switch.js';
import { table } from './judging.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { record } from './recordings.js';

/** Port a or b exercised: frames of its own address that came out at World, and World's that came in there. */
type Exercise = readonly [port: 'a' | 'b', when: string, spoke: boolean, heard: boolean];

const exercised = (script = record(), ...all: readonly Exercise[]) =>
  all.reduce((on, [port, when, spoke, heard]) => {
    for (let n = 0; n < 5; n += 1) {
      on.sent(`own-${port}-${when}`, port, spoke ? ['world'] : []);
      on.sent(`to-${port}-${when}`, 'world', heard ? [port] : []);
    }
    return on;
  }, script);
const said = (script: ReturnType<typeof record>, label: string, times: number, carried: boolean) => {
  for (let n = 0; n < times; n += 1) script.sent(label, 'b', carried ? ['world'] : []);
  return script;
};

describe('switch/source-filter: judge', () => {
  const spoke = (foreign: boolean, own: boolean, before = true) => {
    const script = exercised(record(), ['a', 'before', true, true], ['b', 'before', before, true]).sentinel();
    said(script, 'foreign-1', 8, foreign);
    exercised(script, ['b', 'between', own, true]);
    return said(script, 'foreign-2', 8, foreign)
      .stream('back', foreign ? '5 b' : '5 a+b')
      .sentinel();
  };
  table('switch/source-filter/foreign-data', [
    ['carried', spoke(true, true), 'pass', /carried the frames/],
    ['filtered', spoke(false, true), 'fail', /a filter checks the source/],
    ['nothing crosses', spoke(false, false), 'inconclusive', /Too many frames got lost/],
    ['nothing crossed before', spoke(true, true, false), 'inconclusive', /prove nothing/],
  ]);
  table('switch/source-filter/own-address', [
    ['carried', spoke(true, true), 'pass', /carried the frames/],
    ['mute from the start', spoke(false, false, false), 'fail', /not even those of its NIC’s own address/],
  ]);
});

describe('switch/arp-inspection: judge', () => {
  const spoke = (announced: boolean, data: readonly boolean[]) => {
    const script = record().stream('before', '10 a').sentinel();
    const message = (n: number) => said(script, `message-${n}`, announced ? 1 : 4, announced);
    message(1);
    for (const [n, carried] of data.entries()) {
      said(script, `plain-${n + 1}`, 1, carried);
      if (n === 0) message(2);
    }
    message(3);
    return script.sentinel();
  };
  const [yes, no] = [true, false];
  table('switch/arp-inspection/gratuitous-request', [
    ['carried', spoke(true, [yes, yes, yes, yes]), 'pass', /carried a gratuitous ARP request/],
    ['dropped', spoke(false, [yes, yes, yes, yes]), 'fail', /none of 12 came out/],
    ['dropped, and one datagram lost', spoke(false, [yes, no, yes, yes]), 'fail', /none of 12/],
    ['everything is dropped', spoke(false, [no, no, no, no]), 'inconclusive', /did not cross either/],
    ['most is dropped', spoke(false, [yes, no, no, no]), 'inconclusive', /did not cross either/],
  ]);
});

describe('switch/port-security: judge', () => {
  const tookOver = (carried: boolean, after: readonly Exercise[], link = 'up') => {
    const script = exercised(record(), ['a', 'before', true, true], ['b', 'before', true, true]);
    script.stream('before', '10 a').sentinel();
    said(said(script, 'moved', carried ? 1 : 4, carried), 'moved-data', carried ? 1 : 4, carried);
    script.mark('link-seen', `b=${link}`);
    return exercised(script, ...after);
  };
  const alive: readonly Exercise[] = [
    ['a', 'after', true, true],
    ['b', 'after', true, true],
  ];
  table('switch/port-security/takeover', [
    ['carried', tookOver(true, alive).sentinel(), 'pass', /went on working/],
    ['refused', tookOver(false, alive).sentinel(), 'fail', /none of 8 from the station/],
    [
      'port b dead',
      tookOver(false, [alive[0] as Exercise, ['b', 'after', false, false]]),
      'fail',
      /port b carries nothing any more, though its link is up: the switch has shut it/,
    ],
    [
      'port a dead',
      tookOver(true, [['a', 'after', false, false], alive[1] as Exercise]),
      'fail',
      /port a carries nothing any more/,
    ],
    [
      'port b without a link',
      tookOver(true, [alive[0] as Exercise, ['b', 'after', false, false]], 'down').swallowed(
        'moved-data',
        'b',
      ),
      'fail',
      /the link of port b went down/,
    ],
    [
      'a frame that did not leave, with a link',
      tookOver(true, alive).swallowed('moved-data', 'b'),
      'inconclusive',
      /never seen to leave/,
    ],
  ]);
});

describe('the feature probes on switches in memory', () => {
  type Behaviour = (network: () => MemorySwitch) => SwitchBehaviour;
  /** Quick ones: the others wait for seconds. */
  const quick =
    /^switch\/(relearns\/(arp-request|ipv4)$|source-filter\/|arp-inspection\/|arp-suppression\/ipv[46]$|storm-control\/(burst-10|many-addresses)$|port-security\/)/;

  async function run(behaviour: Behaviour, cases = quick): Promise<CaseResult[]> {
    const bench = await openMemoryBench({ behaviour, relearnMs: 300 });
    try {
      await prepare(bench);
      return await runOn(bench, { selected: (id) => cases.test(id) });
    } finally {
      await bench.close();
    }
  }
  const failedOf = (cases: readonly CaseResult[]) =>
    cases.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id.replace('switch/', ''));
  const causes = (cases: readonly CaseResult[]) => diagnose(cases).map(({ id }) => id);

  it('pass on a good switch', async () => {
    const cases = await run(() => ({}));
    assert.deepEqual(
      cases.filter(({ outcome }) => outcome !== 'pass').map(({ id, reason }) => `${id}: ${reason}`),
      [],
    );
    assert.deepEqual(causes(cases), []);
  });

  /** A switch that refuses some frames: they neither teach it nor leave it. */
  const refusing =
    (refuses: (arrival: Arrival, network: MemorySwitch) => boolean): Behaviour =>
    (network) => ({
      learns: (arrival) => !refuses(arrival, network()),
      forward: (arrival, ports) => (refuses(arrival, network()) ? [] : ports),
    });

  it('tell ARP inspection', async () => {
    const isArp = ({ port, frame }: Arrival) => port === 'b' && decodeFrame(frame).arp !== undefined;
    const cases = await run(
      refusing(isArp),
      /relearns\/(arp-request|ipv4)$|source-filter\/foreign|arp-inspection\/gratuitous-request/,
    );
    assert.deepEqual(failedOf(cases), ['relearns/arp-request', 'arp-inspection/gratuitous-request']);
    assert.deepEqual(causes(cases), ['arp-inspection']);
  });

  it('tell a source filter', async () => {
    const own = '00:00:5e:00:53:f9';
    const cases = await run(
      refusing(({ port, source }) => port === 'b' && source !== own),
      /source-filter\/(own|foreign-data)|relearns\/ipv4$/,
    );
    assert.deepEqual(failedOf(cases), ['relearns/ipv4', 'source-filter/foreign-data']);
    assert.deepEqual(causes(cases), ['source-filter']);
  });

  it('tell sticky addresses', async () => {
    const known = new Set<string>();
    const sticky: Behaviour = refusing(({ port, source }) => {
      if (port === 'a') known.add(source);
      return port === 'b' && known.has(source);
    });
    const cases = await run(
      sticky,
      /relearns\/ipv4$|source-filter\/foreign-data|port-security\/(takeover|second)/,
    );
    assert.deepEqual(failedOf(cases), ['relearns/ipv4', 'port-security/takeover']);
    assert.deepEqual(causes(cases), ['sticky-mac']);
  });

  it('tell a port that is shut without its link going down', async () => {
    const known = new Set<string>();
    let isShut = false;
    const cases = await run(
      () => ({
        forward({ port, source }, ports) {
          if (port === 'a') known.add(source);
          if (port === 'b' && known.has(source)) isShut = true;
          return isShut ? (port === 'b' ? [] : ports.filter((to) => to !== 'b')) : ports;
        },
      }),
      /source-filter\/foreign-data|port-security\/takeover/,
    );
    assert.deepEqual(failedOf(cases), ['port-security/takeover']);
    assert.deepEqual(causes(cases), ['port-shut']);
  });
});
