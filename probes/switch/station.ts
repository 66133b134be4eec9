/** What every switch probe does: World sends numbered frames to a station, and the ports that they reach
 *  tell where the switch believes the station is. */
import {
  type Context,
  counted,
  deliveries,
  type Finding,
  hasPort,
  inconclusive,
  type Judgement,
  type Level,
  type PortName,
  type Recording,
  type Requirement,
  type Tally,
  tally,
} from '../../src/probe.js';
import { speak } from './triggers.js';

/** Frames in one check: enough to tell one lost frame from a path that is gone. */
export const checkFrames = 10;

/** How long a frame may take across the switch before it is counted as not arrived, while polling: a
 *  switch in software may need tens of milliseconds. */
const crossingMs = 100;
/** Copies of one frame reach the ports within this of each other; what is later, the final check sees. */
const pollEveryMs = 5;
/** It is asked less and less often, so that a move is timed to five per cent without flooding whoever is slow. */
const pollShare = 0.05;
const slowestPollMs = 25;
const fewestPolls = 4;

/** Sends `count` numbered frames from World to the station, a millisecond apart, and waits until the last
 *  has come out somewhere: what happens next must not overtake it inside the switch. */
export async function toStation(
  context: Context,
  label: string,
  station: string,
  count = checkFrames,
): Promise<void> {
  let seq = 0;
  for (let n = 0; n < count; n += 1) {
    seq = await context.send('world', context.numbered('world', station), label);
    await context.wait(1);
  }
  await context.until(() => arrivals(context, label, seq).length > 0, crossingMs);
}

/** Whether a frame of the label has come out at the port so far. */
export function cameOut(context: Context, label: string, port: PortName): boolean {
  return context.frames.some((f) => f.label === label && f.port === port && f.direction === 'in');
}

/** The ports at which a frame has arrived so far. */
function arrivals(context: Context, label: string, seq: number): PortName[] {
  const at = context.frames.filter((f) => f.label === label && f.seq === seq && f.direction === 'in');
  return [...new Set(at.map((f) => f.port as PortName))];
}

export interface Settling {
  /** Called every quarter of a second meanwhile: to repeat a lesson, never an announcement under test. */
  readonly again?: () => Promise<void>;
  /** How long it waits at least between frames that do not reach the port. */
  readonly everyMs?: number;
}

/** Sends frames to the station until three in a row reach the port and no other, or the deadline passes. */
export async function settle(
  context: Context,
  label: string,
  station: string,
  port: PortName,
  deadlineMs: number,
  { again, everyMs = pollEveryMs }: Settling = {},
): Promise<boolean> {
  const startMs = context.nowMs();
  const endMs = startMs + deadlineMs;
  let nextLessonMs = startMs + 250;
  for (let [inARow, polls] = [0, 0]; inARow < 3; polls += 1) {
    // A harness that was held up has asked too few times to say that nothing happened.
    if (context.nowMs() > endMs && inARow === 0 && polls >= fewestPolls) return false;
    if (again && context.nowMs() > nextLessonMs) {
      await again();
      nextLessonMs += 250;
    }
    const seq = await context.send('world', context.numbered('world', station), label);
    await context.until(() => arrivals(context, label, seq).length > 0, crossingMs);
    const slowerMs = Math.min(slowestPollMs, (context.nowMs() - startMs) * pollShare);
    await context.wait(inARow === 0 ? Math.max(everyMs, slowerMs) : pollEveryMs);
    const [first, ...further] = arrivals(context, label, seq);
    inARow = first === port && further.length === 0 ? inARow + 1 : 0;
  }
  return true;
}

/** How often a port says something that seems to have got lost, and how long it waits in between. */
const timesSaid = 3;
const saidAgainAfterMs = 250;

/**
 * The port sends `frame`; then World's frames to the station are watched until they reach that port only.
 * A lossy path loses announcements too: while the frame has not come out at World, nor had its effect, it is
 * sent again, three times in all. Resolves whether the station was seen to follow.
 *
 * @param first sends it the first time, where more leaves with it
 */
export async function sayAndSettle(
  context: Context,
  port: PortName,
  frame: Uint8Array,
  label: string,
  poll: string,
  station: string,
  first: () => Promise<unknown> = () => context.send(port, frame, label),
): Promise<boolean> {
  const { relearnMs } = context.limits;
  context.expect(poll, [port]);
  for (let said = 1; ; said += 1) {
    await (said === 1 ? first() : context.send(port, frame, label));
    const last = said === timesSaid;
    if (await settle(context, poll, station, port, last ? relearnMs : Math.min(saidAgainAfterMs, relearnMs)))
      return true;
    if (last) return false;
    if (cameOut(context, label, 'world'))
      return settle(context, poll, station, port, relearnMs - saidAgainAfterMs);
  }
}

/** Control for a move: the station speaks on `port`, and World's frames to it reach that port only. */
export async function teach(
  context: Context,
  port: PortName,
  station: string,
  label = 'before',
): Promise<void> {
  const lesson = () => speak(context, port, station, `teach-${port}`);
  await lesson();
  await settle(context, `${label}-poll`, station, port, context.limits.relearnMs, { again: lesson });
  context.expect(label, [port]);
  await toStation(context, label, station);
  await context.sentinel();
}

/** Whether the recording shows that frames under the label reached `port` and nothing else. */
export function taught(recording: Recording, port: PortName, label = 'before'): true | string {
  const seen = tally(deliveries(recording, label), port);
  if (!astray(seen) && !mostlyLost(seen)) return true;
  return (
    `Before anything was moved, World's frames to the station should have reached port ${port} only; ` +
    `${describe(seen, port)}. The old state was not real, so a move proves nothing.`
  );
}

/** The control of most probes: the station is at port a. */
export const taughtAtA = {
  control: (context: Context) => teach(context, 'a', context.mac('station')),
  controlHolds: (recording: Recording) => taught(recording, 'a'),
};

/** Where most claims about a switch stand. */
export const learningProcess = (level: Level): Requirement => ({
  level,
  document: 'IEEE 802.1Q-2018',
  clause: '8.7 The Learning Process',
  link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
});

/** `10 of 10 frames reached b only`, or what became of them instead. */
export function describe(seen: Tally, expected: string, old?: string): string {
  if (seen.sent === 0) return 'no frame was seen leaving World';
  if (seen.right === seen.sent) return `${seen.right} of ${seen.sent} frames reached ${expected} only`;
  const parts = [`of ${counted(seen.sent, 'frame')} ${seen.right} reached ${expected} only`];
  if (seen.stale > 0) parts.push(`${seen.stale} went to ${old ?? 'the old port'}`);
  if (seen.flooded > 0) parts.push(`${seen.flooded} came out at further ports`);
  if (seen.lost > 0) parts.push(`${seen.lost} came out nowhere`);
  return parts.join(', ');
}

/** Whether what a port said came out at World. One that did not may have been lost; all of three were dropped. */
export function carriedFinding(recording: Recording, label: string): Finding {
  const said = deliveries(recording, label);
  const carried = said.filter(({ arrivals: at }) => at.has('world')).length;
  return {
    id: 'carried',
    holds: carried > 0 ? true : said.length < timesSaid ? null : false,
    text: `${carried} of ${counted(said.length, 'announcement')} came out at World`,
  };
}

/** The three separate findings of a move. */
export function moveFindings(recording: Recording, seen: Tally, to: PortName, from: PortName): Finding[] {
  const monitored = hasPort(recording, 'monitor');
  return [
    {
      id: 'reached-new',
      holds: seen.reached > 0,
      text: `${seen.reached} of ${seen.sent} frames reached port ${to}`,
    },
    {
      id: 'no-stale-copy',
      holds: seen.stale === 0,
      text: `${counted(seen.stale, 'stale copy', 'stale copies')} at port ${from}`,
    },
    monitored || seen.flooded > 0
      ? {
          id: 'no-flood',
          holds: seen.flooded === 0,
          text: `${counted(seen.flooded, 'frame')} flooded to further ports`,
        }
      : { id: 'no-flood', holds: null, text: 'no monitor port: a flood to further ports would go unseen' },
  ];
}

/** Whether frames went where they should not, or all of them nowhere: positive evidence against the switch. */
export function astray(seen: Tally): boolean {
  return seen.stale > 0 || seen.flooded > 0 || (seen.sent > 0 && seen.lost === seen.sent);
}

/** One frame in ten may be lost by chance; more than that, and it is the path. */
export function mostlyLost(seen: Tally): boolean {
  return seen.sent === 0 || seen.lost * 10 > seen.sent;
}

/** What to answer when frames got lost and yet none went astray: the finding is loss, not learning. */
export function lossy(seen: Tally, expected: string, said: string): Judgement {
  return inconclusive({
    expected: said,
    observed: describe(seen, expected),
    reason:
      seen.sent === 0
        ? 'The recording shows no frame leaving World for the station.'
        : `${seen.lost} of ${seen.sent} frames came out nowhere: too lossy to tell where the switch sends them.`,
  });
}

/** What does not decide, but should be known: a few frames lost, or delivered more than once. */
export function deviations(seen: Tally): string[] {
  return [
    ...(seen.lost > 0 ? [`deviation: ${counted(seen.lost, 'frame')} of ${seen.sent} lost`] : []),
    ...(seen.duplicates > 0 ? [`deviation: ${counted(seen.duplicates, 'frame')} delivered twice`] : []),
  ];
}
