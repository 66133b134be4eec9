import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as frame from '../../src/frame/index.js';
import * as any from './frame-arbitraries.js';

describe('addresses', () => {
  it('round-trip', () => {
    fc.assert(
      fc.property(any.octets(6, 6), any.octets(4, 4), any.ipv6Octets, (mac, ipv4, ipv6) => {
        assert.deepEqual(frame.macToBytes(frame.bytesToMac(mac)), mac);
        assert.deepEqual(frame.ipv4ToBytes(frame.bytesToIpv4(ipv4)), ipv4);
        assert.deepEqual(frame.ipv6ToBytes(frame.bytesToIpv6(ipv6)), ipv6);
      }),
    );
  });

  it('are read in any valid text and written in one', () => {
    for (const text of ['00:00:5e:00:53:0a', '00-00-5E-00-53-0A', '00:00:5E:00:53:0a']) {
      assert.equal(frame.bytesToMac(frame.macToBytes(text)), '00:00:5e:00:53:0a');
    }
    // RFC 5952 sections 1, 2, 4 and 5.
    for (const [text, canonical] of [
      ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['2001:0db8::0001', '2001:db8::1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['1:0:0:0:0:0:0:0', '1::'],
      ['::ffff:c000:201', '::ffff:192.0.2.1'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ] as const) {
      assert.equal(frame.bytesToIpv6(frame.ipv6ToBytes(text)), canonical);
    }
  });

  it('of IPv6 agree with the text that the URL standard gives', () => {
    fc.assert(
      fc.property(any.ipv6Octets, (bytes) => {
        const text = frame.bytesToIpv6(bytes);
        fc.pre(!text.includes('.'));
        assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`);
      }),
    );
  });

  it('name a text that is none', () => {
    const parsers: [(text: string) => unknown, (text: string) => boolean, string[]][] = [
      [
        frame.macToBytes,
        frame.isMac,
        ['', '00:00:5e:00:53', '00:00-5e:00:53:01', '0:0:5e:0:53:1', 'zz:00:5e:00:53:01'],
      ],
      [
        frame.ipv4ToBytes,
        frame.isIpv4,
        ['', '192.0.2', '192.0.2.256', '192.0.2.01', '192.0.2.1 ', '2001:db8::1'],
      ],
      [
        frame.ipv6ToBytes,
        frame.isIpv6,
        ['', '2001:db8', 'fe80::1%eth0', '1::2::3', '2001:db8::g', '192.0.2.1'],
      ],
    ];
    for (const [parse, is, texts] of parsers) {
      for (const text of texts) {
        assert.equal(is(text), false);
        const namesIt = (error: Error) =>
          error instanceof frame.FrameError && error.message.includes(`"${text}"`);
        assert.throws(() => parse(text), namesIt);
      }
    }
    assert.throws(() => frame.bytesToMac(new Uint8Array(5)), { message: 'MAC address: 5 octets, needs 6' });
  });

  it('count on', () => {
    assert.equal(frame.macPlus('00:00:5e:00:53:ff', 1), '00:00:5e:00:54:00');
    assert.equal(frame.macPlus('00:00:5e:00:53:00', -1), '00:00:5e:00:52:ff');
    assert.equal(frame.ipv4Plus('192.0.2.255', 2), '192.0.3.1');
    assert.throws(() => frame.macPlus(frame.broadcastMac, 1), frame.FrameError);
    assert.throws(() => frame.ipv4Plus('0.0.0.0', -1), frame.FrameError);
    assert.throws(() => frame.ipv4Plus('192.0.2.1', 0.5), frame.FrameError);
  });

  it('of groups', () => {
    assert.equal(frame.isGroupMac(frame.broadcastMac), true);
    assert.equal(frame.isGroupMac('01:00:5e:00:00:12'), true);
    assert.equal(frame.isGroupMac('00:00:5e:00:01:12'), false);
    // The example of RFC 4291 section 2.7.1.
    assert.equal(frame.solicitedNodeAddress('4037::01:800:200e:8c6c'), 'ff02::1:ff0e:8c6c');
    assert.equal(frame.multicastMacOf('ff02::1:ff0e:8c6c'), '33:33:ff:0e:8c:6c');
    assert.equal(frame.multicastMacOf('224.0.0.18'), '01:00:5e:00:00:12');
    assert.equal(frame.multicastMacOf('239.129.2.3'), '01:00:5e:01:02:03');
    assert.throws(() => frame.multicastMacOf('192.0.2.1'), /"192\.0\.2\.1" is not a multicast address/);
    assert.throws(() => frame.multicastMacOf('2001:db8::1'), frame.FrameError);
  });
});
