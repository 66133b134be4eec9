import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as frame from '../../src/frame/index.js';
import * as any from './frame-arbitraries.js';

const a = '00:00:5e:00:53:01';
const b = '00:00:5e:00:53:02';
const link = { destination: b, source: a };
const v4 = { ipSource: '192.0.2.1', ipDestination: '192.0.2.2' };
const v6 = { ipSource: '2001:db8::1', ipDestination: '2001:db8::2' };
const payload = Uint8Array.from({ length: 26 }, (_, i) => i);
const arp = { operation: 1, sha: a, spa: '192.0.2.9', tha: frame.zeroMac, tpa: '192.0.2.1' };
const bytesOf = (length: number) => new Uint8Array(length);

describe('composed frames', () => {
  it('are padded to 60 octets and hold what was asked, through tags and SNAP', () => {
    const tags = [{ vid: 10, priority: 5 }];
    for (const encapsulation of [{}, { tags }, { snap: true }, { tags, snap: true }]) {
      const bytes = frame.arpFrame({ ...link, ...encapsulation, ...arp });
      assert.ok(bytes.length >= 60);
      const read = frame.decodeFrame(bytes);
      assert.deepEqual({ ...read.arp, ...arp }, read.arp);
      assert.equal(read.ethernet?.tags.length, encapsulation.tags?.length ?? 0);
      assert.equal(read.snap !== undefined, encapsulation.snap ?? false);
      assert.equal(read.etherType, frame.etherTypes.arp);
    }
  });

  it('choose IPv4 or IPv6 by the addresses', () => {
    const ipv4 = frame.decodeFrame(frame.udpFrame({ ...link, ...v4, payload }));
    assert.equal(ipv4.ipv4?.destination, v4.ipDestination);
    assert.equal(ipv4.ipv4?.ttl, 64);
    assert.deepEqual([ipv4.udp?.sourcePort, ipv4.udp?.destinationPort], [49152, 9]);
    assert.deepEqual(ipv4.udp?.payload, payload);
    const ipv6 = frame.decodeFrame(
      frame.echoFrame({ ...link, ...v6, identifier: 3, sequence: 4, reply: true }),
    );
    assert.deepEqual(ipv6.icmpv6Echo, { type: 129, identifier: 3, sequence: 4, payload: bytesOf(0) });
    assert.throws(
      () => frame.udpFrame({ ...link, ipSource: '192.0.2.1', ipDestination: '2001:db8::1', payload }),
      /"2001:db8::1" is not an IPv4 address/,
    );
  });

  it('of NDP have the hop limit 255, or what was asked', () => {
    const ns = { ...link, ...v6, target: v6.ipDestination, options: [] };
    assert.equal(frame.decodeFrame(frame.neighbourSolicitationFrame(ns)).ipv6?.hopLimit, 255);
    const routed = frame.decodeFrame(frame.neighbourSolicitationFrame({ ...ns, ipHopLimit: 254 }));
    assert.equal(routed.ipv6?.hopLimit, 254);
    assert.equal(routed.icmpv6?.checksumOk, true);
  });

  it('take a checksum that is wrong on purpose', () => {
    const checksum = 0xbad;
    const udp = frame.decodeFrame(frame.udpFrame({ ...link, ...v6, payload, checksum })).udp;
    assert.deepEqual([udp?.checksum, udp?.checksumOk], [checksum, false]);
    const echo = { ...link, identifier: 1, sequence: 1, checksum };
    assert.equal(frame.decodeFrame(frame.echoFrame({ ...echo, ...v4 })).icmp?.checksum, checksum);
    assert.equal(frame.decodeFrame(frame.echoFrame({ ...echo, ...v6 })).icmpv6?.checksum, checksum);
  });

  it('refuse an IEEE 802.3 payload that would read as an EtherType', () => {
    const large = { ...link, ...v4, snap: true, payload: bytesOf(1500) };
    assert.throws(() => frame.udpFrame(large), /^FrameError: 802\.3: 1536 octets, takes 1500/);
  });
});

describe('decodeFrame', () => {
  it('gives what it could read beside the error', () => {
    const read = frame.decodeFrame(frame.arpFrame({ ...link, ...arp }).subarray(0, 34));
    assert.equal(read.ethernet?.source, a);
    assert.equal(read.arp, undefined);
    assert.equal(read.error?.message, 'ARP: 20 octets, needs 28');
  });

  it('leaves a fragment and what is none of ours alone', () => {
    const fragment = frame.encodeIpv4({
      source: '192.0.2.1',
      destination: '192.0.2.2',
      protocol: 17,
      payload,
      flags: frame.ipv4Flags.moreFragments,
    });
    const read = frame.decodeFrame(frame.linkFrame(link, frame.etherTypes.ipv4, fragment));
    assert.deepEqual([read.udp, read.error], [undefined, undefined]);
    const unreachable = frame.ipFrame({ ...link, ...v4 }, frame.ipProtocols.icmp, Uint8Array.of(3, 1, 0, 0));
    assert.equal(frame.decodeFrame(unreachable).error, undefined);
    // Spanning tree: LLC, but not SNAP.
    const stp = {
      destination: '01:80:c2:00:00:00',
      source: a,
      type: 38,
      payload: Uint8Array.of(0x42, 0x42, 3),
    };
    assert.deepEqual(Object.keys(frame.decodeFrame(frame.encodeEthernet(stp))), ['ethernet']);
  });
});

describe('summarise', () => {
  const na = { target: '2001:db8::1', router: false, solicited: true, override: true };
  const tll = [{ type: 'target-link-layer', mac: a } as const];
  const sll = [{ type: 'source-link-layer', mac: a } as const];
  const ra = { hopLimit: 64, managed: false, other: false, lifetimeS: 1800, reachableMs: 0, retransMs: 0 };
  const echo = { ...link, identifier: 1, sequence: 2 };
  const tag = frame.encodeTag({ token: 1, stream: 2, seq: 3 }, 26);
  const cases: [Uint8Array, string][] = [
    [frame.arpFrame({ ...link, ...arp }), `ARP request 192.0.2.9 → 192.0.2.1 (${a})`],
    [frame.arpFrame({ ...link, ...arp, operation: 2 }), `ARP reply 192.0.2.9 → 192.0.2.1 (${a})`],
    [frame.arpFrame({ ...link, ...arp, operation: 9 }), `ARP operation 9 192.0.2.9 → 192.0.2.1 (${a})`],
    [frame.arpFrame({ ...link, ...arp, sha: b }), `ARP request 192.0.2.9 → 192.0.2.1 (${b}), sent from ${a}`],
    [
      frame.arpFrame({ ...link, ...arp, hardwareLength: 8 }),
      `ARP request 192.0.2.9 → 192.0.2.1 (${a}), not of IPv4 over Ethernet`,
    ],
    [
      frame.arpFrame({ ...link, ...arp }).subarray(0, 34),
      'type 0x0806, 20 octets, malformed (ARP: 20 octets, needs 28)',
    ],
    [frame.rarpFrame({ ...link, ...arp, operation: 3, tha: a }), `RARP request ${a} → ${a}`],
    [frame.udpFrame({ ...link, ...v4, payload }), 'UDP 192.0.2.1 → 192.0.2.2 port 9, 26 octets'],
    [
      frame.udpFrame({ ...link, ...v6, payload: tag }),
      'UDP 2001:db8::1 → 2001:db8::2 port 9, 26 octets, stream 2 frame 3',
    ],
    [frame.udpFrame({ ...link, ...v4, payload, checksum: 1 }), 'port 9, 26 octets, wrong checksum'],
    [frame.echoFrame({ ...echo, ...v4 }), 'ICMP echo request 192.0.2.1 → 192.0.2.2, id 1 seq 2'],
    [
      frame.echoFrame({ ...echo, ...v6, reply: true }),
      'ICMPv6 echo reply 2001:db8::1 → 2001:db8::2, id 1 seq 2',
    ],
    [
      frame.neighbourAdvertisementFrame({ ...link, ...v6, ...na, options: tll }),
      `NA 2001:db8::1 S O (${a}), 2001:db8::1 → 2001:db8::2`,
    ],
    [
      frame.neighbourSolicitationFrame({ ...link, ...v6, target: '2001:db8::2', options: sll }),
      `NS 2001:db8::2 (${a}), 2001:db8::1 → 2001:db8::2`,
    ],
    [
      frame.routerAdvertisementFrame({ ...link, ...v6, ...ra, options: [] }),
      'RA lifetime 1800 s, 2001:db8::1 → 2001:db8::2',
    ],
    [frame.routerSolicitationFrame({ ...link, ...v6, options: [] }), 'RS, 2001:db8::1 → 2001:db8::2'],
    [frame.ipFrame({ ...link, ...v4 }, 6, bytesOf(20)), 'IPv4 192.0.2.1 → 192.0.2.2 protocol 6, 20 octets'],
    [
      frame.ipFrame({ ...link, ...v6 }, 0, bytesOf(8)),
      'IPv6 2001:db8::1 → 2001:db8::2 next header 0, 8 octets',
    ],
    [
      frame.ipFrame({ ...link, ...v6 }, 58, bytesOf(8)),
      'ICMPv6 type 0 code 0 2001:db8::1 → 2001:db8::2, wrong checksum',
    ],
    [
      frame.arpFrame({ ...link, ...arp, tags: [{ vid: 5 }, { vid: 6 }], snap: true }),
      'VLAN 5 VLAN 6 SNAP ARP request',
    ],
    [frame.linkFrame(link, 0x88b5, payload), `Ethernet ${a} → ${b} type 0x88b5, 46 octets`],
    [
      frame.encodeEthernet({ ...link, type: 3, payload: bytesOf(3) }),
      `Ethernet ${a} → ${b} IEEE 802.2, 3 octets`,
    ],
    [bytesOf(13), 'malformed frame of 13 octets'],
  ];
  for (const [bytes, expected] of cases) {
    // A text that starts in the middle is the end of the line.
    it(expected, () => assert.ok(frame.summarise(bytes).includes(expected), frame.summarise(bytes)));
  }
});

describe('tags of data frames', () => {
  const everywhere = fc
    .tuple(any.link, any.tag, fc.constantFrom(v4, v6, undefined), fc.constantFrom(14, 64, 200))
    .map(([link, tag, ip, length]) => {
      const payload = frame.encodeTag(tag, length);
      const compose = (seq: number) => {
        const data = frame.encodeTag({ ...tag, seq }, length);
        return ip
          ? frame.udpFrame({ ...link, ...ip, payload: data })
          : frame.linkFrame(link, frame.etherTypes.experimental, data);
      };
      return { tag, payload, compose };
    });

  it('are found over UDP and directly, through tags and SNAP', () => {
    fc.assert(
      fc.property(everywhere, ({ tag, compose }) => assert.deepEqual(frame.readTag(compose(tag.seq)), tag)),
    );
  });

  it('with another number are the frame that would be composed with it', () => {
    fc.assert(
      fc.property(everywhere, any.tag, ({ tag, compose }, { seq }) => {
        const original = compose(tag.seq);
        assert.deepEqual(frame.withSeq(original, seq), compose(seq));
        assert.deepEqual(original, compose(tag.seq));
      }),
    );
  });

  it('with another number leave a UDP checksum absent or wrong', () => {
    const tagged = frame.encodeTag({ token: 1, stream: 2, seq: 3 });
    const absent = frame.withSeq(frame.udpFrame({ ...link, ...v4, payload: tagged, checksum: 0 }), 4);
    assert.equal(frame.decodeFrame(absent).udp?.checksum, 0);
    const wrong = frame.withSeq(frame.udpFrame({ ...link, ...v4, payload: tagged, checksum: 1 }), 4);
    assert.equal(frame.decodeFrame(wrong).udp?.checksumOk, false);
  });

  it('are absent from every other frame', () => {
    const tag = frame.encodeTag({ token: 1, stream: 2, seq: 3 });
    const almost = Uint8Array.of(...tag.subarray(0, 3), 0x32, ...tag.subarray(4));
    const without = [
      frame.arpFrame({ ...link, ...arp }),
      frame.udpFrame({ ...link, ...v4, payload }),
      frame.udpFrame({ ...link, ...v4, payload: almost }),
      frame.udpFrame({ ...link, ...v4, payload: tag }).subarray(0, 14 + 20 + 8 + 13),
      frame.echoFrame({ ...link, ...v4, identifier: 1, sequence: 2, payload: tag }),
      bytesOf(0),
    ];
    for (const bytes of without) {
      assert.equal(frame.readTag(bytes), undefined);
      assert.throws(() => frame.withSeq(bytes, 1), /^FrameError: Tag: the frame has none/);
    }
    assert.throws(() => frame.encodeTag({ token: 1, stream: 2, seq: 3 }, 13), /13 octets, needs 14/);
  });

  it('keep up with a stream of 100,000 frames a second', () => {
    const template = frame.udpFrame({
      ...link,
      ...v6,
      payload: frame.encodeTag({ token: 1, stream: 2, seq: 0 }),
    });
    let read = 0;
    const before = process.cpuUsage();
    for (let seq = 0; seq < 100_000; seq++) {
      if (frame.readTag(frame.withSeq(template, seq))?.seq === seq) read++;
    }
    assert.equal(read, 100_000);
    // Processor time, since the machine may be doing something else.
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 1_000_000, `took ${user + system} us`);
  });
});
