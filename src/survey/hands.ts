/** What a survey acts through: it sends at a bounded rate, answers for the Vs as their owners, and sees what came back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, type PortName } from '../bench/bench.js';
import { answerTo, type Owner } from '../engine/responder.js';
import type { Session } from '../evidence/recorder.js';
import type { RecordedFrame } from '../evidence/recording.js';
import { echoFrame } from '../frame/index.js';
import type { Wire } from '../wire/wire.js';
import { createOutbox, type Outbox } from './outbox.js';
import { roundDetail, roundMark } from './plan.js';
import {
  createSightings,
  echoNumber,
  type Players,
  type Seen,
  type SeenHost,
  type Sightings,
  type Stage,
} from './sightings.js';
import { lesson, type Stimulus, type Takeover } from './stimuli.js';

/** How long an answer is waited for, try by try. What slow hosts answer to an earlier try counts too. */
const patienceMs = [300, 500, 800] as const;
/** A host gets one frame in this time at most, however few hosts there are. */
const perHostMs = 25;
/** The longest that entries are waited for that do not come to rest. */
const settleDeadlineMs = 3_000;

export type OwnerName = keyof Players | 'nobody';

export interface Target {
  readonly host: SeenHost;
  readonly service: string;
}

export interface AskOptions {
  readonly tries?: number;
  /** Ends the waiting, on the clock of `nowMs`. */
  readonly deadlineMs?: number;
}

export interface Hands {
  readonly outbox: Outbox;
  readonly sightings: Sightings;
  readonly players: Players;
  /** Frames a second, at most. */
  readonly rate: number;
  /** Where each of our stations is: NEW at port b, if there is one. */
  readonly ports: Readonly<Record<keyof Players, PortName>>;
  /** Milliseconds on the recording's clock. */
  nowMs(): number;
  /** From now on the address is ours: we answer for it, and nobody else may. */
  take(service: string, owner: OwnerName, role: string): void;
  /** Who answers a host that asks for V; without a host: any that is not named otherwise. */
  own(service: string, owner: OwnerName, host?: SeenHost): void;
  /** The address that was taken for a role. */
  addressOf(role: string): string;
  /** From now on V is OLD's again, and what is said of it is about this stimulus. */
  beginRound(stimulus: string, service: string): void;
  /** OLD teaches each of them where V is: it asks for the host, or answers what nobody asked. */
  teach(targets: readonly Target[], by?: 'request' | 'reply'): Promise<void>;
  /** NEW teaches them so: what OLD then teaches changes their entries, whatever they held. */
  mislead(targets: readonly Target[]): Promise<void>;
  /** Resolves when this time has passed since OLD last told, or was told by, any host anything about V. */
  settle(service: string, ms: number): Promise<void>;
  /** Asks each where it believes V to be, again where no answer comes. Resolves to those that stayed silent. */
  ask(stage: Stage, targets: readonly Target[], options?: AskOptions): Promise<Target[]>;
  /** Whether it has answered about that V at that stage. */
  answered(target: Target, stage: Stage): boolean;
  /** Whether it asked everybody for V after its old state was seen. */
  asked(host: SeenHost, service: string): boolean;
  /** Whether its last answer about V went to that station. */
  sendsTo(host: SeenHost, service: string, player: keyof Players): boolean;
  /** NEW says the stimulus: to everybody at once, or to each. */
  say(stimulus: Stimulus, targets: readonly Target[]): Promise<void>;
  /** When NEW last said something about V, to anybody. */
  saidMs(service: string): number;
  /** Resolves when it holds, or at the deadline. Rejects when the survey stops. */
  until(condition: () => boolean, withinMs: number): Promise<void>;
  wait(ms: number): Promise<void>;
  /** A passage of an ask or lesson to many, with rest between two frames to one host. */
  sendAll(port: PortName, frames: Iterable<Uint8Array>): Promise<void>;
  close(): void;
}

export interface HandsOptions {
  readonly wires: ReadonlyMap<PortName, Wire>;
  readonly session: Session;
  readonly players: Players;
  readonly rate: number;
  readonly stopped: AbortSignal;
}

export function createHands({ wires, session, players, rate, stopped }: HandsOptions): Hands {
  const ports = { old: 'a', new: wires.has('b') ? 'b' : 'a', observer: 'a' } as const;
  // A conflict ends the survey as an operator's wish does.
  const ending = new AbortController();
  const ended = AbortSignal.any([stopped, ending.signal]);
  const outbox = createOutbox(wires, rate, ended);
  const sightings = createSightings(players);
  const owners = new Map<string, { everybody: OwnerName; readonly of: Map<string, OwnerName> }>();
  /** When a host last answered about a V, by stage; or asked for it. */
  const heardNs = new Map<string, number>();
  const saidMs = new Map<string, number>();
  /** When a host's entry for a V may last have changed. */
  const changedMs = new Map<string, number>();
  const roles = new Map<string, string>();
  const keyOf = (host: string, service: string, what: Stage | 'question') => `${host} ${service} ${what}`;
  let pings = 0;
  let said = 0;

  function note({ host, service, sighting }: Seen, frame: RecordedFrame): void {
    if (sighting.kind === 'answer') heardNs.set(keyOf(host, service, sighting.stage), sighting.atNs);
    if (sighting.kind === 'answer' || sighting.kind === 'lesson') changedMs.set(service, sighting.atNs / 1e6);
    if (sighting.kind !== 'question' && sighting.kind !== 'verification') return;
    heardNs.set(keyOf(host, service, 'question'), sighting.atNs);
    const owner = ownerFor(service, host);
    // What is sent to one station is heard by that station alone.
    if (!owner || (sighting.kind === 'verification' && sighting.to !== owner.mac)) return;
    const answer = answerTo(frame, new Map([[service, owner]]));
    // Whoever waits for what is sent hears of a failed wire; an answer is waited for by nobody.
    if (answer) outbox.send(answer.port, answer.frame, true).catch(() => undefined);
  }

  function ownerFor(service: string, host: string): Owner | undefined {
    const entry = owners.get(service);
    const name = entry?.of.get(host) ?? entry?.everybody ?? 'nobody';
    return name === 'nobody' ? undefined : { mac: players[name], port: ports[name] };
  }

  const stopListening = session.onFrame((frame) => {
    const seen = sightings.note(frame);
    if (seen) note(seen, frame);
    for (const service of owners.keys()) {
      const mac = sightings.claimed.get(service);
      if (mac !== undefined && !ending.signal.aborted) ending.abort(conflict(service, mac));
    }
  });

  const nowMs = () => session.nowNs() / 1e6;
  const wait = async (ms: number) => {
    await sleep(Math.max(0, ms), undefined, { signal: ended }).catch(() => undefined);
    ended.throwIfAborted();
  };
  async function until(condition: () => boolean, withinMs: number): Promise<void> {
    for (const deadline = performance.now() + withinMs; !condition() && performance.now() < deadline; )
      await wait(10);
  }
  const takeover = ({ host, service }: Target): Takeover => ({
    service,
    old: players.old,
    new: players.new,
    host,
  });

  function echoRequest(stage: Stage, { host, service }: Target): Uint8Array {
    pings += 1;
    return echoFrame({
      destination: host.mac,
      source: players.observer,
      ipSource: service,
      ipDestination: host.address,
      ...echoNumber(stage, pings),
    });
  }

  async function sendAll(port: PortName, frames: Iterable<Uint8Array>): Promise<void> {
    await Promise.all([...frames].map((frame) => outbox.send(port, frame)));
  }

  /** One V after the other, each to every host, so that a host has time between two frames. */
  async function toEach(
    port: PortName,
    targets: readonly Target[],
    frameFor: (target: Target) => Uint8Array,
    sent: (target: Target) => void = () => undefined,
  ): Promise<void> {
    for (const service of new Set(targets.map((target) => target.service))) {
      const startMs = performance.now();
      const mine = targets.filter((target) => target.service === service);
      await Promise.all(mine.map((target) => outbox.send(port, frameFor(target)).then(() => sent(target))));
      const restMs = perHostMs - (performance.now() - startMs);
      if (restMs > 0) await wait(restMs);
    }
  }

  return {
    outbox,
    sightings,
    players,
    rate,
    ports,
    nowMs,
    wait,
    until,
    sendAll,
    saidMs: (service) => saidMs.get(service) ?? 0,
    addressOf: (role) => roles.get(role) ?? '',
    answered: ({ host, service }, stage) => heardNs.has(keyOf(host.address, service, stage)),
    asked(host, service) {
      const seen = host.about(service);
      const before = seen.findLastIndex((s) => s.kind === 'answer' && s.stage === 'before');
      return seen.slice(before + 1).some(({ kind }) => kind === 'question');
    },
    sendsTo(host, service, player) {
      const last = host.about(service).findLast((sighting) => sighting.kind === 'answer');
      return last?.to === players[player];
    },
    take(service, owner, role) {
      session.claim(role, service);
      roles.set(role, service);
      owners.set(service, { everybody: owner, of: new Map() });
    },
    own(service, owner, host) {
      const entry = owners.get(service);
      if (!entry) return;
      if (host) entry.of.set(host.address, owner);
      else entry.everybody = owner;
    },
    beginRound(stimulus, service) {
      const entry = owners.get(service);
      entry?.of.clear();
      session.mark(roundMark, roundDetail(stimulus, service));
    },
    teach: (targets, by = 'request') => toEach(ports.old, targets, (target) => lesson(takeover(target), by)),
    mislead: (targets) =>
      toEach(ports.new, targets, (target) => lesson({ ...takeover(target), old: players.new }, 'request')),
    async settle(service, ms) {
      const deadlineMs = nowMs() + settleDeadlineMs;
      // A host that verifies its entry meanwhile renews it by our answer.
      for (;;) {
        const leftMs = (changedMs.get(service) ?? 0) + ms - nowMs();
        if (leftMs <= 0 || nowMs() > deadlineMs) return;
        await wait(leftMs);
      }
    },
    async ask(stage, targets, { tries = patienceMs.length, deadlineMs = Number.POSITIVE_INFINITY } = {}) {
      const sinceNs = session.nowNs();
      const isOpen = ({ host, service }: Target) => {
        const heard = heardNs.get(keyOf(host.address, service, stage)) ?? Number.NEGATIVE_INFINITY;
        if (heard >= sinceNs) return false;
        // Whoever asks for a V that nobody has can't answer, and has said what it believes.
        const asked = heardNs.get(keyOf(host.address, service, 'question')) ?? Number.NEGATIVE_INFINITY;
        return asked < sinceNs || ownerFor(service, host.address) !== undefined;
      };
      let open = [...targets];
      for (const patience of patienceMs.slice(0, tries)) {
        if (open.length === 0) break;
        await toEach(ports.old, open, (target) => echoRequest(stage, target));
        await until(() => !open.some(isOpen), Math.min(patience, deadlineMs - nowMs()));
        open = open.filter(isOpen);
      }
      return open;
    },
    async say(stimulus, targets) {
      const [first] = targets;
      const { frame } = stimulus;
      if (!first || !frame) return;
      // Only an announcement changes who has V; whoever asks for one that is not to be known hears nothing.
      const changes = stimulus.kind === 'announcement' || stimulus.kind === 'aside';
      const moved = (target: Target) => {
        saidMs.set(target.service, nowMs());
        if (changes) owners.get(target.service)?.of.set(target.host.address, 'new');
      };
      if (stimulus.toEach) return toEach(ports.new, targets, (target) => frame(takeover(target)), moved);
      const bytes = frame(takeover(first));
      said += 1;
      session.expect(bytes, stimulus.id, said);
      await outbox.send(ports.new, bytes, true);
      for (const target of targets) moved(target);
    },
    close: stopListening,
  };
}

function conflict(service: string, mac: string): BenchError {
  return new BenchError(
    `${service} belongs to a station here (${mac}), which was silent before: the survey ended at once. Name other addresses with --use.`,
  );
}
