import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDate } from '../../src/host/linux-clock.js';
import { NeighbourFormatError } from '../../src/host/neighbour-entry.js';
import { changes } from '../../src/host/poll.js';
import { parseIpNeighJson, parseIpNeighText, parseMonitorLine } from '../../src/host/readers/ip-neigh.js';
import { SshError } from '../../src/host/ssh.js';

const mac = '00:00:5e:00:53:09';

describe('ip neigh', () => {
  it('is read as JSON (iproute2 6.1)', () => {
    const text =
      '[{"dst":"192.0.2.77","dev":"eth0","state":["INCOMPLETE"]},' +
      '{"dst":"192.0.2.9","lladdr":"00:00:5E:00:53:09","state":["STALE"]},' +
      '{"dst":"192.0.2.8","dev":"eth1","lladdr":"00:00:5e:00:53:08","state":["REACHABLE"]},' +
      '{"dst":"192.0.2.7","dev":"eth0","proxy":null},' +
      '{"dst":"2001:db8::9","dev":"eth0","lladdr":"00:00:5e:00:53:09","router":null,"state":["PERMANENT"]}]';
    assert.deepEqual(parseIpNeighJson(text, 'eth0'), [
      { address: '192.0.2.77', mac: null, state: 'INCOMPLETE' },
      { address: '192.0.2.9', mac, state: 'STALE' },
      { address: '2001:db8::9', mac, state: 'PERMANENT' },
    ]);
    assert.deepEqual(parseIpNeighJson('\n', 'eth0'), []);
  });

  it('is read as text, old iproute2 and BusyBox', () => {
    const text = [
      '192.0.2.9 dev eth0 lladdr 00:00:5e:00:53:09 STALE',
      '192.0.2.8 dev eth1 lladdr 00:00:5e:00:53:08 REACHABLE',
      '192.0.2.10 dev eth0 lladdr 00:00:5e:00:53:0a ref 1 used 0/0/0 probes 4 REACHABLE',
      '192.0.2.11 dev eth0  used 12/9/6 probes 6 FAILED',
      '192.0.2.12 lladdr 00:00:5e:00:53:0c DELAY',
      '192.0.2.13 dev eth0 proxy',
      '2001:db8::9 dev eth0 lladdr 00:00:5e:00:53:09 router PERMANENT',
      '',
    ].join('\n');
    assert.deepEqual(parseIpNeighText(text, 'eth0'), [
      { address: '192.0.2.9', mac, state: 'STALE' },
      { address: '192.0.2.10', mac: '00:00:5e:00:53:0a', state: 'REACHABLE' },
      { address: '192.0.2.11', mac: null, state: 'FAILED' },
      { address: '192.0.2.12', mac: '00:00:5e:00:53:0c', state: 'DELAY' },
      { address: '2001:db8::9', mac, state: 'PERMANENT' },
    ]);
  });

  it('counts the address of a failed entry as gone', () => {
    assert.deepEqual(parseIpNeighText(`192.0.2.9 dev eth0 lladdr ${mac} FAILED`, 'eth0'), [
      { address: '192.0.2.9', mac: null, state: 'FAILED' },
    ]);
  });

  it('is streamed with a stamp', () => {
    const remoteNs = BigInt(Date.UTC(2026, 10, 22, 22, 17, 2)) * 1_000_000n + 719_942_000n;
    assert.deepEqual(
      parseMonitorLine('[2026-11-22T22:17:02.719942] 192.0.2.9 dev v0 lladdr 00:00:5e:00:53:09 STALE '),
      {
        entry: { address: '192.0.2.9', mac, state: 'STALE' },
        interface: 'v0',
        remoteNs,
      },
    );
    assert.deepEqual(
      parseMonitorLine(
        '[2026-11-22T22:17:02.719942] Deleted 192.0.2.9 dev v0 lladdr 00:00:5e:00:53:09 STALE',
      ),
      {
        entry: { address: '192.0.2.9', mac: null, state: null },
        interface: 'v0',
        remoteNs,
      },
    );
    assert.deepEqual(
      parseMonitorLine(
        '[2026-11-22T22:17:02.719942] [NEIGH]2001:db8::9 dev v0 lladdr 00:00:5e:00:53:09 router REACHABLE',
      )?.entry,
      { address: '2001:db8::9', mac, state: 'REACHABLE' },
    );
  });

  it('is streamed with lines that say nothing of an entry', () => {
    for (const line of [
      '4711',
      '192.0.2.9 dev v0 lladdr 00:00:5e:00:53:09 STALE',
      '[2026-11-22T22:17:02.719942] miss 192.0.2.9 dev v0 STALE',
      '[2026-19-42T22:17:02.719942] 192.0.2.9 dev v0 STALE',
    ]) {
      assert.equal(parseMonitorLine(line), undefined, line);
    }
  });

  it('never throws but a NeighbourFormatError', () => {
    assert.throws(() => parseIpNeighJson('Object "-j" is unknown', 'eth0'), NeighbourFormatError);
    assert.throws(() => parseIpNeighJson('{}', 'eth0'), NeighbourFormatError);
    const row = fc.record({
      dst: fc.oneof(fc.ipV4(), fc.anything()),
      lladdr: fc.anything(),
      state: fc.anything(),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.jsonValue(), row)), (rows) => {
        for (const entry of parseIpNeighJson(JSON.stringify(rows), 'eth0'))
          assert.equal(typeof entry.address, 'string');
      }),
    );
    const words = fc.array(
      fc.oneof(
        fc.string(),
        fc.ipV4(),
        fc.constantFrom('dev', 'lladdr', 'proxy', 'STALE', '[2026-11-22T22:17:02.719942]', '\n'),
      ),
    );
    fc.assert(
      fc.property(words, (some) => {
        parseMonitorLine(some.join(' '));
        parseMonitorLine(`[2026-11-22T22:17:02.719942] ${some.join(' ')}`);
      }),
    );
  });
});

describe('differences of a polled cache', () => {
  it('are the new, the changed and the gone', () => {
    const before = [
      { address: '192.0.2.1', mac, state: 'STALE' },
      { address: '192.0.2.2', mac, state: 'STALE' },
      { address: '192.0.2.3', mac, state: 'STALE' },
    ];
    const after = [
      { address: '192.0.2.1', mac, state: 'STALE' },
      { address: '192.0.2.2', mac, state: 'REACHABLE' },
      { address: '192.0.2.4', mac: null, state: 'INCOMPLETE' },
    ];
    assert.deepEqual(changes(before, after), [
      { address: '192.0.2.2', mac, state: 'REACHABLE' },
      { address: '192.0.2.4', mac: null, state: 'INCOMPLETE' },
      { address: '192.0.2.3', mac: null, state: null },
    ]);
    assert.deepEqual(changes(after, after), []);
  });
});

describe("a host's date", () => {
  it('has nanoseconds, or half a second of error', () => {
    assert.deepEqual(parseDate('1795385823.000000042'), { ns: 1_795_385_823_000_000_042n, errorNs: 0 });
    assert.deepEqual(parseDate('1795385823.%N'), { ns: 1_795_385_823_500_000_000n, errorNs: 500_000_000 });
    assert.deepEqual(parseDate('1795385823.'), { ns: 1_795_385_823_500_000_000n, errorNs: 500_000_000 });
    assert.throws(() => parseDate('sh: date: not found'), SshError);
  });
});
