import assert from 'node:assert/strict';
import type { RecordedFrame } from '../../src/evidence/recording.js';
import { digestsIn, EvidenceSketch, sketchSize } from '../../src/list/sketch.js';

const frame = (number: number, over: Partial<RecordedFrame> = {}): RecordedFrame => ({
  number,
  port: number % 2 ? 'a' : 'b',
  direction: 'in',
  atNs: 1_000 * number,
  bytes: Uint8Array.of(1, 2, 3, number),
  originalLength: 4,
  ...over,
});

/** Of ten frames; captures of other numbers are others. */
const capture = (n = 0): RecordedFrame[] =>
  Array.from({ length: 10 }, (_, i) => frame(i + 1, { atNs: 1_000 * i + n * i * i }));

const sketch = (...captures: readonly (readonly RecordedFrame[])[]): string => {
  const made = new EvidenceSketch();
  for (const frames of captures) made.add(frames);
  return `${made}`;
};

describe('the sketch of a bundle’s evidence', () => {
  it('is the same at another date, with other names of ports, labels and numbers of packets', () => {
    const moved = capture().map(({ port, atNs, ...rest }) => ({
      ...rest,
      atNs: atNs + 86_400_000_000_000,
      port: `${port}-renamed`,
      label: 'garp',
      number: rest.number + 7,
    }));
    assert.equal(sketch(moved), sketch(capture()));
  });

  for (const [what, change] of [
    ['an octet', { bytes: Uint8Array.of(9, 9, 9, 9) }],
    ['a time', { atNs: 4_001 }],
    ['a direction', { direction: 'out' }],
    ['a port', { port: 'b' }],
  ] as const) {
    it(`is another where ${what} of a frame is`, () => {
      const changed = capture().map((one, n) => (n === 4 ? { ...one, ...change } : one));
      assert.notEqual(sketch(changed), sketch(capture()));
    });
  }

  it('is the same in any order of the captures, and for a capture that is there twice', () => {
    const [one, two] = [capture(1), capture(2)];
    assert.equal(sketch(one, two), sketch(two, one, two));
    assert.equal(digestsIn(sketch(one, two)).length, 2);
  });

  it('leaves out what is too short to tell anything', () => {
    assert.equal(sketch([], capture().slice(0, 7)), '');
    assert.notEqual(sketch(capture().slice(0, 8)), '');
  });

  it('stays small, and has something in common with a bundle that holds half of the captures', () => {
    const all = Array.from({ length: 200 }, (_, n) => capture(n + 1));
    const whole = [...digestsIn(sketch(...all))];
    assert.equal(whole.length, sketchSize);
    const half = new Set(digestsIn(sketch(...all.slice(100))));
    const common = whole.filter((digest) => half.has(digest)).length;
    assert.ok(common >= 3, `${common} in common`);
    const edited = new Set(digestsIn(sketch(...all.map((each, n) => (n < 100 ? each : each.slice(1))))));
    assert.ok(whole.some((digest) => edited.has(digest)));
  });
});
