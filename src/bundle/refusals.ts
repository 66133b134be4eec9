/** Every reason for which a bundle, or a file beside the bundles, is refused, with its mend. docs/bundles.md shows this table. */
import type { Refusal } from './bundle.js';

/** By code, which is fixed. */
export const refusalMends = {
  'no-bundle': 'name a folder <vendor>/<model>/<run> that holds manifest.json',
  name: 'use letters, digits, dots, hyphens and underscores, and no dot at either end',
  'name-collision': 'rename one of them: on many systems they are one file',
  'not-a-file': 'replace it by the file itself: links, pipes, sockets and devices are not followed',
  'too-large': 'leave out what is no evidence of the run, or split the run with --grep',
  unreadable: 'let whoever checks the bundle read its folders and files',
  changed: 'let nothing write to the folder, and try again',
  missing: 'copy the whole folder again',
  unlisted: 'remove it, or submit the run again: a bundle holds what its manifest lists, and nothing else',
  size: 'copy the file again, or submit the run again',
  digest: 'copy the file again, or submit the run again',
  'path-escapes': 'name files relative to the bundle, with slashes, without `.` and `..`',
  json: 'copy the file again; it must be UTF-8 JSON, each key of an object once, numbers finite',
  'json-bounds': 'submit the run again with this version: what it writes stays far below the limits',
  'json-key': 'rename the key: names that JavaScript keeps for itself are not read',
  text: 'write it without control characters and without those that turn the direction of writing',
  schema: 'submit the run again with this version, which writes what the schema asks',
  manifest: 'submit the run again: each file stands once, and nothing but the run',
  'evidence-place': 'submit the run again: an attempt’s evidence lies below evidence/<case>/<number>/',
  'evidence-unlisted':
    'submit the run again: what the result names must be in the manifest, with the same digest',
  'evidence-unnamed': 'submit the run again: what no attempt names is no evidence',
  'evidence-shared': 'submit the run again: each attempt has a recording of its own',
  device:
    'write names in few plain characters: a word in one script, one space between words, Unicode in form NFC',
  'device-size': 'name the conditions that matter, in few words',
  kind: 'submit the run of a device of that kind',
  run: 'submit the run as it was written',
  cases: 'submit the run as it was written: every case once, of the device’s kind and of a listed probe',
  nothing: 'submit a run that put at least one case to the device',
  time: 'set the clock right and run again; a run begins before it ends, and is submitted after that',
  future: 'set the clock right, and submit the run again',
  signature: 'sign manifest.json again, as it is now, with `takeover submit` or `ssh-keygen -Y sign`',
  'signature-namespace': 'sign with `ssh-keygen -Y sign -n takeover-bundle`',
  'signature-kind': 'sign with an Ed25519, ECDSA, FIDO or RSA key (2048 bits at least, SHA-2)',
  'unknown-key': 'ask the project to add the key to allowed_signers, or sign with one that is there',
  'key-date': 'sign with a key that is valid now, or ask the project for a new term',
  unsigned: 'sign it: `takeover submit --key FILE`',
  party: 'have the project add the principal to parties.json',
  tester: 'name organisation, relation and whoever paid as parties.json has them, or sign with your own key',
  withdrawal: 'withdraw with `takeover withdraw`, signed by whoever submitted the bundle or by the project',
  address: 'submit the run again: `takeover submit` replaces addresses of your network and hardware',
  path: 'move the bundle there',
  repeated:
    'submit a run of your own; where the run is yours, ask the project to have the other one withdrawn',
  verdict: 'submit the run again as it was judged: what its evidence does not show can’t be claimed',
  'allowed-signers': 'mend the line: `name namespaces="takeover-bundle" ssh-ed25519 AAAA…`',
  parties: 'mend parties.json; schemas/parties.schema.json says how',
} as const;

export type RefusalCode = keyof typeof refusalMends;

/** `what` without a full stop: the mend follows. */
export function refusal(code: RefusalCode, what: string): Refusal {
  return { code, text: `${printable(what)}; ${refusalMends[code]}.` };
}

const longest = 500;

/** A stranger's text as it may be shown in a terminal: what would move the cursor or turn the writing is spelt out. */
export function printable(text: string): string {
  const spelt = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `<U+${code}>`;
  });
  return spelt.length > longest ? `${spelt.slice(0, longest)}…` : spelt;
}
