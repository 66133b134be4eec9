/** JSON of strangers: bounded before it is parsed, and nothing in it that a reader would trip over. */
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
  /** UTF-16 code units of any text, keys too. */
  readonly textLength: number;
}

const bundleJson: JsonBounds = {
  bytes: limits.jsonBytes,
  depth: limits.jsonDepth,
  textLength: limits.textLength,
};

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value in a file's octets. Throws a JsonError. */
export function parseJson(bytes: Uint8Array, bounds: JsonBounds = bundleJson): unknown {
  if (bytes.length > bounds.bytes) {
    throw new JsonError('json-bounds', `has ${bytes.length} octets, and ${bounds.bytes} are the most`);
  }
  const keys = scan(bytes, bounds.depth);
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(bytes));
  } catch (error) {
    throw new JsonError('json', `is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  // Of a key that stands twice, JSON.parse keeps the last: another reader might keep the first.
  if (check(value, bounds.textLength) !== keys) throw new JsonError('json', 'has an object with a key twice');
  return value;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** How many keys there are, told from the octets alone. Throws for nesting that is too deep. */
function scan(bytes: Uint8Array, depthMax: number): number {
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at];
    if (octet === quote) at = stringEnd(bytes, at);
    else if (octet === colon) keys++;
    else if (octet === closeArray || octet === closeObject) depth--;
    else if (octet === openArray || octet === openObject) {
      depth++;
      if (depth > depthMax) {
        throw new JsonError('json-bounds', `is nested more than ${depthMax} deep`);
      }
    }
  }
  return keys;
}

/** Where the quote stands that ends the string which begins at `start`. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

/** Names with which an object's own machinery can be reached. */
const machinery: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Control characters but for line ends and tabs; marks, embeddings and isolates of direction; halves of pairs. */
const unwritable = /[^\P{Cc}\n\r\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

/** How many keys the value has, all in all. Its depth is bounded by now. */
function check(value: unknown, textMax: number): number {
  if (typeof value === 'string') checkText(value, textMax);
  // JSON.parse reads 1e999 as infinity.
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new JsonError('json', 'has a number beyond what JavaScript can hold');
  }
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) {
    let keys = 0;
    for (const item of value) keys += check(item, textMax);
    return keys;
  }
  let keys = 0;
  for (const [key, item] of Object.entries(value)) {
    checkText(key, textMax);
    if (machinery.includes(key)) throw new JsonError('json-key', `has a key '${key}'`);
    keys += 1 + check(item, textMax);
  }
  return keys;
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
