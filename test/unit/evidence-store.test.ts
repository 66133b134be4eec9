import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readPcapng } from '../../src/evidence/pcapng-read.js';
import type { RecordedEvent, RecordedFrame, Recording } from '../../src/evidence/recording.js';
import {
  decodeEvidence,
  EvidenceError,
  encodeEvidence,
  readEvidence,
  writeEvidence,
} from '../../src/evidence/store.js';

const abilities = { kernelTimestamps: true, timestampErrorNs: 1_000, dropCounter: true };

function frame(number: number, of: Partial<RecordedFrame> = {}): RecordedFrame {
  const bytes = new Uint8Array(60).fill(number);
  return { number, port: 'a', direction: 'in', atNs: number * 1_000, bytes, originalLength: 60, ...of };
}

const recording: Recording = {
  caseId: 'switch/relearns/garp-request',
  startNs: 1_795_385_847_678_746_123n,
  endNs: 2_000_000_001,
  plan: {
    params: { form: 'garp-request', repeat: 3, nested: [null, true, { z: 1, a: 'b' }] },
    addresses: { station: '00:00:5e:00:53:2a', service: '192.0.2.77', other: '2001:db8::1' },
    limits: { relearnMs: 1000 },
    declared: { ageingMs: 3000, vlans: { native: 1, tagged: [10, 20] } },
  },
  ports: [
    { name: 'a', nic: 'veth-a', driver: 'libpcap', abilities, dropped: 0, unrelated: 3 },
    {
      name: 'world',
      nic: 'veth-w',
      driver: 'cap',
      abilities: { ...abilities, dropCounter: false },
      dropped: null,
      unrelated: 0,
    },
  ],
  frames: [
    frame(1, { atNs: -250, label: 'garp #2', seq: 1, direction: 'out' }),
    frame(2, { port: 'world', originalLength: 1500, label: 'Takeover, then — “quiet”', seq: 0 }),
    frame(3, { label: 'no number' }),
    frame(4, { bytes: new Uint8Array(0), originalLength: 0 }),
  ],
  events: [
    { atNs: 0, kind: 'mark', name: 'begin' },
    { atNs: 1, kind: 'mark', name: 'moved', detail: 'a to b' },
    { atNs: 2, kind: 'sent', port: 'a', label: 'garp', seq: 1 },
    { atNs: 3, kind: 'owner', address: '192.0.2.77', mac: '00:00:5e:00:53:2a', port: 'a' },
    { atNs: 4, kind: 'owner', address: '192.0.2.77', mac: null, port: null },
    {
      atNs: 5,
      kind: 'neighbour',
      address: '192.0.2.77',
      mac: null,
      state: 'FAILED',
      source: 'poll',
      clockErrorNs: 1e6,
    },
    { atNs: 6, kind: 'note', text: 'The timer was 3 ms late.' },
  ],
  streams: [
    {
      label: 'data',
      port: 'world',
      framesSent: 1000,
      segments: [
        { firstSeq: 1, lastSeq: 500, firstSentNs: 0, lastSentNs: 499, arrivedAt: ['a'] },
        { firstSeq: 501, lastSeq: 1000, firstSentNs: 500, lastSentNs: 999, arrivedAt: [] },
      ],
    },
  ],
};

const large: Recording = {
  ...recording,
  frames: Array.from({ length: 2_000 }, (_, index) => frame(index + 1)),
  events: Array.from(
    { length: 2_000 },
    (_, atNs): RecordedEvent => ({ atNs, kind: 'note', text: `note ${atNs}, and so on` }),
  ),
};

const edited = (change: (text: string) => string): [Uint8Array, Uint8Array] => {
  const { capture, events } = encodeEvidence(recording);
  return [capture, Buffer.from(change(Buffer.from(events).toString()))];
};

describe('evidence store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'takeover-evidence-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads back exactly what was written', async () => {
    const stored = await writeEvidence(recording, join(folder, 'deep', 'in'));
    assert.deepEqual(await readEvidence(join(folder, 'deep', 'in')), recording);
    for (const { path, sha256 } of [stored.capture, stored.events]) {
      const bytes = readFileSync(join(folder, 'deep', 'in', path));
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
    }
    assert.deepEqual(readdirSync(join(folder, 'deep', 'in')).sort(), ['capture.pcapng', 'events.json']);
  });

  it('reads back any recording', () => {
    const label = fc.string({ unit: 'grapheme', maxLength: 10 }).filter((text) => !/\0| #\d+$/.test(text));
    const frames = fc
      .array(
        fc.record(
          {
            port: fc.constantFrom('a', 'world'),
            direction: fc.constantFrom('in' as const, 'out' as const),
            atNs: fc.integer({ min: -1_000, max: Number.MAX_SAFE_INTEGER }),
            bytes: fc.uint8Array({ maxLength: 64 }),
            originalLength: fc.nat(),
            label,
          },
          { requiredKeys: ['port', 'direction', 'atNs', 'bytes', 'originalLength'], noNullPrototype: true },
        ),
        { maxLength: 10 },
      )
      .map((list) =>
        list
          .sort((one, other) => one.atNs - other.atNs)
          .map(
            (one, index): RecordedFrame => ({
              number: index + 1,
              ...one,
              ...(one.label !== undefined && { seq: index }),
            }),
          ),
      );
    fc.assert(
      fc.property(frames, fc.jsonValue(), (list, params) => {
        const any = {
          ...recording,
          frames: list,
          plan: { ...recording.plan, params: JSON.parse(JSON.stringify(params)) },
        };
        const { capture, events } = encodeEvidence(any);
        assert.deepEqual(decodeEvidence(capture, events), any);
      }),
    );
  });

  it('gives the same octets for the same recording, whatever the order of its keys', () => {
    const { plan, ...rest } = recording;
    const reordered = {
      plan: { declared: plan.declared, limits: plan.limits, addresses: plan.addresses, params: plan.params },
      ...rest,
    };
    assert.deepEqual(encodeEvidence(reordered), encodeEvidence(recording));
    assert.deepEqual(encodeEvidence(large), encodeEvidence(structuredClone(large)));
  });

  it('takes under 10 kB for a case of 20 frames', () => {
    const frames = Array.from({ length: 20 }, (_, index) =>
      frame(index + 1, { label: 'announcement', seq: index }),
    );
    const { capture, events } = encodeEvidence({ ...recording, frames });
    assert.ok(capture.length + events.length < 6_000, `${capture.length} + ${events.length} octets`);
  });

  it('gzips what is large, and leaves no older file beside it', async () => {
    await writeEvidence(recording, folder);
    const stored = await writeEvidence(large, folder);
    assert.deepEqual([stored.capture.path, stored.events.path], ['capture.pcapng.gz', 'events.json.gz']);
    assert.deepEqual(readdirSync(folder).sort(), ['capture.pcapng.gz', 'events.json.gz']);
    assert.deepEqual(await readEvidence(folder), large);
    await writeEvidence(recording, folder);
    assert.deepEqual(await readEvidence(folder), recording);
    assert.equal(existsSync(join(folder, 'events.json.gz')), false);
  });

  it('puts the drop counters into the capture, and leaves out what is not known', () => {
    const { statistics, interfaces } = readPcapng(encodeEvidence(recording).capture);
    assert.deepEqual(
      statistics.map(({ received, dropped }) => [received, dropped]),
      [
        [6n, 0n],
        [1n, undefined],
      ],
    );
    assert.deepEqual(
      interfaces.map(({ name }) => name),
      ['a (veth-a)', 'world (veth-w)'],
    );
  });

  const unstorable: [string, Partial<Recording>, RegExp][] = [
    ['a fraction of a nanosecond', { frames: [frame(1, { atNs: 0.5 })] }, /cannot be converted to a BigInt/],
    ['an unlisted port', { frames: [frame(1, { port: 'b' })] }, /port 'b', which it doesn't list/],
    [
      'a label with a NUL',
      { frames: [frame(1, { label: 'a\0b', seq: 1 })] },
      /would not be read back as it is/,
    ],
    [
      'a label that looks numbered',
      { frames: [frame(1, { label: 'a #1' })] },
      /would not be read back as it is/,
    ],
    ['a wrong number', { frames: [frame(7)] }, /would not be read back as it is/],
    [
      'an undefined',
      { plan: { ...recording.plan, params: { x: undefined } } },
      /would not be read back as it is/,
    ],
    [
      'disorder',
      { frames: [frame(1, { atNs: 5 }), frame(2, { atNs: 4 })] },
      /packets are not in order of time/,
    ],
  ];
  for (const [what, change, message] of unstorable) {
    it(`refuses to store ${what}`, () => {
      assert.throws(
        () => encodeEvidence({ ...recording, ...change }),
        (error) => error instanceof EvidenceError && message.test(error.message),
      );
    });
  }

  const unreadable: [string, [Uint8Array, Uint8Array], RegExp][] = [
    [
      'a missing field',
      edited((text) => text.replace(/"endNs":\d+,/, '')),
      /events\.json can't be read: endNs/,
    ],
    [
      'a wrong type',
      edited((text) => text.replace('"relearnMs":1000', '"relearnMs":"1"')),
      /plan\.limits\.relearnMs: .*number/,
    ],
    [
      'an unknown event',
      edited((text) => text.replace('"kind":"note"', '"kind":"noted"')),
      /events\.6\.kind/,
    ],
    [
      'a field of ours that we do not know',
      edited((text) => text.replace('"endNs"', '"extra":1,"endNs"')),
      /extra/,
    ],
    ['no JSON', edited((text) => text.slice(0, -9)), /events\.json can't be read: .*JSON/],
    [
      'too few ports',
      edited((text) => text.replace(/,\n\{[^\n]*"name":"world"[^\n]*/, '')),
      /2 interfaces and events\.json 1 ports/,
    ],
    [
      'a time too long',
      edited((text) => text.replace(/"startNs":"\d+"/, '"startNs":"99999999999999999999"')),
      /startNs/,
    ],
    [
      'a bad capture',
      [Buffer.from('hello'), encodeEvidence(recording).events],
      /capture\.pcapng can't be read: Not a sound pcapng/,
    ],
    [
      'a broken gzip',
      [gzipSync('x').subarray(0, 12), encodeEvidence(recording).events],
      /capture\.pcapng can't be read/,
    ],
    [
      'a gzip that unfolds without end',
      [gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 }), encodeEvidence(recording).events],
      /capture\.pcapng can't be read: .*(larger|268435456)/,
    ],
  ];
  for (const [what, [capture, events], message] of unreadable) {
    it(`names ${what} in a sentence`, () => {
      assert.throws(
        () => decodeEvidence(capture, events),
        (error) =>
          error instanceof EvidenceError && message.test(error.message) && !error.message.includes('\n'),
      );
    });
  }

  it('says which file is missing or cannot be written', async () => {
    await assert.rejects(readEvidence(folder), /There is no capture\.pcapng in .*: name the folder/);
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(
      writeEvidence(recording, join(folder, 'file')),
      (error) => error instanceof EvidenceError && error.message.includes("can't be stored in"),
    );
  });
});
