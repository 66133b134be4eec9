/** The pictures of a page: whose are drawn when not all have room. */
import type { Comparison } from '../compare/compare.js';
import type { Recording } from '../evidence/recording.js';
import type { CaseResult, Result } from '../result.js';
import { captionOf } from './caption.js';
import { sightings } from './fates.js';
import { renderTimeline } from './timeline.js';
import { isJudged, isProblem } from './words.js';

/** One device of a run: its result, and how to get at the evidence. */
export interface ReportInput {
  readonly result: Result;
  /** With a baseline; absent: the run has none. */
  readonly comparison?: Comparison | undefined;
  /** The recording of the attempt that decided the case; undefined where none was kept. */
  recordingOf(caseId: string): Promise<Recording | undefined>;
  /** Where the case's capture lies, relative to the page; undefined where none was kept. */
  evidenceHref(caseId: string): string | undefined;
}

/** A case's timeline, and what it shows in words. */
export interface Picture {
  readonly svg: string;
  readonly caption: string;
}

export function drawPicture(recording: Recording): Picture {
  const seen = sightings(recording);
  return { svg: renderTimeline(recording, seen), caption: captionOf(recording, seen) };
}

/** Evidence that is read side by side. */
const readTogether = 8;

/** Draws what the page has room for, worst cases first. A case without a recording has no picture. */
export async function drawPictures(
  { result, recordingOf, evidenceHref }: ReportInput,
  budget: { left: number },
) {
  const pictures = new Map<string, Picture | { svg: null }>();
  const order = [...result.cases].sort((x, y) => urgency(x) - urgency(y));
  for (let i = 0; i < order.length; i += readTogether) {
    const batch = order.slice(i, i + readTogether).map(({ id }) => id);
    // Reading evidence takes time: once the page is full, no more of it is read.
    const recordings = budget.left > 0 ? await Promise.all(batch.map(recordingOf)) : [];
    for (const [place, id] of batch.entries()) {
      const recording = recordings[place];
      if (recording && budget.left > 0) {
        const picture = drawPicture(recording);
        budget.left -= picture.svg.length;
        pictures.set(id, picture);
      } else if (budget.left <= 0 && evidenceHref(id) !== undefined) pictures.set(id, { svg: null });
    }
  }
  return pictures;
}

/** Whose picture is missed most: a must that did not pass, then other cases that are judged, then the rest. */
function urgency(c: CaseResult): number {
  if (isProblem(c)) return 0;
  const settled = c.outcome === 'pass' || c.outcome === 'not-applicable';
  return isJudged(c.level) ? (settled ? 2 : 1) : 3;
}
