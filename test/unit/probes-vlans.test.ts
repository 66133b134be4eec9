/** What the judges of the VLAN probes say of recordings that were written by hand, and the probes on switches in memory. */
import assert from 'node:assert/strict';
import { broadcastMac, linkFrame, withTag } from '../../src/frame/index.js';
import type { PortName } from '../../src/probe.js';
import type { CaseResult } from '../../src/result.js';
import type { Arrival, SwitchBehaviour } from '../../src/wire/memory/switch.js';
import { table } from './judging.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { fatesOf, record, type Scene, type Script } from './recordings.js';

const vlans = { native: 1, tagged: [10, 20] };
const scene: Scene = { declared: { vlans }, ports: ['a', 'b', 'world', 'monitor'] };
const start = () => record(scene);

let number = 0;
/** Some frame, tagged where that VLAN is not the native one. */
function frameIn(vid: number): Uint8Array {
  number += 1;
  const payload = Uint8Array.of(number >> 8, number & 0xff, 1);
  const frame = linkFrame({ destination: broadcastMac, source: '00:00:5e:00:53:01' }, 0x88b5, payload);
  return vid === vlans.native ? frame : withTag(frame, { vid });
}

/** World's frames in a VLAN, by what became of them: `8 b, 1 a+b, 1 -`. */
function stream(script: Script, label: string, vid: number, fates: string, from: PortName = 'world'): Script {
  for (const [count, to] of fatesOf(fates))
    for (let n = 0; n < count; n += 1) script.sent(label, from, to, frameIn(vid));
  return script;
}

describe('switch/vlan-independence and vlan-double-tag: judges', () => {
  const taught = (unknown: string) => {
    const script = stream(start(), 'before-x', 10, '10 a');
    return stream(stream(script, 'unknown-y', 20, unknown), 'before-y', 20, '10 a').sentinel();
  };
  const apart = '5 a+b+monitor';
  const moved = (
    x: string,
    y: string,
    { unknown = apart, announced = ['a', 'world'] as PortName[] } = {},
  ) => {
    const script = taught(unknown).sent('announce', 'b', announced, frameIn(10));
    return stream(stream(script, 'after-x', 10, x), 'after-y', 20, y).sentinel();
  };
  const separate = (unknown: string) =>
    stream(stream(start(), 'before-x', 10, '10 a'), 'unknown-y', 20, unknown).sentinel();

  table('switch/vlan-independence/separate', [
    ['flooded in the other VLAN', separate(apart), 'pass', /10 and 20 are learned independently/],
    ['without its copies on some ports', separate('1 b, 4 -'), 'pass', /independently/],
    ['known in the other VLAN', separate('5 a'), 'fail', /VLAN 10 holds in VLAN 20 too \(shared/],
    ['two of them lost', separate('3 a, 2 -'), 'fail', /shared/],
    ['most of them lost', separate('2 a, 3 -'), 'inconclusive', /got lost in VLAN 20/],
    ['all of them lost', separate('5 -'), 'inconclusive', /got lost in VLAN 20/],
  ]);
  table('switch/vlan-independence/move', [
    ['the other VLAN left alone', moved('10 b', '10 a'), 'pass', /left the same address in VLAN 20 alone/],
    ['moved in both', moved('10 b', '10 b'), 'fail', /moved to port b in VLAN 20 too/],
    ['forgotten in the other', moved('10 b', '10 a+b+monitor'), 'fail', /moved to port b in VLAN 20 too/],
    ['flooded elsewhere', moved('10 b', '10 a+monitor'), 'fail', /forgotten, or lost, in VLAN 20/],
    ['lost in the other', moved('10 b', '10 -'), 'fail', /forgotten, or lost, in VLAN 20/],
    ['not moved at all', moved('10 a', '10 a'), 'inconclusive', /move in VLAN 10 was not followed/],
    ['lossy', moved('10 b', '5 a, 5 -'), 'inconclusive', /5 of 10 frames came out nowhere/],
    ['shared learning', moved('10 b', '10 b', { unknown: '5 a' }), 'not-applicable', /a move in both/],
    [
      'copies in a third VLAN, another claim',
      stream(moved('10 b', '10 a'), 'after-x', 30, '1 a+monitor'),
      'pass',
      /left the same address in VLAN 20 alone/,
    ],
  ]);
  table('switch/vlan-double-tag/outer', [
    ['by the outer tag', moved('10 b', '10 a'), 'pass', /in the VLAN of the outer tag, 10/],
    ['by the inner tag', moved('10 a', '10 b'), 'fail', /goes by the inner tag/],
    ['by both', moved('10 b', '10 b'), 'fail', /did not stay at port a in VLAN 20/],
    ['by neither', moved('10 a', '10 a'), 'fail', /carried an announcement .* but did not move/],
    ['dropped', moved('10 a', '10 a', { announced: [] }), 'fail', /frames with two tags do not cross it/],
    ['lossy', moved('5 b, 5 -', '10 a'), 'inconclusive', /too lossy/],
    ['shared learning', moved('10 b', '10 b', { unknown: '5 a' }), 'not-applicable', /which tag counts/],
  ]);
});

describe('switch/vlan-tagged-move and vlan-priority-tag: judges', () => {
  const after = (vid: number, fates: string, heard: PortName[] = ['world']) => {
    const script = stream(start(), 'before', 1, '10 a').sentinel();
    for (let n = 0; n < 3; n += 1) script.sent('announce', 'b', heard, frameIn(vid));
    return stream(script, 'after', vid, fates).sentinel();
  };
  table('switch/vlan-tagged-move/to-tagged', [
    ['followed', after(10, '10 b'), 'pass', /at port b in VLAN 10, tagged/],
    ['flooded', after(10, '10 a+b+monitor'), 'fail', /are flooded: it was not learned there/],
    ['stale', after(10, '10 a'), 'fail', /go to port a/],
    ['nowhere', after(10, '10 -'), 'fail', /come out nowhere/],
    ['half lost', after(10, '5 b, 5 -'), 'inconclusive', /too lossy/],
    ['one lost', after(10, '9 b, 1 -'), 'pass', /at port b/],
  ]);
  table('switch/vlan-tagged-move/back', [
    ['followed', after(1, '10 a'), 'pass', /at port a in VLAN 1, untagged/],
    ['not followed', after(1, '10 b'), 'fail', /from port a in VLAN 1, untagged, go to port b/],
  ]);
  table('switch/vlan-priority-tag/arp-request', [
    ['moved', after(1, '10 b'), 'pass', /with VID 0/],
    [
      'dropped',
      after(1, '10 a', []),
      'fail',
      /none of 3 came out at World: the switch drops frames with a prio/,
    ],
    ['carried, not learned', after(1, '10 a'), 'fail', /learned nothing from it in the port’s own VLAN/],
    ['half lost', after(1, '5 b, 5 -'), 'inconclusive', /too lossy/],
  ]);
});

describe('switch/vlan-membership, vlan-4095 and vlan-leak: judges', () => {
  const relayed = (fates: string, as = 3333, before = '5 a+world+monitor') =>
    stream(stream(start(), 'before', 1, before, 'b').sentinel(), 'stray', as, fates, 'b').sentinel();
  const learned = (fates: string) =>
    stream(stream(start(), 'before', 1, '10 a').sentinel(), 'after', 1, fates).sentinel();
  table('switch/vlan-membership/not-relayed', [
    ['discarded', relayed('10 -'), 'pass', /discards frames with VID 3333/],
    ['relayed', relayed('9 -, 1 a'), 'fail', /came out at port a in VLAN 3333/],
    ['taken for native', relayed('10 a+world', 1), 'fail', /came out at port a, world in VLAN 1\./],
    ['port b not heard', relayed('10 -', 3333, '5 -'), 'inconclusive', /do not reach World/],
    ['none sent', start().sentinel(), 'inconclusive', /do not reach World/],
  ]);
  table('switch/vlan-membership/not-learned', [
    ['stays', learned('10 a'), 'pass', /VID 3333 moved nothing/],
    ['moved', learned('10 b'), 'fail', /VID 3333, which port b does not carry, .* now go to port b/],
    ['forgotten', learned('10 a+monitor'), 'fail', /no longer go to port a alone/],
    ['half lost', learned('5 a, 5 -'), 'inconclusive', /too lossy/],
  ]);
  table('switch/vlan-4095/not-relayed', [
    ['discarded', relayed('10 -', 4095), 'pass', /VID 4095/],
    ['relayed', relayed('10 a', 4095), 'fail', /VID 4095, .* came out at port a in VLAN 4095/],
  ]);

  const everywhere = 'a+b+monitor';
  const sentIn = (script: Script, when: string, as: (vid: number) => number, fate: string) =>
    [1, 10, 20].reduce((whole, vid) => stream(whole, `${when}-${vid}`, as(vid), `5 ${fate}`), script);
  const same = (vid: number) => vid;
  const leaked = (as: (vid: number) => number, { fate = everywhere, before = everywhere } = {}) =>
    sentIn(sentIn(start(), 'before', same, before).sentinel(), 'in', as, fate).sentinel();
  table('switch/vlan-leak/broadcast', [
    ['kept apart', leaked(same), 'pass', /No broadcasts left their VLAN/],
    ['leaks', leaked((vid) => (vid === 10 ? 20 : vid)), 'fail', /in VLAN 10 came out at port a in VLAN 20/],
    ['loses its tag', leaked(() => 1), 'fail', /in VLAN 10 came out at port a in VLAN 1\./],
    ['most lost', leaked(same, { fate: '-' }), 'inconclusive', /too few came out/],
    [
      'not a member',
      leaked(same, { before: 'a+b' }),
      'inconclusive',
      /Port monitor hears nothing of VLAN 1, though the bench file says/,
    ],
  ]);
});

describe('VLAN probes on switches in memory', () => {
  const member = ({ vid }: Arrival) => vid === 0 || vid === 1 || vlans.tagged.includes(vid);
  const good: SwitchBehaviour = {
    learns: member,
    forward: (arrival, ports) => (member(arrival) ? ports : []),
  };
  async function run(behaviour: SwitchBehaviour, selected: (id: string) => boolean): Promise<CaseResult[]> {
    const bench = await openMemoryBench({
      declared: { vlans },
      behaviour: () => ({ ...good, ...behaviour }),
    });
    try {
      await prepare(bench);
      return await runOn(bench, { selected });
    } finally {
      await bench.close();
    }
  }
  const outcomes = (results: readonly CaseResult[]) =>
    Object.fromEntries(results.map(({ id, outcome }) => [id.replace('switch/vlan-', ''), outcome]));

  it('pass on a good one', async () => {
    const some = /vlan-(independence|double-tag|4095\/not-learned|membership\/not-relayed|leak\/known)/;
    const results = await run({}, (id) => some.test(id));
    for (const { id, outcome, reason } of results) assert.equal(outcome, 'pass', `${id}: ${reason}`);
    assert.equal(results.length, 6);
  });

  it('find a switch that takes in what its ports do not carry', async () => {
    const stray = /vlan-(membership|4095)\/not-relayed/;
    const results = await run({ learns: () => true, forward: (_, ports) => ports }, (id) => stray.test(id));
    assert.deepEqual(outcomes(results), { 'membership/not-relayed': 'fail', '4095/not-relayed': 'fail' });
  });
});
