/** Linux behind a firewall that drops ping, and without SSH: asked by TCP, it comes to the verdicts of Linux with ping. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { probes } from '../../probes/index.js';
import { type FinishedRun, runBench } from '../../src/engine/run.js';
import { nft, startDaemon, within } from '../../src/lab/command.js';
import type { CaseResult } from '../../src/result.js';
import { assertJudgedAlike, fastCases, figure } from './good-device.js';
import { addHost, deviceOf, type MoreHost, moreHost, removeHosts } from './more-hosts.js';
import { openTestLab, outcomes, type TestLab, told } from './run-lab.js';
import { probeOf } from './twins/plan.js';

const tcpPort = 2200;
const pinged = moreHost(2);
const open = moreHost(3);
const closed = moreHost(4);
const deaf = moreHost(5);
const all = [pinged, open, closed, deaf];
const listening = [pinged, open];

const noPing = ['icmp type echo-request drop', 'icmpv6 type echo-request drop'];
const drops: readonly (readonly [MoreHost, readonly string[]])[] = [
  [open, [...noPing, `tcp dport != ${tcpPort} drop`]],
  [closed, noPing],
  [deaf, [...noPing, 'meta l4proto tcp drop']],
];

/** Accepts connections and keeps them. */
const listener = `
use IO::Socket::IP;
my $listener = IO::Socket::IP->new(LocalHost => '::', V6Only => 0, LocalPort => ${tcpPort}, Listen => 64) or die $@;
$| = 1;
print "listening";
my @kept;
while (my $connection = $listener->accept) { push @kept, $connection }
`;

/** Runs alone, ten seconds for each host, and asks as all others do. */
const isLong = (id: string) => id.startsWith('host/conflict/');

/** One case of each probe, and what is asked in another way than most: once, past V, or as a stream. */
const chosen: ReadonlySet<string> = new Set([
  ...new Map(
    fastCases('host')
      .filter((id) => !isLong(id))
      .toReversed()
      .map((id) => [probeOf(id), id]),
  ).values(),
  'host/flush-stale/asks-sparingly',
  'host/flush-stale/keeps-latest',
  'host/foreign-spa/off-subnet',
  'host/router-flag/cleared',
  'host/unreachable-neighbour/queued-packet',
  'host/connections/udp-ipv6-mac-changed-advertisement',
  'host/connections/tcp-ipv4-mac-changed-request',
]);

/** A port that refuses connections has none to survive. */
const needsOpenPort = (id: string) => id.includes('/tcp-');

/** A busy machine leaves cases open, which is never wrong: so often they are tried. */
const rounds = 3;

describe('a host that answers no ping', function () {
  this.timeout(300_000);
  let lab: TestLab;
  let run: FinishedRun;
  /** Each host's cases, settled. */
  const cases = new Map<MoreHost, readonly CaseResult[]>();

  before(async () => {
    lab = await openTestLab({ switch: 'linux-bridge', router: 'none' });
    for (const host of all) await addHost(lab, host);
    for (const [{ name }, rules] of drops)
      await nft(
        name,
        `table inet filter {\nchain input {\ntype filter hook input priority 0\n${rules.join('\n')}\n}\n}\n`,
      );
    for (const { name } of listening)
      await startDaemon(within(name, ['perl', '-e', listener]), (output) => output.includes('listening'));
    const startMs = performance.now();
    run = await certify('run-1', all, (id) => chosen.has(id));
    figure(
      `${all.length} hosts, ${chosen.size} cases each: ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
    );
    for (const [index, host] of all.entries()) cases.set(host, run.results[index]?.result.cases ?? []);
    for (const host of [pinged, open, closed]) await settle(host);
  });
  after(async () => {
    await lab?.close();
    await removeHosts(all);
  });

  const certify = (
    name: string,
    hosts: readonly MoreHost[],
    selected: (caseId: string) => boolean,
  ): Promise<FinishedRun> =>
    runBench({
      bench: {
        ...lab.bench,
        devices: hosts.map((host) => deviceOf(host, listening.includes(host) ? { tcpPort } : {})),
      },
      probes,
      driver: 'libpcap',
      repeat: 1,
      seed: 1 + name.length,
      out: join(lab.directory, name),
      selected,
      slow: false,
      bail: false,
      resume: false,
      listener: { begin() {}, start() {}, finish() {}, wait() {} },
      stop: new AbortController().signal,
    });

  async function settle(host: MoreHost): Promise<void> {
    for (let round = 2; round <= rounds; round += 1) {
      const before = cases.get(host) ?? [];
      const left = before.filter(
        ({ id, outcome }) => outcome === 'inconclusive' && !(host === closed && needsOpenPort(id)),
      );
      if (left.length === 0) return;
      const again = await certify(`${host.name}-${round}`, [host], (id) => left.some((one) => one.id === id));
      const later = new Map(again.results[0]?.result.cases.map((one) => [one.id, one]));
      cases.set(
        host,
        before.map((one) => later.get(one.id) ?? one),
      );
    }
  }

  const preflightOf = (host: MoreHost) =>
    new Map(run.results[all.indexOf(host)]?.result.preflight.map(({ id, ok, text }) => [id, { ok, text }]));

  function assertAlike(host: MoreHost, but: (id: string) => boolean = () => false): void {
    const compared = (of: MoreHost) => (cases.get(of) ?? []).filter(({ id }) => !but(id));
    const why = compared(host).map(told).join('\n');
    assert.ok(compared(host).length > 30);
    assert.deepEqual(outcomes(compared(host)), outcomes(compared(pinged)), why);
    assert.ok(
      compared(host).every(({ outcome }) => outcome !== 'inconclusive'),
      why,
    );
  }

  for (const family of ['ipv4', 'ipv6']) {
    it(`is asked by TCP at the port that the bench file names, or one that refuses, in ${family}`, () => {
      assert.equal(preflightOf(pinged).has(`stand-in-${family}`), false);
      assert.match(preflightOf(open).get(`stand-in-${family}`)?.text ?? '', /port 2200 is open/);
      assert.match(preflightOf(closed).get(`stand-in-${family}`)?.text ?? '', /refuses connections/);
    });
  }

  it('comes to the same verdicts by an open port', () => assertAlike(open));

  it('comes to the same verdicts by a closed port, but for those that need an open one', () => {
    assertAlike(closed, needsOpenPort);
    for (const entry of cases.get(closed) ?? [])
      if (needsOpenPort(entry.id)) assert.equal(entry.outcome, 'inconclusive', told(entry));
  });

  it('is left with no connection half-open', async () => {
    const { stdout } = await lab.exec(open.name, ['ss', '-Htn', 'state', 'syn-recv']);
    assert.equal(stdout, '');
  });

  it('comes to the same verdicts when its evidence is judged again', async () => {
    for (const host of [open, closed]) {
      const finished = run.results[all.indexOf(host)];
      assert.ok(finished);
      await assertJudgedAlike({ ...finished, wallMs: 0 });
    }
  });

  it('and no TCP either is not judged, and the mend is told', () => {
    for (const [family, name] of [
      ['ipv4', 'IPv4'],
      ['ipv6', 'IPv6'],
    ]) {
      const check = preflightOf(deaf).get(`echo-${family}`);
      assert.equal(check?.ok, false);
      assert.match(
        check?.text ?? '',
        new RegExp(`answers no ${name} echo .* allow ping .* or open a TCP port`),
      );
    }
    for (const entry of cases.get(deaf) ?? [])
      assert.ok(['not-run', 'not-applicable'].includes(entry.outcome), told(entry));
  });
});
