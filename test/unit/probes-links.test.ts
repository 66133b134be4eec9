/** What the judges of links, isolation and ageing say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import { longestMs } from '../../probes/switch/ageing-time.js';
import { treeAt } from '../../probes/switch/bpdu.js';
import { encodeEthernet, udpFrame } from '../../src/frame/index.js';
import { judged, table } from './judging.js';
import { addresses, record, type Scene, type Script } from './recordings.js';

const ports = ['a', 'b', 'world', 'monitor'] as const;
const all = (count: number, act: (n: number) => void) => {
  for (let n = 1; n <= count; n += 1) act(n);
};

describe('switch/isolation: judge', () => {
  const beats = (fromA: readonly ('b' | 'world')[], fromB: readonly ('a' | 'world')[], world = true) => {
    const script = record({ ports }).sentinel();
    all(10, () => {
      script.sent('heartbeat-a', 'a', fromA).sent('to-world-a', 'a', world ? ['world'] : []);
      script.sent('heartbeat-b', 'b', fromB).sent('to-world-b', 'b', ['world']);
    });
    return script.sentinel();
  };
  const lossy = () => {
    const script = beats(['world'], ['a', 'world']);
    all(5, () => void script.sent('heartbeat-a', 'a', ['b', 'world']));
    return script.sentinel();
  };
  table('switch/isolation/broadcast', [
    ['both heard', beats(['b', 'world'], ['a', 'world']), 'pass', /hear each other’s broadcast/],
    ['neither heard', beats(['world'], ['world']), 'fail', /Ports a and b hear none of each other’s/],
    ['one way', beats(['world'], ['a', 'world']), 'fail', /Port b hears none of port a’s/],
    ['dropped for all', beats([], []), 'inconclusive', /dropped or pruned, not isolated/],
    ['World deaf as well', beats(['world'], ['world'], false), 'inconclusive', /World does not hear port a/],
    ['some heard', lossy(), 'inconclusive', /missed 10 of 15/],
  ]);
  table('switch/isolation/unicast', [
    ['both heard', beats(['b'], ['a']), 'pass', /unicast/],
    ['neither heard', beats([], []), 'fail', /unicast heartbeats, though World hears both/],
  ]);
});

describe('switch/link-down: judge', () => {
  const gone = (poll: string, after: string) =>
    record({ ports })
      .stream('before', '10 a')
      .sentinel()
      .mark('link-goes-down')
      .mark('link', 'a=down')
      .stream('poll', poll)
      .stream('after', after)
      .sentinel();
  table('switch/link-down/flushed', [
    ['flooded', gone('1 b+monitor', '10 b+monitor'), 'pass', /floods the frames/],
    ['to b alone', gone('1 b', '10 b'), 'pass', /port b gets the frames/],
    ['nowhere', gone('100 -', '10 -'), 'fail', /keeps sending to the dead port/],
    ['half lost', gone('1 b', '5 b, 5 -'), 'inconclusive', /5 of 10 frames came out nowhere/],
  ]);
  it('bounds the time by the last frame that was lost and the first that was not', () => {
    const [time] = judged('switch/link-down/flushed', gone('3 -, 1 b', '10 b').end()).measurements;
    assert.deepEqual([time?.low, time?.high], [3, 5]);
  });
});

describe('switch/spanning-tree: judge', () => {
  /** A link that comes up; B's frames pass from `fromMs` on. */
  const up = (fromMs: number, untilMs: number, { after = 'b', alive = true, bpdu = false } = {}) => {
    const script = record({ ports, addresses: { 'bridge-group': '01:80:c2:00:00:00' } });
    all(4, (n) => void script.stream(`before-${n}`, '5 a'));
    script.sentinel().mark('plugged').mark('link', 'b=up');
    if (bpdu) script.heard('b', configurationBpdu(7.5));
    const offsets = [0, 500, 1_000, 2_000];
    let announced = 0;
    let elapsedMs = 0;
    for (; elapsedMs <= untilMs; elapsedMs += 50) {
      const through = elapsedMs >= fromMs;
      script.wait(47);
      if (elapsedMs >= (offsets[announced] ?? Number.POSITIVE_INFINITY)) {
        announced += 1;
        script.sent(`announce-${announced}`, 'b', through ? ['a', 'world', 'monitor'] : []);
      } else script.wait(1);
      script.sent('beacon-b', 'b', through ? ['world'] : []);
      script.sent('beacon-a', 'a', alive ? ['world'] : []);
    }
    all(announced, (n) => void script.stream(`after-${n}`, n === announced ? `5 ${after}` : '5 a'));
    return fromMs <= untilMs ? script.sentinel() : script;
  };
  table('switch/spanning-tree/link-up', [
    ['at once', up(0, 0), 'pass', /carried frames .* after its link had come up, and an announcement/],
    ['after a second', up(1_000, 1_000), 'pass', /1\.[01] s after/],
    [
      'never, and no BPDU',
      up(9_000, 3_000),
      'fail',
      /nothing for 3\.\d s.*Announcements sent meanwhile achieved nothing\. No BPDU/,
    ],
    [
      'never, with BPDUs',
      up(9_000, 3_000, { bpdu: true }),
      'fail',
      /forward delay of 7\.5 s\. Make it an edge/,
    ],
    ['World deaf too', up(9_000, 3_000, { alive: false }), 'inconclusive', /too lossy to tell/],
    ['carried, not followed', up(0, 0, { after: 'a' }), 'fail', /moved nothing/],
    ['not watched long enough', up(9_000, 900), 'inconclusive', /too late to tell/],
  ]);

  it('reads the forward delay of a BPDU, and bears with what is none', () => {
    const heard = (frame: Uint8Array) => treeAt(record({ ports }).heard('b', frame).end(), 'b');
    assert.deepEqual(heard(configurationBpdu(15)), { forwardDelayMs: 15_000 });
    assert.deepEqual(heard(configurationBpdu(15, 0xaa)), {});
    assert.equal(heard(new Uint8Array(60)), undefined);
  });
});

/** A configuration BPDU as IEEE 802.1D lays it out. */
function configurationBpdu(forwardDelayS: number, sap = 0x42): Uint8Array {
  const payload = new Uint8Array(46);
  payload.set([sap, sap, 0x03]);
  new DataView(payload.buffer).setUint16(3 + 33, forwardDelayS * 256);
  return encodeEthernet({
    destination: '01:80:c2:00:00:00',
    source: '02:00:00:00:00:01',
    type: 38,
    payload,
  });
}

describe('switch/ageing, dest-no-refresh, silent-takeover: judges', () => {
  const ageingMs = 10_000;
  const mostMs = longestMs(ageingMs);
  const scene = (roles: readonly string[]): Scene => ({
    ports,
    declared: { ageingMs },
    addresses: Object.fromEntries(roles.map((role, at) => [role, mac(at)])),
  });
  const mac = (at: number) => `00:00:5e:00:53:${(0x10 + at).toString(16)}`;
  const says = (script: Script, at: number, port: 'a' | 'b', label = 'speaks') =>
    script.sent(
      label,
      port,
      ['world'],
      udpFrame({
        destination: addresses['port-world'],
        source: mac(at),
        ipSource: '192.0.2.9',
        ipDestination: '192.0.2.1',
        payload: new Uint8Array(20),
      }),
    );

  const stations = Array.from({ length: 10 }, (_, index) => `station-${index + 1}`);
  /** Ten stations that spoke at once, each looked at once, so many milliseconds later. */
  const looked = (...looks: readonly (readonly [atMs: number, fate: string])[]) => {
    const script = record(scene(stations));
    all(10, (n) => {
      says(script, n - 1, 'a');
      script.stream(`before-${n}`, '10 a');
    });
    let nowMs = 120;
    for (const [index, [atMs, fate]] of looks.entries()) {
      script.wait(atMs - nowMs).stream(`look-${index + 1}`, `3 ${fate}`);
      nowMs = atMs + 3;
    }
    return script.sentinel();
  };
  const forgotten = 'a+b+monitor';
  table('switch/ageing/declared', [
    [
      'as declared',
      looked([5_000, 'a'], [9_500, 'a'], [10_900, forgotten], [11_000, forgotten]),
      'pass',
      /between 9\.\d s and 10\.\d s/,
    ],
    ['at once', looked([5_000, forgotten], [5_100, forgotten]), 'fail', /forgets a silent station within/],
    ['never', looked([9_500, 'a'], [mostMs + 200, 'a']), 'fail', /still sends to a station that was silent/],
    [
      'in its second scan',
      looked([9_500, 'a'], [15_000, 'a'], [20_000, forgotten]),
      'pass',
      /between 15\.0 s and/,
    ],
    ['lost', looked([9_500, '-'], [11_000, '-'], [mostMs + 200, '-']), 'inconclusive', /don’t tell/],
    ['a gap at the limit', looked([5_000, 'a'], [10_500, forgotten]), 'inconclusive', /don’t tell/],
  ]);
  it('notes an entry that lives longer than declared, and that the default was not looked at', () => {
    const late = judged(
      'switch/ageing/declared',
      looked([9_500, 'a'], [15_000, 'a'], [20_000, forgotten]).end(),
    );
    assert.match(late.qualifiers[0] ?? '', /^deviation: silent stations are kept for 15\.0 s/);
    assert.equal(late.findings[0]?.holds, null);
  });

  const moved = (lookedAtMs: number, after: string, followed = '10 b') => {
    const script = says(record(scene(['station'])), 0, 'a')
      .stream('before', '10 a')
      .sentinel()
      .wait(7_000);
    return says(script, 0, 'b', 'announce')
      .stream('moved', followed)
      .wait(lookedAtMs)
      .stream('after', after)
      .sentinel();
  };
  table('switch/ageing/restarts-at-move', [
    ['known at b', moved(5_500, '10 b'), 'pass', /started a new ageing time/],
    ['forgotten', moved(5_500, `10 ${forgotten}`), 'fail', /still counts from the old owner/],
    ['looked too late', moved(9_500, `10 ${forgotten}`), 'inconclusive', /may rightly be gone/],
    ['never moved', moved(5_500, '10 a', '10 a'), 'inconclusive', /did not follow the move/],
    ['lost', moved(5_500, '5 b, 5 -'), 'inconclusive', /got lost/],
  ]);

  const sentTo = (lastMs: number, fate: string) =>
    says(record(scene(['station'])), 0, 'a')
      .stream('before', '10 a')
      .sentinel()
      .wait(5_000)
      .stream('look-1', '3 a')
      .wait(lastMs - 5_000)
      .stream('look-2', `3 ${fate}`)
      .sentinel();
  table('switch/dest-no-refresh/frames-to-station', [
    ['forgotten all the same', sentTo(11_000, forgotten), 'pass', /did not keep its entry alive/],
    ['kept', sentTo(mostMs + 100, 'a'), 'fail', /they keep its entry alive/],
    ['not long enough', sentTo(12_000, 'a'), 'inconclusive', /lost/],
    ['lost', sentTo(mostMs + 100, '-'), 'inconclusive', /lost/],
  ]);

  const speaking = (fate: string, pauseMs = 2_000) => {
    const script = says(record(scene(['station'])), 0, 'a')
      .stream('before', '10 a')
      .sentinel();
    for (const look of ['look-1', 'look-2']) {
      says(script.wait(9_000), 0, 'a').wait(pauseMs).stream(look, `3 ${fate}`);
    }
    return script.sentinel();
  };
  table('switch/dest-no-refresh/frames-from-station', [
    ['known', speaking('a'), 'pass', /kept its entry alive/],
    ['forgotten', speaking(forgotten), 'fail', /do not refresh its entry/],
    ['looked too late', speaking('a', 9_500), 'inconclusive', /too late/],
    ['lost', speaking('-'), 'inconclusive', /got lost/],
  ]);

  table('switch/silent-takeover/aged', [
    ['flooded', sentTo(11_000, forgotten), 'pass', /only when the entry had aged out/],
    ['still there', sentTo(mostMs + 100, 'a'), 'fail', /never healed/],
    ['too early', sentTo(12_000, 'a'), 'inconclusive', /too early/],
  ]);
});
