/** The order of a survey: for each stimulus the hosts are taught V, asked, told, and asked again. */
import type { Family } from '../bench/addresses.js';
import type { Hands, Target } from './hands.js';
import { roleOf, type ServiceName, watchRound } from './plan.js';
import type { SeenHost } from './sightings.js';
import { isTaught, type Stimulus, stimuliOf } from './stimuli.js';

/** An entry is settled this long after its last change: Linux's locktime (arp(7)) is 1 s. */
const settledMs = 1_100;
/** A fresh entry's announcement leaves before this. */
const freshMs = 850;
/** The part of that in which a batch of hosts is taught and asked. */
const freshBatchMs = 560;
/** For the hosts to act on what they received. */
const actMs = 60;
/** How often those that miss a takeover are asked whether they still do. */
const watchMs = 1_500;
/** And for how long, at least: Linux asks again after 8 s (5 s of DELAY_FIRST_PROBE_TIME, and three probes; RFC 4861 §10). */
const patientMs = 9_500;

/** Tells how far a survey is. */
export interface Watcher {
  /** @param done from 0 to 1 */
  at(done: number, doing: string): void;
}

/** Frames that a survey needs for one host, about: what its progress is measured by. */
export const framesPerHost = (family: Family): number => {
  const table = stimuliOf(family);
  return table.length * 3 + table.filter(({ toEach }) => toEach).length;
};

/** How often `say` is called. */
export const stepsOf = (family: Family): number => stimuliOf(family).length;

/**
 * @param share which part of the rate is this survey's
 * @param say is told what is being done
 */
export async function survey(
  hands: Hands,
  family: Family,
  hosts: readonly SeenHost[],
  share: number,
  say: (doing: string) => void,
): Promise<void> {
  if (hosts.length === 0) return;
  const table = stimuliOf(family);
  const address = (service: ServiceName) => hands.addressOf(roleOf(family, service));
  const [silence, first, second] = [address('silence'), address('first'), address('second')];
  const targets = (service: string, among: readonly SeenHost[]): Target[] =>
    among.map((host) => ({ host, service }));
  const sendsToOld = (service: string) => (host: SeenHost) => hands.sendsTo(host, service, 'old');
  let present: ReadonlySet<SeenHost> = new Set(hosts);

  /** A host that answers nothing is not waited for again. */
  async function ask(...[stage, of, options]: Parameters<Hands['ask']>): Promise<void> {
    const silent = await hands.ask(stage, of, options);
    if (silent.length > 0)
      present = new Set([...present].filter((host) => !silent.some((t) => t.host === host)));
  }

  /** OLD has V, and every host of `among` that can be taught so believes it. */
  async function establish(service: string, among: readonly SeenHost[], deadlineMs?: number): Promise<void> {
    await hands.teach(targets(service, among));
    if (deadlineMs !== undefined) {
      await hands.ask('before', targets(service, among), { tries: 1, deadlineMs });
      return;
    }
    await ask('before', targets(service, among));
    // What the last round left may be locked, or only a reply is listened to.
    const wrong = among.filter(
      (host) => present.has(host) && !sendsToOld(service)(host) && !hands.sendsTo(host, service, 'observer'),
    );
    if (wrong.length === 0) return;
    await hands.wait(hands.saidMs(service) + settledMs - hands.nowMs());
    await hands.teach(targets(service, wrong), 'reply');
    await ask('before', targets(service, wrong), { tries: 1 });
  }

  async function tell(stimulus: Stimulus, service: string, among: readonly SeenHost[]): Promise<void> {
    await hands.say(stimulus, targets(service, among));
    await hands.wait(actMs);
    await ask('after', targets(service, among));
    // A host that asks again may only have lost the entry: then it has lost that of which nothing was said as well.
    const asking = among.filter((host) => present.has(host) && hands.asked(host, service));
    if (isTaught(stimulus)) await ask('again', targets(silence, asking));
    // Nobody has a V any more that was followed: the entry ends by itself.
    for (const host of among) if (!sendsToOld(service)(host)) hands.own(service, 'nobody', host);
  }

  async function round(stimulus: Stimulus, service: string): Promise<void> {
    say(stimulus.heading);
    hands.beginRound(stimulus.id, service);
    const among = [...present];
    if (stimulus.age !== 'fresh') {
      await establish(service, among);
      if (stimulus.age === 'settled') await hands.settle(service, settledMs);
      await tell(
        stimulus,
        service,
        among.filter((host) => present.has(host)),
      );
      return;
    }
    const size = Math.max(1, Math.floor((hands.rate * share * freshBatchMs) / 3_000));
    for (let from = 0; from < among.length; from += size) {
      const batch = among.slice(from, from + size);
      await hands.mislead(targets(service, batch));
      await establish(service, batch, hands.nowMs() + freshMs);
      await tell(stimulus, service, batch);
    }
  }

  /** Two rounds at a time, as many as there are Vs: while the one waits, the other asks. */
  async function lane(
    queue: Stimulus[],
    service: string,
    after: (stimulus: Stimulus) => void,
  ): Promise<void> {
    for (let stimulus = queue.shift(); stimulus; stimulus = queue.shift()) {
      await round(stimulus, service);
      after(stimulus);
    }
  }

  let over = false;
  /** How long do those that miss the first stimulus go on with the old owner? */
  async function watch(stimulus: Stimulus, service: string, missing: readonly SeenHost[]): Promise<void> {
    if (missing.length === 0) return;
    hands.beginRound(watchRound, service);
    await establish(service, missing);
    await hands.settle(service, settledMs);
    await hands.say(stimulus, targets(service, missing));
    const toldMs = hands.nowMs();
    for (;;) {
      const still = missing.filter(
        (host) => present.has(host) && sendsToOld(service)(host) && !hands.asked(host, service),
      );
      if (still.length === 0 || (over && hands.nowMs() - toldMs > patientMs)) return;
      await hands.ask('again', targets(service, still), { tries: 1 });
      await hands.until(() => over && hands.nowMs() - toldMs > patientMs, watchMs);
    }
  }

  say('who answers, and uses its cache');
  async function announceUnheard(stimulus: Stimulus): Promise<void> {
    const unheard = targets(address('unheard'), hosts);
    hands.beginRound(stimulus.id, address('unheard'));
    await hands.say(stimulus, unheard);
    await hands.wait(actMs);
    await hands.ask('after', unheard, { tries: 2 });
  }

  // Before everything else: a question that nobody answers ends after three seconds, and with it the entry.
  const unknown = table.filter(({ kind }) => kind === 'unknown');
  await Promise.all([establish(silence, hosts), ...unknown.map(announceUnheard)]);
  present = new Set([...present].filter(sendsToOld(silence)));

  const queue = table.filter((s) => isTaught(s) && s.kind !== 'silence' && s.age !== 'fresh');
  const [opening] = queue;
  let watching: Promise<void> | undefined;
  const seen = (stimulus: Stimulus) => {
    if (stimulus !== opening) return;
    watching = watch(opening, address('watch'), [...present].filter(sendsToOld(first)));
    // It is waited for at the end; until then its failure is nobody's.
    watching.catch(() => undefined);
  };
  await Promise.all([lane(queue, first, seen), lane(queue, second, seen)]);
  for (const [index, stimulus] of table.filter(({ age }) => age === 'fresh').entries())
    await round(stimulus, index % 2 === 0 ? first : second);
  over = true;
  say('whether those that miss it ask again');
  await watching;
}
