/** Judges one attempt of a bundle again, after a look at whether its evidence is its own. */
import { judgeAgain } from '../engine/rejudge.js';
import type { PcapngSection } from '../evidence/pcapng.js';
import type { Recording } from '../evidence/recording.js';
import type { Probe } from '../probe.js';
import type { Attempt, CaseResult } from '../result.js';
import type { Tried } from './attempts.js';
import type { Bundle } from './bundle.js';
import { EvidenceReader, type ReadEvidence, UnreadableEvidence } from './evidence.js';
import { limits } from './layout.js';
import { timeMs } from './times.js';
import { unpublishableEvidence } from './unpublishable.js';

/** What its evidence says, and why it can't be believed, as a clause. */
export interface TriedAgain extends Tried {
  readonly problem?: string;
}

export class AttemptJudge {
  /** What the recordings say that the bench file declares of the device: keys of their plans. */
  readonly declared = new Set<string>();
  private readonly reader: EvidenceReader;

  /** @param ownWords the words must be this suite's too */
  constructor(
    private readonly bundle: Bundle,
    private readonly probes: readonly Probe[],
    private readonly ownWords: boolean,
    private readonly onRecording: (recording: Recording) => void,
  ) {
    this.reader = new EvidenceReader(bundle.folder);
  }

  judge(entry: CaseResult, attempt: Attempt): TriedAgain {
    const { outcome, evidence, reason } = attempt;
    const open = (problem: string): TriedAgain => ({ outcome, judgement: undefined, problem });
    if (!evidence) {
      return outcome === 'error' ? { outcome, judgement: undefined } : open('no evidence was stored');
    }
    let read: ReadEvidence;
    try {
      read = this.reader.read(evidence, this.ownWords);
    } catch (error) {
      if (error instanceof UnreadableEvidence) return open(error.message);
      throw error;
    }
    const { recording, section } = read;
    this.onRecording(recording);
    for (const name of Object.keys(recording.plan.declared)) this.declared.add(name);
    const { result, subject } = this.bundle;
    const foreign = foreignTo(this.bundle, attempt, recording) ?? wrongWriter(section);
    if (foreign !== undefined) return open(foreign);
    const telling = unpublishableEvidence({ recording, section }, result, subject);
    if (telling.length > 0) {
      return open(`its evidence holds what is not for publishing: ${telling.slice(0, 5).join(', ')}`);
    }
    if (outcome === 'error') return { outcome, judgement: undefined };
    const judgement = judgeAgain(this.probes, entry, recording);
    if (typeof judgement === 'string') return open(judgement);
    const isReworded = this.ownWords && judgement.outcome === outcome && judgement.reason !== reason;
    return {
      outcome,
      judgement,
      ...(isReworded && { problem: `its reason was another: ${judgement.reason}` }),
    };
  }
}

/** What else than its name a section says of the suite or the system that wrote it. */
function wrongWriter({
  hardware = '',
  os = '',
  application = 'takeover',
}: PcapngSection): string | undefined {
  const isPlain = /^takeover( [0-9A-Za-z.-]{1,60})?$/.test(application);
  return isPlain && Math.max(hardware.length, os.length) <= limits.nameLength
    ? undefined
    : 'the evidence says more than names of the suite and the system that wrote it';
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
  for (const { name, nic, driver, abilities } of recording.ports) {
    const port = ports.find((one) => one.name === name && one.nic === nic);
    if (!port) return `the evidence is of another bench: port ${name} is not the result's`;
    if (port.driver !== driver || port.kernelTimestamps !== abilities.kernelTimestamps) {
      return `the evidence of port ${name} was captured by other means than the result says`;
    }
  }
  if (limits && limits.relearnMs !== plan.limits.relearnMs) {
    return `the evidence was held against another limit (${plan.limits.relearnMs} ms) than the result says`;
  }
  if (limits && limits.tableSize !== plan.declared.tableSize) {
    return 'the bench of the evidence declared another size of the table than the result says';
  }
  return undefined;
}
