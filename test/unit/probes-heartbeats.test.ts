/** What the judges of the heartbeat probes say of recordings that were written by hand, and the probes on switches in
 *  memory. */
import assert from 'node:assert/strict';
import { decodeFrame } from '../../src/frame/index.js';
import type { PortName } from '../../src/probe.js';
import type { CaseResult } from '../../src/result.js';
import type { Arrival, SwitchBehaviour } from '../../src/wire/memory/switch.js';
import { judged, table } from './judging.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { fatesOf, record, type Script } from './recordings.js';

const ports: readonly PortName[] = ['a', 'b', 'world', 'monitor'];
const nodes = ['a', 'b'] as const;
const others = (node: PortName) => ports.filter((port) => port !== node);

function sends(script: Script, label: string, from: PortName, fates: string): Script {
  for (const [count, to] of fatesOf(fates)) for (let n = 0; n < count; n += 1) script.sent(label, from, to);
  return script;
}

/** Both nodes meet, then send heartbeats that fare so, and witnesses beside them. */
function exchanged(
  beats: Readonly<Record<'a' | 'b', string>>,
  {
    witnesses = { a: '10 b+world+monitor', b: '10 a+world+monitor' } as Readonly<Record<'a' | 'b', string>>,
    meet = others as (node: PortName) => readonly PortName[],
  } = {},
): Script {
  const script = record({ ports });
  for (const node of nodes) script.sent(`before-${node}`, node, meet(node));
  script.sentinel();
  for (const node of nodes) sends(script, `beat-${node}`, node, beats[node]);
  for (const node of nodes) sends(script, `witness-${node}`, node, witnesses[node]);
  return script.sentinel();
}

describe('heartbeats: judges', () => {
  const all = { a: '10 b+world+monitor', b: '10 a+world+monitor' };
  const silent = { a: '10 -', b: '10 -' };
  table('switch/heartbeat-link-local/vrrp', [
    ['everywhere', exchanged(all), 'pass', /carries VRRP advertisements to 224\.0\.0\.18/],
    ['one lost', exchanged({ ...all, a: '9 b+world+monitor, 1 -' }), 'pass', /carries VRRP/],
    [
      'not at b',
      exchanged({ ...all, a: '10 world+monitor' }),
      'fail',
      /drops VRRP advertisements to 224\.0\.0\.18 from port a to port b, though it carries the broadcasts/,
    ],
    ['not at the monitor', exchanged({ ...all, b: '10 a+world' }), 'fail', /from port b to port monitor/],
    [
      'nowhere',
      exchanged(silent),
      'fail',
      /from port a to port b and port world and port monitor, from port b/,
    ],
    [
      'nor the witnesses',
      exchanged(silent, { witnesses: silent }),
      'inconclusive',
      /Too many frames got lost/,
    ],
    ['half lost', exchanged({ ...all, a: '5 b+world+monitor, 5 -' }), 'inconclusive', /Too many frames got/],
    ['two of ten lost', exchanged({ ...all, a: '8 b+world+monitor, 2 -' }), 'pass', /carries VRRP/],
    [
      'two of ten left',
      exchanged({ ...all, a: '2 b+world+monitor, 8 world+monitor' }),
      'inconclusive',
      /port a to port b to/,
    ],
    [
      'half lost, and half of the witnesses',
      exchanged(
        { a: '5 b+world+monitor, 5 -', b: all.b },
        { witnesses: { a: '5 b+world+monitor, 5 -', b: all.b } },
      ),
      'pass',
      /carries VRRP/,
    ],
    [
      'nodes that never heard each other',
      exchanged(all, { meet: (node) => others(node).filter((port) => port !== 'b') }),
      'inconclusive',
      /Not even broadcasts from port a reach port b/,
    ],
    [
      'none sent',
      record({ ports }).sent('before-a', 'a', ['b', 'world', 'monitor']).sentinel(),
      'inconclusive',
      /./,
    ],
  ]);
  table('switch/heartbeat-ethertype/unicast', [
    [
      'to the other node alone',
      exchanged({ a: '10 b', b: '10 a' }),
      'pass',
      /EtherType 0x8890 between the nodes/,
    ],
    ['dropped', exchanged({ a: '10 -', b: '10 a' }), 'fail', /from port a to port b, though/],
  ]);

  it('tells each way by itself', () => {
    const { findings } = judged(
      'switch/heartbeat-link-local/vrrp',
      exchanged({ ...all, a: '10 world+monitor' }).end(),
    );
    assert.deepEqual(
      findings.filter(({ holds }) => holds === false).map(({ id }) => id),
      ['a-to-b'],
    );
    assert.equal(findings.length, 6);
  });
});

describe('heartbeats to groups: judges', () => {
  table('switch/heartbeat-unregistered-group/unreported', [
    ['carried', exchanged({ a: '10 b', b: '10 a' }), 'pass', /carries heartbeats/],
    ['pruned', exchanged({ a: '10 world', b: '10 a' }), 'fail', /drops heartbeats .* from port a to port b/],
  ]);

  /** Two a second, and the last of them so. */
  const outlasting = (last: string, witnesses = '30 b') => {
    const script = record({ ports, declared: { groupMembershipMs: 8000 } });
    for (const node of nodes) script.sent(`before-${node}`, node, others(node));
    script.sentinel().mark('group', '233.252.0.7');
    for (const [count, to] of fatesOf(`24 b, ${last}`))
      for (let n = 0; n < count; n += 1) script.wait(499).sent('beat-a', 'a', to);
    sends(sends(script, 'beat-b', 'b', '30 a'), 'witness-b', 'b', '30 a');
    return sends(script, 'witness-a', 'a', witnesses).sentinel();
  };
  const id = 'switch/heartbeat-unregistered-group/outlasting';
  table(id, [
    ['to the end', outlasting('6 b'), 'pass', /still carried heartbeats to 233\.252\.0\.7/],
    [
      'not to the end',
      outlasting('6 -'),
      'fail',
      /from port a to port b 11\.5 s after .* Give the VLAN a querier/,
    ],
    ['nor the witnesses', outlasting('6 -', '24 b, 6 -'), 'inconclusive', /Too many of the last/],
  ]);
  it('measures for how long they were carried', () => {
    const [carried] = judged(id, outlasting('6 -').end()).measurements;
    assert.deepEqual([carried?.low, carried?.high, carried?.unit], [11.5, 12, 's']);
  });

  const joined = (after: string, { before = '10 a', unreported = '5 a', announced = true } = {}) => {
    const script = record({ ports }).mark('group', '233.252.0.200').stream('before', before).sentinel();
    script.sent('announce', 'b', announced ? ['a', 'world'] : []).stream('unreported', unreported);
    return script.sent('report-b', 'b', []).stream('poll', '2 a, 1 b').stream('after', after).sentinel();
  };
  table('switch/heartbeat-joined-group/igmp-v2', [
    ['with the report', joined('10 b'), 'pass', /followed the node to port b with its first report/],
    ['flooded', joined('10 a+b', { unreported: '5 a+b' }), 'pass', /without waiting for a report/],
    ['never', joined('10 a'), 'fail', /does not send 233\.252\.0\.200 to port b, though .* 1 times/],
    ['some lost', joined('6 b, 4 -'), 'pass', /followed the node/],
    ['most lost', joined('4 b, 6 -'), 'inconclusive', /too lossy/],
    ['port b dropped', joined('10 a', { announced: false }), 'inconclusive', /Nothing that the node says/],
    [
      'no member before',
      joined('10 b', { before: '10 -' }),
      'inconclusive',
      /0 of 10 frames to the group reached/,
    ],
  ]);
  it('bounds the gap by the polls', () => {
    const [gap] = judged('switch/heartbeat-joined-group/igmp-v2', joined('10 b').end()).measurements;
    assert.deepEqual([gap?.low, gap?.high, gap?.unit], [2, 3, 'ms']);
  });

  const reserved = (fates: string, before: readonly PortName[] = ['b', 'world', 'monitor']) =>
    sends(record({ ports }).sent('before', 'a', before).sentinel(), 'to-0e', 'a', fates).sentinel();
  table('switch/reserved-group/lldp', [
    ['kept', reserved('5 -'), 'pass', /relays none/],
    ['one relayed', reserved('4 -, 1 b'), 'fail', /from port a to 01:80:c2:00:00:0e came out at port b\./],
    ['not all sent', reserved('4 -'), 'inconclusive', /Not all/],
    ['a port that is not heard', reserved('5 -', ['b', 'world']), 'inconclusive', /reach port monitor/],
  ]);
});

describe('heartbeat probes on switches in memory', () => {
  async function run(behaviour: SwitchBehaviour, selected: (id: string) => boolean): Promise<CaseResult[]> {
    const bench = await openMemoryBench({ behaviour: () => behaviour });
    try {
      await prepare(bench);
      return await runOn(bench, { selected });
    } finally {
      await bench.close();
    }
  }
  /** Not to port b. */
  const pruned = (test: (arrival: Arrival) => boolean): SwitchBehaviour => ({
    floods: (arrival, to) => to !== 'b' || !test(arrival),
  });

  it('pass on a good one', async () => {
    const ours =
      /^switch\/(heartbeat-(link-local\/vrrp$|ipv6\/solicited|mismatch|joined-group\/igmp-v3)|reserved-group\/others)/;
    const results = await run({}, (id) => ours.test(id));
    for (const { id, outcome, reason } of results) assert.equal(outcome, 'pass', `${id}: ${reason}`);
    assert.equal(results.length, 6);
  });

  it('find a switch that prunes VRRP', async () => {
    const results = await run(
      pruned(({ frame }) => decodeFrame(frame).ipv4?.destination === '224.0.0.18'),
      (id) => /vrrp$|all-routers/.test(id) && id.includes('link-local'),
    );
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['fail', 'pass'],
    );
  });
});
