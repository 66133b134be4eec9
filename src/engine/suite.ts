/** One device's cases: which are run, in what order, how many side by side. */
import { EventEmitter, setMaxListeners } from 'node:events';
import type { HostUnderTest, Need, Probe, ProbeCase } from '../probe.js';
import type { CaseResult } from '../result.js';
import { type AttemptOutcome, type Instrument, runAttempt } from './attempt.js';
import { emptyResult, runCase } from './case.js';
import { isSlow, leftOut } from './catalogue.js';
import { limiter, type Room } from './places.js';

/** So many outcomes of a probe that come out alone too vouch for its others: each costs seconds. */
const confirmations = 3;

export interface SuiteOptions {
  readonly instrument: Instrument;
  readonly probes: readonly Probe[];
  /** Case ids to run; the others are left out. */
  readonly selected: (caseId: string, title: string) => boolean;
  /** Whether cases that wait for the device's long timers are run too. */
  readonly slow: boolean;
  /** What is missing for a need, as a sentence; undefined when the bench meets it. */
  readonly unmet: (need: Need) => string | undefined;
  readonly repeat: number;
  readonly folder: string;
  readonly host?: HostUnderTest;
  /** How many cases may run side by side, where a probe allows it. */
  readonly sideBySide: number;
  /** The bench's IPv4 service addresses, which the devices of a run share. */
  readonly room: Room;
  /** How many cases of all devices that are spoken to at once may run: more, and captures lose frames. */
  readonly places?: Room;
  /** The host's own rooms, in place of the bench's, where it holds few neighbours. */
  readonly few?: Partial<Record<'ipv4' | 'ipv6', Room>>;
  /** Results of an earlier run that are taken over. */
  readonly known?: readonly CaseResult[];
  /** Why no case can be run at all: then none is. */
  readonly blocked?: string;
}

export interface SuiteEvents {
  /** @param waitMs how long it waits for a timer of the device; 0 for most. */
  start: [caseId: string, title: string, waitMs: number];
  finish: [result: CaseResult];
  /** What a case waits for before the next can begin. */
  wait: [text: string];
  /** The first of the cases that may run side by side is due. */
  beside: [];
}

export interface SuiteCase {
  readonly id: string;
  readonly title: string;
  readonly probe: Probe;
}

export interface Suite {
  readonly cases: readonly SuiteCase[];
  readonly deselected: readonly { readonly id: string; readonly why: string }[];
  readonly events: EventEmitter<SuiteEvents>;
  /** Runs the case unless it runs already, and resolves with its result. Never rejects. */
  result(caseId: string): Promise<CaseResult>;
  /** Starts every case: first those that may run beside others. Each waits for a place. */
  startAll(): void;
  /** Every selected case's result so far, in the catalogue's order; `not-run` where there is none yet. */
  results(): CaseResult[];
  /** Resolves when no case is running. */
  idle(): Promise<void>;
}

export function createSuite(options: SuiteOptions): Suite {
  const { instrument, probes, repeat, folder, host } = options;
  const events = new EventEmitter<SuiteEvents>();
  const all = probes.flatMap((probe) =>
    probe.cases.map((probeCase) => ({ id: `${probe.id}/${probeCase.id}`, probe, probeCase })),
  );
  const tooSlow = (entry: (typeof all)[number]) => !options.slow && isSlow(entry.probeCase);
  const chosen = all.filter((entry) => options.selected(entry.id, entry.probeCase.title) && !tooSlow(entry));
  const running = new Map<string, Promise<CaseResult>>();
  // Each running attempt listens: more of them than Node takes for a leak.
  setMaxListeners(0, instrument.stopped);
  const finished = new Map<string, CaseResult>();
  const place = limiter(options.sideBySide);
  // Retries run alone: where every case stays open, trying each again would cost an hour and settle nothing.
  let retriesLeft = 12;
  /** Reasons for which a case stayed open alone too: another case that has them is not tried again. */
  const vain = new Set<string>();

  /** Whether what came out beside other cases, and was doubted, came out alone too. */
  const repeated: { readonly probe: Probe; readonly again: boolean }[] = [];

  for (const result of options.known ?? []) {
    running.set(result.id, Promise.resolve(result));
    finished.set(result.id, result);
  }

  type Entry = (typeof all)[number];

  async function run({ id, probe, probeCase }: Entry): Promise<CaseResult> {
    const needs = [...probe.needs, ...(probeCase.needs ?? [])];
    const missing = needs.flatMap((need) => options.unmet(need) ?? []);
    if (missing.length > 0) return emptyResult(probe, probeCase, 'not-applicable', missing.join(' '));
    if (options.blocked !== undefined) return emptyResult(probe, probeCase, 'not-run', options.blocked);
    const act = (number: number) =>
      runAttempt(instrument, probe, probeCase as ProbeCase<unknown>, {
        number,
        folder,
        say: (text) => void events.emit('wait', text),
        ...(host && { host }),
      });
    const beside = mayRunBeside(probe, probeCase);
    const services = probe.serviceAddresses?.(probeCase.params) ?? 1;
    const rooms = (['ipv4', 'ipv6'] as const).flatMap((family): [Room, number][] => {
      const room = options.few?.[family] ?? (family === 'ipv4' ? options.room : undefined);
      return room && needs.includes(family) ? [[room, services]] : [];
    });
    if (options.places) rooms.unshift([options.places, 1]);
    const inRoom = <T>(task: () => Promise<T>): Promise<T> =>
      rooms.reduceRight(
        (inner, [room, takes]) =>
          () =>
            room(takes, inner),
        task,
      )();
    const attempt = (number: number) =>
      place(!beside, async () => {
        if (number === 1) events.emit('start', id, probeCase.title, waitMs(probe, probeCase));
        return inRoom(() => act(number));
      });
    if (instrument.stopped.aborted) return notRun(probe, probeCase);
    const retry = (number: number, reason: string) => {
      const kind = kindOf(reason);
      if (vain.has(kind) || retriesLeft <= 0) return Promise.resolve(undefined);
      retriesLeft -= 1;
      return place(true, async () => {
        // What was tried meanwhile may have shown that this is in vain.
        if (vain.has(kind)) return undefined;
        const again = await inRoom(() => act(number));
        if (kindOf(again.attempt.reason) === kind) vain.add(kind);
        return again;
      });
    };
    const believed = () => {
      const tried = repeated.filter((one) => one.probe === probe);
      return tried.length >= confirmations && tried.every(({ again }) => again);
    };
    const alone = async (number: number, first: AttemptOutcome) => {
      if (believed()) return undefined;
      return place(true, async () => {
        // What was tried meanwhile may vouch for this outcome too.
        if (believed()) return undefined;
        const outcome = await inRoom(() => act(number));
        const again =
          outcome.attempt.outcome === first.attempt.outcome &&
          outcome.judgement?.doubt === first.judgement?.doubt;
        repeated.push({ probe, again });
        return outcome;
      });
    };
    // On a host with few neighbours only a must is tried alone: it decides, and each costs seconds.
    const isMust = (probeCase.level ?? probe.requirement.level) === 'must';
    const crowded = isMust && Object.keys(options.few ?? {}).length > 0;
    const disturbed = (probe.confirmAlone ?? false) && beside && options.sideBySide > 1;
    return runCase(probe, probeCase, { repeat, attempt, retry, alone, besideOthers: crowded || disturbed });
  }

  const waitMs = (probe: Probe, { params }: ProbeCase<unknown>) =>
    probe.waitMs?.(params, instrument.declared) ?? 0;

  function notRun(probe: Probe, probeCase: ProbeCase<unknown>): CaseResult {
    const reason = instrument.stopped.aborted
      ? (instrument.stopped.reason as Error).message
      : 'The run ended before it.';
    return emptyResult(probe, probeCase, 'not-run', reason);
  }

  function start(entry: Entry): Promise<CaseResult> {
    const known = running.get(entry.id);
    if (known) return known;
    const result = run(entry).then((done) => {
      finished.set(entry.id, done);
      events.emit('finish', done);
      return done;
    });
    running.set(entry.id, result);
    return result;
  }

  function startBeside(): void {
    for (const entry of chosen) if (mayRunBeside(entry.probe, entry.probeCase)) void start(entry);
  }

  return {
    cases: chosen.map(({ id, probe, probeCase }) => ({ id, title: probeCase.title, probe })),
    deselected: all
      .filter((entry) => !chosen.includes(entry))
      .map((entry) => ({
        id: entry.id,
        why: tooSlow(entry) ? leftOut.slow : leftOut.deselected,
      })),
    events,
    async result(caseId) {
      const entry = chosen.find(({ id }) => id === caseId);
      if (!entry) throw new Error(`No case ${caseId} is selected.`);
      if (mayRunBeside(entry.probe, entry.probeCase)) {
        startBeside();
        events.emit('beside');
      }
      return start(entry);
    },
    startAll() {
      startBeside();
      for (const entry of chosen) void start(entry);
    },
    results: () => chosen.map(({ id, probe, probeCase }) => finished.get(id) ?? notRun(probe, probeCase)),
    async idle() {
      await Promise.all(running.values());
    },
  };
}

/** A reason without its numbers. */
const kindOf = (reason: string): string => reason.replace(/\d+(\.\d+)?/g, '#');

const mayRunBeside = (probe: Probe, { sideBySide }: ProbeCase<unknown>): boolean =>
  sideBySide ?? probe.sideBySide ?? false;
