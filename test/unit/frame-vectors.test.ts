/** Every codec against octets that another implementation (scapy 2.5) wrote, annotated, both ways. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as frame from '../../src/frame/index.js';
import { packageRoot } from '../../src/root.js';

const folder = join(packageRoot, 'test/vectors/frame');

/** The octets of a vector: hexadecimal, with comments from '#' to the end of the line. */
function octetsOf(name: string): Uint8Array {
  const text = readFileSync(join(folder, `${name}.hex`), 'utf8').replace(/#.*/g, '');
  return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (octet) => Number.parseInt(octet, 16));
}

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const mac1 = '00:00:5e:00:53:01';
const mac2 = '00:00:5e:00:53:02';
const ipv4 = { source: '192.0.2.1', destination: '192.0.2.2' };
const ipv6 = { source: '2001:db8::1', destination: '2001:db8::2' };

const tested = new Set<string>();

/** `value` writes the octets of the vector, and they read as `value` with the `derived` fields filled in. */
function vector<Value extends object>(
  name: string,
  value: Value,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  derived: object = {},
): void {
  tested.add(name);
  describe(name, () => {
    it('is written', () => assert.deepEqual(encode(value), octetsOf(name)));
    it('is read', () => assert.deepEqual(decode(octetsOf(name)), { ...value, ...derived }));
  });
}

/** The same for a message in ICMPv6, to and from its value. */
function icmpv6Vector<Value extends object>(
  name: string,
  value: Value,
  addresses: frame.IpAddresses,
  encode: (value: Value) => frame.Icmpv6,
  decode: (message: frame.Icmpv6) => unknown,
): void {
  const decodeMessage = (bytes: Uint8Array) => {
    const message = frame.decodeIcmpv6(bytes, addresses);
    assert.ok(message.checksumOk);
    return decode(message);
  };
  vector(name, value, (v) => frame.encodeIcmpv6(encode(v), addresses), decodeMessage);
}

/** The same for a message of IGMP. */
function igmpVector<Value extends object>(
  name: string,
  value: Value,
  encode: (value: Value) => frame.Igmp,
  decode: (message: frame.Igmp) => unknown,
): void {
  const decodeMessage = (bytes: Uint8Array) => {
    const message = frame.decodeIgmp(bytes);
    assert.ok(message.checksumOk);
    return decode(message);
  };
  vector(name, value, (v) => frame.encodeIgmp(encode(v)), decodeMessage);
}

/** One group joined, another one with these sources. */
const groupRecords = (
  [joined = '', other = '']: readonly string[],
  sources: readonly string[],
): frame.GroupRecord[] => [
  { type: frame.groupRecordTypes.toExclude, group: joined, sources: [], auxiliary: new Uint8Array() },
  { type: frame.groupRecordTypes.isInclude, group: other, sources, auxiliary: new Uint8Array() },
];

describe('frame vectors', () => {
  const padded = new Uint8Array(46);
  padded.set(ascii('hello'));
  vector<frame.Ethernet>(
    'ethernet',
    { destination: 'ff:ff:ff:ff:ff:ff', source: mac1, type: 0x88b5, tags: [], payload: padded },
    frame.encodeEthernet,
    frame.decodeEthernet,
  );
  it('pads a short frame', () => {
    const short = { destination: frame.broadcastMac, source: mac1, type: 0x88b5, payload: ascii('hello') };
    assert.deepEqual(frame.encodeEthernet(short), octetsOf('ethernet'));
  });

  vector<frame.Ethernet>(
    'vlan',
    {
      destination: mac2,
      source: mac1,
      tags: [
        { tpid: 0x88a8, priority: 6, dropEligible: true, vid: 100 },
        { tpid: 0x8100, priority: 3, dropEligible: false, vid: 4094 },
      ],
      type: 0x88b5,
      payload: ascii('tagged'),
    },
    (value) => frame.encodeEthernet(value, { pad: false }),
    frame.decodeEthernet,
  );

  vector<frame.Ethernet>(
    'ieee-802.3',
    {
      destination: 'ff:ff:ff:ff:ff:ff',
      source: mac1,
      tags: [],
      type: 36,
      payload: octetsOf('ieee-802.3').subarray(14, 50),
    },
    frame.encodeEthernet,
    frame.decodeEthernet,
  );

  vector<frame.Snap>(
    'snap',
    { oui: 0, type: 0x88b5, payload: ascii('hello') },
    frame.encodeSnap,
    frame.decodeSnap,
    { dsap: 0xaa, ssap: 0xaa, control: 3 },
  );

  const ethernetIpv4 = { hardwareType: 1, protocolType: 0x0800, hardwareLength: 6, protocolLength: 4 };
  vector<frame.Arp>(
    'arp',
    { operation: 1, sha: mac1, spa: '192.0.2.9', tha: '00:00:00:00:00:00', tpa: '192.0.2.1' },
    frame.encodeArp,
    frame.decodeArp,
    ethernetIpv4,
  );
  vector<frame.Arp>(
    'rarp',
    { operation: 3, sha: mac1, spa: '0.0.0.0', tha: mac1, tpa: '0.0.0.0' },
    frame.encodeArp,
    frame.decodeArp,
    ethernetIpv4,
  );

  vector<frame.Ipv4>(
    'ipv4',
    {
      source: '192.0.2.1',
      destination: '198.51.100.2',
      protocol: 253,
      ttl: 63,
      identification: 0x1234,
      dscp: 46,
      ecn: 1,
      payload: ascii('payload'),
    },
    frame.encodeIpv4,
    frame.decodeIpv4,
    {
      version: 4,
      headerLength: 20,
      totalLength: 27,
      flags: frame.ipv4Flags.dontFragment,
      fragmentOffset: 0,
      options: new Uint8Array(),
      checksum: 0x3bc2,
      checksumOk: true,
    },
  );
  vector<frame.Ipv4>(
    'ipv4-options',
    {
      source: '192.0.2.1',
      destination: '224.0.0.1',
      protocol: 2,
      ttl: 1,
      identification: 7,
      flags: frame.ipv4Flags.moreFragments,
      fragmentOffset: 185,
      options: Uint8Array.of(0x94, 0x04, 0, 0),
      payload: ascii('fragment'),
    },
    frame.encodeIpv4,
    frame.decodeIpv4,
    { version: 4, headerLength: 24, totalLength: 32, dscp: 0, ecn: 0, checksum: 0x6215, checksumOk: true },
  );

  const hello: frame.Udp = { sourcePort: 49152, destinationPort: 9, payload: ascii('hello') };
  for (const [name, addresses, checksum] of [
    ['udp-ipv4', ipv4, 0x77f4],
    ['udp-ipv6', ipv6, 0xa083],
  ] as const) {
    vector<frame.Udp>(
      name,
      hello,
      (value) => frame.encodeUdp(value, addresses),
      (bytes) => frame.decodeUdp(bytes, addresses),
      { length: 13, checksum, checksumOk: true },
    );
  }

  const { ack, psh, syn } = frame.tcpFlags;
  const timestamps = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2);
  const ports = { sourcePort: 49152, destinationPort: 2345, sequence: 0x01020304 };
  const segment: Required<Omit<frame.Tcp, 'headerLength' | 'checksum'>> = {
    ...ports,
    acknowledgement: 0x0a0b0c0d,
    flags: psh + ack,
    window: 512,
    urgentPointer: 0,
    options: [
      { type: 'no-operation' },
      { type: 'no-operation' },
      { type: 'unknown', kind: 8, data: timestamps },
    ],
    payload: ascii('hello'),
  };
  vector<frame.Tcp>(
    'tcp-ipv4',
    segment,
    (value) => frame.encodeTcp(value, ipv4),
    (bytes) => frame.decodeTcp(bytes, ipv4),
    { headerLength: 32, checksum: 0xc98f, checksumOk: true },
  );
  vector<frame.Tcp>(
    'tcp-ipv6',
    {
      ...ports,
      flags: syn,
      options: [
        { type: 'maximum-segment-size', octets: 1440 },
        { type: 'unknown', kind: 4, data: new Uint8Array() },
      ],
      payload: new Uint8Array(),
    },
    (value) => frame.encodeTcp(value, ipv6),
    (bytes) => frame.decodeTcp(bytes, ipv6),
    {
      acknowledgement: 0,
      window: 0xffff,
      urgentPointer: 0,
      headerLength: 28,
      checksum: 0x5b90,
      checksumOk: true,
    },
  );

  vector<frame.IcmpEcho>(
    'icmp-echo',
    { type: 8, identifier: 0x1234, sequence: 7, payload: ascii('abcdefgh') },
    frame.encodeIcmpEcho,
    frame.decodeIcmpEcho,
    { code: 0, checksum: 0x542f, checksumOk: true },
  );

  igmpVector<frame.IgmpGroup>(
    'igmp-v2-report',
    { type: frame.igmpTypes.reportV2, responseCode: 20, group: '239.192.0.1' },
    frame.encodeIgmpGroup,
    frame.decodeIgmpGroup,
  );
  igmpVector<frame.IgmpV3Query>(
    'igmp-v3-query',
    {
      responseCode: 100,
      group: '239.192.0.1',
      suppress: true,
      robustness: 2,
      intervalCode: 125,
      sources: ['192.0.2.7', '192.0.2.8'],
    },
    frame.encodeIgmpV3Query,
    frame.decodeIgmpV3Query,
  );
  igmpVector<frame.IgmpV3Report>(
    'igmp-v3-report',
    { records: groupRecords(['239.192.0.1', '239.192.0.2'], ['192.0.2.7', '192.0.2.8']) },
    frame.encodeIgmpV3Report,
    frame.decodeIgmpV3Report,
  );

  vector<frame.Ipv6>(
    'ipv6',
    {
      source: '2001:db8::1',
      destination: 'ff02::1',
      nextHeader: 253,
      hopLimit: 63,
      trafficClass: 0xb8,
      flowLabel: 0x12345,
      payload: ascii('payload'),
    },
    frame.encodeIpv6,
    frame.decodeIpv6,
    { version: 6, payloadLength: 7 },
  );

  icmpv6Vector<frame.Icmpv6Echo>(
    'icmpv6-echo',
    { type: 129, identifier: 0x1234, sequence: 7, payload: ascii('abcdefgh') },
    ipv6,
    frame.encodeIcmpv6Echo,
    frame.decodeIcmpv6Echo,
  );
  icmpv6Vector<frame.NeighbourSolicitation>(
    'neighbour-solicitation',
    { target: '2001:db8::1', options: [{ type: 'source-link-layer', mac: mac1 }] },
    { source: '2001:db8::9', destination: frame.solicitedNodeAddress('2001:db8::1') },
    frame.encodeNeighbourSolicitation,
    frame.decodeNeighbourSolicitation,
  );
  icmpv6Vector<frame.NeighbourAdvertisement>(
    'neighbour-advertisement',
    {
      router: false,
      solicited: false,
      override: true,
      target: '2001:db8::1',
      options: [{ type: 'target-link-layer', mac: mac2 }],
    },
    { source: '2001:db8::1', destination: 'ff02::1' },
    frame.encodeNeighbourAdvertisement,
    frame.decodeNeighbourAdvertisement,
  );
  icmpv6Vector<frame.MldV2Report>(
    'mld-v2-report',
    { records: groupRecords(['ff02::12', 'ff02::1:ff00:1'], ['2001:db8::7']) },
    { source: 'fe80::1', destination: frame.mldV2Routers },
    frame.encodeMldV2Report,
    frame.decodeMldV2Report,
  );
  icmpv6Vector<frame.RouterSolicitation>(
    'router-solicitation',
    { options: [{ type: 'source-link-layer', mac: mac1 }] },
    { source: 'fe80::9', destination: 'ff02::2' },
    frame.encodeRouterSolicitation,
    frame.decodeRouterSolicitation,
  );
  icmpv6Vector<frame.RouterAdvertisement>(
    'router-advertisement',
    {
      hopLimit: 64,
      managed: false,
      other: true,
      lifetimeS: 1800,
      reachableMs: 30_000,
      retransMs: 1000,
      options: [
        { type: 'source-link-layer', mac: mac1 },
        { type: 'mtu', mtu: 1500 },
        {
          type: 'prefix',
          prefix: '2001:db8::',
          prefixLength: 64,
          onLink: true,
          autonomous: true,
          validS: 2_592_000,
          preferredS: 604_800,
        },
        { type: 'unknown', code: 25, length: 3, data: octetsOf('router-advertisement').subarray(-22) },
      ],
    },
    { source: 'fe80::1', destination: 'ff02::1' },
    frame.encodeRouterAdvertisement,
    frame.decodeRouterAdvertisement,
  );

  it('leaves no vector untested', () => {
    assert.deepEqual(readdirSync(folder).sort(), [...tested].map((name) => `${name}.hex`).sort());
  });
});
