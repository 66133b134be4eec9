/** JSON of strangers: bounded before it is parsed, and nothing in it that a reader would trip over. */
import { isUtf8 } from 'node:buffer';
import type { Refusal } from './bundle.js';
import { limits } from './layout.js';
import { type RefusalCode, refusal } from './refusals.js';

export class JsonError extends Error {
  override readonly name = 'JsonError';
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }
  /** @param file the file's name, as the sentence begins with it. */
  refusal(file: string): Refusal {
    return refusal(this.code, `${file} ${this.message}`);
  }
}

export interface JsonBounds {
  readonly bytes: number;
  readonly depth: number;
  /** Values all in all: each takes memory, however few octets spell it. */
  readonly nodes: number;
  /** UTF-16 code units of any text, keys too. */
  readonly textLength: number;
}

const bundleJson: JsonBounds = {
  bytes: limits.jsonBytes,
  depth: limits.jsonDepth,
  nodes: limits.jsonNodes,
  textLength: limits.textLength,
};

/** The value in a file's octets. Throws a JsonError. */
export function parseJson(bytes: Uint8Array, bounds: JsonBounds = bundleJson): unknown {
  if (bytes.length > bounds.bytes) {
    throw new JsonError('json-bounds', `has ${bytes.length} octets, and ${bounds.bytes} are the most`);
  }
  const { keys, ordinary } = scan(bytes, bounds);
  if (!isUtf8(bytes)) throw new JsonError('json', 'is not JSON: its octets are no UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (error) {
    throw new JsonError('json', `is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  if (!ordinary) checkTexts(value, bounds.textLength);
  // Of a key that stands twice, JSON.parse keeps the last: another reader might keep the first.
  if (countKeys(value) !== keys) throw new JsonError('json', 'has an object with a key twice');
  return value;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** 1 for each octet that says something, between texts and within one: a table is half the work of comparing. */
const betweenTexts = octetsOf(quote, colon, comma, openArray, closeArray, openObject, closeObject);
const withinText = octetsOf(quote, backslash, ...Array.from({ length: 0x81 }, (_, n) => 0x7f + n));

function octetsOf(...octets: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const octet of octets) table[octet] = 1;
  return table;
}

interface Scanned {
  /** How many keys there are. */
  readonly keys: number;
  /** Whether no text, keys too, needs a look: see `endOfText`. */
  readonly ordinary: boolean;
}

/** What can be told from the octets alone. Throws for nesting that is too deep, and for too many values. */
function scan(bytes: Uint8Array, { depth: depthMax, nodes: nodesMax, textLength }: JsonBounds): Scanned {
  let depth = 0;
  let keys = 0;
  /** A value stands behind each comma, and before the first one of each array and object. */
  let nodes = 1;
  let ordinary = true;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at] as number;
    if (betweenTexts[octet] === 0) continue;
    if (octet === quote) {
      const end = endOfText(bytes, at);
      // There are at least as many octets as UTF-16 code units.
      if (end < 0 || end - at - 1 > textLength) ordinary = false;
      at = Math.abs(end);
    } else if (octet === colon) keys++;
    else if (octet === comma) nodes++;
    else if (octet === closeArray || octet === closeObject) depth--;
    else {
      depth++;
      nodes++;
      if (depth > depthMax) {
        throw new JsonError('json-bounds', `is nested more than ${depthMax} deep`);
      }
    }
  }
  if (nodes > nodesMax) {
    throw new JsonError('json-bounds', `has more than ${nodesMax} values`);
  }
  return { keys, ordinary };
}

/** Where the quote stands that ends the text which begins at `start`; negative where the text has more than printable ASCII,
 *  the marks below and plain escapes, so that it has to be looked at for `unwritable` characters. */
function endOfText(bytes: Uint8Array, start: number): number {
  let sign = 1;
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const octet = bytes[at] as number;
    if (withinText[octet] === 0) continue;
    if (octet === quote) break;
    if (octet === backslash) {
      at++;
      if (!plainEscapes.has(bytes[at])) sign = -1;
    } else if (isMark(bytes, at)) at += octet === 0xc2 ? 1 : 2;
    else sign = -1;
  }
  return sign * at;
}

/** The escapes of a quote, a backslash, a slash, line ends and tabs. */
const plainEscapes: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/nrt'));

/** The last octets of – — ‘ ’ “ ” … in UTF-8, which all begin with E2 80. */
const marks: ReadonlySet<number | undefined> = new Set([0x93, 0x94, 0x98, 0x99, 0x9c, 0x9d, 0xa6]);

/** Whether here stands µ or one of the marks, with which the harness's own sentences are written. */
function isMark(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0xc2) return bytes[at + 1] === 0xb5;
  return bytes[at] === 0xe2 && bytes[at + 1] === 0x80 && marks.has(bytes[at + 2]);
}

/** Names with which an object's own machinery can be reached. */
const machinery: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Control characters but for line ends and tabs; marks, embeddings and isolates of direction; halves of pairs. */
const unwritable = /[^\P{Cc}\n\r\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

/** How many keys the value has, all in all. Its depth is bounded by now. */
function countKeys(value: unknown): number {
  // JSON.parse reads 1e999 as infinity.
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new JsonError('json', 'has a number beyond what JavaScript can hold');
  }
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item);
    return keys;
  }
  const object = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(object)) {
    if (machinery.includes(key)) throw new JsonError('json-key', `has a key '${key}'`);
    keys += 1 + countKeys(object[key]);
  }
  return keys;
}

/** Looks at every text, keys too. */
function checkTexts(value: unknown, textMax: number): void {
  if (typeof value === 'string') checkText(value, textMax);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    checkText(key, textMax);
    checkTexts(item, textMax);
  }
}

function checkText(text: string, textMax: number): void {
  if (text.length > textMax) {
    throw new JsonError(
      'json-bounds',
      `has a text of ${text.length} characters, and ${textMax} are the most`,
    );
  }
  const found = unwritable.exec(text)?.[0];
  if (found !== undefined) {
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new JsonError('text', `has the character U+${code} in a text`);
  }
}
