/** What a survey's recording says of each host: pure and synchronous, so that anyone can judge it again. */
import { verdictWords } from '../../probes/host/belief.js';
import { contains } from '../bench/addresses.js';
import type { Recording } from '../evidence/recording.js';
import { adviceOf } from './advice.js';
import { behaviourOf, type Question, seenIn, stationOf, toldNs } from './behaviour.js';
import { fingerprintsIn } from './fingerprint-marks.js';
import { completeMark, type Plan, planOf, type Round, roleOf, roundsIn, watchRound } from './plan.js';
import type { Behaviour, Segment, SurveyedHost, Verdict } from './result.js';
import { createSightings, type Sighting, type Sightings } from './sightings.js';
import { type Stimulus, stimuliOf } from './stimuli.js';

export interface Judged {
  readonly segments: Segment[];
  /** Everything that was to be sent was sent. */
  readonly complete: boolean;
  readonly rate: { readonly limit: number; readonly busiest: number; readonly sent: number };
}

/** Throws an Error where the recording is not a survey's. */
export function judgeSurvey(recording: Recording): Judged {
  const plan = planOf(recording);
  const sightings = createSightings(plan.players);
  const sentNs: number[] = [];
  for (const frame of recording.frames) {
    sightings.note(frame);
    if (frame.direction === 'out') sentNs.push(frame.atNs);
  }
  const fingerprints = fingerprintsIn(recording);
  return {
    segments: plan.families.map((segment) => segmentOf(segment, plan, sightings, recording, fingerprints)),
    complete: recording.events.some((event) => event.kind === 'mark' && event.name === completeMark),
    rate: { limit: plan.rate, busiest: busiestSecond(sentNs), sent: sentNs.length },
  };
}

/** The most frames within any second. */
export function busiestSecond(sentNs: readonly number[]): number {
  let from = 0;
  let most = 0;
  for (const [index, atNs] of sentNs.entries()) {
    while ((sentNs[from] ?? atNs) <= atNs - 1e9) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

function segmentOf(
  { family, subnet }: Plan['families'][number],
  plan: ReturnType<typeof planOf>,
  sightings: Sightings,
  recording: Recording,
  fingerprints: ReturnType<typeof fingerprintsIn>,
): Segment {
  const rounds = roundsIn(recording);
  const table = stimuliOf(family).filter(({ kind }) => kind !== 'silence');
  const silence = recording.plan.addresses[roleOf(family, 'silence')] ?? '';
  const names = new Map(plan.named.map(({ address, name }) => [address, name]));
  const isOfSegment = (address: string) =>
    address.includes(':') === (family === 'ipv6') && contains(subnet, address, family);
  const seen = [...sightings.hosts.values()].filter(
    ({ address }) => isOfSegment(address) && (names.size === 0 || names.has(address)),
  );
  const hosts = seen.map((host): SurveyedHost => {
    const question = { sightings, players: plan.players, host, silence };
    const judged = hostOf(question, table, rounds);
    const fingerprint = fingerprints?.get(host.address);
    const told = family === 'ipv4' && fingerprints ? { fingerprint: fingerprint ?? null } : {};
    return { ...judged, name: names.get(host.address) ?? '', ...told };
  });
  const absent = [...names].filter(
    ([address]) => isOfSegment(address) && !seen.some((host) => host.address === address),
  );
  hosts.push(...absent.map(([address, name]) => absentHost(address, name, family)));
  hosts.sort(byAddress);
  const columns = table.map(({ id, heading, title, kind }) => ({
    id,
    heading,
    title,
    kind,
    service: rounds.get(id)?.service ?? null,
  }));
  return { family, subnet, columns, hosts, ...adviceOf(family, columns, hosts) };
}

const openHost = { echoMs: null, behaviours: [], asksAgain: null, notes: [] };

const absentHost = (address: string, name: string, family: string): SurveyedHost => ({
  ...openHost,
  address,
  mac: null,
  name,
  verdict: 'unjudged',
  reason: `can’t be judged: it does not answer ${family === 'ipv4' ? 'ARP' : 'neighbour solicitations'}, so it is off, or elsewhere`,
});

function hostOf(
  question: Question,
  table: readonly Stimulus[],
  rounds: ReadonlyMap<string, Round>,
): Omit<SurveyedHost, 'name'> {
  const { host, silence, players } = question;
  const notes =
    host.others.size > 0
      ? [`${[host.mac, ...host.others].join(' and ')} answer for it: two stations have one address`]
      : [];
  const control = host.about(silence);
  const answer = control.find((s) => s.kind === 'answer');
  const who = { address: host.address, mac: host.mac };
  const why = unjudgedFor(control, players);
  if (why !== undefined || answer === undefined) {
    const echoMs = answer ? (answer.atNs - answer.pingedNs) / 1e6 : null;
    return { ...openHost, ...who, echoMs, verdict: 'unjudged', reason: `can’t be judged: ${why}`, notes };
  }
  const judged = table.map((stimulus) => ({
    stimulus,
    behaviour: behaviourOf(question, stimulus, rounds.get(stimulus.id)),
  }));
  const again = asksAgain(question, table, rounds.get(watchRound));
  return {
    ...who,
    echoMs: (answer.atNs - answer.pingedNs) / 1e6,
    behaviours: judged.map(({ behaviour }) => behaviour),
    asksAgain: again,
    ...verdictOf(judged, again),
    notes: [...notes, ...notesOf(judged)],
  };
}

/** Why nothing can be seen of a host's cache; undefined: it can. */
function unjudgedFor(control: readonly Sighting[], players: Question['players']): string | undefined {
  const answers = control.filter((s) => s.kind === 'answer');
  if (answers.some(({ to }) => to === players.old)) return undefined;
  const [first] = answers;
  if (first === undefined) {
    return control.some(({ kind }) => kind === 'ping')
      ? 'it answers no echo request'
      : 'the survey ended before it was asked';
  }
  return stationOf(first.to, players) === 'observer'
    ? verdictWords.observer
    : 'it does not keep the entry that it is taught';
}

interface Judgement {
  readonly stimulus: Stimulus;
  readonly behaviour: Behaviour;
}

const follows = ({ behaviour: { belief } }: Judgement) => belief === 'new' || belief === 'asked';
const misses = ({ behaviour: { belief } }: Judgement) => belief === 'old';
const headings = (some: readonly Judgement[]) => some.map(({ stimulus }) => stimulus.heading).join('; ');

/** What failover software says to everybody decides, on an entry that is settled. */
function verdictOf(
  judged: readonly Judgement[],
  again: SurveyedHost['asksAgain'],
): { verdict: Verdict; reason: string } {
  const forms = judged.filter(({ stimulus }) => stimulus.kind === 'announcement' && stimulus.age !== 'fresh');
  const [yes, no] = [forms.filter(follows), forms.filter(misses)];
  const unseen = forms.length - yes.length - no.length;
  const but = unseen > 0 ? ` (${unseen} of ${forms.length} forms could not be seen)` : '';
  if (yes.length > 0 && no.length > 0)
    return { verdict: 'partly', reason: `follows only: ${headings(yes)}; ignores: ${headings(no)}${but}` };
  if (yes.length > 0) return { verdict: 'follows', reason: `follows${but}` };
  if (no.length > 0 && unseen === 0)
    return { verdict: 'misses', reason: `misses: stays with the old owner${againWords(again)}` };
  const why = forms.find((each) => !follows(each) && !misses(each))?.behaviour.text ?? 'not asked';
  const ignored = no.length > 0 ? `; it ignores: ${headings(no)}` : '';
  return { verdict: 'unjudged', reason: `can’t be judged: ${why}${ignored}` };
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);

function againWords(again: SurveyedHost['asksAgain']): string {
  if (!again) return '';
  return again.askedMs === null
    ? `, and did not ask again within ${seconds(again.stillOldMs)} s`
    : `, and asks again after ${seconds(again.stillOldMs)} to ${seconds(again.askedMs)} s`;
}

/** How long the host stays with the old owner, once it has missed the first stimulus. */
function asksAgain(
  question: Question,
  [first]: readonly Stimulus[],
  round: Round | undefined,
): SurveyedHost['asksAgain'] {
  const told = first && round && toldNs(question, first, round);
  if (round === undefined || told === undefined) return null;
  const after = seenIn(question, round).filter(({ atNs }) => atNs > told);
  const asked = after.find(({ kind }) => kind === 'question')?.atNs;
  const old = after.filter(
    (s) => s.kind === 'answer' && s.to === question.players.old && (asked === undefined || s.atNs < asked),
  );
  const last = old.at(-1)?.atNs;
  if (last === undefined) return null;
  return { stillOldMs: (last - told) / 1e6, askedMs: asked === undefined ? null : (asked - told) / 1e6 };
}

function notesOf(judged: readonly Judgement[]): string[] {
  const of = (id: string) => judged.find(({ stimulus }) => stimulus.id === id);
  const notes = judged.flatMap((each) => {
    const { stimulus, behaviour } = each;
    const settled = of(stimulus.id.replace(/-fresh$/, ''));
    if (stimulus.age === 'fresh' && misses(each) && settled && follows(settled))
      return [`ignores within a second of the entry’s last change: ${settled.stimulus.heading}`];
    if (stimulus.kind === 'harmless' && follows(each))
      return [`changes its entry on what must change none: ${stimulus.heading} (${behaviour.text})`];
    return [];
  });
  const first = judged.findIndex(({ behaviour }) => behaviour.text === verdictWords.silent);
  if (first >= 0 && judged.some(({ behaviour }) => behaviour.belief !== null))
    notes.push('stopped answering in the course of the survey');
  return notes;
}

function byAddress(one: { readonly address: string }, other: { readonly address: string }): number {
  const key = ({ address }: { readonly address: string }) =>
    address
      .split(/[.:]/)
      .map((part) => part.padStart(4, '0'))
      .join('.');
  return key(one) < key(other) ? -1 : 1;
}
