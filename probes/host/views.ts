/** The two views of a host's belief, from outside and its own cache: what each says, when it came to that, and whether
 *  they agree. Every host case shows both. */
import { decodeFrame } from '../../src/frame/index.js';
import {
  addressOf,
  between,
  departureNs,
  type Finding,
  type Measurement,
  type Recording,
} from '../../src/probe.js';
import { askedNs, type Belief, isAnswer, requestsOf, verdictWords } from './belief.js';
import { type Roles, roles } from './cast.js';

/** What the host's own cache said last about V; undefined where it can't be read. */
export function cacheBelief(
  recording: Recording,
  names: Roles = roles,
): { belief: Belief | 'absent'; state: string | null } | undefined {
  const service = addressOf(recording, names.service);
  // A note: the cache was lost from view, and what it held before that says nothing of after.
  const last = recording.events.findLast(
    (event) => event.kind === 'note' || (event.kind === 'neighbour' && event.address === service),
  );
  if (last?.kind !== 'neighbour') return undefined;
  const { mac, state } = last;
  if (mac === null) return { belief: 'absent', state };
  if (mac === addressOf(recording, names.old)) return { belief: 'old', state };
  return { belief: mac === addressOf(recording, names.new) ? 'new' : 'other', state };
}

/** Which takeover of the case: its roles, and what its labels end with. */
export interface Which {
  readonly names?: Roles;
  readonly suffix?: string;
  /** How long it took from outside, where something else than its answers shows that. */
  readonly followed?: readonly Measurement[];
}

/** What a judgement says of both views; spread it into what the judge says. */
export interface Views {
  readonly findings: Finding[];
  readonly qualifiers: string[];
  readonly measurements: Measurement[];
  /** Why what was seen from outside may be an accident. */
  readonly doubt?: 'lost' | 'displaced';
}

/** The two views side by side; they disagree when the cache holds one owner and the frames go to the other. */
export function views(recording: Recording, outside: Belief, which: Which = {}): Views {
  const { names = roles, suffix = '' } = which;
  const inside = cacheBelief(recording, names);
  const seen: Finding = {
    id: 'outside',
    holds: outside !== 'silent',
    text: `from outside: ${verdictWords[outside]}`,
  };
  const followedOutside = [...(which.followed ?? followedFromOutside(recording, names, suffix))];
  if (!inside) {
    const text = lostView(recording) ?? 'its own cache was not read';
    return {
      findings: [seen, { id: 'cache', holds: null, text }],
      qualifiers: [],
      measurements: followedOutside,
      ...doubtOf(outside),
    };
  }
  const text = `its cache: ${inside.belief === 'absent' ? 'no entry' : `${inside.belief} owner`}${inside.state ? ` (${inside.state})` : ''}`;
  // After it asked again the cache holds the answer: that is agreement.
  const comparable = outside !== 'silent' && outside !== 'observer';
  const agree = !comparable || outside === inside.belief || (outside === 'asked' && inside.belief !== 'old');
  const findings = [
    seen,
    { id: 'cache', holds: true, text },
    { id: 'views-agree', holds: agree, text: agree ? 'both views agree' : 'the two views disagree' },
  ];
  return {
    findings,
    qualifiers: agree ? [] : [`deviation: from outside ${outside}, in the cache ${inside.belief}`],
    measurements: [...followedOutside, ...followedInCache(recording, names, suffix)],
    ...doubtOf(outside),
  };
}

/** What had no effect may not have reached the host; and an entry that is gone may have made room for another. */
function doubtOf(outside: Belief): Pick<Views, 'doubt'> {
  if (outside === 'old') return { doubt: 'lost' };
  return outside === 'asked' ? { doubt: 'displaced' } : {};
}

/** Why the cache is out of sight, as the run noted it. */
function lostView(recording: Recording): string | undefined {
  const note = recording.events.findLast(({ kind }) => kind === 'note');
  return note?.kind === 'note' ? note.text : undefined;
}

/** The names under which reports find them. */
export const followedNames = {
  outside: 'followed, from outside',
  cache: 'followed, in its cache',
} as const;

/** From the announcement's departure until the host's frames went to NEW: after the last question that it answered to
 *  OLD, and before its first answer to NEW. Empty where it never did. */
function followedFromOutside(recording: Recording, names: Roles, suffix: string): Measurement[] {
  const announcedNs = departureNs(recording, `announce${suffix}`);
  if (announcedNs === undefined) return [];
  const service = addressOf(recording, names.service);
  const host = addressOf(recording, service.includes(':') ? 'host-ipv6' : 'host-ipv4');
  const asked = new Map(
    [`follow${suffix}`, `after${suffix}`].flatMap((label) => [...requestsOf(recording, label)]),
  );
  const answers = recording.frames.flatMap(({ direction, atNs, bytes }) => {
    const decoded = decodeFrame(bytes);
    if (direction !== 'in' || !isAnswer(decoded, { service, host }, asked)) return [];
    return [{ atNs, askedNs: askedNs(decoded, asked, announcedNs), owner: decoded.ethernet?.destination }];
  });
  const first = answers.find(({ owner }) => owner === addressOf(recording, names.new));
  if (first === undefined) return [];
  const last = answers.findLast(
    ({ owner, atNs }) => atNs < first.atNs && owner === addressOf(recording, names.old),
  );
  // The answer to OLD was decided on after the question, and before it was seen.
  return [
    interval(followedNames.outside, (last?.askedNs ?? announcedNs) - announcedNs, first.atNs - announcedNs),
  ];
}

/** From the announcement's departure until the host's cache held NEW, by the host's own stream or by readings of it. */
function followedInCache(recording: Recording, names: Roles, suffix: string): Measurement[] {
  const announcedNs = departureNs(recording, `announce${suffix}`);
  if (announcedNs === undefined) return [];
  const service = addressOf(recording, names.service);
  const next = addressOf(recording, names.new);
  const held = recording.events.find(
    (event) =>
      event.kind === 'neighbour' &&
      event.address === service &&
      event.mac === next &&
      event.atNs + event.clockErrorNs >= announcedNs,
  );
  if (held?.kind !== 'neighbour') return [];
  // A reading tells that it was so by then; since when, only the one before it, which did not show it yet.
  const lowNs = held.source === 'stream' ? held.atNs - held.clockErrorNs : (held.previousNs ?? announcedNs);
  return [interval(followedNames.cache, lowNs - announcedNs, held.atNs + held.clockErrorNs - announcedNs)];
}

const interval = (name: string, lowNs: number, highNs: number): Measurement =>
  between(name, Math.max(0, lowNs) / 1e6, Math.max(0, highNs) / 1e6);
