/** What the host probes' judges say of recordings that were written by hand. */
import assert from 'node:assert/strict';
import { judged, type Row, table } from './judging.js';
import {
  addresses,
  claim,
  established,
  hostReply,
  observed,
  type Reaction,
  record,
  type Script,
  type Service,
  serviceOf,
} from './recordings.js';

const reactions: readonly Reaction[] = ['old', 'new', 'asked', 'observer', 'other', 'silent'];

/** The addresses of services, by roles with the given suffixes: `-1`, `-2`… or none. */
function rolesOf(services: readonly (readonly [suffix: string, of: Service])[]): Record<string, string> {
  return Object.fromEntries(
    services.flatMap(([suffix, of]) => [
      [`service${suffix}`, of.service],
      [`old${suffix}`, of.old],
      [`new${suffix}`, of.new],
    ]),
  );
}

/** Established at OLD; then NEW sends, `ageMs` after the last lesson, and the host is asked again. */
function takenOver(
  after: Reaction,
  { family = 'ipv4', ageMs = 1500, before = 'old', suffix = '', cache = '' } = {} as {
    family?: 'ipv4' | 'ipv6';
    ageMs?: number;
    before?: Reaction;
    suffix?: string;
    cache?: 'old' | 'new' | '';
  },
): Script {
  const v = serviceOf(0, family);
  const script = record({ ports: ['a', 'b'], addresses: rolesOf([[suffix, v]]) });
  established(script, v, suffix, before);
  // The lesson is so many lines of a millisecond back: those of `established` behind it, and the announcement.
  script.wait(ageMs - (before === 'silent' ? 3 : before === 'asked' ? 5 : 4));
  script.sent(`announce${suffix}`, 'b', [], claim(v.service, v.new));
  observed(script, `after${suffix}`, v, after, 2);
  return cache === '' ? script : script.neighbour(v.service, v[cache], 'STALE');
}

/** A row for each way in which the host may have reacted. */
function rows(
  of: (reaction: Reaction) => Script,
  verdicts: Partial<Record<Reaction, [Row[2], RegExp]>>,
): Row[] {
  return reactions.flatMap((reaction) => {
    const [outcome, reason] = verdicts[reaction] ?? ['inconclusive', /From outside/];
    return [[`after: ${reaction}`, of(reaction), outcome, reason] as Row];
  });
}

/** The old state was not real: no judge gets to see these. */
const controlRows = (of: (before: Reaction) => Script): Row[] => [
  ['before: silent', of('silent'), 'inconclusive', /is it still there/],
  ['before: observer', of('observer'), 'inconclusive', /answers to whichever MAC address/],
  ['before: asked', of('asked'), 'inconclusive', /did not keep the entry/],
  ['before: new', of('new'), 'inconclusive', /sent to the new owner already/],
  ['before: other', of('other'), 'inconclusive', /not part of this case/],
];

describe('host probes about one service: judges', () => {
  const id = 'host/updates-on-announcement/request-broadcast-tha-zero-tpa-v-age-1100ms';
  table(id, [
    ...rows((after) => takenOver(after, { suffix: '-1', ageMs: 1100 }), {
      new: ['pass', /took the new address/],
      asked: ['pass', /dropped its entry and asked again/],
      old: ['fail', /ignored this form/],
    }),
    ...controlRows((before) => takenOver('new', { suffix: '-1', before, ageMs: 1100 })),
    [
      'another age',
      takenOver('new', { suffix: '-1', ageMs: 1700 }),
      'inconclusive',
      /age was 1700 ms, not 1100 ms: the harness was late/,
    ],
  ]);

  table('host/refresh-by-ping/settled', [
    ...rows((after) => takenOver(after), {
      new: ['pass', /refreshed the entry/],
      asked: ['pass', /asked again and follows/],
      old: ['fail', /still sends to the old owner/],
    }),
    ...controlRows((before) => takenOver('new', { before })),
  ]);

  table(
    'host/probe-harmless/changes-nothing',
    rows((after) => takenOver(after), {
      old: ['pass', /changed nothing/],
      new: ['fail', /took a probe for an announcement/],
      asked: ['fail', /dropped its entry because of a probe/],
    }),
  );

  const six = (after: Reaction) => takenOver(after, { family: 'ipv6' });
  table(
    'host/unsolicited-na/override',
    rows(six, {
      new: ['pass', /O = 1 as the standard says/],
      asked: ['pass', /asked again and follows/],
      old: ['fail', /ignored an advertisement/],
    }),
  );
  for (const id of ['no-override', 'no-option']) {
    table(
      `host/unsolicited-na/${id}`,
      rows(six, {
        old: ['pass', /as the standard says/],
        new: ['fail', /which must not change it/],
        asked: ['fail', /dropped its entry/],
      }),
    );
  }

  it('names a view that disagrees as a deviation, and one that is missing as unseen', () => {
    const seen = judged('host/refresh-by-ping/settled', takenOver('new', { cache: 'old' }).end());
    assert.deepEqual(seen.qualifiers, ['deviation: from outside new, in the cache old']);
    const agreeing = judged('host/refresh-by-ping/settled', takenOver('new', { cache: 'new' }).end());
    assert.deepEqual(agreeing.qualifiers, []);
    const outside = judged('host/refresh-by-ping/settled', takenOver('new').end());
    assert.equal(outside.findings.find(({ id }) => id === 'cache')?.holds, null);
  });

  it('does not take a late answer to an earlier question for an answer', () => {
    const v = serviceOf();
    const script = record({ ports: ['a', 'b'], addresses: rolesOf([['', v]]) });
    script.sent('answer', 'a', [], claim(v.service, v.old));
    const late = observed(record(), 'create', v, 'old', 1)
      .end()
      .frames.find(({ direction }) => direction === 'in');
    observed(script, 'before', v, 'silent', 2);
    if (late) script.heard('a', late.bytes);
    assert.match(judged('host/refresh-by-ping/settled', script.end()).reason, /did not answer echo requests/);
  });

  /** The host's replies to the probe, and whether it still answers an echo request then. */
  const defended = (replies: readonly Uint8Array[], after: Reaction = 'old') => {
    const v = serviceOf();
    const script = established(record({ ports: ['a', 'b'], addresses: rolesOf([['', v]]) }), v);
    script.sent('probe', 'b', []);
    for (const reply of replies) script.heard('b', reply);
    return observed(script, 'after', v, after, 2);
  };
  const prober = serviceOf().new;
  const broadcast = hostReply(prober, '0.0.0.0', 'ff:ff:ff:ff:ff:ff');
  table('host/probe-harmless/is-answered', [
    ['a unicast reply', defended([hostReply(prober, '0.0.0.0')]), 'pass', /answered the probe/],
    ['a broadcast reply', defended([broadcast]), 'pass', /answered the probe/],
    ['a reply to another', defended([hostReply(serviceOf().old)]), 'fail', /unanswered/],
    ['none', defended([]), 'fail', /unanswered/],
    ['none, from a host that is gone', defended([], 'silent'), 'inconclusive', /is it still there/],
  ]);
});

describe('host probes about an address that the host never heard of: judges', () => {
  const unknown = (
    after: Reaction,
    { family = 'ipv4', replies = true } = {} as { family?: 'ipv4' | 'ipv6'; replies?: boolean },
  ) => {
    const [known, other] = [serviceOf(1, family), serviceOf(2, family)];
    const script = record({
      ports: ['a', 'b'],
      addresses: rolesOf([
        ['-1', known],
        ['-2', other],
      ]),
    });
    established(script, known);
    script.sent('announce', 'b', [], claim(other.service, other.new));
    if (replies && family === 'ipv4') script.heard('b', hostReply(other.new, other.service));
    return observed(script, 'after-unknown', other, after, 2);
  };
  for (const id of ['gratuitous-request', 'gratuitous-reply']) {
    table(
      `host/creates/${id}`,
      rows(unknown, { asked: ['pass', /made no entry/], new: ['fail', /without asking/] }),
    );
  }
  table(
    'host/unsolicited-na/no-entry',
    rows((after) => unknown(after, { family: 'ipv6' }), {
      asked: ['pass', /was discarded/],
      new: ['fail', /made an entry/],
    }),
  );
  table('host/answers/broadcast-request', [
    ...rows(unknown, {
      new: ['pass', /answered and knows the asker/],
      asked: ['fail', /had to ask back/],
      old: ['inconclusive', /answered the request/],
      observer: ['inconclusive', /answered the request/],
      other: ['inconclusive', /answered the request/],
      silent: ['inconclusive', /answered the request/],
    }),
    ['no reply', unknown('new', { replies: false }), 'fail', /did not answer an ARP request/],
    ['nothing at all', unknown('silent', { replies: false }), 'inconclusive', /still there/],
  ]);
});

describe('host probes about several services: judges', () => {
  const three = [serviceOf(1), serviceOf(2), serviceOf(3)] as const;
  const common = (...after: Reaction[]) => {
    const script = record({ ports: ['a', 'b'], addresses: rolesOf(three.map((v, n) => [`-${n + 1}`, v])) });
    for (const [n, v] of three.entries()) established(script, v, `-${n + 1}`);
    for (const [n, v] of three.entries()) {
      script.sent(`announce-${n + 1}`, 'b', [], claim(v.service, v.new));
      observed(script, `after-${n + 1}`, v, after[n] ?? 'silent', 2);
    }
    return script;
  };
  table('host/updates-on-announcement/common-form', [
    ['all', common('new', 'new', 'new'), 'pass', /follows 3 of the 3/],
    ['one', common('old', 'asked', 'old'), 'pass', /follows 1 of the 3/],
    ['none', common('old', 'old', 'old'), 'fail', /follows none/],
    ['silent', common('old', 'silent', 'old'), 'inconclusive', /stopped answering/],
    ['silent, but one was seen', common('silent', 'new', 'silent'), 'pass', /follows 1/],
  ]);

  /** Asked after each of three announcements of the same service. */
  const pinned = (before: Reaction, after: readonly Reaction[], cached: 'old' | 'new' | '' = 'old') => {
    const v = serviceOf();
    const script = record({ ports: ['a', 'b'], addresses: rolesOf([['', v]]) });
    observed(script, 'before', v, before);
    for (const [n, reaction] of after.entries()) {
      script.sent(`announce-${n + 1}`, 'b', [], claim(v.service, v.new));
      observed(script, `after-${n + 1}`, v, reaction, n + 2);
    }
    return cached === '' ? script : script.neighbour(v.service, v[cached], 'PERMANENT');
  };
  table('host/static-stays/announced', [
    ['stays', pinned('old', ['old', 'old', 'old']), 'pass', /permanent entry stayed/],
    ['moves by the second', pinned('old', ['old', 'new', 'new']), 'fail', /Announcement 2 of 3 overwrote/],
    ['dropped', pinned('old', ['asked', 'new', 'new']), 'fail', /Announcement 1 of 3/],
    ['cache changed unseen', pinned('old', ['old', 'old', 'old'], 'new'), 'fail', /cache no longer holds/],
    ['silent', pinned('old', ['old', 'silent', 'old']), 'inconclusive', /did not answer/],
    ['no entry to begin with', pinned('asked', ['old']), 'inconclusive', /should send to it/],
  ]);

  /** Each age of the sweep, on a service of its own. */
  const sweepMs = [100, 250, 500, 750, 900, 1000, 1100, 1250, 1500, 2000, 2500, 3000];
  const swept = (reactionAt: (ageMs: number) => Reaction) => {
    const services = sweepMs.map((_, n) => serviceOf(n));
    const script = record({
      ports: ['a', 'b'],
      addresses: rolesOf(services.map((v, n) => [`-${n + 1}`, v])),
    });
    for (const [n, ageMs] of sweepMs.entries()) {
      const v = services[n] ?? serviceOf();
      established(script, v, `-${n + 1}`);
      script.wait(ageMs - 4).sent(`announce-${n + 1}`, 'b', [], claim(v.service, v.new));
      observed(script, `after-${n + 1}`, v, reactionAt(ageMs), 2);
    }
    return script;
  };
  table('host/lock-window/request', [
    ['a second', swept((age) => (age <= 1000 ? 'old' : 'new')), 'pass', /between 1000 and 1100 ms/],
    ['none', swept(() => 'new'), 'pass', /No window: an update is taken 100 ms/],
    ['always', swept(() => 'old'), 'fail', /refused this form at every age/],
    [
      'no window explains it',
      swept((age) => (age === 1500 ? 'old' : 'new')),
      'inconclusive',
      /no single window/,
    ],
    [
      'silent at one age',
      swept((age) => (age === 900 ? 'silent' : 'new')),
      'inconclusive',
      /not seen to decide/,
    ],
  ]);
  it('measures the window with its bounds', () => {
    const recording = swept((age) => (age <= 1000 ? 'old' : 'new')).end();
    assert.deepEqual(judged('host/lock-window/request', recording).measurements, [
      { name: 'lock window', value: 1050, unit: 'ms', low: 1000, high: 1100 },
    ]);
  });
});

it('host addresses of the hand-written recordings are apart from the stations', () => {
  const stations = [serviceOf(0), serviceOf(11)].flatMap((v) => [v.service, v.old, v.new]);
  assert.equal(stations.filter((address) => Object.values<string>(addresses).includes(address)).length, 0);
});
