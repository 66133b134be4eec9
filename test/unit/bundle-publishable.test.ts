import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPublishable } from '../../src/bundle/publishable.js';
import { unpublishableEvidence, unpublishableTexts } from '../../src/bundle/unpublishable.js';
import type { RecordedFrame } from '../../src/evidence/recording.js';
import { bytesToIpv4, bytesToMac } from '../../src/frame/index.js';
import { honestParts } from './bundle-fixtures.js';

const harmless = [
  // Documentation, groups, virtual routers, zero, everybody, locally administered.
  ...['00:00:5e:00:53:00', '00-00-5E-00-53-FF', '01:00:5e:00:00:01', '33:33:ff:12:34:56'],
  ...[
    '00:00:5e:00:01:07',
    '00:00:5e:00:02:ff',
    '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
    '52:54:00:12:34:56',
  ],
  ...[
    '192.0.2.1',
    '198.51.100.255',
    '203.0.113.0',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.18',
    '239.255.255.250',
  ],
  ...['169.254.1.2', '198.18.0.1', '198.19.255.255', '127.0.0.1', '::ffff:192.0.2.1'],
  ...['2001:db8::1', '2001:DB8:ffff::', '3fff::1', '3fff:fff::1', '::', '::1', 'ff02::1', 'fe80::1'],
  // Link-local, of a documentation address and of a random identifier.
  ...['fe80::200:5eff:fe00:5301', 'fe80::1234:5678:9abc:def0'],
];
const telling = [
  ...['3c:ec:ef:12:34:56', '00:0c:29:aa:bb:cc', '00:1b:21:00:00:00', 'a4:bf:01:02:03:04'],
  ...[
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '8.8.8.8',
    '192.0.3.1',
    '198.17.255.255',
    '198.20.0.0',
    '100.64.0.1',
  ],
  ...[
    '2001:db9::1',
    '2600::1',
    'fd00::1',
    '3fff:1000::1',
    '4000::',
    '::2',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
  ],
  // Interface identifiers that were made of a NIC's own address.
  ...['fe80::3eec:efff:fe12:3456', '2001:db8::20c:29ff:feaa:bbcc'],
];

describe('what may be published', () => {
  it('knows addresses that tell nothing, and those that tell something', () => {
    for (const address of harmless) assert.equal(isPublishable(address), true, address);
    for (const address of telling) assert.equal(isPublishable(address), false, address);
    assert.throws(() => isPublishable('nonsense'), /nonsense/);
  });

  it('says of any MAC and IPv4 address either, by its first octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) => {
        const [first = 0, second, third] = octets;
        const known = first === 0 && second === 0 && (third === 0x5e || (third === 0 && octets[3] === 0));
        assert.equal(isPublishable(bytesToMac(octets)), (first & 3) !== 0 || known);
        const ipv4 = Uint8Array.of(10, ...octets.subarray(0, 3));
        assert.equal(isPublishable(bytesToIpv4(ipv4)), false);
      }),
    );
  });

  it('finds them in texts, however they are written, and takes no version for one', async () => {
    const { result, subject } = await honestParts({ device: { firmware: '8.10.0.6' } });
    assert.deepEqual(unpublishableTexts(result, subject), []);
    const [entry] = result.cases;
    assert.ok(entry);
    entry.reason = 'It is 8.10.0.6, not 10.1.2.3, 3CEC.EF12.3456, 00-0C-29-AA-BB-CC or fd00::7 at 12:30:15.';
    assert.deepEqual(unpublishableTexts(result, subject), [
      ...['00:0c:29:aa:bb:cc', '10.1.2.3', '3c:ec:ef:12:34:56', 'fd00::7'],
    ]);
    subject.device.conditions = { uplink: '172.16.0.9' };
    assert.ok(unpublishableTexts(result, subject).includes('172.16.0.9'));
  });

  it('finds them in frames, and what a device tells of itself', async () => {
    const { result, subject, recordings } = await honestParts();
    const [recording] = recordings.values();
    assert.ok(recording);
    assert.deepEqual(unpublishableEvidence({ recording, section: {} }, result, subject), []);
    const frame = (hex: string): RecordedFrame => {
      const bytes = Buffer.from(hex, 'hex');
      return { number: 1, port: 'a', direction: 'in', atNs: 0, bytes, originalLength: bytes.length };
    };
    const found = (hex: string) =>
      unpublishableEvidence(
        { recording: { ...recording, frames: [frame(hex)] }, section: {} },
        result,
        subject,
      );
    const ethernet = 'ffffffffffff00005e005301';
    const arp = `${ethernet}08060001080006040001`;
    assert.deepEqual(found(`${arp}3cecef123456c0a80101000000000000c0000201`), [
      ...['192.168.1.1', '3c:ec:ef:12:34:56'],
    ]);
    assert.deepEqual(found(`${arp}00005e005301c0000201000000000000c0000201`), []);
    // LLDP.
    assert.deepEqual(found(`${ethernet}88cc0207043cecef123456`), ['what frame 1 tells of its sender']);
  });
});
