/** What a recording tells of a replay: whether it kept the profile's times, what came out, and when it was followed. */
import {
  between,
  counted,
  deliveries,
  type Finding,
  type Measurement,
  type PortName,
  type Recording,
} from '../../src/probe.js';
import type { Moment } from '../../src/profiles/frames.js';
import { settling } from './in-time.js';
import { labelOf, type Move, type Replay, sentMoments } from './replay.js';

/** As if all copies of an announcement were one: they are counted, not told apart. */
function cameOutAt(recording: Recording, label: string, port: PortName): number {
  return recording.frames.filter((f) => f.label === label && f.port === port && f.direction === 'in').length;
}

/** How many of the announcements came out at World. A single lost one may be chance. */
export function carried(recording: Recording): { readonly of: number; readonly count: number } {
  const of = deliveries(recording, 'announce').length;
  return { of, count: Math.min(of, cameOutAt(recording, 'announce', 'world')) };
}

export function carriedFinding(recording: Recording): Finding {
  const { of, count } = carried(recording);
  const few = of < 3 && count === 0;
  return {
    id: 'carried',
    holds: few ? null : count * 10 >= of * 9 ? true : count === 0 || of - count > 2 ? false : null,
    text: `${count} of ${counted(of, 'announcement')} came out at World`,
  };
}

/** How far the kernel's stamps of each replay lie from the profile's times, nanoseconds; of the frames that left
 *  before `untilNs`. A replay that was not followed may have been begun again. */
export function deviationsNs(recording: Recording, replay: Replay, untilNs = Infinity): number[] {
  const moments = sentMoments(replay);
  const labels = [...new Set(moments.map(labelOf))];
  const left = new Map(labels.map((label) => [label, deliveries(recording, label)]));
  const replays = Math.max(
    0,
    ...labels.map((label) => Math.ceil((left.get(label)?.length ?? 0) / countOf(moments, label))),
  );
  return Array.from({ length: replays }, (_, number) => {
    const seen = new Map<string, number>();
    let [worstNs, baseNs]: [number, number | undefined] = [0, undefined];
    for (const moment of moments) {
      const label = labelOf(moment);
      const nth = seen.get(label) ?? 0;
      seen.set(label, nth + 1);
      const sentNs = left.get(label)?.[number * countOf(moments, label) + nth]?.sentNs;
      if (sentNs === undefined || sentNs > untilNs) continue;
      baseNs ??= sentNs - moment.atNs;
      worstNs = Math.max(worstNs, Math.abs(sentNs - moment.atNs - baseNs));
    }
    return worstNs;
  });
}

const countOf = (moments: readonly Moment[], label: string) =>
  moments.filter((moment) => labelOf(moment) === label).length;

/** As near as a replay must come to the profile to stand for it. */
export const allowedMs = 1;

/** Why a station that was followed says nothing of the profile, as a sentence: only a further replay moved it, when
 *  the switch had had more time than the software gives it. */
export function begunAgain(recording: Recording, replay: Replay): string | undefined {
  const { length } = deviationsNs(recording, replay);
  return length > 1
    ? `The switch followed when the frames were sent for the ${length === 2 ? 'second' : 'third'} time; before, they were late or lost.`
    : undefined;
}

/**
 * How far the replay that counts was off, and why it can't stand for the profile where it can't. A station that was
 * followed was so in the last replay, of which what left after `followedNs` decides nothing; one that was not can be
 * judged by any replay that was on time.
 */
export function timing(
  recording: Recording,
  replay: Replay,
  followedNs?: number,
): { readonly offMs: number; readonly tooLate?: string } {
  const off = deviationsNs(recording, replay, followedNs);
  const offMs = (followedNs === undefined ? Math.min(...off) : (off.at(-1) ?? 0)) / 1e6;
  const ports = recording.ports.filter(({ name }) => name === 'a' || name === 'b');
  // A driver that stamps frames by itself can't tell better than it knows.
  const errorNs = ports.map(({ abilities: { kernelTimestamps: exact, timestampErrorNs } }) =>
    exact ? 0 : timestampErrorNs,
  );
  if (off.length > 0 && offMs <= allowedMs + Math.max(0, ...errorNs) / 1e6) return { offMs };
  const tooLate = `The harness sent a frame ${offMs.toFixed(1)} ms off the time of the profile: too late to stand for it.`;
  return { offMs, tooLate };
}

/** When the first of the frames left that from then on all reached `port` alone; undefined when they never did. */
export function followedNs(recording: Recording, move: Move): number | undefined {
  return settling(recording, move).firstRight?.sentNs;
}

/** Between which bounds the frames began to reach `port` alone, from the first frame of the replay that did it. */
export function followedAfter(recording: Recording, replay: Replay, move: Move): Measurement | undefined {
  const moments = sentMoments(replay);
  const { length: replays } = deviationsNs(recording, replay);
  const starts = moments.slice(0, 1).flatMap((first) => {
    const label = labelOf(first);
    return deliveries(recording, label)[(replays - 1) * countOf(moments, label)]?.sentNs ?? [];
  });
  const [startNs] = starts;
  const { lastWrong, firstRight } = settling(recording, move);
  if (startNs === undefined || !firstRight) return undefined;
  const low = Math.max(0, ((lastWrong?.sentNs ?? startNs) - startNs) / 1e6);
  const high = Math.max(low, (firstRight.sentNs - startNs) / 1e6);
  return between('relearn time, by polling', low, high);
}
