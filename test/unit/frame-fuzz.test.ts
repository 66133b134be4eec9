/** Whatever the octets: a decoder gives a value or a FrameError, and what must never throw never does. */
import assert from 'node:assert/strict';
import * as frame from '../../src/frame/index.js';
import { composedFrames } from './frame-samples.js';

const rounds = 10_000;
const seed = 0x7a6e0fe5;

/** Mulberry32: small, fast, and the same on every run. Integers in 0..below-1. */
function randomFrom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function randomOctets(random: (below: number) => number): Uint8Array {
  const bytes = new Uint8Array(random(120));
  for (let i = 0; i < bytes.length; i++) bytes[i] = random(256);
  return bytes;
}

/** A frame with a few octets changed, and often cut. */
function mutated(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = bytes.slice(0, random(2) === 0 ? bytes.length : random(bytes.length + 1));
  for (let changes = random(4); changes > 0 && copy.length > 0; changes--) {
    // The headers, mostly: the payload is not where a decoder goes wrong.
    copy[random(Math.min(copy.length, 100))] = random(3) === 0 ? 0 : random(256);
  }
  return copy;
}

const addresses = { source: '2001:db8::1', destination: '2001:db8::2' };
const ofType = (decode: (message: frame.Icmpv6) => unknown, type: number) => (body: Uint8Array) =>
  decode({ type, body });
const igmpOfType = (decode: (message: frame.Igmp) => unknown, type: number) => (body: Uint8Array) =>
  decode({ type, body });
const types = frame.icmpv6Types;

/** Each decoder, and how many octets lie before its layer in a frame without tags. */
const decoders: [string, (bytes: Uint8Array) => unknown, number][] = [
  ['decodeEthernet', frame.decodeEthernet, 0],
  ['decodeSnap', frame.decodeSnap, 14],
  ['decodeArp', frame.decodeArp, 14],
  ['decodeIpv4', frame.decodeIpv4, 14],
  ['decodeIpv6', frame.decodeIpv6, 14],
  ['decodeUdp', (bytes) => frame.decodeUdp(bytes, addresses), 34],
  ['decodeTcp', (bytes) => frame.decodeTcp(bytes, addresses), 34],
  ['decodeIcmpEcho', frame.decodeIcmpEcho, 34],
  ['decodeIgmp', frame.decodeIgmp, 34],
  ['decodeIgmpV3Query', igmpOfType(frame.decodeIgmpV3Query, frame.igmpTypes.query), 38],
  ['decodeIgmpV3Report', igmpOfType(frame.decodeIgmpV3Report, frame.igmpTypes.reportV3), 38],
  ['decodeIcmpv6', (bytes) => frame.decodeIcmpv6(bytes, addresses), 54],
  ['decodeIcmpv6Echo', ofType(frame.decodeIcmpv6Echo, types.echoReply), 58],
  ['decodeMldV2Report', ofType(frame.decodeMldV2Report, types.mldV2Report), 58],
  ['decodeRouterSolicitation', ofType(frame.decodeRouterSolicitation, types.routerSolicitation), 58],
  ['decodeRouterAdvertisement', ofType(frame.decodeRouterAdvertisement, types.routerAdvertisement), 58],
  ['decodeNeighbourSolicitation', ofType(frame.decodeNeighbourSolicitation, types.neighbourSolicitation), 58],
  [
    'decodeNeighbourAdvertisement',
    ofType(frame.decodeNeighbourAdvertisement, types.neighbourAdvertisement),
    58,
  ],
  ['decodeNdpOptions', frame.decodeNdpOptions, 78],
];

describe('frame decoders on any octets', () => {
  // Most rounds raise an error, and nobody reads where.
  const { stackTraceLimit } = Error;
  before(() => {
    Error.stackTraceLimit = 0;
  });
  after(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  const frames = composedFrames()
    .map((sample) => sample.bytes)
    .filter((bytes) => bytes.length < 300);

  for (const [name, decode, offset] of decoders) {
    it(`${name} raises nothing but FrameErrors that say something`, () => {
      const random = randomFrom(seed);
      const seen = { values: 0, errors: 0 };
      for (let round = 0; round < 2 * rounds; round++) {
        const valid = frames[random(frames.length)] as Uint8Array;
        const bytes = round % 2 === 0 ? randomOctets(random) : mutated(valid, random).subarray(offset);
        try {
          decode(bytes);
          seen.values++;
        } catch (error) {
          assert.ok(error instanceof frame.FrameError && error.message !== '', `${error} on ${hex(bytes)}`);
          seen.errors++;
        }
      }
      assert.ok(seen.values > 0 && seen.errors > 0, `both ends are reached: ${JSON.stringify(seen)}`);
    });
  }

  it('a message of another type is refused', () => {
    const other = { type: types.echoRequest, body: new Uint8Array(40) };
    assert.throws(() => frame.decodeNeighbourAdvertisement(other), /ICMPv6 type 128, needs 136/);
    assert.throws(() => frame.decodeIcmpv6Echo({ type: 1, body: other.body }), frame.FrameError);
    assert.throws(() => frame.decodeIcmpEcho(Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0)), frame.FrameError);
  });

  it('decodeFrame, summarise and readTag never throw', () => {
    const random = randomFrom(seed);
    let errors = 0;
    const tryAll = (bytes: Uint8Array) => {
      try {
        if (frame.decodeFrame(bytes).error) errors++;
        assert.match(frame.summarise(bytes), /^.+$/);
        frame.readTag(bytes);
      } catch (error) {
        assert.fail(`${error} on ${hex(bytes)}`);
      }
    };
    for (let round = 0; round < rounds; round++) {
      tryAll(randomOctets(random));
      tryAll(mutated(frames[random(frames.length)] as Uint8Array, random));
    }
    for (const bytes of frames.slice(0, 60)) {
      for (let length = 0; length <= bytes.length; length++) tryAll(bytes.subarray(0, length));
    }
    assert.ok(errors > 0);
  });

  it('every composed frame is read to its end without an error or a wrong checksum', () => {
    for (const { name, bytes, protocol } of composedFrames()) {
      const read = frame.decodeFrame(bytes);
      assert.equal(read.error, undefined, name);
      const layer = {
        arp: read.arp,
        udp: read.udp,
        tcp: read.tcp,
        icmp: read.icmp,
        igmp: read.igmp,
        icmpv6: read.icmpv6,
        data: read.ethernet,
      };
      assert.notEqual(layer[protocol], undefined, name);
      for (const checked of [read.ipv4, read.udp, read.tcp, read.icmp, read.igmp, read.icmpv6]) {
        assert.notEqual(checked?.checksumOk, false, name);
      }
    }
  });
});
