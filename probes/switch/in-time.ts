/** Whether a station was followed within the bench's limit. The frames that were sent while it was awaited tell, not the
 *  patience of whoever sent them: a recording may come from a harness that waited longer than its plan says. */
import {
  type Delivery,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  type PortName,
  type Recording,
} from '../../src/probe.js';

/** The labels of what was sent, and the one port that it should reach. */
export interface Awaited {
  readonly announce: string;
  readonly poll: string;
  /** Sent when the waiting was over, if anything was. */
  readonly after?: string;
  readonly to: PortName;
}

/** What most probes of a move await: the station is announced at port b, and then looked for. */
export const movedToB: Awaited = { announce: 'announce', poll: 'poll', after: 'after', to: 'b' };

/** The last poll that did not reach the port alone, and the one behind it, from which on all of them did. */
export function settling(
  recording: Recording,
  { poll, to }: Pick<Awaited, 'poll' | 'to'>,
): { readonly lastWrong: Delivery | undefined; readonly firstRight: Delivery | undefined } {
  const polls = deliveries(recording, poll);
  const lastWrong = polls.findLastIndex((sent) => !reachedOnly(sent, to));
  return { lastWrong: polls[lastWrong], firstRight: polls[lastWrong + 1] };
}

const reachedOnly = ({ arrivals }: Delivery, port: PortName): boolean =>
  arrivals.size === 1 && arrivals.has(port);

/** Between which bounds after the last announcement the station was followed, milliseconds. Undefined when nothing was
 *  announced, or no frame reached the port alone from then on. */
export function followedWithin(
  recording: Recording,
  awaited: Awaited,
): { readonly lowMs: number; readonly highMs: number } | undefined {
  const { announce, after, to } = awaited;
  const announcedNs = deliveries(recording, announce).at(-1)?.sentNs;
  const { lastWrong, firstRight } = settling(recording, awaited);
  const looked = after === undefined ? [] : deliveries(recording, after);
  const right = firstRight ?? looked.find((sent) => reachedOnly(sent, to));
  if (announcedNs === undefined || !right) return undefined;
  const msAfter = (sentNs: number) => Math.max(0, (sentNs - announcedNs) / 1e6);
  return { lowMs: msAfter(lastWrong?.sentNs ?? announcedNs), highMs: msAfter(right.sentNs) };
}

/** Where the station was followed in the end: `late` when that was after the limit, `untold` when the limit lies between
 *  the last frame that went elsewhere and the first that did not. */
export function lateness(recording: Recording, awaited: Awaited): 'late' | 'untold' | undefined {
  const { relearnMs } = recording.plan.limits;
  const { lowMs = 0, highMs = 0 } = followedWithin(recording, awaited) ?? {};
  return lowMs > relearnMs ? 'late' : highMs > relearnMs ? 'untold' : undefined;
}

/** The judgement, but a pass only if the station was followed in time. */
export function inTime(recording: Recording, awaited: Awaited, judged: Judgement): Judgement {
  if (judged.outcome !== 'pass') return judged;
  const { relearnMs } = recording.plan.limits;
  switch (lateness(recording, awaited)) {
    case 'late':
      return fail({
        ...judged,
        reason: `Frames to the station reached port ${awaited.to} alone in the end, but later than ${relearnMs} ms after it spoke there.`,
      });
    case 'untold':
      return inconclusive({
        ...judged,
        reason: `The harness was too late to tell whether the station was followed within ${relearnMs} ms.`,
      });
    case undefined:
      return judged;
  }
}
