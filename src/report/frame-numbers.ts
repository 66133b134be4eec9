/** Which frames of a capture are which: where to look in Wireshark. Pure. */
import type { Recording } from '../evidence/recording.js';
import { groupBy } from './group.js';
import { plural } from './words.js';

export interface FrameRow {
  /** What the case calls them: `announce`, `after`; empty: frames that it did not send. */
  readonly label: string;
  /** `sent at b, heard at a and world`. */
  readonly where: string;
  /** Every sighting counts: a frame that was sent and heard at two ports is in the capture three times. */
  readonly count: number;
  /** As Wireshark numbers them: `12–19, 23`. */
  readonly numbers: string;
}

const mostRanges = 8;
const mostRows = 40;

/** The frames of a recording by their names, in the order in which they were first seen; `more` names are left out. */
export function frameNumbers({ frames }: Pick<Recording, 'frames'>): { rows: FrameRow[]; more: number } {
  const groups = groupBy(frames, ({ label = '' }) => label);
  const rows = groups.slice(0, mostRows).map(([label, group]) => {
    const portsOf = (direction: 'in' | 'out') => [
      ...new Set(group.filter((frame) => frame.direction === direction).map(({ port }) => port)),
    ];
    return {
      label,
      where: [placesText('sent', portsOf('out')), placesText('heard', portsOf('in'))]
        .filter(Boolean)
        .join(', '),
      count: group.length,
      numbers: rangesText(group.map(({ number }) => number)),
    };
  });
  return { rows, more: Math.max(0, groups.length - mostRows) };
}

const placesText = (word: string, ports: readonly string[]): string =>
  ports.length === 0 ? '' : `${word} at ${ports.join(', ').replace(/, ([^,]*)$/, ' and $1')}`;

/** `12–19, 23`, of numbers in any order; what is too much to read is counted. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of [...numbers].sort((x, y) => x - y)) {
    const range = ranges.at(-1);
    if (range && number <= range.last + 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  const texts = ranges
    .slice(0, mostRanges)
    .map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
  const more = ranges.slice(mostRanges).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return texts.join(', ') + (more > 0 ? ` and ${plural(more, 'frame')} more` : '');
}
