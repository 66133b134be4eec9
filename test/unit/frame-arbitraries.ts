/** Values of every layer for property tests: every field that is not derived, over its whole range. */
import fc from 'fast-check';
import * as frame from '../../src/frame/index.js';

const bits = (n: number) => fc.integer({ min: 0, max: 2 ** n - 1 });

/** Plain objects, as decoders give, never with a null prototype. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

export const octets = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
export const mac = octets(6, 6).map(frame.bytesToMac);
export const ipv4Address = octets(4, 4).map(frame.bytesToIpv4);
/** With runs of zeros, which random octets would hardly ever have. */
export const ipv6Octets = fc
  .array(fc.oneof(fc.constant(0), bits(16)), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
export const ipv6Address = ipv6Octets.map(frame.bytesToIpv6);
export const addresses = fc.oneof(
  record({ source: ipv4Address, destination: ipv4Address }),
  record({ source: ipv6Address, destination: ipv6Address }),
);
export const ipv6Addresses = record({ source: ipv6Address, destination: ipv6Address });

export const vlanTag = record({
  tpid: fc.constantFrom(frame.etherTypes.vlan, frame.etherTypes.serviceVlan),
  priority: bits(3),
  dropEligible: fc.boolean(),
  vid: bits(12),
});

export const ethernet = record({
  destination: mac,
  source: mac,
  tags: fc.array(vlanTag, { maxLength: 3 }),
  type: bits(16).filter((type) => type >= frame.firstEtherType && !frame.isTpid(type)),
  payload: octets(200),
  withLength: fc.boolean(),
}).map(({ withLength, ...value }) => (withLength ? { ...value, type: value.payload.length } : value));

export const snap = record({
  dsap: bits(8),
  ssap: bits(8),
  control: bits(8),
  oui: bits(24),
  type: bits(16),
  payload: octets(200),
});

export const arp = record({
  hardwareType: bits(16),
  protocolType: bits(16),
  hardwareLength: bits(8),
  protocolLength: bits(8),
  operation: bits(16),
  sha: mac,
  spa: ipv4Address,
  tha: mac,
  tpa: ipv4Address,
});

export const ipv4 = record({
  source: ipv4Address,
  destination: ipv4Address,
  protocol: bits(8),
  ttl: bits(8),
  identification: bits(16),
  dscp: bits(6),
  ecn: bits(2),
  flags: bits(3),
  fragmentOffset: bits(13),
  options: octets(10).map((some) => new Uint8Array(some.length * 4).fill(1)),
  payload: octets(200),
});

export const udp = record({ sourcePort: bits(16), destinationPort: bits(16), payload: octets(200) });

const tcpOption: fc.Arbitrary<frame.TcpOption> = fc.oneof(
  record({ type: fc.constant('no-operation' as const) }),
  record({ type: fc.constant('maximum-segment-size' as const), octets: bits(16) }),
  record({ type: fc.constant('unknown' as const), kind: fc.integer({ min: 3, max: 255 }), data: octets(8) }),
);
export const tcp = record({
  sourcePort: bits(16),
  destinationPort: bits(16),
  sequence: bits(32),
  acknowledgement: bits(32),
  flags: bits(8),
  window: bits(16),
  urgentPointer: bits(16),
  options: fc.array(tcpOption, { maxLength: 4 }),
  payload: octets(200),
});

export const icmpEcho = record({
  type: fc.constantFrom(0, 8),
  code: bits(8),
  identifier: bits(16),
  sequence: bits(16),
  payload: octets(200),
});

export const ipv6 = record({
  source: ipv6Address,
  destination: ipv6Address,
  nextHeader: bits(8),
  hopLimit: bits(8),
  trafficClass: bits(8),
  flowLabel: bits(20),
  payload: octets(200),
});

export const icmpv6 = record({ type: bits(8), code: bits(8), body: octets(200) });

export const icmpv6Echo = record({
  type: fc.constantFrom(128, 129),
  identifier: bits(16),
  sequence: bits(16),
  payload: octets(200),
});

const ndpOption: fc.Arbitrary<frame.NdpOption> = fc.oneof(
  record({ type: fc.constantFrom('source-link-layer' as const, 'target-link-layer' as const), mac }),
  record({ type: fc.constant('mtu' as const), mtu: bits(32) }),
  record({
    type: fc.constant('prefix' as const),
    prefix: ipv6Address,
    prefixLength: bits(8),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    validS: bits(32),
    preferredS: bits(32),
  }),
  // Known codes too, in lengths that they don't have on Ethernet.
  record({ code: bits(8), length: fc.constantFrom(2, 3, 5), filler: bits(8) }).map(
    ({ code, length, filler }) => ({
      type: 'unknown' as const,
      code,
      length,
      data: new Uint8Array(length * 8 - 2).fill(filler),
    }),
  ),
);
const options = fc.array(ndpOption, { maxLength: 5 });

export const routerSolicitation = record({ options });
export const routerAdvertisement = record({
  hopLimit: bits(8),
  managed: fc.boolean(),
  other: fc.boolean(),
  lifetimeS: bits(16),
  reachableMs: bits(32),
  retransMs: bits(32),
  options,
});
export const neighbourSolicitation = record({ target: ipv6Address, options });
export const neighbourAdvertisement = record({
  router: fc.boolean(),
  solicited: fc.boolean(),
  override: fc.boolean(),
  target: ipv6Address,
  options,
});

export const igmp = record({ type: bits(8), responseCode: bits(8), body: octets(200, 4) });
const groupRecord = (address: fc.Arbitrary<string>) =>
  record({
    type: bits(8),
    group: address,
    sources: fc.array(address, { maxLength: 3 }),
    auxiliary: octets(3).map((some) => new Uint8Array(some.length * 4).fill(7)),
  });
export const igmpGroup = record({
  type: bits(8).filter((type) => type !== frame.igmpTypes.reportV3),
  responseCode: bits(8),
  group: ipv4Address,
});
export const igmpV3Query = record({
  responseCode: bits(8),
  group: ipv4Address,
  suppress: fc.boolean(),
  robustness: bits(3),
  intervalCode: bits(8),
  sources: fc.array(ipv4Address, { maxLength: 3 }),
});
export const igmpV3Report = record({ records: fc.array(groupRecord(ipv4Address), { maxLength: 3 }) });
export const mldV2Report = record({ records: fc.array(groupRecord(ipv6Address), { maxLength: 3 }) });

export const tag = record({ token: bits(32), stream: bits(16), seq: bits(32) });

export const link = record({
  destination: mac,
  source: mac,
  tags: fc.array(vlanTag, { maxLength: 2 }),
  snap: fc.boolean(),
});
