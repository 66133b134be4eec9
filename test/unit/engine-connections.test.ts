/** Streams over a takeover, whole: run through the engine against virtual hosts that can only be pinged. */
import assert from 'node:assert/strict';
import type { CaseResult, Outcome } from '../../src/result.js';
import { openMemoryBench, prepare, runOn } from './memory-bench.js';
import { createVirtualHost, type Habits } from './virtual-host.js';

const cases = [
  'udp-ipv4-mac-kept-request',
  'udp-ipv4-mac-changed-request',
  'udp-ipv6-mac-changed-advertisement',
].map((name) => `host/connections/${name}`);

async function run(habits: Habits): Promise<CaseResult[]> {
  const machine = createVirtualHost(habits);
  const on = await openMemoryBench({ ports: ['a', 'b'], others: ['host'] });
  try {
    on.network.attach('host', machine.node);
    const addresses = { ipv4: machine.ipv4, ipv6: machine.ipv6 };
    const { host } = await prepare(on, { kind: 'host', ...addresses });
    return await runOn(on, { selected: (id) => cases.includes(id), sideBySide: 8, ...(host && { host }) });
  } finally {
    await on.close();
  }
}

const outcomes = (results: readonly CaseResult[]): Outcome[] => results.map(({ outcome }) => outcome);

describe('connections through the engine, on virtual hosts', () => {
  it('go on where the host follows', async () => {
    const results = await run({});
    const why = results.map(({ id, reason }) => `${id}: ${reason}`).join('\n');
    assert.deepEqual(outcomes(results), ['pass', 'pass', 'pass'], why);
    for (const { qualifiers, measurements } of results) {
      assert.match(qualifiers.join(), /ICMP echo, which stands in for UDP/);
      assert.ok(measurements.some(({ name, high }) => name === 'outage' && (high ?? 1e9) < 1000));
    }
  });
});
