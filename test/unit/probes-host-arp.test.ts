/** What the judges of a host's ARP say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import {
  type Arp,
  arpFrame,
  arpOperations,
  broadcastMac,
  echoFrame,
  zeroMac,
} from '../../src/frame/index.js';
import { judged, type Row, table } from './judging.js';
import {
  addresses,
  claim,
  established,
  hostReply,
  observed,
  type Reaction,
  record,
  type Scene,
  type Script,
  type Service,
  serviceOf,
} from './recordings.js';

const host = addresses['host-ipv4'];
const hostMac = addresses['host-mac'];
const [first, second, third] = [serviceOf(1), serviceOf(2), serviceOf(3)];

const rolesOf = (...services: readonly (readonly [suffix: string, of: Service])[]): Record<string, string> =>
  Object.fromEntries(
    services.flatMap(([suffix, of]) => [
      [`service${suffix}`, of.service],
      [`old${suffix}`, of.old],
      [`new${suffix}`, of.new],
    ]),
  );

const echo = (of: Service, sequence: number, destination: string = hostMac): Uint8Array =>
  echoFrame({
    destination,
    source: addresses['port-a'],
    ipSource: of.service,
    ipDestination: host,
    identifier: 7,
    sequence,
  });

/** The host answers V at a link-layer address. */
const answer = (of: Service, sequence: number, destination: string): Uint8Array =>
  echoFrame({
    destination,
    source: hostMac,
    ipSource: host,
    ipDestination: of.service,
    reply: true,
    identifier: 7,
    sequence,
  });

/** An ARP packet that the host sends. */
const fromHost = (arp: Partial<Arp>, destination: string = broadcastMac): Uint8Array =>
  arpFrame({
    destination,
    source: hostMac,
    operation: arpOperations.request,
    sha: hostMac,
    spa: host,
    tha: zeroMac,
    tpa: host,
    ...arp,
  });

const asks = (of: Service, destination?: string): Uint8Array => fromHost({ tpa: of.service }, destination);

/** NEW sends an unusual packet for one service, and the ordinary one for another. */
function pair(
  unusual: Reaction | { readonly mac: string },
  ordinary: Reaction = 'new',
  scene: Scene = {},
): Script {
  const script = record({
    ports: ['a', 'b'],
    ...scene,
    addresses: { ...rolesOf(['-1', first], ['-2', second]), ...scene.addresses },
  });
  established(script, first, '-1');
  established(script, second, '-2');
  script.sent('announce-1', 'b', ['a'], claim(first.service, first.new));
  script.sent('announce-2', 'b', ['a'], claim(second.service, second.new));
  if (typeof unusual === 'string') observed(script, 'after-1', first, unusual, 2);
  else script.sent('after-1', 'a', [], echo(first, 2)).heard('a', answer(first, 2, unusual.mac));
  return observed(script, 'after-2', second, ordinary, 2);
}

/** What had no effect is sent once more. */
function repeated(then: Reaction): Script {
  const script = pair('old').sent('announce-1-again', 'b', ['a'], claim(first.service, first.new));
  return observed(script, 'after-1-again', first, then, 3);
}

/** What is open whatever the claim about the unusual packet. */
const open: readonly Row[] = [
  ['both silent', pair('silent', 'silent'), 'inconclusive', /is it still there/],
  ['silent about it', pair('silent'), 'inconclusive', /what it believes can’t be seen/],
  ['answers to whoever asks', pair('observer'), 'inconclusive', /answers to whoever asks/],
  [
    'deaf to the ordinary one too',
    pair('old', 'old'),
    'inconclusive',
    /does not take the ordinary packet either/,
  ],
  ['unseen with the ordinary one', pair('old', 'silent'), 'inconclusive', /could not be seen/],
];

describe('host probes about an unusual packet beside an ordinary one: judges', () => {
  for (const id of ['hrd-255', 'pro-86dd', 'hln-8', 'truncated']) {
    table(`host/malformed/${id}`, [
      ['left alone', pair('old'), 'pass', /left an? .* alone/],
      ['left alone twice', repeated('old'), 'pass', /left an? .* alone/],
      ['lost once', repeated('new'), 'fail', /took an? .* for an ordinary one/],
      ['silent at last', repeated('silent'), 'inconclusive', /can’t be seen/],
      ['taken', pair('new'), 'fail', /took an? .* for an ordinary one/],
      ['dropped', pair('asked'), 'fail', /dropped its entry/],
      ['read elsewhere', pair('other'), 'fail', /sends to 02:00:00:00:00:99/],
      ...open,
    ]);
  }
  it('says what is known of those who take hardware type 6', () =>
    assert.match(judged('host/malformed/hrd-6', pair('new').end()).reason, /RFC 1042.*Linux/));

  for (const id of ['malformed/trailing', 'malformed/padding-not-zero', 'encapsulated/priority-tagged']) {
    table(`host/${id}`, [
      ['taken', pair('new'), 'pass', /takes/],
      ['asked again', pair('asked'), 'pass', /asked again/],
      ['ignored', pair('old'), 'fail', /though it takes the ordinary packet/],
      ['elsewhere', pair('other'), 'fail', /sends to 02:00:00:00:00:99/],
      ...open,
    ]);
  }

  const sender = { addresses: { sender: '00:00:5e:00:53:60' } };
  table('host/eth-vs-sha/reply', [
    ['the packet’s word', pair('new', 'new', sender), 'pass', /packet’s word/],
    [
      'the frame’s',
      pair({ mac: sender.addresses.sender }, 'new', sender),
      'fail',
      /takes the Ethernet source/,
    ],
    ['neither', pair('old', 'new', sender), 'fail', /ignores an ARP reply/],
    ['asked again', pair('asked', 'new', sender), 'pass', /asked again/],
    ['elsewhere', pair('other', 'new', sender), 'inconclusive', /sends to 02:00:00:00:00:99/],
    ...open,
  ]);

  for (const [kind, mac] of [
    ['broadcast', broadcastMac],
    ['multicast', '03:00:5e:00:53:01'],
  ] as const) {
    table(`host/group-sha/${kind}-reply`, [
      ['installed', pair({ mac }), 'fail', /installed the .* as Linux does/],
      ['unchanged', pair('old'), 'pass', /was not installed/],
      ['asked again', pair('asked'), 'pass', /asked again/],
      ...open,
    ]);
  }

  const uncarried = () => {
    const script = record({ ports: ['a', 'b'], addresses: rolesOf(['-1', first], ['-2', second]) });
    established(script, first, '-1');
    established(script, second, '-2');
    script.sent('announce-1', 'b', [], claim(first.service, first.new));
    script.sent('announce-2', 'b', ['a'], claim(second.service, second.new));
    return observed(observed(script, 'after-1', first, 'old', 2), 'after-2', second, 'new', 2);
  };
  table('host/encapsulated/llc-snap', [
    ['no other port got it', uncarried(), 'inconclusive', /does not seem to carry it/],
    ['carried, and ignored', pair('old'), 'fail', /Linux hears none either/],
  ]);
});

describe('host/foreign-spa: judge', () => {
  const spa = '203.0.113.7';
  const v = serviceOf();
  const asked = (after: readonly Uint8Array[], cached?: string | null, still: Reaction = 'old') => {
    const script = record({ ports: ['a', 'b'], addresses: { ...rolesOf(['', v]), foreign: spa } });
    established(script, v);
    script.sent('request', 'b', []);
    for (const bytes of after) script.heard('b', bytes);
    if (cached !== undefined) script.neighbour(spa, cached, cached && 'STALE');
    return observed(script, 'after', v, still, 2);
  };
  const reply = hostReply(v.new, spa);
  const used = answer({ ...v, service: spa }, 3, v.new);
  table('host/foreign-spa/off-subnet', [
    ['ignored', asked([]), 'pass', /left the request .* unanswered/],
    ['answered, no entry', asked([reply], null), 'pass', /answered .* and made no entry/],
    ['answered, an entry', asked([reply], v.new), 'fail', /cache has an entry/],
    ['used', asked([reply, used]), 'fail', /sends to the station that asked/],
    ['gone', asked([], undefined, 'silent'), 'inconclusive', /no longer answers/],
  ]);
  const unknown = record({ ports: ['a', 'b'], addresses: rolesOf(['', v]) });
  table('host/foreign-spa/subnet-broadcast', [
    ['outside the documentation networks', established(unknown, v), 'not-applicable', /RFC 5737/],
  ]);
});

describe('host/flush-stale: judges', () => {
  const v = serviceOf();
  /** OLD falls silent; the host sends to it for a while, then perhaps asks. */
  const silenced = (after: Reaction, { findsOut = true, verifies = true } = {}) => {
    const script = record({ ports: ['a', 'b'], addresses: rolesOf(['', v]) });
    script.sent('teach', 'a', [], claim(v.service, v.old, host));
    observed(script, 'before', v, 'old');
    script.mark('fell-silent');
    for (let n = 0; n < 16; n += 1) {
      script.sent('keep-sending', 'a', [], echo(v, 100 + n)).heard('a', answer(v, 100 + n, v.old));
      if (verifies && n > 12) script.heard('a', asks(v, v.old));
      script.wait(498);
    }
    if (findsOut) script.heard('a', asks(v));
    return observed(script, 'after', v, after, 2);
  };
  table('host/flush-stale/finds-out', [
    ['after 8 s', silenced('new'), 'pass', /found out 8\.0 s after/],
    ['not', silenced('old', { findsOut: false }), 'fail', /After 12 s .* still sends/],
    ['without asking', silenced('new', { findsOut: false }), 'pass', /no longer sends/],
    ['gone', silenced('silent', { findsOut: false }), 'inconclusive', /not seen to ask/],
  ]);
  it('measures when it found out', () => {
    const { measurements, findings } = judged('host/flush-stale/finds-out', silenced('new').end());
    const [found] = measurements;
    assert.ok(found?.low !== undefined && found.high !== undefined);
    assert.ok(found.low > 7_400 && found.high < 8_100, JSON.stringify(found));
    assert.match(findings.find(({ id }) => id === 'verified')?.text ?? '', /asked the owner alone, 3 times/);
  });

  /** Packets keep coming for an address that nobody answers for. */
  const unanswered = (everyMs: number) => {
    const script = record({ ports: ['a', 'b'], addresses: rolesOf(['-1', first], ['-2', second]) });
    established(script, first);
    for (let ms = 0; ms <= 4_200; ms += 50) {
      if (ms % 150 === 0) script.sent('keep-coming', 'a', [], echo(second, ms));
      else script.wait(1);
      if (everyMs > 0 && ms % everyMs === 0) script.heard('a', asks(second));
      else script.wait(1);
      script.wait(48);
    }
    return observed(script, 'after-unknown', second, 'new', 2);
  };
  table('host/flush-stale/asks-sparingly', [
    ['once a second', unanswered(1000), 'pass', /asked 5 times/],
    ['twice a second', unanswered(500), 'fail', /asked 9 times in 4\.2 s/],
    ['for every packet', unanswered(150), 'fail', /asked 28 times/],
    ['never', unanswered(0), 'inconclusive', /did not ask/],
  ]);

  const scene = { ports: ['a', 'b'] as const, addresses: rolesOf(['-1', first], ['-2', second]) };
  /** Three packets, then the answer, and the packets that the host had kept. */
  const resolved = (kept: readonly number[], { asking = true, after = 'new' as Reaction } = {}) => {
    const script = established(record(scene), first);
    for (const sequence of [1, 2, 3]) script.sent('keep-coming', 'a', [], echo(second, sequence));
    if (asking) script.heard('a', asks(second)).sent('answer', 'b', []);
    for (const sequence of kept) script.heard('b', answer(second, sequence, second.new));
    return observed(script, 'after-service-2', second, after, 9);
  };
  table('host/flush-stale/keeps-latest', [
    ['all', resolved([1, 2, 3]), 'pass', /kept 3 of 3/],
    ['the latest', resolved([3]), 'pass', /kept 1 of 3/],
    ['the first', resolved([1]), 'fail', /kept an earlier packet/],
    ['none', resolved([]), 'fail', /dropped every packet/],
    ['did not ask', resolved([], { asking: false }), 'inconclusive', /did not ask/],
    ['gone', resolved([], { after: 'silent' }), 'inconclusive', /did not answer/],
  ]);
  it('counts the second address where the first came to nothing', () => {
    const script = record({ ...scene, addresses: { ...scene.addresses, ...rolesOf(['-3', third]) } });
    established(script, first);
    for (const [n, of] of [second, third].entries()) {
      script
        .sent('keep-coming', 'a', [], echo(of, 10 + n))
        .heard('a', asks(of))
        .sent('answer', 'b', []);
      if (of === third) script.heard('b', answer(of, 10 + n, of.new));
      observed(script, `after-service-${n + 2}`, of, 'new', 20 + n);
    }
    assert.equal(judged('host/flush-stale/keeps-latest', script.end()).outcome, 'pass');
  });
});

describe('host/conflict: judge', () => {
  const v = serviceOf();
  const rival = '00:00:5e:00:53:61';
  const forms = [claim(host, rival), arpFrame({ ...replyOf(rival), destination: broadcastMac })];
  function replyOf(mac: string) {
    return { source: mac, operation: arpOperations.reply, sha: mac, spa: host, tha: mac, tpa: host };
  }
  interface Fight {
    /** The conflicts, from 0, that the host defends itself against, and how often each time. */
    readonly defends?: readonly number[];
    readonly times?: number;
    readonly unprompted?: boolean;
    readonly answersRequests?: string;
    readonly after?: Reaction;
    readonly claims?: boolean;
    /** What it does when it is asked from another address. */
    readonly stillThere?: Reaction;
  }
  const fought = ({
    defends = [],
    times = 1,
    unprompted,
    answersRequests,
    after = 'old',
    claims,
    stillThere,
  }: Fight) => {
    const script = record({
      ports: ['a', 'b'],
      addresses: { ...rolesOf(['', v], ['-2', second]), rival },
      ...(claims && { declared: { claims: ['rfc5227'] } }),
    });
    established(script, v);
    if (unprompted) script.heard('a', fromHost({}));
    for (let n = 0; n < 5; n += 1) {
      script.sent('conflict', 'b', ['a'], forms[(n + 1) % 2]);
      if (defends.includes(n)) for (let k = 0; k < times; k += 1) script.heard('a', fromHost({}));
      if (answersRequests !== undefined && n % 2 === 1)
        script.heard('a', fromHost({ operation: arpOperations.reply, tha: rival }, answersRequests));
      script.wait(1_890);
    }
    observed(script, 'after', v, after, 2);
    return observed(script, 'put-right', second, stillThere ?? after, 3);
  };
  table('host/conflict/announced-by-another', [
    ['ignored', fought({}), 'pass', /ignores the other owner, as Linux does/],
    [
      'ignored by one that claims to follow',
      fought({ claims: true }),
      'fail',
      /must not ignore another owner/,
    ],
    ['defended once', fought({ defends: [0] }), 'pass', /defended its address once, and goes on/],
    ['defended twice', fought({ defends: [0, 3] }), 'fail', /defended its address 2 times/],
    ['defended each time', fought({ defends: [0, 1, 2, 3, 4] }), 'fail', /5 times within 10 s/],
    ['ceased', fought({ after: 'silent', claims: true }), 'pass', /gave it up.*must get its address back/],
    ['one answer lost', fought({ after: 'silent', stillThere: 'asked' }), 'pass', /goes on using/],
    ['defended, then ceased', fought({ defends: [0], after: 'silent' }), 'pass', /once and then gave it up/],
    ['announces itself anyway', fought({ unprompted: true, defends: [0, 2] }), 'inconclusive', /unprompted/],
    ['answers requests to everybody', fought({ answersRequests: broadcastMac }), 'pass', /ignores/],
    ['answers the rival’s requests', fought({ answersRequests: rival }), 'pass', /ignores/],
  ]);
  it('names more than one announcement for one conflict', () => {
    const { outcome, qualifiers } = judged(
      'host/conflict/announced-by-another',
      fought({ defends: [0], times: 2 }).end(),
    );
    assert.equal(outcome, 'pass');
    assert.deepEqual(qualifiers, ['deviation: 2 announcements for one conflict']);
  });
  it('says loudly that the host is gone', () => {
    const gone = judged('host/conflict/announced-by-another', fought({ after: 'silent' }).end());
    assert.match(gone.qualifiers.join(), /has given up its address.*restart it/);
  });
});

describe('host/own-start: judge', () => {
  const v = serviceOf();
  interface Beginning {
    /** Milliseconds from one to the next. */
    readonly probes?: readonly number[];
    readonly waitMs?: number;
    readonly announcements?: readonly number[];
    /** Whether the host was heard meanwhile, so that its way to us was open. */
    readonly heard?: boolean;
  }
  const begun = ({
    probes = [0, 1_200, 1_500],
    waitMs = 2_000,
    announcements = [0, 2_000],
    heard,
  }: Beginning) => {
    const script = record({ ports: ['a', 'b'], addresses: { ...rolesOf(['', v]), started: host } });
    established(script, v);
    if (heard) script.heard('a', asks(v)).wait(4_700);
    for (const gap of probes) script.wait(gap).heard('a', fromHost({ spa: '0.0.0.0' }));
    script.wait(waitMs);
    for (const gap of announcements) script.wait(gap).heard('a', fromHost({}));
    return observed(script, 'after', v, 'old', 2);
  };
  table('host/own-start/restarted', [
    ['as it should', begun({}), 'pass', /three times, and announced it twice/],
    ['not at all', begun({ probes: [], announcements: [] }), 'inconclusive', /was it restarted\?/],
    ['probed only', begun({ announcements: [] }), 'inconclusive', /not seen to take it into use/],
    ['one probe', begun({ probes: [0], heard: true }), 'fail', /after 1 probe, and 3 are due/],
    ['no probe', begun({ probes: [], heard: true, waitMs: 3_000 }), 'fail', /after 0 probes/],
    ['one probe, perhaps behind spanning tree', begun({ probes: [0] }), 'inconclusive', /spanning tree/],
    ['one probe lost on the way', begun({ probes: [0, 3_000], heard: true }), 'inconclusive', /Not every/],
    ['probes far apart', begun({ probes: [0, 1_200, 3_000] }), 'inconclusive', /Not every probe was seen/],
    ['begun twice', begun({ probes: [0, 1_200, 1_500, 9_000, 1_200, 1_500] }), 'pass', /three times/],
    ['probes in a burst', begun({ probes: [0, 100, 100] }), 'fail', /probes 0\.1 s apart/],
    ['four probes', begun({ probes: [0, 1_200, 1_200, 1_200] }), 'fail', /4 times/],
    ['no wait for objections', begun({ waitMs: 100 }), 'fail', /0\.1 s after its last probe/],
    ['announced once', begun({ announcements: [0] }), 'fail', /announced its address once/],
    ['announced in a burst', begun({ announcements: [0, 200] }), 'fail', /announcements 0\.2 s apart/],
    ['announced late', begun({ announcements: [0, 3_500] }), 'fail', /second time only after 3\.5 s/],
  ]);
  it('names further announcements', () => {
    const seen = judged('host/own-start/restarted', begun({ announcements: [0, 2_000, 2_000] }).end());
    assert.deepEqual([seen.outcome, seen.qualifiers], ['pass', ['deviation: 3 announcements']]);
  });
});
