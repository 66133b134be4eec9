import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as frame from '../../src/frame/index.js';
import * as any from './frame-arbitraries.js';

/** What is written reads the same, and what was read is written the same. Of `Value`, no field is derived. */
function roundTrip<Value extends object>(
  name: string,
  values: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => Value,
): void {
  it(name, () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        const read = decode(bytes);
        assert.deepEqual({ ...read, ...value }, read);
        if ('checksumOk' in read) assert.equal(read.checksumOk, true);
        assert.deepEqual(encode(read), bytes);
      }),
    );
  });
}

function messageRoundTrip<Value extends object, Message>(
  name: string,
  values: fc.Arbitrary<Value>,
  encode: (value: Value) => Message,
  decode: (message: Message) => Value,
): void {
  it(name, () => {
    fc.assert(fc.property(values, (value) => assert.deepEqual(decode(encode(value)), value)));
  });
}

describe('frame round trips', () => {
  roundTrip<frame.Ethernet>(
    'Ethernet',
    any.ethernet,
    (v) => frame.encodeEthernet(v, { pad: false }),
    frame.decodeEthernet,
  );
  roundTrip('LLC/SNAP', any.snap, frame.encodeSnap, frame.decodeSnap);
  roundTrip('ARP, its lengths and types right or wrong', any.arp, frame.encodeArp, frame.decodeArp);
  roundTrip('IPv4', any.ipv4, frame.encodeIpv4, frame.decodeIpv4);
  roundTrip('ICMP echo', any.icmpEcho, frame.encodeIcmpEcho, frame.decodeIcmpEcho);
  roundTrip('IPv6', any.ipv6, frame.encodeIpv6, frame.decodeIpv6);
  messageRoundTrip('ICMPv6 echo', any.icmpv6Echo, frame.encodeIcmpv6Echo, frame.decodeIcmpv6Echo);
  messageRoundTrip(
    'Router Solicitation',
    any.routerSolicitation,
    frame.encodeRouterSolicitation,
    frame.decodeRouterSolicitation,
  );
  messageRoundTrip(
    'Router Advertisement',
    any.routerAdvertisement,
    frame.encodeRouterAdvertisement,
    frame.decodeRouterAdvertisement,
  );
  messageRoundTrip(
    'Neighbour Solicitation',
    any.neighbourSolicitation,
    frame.encodeNeighbourSolicitation,
    frame.decodeNeighbourSolicitation,
  );
  messageRoundTrip(
    'Neighbour Advertisement',
    any.neighbourAdvertisement,
    frame.encodeNeighbourAdvertisement,
    frame.decodeNeighbourAdvertisement,
  );

  roundTrip('IGMP', any.igmp, frame.encodeIgmp, frame.decodeIgmp);
  messageRoundTrip('IGMP of version 1 and 2', any.igmpGroup, frame.encodeIgmpGroup, frame.decodeIgmpGroup);
  messageRoundTrip('IGMPv3 query', any.igmpV3Query, frame.encodeIgmpV3Query, frame.decodeIgmpV3Query);
  messageRoundTrip('IGMPv3 report', any.igmpV3Report, frame.encodeIgmpV3Report, frame.decodeIgmpV3Report);
  messageRoundTrip('MLDv2 report', any.mldV2Report, frame.encodeMldV2Report, frame.decodeMldV2Report);

  it('UDP', () => {
    fc.assert(
      fc.property(any.udp, any.addresses, (udp, addresses) => {
        const read = frame.decodeUdp(frame.encodeUdp(udp, addresses), addresses);
        assert.deepEqual({ ...read, ...udp, checksumOk: true }, read);
      }),
    );
  });

  it('TCP', () => {
    fc.assert(
      fc.property(any.tcp, any.addresses, (tcp, addresses) => {
        const bytes = frame.encodeTcp(tcp, addresses);
        const read = frame.decodeTcp(bytes, addresses);
        assert.deepEqual({ ...read, ...tcp, checksumOk: true }, read);
        assert.deepEqual(frame.encodeTcp(read, addresses), bytes);
      }),
    );
  });

  it('ICMPv6', () => {
    fc.assert(
      fc.property(any.icmpv6, any.ipv6Addresses, (message, addresses) => {
        const read = frame.decodeIcmpv6(frame.encodeIcmpv6(message, addresses), addresses);
        assert.deepEqual({ ...read, ...message, checksumOk: true }, read);
      }),
    );
  });
});

describe('frame fields made wrong on purpose', () => {
  const wrong = fc.integer({ min: 0, max: 0xffff });
  const ipv4 = { source: '192.0.2.1', destination: '192.0.2.2' };
  const payload = Uint8Array.of(1, 2, 3, 4);

  it('are written and read as they are: checksums', () => {
    fc.assert(
      fc.property(wrong, (checksum) => {
        const ip = { ...ipv4, protocol: 253, payload };
        const udp = { sourcePort: 1, destinationPort: 2, payload };
        const echo = { type: 8, identifier: 1, sequence: 2, payload };
        const right = {
          ip: frame.decodeIpv4(frame.encodeIpv4(ip)).checksum,
          udp: frame.decodeUdp(frame.encodeUdp(udp, ipv4), ipv4).checksum,
          echo: frame.decodeIcmpEcho(frame.encodeIcmpEcho(echo)).checksum,
        };
        const readIp = frame.decodeIpv4(frame.encodeIpv4({ ...ip, checksum }));
        assert.deepEqual([readIp.checksum, readIp.checksumOk], [checksum, checksum === right.ip]);
        const readUdp = frame.decodeUdp(frame.encodeUdp({ ...udp, checksum }, ipv4), ipv4);
        const absent = checksum === 0;
        assert.deepEqual(
          [readUdp.checksum, readUdp.checksumOk],
          [checksum, absent || checksum === right.udp],
        );
        const readEcho = frame.decodeIcmpEcho(frame.encodeIcmpEcho({ ...echo, checksum }));
        assert.deepEqual([readEcho.checksum, readEcho.checksumOk], [checksum, checksum === right.echo]);
      }),
    );
  });

  it('are written and read as they are: versions', () => {
    const ip = frame.encodeIpv4({ ...ipv4, protocol: 253, payload, version: 5 });
    assert.equal(frame.decodeIpv4(ip).version, 5);
    const ipv6 = { source: '2001:db8::1', destination: '2001:db8::2', nextHeader: 59, payload, version: 7 };
    assert.equal(frame.decodeIpv6(frame.encodeIpv6(ipv6)).version, 7);
  });

  it('a length that is too short cuts the payload, one that is too long or impossible cannot be read', () => {
    const ip = (totalLength: number) => frame.encodeIpv4({ ...ipv4, protocol: 253, payload, totalLength });
    assert.deepEqual(frame.decodeIpv4(ip(22)).payload, payload.subarray(0, 2));
    assert.throws(() => frame.decodeIpv4(ip(25)), {
      name: 'FrameError',
      message: 'IPv4: total length 25, but there are 24 octets',
    });
    assert.throws(() => frame.decodeIpv4(ip(19)), /^FrameError: IPv4: total length 19/);
    const header = { ...ipv4, protocol: 253, payload, headerLength: 16 };
    assert.throws(() => frame.decodeIpv4(frame.encodeIpv4(header)), /^FrameError: IPv4: header length 16/);

    const udp = (length: number) =>
      frame.encodeUdp({ sourcePort: 1, destinationPort: 2, payload, length }, ipv4);
    assert.deepEqual(frame.decodeUdp(udp(10), ipv4).payload, payload.subarray(0, 2));
    assert.equal(frame.decodeUdp(udp(10), ipv4).checksumOk, true);
    assert.throws(() => frame.decodeUdp(udp(13), ipv4), /^FrameError: UDP: length 13/);
    assert.throws(() => frame.decodeUdp(udp(7), ipv4), /^FrameError: UDP: length 7, needs 8/);

    const ipv6 = { source: '2001:db8::1', destination: '2001:db8::2', nextHeader: 59, payload };
    const long = frame.encodeIpv6({ ...ipv6, payloadLength: 5 });
    assert.throws(() => frame.decodeIpv6(long), /^FrameError: IPv6: payload length 5, but 4/);

    const link = { destination: frame.broadcastMac, source: '00:00:5e:00:53:01', payload };
    const length = (type: number) => frame.encodeEthernet({ ...link, type }, { pad: false });
    assert.deepEqual(frame.decodeEthernet(length(3)).payload, payload.subarray(0, 3));
    assert.throws(() => frame.decodeEthernet(length(5)), /^FrameError: 802.3: length 5, but 4/);
  });

  it('a TCP header that is too short, and options that do not fit, cannot be read', () => {
    const addresses = { source: '192.0.2.1', destination: '192.0.2.2' };
    const tcp: frame.Tcp = { sourcePort: 1, destinationPort: 2, sequence: 3, flags: 16, payload };
    const read = (change: Partial<frame.Tcp>, edit: (bytes: Uint8Array) => unknown = () => {}) => {
      const bytes = frame.encodeTcp({ ...tcp, ...change }, addresses);
      edit(bytes);
      return () => frame.decodeTcp(bytes, addresses);
    };
    assert.throws(read({ headerLength: 16 }), /^FrameError: TCP: header length 16, needs 20/);
    assert.throws(read({ headerLength: 28 }), /^FrameError: TCP: 24 octets, needs 28/);
    const options = [{ type: 'maximum-segment-size', octets: 1460 }] as const;
    for (const length of [0, 1, 5]) {
      const lie = (bytes: Uint8Array) => bytes.fill(length, 21, 22);
      assert.throws(read({ options }, lie), /^FrameError: TCP: option 2 has length \d, which does not fit/);
    }
    assert.equal(read({ checksum: 0x0bad })().checksumOk, false);
  });

  it('NDP options of length zero or beyond the end cannot be read', () => {
    const option = (length: number): frame.NdpOption => ({
      type: 'unknown',
      code: 1,
      data: payload.subarray(0, 0),
      length,
    });
    const solicitation = (length: number) => () =>
      frame.decodeRouterSolicitation(frame.encodeRouterSolicitation({ options: [option(length)] }));
    assert.throws(solicitation(0), { name: 'FrameError', message: 'NDP option: length 0, needs 1' });
    assert.throws(solicitation(1), { name: 'FrameError', message: 'NDP option: 2 octets, needs 8' });
  });

  it('a cut packet says how much is missing', () => {
    assert.throws(() => frame.decodeArp(new Uint8Array(20)), {
      name: 'FrameError',
      message: 'ARP: 20 octets, needs 28',
    });
  });

  it('a number that does not fit its field is refused, not wrapped around', () => {
    const link = { destination: frame.broadcastMac, source: frame.zeroMac, type: 0x88b5, payload };
    for (const tag of [{ vid: 4096 }, { vid: -1 }, { vid: 1, priority: 8 }, { vid: 1.5 }]) {
      assert.throws(() => frame.encodeEthernet({ ...link, tags: [tag] }), /^FrameError: 802\.1Q/);
    }
    assert.throws(
      () => frame.encodeEthernet({ ...link, type: 0x10000 }),
      /^FrameError: Ethernet type: 65536/,
    );
  });
});

describe('Internet checksum', () => {
  it('is that of the example in RFC 1071 section 3', () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    assert.equal(frame.internetChecksum(example), ~0xddf2 & 0xffff);
  });

  const even = any.octets(100).map((bytes) => bytes.subarray(0, bytes.length & ~1));
  const swapped = (bytes: Uint8Array) => bytes.map((_, i) => bytes[i ^ 1] ?? 0);

  it('is zero over octets that hold it', () => {
    fc.assert(
      fc.property(even, (bytes) => {
        const sum = frame.internetChecksum(bytes);
        assert.equal(frame.internetChecksum(Uint8Array.of(...bytes, sum >> 8, sum & 0xff)), 0);
      }),
    );
  });

  it('does not depend on the byte order', () => {
    fc.assert(
      fc.property(even, (bytes) => {
        const sum = frame.internetChecksum(bytes);
        assert.equal(frame.internetChecksum(swapped(bytes)), ((sum & 0xff) << 8) | (sum >> 8));
      }),
    );
  });

  it('can be summed in parts, in any order', () => {
    fc.assert(
      fc.property(even, any.octets(101), (first, second) => {
        const whole = frame.internetChecksum(Uint8Array.of(...first, ...second));
        assert.equal(frame.internetChecksum(second, frame.sumWords(first)), whole);
        assert.equal(frame.internetChecksum(first, frame.sumWords(second)), whole);
      }),
    );
  });

  it('sees any one word changed', () => {
    const change = fc.tuple(even, fc.nat(), fc.integer({ min: 1, max: 0xfffe }));
    fc.assert(
      fc.property(change, ([bytes, place, add]) => {
        fc.pre(bytes.length > 0);
        const at = (place % (bytes.length / 2)) * 2;
        const word = ((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0) + add) % 0xffff;
        const changed = bytes.slice();
        changed.set([word >> 8, word & 0xff], at);
        assert.notEqual(frame.internetChecksum(changed), frame.internetChecksum(bytes));
      }),
    );
  });

  it('of a UDP datagram that sums to zero is sent as all ones', () => {
    const addresses = { source: '192.0.2.1', destination: '192.0.2.2' };
    const udp = (payload: Uint8Array) => ({ sourcePort: 1, destinationPort: 2, payload });
    // The checksum of the payload 00 00, put in its place, brings the sum to zero.
    const sum = frame.decodeUdp(frame.encodeUdp(udp(new Uint8Array(2)), addresses), addresses).checksum;
    const bytes = frame.encodeUdp(udp(Uint8Array.of(sum >> 8, sum & 0xff)), addresses);
    const read = frame.decodeUdp(bytes, addresses);
    assert.deepEqual([read.checksum, read.checksumOk], [0xffff, true]);
  });

  it('of UDP may be absent over IPv4, not over IPv6', () => {
    const ipv6 = { source: '2001:db8::1', destination: '2001:db8::2' };
    const udp = { sourcePort: 1, destinationPort: 2, payload: new Uint8Array(), checksum: 0 };
    assert.equal(frame.decodeUdp(frame.encodeUdp(udp, ipv6), ipv6).checksumOk, false);
  });
});
