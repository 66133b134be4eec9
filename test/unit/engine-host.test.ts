/** The host probes, whole: run through the engine against virtual hosts of many habits. */
import assert from 'node:assert/strict';
import type { FewServices } from '../../src/engine/host-capacity.js';
import type { CaseResult, Outcome } from '../../src/result.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { createVirtualHost, type Habits } from './virtual-host.js';

/** The cases that are tried, by a short name. */
const cases = {
  common: 'updates-on-announcement/common-form',
  fresh: 'updates-on-announcement/request-broadcast-tha-zero-tpa-v-age-100ms',
  settled: 'updates-on-announcement/reply-broadcast-tha-sha-tpa-v-age-1100ms',
  unicast: 'updates-on-announcement/request-unicast-tha-zero-tpa-host-age-1100ms',
  ping: 'refresh-by-ping/settled',
  creates: 'creates/gratuitous-reply',
  answers: 'answers/broadcast-request',
  window: 'lock-window/request',
  harmless: 'probe-harmless/changes-nothing',
  defended: 'probe-harmless/is-answered',
  static: 'static-stays/announced',
  override: 'unsolicited-na/override',
  noOverride: 'unsolicited-na/no-override',
  noOption: 'unsolicited-na/no-option',
  noEntry: 'unsolicited-na/no-entry',
} as const;

type Name = keyof typeof cases;

interface Kind {
  readonly habits: Habits;
  /** What does not pass, and what is said of it. */
  readonly but: Partial<Record<Name, readonly [Outcome, RegExp]>>;
  /** Qualifiers of cases that pass all the same. */
  readonly qualifiers?: Partial<Record<Name, RegExp>>;
  /** Where every case stays open, and so is tried again alone, these few. Default all. */
  readonly only?: readonly Name[];
  /** Whether the lock window is swept too, which takes the longest. */
  readonly sweep?: boolean;
}

const names = Object.keys(cases) as Name[];
const triedOn = ({ only, sweep = false }: Kind) => only ?? names.filter((name) => sweep || name !== 'window');

const kinds: Readonly<Record<string, Kind>> = {
  'goes by the RFCs': { habits: {}, but: {}, sweep: true },
  'ignores announcements': {
    habits: { announcements: 'ignores' },
    sweep: true,
    but: {
      common: ['fail', /follows none/],
      fresh: ['fail', /ignored this form/],
      settled: ['fail', /ignored this form/],
      unicast: ['fail', /ignored this form/],
      ping: ['fail', /still sends to the old owner/],
      window: ['fail', /refused this form at every age/],
      override: ['fail', /ignored an advertisement/],
    },
  },
  'asks again when an announcement comes': {
    habits: { announcements: 'invalidates' },
    but: {},
    qualifiers: { settled: /invalidated, not updated/, ping: /invalidated/, override: /invalidated/ },
  },
  'locks an entry for a second': {
    habits: { lockMs: 1000 },
    sweep: true,
    but: { fresh: ['fail', /ignored this form/] },
  },
  'answers to whoever asks': {
    habits: { answersToSender: true },
    only: ['ping', 'settled', 'creates', 'override'],
    but: {
      ping: ['inconclusive', /answers to whichever MAC address/],
      settled: ['inconclusive', /answers to whichever MAC address/],
      creates: ['inconclusive', /answers to whichever MAC address/],
      override: ['inconclusive', /answers to whichever MAC address/],
    },
  },
  'holds ten entries': {
    habits: { capacity: 10 },
    // Few run side by side: enough of them to show that none crowds out another's entry.
    only: ['common', 'ping', 'settled', 'answers', 'static', 'override', 'noEntry'],
    but: {},
  },
  'believes ARP probes': {
    habits: { believesProbes: true },
    but: { harmless: ['fail', /took a probe for an announcement/] },
  },
  'ignores the override flag': {
    habits: { ignoresOverrideFlag: true },
    but: { noOverride: ['fail', /O = 0, which must not change it/] },
  },
  'makes entries for whatever is announced': {
    habits: { creates: true },
    but: { creates: ['fail', /without asking/], noEntry: ['fail', /made an entry/] },
  },
  'does not answer strangers': {
    habits: { ignoresStrangers: true },
    but: {
      answers: ['fail', /did not answer an ARP request/],
      defended: ['fail', /unanswered/],
    },
  },
  'overwrites permanent entries': {
    habits: { overwritesPermanent: true },
    but: { static: ['fail', /Announcement 1 of 3 overwrote/] },
  },
};

interface HostRun {
  readonly results: ReadonlyMap<string, CaseResult>;
  readonly checks: readonly { id: string; ok: boolean; text: string }[];
  readonly few: FewServices;
}

async function run(kind: Kind): Promise<HostRun> {
  const machine = createVirtualHost(kind.habits);
  const on = await openMemoryBench({ ports: ['a', 'b'], others: ['host'], cache: machine.cache });
  try {
    on.network.attach('host', machine.node);
    const {
      checks,
      host,
      sideBySide,
      few = {},
    } = await prepare(on, {
      kind: 'host',
      ipv4: machine.ipv4,
      ipv6: machine.ipv6,
    });
    assert.equal(host?.mac, machine.mac);
    const wanted = triedOn(kind).map((name) => `host/${cases[name]}`);
    const results = await runOn(on, {
      selected: (id) => wanted.includes(id),
      sideBySide,
      few,
      ...(host && { host }),
    });
    return { results: new Map(results.map((result) => [result.id, result])), checks, few };
  } finally {
    await on.close();
  }
}

describe('host probes through the engine, on virtual hosts', function () {
  this.timeout(180_000);

  it('a host that answers no ping is told as such before the first case', async () => {
    const machine = createVirtualHost({ ignoresEcho: true });
    const on = await openMemoryBench({ ports: ['a', 'b'], others: ['host'], cache: machine.cache });
    try {
      on.network.attach('host', machine.node);
      const { checks, host } = await prepare(on, { kind: 'host', ipv4: machine.ipv4, ipv6: machine.ipv6 });
      assert.equal(host, undefined);
      const echo = checks.find(({ id }) => id === 'echo-ipv4');
      assert.equal(echo?.ok, false);
      assert.match(echo?.text ?? '', /answers no IPv4 echo request .*allow ping/);
    } finally {
      await on.close();
    }
  });

  // Cases wait far more than they compute, so all hosts are tried at once.
  let runs: Map<string, HostRun>;
  before(async () => {
    const started = Object.entries(kinds).map(async ([name, kind]) => [name, await run(kind)] as const);
    runs = new Map(await Promise.all(started));
  });

  for (const [name, kind] of Object.entries(kinds)) {
    it(`a host that ${name}`, () => {
      const { but, qualifiers = {} } = kind;
      const tried = triedOn(kind);
      const { results = new Map<string, CaseResult>() } = runs.get(name) ?? {};
      const seen = Object.fromEntries(
        tried.map((name) => [name, results.get(`host/${cases[name]}`)?.outcome]),
      );
      const wanted = Object.fromEntries(tried.map((name) => [name, but[name]?.[0] ?? 'pass']));
      const reasons = [...results.values()].map(({ id, outcome, reason }) => `${id}: ${outcome}: ${reason}`);
      assert.deepEqual(seen, wanted, reasons.join('\n'));
      for (const [name, [, reason]] of Object.entries(but)) {
        assert.match(results.get(`host/${cases[name as Name]}`)?.reason ?? '', reason, name);
      }
      for (const [name, text] of Object.entries(qualifiers)) {
        assert.match(results.get(`host/${cases[name as Name]}`)?.qualifiers.join() ?? '', text, name);
      }
    });
  }

  it('measures the lock window', () => {
    const [window] =
      runs.get('locks an entry for a second')?.results.get(`host/${cases.window}`)?.measurements ?? [];
    assert.ok(window?.low !== undefined && window.high !== undefined);
    assert.ok(window.low < 1000 && window.high > 1000, `${window.low} to ${window.high} ms`);
  });

  it('speaks to a host that holds few entries from few addresses', () => {
    const { ipv4 = [], ipv6 = [] } = runs.get('holds ten entries')?.few ?? {};
    assert.ok(ipv4.length + ipv6.length > 0 && ipv4.length < 10 && ipv6.length < 10, `${ipv4} ${ipv6}`);
    assert.deepEqual(runs.get('goes by the RFCs')?.few, {});
  });
});
