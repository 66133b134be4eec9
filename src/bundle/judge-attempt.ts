/** Judges one attempt of a bundle again, after a look at whether its evidence is its own. */
import { judgeAgain } from '../engine/rejudge.js';
import type { Recording } from '../evidence/recording.js';
import type { Probe } from '../probe.js';
import type { Attempt, CaseResult } from '../result.js';
import type { Tried } from './attempts.js';
import type { Bundle } from './bundle.js';
import { timeMs } from './check-result.js';
import { EvidenceReader, UnreadableEvidence } from './evidence.js';
import { unpublishableEvidence } from './unpublishable.js';

/** What its evidence says, and why it can't be believed, as a clause. */
export interface TriedAgain extends Tried {
  readonly problem?: string;
}

export class AttemptJudge {
  /** What the recordings say that the bench file declares of the device: keys of their plans. */
  readonly declared = new Set<string>();
  private readonly reader: EvidenceReader;

  /** @param sameSuite the bundle was made by this very suite, so that the words must be the same too */
  constructor(
    private readonly bundle: Bundle,
    private readonly probes: readonly Probe[],
    private readonly sameSuite: boolean,
  ) {
    this.reader = new EvidenceReader(bundle.folder);
  }

  judge(entry: CaseResult, attempt: Attempt): TriedAgain {
    const { outcome, evidence, reason } = attempt;
    const open = (problem: string): TriedAgain => ({ outcome, judgement: undefined, problem });
    if (!evidence) {
      return outcome === 'error' ? { outcome, judgement: undefined } : open('no evidence was stored');
    }
    let recording: Recording;
    try {
      recording = this.reader.read(evidence);
    } catch (error) {
      if (error instanceof UnreadableEvidence) return open(error.message);
      throw error;
    }
    for (const name of Object.keys(recording.plan.declared)) this.declared.add(name);
    const { result, subject } = this.bundle;
    const foreign = foreignTo(this.bundle, attempt, recording);
    if (foreign !== undefined) return open(foreign);
    const telling = unpublishableEvidence(recording, result, subject);
    if (telling.length > 0) {
      return open(`its evidence holds what is not for publishing: ${telling.slice(0, 5).join(', ')}`);
    }
    if (outcome === 'error') return { outcome, judgement: undefined };
    const judgement = judgeAgain(this.probes, entry, recording);
    if (typeof judgement === 'string') return open(judgement);
    const isReworded = this.sameSuite && judgement.outcome === outcome && judgement.reason !== reason;
    return {
      outcome,
      judgement,
      ...(isReworded && { problem: `its reason was another: ${judgement.reason}` }),
    };
  }
}

/** The clock of the recording, and what writing it down took. */
const slackMs = 10_000;

/** Why a recording is of another bench, run or attempt; undefined where it is of this one. */
function foreignTo({ result }: Bundle, attempt: Attempt, recording: Recording): string | undefined {
  const { ports, limits } = result.bench;
  const { startNs, endNs, plan } = recording;
  const startMs = Number(startNs / 1_000_000n);
  if (!(Math.abs(startMs - timeMs(attempt.startedAt)) <= slackMs)) {
    return 'the evidence was recorded at another time than the attempt';
  }
  if (endNs / 1e6 > attempt.durationMs + slackMs) return 'the evidence goes on after the attempt ended';
  const unknown = recording.ports.find(
    ({ name, nic }) => !ports.some((port) => port.name === name && port.nic === nic),
  );
  if (unknown) return `the evidence is of another bench: port ${unknown.name} is not the result's`;
  if (limits && limits.relearnMs !== plan.limits.relearnMs) {
    return `the evidence was held against another limit (${plan.limits.relearnMs} ms) than the result says`;
  }
  return undefined;
}
