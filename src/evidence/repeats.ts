/** Tells frames of the same octets apart: an announcement that is sent three times is three frames. */
import type { RecordedFrame } from './recording.js';

/** A frame that the case announced it would send, from `fromNs` on. */
export interface Expectation {
  readonly label: string;
  readonly seq: number;
  readonly fromNs: number;
}

/** Which of the announcements of the same octets a frame is, as far as one can tell when it arrives. */
export function announcedAs(expected: readonly Expectation[], atNs: number): Expectation | undefined {
  return expected.findLast(({ fromNs }) => fromNs <= atNs) ?? expected[0];
}

/**
 * The frames with the labels of repeated frames set right. While the case runs, captures of different
 * ports overtake one another; afterwards, all times are known: the n-th departure of the same octets is
 * the n-th announcement of them, and an arrival is the last departure before it.
 */
export function labelRepeats(
  frames: readonly RecordedFrame[],
  expectedOf: readonly (readonly Expectation[] | undefined)[],
): RecordedFrame[] {
  const labelled = [...frames];
  const repeats = new Map<readonly Expectation[], number[]>();
  for (const [index, expected] of expectedOf.entries()) {
    if (!expected || expected.length < 2) continue;
    const indices = repeats.get(expected);
    if (indices) indices.push(index);
    else repeats.set(expected, [index]);
  }
  const frameAt = (index: number): RecordedFrame => frames[index] as RecordedFrame;
  for (const [expected, indices] of repeats) {
    const inTime = indices.sort((one, other) => frameAt(one).atNs - frameAt(other).atNs);
    if (!inTime.some((index) => frameAt(index).direction === 'out')) continue;
    let departed = 0;
    for (const index of inTime) {
      const frame = frameAt(index);
      if (frame.direction === 'out') departed = Math.min(departed + 1, expected.length);
      const announced = expected[Math.max(0, departed - 1)];
      if (announced) labelled[index] = { ...frame, label: announced.label, seq: announced.seq };
    }
  }
  return labelled;
}
