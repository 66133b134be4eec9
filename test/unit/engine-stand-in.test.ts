/** Hosts that answer no ping, through the engine: a TCP port stands in, and every verdict is that of a host with ping. */
import assert from 'node:assert/strict';
import type { Declared, HostUnderTest } from '../../src/probe.js';
import type { CaseResult } from '../../src/result.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { createVirtualHost, type Habits } from './virtual-host.js';

/** Each way of asking once: by `ping` and `askOnce`, of either family, and what stands in for a stream. */
const cases = [
  'host/refresh-by-ping/fresh',
  'host/answers/broadcast-request',
  'host/unsolicited-na/no-entry',
  'host/na-incomplete/no-option',
  'host/flush-stale/keeps-latest',
  'host/foreign-spa/off-subnet',
  'host/connections/udp-ipv4-mac-changed-request',
  'host/connections/udp-ipv6-mac-kept-advertisement',
];

interface StandInRun {
  readonly results: readonly CaseResult[];
  readonly checks: ReadonlyMap<string, string>;
  readonly host: HostUnderTest | undefined;
  /** Connections that the host was left with. */
  readonly halfOpen: number;
}

async function run(
  habits: Habits,
  { declared = {}, selected = cases }: { declared?: Declared; selected?: readonly string[] } = {},
): Promise<StandInRun> {
  const machine = createVirtualHost(habits);
  const on = await openMemoryBench({ ports: ['a', 'b'], others: ['host'], declared });
  try {
    on.network.attach('host', machine.node);
    const { ipv4, ipv6 } = machine;
    const found = await prepare(on, { kind: 'host', ipv4, ipv6, declared });
    const { host, checks } = found;
    const results = host
      ? await runOn(on, { selected: (id) => selected.includes(id), sideBySide: found.sideBySide, host })
      : [];
    return {
      results,
      host,
      checks: new Map(checks.map(({ id, ok, text }) => [id, `${ok ? '' : 'not ok: '}${text}`])),
      halfOpen: machine.halfOpen,
    };
  } finally {
    await on.close();
  }
}

const outcomes = ({ results }: StandInRun) => results.map(({ id, outcome }) => `${id}: ${outcome}`);
const why = ({ results }: StandInRun) => results.map(({ id, reason }) => `${id}: ${reason}`).join('\n');

describe('a host that answers no ping', function () {
  this.timeout(120_000);
  let pinged: StandInRun;
  let closed: StandInRun;
  let open: StandInRun;
  let deaf: StandInRun;
  let half: StandInRun;
  before(async () => {
    [pinged, closed, open, deaf, half] = await Promise.all([
      run({}),
      run({ ignoresEcho: true, ports: { 22: 'open', 445: 'closed' } }),
      run({ ignoresEcho: true, ports: { 445: 'closed', 8080: 'open' } }, { declared: { tcpPort: 8080 } }),
      run(
        { ignoresEcho: true, ports: { 9: 'closed' }, announcements: 'ignores' },
        { selected: ['host/refresh-by-ping/settled', 'host/unsolicited-na/override'] },
      ),
      run({ ignoresEcho: 'ipv6', ports: { 631: 'open' } }),
    ]);
  });

  it('is asked at a closed port, which leaves nothing to be ended', () => {
    const refuses = { port: 445, isOpen: false };
    assert.deepEqual(closed.host?.answeringPort, { ipv4: refuses, ipv6: refuses });
    assert.match(
      closed.checks.get('stand-in-ipv4') ?? '',
      /^answers no IPv4 echo .* 445 refuses connections$/,
    );
    assert.match(closed.checks.get('entries-ipv6') ?? '', /^holds 48 IPv6 neighbours/);
    assert.deepEqual(outcomes(closed), outcomes(pinged), why(closed));
  });

  it('is asked at the port that the bench file names, and no connection is left half-open', () => {
    const accepts = { port: 8080, isOpen: true };
    assert.deepEqual(open.host?.answeringPort, { ipv4: accepts, ipv6: accepts });
    assert.match(open.checks.get('stand-in-ipv6') ?? '', /port 8080 is open$/);
    assert.deepEqual(outcomes(open), outcomes(pinged), why(open));
    assert.equal(open.halfOpen, 0);
  });

  it('is asked by TCP only in the family in which it answers no ping', () => {
    assert.deepEqual(half.host?.answeringPort, { ipv6: { port: 631, isOpen: true } });
    assert.equal(half.checks.has('stand-in-ipv4'), false);
    assert.deepEqual(outcomes(half), outcomes(pinged), why(half));
    assert.equal(half.halfOpen, 0);
  });

  it('says so of a stream that TCP stands in for', () => {
    for (const { id, qualifiers } of closed.results.filter(({ id }) => id.startsWith('host/connections/')))
      assert.match(qualifiers.join(), /answers to TCP connections, which stand in for UDP/, id);
  });

  it('fails where it follows nothing', () => {
    assert.deepEqual(
      deaf.results.map(({ outcome }) => outcome),
      ['fail', 'fail'],
      why(deaf),
    );
  });

  it('and no TCP either is told as such, with the mend', async () => {
    const { host, checks } = await run({ ignoresEcho: true });
    assert.equal(host, undefined);
    for (const family of ['IPv4', 'IPv6']) {
      const text = checks.get(`echo-${family.toLowerCase()}`) ?? '';
      assert.match(
        text,
        new RegExp(`^not ok: the host answers no ${family} echo .*, 22, .* allow ping .* or open`),
      );
    }
  });

  it('is another than one that loses the packet that made it ask', async () => {
    const { host, checks, results } = await run(
      { keepsNoPacket: true, ports: { 22: 'open' } },
      { selected: ['host/answers/broadcast-request'] },
    );
    assert.ok(host && !host.answeringPort);
    assert.match(checks.get('entries-ipv4') ?? '', /^holds 48/);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['pass'],
    );
  });

  it('is judged in the family in which something answers', async () => {
    const { host, checks } = await run(
      { ignoresEcho: 'ipv6' },
      { selected: ['host/answers/broadcast-request'] },
    );
    assert.ok(host && !host.answeringPort);
    assert.match(checks.get('echo-ipv6') ?? '', /^not ok/);
    assert.match(checks.get('entries-ipv4') ?? '', /^holds 48/);
  });
});
