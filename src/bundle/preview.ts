/** What a submitter reads before a bundle is written: everything that will be published, as text. */
import { isIpv4, isMac } from '../frame/address.js';
import { deviceFacts, deviceName, outcomeWords, statusWord } from '../report/words.js';
import { outcomes } from '../result.js';
import type { SigningKey } from './keys.js';
import type { Draft } from './submit.js';

/** Of each kind of address, so many are shown. */
const shownOfAKind = 12;
const longestText = 160;

/** The lines of the preview. */
export function previewOf(draft: Draft, key: SigningKey | undefined): string[] {
  const { subject, result, path, manifest, size, replaced, renamed } = draft;
  const { organisation, relation, contractedBy } = subject.tester;
  const counts = outcomes
    .map((outcome) => ({ outcome, count: result.cases.filter((one) => one.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${outcomeWords[outcome].word}`);
  const { symbol, word } = statusWord(result);
  return [
    'This will be published:',
    '',
    row('device', deviceName(subject.device)),
    ...deviceFacts(subject.device).map(({ term, value }) => row(term, value)),
    row(
      'tester',
      `${organisation}, ${relation}${contractedBy === undefined ? '' : `, paid by ${contractedBy}`}`,
    ),
    row('key', key ? `${key.fingerprint} (${key.from})` : 'none: a preview, which counts for nothing'),
    row('verdict', `${symbol} ${word}`),
    row('cases', counts.join(', ')),
    row('run', `${result.run.id}, ${result.run.startedAt}, suite ${result.suite.version}`),
    row('files', `${manifest.files.length}, ${megabytes(size)}`),
    row('folder', path),
    '',
    'Texts that you should read before anyone else does:',
    row('bench', result.bench.name),
    ...Object.entries(result.environment).map(([name, value]) => row(name, value)),
    ...result.bench.ports.map(({ name, nic }) => row(`port ${name}`, nic)),
    ...result.preflight.map(({ id, text }) => row(id, text)),
    ...[...renamed]
      .slice(0, shownOfAKind)
      .flatMap(([from, to]) => [row('instead of', shortened(from)), row('now', shortened(to))]),
    ...more(renamed.size),
    '',
    ...replacementLines([...replaced]),
  ];
}

function replacementLines(replaced: readonly (readonly [from: string, to: string])[]): string[] {
  if (replaced.length === 0) return ['No address had to be replaced.'];
  const kinds = [
    { name: 'MAC', of: replaced.filter(([from]) => isMac(from)) },
    { name: 'IPv4', of: replaced.filter(([from]) => isIpv4(from)) },
    { name: 'IPv6', of: replaced.filter(([from]) => !isMac(from) && !isIpv4(from)) },
  ];
  return [
    'Addresses that are replaced, in every capture and text (the real ones are shown here only):',
    ...kinds.flatMap(({ name, of }) => [
      ...of.slice(0, shownOfAKind).map(([from, to]) => row(name, `${from} → ${to}`)),
      ...more(of.length),
    ]),
  ];
}

const more = (count: number) => (count > shownOfAKind ? [row('', `… and ${count - shownOfAKind} more`)] : []);

const widest = 14;
const row = (term: string, value: string) => `  ${term.padEnd(widest)}  ${value}`;

const shortened = (text: string) => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

const megabytes = (octets: number) =>
  octets < 1e6 ? `${Math.ceil(octets / 1000)} kB` : `${(octets / 1e6).toFixed(1)} MB`;
