/** How long a switch remembers a station that is silent, seen by its frames: once it is forgotten, they are flooded. */
import { decodeFrame } from '../../src/frame/index.js';
import { type Context, type Declared, deliveries, type PortName, type Recording } from '../../src/probe.js';
import { toStation } from './station.js';

/** The recommended default (IEEE 802.1Q-2005, table 8-3). */
export const recommendedAgeingMs = 300_000;

/** The declared ageing time; the recommended one where a wait is only estimated. */
export const ageingMsOf = ({ ageingMs }: Declared): number => ageingMs ?? recommendedAgeingMs;

/** Many switches look for silent stations once in each ageing time, and so keep them for up to twice as long. */
export const longestMs = (ageingMs: number): number => 2 * ageingMs + Math.max(1_000, ageingMs / 20);

/** A switch may count in whole seconds, or in steps of its own: this much less than declared is not held against it. */
export const earliestMs = (ageingMs: number): number => ageingMs - Math.max(1_100, ageingMs / 10);

/** Waits until the station has been silent for so long. */
export async function untilSilentFor(context: Context, station: string, ms: number): Promise<void> {
  const spoke = context.frames.findLast(
    ({ direction, bytes }) => direction === 'out' && decodeFrame(bytes).ethernet?.source === station,
  );
  const spokeMs = (spoke?.atNs ?? 0) / 1e6;
  await context.wait(Math.max(0, spokeMs + ms - context.nowMs()));
}

/** Enough to tell a flood from a copy that got lost. */
const framesEach = 3;

/** Sends a few frames to the station, and resolves whether they came out elsewhere than at `port`. */
export async function look(
  context: Context,
  label: string,
  station: string,
  port: PortName,
): Promise<'known' | 'forgotten'> {
  await toStation(context, label, station, framesEach);
  const elsewhere = context.frames.some((f) => f.label === label && f.direction === 'in' && f.port !== port);
  return elsewhere ? 'forgotten' : 'known';
}

/** What became of the frames of one look: `lost` when none came out. */
export type Fate = 'known' | 'forgotten' | 'lost';

export interface Look {
  readonly fate: Fate;
  /** How long the station had been silent when the first and the last of the frames were sent. */
  readonly silentMs: { readonly from: number; readonly to: number };
}

/** A look at a station which spoke last on `port`; undefined when it was not taken. */
export function lookOf(
  recording: Recording,
  label: string,
  stationRole: string,
  port: PortName,
): Look | undefined {
  const sent = deliveries(recording, label);
  const [first, last] = [sent[0], sent.at(-1)];
  const station = recording.plan.addresses[stationRole];
  if (!first || !last || station === undefined) return undefined;
  const spokeNs = lastSpokeNs(recording, station, first.sentNs);
  if (spokeNs === undefined) return undefined;
  const ports = new Set(sent.flatMap(({ arrivals }) => [...arrivals.keys()]));
  const fate = ports.size === 0 ? 'lost' : [...ports].every((at) => at === port) ? 'known' : 'forgotten';
  return { fate, silentMs: { from: (first.sentNs - spokeNs) / 1e6, to: (last.sentNs - spokeNs) / 1e6 } };
}

/** When the station was last heard before a moment, on any port. */
function lastSpokeNs(recording: Recording, station: string, beforeNs: number): number | undefined {
  return recording.frames.findLast(
    ({ direction, atNs, bytes }) =>
      direction === 'out' && atNs < beforeNs && decodeFrame(bytes).ethernet?.source === station,
  )?.atNs;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
