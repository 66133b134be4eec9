import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JsonError, parseJson } from '../../src/bundle/bounded-json.js';

/** As the rule for texts says it: control characters but for line ends and tabs, marks of direction, halves of pairs. */
const unwritable = /[^\P{Cc}\n\r\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;
const bounds = { bytes: 100_000, depth: 8, nodes: 2_000, textLength: 1_000 };
const parse = (text: string) => parseJson(Buffer.from(text), bounds);

const isRefused = (text: string): boolean => {
  try {
    assert.deepEqual(parse(text), JSON.parse(text));
    return false;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return true;
  }
};

/** Every octet of UTF-8 spelt out, or as JSON may: `\u202e`. */
const escaped = (text: string) =>
  text.replace(/[\ud800-\udfff]|[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const characters = fc.constantFrom(
  ...[
    'a',
    ' ',
    '"',
    '\\',
    '/',
    '\n',
    '\t',
    '\r',
    '’',
    '“',
    '…',
    '–',
    'µ',
    'é',
    '日',
    '𝄞',
    '\u00a0',
    '\u2028',
  ],
  ...[
    '\u0000',
    '\b',
    '\u007f',
    '\u0085',
    '\u009f',
    '\u061c',
    '\u200e',
    '\u200f',
    '\u202a',
    '\u202e',
    '\u2066',
  ],
  ...['\u2069', '\u2065', '\ud834', '\udd1e'],
);
const texts = fc
  .tuple(fc.integer({ min: 0, max: 600 }), fc.string({ unit: characters, maxLength: 6 }))
  .map(([before, text]) => 'x'.repeat(before) + text);

describe('JSON of strangers', () => {
  it('is read as it is where nothing in it is unwritable, and refused where something is, however it is spelt', () => {
    fc.assert(
      fc.property(texts, texts, (key, text) => {
        const wanted = unwritable.test(key) || unwritable.test(text);
        for (const value of [{ [`${key}.`]: text }, [[text], { deep: { [`${key}.`]: 1 } }]]) {
          // UTF-8 has no halves of pairs; JSON.stringify escapes them.
          const json = JSON.stringify(value, null, 2);
          assert.equal(isRefused(json), wanted, json);
          const [open, ...rest] = JSON.stringify([key, text]).slice(1, -1).split('","');
          if (rest.length === 1)
            assert.equal(isRefused(`[${escaped(`${open}","${rest[0]}`)}]`), wanted, json);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('bounds a text by its characters, not by its octets', () => {
    assert.equal(isRefused(JSON.stringify('日'.repeat(bounds.textLength))), false);
    for (const letter of ['a', '日']) {
      assert.throws(() => parse(JSON.stringify([letter.repeat(bounds.textLength + 1)])), /1001 characters/);
      assert.throws(() => parse(JSON.stringify({ [letter.repeat(bounds.textLength + 1)]: 1 })), /1001 char/);
    }
  });

  it('takes only UTF-8, and no mark before it', () => {
    for (const octets of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xe2, 0x80],
    ])
      assert.throws(
        () => parseJson(Uint8Array.from(octets), bounds),
        /^JsonError: is not JSON: its octets are no UTF-8/,
      );
    assert.throws(() => parse('\ufeff{}'), /is not JSON/);
    for (const text of ['"\\’"', '’', '{"a": ’}', '["a"’]'])
      assert.throws(() => parse(text), /is not JSON/, text);
  });

  it('bounds how many values there are, however few octets they take', () => {
    const list = (length: number) => JSON.stringify(Array.from({ length }, () => 0));
    assert.equal(isRefused(list(bounds.nodes - 1)), false);
    assert.throws(() => parse(list(bounds.nodes)), /has more than 2000 values/);
    assert.throws(() => parse(`[${'{},'.repeat(bounds.nodes / 2)}0]`), /has more than 2000 values/);
  });

  it('counts keys, not colons within texts', () => {
    assert.deepEqual(parse('{"a": "b: \\"c\\": d", "e:": [{"f": ":"}]}'), {
      a: 'b: "c": d',
      'e:': [{ f: ':' }],
    });
    assert.throws(() => parse('{"a": [{"b": 1, "\\u0062": 2}]}'), /a key twice/);
  });
});
