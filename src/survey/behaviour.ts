/** What one host did about one stimulus, told from its sightings alone. */
import { type Belief, verdictWords } from '../../probes/host/belief.js';
import type { Round } from './plan.js';
import type { Behaviour } from './result.js';
import type { Players, SeenHost, Sighting, Sightings } from './sightings.js';
import { isTaught, type Stimulus } from './stimuli.js';

/** Linux's locktime (arp(7)), and what is known of others: a second. */
const lockNs = 1e9;

type Answer = Extract<Sighting, { kind: 'answer' }>;
const isAnswer = (sighting: Sighting): sighting is Answer => sighting.kind === 'answer';

export interface Question {
  readonly sightings: Sightings;
  readonly players: Players;
  readonly host: SeenHost;
  /** The V of which nothing is said. */
  readonly silence: string;
}

/** What was seen of V during a round. What a host answers to an earlier one belongs to none. */
export function seenIn({ host }: Question, { service, fromNs, toNs }: Round): Sighting[] {
  return host
    .about(service)
    .filter((s) => s.atNs >= fromNs && s.atNs < toNs && (!isAnswer(s) || s.pingedNs >= fromNs));
}

/** When the host was told of V in a round; undefined: it was not. */
export function toldNs(question: Question, stimulus: Stimulus, round: Round): number | undefined {
  const seen = seenIn(question, round);
  if (stimulus.toEach) return seen.find(({ kind }) => kind === 'told')?.atNs;
  // What was said before it was taught V was said to others.
  const taught = isTaught(stimulus)
    ? seen.find((s) => s.kind === 'ping' && s.stage === 'before')?.atNs
    : round.fromNs;
  const times = question.sightings.announcedNs(round.service);
  return taught === undefined ? undefined : times.find((atNs) => atNs > taught && atNs < round.toNs);
}

/** @param round undefined: the survey did not come to it */
export function behaviourOf(question: Question, stimulus: Stimulus, round: Round | undefined): Behaviour {
  const open = (text: string): Behaviour => ({ stimulus: stimulus.id, belief: null, text });
  const { players } = question;
  const told = round && toldNs(question, stimulus, round);
  if (round === undefined || told === undefined) return open('not asked');
  const seen = seenIn(question, round);
  const before = seen.filter(({ atNs }) => atNs < told);
  if (isTaught(stimulus)) {
    const why = notEstablished(before, players) ?? untimely(stimulus, before, told);
    if (why !== undefined) return open(why);
  }
  const belief = beliefAfter(seen, told, players);
  if (belief === 'silent') return open(verdictWords.silent);
  if (belief === 'asked' && isTaught(stimulus)) {
    const why = forgetful(question, told, seen);
    if (why !== undefined) return open(why);
  }
  return { stimulus: stimulus.id, belief, text: words(stimulus, belief) };
}

/** The station that V's frames go to. */
export function stationOf(mac: string, players: Players): Belief {
  if (mac === players.old) return 'old';
  if (mac === players.new) return 'new';
  return mac === players.observer ? 'observer' : 'other';
}

function notEstablished(before: readonly Sighting[], players: Players): string | undefined {
  const last = before.findLastIndex((s) => isAnswer(s) && s.stage === 'before');
  const answer = before[last];
  if (!answer || !isAnswer(answer)) return verdictWords.silent;
  const station = stationOf(answer.to, players);
  if (station !== 'old') return `its old state was not real: it ${verdictWords[station]}`;
  const forgot = before.slice(last).some(({ kind }) => kind === 'question');
  return forgot ? 'it did not keep the entry that it had just been taught' : undefined;
}

/** Whether the entry had the age that the stimulus is about. */
function untimely({ age }: Stimulus, before: readonly Sighting[], told: number): string | undefined {
  if (age === 'any') return undefined;
  const changes = before.filter((s) => s.kind === 'lesson' || (age === 'settled' && isAnswer(s)));
  const oldNs = told - (changes.at(-1)?.atNs ?? told);
  const timely = age === 'fresh' ? oldNs < lockNs : oldNs >= lockNs;
  return timely ? undefined : `the entry was ${(oldNs / 1e6).toFixed(0)} ms old: the survey was late`;
}

/** As in the suite: a host that asks again, even before it was pinged, has dropped its entry. */
function beliefAfter(seen: readonly Sighting[], told: number, players: Players): Belief {
  for (const sighting of seen) {
    if (sighting.atNs <= told) continue;
    if (sighting.kind === 'question') return 'asked';
    if (isAnswer(sighting) && sighting.pingedNs > told) return stationOf(sighting.to, players);
  }
  return 'silent';
}

/** A host that asks again may only have lost the entry; then it loses others too, of which nothing was said. */
function forgetful({ host, silence }: Question, told: number, seen: readonly Sighting[]): string | undefined {
  const asked = seen.find(({ kind, atNs }) => kind === 'question' && atNs > told)?.atNs ?? told;
  const held = host.about(silence).find((s) => isAnswer(s) && s.pingedNs > asked);
  if (!held) return 'it asked again, and whether it only forgets was not seen';
  const lost = host.about(silence).some((s) => s.kind === 'question' && s.atNs > told && s.atNs <= held.atNs);
  return lost
    ? 'it asked again, as it did for an address of which nothing was said: it forgets entries'
    : undefined;
}

function words({ kind }: Stimulus, belief: Belief): string {
  if (kind === 'unknown' && belief === 'asked') return 'creates no entry: asks';
  if (kind === 'unknown' && belief === 'new') return 'creates an entry';
  if (kind === 'harmless' && belief === 'old') return 'unchanged';
  return verdictWords[belief];
}
