import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressesOfFrame, rewriterFor } from '../../src/bundle/rewrite.js';
import * as frame from '../../src/frame/index.js';
import { encodeVrrp } from '../../src/frame/vrrp.js';
import { octets } from './frame-arbitraries.js';
import { composedFrames } from './frame-samples.js';

const a = '00:00:5e:00:53:01';
const b = '00:00:5e:00:53:02';
const v4 = { source: '192.0.2.1', destination: '192.0.2.2' };
const v6 = { source: '2001:db8::1', destination: '2001:db8::2' };
const allRouters = 'ff02::12';

/** A message of ICMP that quotes a packet, with the right checksum. */
function quoting(type: number, packet: Uint8Array, addresses?: frame.IpAddresses): Uint8Array {
  const bytes = Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, ...packet);
  const initial = addresses ? frame.sumPseudoHeader(addresses, frame.ipProtocols.icmpv6, bytes.length) : 0;
  const checksum = frame.internetChecksum(bytes, initial);
  bytes[2] = checksum >> 8;
  bytes[3] = checksum & 0xff;
  return bytes;
}

const udp = (addresses: frame.IpAddresses) =>
  frame.encodeUdp({ sourcePort: 7, destinationPort: 9, payload: Uint8Array.of(1, 2, 3) }, addresses);
const packet4 = frame.encodeIpv4({ ...v4, protocol: frame.ipProtocols.udp, payload: udp(v4) });
const packet6 = frame.encodeIpv6({ ...v6, nextHeader: frame.ipProtocols.udp, payload: udp(v6) });
const link4 = { destination: b, source: a, ipSource: '192.0.2.7', ipDestination: '192.0.2.8' };
const link6 = { destination: b, source: a, ipSource: '2001:db8::7', ipDestination: '2001:db8::8' };
const over6 = { source: '2001:db8::7', destination: '2001:db8::8' };

const errors = [
  frame.ipFrame(link4, frame.ipProtocols.icmp, quoting(3, packet4)),
  // A router quotes as little as the header and eight octets (RFC 792): the checksum of UDP covers what is not there.
  frame.ipFrame(link4, frame.ipProtocols.icmp, quoting(11, packet4.subarray(0, 28))),
  frame.ipFrame(link6, frame.ipProtocols.icmpv6, quoting(1, packet6, over6)),
  frame.ipFrame(link6, frame.ipProtocols.icmpv6, quoting(3, packet6.subarray(0, 44), over6)),
];

const vrrp = (version: 2 | 3, addresses: readonly string[], link: frame.IpAddresses) =>
  frame.ipFrame(
    { destination: b, source: a, ipSource: link.source, ipDestination: link.destination },
    frame.ipProtocols.vrrp,
    encodeVrrp({ version, virtualRouter: 7, priority: 100, interval: 1, addresses }, link),
  );
const routers4 = { source: '192.0.2.1', destination: '224.0.0.18' };
const routers6 = { source: '2001:db8::1', destination: allRouters };
const advertisements = [
  vrrp(2, ['192.0.2.9', '192.0.2.10'], routers4),
  vrrp(3, ['192.0.2.9'], routers4),
  vrrp(3, ['2001:db8::9'], routers6),
];

const samples = [...composedFrames().map(({ bytes }) => bytes), ...errors, ...advertisements];
const isGroup = (address: string) =>
  frame.isMac(address) ? frame.isGroupMac(address) : /^(22[4-9]|23\d|255)\.|^ff/.test(address);
const stations = [...new Set(samples.flatMap((bytes) => addressesOfFrame(bytes, false)))].filter(
  (address) => !isGroup(address) && !/^(0\.0\.0\.0|::|00:00:00:00:00:00)$/.test(address),
);

/** Another address for each, no two alike, and none that was there before. */
const tables = fc
  .uniqueArray(fc.integer({ min: 1, max: 0xfffffe }), {
    minLength: stations.length,
    maxLength: stations.length,
  })
  .map(
    (numbers) =>
      new Map(
        stations.map((address, index) => {
          const [one = 0, two = 0, three = 0] = [16, 8, 0].map(
            (shift) => ((numbers[index] ?? 0) >> shift) & 0xff,
          );
          if (frame.isMac(address))
            return [address, frame.bytesToMac(Uint8Array.of(0x3c, 0xfd, 0xfe, one, two, three))];
          if (frame.isIpv4(address)) return [address, `10.${one}.${two}.${three}`];
          return [
            address,
            frame.bytesToIpv6(Uint8Array.of(0x2a, 1, 4, 0xf8, ...Array(8).fill(0x77), one, two, three, 1)),
          ];
        }),
      ),
  );

const sample = fc.constantFrom(...samples);

/** What is right and wrong about a frame, layer by layer. */
function soundness(bytes: Uint8Array) {
  const { ethernet: _, error, ...layers } = frame.decodeFrame(bytes);
  const checks = Object.entries(layers).map(([name, layer]) => [
    name,
    layer !== null && typeof layer === 'object' && 'checksumOk' in layer ? layer.checksumOk : undefined,
  ]);
  return { checks, error: error?.message };
}

describe('addresses of frames, replaced', () => {
  it('finds the addresses that every protocol carries', () => {
    const found = (bytes: Uint8Array | undefined) =>
      [...new Set(bytes && addressesOfFrame(bytes, false))].sort();
    assert.deepEqual(found(errors[0]), [a, b, '192.0.2.1', '192.0.2.2', '192.0.2.7', '192.0.2.8'].sort());
    assert.deepEqual(found(errors[2]), [a, b, ...['1', '2', '7', '8'].map((n) => `2001:db8::${n}`)].sort());
    assert.deepEqual(
      found(advertisements[0]),
      [a, b, '192.0.2.1', '192.0.2.10', '192.0.2.9', '224.0.0.18'].sort(),
    );
  });

  it('leaves the frame as well-formed as it was, with the new addresses in it', () => {
    fc.assert(
      fc.property(sample, tables, (bytes, table) => {
        const rewritten = rewriterFor(table)(bytes, false);
        assert.deepEqual(soundness(rewritten), soundness(bytes));
        assert.deepEqual(
          addressesOfFrame(rewritten, false),
          addressesOfFrame(bytes, false).map((address) => table.get(address) ?? address),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same octets again when it is undone', () => {
    fc.assert(
      fc.property(sample, tables, (bytes, table) => {
        const back = new Map([...table].map(([from, to]) => [to, from]));
        assert.deepEqual(rewriterFor(back)(rewriterFor(table)(bytes, false), false), bytes);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps a wrong checksum as wrong as it was', () => {
    // IPv4's own, and that of UDP behind it.
    const bytes = frame.udpFrame({ ...link4, payload: Uint8Array.of(9, 9) });
    for (const at of [24, 40]) {
      fc.assert(
        fc.property(tables, fc.integer({ min: 1, max: 0xfffe }), (table, error) => {
          const rewrite = rewriterFor(table);
          const field = (frameBytes: Uint8Array) => ((frameBytes[at] ?? 0) << 8) | (frameBytes[at + 1] ?? 0);
          const wrong = bytes.slice();
          const checksum = (field(bytes) + error) % 0xffff || 0xffff;
          wrong.set([checksum >> 8, checksum & 0xff], at);
          const distance = (one: Uint8Array, other: Uint8Array) =>
            (field(one) - field(other) + 0xffff) % 0xffff;
          assert.equal(distance(rewrite(wrong, false), rewrite(bytes, false)), distance(wrong, bytes));
        }),
        { numRuns: 50 },
      );
    }
  });

  it('does not say a checksum where UDP says that there is none', () => {
    const bytes = frame.udpFrame({ ...link4, payload: Uint8Array.of(1), checksum: 0 });
    const table = new Map([['192.0.2.7', '10.1.2.3']]);
    assert.equal(frame.decodeFrame(rewriterFor(table)(bytes, false)).udp?.checksum, 0);
  });

  it('replaces octets of a known address where no protocol is known to have one', () => {
    const table = new Map([
      ['10.1.2.3', '192.0.2.3'],
      ['3c:fd:fe:12:34:56', '02:00:00:00:00:01'],
      ['2a01:4f8::7', '2001:db8:1::7'],
    ]);
    const real = [10, 1, 2, 3, 0, 0x3c, 0xfd, 0xfe, 0x12, 0x34, 0x56, 9, ...frame.ipv6ToBytes('2a01:4f8::7')];
    const places = [
      frame.linkFrame({ destination: b, source: a }, 0x1234, Uint8Array.from(real)),
      frame.udpFrame({ ...link4, payload: Uint8Array.of(1, ...real) }),
      frame.ipFrame(link4, 99, Uint8Array.from(real)),
      frame.arpFrame({
        destination: b,
        source: a,
        operation: 1,
        sha: a,
        spa: '192.0.2.1',
        tha: b,
        tpa: '192.0.2.2',
      }),
    ];
    places[3]?.set(real.slice(0, 12), 44);
    for (const bytes of places) {
      const rewritten = rewriterFor(table)(bytes, true);
      const hex = Buffer.from(rewritten).toString('hex');
      assert.match(hex, /c00002030002000000000109/);
      assert.doesNotMatch(hex, /0a010203|3cfdfe123456|2a0104f8/);
      assert.deepEqual(soundness(rewritten), soundness(bytes));
    }
  });

  it('leaves the numbers of the harness’s own payloads alone', () => {
    const payload = frame.encodeTag({ token: 0x0a010203, stream: 1, seq: 0x0a010203 });
    const bytes = frame.udpFrame({ ...link4, payload });
    assert.equal(rewriterFor(new Map([['10.1.2.3', '192.0.2.3']]))(bytes, false), bytes);
  });

  it('empties what devices tell of themselves, and leaves the same of the harness’s own frames', () => {
    const name = Buffer.from('core-switch.acme.internal');
    const lldp = frame.linkFrame({ destination: '01:80:c2:00:00:0e', source: a }, 0x88cc, name);
    const mdns = frame.udpFrame({ ...link4, sourcePort: 5353, destinationPort: 5353, payload: name });
    for (const bytes of [lldp, mdns]) {
      const rewritten = rewriterFor(new Map())(bytes, true);
      assert.ok(!Buffer.from(rewritten).includes('acme'));
      assert.deepEqual(soundness(rewritten), soundness(bytes));
      assert.equal(rewriterFor(new Map())(bytes, false), bytes);
    }
  });

  it('empties the password of VRRP version 2', () => {
    const [bytes] = advertisements;
    assert.ok(bytes);
    const secret = bytes.slice();
    secret.set(Buffer.from('s3cr3t!!'), 14 + 20 + 8 + 8);
    const rewritten = rewriterFor(new Map())(secret, true);
    assert.ok(!Buffer.from(rewritten).includes('s3cr3t'));
    assert.equal(addressesOfFrame(rewritten, true).includes('192.0.2.10'), true);
  });

  it('reads root and bridge of a BPDU', () => {
    const bpdu = new Uint8Array(60);
    bpdu.set(frame.macToBytes('01:80:c2:00:00:00'));
    bpdu.set(frame.macToBytes(a), 6);
    bpdu.set([0, 38, 0x42, 0x42, 3, 0, 0, 2, 2], 12);
    bpdu.set([0x80, 0, ...frame.macToBytes('3c:fd:fe:00:00:01')], 22);
    bpdu.set([0x80, 0, ...frame.macToBytes('3c:fd:fe:00:00:02')], 34);
    assert.deepEqual(addressesOfFrame(bpdu, true).slice(2), ['3c:fd:fe:00:00:01', '3c:fd:fe:00:00:02']);
  });

  it('never throws, and never changes a length, whatever the octets', () => {
    fc.assert(
      fc.property(
        octets(200),
        sample,
        fc.nat(120),
        tables,
        fc.boolean(),
        (noise, bytes, cut, table, foreign) => {
          const spoilt = bytes.slice(0, bytes.length - (cut % bytes.length));
          spoilt.set(noise.subarray(0, Math.max(0, spoilt.length - 14)), Math.min(14, spoilt.length));
          for (const one of [noise, bytes.subarray(0, cut), spoilt]) {
            assert.equal(rewriterFor(table)(one, foreign).length, one.length);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
