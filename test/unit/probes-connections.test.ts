/** What the probes about streams, connections and the HOWTO's remedies say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import { echoFrame, type Tcp, tcpFlags, tcpFrame, udpFrame } from '../../src/frame/index.js';
import type { PortName } from '../../src/probe.js';
import { judged, type Row, table } from './judging.js';
import {
  addresses,
  claim,
  established,
  observed,
  type Reaction,
  record,
  type Script,
  type Service,
  serviceOf,
} from './recordings.js';

type Family = 'ipv4' | 'ipv6';

const witness = { ipv4: '192.0.2.140', ipv6: '2001:db8::140' } as const;
const sceneOf = (v: Service, family: Family) =>
  record({
    ports: ['a', 'b'],
    addresses: { service: v.service, old: v.old, new: v.new, witness: witness[family] },
    declared: { flushPort: 2345 },
  });

/** A frame from the host to V. */
const link = (v: Service, to: string) => ({
  destination: to,
  source: addresses['host-mac'],
  ipSource: addresses[v.service.includes(':') ? 'host-ipv6' : 'host-ipv4'],
  ipDestination: v.service,
});

let count = 0;
const datagram = (v: Service, to: string) => {
  count += 1;
  const payload = new TextEncoder().encode(String(count));
  return udpFrame({ ...link(v, to), destinationPort: 9, payload });
};
const echo = (v: Service, to: string) => {
  count += 1;
  return echoFrame({ ...link(v, to), reply: true, identifier: 0x5354, sequence: count });
};
const segment = (v: Service, to: string, flags: number = tcpFlags.ack) => {
  count += 1;
  const tcp: Tcp = {
    sourcePort: 22,
    destinationPort: 50_000,
    sequence: count,
    flags,
    payload: new Uint8Array(),
  };
  return tcpFrame({ ...link(v, to), ...tcp });
};
type Make = (v: Service, to: string) => Uint8Array;
const carriers: Record<string, Make> = {
  datagrams: datagram,
  'icmp-echo': echo,
  connection: segment,
  acknowledgements: segment,
};

/** `8 old@a, 3 new@b`: so many frames of the stream, each 20 ms after the one before, to a station, seen at a port. */
function flow(script: Script, v: Service, make: Make, text: string): Script {
  for (const part of text.split(', ').filter(Boolean)) {
    const [, number, to = '', port] = /^(\d+) (\w+)@(\w)$/.exec(part) ?? [];
    const mac = { old: v.old, new: v.new }[to] ?? '02:00:00:00:00:99';
    for (let n = 0; n < Number(number); n += 1) script.wait(19).heard(port as PortName, make(v, mac));
  }
  return script;
}

interface Story {
  readonly family?: Family;
  readonly carrier?: string;
  readonly before?: string;
  readonly after: string;
  /** What the host answers to V at the end, and to somebody else. */
  readonly end?: Reaction;
  readonly endPort?: PortName;
  readonly other?: Reaction;
  readonly more?: (script: Script, v: Service) => unknown;
}

function story({
  family = 'ipv4',
  carrier = 'datagrams',
  before = '8 old@a',
  after,
  end = 'new',
  endPort = 'a',
  other,
  more,
}: Story): Script {
  const v = serviceOf(0, family);
  const script = established(sceneOf(v, family), v);
  const make = carriers[carrier] ?? datagram;
  script.mark('stream');
  flow(script, v, make, before);
  script.mark('carrier', carrier).mark('takeover').sent('announce', 'b', [], claim(v.service, v.new));
  flow(script, v, make, after);
  more?.(script, v);
  script.mark('stream-end');
  observed(script, 'after', v, end, 2, endPort);
  if (other)
    observed(script, 'witness', { ...v, service: witness[family], old: addresses['port-a'] }, other, 3);
  return script;
}

const changed = 'host/connections/udp-ipv4-mac-changed-request';
const resets = (script: Script, v: Service) => script.heard('b', segment(v, v.new, tcpFlags.rst));
const finishes = (script: Script, v: Service) =>
  script.heard('b', segment(v, v.new, tcpFlags.fin + tcpFlags.ack));

describe('host/connections: judges', () => {
  table(changed, [
    ['follows at once', story({ after: '6 new@b' }), 'pass', /outage was 0 to 2\d ms/],
    ['follows after three frames', story({ after: '3 old@a, 6 new@b' }), 'pass', /outage was 6\d to 8\d ms/],
    ['goes back and forth', story({ after: '2 new@b, 3 old@a, 6 new@b' }), 'pass', /outage was 10\d to 12\d/],
    ['never follows', story({ after: '9 old@a', end: 'old' }), 'fail', /did not find the other within 4 s/],
    ['sends to a third', story({ after: '9 third@a', end: 'other' }), 'fail', /did not find the other/],
    [
      'sends nothing, but answers others',
      story({ after: '', end: 'silent', other: 'old' }),
      'fail',
      /answers others/,
    ],
    ['is gone', story({ after: '', end: 'silent', other: 'silent' }), 'inconclusive', /still there/],
    ['too few frames', story({ after: '2 new@b' }), 'inconclusive', /Too little/],
    ['no stream before', story({ before: '1 old@a', after: '6 new@b' }), 'inconclusive', /too few frames/],
    [
      'not to OLD before',
      story({ before: '5 old@a, 1 new@b', after: '6 new@b' }),
      'inconclusive',
      /did not go to the old/,
    ],
  ]);
  table('host/connections/udp-ipv4-mac-kept-request', [
    ['comes out at the new port', story({ after: '6 old@b', end: 'old' }), 'pass', /outage was 0 to/],
    ['stays at the old port', story({ after: '9 old@a', end: 'old' }), 'fail', /did not find the other/],
  ]);
  table('host/connections/udp-ipv6-mac-changed-advertisement', [
    ['follows', story({ family: 'ipv6', after: '6 new@b' }), 'pass', /It survives/],
    [
      'never follows',
      story({ family: 'ipv6', after: '9 old@a', end: 'old' }),
      'fail',
      /did not find the other/,
    ],
  ]);
  const tcp = { carrier: 'connection' };
  table('host/connections/tcp-ipv4-mac-changed-silent', [
    ['follows', story({ ...tcp, after: '3 old@a, 6 new@b' }), 'pass', /It survives/],
    ['resets', story({ ...tcp, after: '6 new@b', more: resets }), 'fail', /reset the connection/],
    [
      'its application ends it',
      story({ ...tcp, after: '6 new@b', more: finishes }),
      'inconclusive',
      /by itself/,
    ],
    [
      'knows V, but waits',
      story({ ...tcp, after: '9 old@a', endPort: 'b' }),
      'inconclusive',
      /had not tried again/,
    ],
    ['never follows', story({ ...tcp, after: '9 old@a', end: 'old' }), 'fail', /within 20 s/],
    [
      'no connection',
      sceneOf(serviceOf(), 'ipv4').mark('no-stream', 'No TCP connection could be had.'),
      'inconclusive',
      /echo requests/,
    ],
  ]);

  it('counts a flooded frame once, for the owner that it reached', () => {
    const flooded = (script: Script, v: Service) => {
      for (let n = 0; n < 6; n += 1) {
        const bytes = datagram(v, v.new);
        script.wait(19).heard('a', bytes).heard('b', bytes);
      }
    };
    const judgement = judged(changed, story({ after: '', more: flooded }).end());
    assert.equal(judgement.outcome, 'pass', judgement.reason);
  });

  it('measures the outage with its bounds, and says what stands in for what', () => {
    const stood = judged(changed, story({ carrier: 'icmp-echo', after: '3 old@a, 6 new@b' }).end());
    assert.match(stood.qualifiers.join(), /ICMP echo, which stands in for UDP/);
    const outage = stood.measurements.find(({ name }) => name === 'outage');
    assert.ok(outage?.low !== undefined && outage.high !== undefined);
    assert.ok(outage.low >= 60 && outage.high <= 90 && outage.high - outage.low < 25, JSON.stringify(outage));
    assert.equal(stood.findings.find(({ id }) => id === 'survives')?.holds, true);
  });
});

describe('host/verifies: judge', () => {
  const asks = (script: Script, v: Service) => observed(script, 'ignored', v, 'asked', 9);
  table('host/verifies/udp-ipv4', [
    ['verifies', story({ after: '5 new@b, 6 old@a', end: 'old' }), 'pass', /verified its entry/],
    [
      'does not follow at all',
      story({ after: '6 old@a', end: 'old' }),
      'pass',
      /did not follow the announcement/,
    ],
    ['stays', story({ after: '9 new@b', more: asks }), 'fail', /did not find the other within 12 s/],
  ]);
});

describe('host/loser-last: judge', () => {
  const duel = (...seen: readonly Reaction[]) => {
    const v = serviceOf();
    const script = established(sceneOf(v, 'ipv4'), v);
    script.sent('announce', 'b', [], claim(v.service, v.new)).sent('rival', 'a', [], claim(v.service, v.old));
    for (const [n, label] of ['after-500ms', 'after-2000ms', 'after-6000ms', 'after'].entries())
      observed(script, label, v, seen[n] ?? 'silent', n + 5);
    return script;
  };
  const rows: Row[] = [
    ['verifies', duel('old', 'old', 'old', 'asked'), 'pass', /believed the loser, .* found the winner again/],
    ['never believes the loser', duel('new', 'new', 'new', 'new'), 'pass', /whenever it was asked/],
    ['stays with the loser', duel('old', 'old', 'old', 'old'), 'fail', /still believed/],
    ['goes silent', duel('old', 'old', 'old', 'silent'), 'inconclusive', /did not answer/],
  ];
  table('host/loser-last/ipv4-request-then-request', rows);

  it('measures how long it was with the loser', () => {
    const { measurements } = judged(
      'host/loser-last/ipv4-request-then-request',
      duel('old', 'old', 'new', 'new').end(),
    );
    const found = measurements.find(({ name }) => name === 'with the loser');
    assert.deepEqual([found?.low, found?.high], [2000, 6000]);
  });
});

describe('host/flush-trigger: judge', () => {
  const pulled = (detail: string, after: readonly Reaction[], before: Reaction = 'old') => {
    const v = serviceOf();
    const script = established(sceneOf(v, 'ipv4'), v);
    observed(script, 'taken-over', v, before, 2).mark('trigger', detail);
    for (const [n, reaction] of after.entries()) observed(script, `after-${n + 1}`, v, reaction, n + 3);
    return script;
  };
  table('host/flush-trigger/ipv4', [
    ['flushes', pulled('accepted', ['asked']), 'pass', /flushed the cache/],
    ['flushes later', pulled('accepted', ['old', 'old', 'new']), 'pass', /flushed the cache/],
    ['flushes nothing', pulled('accepted', ['old', 'old']), 'fail', /nothing was flushed/],
    ['refuses', pulled('refused', []), 'inconclusive', /port 2345 was accepted: does its listener run/],
    ['left OLD before', pulled('accepted', ['new'], 'new'), 'inconclusive', /before the trigger was pulled/],
    ['goes silent', pulled('accepted', ['silent']), 'inconclusive', /did not answer/],
  ]);
});
