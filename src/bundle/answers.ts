/** What a submitter has to say beyond what the run knows: each answer with its check. Nobody is asked for a name or a mail
 *  address of a person. */
import * as v from 'valibot';
import { addressesInText, hostsInText } from './address-texts.js';
import { limits } from './layout.js';
import { isPublishable } from './publishable.js';
import { printable } from './refusals.js';
import { LineSchema, relations, type Tester } from './schema.js';
import { misspelling } from './spelling.js';

/** An answer that can't be used, with what would do. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

export interface Question<T> {
  /** What it is asked by on a terminal. */
  readonly text: string;
  /** The option that answers it elsewhere. */
  readonly option: string;
  /** An empty answer says that there is none. */
  readonly optional?: boolean;
  /** Throws an AnswerError. */
  readonly parse: (answer: string) => T;
  /** An answer as it would be typed. */
  readonly format: (value: T) => string;
}

/** What people write where they know nothing yet. */
const placeholders: ReadonlySet<string> = new Set([
  ...[
    'unknown',
    '?',
    '??',
    '???',
    '-',
    'todo',
    'tbd',
    'fixme',
    'n/a',
    'na',
    'none',
    'xxx',
    'foo',
    'test',
    'example',
  ],
  ...[
    'my switch',
    'my host',
    'my router',
    'my nic',
    'switch',
    'host',
    'router',
    'nic',
    'device',
    'vendor',
    'model',
  ],
  ...[
    'firmware',
    'version',
    'organisation',
    'organization',
    'company',
    'my company',
    'me',
    'myself',
    'anonymous',
  ],
]);

const isPlaceholder = (text: string) =>
  placeholders.has(
    text
      .toLowerCase()
      .replace(/^[<[(]|[>\])]$/g, '')
      .trim(),
  );

interface LineOptions {
  readonly mayLookLikeAddress?: boolean;
  /** Characters. */
  readonly most?: number;
}

/** One line that may be published. Throws an AnswerError. */
function line(
  text: string,
  { mayLookLikeAddress = false, most = limits.nameLength }: LineOptions = {},
): string {
  const answer = text.trim().replace(/\s+/g, ' ');
  if (!v.is(LineSchema, answer) || answer.length > most)
    throw new AnswerError(`use 1 to ${most} characters on one line`);
  if (isPlaceholder(answer)) throw new AnswerError(`'${answer}' says nothing: it is what the list will show`);
  if (hostsInText(answer).length > 0) {
    throw new AnswerError(
      `'${answer}' holds a login or a mail address, which is never published: leave it out`,
    );
  }
  const real = mayLookLikeAddress ? undefined : addressesInText(answer).find((one) => !isPublishable(one));
  if (real !== undefined) throw new AnswerError(`'${answer}' holds the address ${real}: leave it out`);
  return answer;
}

/** What tells a device or a party from others. Throws an AnswerError. */
function name(text: string, options?: LineOptions): string {
  const answer = line(text, options);
  const wrong = misspelling(answer);
  if (wrong !== undefined) throw new AnswerError(`'${printable(answer)}' ${wrong}`);
  return answer;
}

const asIs = (text: string) => text;
const version = { parse: (text: string) => name(text, { mayLookLikeAddress: true }), format: asIs };
const ofDevice = { parse: (text: string) => name(text, { most: limits.deviceNameLength }), format: asIs };
const words = { parse: (text: string) => name(text), format: asIs };

export const questions = {
  vendor: { text: 'Vendor of the device', option: '--vendor', ...ofDevice },
  model: { text: 'Model, as the vendor sells it', option: '--model', ...ofDevice },
  hardware: { text: 'Hardware revision', option: '--hardware', optional: true, ...version },
  firmware: { text: 'Exact firmware version', option: '--firmware', ...version },
  conditions: {
    text: 'Conditions that matter, like port-security=off, mode=access',
    option: '--condition',
    optional: true,
    parse: parseConditions,
    format: formatConditions,
  },
  organisation: { text: 'Your organisation, as the list shall name it', option: '--organisation', ...words },
  relation: {
    text: `What it is to the device (${relations.join(', ')})`,
    option: '--relation',
    parse: parseRelation,
    format: asIs,
  },
  contractedBy: {
    text: 'Who paid for the test, if it was somebody else',
    option: '--contracted-by',
    optional: true,
    ...words,
  },
  benchName: {
    text: 'Name of the bench, as it will be published',
    option: '--bench-name',
    parse: (text: string) => line(text),
    format: asIs,
  },
} as const;

function parseRelation(text: string): Tester['relation'] {
  const found = relations.find((relation) => relation === text.trim().toLowerCase());
  if (!found) throw new AnswerError(`'${text.trim()}' is none of ${relations.join(', ')}`);
  return found;
}

function parseConditions(text: string): Record<string, string> {
  const conditions = new Map<string, string>();
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (key.trim() === '' || value.trim() === '') {
      throw new AnswerError(
        `'${part.trim()}' is no condition: write them as name=value, with commas between`,
      );
    }
    if (conditions.has(name(key))) throw new AnswerError(`'${key.trim()}' is given twice`);
    // Here `none` and `unknown` are answers: the name says to what.
    conditions.set(name(key), isPlaceholder(value) ? value.trim() : name(value));
  }
  return Object.fromEntries(conditions);
}

function formatConditions(conditions: Record<string, string>): string {
  return Object.entries(conditions)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** Why a bundle is withdrawn. Throws an AnswerError. */
export function parseReason(text: string): string {
  const reason = text.trim();
  if (reason === '' || reason.length > limits.textLength) {
    throw new AnswerError(`--reason: use 1 to ${limits.textLength} characters.`);
  }
  if (hostsInText(reason).length > 0 || addressesInText(reason).some((one) => !isPublishable(one))) {
    throw new AnswerError(
      '--reason holds a mail address, a login or a real address, and it is published: leave that out.',
    );
  }
  return reason;
}
