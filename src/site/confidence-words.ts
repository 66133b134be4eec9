/** How far an entry of the list can be relied on, in sentences. Pure. */
import type { Entry } from '../list/schema.js';
import { plural } from '../report/words.js';
import { dayOf, staleness } from './list-words.js';

/** @param now ISO 8601 */
export function confidenceSentences(entry: Entry, now: string): string[] {
  const { tier, parties, runs, lastTested, staleAfter } = entry.confidence;
  const stale = staleness(entry, now);
  return [
    `Confidence ${tier} of 3. ${tierSentence(tier, parties)}`,
    runs === 0
      ? 'No run that counts settles a must.'
      : `${plural(runs, 'run')} ${runs === 1 ? 'counts' : 'count'}; all that decides was last tested on ${dayOf(lastTested)}.`,
    ...(runs === 0
      ? []
      : [stale ?? `It is taken as current until ${dayOf(staleAfter)}, 18 months after that.`]),
  ];
}

function tierSentence(tier: Entry['confidence']['tier'], parties: readonly string[]): string {
  const named = namesText(parties);
  if (tier === 0) return 'Nothing signed settles a must yet, so nothing here can be relied on.';
  if (tier === 1) return `${named} signed it; nobody independent has repeated it.`;
  if (tier === 2) return `${named}, independent of each other, tested it.`;
  return `This project has reproduced it${parties.length > 1 ? `; tested by ${named}` : ''}.`;
}

/** `A, B and C`. */
function namesText(names: readonly string[]): string {
  const last = names.at(-1) ?? 'Nobody';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** What the status means for somebody who wants to use the device. Undefined where `statusSentence` tells. */
export function meaningSentence({ status, device }: Pick<Entry, 'status' | 'device'>): string | undefined {
  const does = device.kind === 'nic' ? 'it takes over an address' : 'it follows a takeover';
  const setUp = 'With this firmware and these settings';
  const sentences: Readonly<Partial<Record<Entry['status'], string>>> = {
    compliant: `${setUp} ${does} as it must.`,
    'compliant-with-notes': `${setUp} ${does} as it must; what to look out for stands below.`,
    'non-compliant': `${setUp} not every takeover ends as it must: what that costs stands below.`,
    inconclusive: 'Not all that must hold could be told: test it yourself before you rely on it.',
  };
  return sentences[status];
}

/** The one sentence under an entry's status: what decided it. Undefined where its cases tell. */
export function statusSentence({ status, disputed, failing, submissions }: Entry): string | undefined {
  if (status === 'disputed') {
    const only = failing.length === 0 ? 'Nothing else that must hold failed.' : '';
    return `${plural(disputed.length, 'must')} came out differently with different parties. ${only}`.trim();
  }
  if (status === 'withdrawn') return 'Every report of it was withdrawn, so nothing is said of it.';
  if (status !== 'untested') return undefined;
  const some = (how: Entry['submissions'][number]['standing']) =>
    submissions.some(({ standing }) => standing === how);
  if (some('quarantined'))
    return 'What was submitted is held back, for what is told beside it: nothing is said of it.';
  if (some('duplicate')) return 'What was submitted is another device’s evidence, so nothing is said of it.';
  return 'What was submitted is not signed: it is shown as a preview, and counts for nothing.';
}
