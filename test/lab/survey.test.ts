/** A survey of a segment of 250: namespaces with the real kernel, and stacks that are not Linux. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { documentationMac } from '../../src/bench/addresses.js';
import type { Bench } from '../../src/bench/bench.js';
import { readEvidence } from '../../src/evidence/store.js';
import { bytesToIpv6, ipv4Plus, ipv6ToBytes, macPlus, macToBytes } from '../../src/frame/index.js';
import { type Daemon, ip, startDaemon } from '../../src/lab/command.js';
import { buildCrowd, type Crowd, crowdIpv6, type HabitName } from '../../src/lab/crowd.js';
import { insideLab } from '../../src/lab/enter.js';
import { renderSurveyHtml } from '../../src/report/survey-html.js';
import { readHosts, readRange, readSubnet } from '../../src/survey/range.js';
import { type Survey, type SurveyedHost, SurveySchema } from '../../src/survey/result.js';
import { resultOf, runSurvey, type SurveyOptions } from '../../src/survey/run.js';
import { skip } from '../skip.js';
import type { Habits } from '../unit/virtual-host.js';
import { answering, type ManyHost, manyHosts } from './many-hosts.js';
import { isInstalled } from './namespace.js';

const rate = 1_000;
const all = 250;
/** For 250 hosts on two cores that do nothing else; a machine that is shared gets as much again. */
const limitMs = 60_000;

/** What is expected of a host: its verdict, and what the survey must see of it, column by column. `?` may be anything. */
interface Expected {
  readonly verdict: SurveyedHost['verdict'];
  readonly reason?: RegExp;
  readonly beliefs?: string;
}

/** In the order of the columns: five forms settled, three fresh, two asides, the probe, and the unheard V. */
const linux: Readonly<Record<HabitName, Expected>> = {
  plain: { verdict: 'follows', beliefs: 'nnnnn nno nn o a' },
  deaf: { verdict: 'misses', reason: /stays with the old owner/, beliefs: 'ooooo ooo on o a' },
  'creates-entries': { verdict: 'follows', beliefs: 'nnnnn nno nn o n' },
  'without-lock': { verdict: 'follows', beliefs: 'nnnnn nnn nn o a' },
  'only-requests': { verdict: 'partly', beliefs: 'nnnoo noo nn o a' },
  'only-replies': { verdict: 'partly', beliefs: 'ooonn ono nn o a' },
  'no-echo': { verdict: 'unjudged', reason: /answers no echo request/ },
};

interface Kind {
  readonly habits: Habits;
  readonly delayMs?: number;
  readonly livesMs?: number;
  readonly expected: Expected;
}

const follows: Expected = { verdict: 'follows', beliefs: 'nnnnn nnn nn o a' };

const others: Readonly<Record<string, Kind>> = {
  faithful: { habits: {}, expected: follows },
  slow: { habits: {}, delayMs: 200, expected: { ...follows, beliefs: 'nnnnn ??? nn o a' } },
  observer: { habits: { answersToSender: true }, expected: { verdict: 'unjudged', reason: /whoever asks/ } },
  silent: { habits: { ignoresEcho: true }, expected: { verdict: 'unjudged', reason: /no echo request/ } },
  pinned: {
    habits: { announcements: 'ignores' },
    expected: { verdict: 'misses', beliefs: 'ooooo ooo oo o a' },
  },
  invalidates: {
    habits: { announcements: 'invalidates' },
    expected: { verdict: 'follows', beliefs: 'aaaaa aaa aa o a' },
  },
  locked: { habits: { lockMs: 1_000 }, expected: { verdict: 'follows', beliefs: 'nnnnn ??? nn o a' } },
  'believes-probes': {
    habits: { believesProbes: true },
    expected: { verdict: 'follows', beliefs: 'nnnnn nnn nn n a' },
  },
  'eight-entries': { habits: { capacity: 8 }, expected: follows },
  'three-entries': { habits: { capacity: 3 }, expected: { verdict: 'follows', beliefs: '????? ??? ?? ? a' } },
};

const first = '10.77.0.1';
const subnet = readSubnet('10.77.0.0/23');
const range = readRange('10.77.1.200-10.77.1.215', subnet);

function bench({ nic, nicB }: Crowd, ports: 'one' | 'two' = 'one'): Bench {
  return {
    name: 'segment',
    ports: { a: { nic }, ...(ports === 'two' && { b: { nic: nicB } }) },
    addresses: { ipv4: '192.0.2.0/24', ipv6: '2001:db8::/64', mac: documentationMac },
    limits: { relearnMs: 1000 },
    allowNics: [],
    devices: [],
  };
}

/** The address that a station makes of its own MAC: RFC 4291, appendix A. */
function ipv6Of(mac: string): string {
  const bytes = ipv6ToBytes(crowdIpv6.replace('/64', ''));
  const [one = 0, two = 0, three = 0, ...last] = macToBytes(mac);
  bytes.set([one ^ 2, two, three, 0xff, 0xfe, ...last], 8);
  return bytesToIpv6(bytes);
}

interface Segment {
  readonly crowd: Crowd;
  /** By address. */
  readonly expected: ReadonlyMap<string, { readonly kind: string; readonly expected: Expected }>;
  close(): Promise<void>;
}

/** Two thirds are namespaces: all of a machine's namespaces share a neighbour table of 1,024 (gc_thresh3, arp(7)). */
async function buildSegment(count: number): Promise<Segment> {
  const kinds = Object.keys(linux) as HabitName[];
  const kernels = Math.floor((count * 2) / 3);
  const crowd = await buildCrowd({
    habits: Array.from({ length: kernels }, (_, i) =>
      i % 2 ? 'plain' : (kinds[(i / 2) % kinds.length] ?? 'plain'),
    ),
    firstIpv4: first,
    prefix: 23,
  });
  const names = Object.keys(others);
  const foreign = Array.from({ length: count - kernels }, (_, index) => {
    const mac = macPlus('02:00:5e:10:00:00', index);
    const kind = names[index % names.length] ?? '';
    const addresses = { mac, ipv4: ipv4Plus(first, kernels + index), ipv6: ipv6Of(mac) };
    return { ...addresses, kind, of: others[kind] as Kind };
  });
  await ip('link', 'add', 'many', 'type', 'veth', 'peer', 'name', 'sw-many', 'netns', 'tko-segment');
  await ip('-n', 'tko-segment', 'link', 'set', 'sw-many', 'master', 'tko-br0', 'up');
  await ip('link', 'set', 'many', 'up');
  const list = foreign.map(({ mac, ipv4, ipv6, of }): ManyHost => ({ ...of, mac, ipv4, ipv6 }));
  const daemon: Daemon = await startDaemon(
    [process.execPath, manyHosts, 'many', JSON.stringify(list)],
    (said) => said.includes(answering),
  );
  return {
    crowd,
    expected: new Map([
      ...crowd.hosts.map(({ ipv4, habit }) => [ipv4, { kind: habit, expected: linux[habit] }] as const),
      ...foreign.map(({ ipv4, kind, of }) => [ipv4, { kind, expected: of.expected }] as const),
    ]),
    async close() {
      await daemon.stop();
      await ip('link', 'delete', 'many');
      await crowd.close();
    },
  };
}

const letters = { new: 'n', old: 'o', asked: 'a', observer: 'b', other: 'x', silent: 's' } as const;

/** What differs from what the host was made to do; undefined: nothing. A column may stay open, but never be wrong. */
function mistakeIn(host: SurveyedHost | undefined, kind: string, expected: Expected): string | undefined {
  if (!host) return `${kind}: not found`;
  const seen = host.behaviours.map(({ belief }) => (belief === null ? '-' : letters[belief])).join('');
  const beliefs = expected.beliefs?.replaceAll(' ', '') ?? '';
  const wrong = [...seen].some(
    (letter, at) => beliefs !== '' && letter !== '-' && beliefs[at] !== '?' && beliefs[at] !== letter,
  );
  const told = `${host.address} ${kind}: ${host.verdict}, ${host.reason} [${seen}], made to be ${expected.verdict} [${beliefs}]`;
  if (host.verdict !== expected.verdict || wrong) return told;
  return expected.reason && !expected.reason.test(host.reason) ? told : undefined;
}

describe('a survey', function () {
  this.timeout(120_000);
  let out: string;
  let stateBefore: string | undefined;

  before(() => assert.ok(insideLab(), 'The lab tests run inside enterLab: start them by npm test.'));
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), 'takeover-survey-'));
    stateBefore = process.env.TAKEOVER_STATE;
    process.env.TAKEOVER_STATE = join(out, 'state');
  });
  afterEach(async () => {
    if (stateBefore === undefined) delete process.env.TAKEOVER_STATE;
    else process.env.TAKEOVER_STATE = stateBefore;
    await rm(out, { recursive: true, force: true });
  });

  const survey = (segment: Segment, options: Partial<SurveyOptions> = {}): Promise<Survey> =>
    runSurvey({
      bench: bench(segment.crowd),
      subnets: [{ ...subnet, range }],
      named: [],
      rate,
      driver: 'libpcap',
      seed: 1,
      fingerprint: false,
      out,
      watcher: { at() {} },
      stop: new AbortController().signal,
      ...options,
    });

  it(`classifies each of ${all} hosts as it was made, in time and at a bounded rate`, async () => {
    const segment = await buildSegment(all);
    try {
      const startMs = performance.now();
      const result = await survey(segment);
      const tookMs = performance.now() - startMs;
      console.log(`      ${all} hosts in ${(tookMs / 1000).toFixed(1)} s: ${JSON.stringify(result.rate)}`);

      const [found] = result.segments;
      const hosts = new Map(found?.hosts.map((host) => [host.address, host]));
      const mistakes = [...segment.expected].flatMap(
        ([address, { kind, expected }]) => mistakeIn(hosts.get(address), kind, expected) ?? [],
      );
      assert.deepEqual(mistakes, []);
      assert.equal(hosts.size, all);
      assert.ok(tookMs < limitMs, `${tookMs} ms`);
      assert.ok(result.complete);

      // Counted in the capture, not by who sent.
      const recording = await readEvidence(join(out, 'evidence'));
      const sent = recording.frames.filter(({ direction }) => direction === 'out').map(({ atNs }) => atNs);
      const busiest = Math.max(...sent.map((atNs) => sent.filter((o) => o >= atNs && o < atNs + 1e9).length));
      assert.ok(busiest <= rate, `${busiest} frames in a second`);

      const stored = v.parse(SurveySchema, JSON.parse(readFileSync(join(out, 'survey.json'), 'utf8')));
      assert.deepEqual(resultOf(recording, stored), stored, 'judged again, it is the same');
      const page = renderSurveyHtml(result, { generatedAt: result.endedAt });
      for (const address of segment.expected.keys()) assert.ok(page.includes(`>${address}<`), address);
    } finally {
      await segment.close();
    }
  });

  it('does both families at once, through two NICs, for hosts that have names', async () => {
    const segment = await buildSegment(24);
    try {
      const six = readSubnet(crowdIpv6);
      const subnets = [
        { ...subnet, range },
        { ...six, range: readRange('2001:db8:0:5::f0-2001:db8:0:5::ff', six) },
      ];
      const result = await survey(segment, { bench: bench(segment.crowd, 'two'), subnets });
      const [, ipv6] = result.segments;
      const byAddress = new Map(ipv6?.hosts.map((host) => [host.address, host]));
      for (const { ipv6: address, habit } of segment.crowd.hosts) {
        const verdict = byAddress.get(address)?.verdict;
        if (habit === 'no-echo') assert.equal(verdict, undefined, 'nothing can find it');
        else assert.equal(verdict, habit === 'deaf' ? 'misses' : 'follows', `${address} ${habit}`);
      }
      // Those that leave echo requests to a group unanswered are asked by the address that suits their MAC.
      const eui64 = [...byAddress.values()].filter(({ mac }) => mac?.startsWith('02:00:5e:10'));
      assert.equal(eui64.length, 24 - segment.crowd.hosts.length);

      const text = `10.77.0.1 the first\n10.77.0.2\n\n10.77.1.77 switched off # a comment\n`;
      const named = readHosts(text, 'hosts', [subnet]);
      const [listed] = (await survey(segment, { named })).segments;
      assert.deepEqual(
        listed?.hosts.map(({ address, name, verdict }) => [address, name, verdict]),
        [
          ['10.77.0.1', 'the first', 'follows'],
          ['10.77.0.2', '', 'follows'],
          ['10.77.1.77', 'switched off', 'unjudged'],
        ],
      );
    } finally {
      await segment.close();
    }
  });

  it('tells what it saw when it is stopped, and of hosts that vanish', async () => {
    const segment = await buildSegment(12);
    try {
      const ending = new AbortController();
      const vanishing = segment.crowd.hosts[1]?.namespace ?? '';
      let gone: Promise<unknown> | undefined;
      const watcher = {
        at(_: number, doing: string) {
          if (doing.includes('request, THA = SHA'))
            gone ??= ip('-n', vanishing, 'link', 'set', 'eth0', 'down');
          if (doing.includes('unicast request')) ending.abort(new Error('The operator ended the survey.'));
        },
      };
      const result = await survey(segment, { stop: ending.signal, watcher });
      await gone;
      assert.equal(result.complete, false);
      assert.equal(result.cutShort, 'The operator ended the survey.');
      const [found] = result.segments;
      assert.equal(found?.hosts.length, 12);
      const seen = (address: string | undefined) => found?.hosts.find((host) => host.address === address);
      const steady = seen(segment.crowd.hosts[3]?.ipv4);
      assert.equal(steady?.verdict, 'follows');
      assert.match(steady?.behaviours.find(({ stimulus }) => stimulus === 'probe')?.text ?? '', /not asked/);
      const lost = seen(segment.crowd.hosts[1]?.ipv4);
      assert.ok(
        lost?.notes.some((note) => /stopped answering/.test(note)),
        JSON.stringify(lost),
      );
    } finally {
      await segment.close();
    }
  });

  it('refuses addresses that are somebody’s, and says when nobody is there', async () => {
    const segment = await buildSegment(3);
    try {
      const taken = readRange('10.77.0.1-10.77.0.8', subnet);
      await assert.rejects(
        survey(segment, { subnets: [{ ...subnet, range: taken }] }),
        /needs 6 addresses .* and 5 of the range are free \(10\.77\.0\.1, .* answered\); name a larger one with --use/,
      );
      const elsewhere = readSubnet('198.51.100.0/24');
      const nobody = await survey(segment, {
        subnets: [{ ...elsewhere, range: readRange('198.51.100.200-198.51.100.210', elsewhere) }],
      });
      assert.equal(nobody.segments[0]?.summary, 'No host answered.');
    } finally {
      await segment.close();
    }
  });

  it('puts arp-fingerprint beside it', async function () {
    if (!isInstalled('arp-fingerprint')) skip(this, 'arp-scan is not installed');
    const segment = await buildSegment(3);
    try {
      const result = await survey(segment, { fingerprint: true });
      const guesses = result.segments[0]?.hosts.map(({ fingerprint }) => fingerprint?.guess);
      assert.equal(guesses?.filter((guess) => guess?.includes('Linux')).length, segment.crowd.hosts.length);
      assert.ok(existsSync(join(out, 'survey.json')));
    } finally {
      await segment.close();
    }
  });
});
