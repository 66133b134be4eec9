import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PcapngError, type PcapngFile } from '../../src/evidence/pcapng.js';
import { readPcapng } from '../../src/evidence/pcapng-read.js';
import { writePcapng } from '../../src/evidence/pcapng-write.js';

const bytesOf = (...lines: string[]): Uint8Array =>
  Uint8Array.from(Buffer.from(lines.join('').replaceAll(/\s/g, ''), 'hex'));

/** One packet of three octets, heard inbound on `a (v0)`, in either byte order. */
const file: PcapngFile = {
  section: { hardware: 'x64', os: 'Linux', application: 'takeover' },
  interfaces: [{ name: 'a (v0)', description: 'port a', linkType: 1, snapLength: 262_144 }],
  packets: [
    {
      interfaceIndex: 0,
      timeNs: 0x18c2_0000_0000_0007n,
      direction: 'in',
      bytes: Uint8Array.of(1, 2, 3),
      originalLength: 60,
      comments: ['garp #1'],
    },
  ],
  statistics: [{ interfaceIndex: 0, timeNs: 9n, received: 5n, dropped: 0n }],
};

const littleEndian = bytesOf(
  '0a0d0d0a 40000000 4d3c2b1a 0100 0000 ffffffffffffffff', // Section Header Block, version 1.0, length unknown
  '0200 0300 78363400', // shb_hardware x64
  '0300 0500 4c696e7578000000', // shb_os Linux
  '0400 0800 74616b656f766572', // shb_userappl takeover
  '0000 0000 40000000',
  '01000000 38000000 0100 0000 00000400', // Interface Description Block, Ethernet, 262144
  '0200 0600 612028763029 0000', // if_name
  '0300 0600 706f72742061 0000', // if_description
  '0900 0100 09000000', // if_tsresol 10^-9
  '0000 0000 38000000',
  '06000000 3c000000 00000000 0000c218 07000000 03000000 3c000000', // Enhanced Packet Block: the upper half first
  '01020300', // padded
  '0200 0400 01000000', // epb_flags: inbound
  '0100 0700 67617270202331 00', // opt_comment
  '0000 0000 3c000000',
  '05000000 34000000 00000000 00000000 09000000', // Interface Statistics Block
  '0400 0800 0500000000000000', // isb_ifrecv
  '0500 0800 0000000000000000', // isb_ifdrop
  '0000 0000 34000000',
);

const bigEndian = bytesOf(
  '0a0d0d0a 00000040 1a2b3c4d 0001 0000 ffffffffffffffff',
  '0002 0003 78363400',
  '0003 0005 4c696e7578000000',
  '0004 0008 74616b656f766572',
  '0000 0000 00000040',
  '00000001 00000038 0001 0000 00040000',
  '0002 0006 612028763029 0000',
  '0003 0006 706f72742061 0000',
  '0009 0001 09000000',
  '0000 0000 00000038',
  '00000006 0000003c 00000000 18c20000 00000007 00000003 0000003c',
  '01020300',
  '0002 0004 00000001',
  '0001 0007 67617270202331 00',
  '0000 0000 0000003c',
  '00000005 00000034 00000000 00000000 00000009',
  '0004 0008 0000000000000005',
  '0005 0008 0000000000000000',
  '0000 0000 00000034',
);

const sectionOnly = '0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000';
const microsecondPort = '01000000 14000000 0100 0000 00000000 14000000';

describe('pcapng', () => {
  it('writes the annotated octets', () => {
    assert.deepEqual(Uint8Array.from(writePcapng(file)), littleEndian);
  });

  it('reads both byte orders', () => {
    assert.deepEqual(readPcapng(littleEndian), file);
    assert.deepEqual(readPcapng(bigEndian), file);
  });

  it('joins sections of different byte order', () => {
    const both = readPcapng(Buffer.concat([bigEndian, littleEndian]));
    assert.deepEqual(
      both.packets.map(({ interfaceIndex }) => interfaceIndex),
      [0, 1],
    );
    assert.equal(both.interfaces.length, 2);
    assert.deepEqual(both.packets[1]?.bytes, file.packets[0]?.bytes);
  });

  it('skips blocks and options that it does not know', () => {
    const unknown = '0d00adba 10000000 deadbeef 10000000';
    const odd = '01000000 24000000 0100 0000 00000000 ff7f 0300 aabbcc00 0200 0100 61000000 24000000';
    const read = readPcapng(bytesOf(sectionOnly, unknown, odd, unknown));
    assert.deepEqual(read.interfaces, [{ name: 'a', linkType: 1, snapLength: 0 }]);
  });

  it('understands other time units: microseconds by default, powers of two, and an offset', () => {
    const port = (...options: string[]): string => {
      const length = (20 + options.join('').replaceAll(' ', '').length / 2).toString(16);
      return `01000000 ${length}000000 0100 0000 00000000 ${options.join('')} ${length}000000`;
    };
    const packet = '06000000 20000000 00000000 00000000 00040000 00000000 00000000 20000000';
    const timeNs = (...options: string[]) =>
      readPcapng(bytesOf(sectionOnly, port(...options), packet)).packets[0]?.timeNs;
    assert.equal(timeNs(), 1_024_000n);
    assert.equal(timeNs('0900 0100 8a000000'), 1_000_000_000n); // 2^-10 s
    assert.equal(timeNs('0e00 0800 ffffffffffffffff'), 1_024_000n - 1_000_000_000n);
  });

  it('reads Simple Packet Blocks, cut to the snap length', () => {
    const port = '01000000 14000000 0100 0000 02000000 14000000';
    const packet = '03000000 14000000 40000000 0a0b0000 14000000';
    const [read] = readPcapng(bytesOf(sectionOnly, port, packet)).packets;
    assert.deepEqual(read, {
      interfaceIndex: 0,
      timeNs: null,
      bytes: Uint8Array.of(10, 11),
      originalLength: 64,
      comments: [],
    });
  });

  const unsound: [problem: string, offset: number, hex: string[]][] = [
    ['is empty', 0, []],
    ['does not begin with a Section Header Block', 0, [microsecondPort]],
    ['byte-order magic is 0xffffffff', 8, ['0a0d0d0a 1c000000 ffffffff 0100 0000 ffffffffffffffff 1c000000']],
    ['version is 7.0', 12, ['0a0d0d0a 1c000000 4d3c2b1a 0700 0000 ffffffffffffffff 1c000000']],
    ['block length is 13', 32, [sectionOnly, '05000000 0d000000 00']],
    ['block length is 8', 32, [sectionOnly, '05000000 08000000 00000000']],
    ['a block of 4294967292 octets is cut off after 12', 32, [sectionOnly, '99000000 fcffffff 00000000']],
    ['lengths differ: 12 before it, 16 behind it', 36, [sectionOnly, '99000000 0c000000 10000000']],
    [
      'refers to interface 1',
      48,
      [sectionOnly, microsecondPort, '05000000 18000000 01000000 00000000 00000000 18000000'],
    ],
    [
      'packet data needs 4294967295 octets and 0 are left',
      76,
      [
        sectionOnly,
        microsecondPort,
        '06000000 20000000 00000000 00000000 00000000 ffffffff 00000000 20000000',
      ],
    ],
    [
      'value of option 2 needs 65535 octets',
      48,
      [sectionOnly, '01000000 18000000 0100 0000 00000000 0200 ffff 18000000'],
    ],
    [
      'if_tsresol has 2 octets',
      48,
      [sectionOnly, '01000000 1c000000 0100 0000 00000000 0900 0200 09090000 1c000000'],
    ],
  ];
  for (const [problem, offset, hex] of unsound) {
    it(`says what is wrong and where: ${problem}`, () => {
      assert.throws(
        () => readPcapng(bytesOf(...hex)),
        (error) => error instanceof PcapngError && error.message.includes(problem) && error.offset === offset,
      );
    });
  }

  it('refuses to write what the format cannot hold', () => {
    const [packet] = file.packets;
    assert.ok(packet);
    assert.throws(() => writePcapng({ ...file, packets: [{ ...packet, timeNs: null }] }), RangeError);
    assert.throws(() => writePcapng({ ...file, packets: [{ ...packet, timeNs: -1n }] }), RangeError);
    assert.throws(
      () => writePcapng({ ...file, packets: [{ ...packet, comments: ['x'.repeat(65_536)] }] }),
      RangeError,
    );
  });

  it('reads back whatever it wrote', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));
    const packet = fc.record(
      {
        interfaceIndex: fc.constantFrom(0, 1),
        timeNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        direction: fc.constantFrom('in' as const, 'out' as const),
        bytes: fc.uint8Array({ maxLength: 40 }),
        originalLength: fc.nat(),
        comments: fc.array(text, { maxLength: 3 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), fc.tuple(text, text), (packets, names) => {
        const interfaces = names.map((name) => ({ name, linkType: 1, snapLength: 0 }));
        const written = { section: {}, interfaces, packets, statistics: [] };
        assert.deepEqual(readPcapng(writePcapng(written)), written);
      }),
    );
  });

  it('throws nothing but PcapngError for ten thousand random and damaged files', () => {
    const onlyPcapngError = (bytes: Uint8Array): void => {
      try {
        readPcapng(bytes);
      } catch (error) {
        if (!(error instanceof PcapngError)) throw error;
        assert.ok(error.offset >= 0 && error.offset <= bytes.length + 4);
      }
    };
    const position = fc.nat({ max: littleEndian.length - 1 });
    const damage = fc.array(fc.tuple(position, fc.constantFrom(0, 1, 2, 3, 4, 8, 0x7f, 0x80, 0xff)), {
      minLength: 1,
      maxLength: 4,
    });
    const original = fc.constantFrom(littleEndian, bigEndian);
    const damaged = fc.tuple(original, damage, position).map(([bytes, changes, cut]) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, value] of changes) copy[at] = value;
      return cut % 3 === 0 ? copy.subarray(0, cut) : copy;
    });
    fc.assert(fc.property(damaged, onlyPcapngError), { numRuns: 8_000 });
    const header = Buffer.from(bytesOf(sectionOnly, microsecondPort));
    const random = fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([header, tail]));
    fc.assert(fc.property(fc.oneof(random, fc.uint8Array({ maxLength: 200 })), onlyPcapngError), {
      numRuns: 4_000,
    });
  });
});
