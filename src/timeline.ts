/** Questions that judges ask of a recording. All pure. */
import type { Recording } from './evidence/recording.js';
import type { Finding, Judgement, Measurement } from './result.js';

/** One numbered frame: when it left, and where it arrived first. */
export interface Delivery {
  readonly seq: number;
  readonly sentNs: number;
  /** Port to time of first arrival. Empty: it was lost, or dropped. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** Further arrivals at a port that it had reached already. */
  readonly duplicates: number;
}

/** The frames that were sent under a label, in order, each with the ports that it reached. */
export function deliveries(recording: Pick<Recording, 'frames'>, label: string): Delivery[] {
  const bySeq = new Map<
    number,
    { seq: number; sentNs: number; arrivals: Map<string, number>; duplicates: number }
  >();
  for (const frame of recording.frames) {
    if (frame.label !== label || frame.seq === undefined || frame.direction !== 'out') continue;
    if (!bySeq.has(frame.seq))
      bySeq.set(frame.seq, { seq: frame.seq, sentNs: frame.atNs, arrivals: new Map(), duplicates: 0 });
  }
  for (const frame of recording.frames) {
    if (frame.label !== label || frame.seq === undefined || frame.direction !== 'in') continue;
    const delivery = bySeq.get(frame.seq);
    if (!delivery) continue;
    if (delivery.arrivals.has(frame.port)) delivery.duplicates += 1;
    else delivery.arrivals.set(frame.port, frame.atNs);
  }
  return [...bySeq.values()].sort((x, y) => x.seq - y.seq);
}

/** How a set of frames fared against the one port that they should have reached. */
export interface Tally {
  readonly sent: number;
  /** Reached the expected port and no other. */
  readonly right: number;
  /** Reached the expected port, among others or alone. */
  readonly reached: number;
  /** Reached the old owner's port. */
  readonly stale: number;
  /** Reached the expected and the old owner's port: two copies of one frame. */
  readonly both: number;
  /** Reached a port that is neither the expected nor the old one. */
  readonly flooded: number;
  /** Reached no port. */
  readonly lost: number;
  /** Copies that a port got beyond the first. */
  readonly duplicates: number;
}

export function tally(frames: readonly Delivery[], expected: string, old?: string): Tally {
  const count = (test: (ports: readonly string[]) => boolean) =>
    frames.filter((frame) => test([...frame.arrivals.keys()])).length;
  return {
    sent: frames.length,
    right: count((ports) => ports.length === 1 && ports[0] === expected),
    reached: count((ports) => ports.includes(expected)),
    stale: count((ports) => old !== undefined && ports.includes(old)),
    both: count((ports) => old !== undefined && ports.includes(expected) && ports.includes(old)),
    flooded: count((ports) => ports.some((port) => port !== expected && port !== old)),
    lost: count((ports) => ports.length === 0),
    duplicates: frames.reduce((sum, frame) => sum + frame.duplicates, 0),
  };
}

/** Whether the frame was seen coming in at the port. */
export function arrivedAt(recording: Recording, label: string, port: string): boolean {
  return recording.frames.some((f) => f.label === label && f.port === port && f.direction === 'in');
}

/** When the first frame of a label left its port; undefined when it was never seen to leave. */
export function departureNs(recording: Recording, label: string): number | undefined {
  return recording.frames.find((f) => f.label === label && f.direction === 'out')?.atNs;
}

/** What a mark of that name says; undefined when the case made none. */
export function markDetail(recording: Recording, name: string): string | undefined {
  const mark = recording.events.find((e) => e.kind === 'mark' && e.name === name);
  return mark?.kind === 'mark' ? mark.detail : undefined;
}

export function hasPort(recording: Recording, port: string): boolean {
  return recording.ports.some(({ name }) => name === port);
}

/** An address that the case took, by its role. Throws when the case took none: a mistake in the probe. */
export function addressOf(recording: Recording, role: string): string {
  const address = recording.plan.addresses[role];
  if (address === undefined) throw new Error(`${recording.caseId} recorded no address for '${role}'.`);
  return address;
}

interface Said {
  readonly expected: string;
  readonly observed: string;
  readonly reason: string;
  readonly findings?: readonly Finding[];
  readonly measurements?: readonly Measurement[];
  readonly qualifiers?: readonly string[];
  readonly doubt?: NonNullable<Judgement['doubt']>;
}

function judgement(outcome: Judgement['outcome'], said: Said): Judgement {
  return {
    outcome,
    reason: said.reason,
    expected: said.expected,
    observed: said.observed,
    findings: [...(said.findings ?? [])],
    measurements: [...(said.measurements ?? [])],
    qualifiers: [...(said.qualifiers ?? [])],
    ...(said.doubt && { doubt: said.doubt }),
  };
}

export const pass = (said: Said): Judgement => judgement('pass', said);
export const fail = (said: Said): Judgement => judgement('fail', said);
export const inconclusive = (said: Said): Judgement => judgement('inconclusive', said);
/** The device turned out to be of a kind that the claim is not about. */
export const notApplicable = (said: Said): Judgement => judgement('not-applicable', said);

/** A number of which is known between what it lies; its value is the middle. */
export const between = (
  name: string,
  low: number,
  high: number,
  unit: Measurement['unit'] = 'ms',
): Measurement => ({ name, value: (low + high) / 2, unit, low, high });

/** `3 frames`, `1 frame`, `2 copies`. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
