/** What became of the frames to, or from, thousands of stations: pure questions to a recording. */
import {
  deliveries,
  markDetail,
  type Recording,
  type StreamRecord,
  type StreamSegment,
} from '../../src/probe.js';
import { indicesOf } from './bulk.js';

/** The ports where a station's frame came out, like `a` or `a+b+monitor`; empty: nowhere. */
export type Fate = string;

/** A round's frames that came out nowhere are sent again in streams of their own, with these labels. */
export const passLabel = (label: string, pass: number): string =>
  pass === 1 ? label : `${label} again ${pass}`;
/** The mark that says which stations a pass was sent to. */
export const stationsMark = (label: string): string => `stations of ${label}`;

/** The indices of `count` stations. */
export const between = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Adds what a pass showed of these stations: a port that got a frame of any pass counts. */
export function addFates(fates: Fate[], { segments }: StreamRecord, indices: readonly number[]): void {
  for (const { firstSeq, lastSeq, arrivedAt } of segments) {
    for (let seq = firstSeq; seq <= lastSeq; seq += 1) {
      const index = indices[seq - 1];
      if (index === undefined) continue;
      const before = fates[index] ?? '';
      const ports = before === '' ? arrivedAt : [...new Set([...before.split('+'), ...arrivedAt])].sort();
      fates[index] = ports.join('+');
    }
  }
}

/** The streams that were sent under a label, the passes after the first included. */
function passesOf({ streams }: Recording, label: string): StreamRecord[] {
  const passes: StreamRecord[] = [];
  for (;;) {
    const name = passLabel(label, passes.length + 1);
    const stream = streams.find((candidate) => candidate.label === name);
    if (!stream) return passes;
    passes.push(stream);
  }
}

/** The fates of all frames that were sent under a label, by station. */
export function fatesOf(recording: Recording, label: string): Fate[] {
  const fates: Fate[] = [];
  for (const stream of passesOf(recording, label)) {
    const said = markDetail(recording, stationsMark(stream.label));
    addFates(fates, stream, said === undefined ? between(stream.framesSent) : indicesOf(said));
  }
  return fates;
}

/** From the first frame under one label to the last under another. */
export function spanMs(recording: Recording, from: string, to: string): number {
  const firstNs = passesOf(recording, from)[0]?.segments[0]?.firstSentNs ?? 0;
  const lastNs = passesOf(recording, to).at(-1)?.segments.at(-1)?.lastSentNs ?? firstNs;
  return (lastNs - firstNs) / 1e6;
}

/** How a set of stations fared against the port where they should be. */
export interface Census {
  readonly count: number;
  /** Frames to them reached that port and no other. */
  readonly known: number;
  /** Whether those that are known were the first to be learned: the others were refused. */
  readonly firstOnes: boolean;
  /** Whether they were the last: the others had to make room. */
  readonly lastOnes: boolean;
  /** Frames to them came out at further ports, or at another one. */
  readonly elsewhere: number;
  readonly nowhere: number;
}

export function census(fates: readonly Fate[], home: string): Census {
  const known = fates.filter((fate) => fate === home).length;
  const nowhere = fates.filter((fate) => fate === '').length;
  const firstUnknown = fates.findIndex((fate) => fate !== home);
  const lastUnknown = fates.findLastIndex((fate) => fate !== home);
  return {
    count: fates.length,
    known,
    firstOnes: firstUnknown === -1 || firstUnknown === known,
    lastOnes: lastUnknown === fates.length - known - 1,
    elsewhere: fates.length - known - nowhere,
    nowhere,
  };
}

/** From the first to the last frame of a stream as the sending port's kernel stamped them: frames a second. */
export function achievedRate(recording: Recording, label: string): number | undefined {
  const stream = recording.streams.find((candidate) => candidate.label === label);
  const segments: readonly StreamSegment[] = stream?.segments ?? [];
  const [first, last] = [segments[0], segments.at(-1)];
  if (!stream || !first || !last || last.lastSentNs <= first.firstSentNs) return undefined;
  return (stream.framesSent - 1) / ((last.lastSentNs - first.firstSentNs) / 1e9);
}

/** The mark that says whether the switch forgets the stations behind a link that goes down. */
export const forgetsMark = 'forgets';

export const residentLabel = (trial: number, name: string): string => `resident-${trial}-${name}`;
export const strangersMark = 'strangers';

/** What a recording, or a case under way, tells of the stations besides those of a trial. */
export interface Residents {
  readonly frames: Recording['frames'];
  readonly ports: readonly string[];
  readonly strangers: readonly string[];
}

export const residentsOf = (recording: Recording): Residents => ({
  frames: recording.frames,
  ports: recording.ports.map(({ name }) => name),
  strangers: (markDetail(recording, strangersMark) ?? '').split(',').filter(Boolean),
});

/** The stations in the table besides those of a trial: the bench's own that the switch still sends to at their
 *  port only, and strangers that it does not flood frames to. */
export function residents({ frames, ports, strangers }: Residents, trial: number): number {
  const seen = (name: string) => deliveries({ frames }, residentLabel(trial, name));
  const own = ports.filter((port) => {
    const arrived = seen(port).filter(({ arrivals }) => arrivals.size > 0);
    return arrived.length > 0 && arrived.every(({ arrivals }) => arrivals.size === 1 && arrivals.has(port));
  });
  const others = strangers.filter((mac) => {
    const sent = seen(mac);
    return sent.length > 0 && sent.every(({ arrivals }) => arrivals.size < 2);
  });
  return own.length + others.length;
}
