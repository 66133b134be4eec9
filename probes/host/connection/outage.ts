/**
 * How long a stream did not reach the station that V is, by what was lost of it (after RFC 6412 section 3.5.2, the
 * Loss-Derived Method, but by the frames' times instead of their number): from the takeover until between the sending of
 * the last frame that went elsewhere and of the first that arrived.
 */
import {
  between,
  counted,
  type Finding,
  type Measurement,
  markDetail,
  type Recording,
} from '../../../src/probe.js';
import { type Carrier, carriers, type Owner, type Scene, sightings } from './sighting.js';

export interface Crossing {
  readonly carrier: Carrier;
  /** The stream reached the right owner again, for good. */
  readonly recovered: boolean;
  /** Between these, after the takeover, it came to that; `highMs` is where the watch ended if it never did. */
  readonly lowMs: number;
  readonly highMs: number;
  /** Frames that went elsewhere after the takeover. */
  readonly astray: number;
  /** Frames that reached the right owner after it. */
  readonly arrived: number;
  /** The host gave its connection up, or its application ended it, after the takeover. */
  readonly ended?: 'reset' | 'finished';
}

/** The frames of the stream that a case marked, undefined where it had none. */
export function streamOf(recording: Recording): Carrier | undefined {
  const name = markDetail(recording, 'carrier');
  return Object.keys(carriers).find((carrier): carrier is Carrier => carrier === name);
}

/** The last of that name: of streams that were tried, the last one ran. */
function markNs({ events }: Recording, name: string): number | undefined {
  return events.findLast((event) => event.kind === 'mark' && event.name === name)?.atNs;
}

/** Why the stream did not run to OLD before the takeover; true when it did. */
export function streamed(recording: Recording, scene: Scene): true | string {
  const carrier = streamOf(recording);
  if (carrier === undefined)
    return markDetail(recording, 'no-stream') ?? 'The host could not be had to send a stream.';
  const from = markNs(recording, 'stream') ?? 0;
  const to = markNs(recording, 'takeover') ?? recording.endNs;
  const before = sightings(recording, scene, carrier).filter(({ atNs }) => atNs >= from && atNs < to);
  const last = before.at(-1);
  if (before.some(({ ends }) => ends !== undefined))
    return 'The host ended the connection before anything was taken over.';
  if (before.filter((seen) => seen.to === 'old').length < enoughBefore || last === undefined)
    return `Before the takeover too few frames of the stream (${carriers[carrier]}) reached the old owner.`;
  return last.to === 'old' || 'The stream did not go to the old owner when the takeover began.';
}

/** So many frames show that a stream runs. */
export const enoughBefore = 3;
export const enoughAfter = 3;

/** What became of the stream after the takeover, if it should go to `owner` from then on. */
export function crossingOf(recording: Recording, scene: Scene, owner: Owner): Crossing | undefined {
  const carrier = streamOf(recording);
  const takeoverNs = markNs(recording, 'takeover');
  const endNs = markNs(recording, 'stream-end');
  if (carrier === undefined || takeoverNs === undefined || endNs === undefined) return undefined;
  const after = sightings(recording, scene, carrier).filter(({ atNs }) => atNs >= takeoverNs && atNs < endNs);
  const lastAstray = after.findLastIndex(({ to }) => to !== owner);
  const right = after.slice(lastAstray + 1);
  const [first] = right;
  const recovered = first !== undefined && right.length >= enoughAfter;
  const sinceMs = (atNs: number) => (atNs - takeoverNs) / 1e6;
  const ended = after.find(({ ends }) => ends !== undefined)?.ends;
  return {
    carrier,
    recovered,
    lowMs: lastAstray < 0 ? 0 : sinceMs(after[lastAstray]?.atNs ?? takeoverNs),
    highMs: sinceMs(first && recovered ? first.atNs : endNs),
    astray: after.filter(({ to }) => to !== owner).length,
    arrived: after.filter(({ to }) => to === owner).length,
    ...(ended && { ended }),
  };
}

export function outageOf({ lowMs, highMs, recovered }: Crossing): Measurement[] {
  if (!recovered) return [];
  return [between('outage', lowMs, highMs)];
}

const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

export function interval({ lowMs, highMs }: Crossing): string {
  return highMs < 1000
    ? `${lowMs.toFixed(0)} to ${highMs.toFixed(0)} ms`
    : `${inSeconds(lowMs)} to ${inSeconds(highMs)}`;
}

export function crossingFindings(crossing: Crossing, intervalMs: number): Finding[] {
  const { carrier, recovered, ended, astray, arrived } = crossing;
  const survived = recovered && ended === undefined;
  return [
    { id: 'stream', holds: true, text: `the stream: ${carriers[carrier]}, a frame every ${intervalMs} ms` },
    { id: 'survives', holds: survived, text: survived ? 'it goes on' : 'it does not go on' },
    {
      id: 'lost',
      holds: null,
      text: `${counted(astray, 'frame')} went elsewhere after the takeover, ${arrived} reached the owner`,
    },
  ];
}

/** What a verdict must say of a stream that only stands in for what was asked for. */
export function carrierQualifiers(recording: Recording, carrier: Carrier): string[] {
  const standsIn =
    carrier === 'icmp-echo'
      ? ['judged by ICMP echo, which stands in for UDP']
      : carrier === 'tcp-answers'
        ? ['judged by answers to TCP connections, which stand in for UDP']
        : [];
  const why = markDetail(recording, 'not-from-host');
  const unseen = recording.events.flatMap((event) => {
    const tried = Object.entries(carriers).find(
      ([name]) => event.kind === 'mark' && event.name === 'no-flow' && event.detail === name,
    );
    return tried ? [`nothing was seen of ${tried[1]}`] : [];
  });
  return [...standsIn, ...unseen, ...(why === undefined ? [] : [`judged from outside: ${why}`])];
}
