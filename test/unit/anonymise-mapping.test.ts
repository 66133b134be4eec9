import assert from 'node:assert/strict';
import fc from 'fast-check';
import { replaceAddresses, withoutNames } from '../../src/bundle/address-texts.js';
import { isPublishable } from '../../src/bundle/publishable.js';
import { replacementsFor, SubstitutionError } from '../../src/bundle/substitution.js';
import * as frame from '../../src/frame/index.js';
import { ipv4Address, ipv6Address, mac } from './frame-arbitraries.js';

const realMac = mac.filter((address) => !isPublishable(address));
const addresses = fc.array(fc.oneof(mac, realMac, ipv4Address, ipv6Address), { maxLength: 40 });

describe('harmless addresses for real ones', () => {
  it('are publishable, and stand for exactly one each that was not there before', () => {
    fc.assert(
      fc.property(addresses, (seen) => {
        const table = replacementsFor(seen);
        const published = [...table.values()];
        assert.deepEqual(
          published.filter((address) => !isPublishable(address)),
          [],
        );
        assert.equal(new Set(published).size, published.length);
        const unicast = published.filter((address) => !frame.isMac(address) || !frame.isGroupMac(address));
        const before = new Set(seen.map((address) => (table.has(address) ? '' : address)));
        assert.deepEqual(
          unicast.filter((address) => before.has(address)),
          [],
        );
        assert.deepEqual(
          seen.filter((address) => !isPublishable(address) && !table.has(address)),
          [],
        );
      }),
      { numRuns: 300 },
    );
  });

  it('leave alone what may be published', () => {
    const open = [
      '00:00:5e:00:53:01',
      '02:00:5e:10:00:00',
      'ff:ff:ff:ff:ff:ff',
      '192.0.2.1',
      '0.0.0.0',
      '::',
      'ff02::1',
    ];
    assert.deepEqual([...replacementsFor([...open, '2001:db8::1', 'fe80::ff:fe00:1'])], []);
  });

  it('keep an IPv4 network together, and the host’s number', () => {
    const table = replacementsFor(['10.1.2.3', '10.1.2.255', '10.1.3.3', '192.0.2.9']);
    assert.equal(table.get('10.1.2.3'), '198.51.100.3');
    assert.equal(table.get('10.1.2.255'), '198.51.100.255');
    assert.equal(table.get('10.1.3.3'), '203.0.113.3');
    assert.equal(table.has('192.0.2.9'), false);
  });

  it('go on with the networks of benchmarks, and say so when there are no more', () => {
    const networks = (count: number) => Array.from({ length: count }, (_, n) => `10.${n >> 8}.${n & 0xff}.1`);
    const published = [...replacementsFor(networks(515)).values()];
    assert.equal(published[3], '198.18.0.1');
    assert.equal(published.every(isPublishable), true);
    assert.throws(() => replacementsFor(networks(516)), SubstitutionError);
  });

  const host = '3c:fd:fe:12:34:56';
  const linkLocal = 'fe80::3efd:feff:fe12:3456';
  const global = '2a01:4f8:1:2:3efd:feff:fe12:3456';

  it('keep a MAC address, the addresses made of it and the groups of those together', () => {
    const seen = [
      host,
      linkLocal,
      global,
      'ff02::1:ff12:3456',
      '33:33:ff:12:34:56',
      '2001:db8::3efd:feff:fe12:3456',
    ];
    const table = replacementsFor(seen);
    const published = table.get(host) ?? '';
    const suffix = frame.macToBytes(published).subarray(3);
    for (const address of [linkLocal, global, '2001:db8::3efd:feff:fe12:3456', 'ff02::1:ff12:3456']) {
      const instead = frame.ipv6ToBytes(table.get(address) ?? '::');
      assert.deepEqual(instead.subarray(13), suffix, address);
    }
    assert.deepEqual(frame.macToBytes(table.get('33:33:ff:12:34:56') ?? host).subarray(3), suffix);
    assert.match(table.get(linkLocal) ?? '', /^fe80::/);
    assert.match(table.get(global) ?? '', /^2001:db8:1:/);
    assert.match(table.get('2001:db8::3efd:feff:fe12:3456') ?? '', /^2001:db8::/);
  });

  it('hold for groups of addresses that were not seen, and leave the groups of those that may be', () => {
    const table = replacementsFor([
      '33:33:ff:ab:cd:ef',
      'ff02::1:ffab:cdef',
      '2001:db8::50',
      'ff02::1:ff00:50',
    ]);
    assert.equal(table.has('ff02::1:ff00:50'), false);
    const group = frame.ipv6ToBytes(table.get('ff02::1:ffab:cdef') ?? 'ff02::1:ffab:cdef');
    const groupMac = frame.macToBytes(table.get('33:33:ff:ab:cd:ef') ?? '33:33:ff:ab:cd:ef');
    assert.deepEqual(group.subarray(13), groupMac.subarray(3));
    assert.notDeepEqual([...group.subarray(13)], [0xab, 0xcd, 0xef]);
  });

  it('keep numbers that someone gave by hand', () => {
    assert.equal(replacementsFor(['2a01:4f8::50']).get('2a01:4f8::50'), '2001:db8:1::50');
  });

  it('hide identifiers that were drawn at random', () => {
    assert.doesNotMatch(
      replacementsFor(['2a01:4f8::a1b2:c3d4:e5f6:1234']).get('2a01:4f8::a1b2:c3d4:e5f6:1234') ?? '',
      /[a-f]\d[a-f]\d|e5f6|1234/,
    );
  });
});

describe('addresses and names in texts', () => {
  const table = new Map([
    ['10.1.2.3', '192.0.2.3'],
    ['3c:fd:fe:12:34:56', '02:00:00:00:00:01'],
    ['2a01:4f8::7', '2001:db8:1::7'],
  ]);
  const changed = (text: string) => replaceAddresses(text, (address) => table.get(address));

  it('are found in every form', () => {
    assert.equal(changed('10.1.2.3 is at 3c:fd:fe:12:34:56'), '192.0.2.3 is at 02:00:00:00:00:01');
    assert.equal(changed('3C-FD-FE-12-34-56, 3cfd.fe12.3456'), '02:00:00:00:00:01, 02:00:00:00:00:01');
    assert.equal(changed('enx3cfdfe123456'), 'enx020000000001');
    assert.equal(
      changed('2A01:04F8:0::7%eth0: lost, [2a01:4f8::7]:22'),
      '2001:db8:1::7%eth0: lost, [2001:db8:1::7]:22',
    );
    assert.equal(changed('at 2a01:4f8::7: no answer'), 'at 2001:db8:1::7: no answer');
    assert.equal(changed('10.1.2.3/24, 10.1.2.3:22.'), '192.0.2.3/24, 192.0.2.3:22.');
  });

  it('are not seen in times, versions and digests', () => {
    for (const text of [
      '06:31:45',
      '2026-11-23T06:31:45',
      'v10.1.2.3.4',
      '110.1.2.3',
      '10.1.2.33',
      'a3cfdfe123456',
    ]) {
      assert.equal(changed(text), text);
    }
  });

  it('are taken out with the people and machines that they name', () => {
    const names = (text: string) => withoutNames(text, 'Acme S24', new Set(['sw1.acme.internal']));
    assert.equal(names('root@10.0.0.5:2222 shows its cache (Linux).'), 'Acme S24 shows its cache (Linux).');
    assert.equal(names('ops@[fe80::1%eth0]: refused'), 'Acme S24: refused');
    assert.equal(names('sw1.acme.internal did not answer'), 'Acme S24 did not answer');
    assert.equal(names('xsw1.acme.internal.example'), 'xsw1.acme.internal.example');
    assert.equal(names('no key /home/alice/.ssh/id_rsa'), 'no key ~/.ssh/id_rsa');
    assert.equal(names('ask alice.b@acme.example'), 'ask Acme S24');
  });
});
