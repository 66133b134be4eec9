/** One attempt at one case: act, record, store, read back, judge. */
import { join } from 'node:path';
import type { PortName } from '../bench/bench.js';
import type { Recorder } from '../evidence/recorder.js';
import type { Declared } from '../evidence/recording.js';
import { readEvidence, writeEvidence } from '../evidence/store.js';
import type { HostUnderTest, Probe, ProbeCase } from '../probe.js';
import type { Attempt, Judgement } from '../result.js';
import type { Wire } from '../wire/wire.js';
import type { AddressPools } from './addresses.js';
import { createContext } from './context.js';
import { untilHeard } from './hearing.js';
import type { HostTraffic } from './host-traffic.js';
import type { HostCache } from './host-view.js';
import type { SetLink } from './link-control.js';
import type { NicBench } from './nic.js';
import { verdict } from './verdict.js';

/** What a run works with: opened once, used by every case. */
export interface Instrument {
  readonly wires: ReadonlyMap<PortName, Wire>;
  readonly recorder: Recorder;
  readonly addresses: AddressPools;
  readonly random: (bound: number) => number;
  readonly limits: { readonly relearnMs: number };
  /** What the bench file says of the device under test. */
  readonly declared: Declared;
  /** The inside view of the host under test. */
  readonly cache?: HostCache;
  /** What the host under test can be had to send. */
  readonly traffic?: HostTraffic;
  /** Takes the link of a port down and up. */
  readonly setLink?: SetLink;
  readonly nic?: NicBench;
  /** Aborted with a reason when a port fails or the operator stops the run. */
  readonly stopped: AbortSignal;
}

export interface AttemptOutcome {
  readonly attempt: Attempt;
  /** Undefined when the attempt ended as an error. */
  readonly judgement: Judgement | undefined;
}

export const defaultDeadlineMs = 15_000;

function notRun(reason: unknown): Attempt {
  const why = reason instanceof Error ? reason.message : String(reason);
  return {
    outcome: 'not-run',
    reason: why,
    startedAt: new Date().toISOString(),
    durationMs: 0,
    evidence: null,
  };
}

/** Runs one attempt. Never rejects: whatever goes wrong is the attempt's outcome.
 *  @param folder where result.json lies; evidence is stored below it, under `evidence/`. */
export async function runAttempt<Params>(
  instrument: Instrument,
  probe: Probe<Params>,
  probeCase: ProbeCase<Params>,
  options: {
    readonly number: number;
    readonly folder: string;
    readonly host?: HostUnderTest;
    /** Is told what a wait is for that is longer than a moment. */
    readonly say?: (text: string) => void;
  },
): Promise<AttemptOutcome> {
  const { recorder, wires, addresses, random, limits, declared, stopped } = instrument;
  if (stopped.aborted) return { attempt: notRun(stopped.reason), judgement: undefined };
  const caseId = `${probe.id}/${probeCase.id}`;
  const started = new Date();
  // A bench that grants the device more time to relearn grants its cases as much, for each of their phases.
  const waitMs = probe.waitMs?.(probeCase.params, declared) ?? 0;
  const deadlineMs = (probe.deadlineMs ?? defaultDeadlineMs) + waitMs + 4 * limits.relearnMs;
  const ending = new AbortController();
  const { signal } = ending;
  const stop = () => ending.abort(stopped.reason);
  stopped.addEventListener('abort', stop);
  const timer = setTimeout(
    () => ending.abort(new Error(`The case took longer than its ${deadlineMs / 1000} s.`)),
    deadlineMs,
  );
  // What a case can do, its functions, is the catalogue's; what it was told is recorded.
  const params: unknown = JSON.parse(JSON.stringify(probeCase.params));
  const session = recorder.begin({ caseId, params, limits, declared });
  const live = createContext({
    params: probeCase.params,
    limits,
    declared,
    wires,
    session,
    addresses,
    random,
    signal,
    ...(options.host && { host: options.host }),
    ...(instrument.cache && { cache: instrument.cache }),
    ...(instrument.traffic && { traffic: instrument.traffic }),
    ...(instrument.setLink && { setLink: instrument.setLink }),
    ...(instrument.nic && { nic: instrument.nic }),
  });

  let problem: string | undefined;
  const act = async () => {
    await probe.control(live.context);
    await probe.stimulus(live.context);
  };
  try {
    // A probe may wait for something other than its context, which ends with the signal by itself.
    const ended = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await Promise.race([act(), ended]);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  clearTimeout(timer);
  stopped.removeEventListener('abort', stop);
  await live.close().catch((error: Error) => {
    problem ??= error.message;
  });

  // A case that the run's end cut short was not run, whatever it would have come to.
  if (problem !== undefined && stopped.aborted) {
    await session.finish();
    addresses.release(live.taken);
    return { attempt: notRun(stopped.reason), judgement: undefined };
  }

  const ended = (outcome: Attempt['outcome'], reason: string, evidence: Attempt['evidence']): Attempt => ({
    outcome,
    reason,
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    evidence,
  });
  try {
    const recording = await session.finish();
    const path = join('evidence', caseId, String(options.number));
    const { capture, events } = await writeEvidence(recording, join(options.folder, path));
    const evidence = {
      capture: { ...capture, path: join(path, capture.path) },
      events: { ...events, path: join(path, events.path) },
    };
    if (problem !== undefined) return { attempt: ended('error', problem, evidence), judgement: undefined };
    // Judged as stored, so that judging again from the files can't come to something else.
    const judgement = verdict(probe, probeCase.params, await readEvidence(join(options.folder, path)));
    return { attempt: ended(judgement.outcome, judgement.reason, evidence), judgement };
  } catch (error) {
    return { attempt: ended('error', problem ?? (error as Error).message, null), judgement: undefined };
  } finally {
    addresses.release(live.taken);
    // The next case begins on a bench whose ports hear each other.
    if (live.touchedLinks.size > 0 && !stopped.aborted) {
      await untilHeard(instrument, live.touchedLinks, options.say ?? (() => undefined)).catch(
        () => undefined,
      );
    }
  }
}
