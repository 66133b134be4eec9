import {
  arrivedAt,
  type Context,
  counted,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Measurement,
  markDetail,
  type PortName,
  pass,
  type Recording,
  type StreamRecord,
  type StreamSegment,
} from '../../src/probe.js';
import { taughtAtA } from './station.js';
import { announcement, datagram } from './triggers.js';

interface Announcement {
  /** A broadcast costs the switch a copy for each port; a datagram to World costs it one. */
  readonly form: 'arp' | 'datagram';
}

const announcedBy = { arp: 'gratuitous ARP', datagram: 'a datagram' } as const;

/** 125,000 frames a second, and less for a switch that loses frames at that rate. */
const spacingsNs = [8_000, 80_000, 800_000, 8_000_000] as const;
/** What the rate is tried with, the stream before the announcement, and each stretch after it: 2 and 16 ms at
 *  the highest rate, and no longer than this at a low one. */
const leadFrames = 250;
const stretchFrames = 2_000;
const longestStretchNs = 64e6;
/** How long the last frame of a trial may take to come out, and its stamps to arrive from a remote World. */
const drainMs = 500;
const rounds = 10;
/** A device that needs longer than this for a move is measured in fewer rounds. */
const slowMs = 200;
const slowRounds = 3;

const announceLabel = (round: number) => `announce-${round}`;
const newPort = (round: number): PortName => (round % 2 === 1 ? 'b' : 'a');
/** A round's stream, and what it went on with when its end had not followed yet: `round-3`, `round-3-on`. */
const streamLabels = (round: number) => [`round-${round}`, `round-${round}-on`];
const roundOf = ({ label }: StreamRecord) => Number(label.split('-')[1]);

/** One move, with World's stream around it; resolves whether it was seen to be followed. The stream goes on until its end
 *  arrives at the new port only, or the bench's limit has passed. */
async function measure(context: Context<Announcement>, round: number, spacingNs: number): Promise<boolean> {
  const station = context.mac('station');
  const port = newPort(round);
  const [label = '', onLabel = ''] = streamLabels(round);
  const paced = (frame: Uint8Array) => ({ port: 'world' as const, frame, afterNs: spacingNs });
  const stretch = Math.min(stretchFrames, Math.ceil(longestStretchNs / spacingNs));
  const lead = Math.ceil((stretch * leadFrames) / stretchFrames);
  const first = context.stream(label, 'world', station, lead + stretch);
  context.expect(label, [port]);
  const [next, ...rest] = first.frames.slice(lead).map(paced);
  await context.transmit([
    ...first.frames.slice(0, lead).map(paced),
    { port, frame: announce(context, station), label: announceLabel(round) },
    // At once: the gap around the announcement is what bounds the resolution.
    ...(next ? [{ ...next, afterNs: 0 }, ...rest] : []),
  ]);
  if (await followed(context, port, first)) return true;

  const onFrames = Math.ceil((context.limits.relearnMs * 1e6) / spacingNs);
  const on = context.stream(onLabel, 'world', station, onFrames);
  context.expect(onLabel, [port]);
  for (let sent = 0; sent < onFrames; sent += stretch) {
    await context.transmit(on.frames.slice(sent, sent + stretch).map(paced));
    if (await followed(context, port, on)) return true;
  }
  return false;
}

function announce(context: Context<Announcement>, station: string): Uint8Array {
  return context.params.form === 'arp' ? announcement(context, station) : datagram(context, station);
}

/** The highest of the rates at which the switch carries every frame to the station where it is now; undefined
 *  when it loses frames at all of them. */
async function carriedSpacingNs(context: Context<Announcement>): Promise<number | undefined> {
  const station = context.mac('station');
  for (const spacingNs of spacingsNs) {
    // As long as a stretch: buffers on the way swallow a short burst at any rate.
    const count = Math.min(stretchFrames, Math.ceil(longestStretchNs / spacingNs));
    const trial = context.stream(`rate-${spacingNs}`, 'world', station, count);
    context.expect(`rate-${spacingNs}`, ['a']);
    await context.transmit(trial.frames.map((frame) => ({ port: 'world', frame, afterNs: spacingNs })));
    // What is still queued in a slow switch must not be taken for lost, nor delay what follows.
    const endMs = context.nowMs() + drainMs;
    while (!carried(trial.finish(), count) && context.nowMs() < endMs) await context.wait(10);
    if (carried(trial.finish(), count)) return spacingNs;
  }
  return undefined;
}

function carried({ segments }: StreamRecord, count: number): boolean {
  const [only, ...more] = segments;
  return more.length === 0 && only?.arrivedAt.join() === 'a' && only.lastSeq === count;
}

/** Whether a frame that is sent now reaches the new port and no other, and the end of the stream did so too: a move
 *  between the two is one that the stream has not shown. */
async function followed(
  context: Context<Announcement>,
  port: PortName,
  stream: { finish(): StreamRecord },
): Promise<boolean> {
  const before = context.frames.length;
  await context.send('world', context.numbered('world', context.mac('station')), 'poll');
  const seen = () => context.frames.slice(before).filter((f) => f.label === 'poll' && f.direction === 'in');
  await context.until(() => seen().length > 0, 50);
  if (seen().length !== 1 || seen()[0]?.port !== port) return false;
  return stream.finish().segments.at(-1)?.arrivedAt.join() === port;
}

/** What one round showed. Times are from the announcement's departure, milliseconds. */
interface Move {
  readonly lowMs: number;
  readonly highMs: number;
  readonly lost: number;
  readonly stale: number;
  readonly flooded: number;
}

/** RFC 6412's loss-derived method: the move was complete between the last frame that did not arrive at
 *  the new port alone and the first after which all did. Undefined when it never was. */
function moveOf(
  segments: readonly StreamSegment[],
  announcedNs: number,
  port: PortName,
  old: PortName,
): Move | undefined {
  const right = ({ arrivedAt }: { arrivedAt: readonly string[] }) =>
    arrivedAt.length === 1 && arrivedAt[0] === port;
  // Two streams follow each other, and both may be right: the first of the right ones at the end counts.
  const final = segments[segments.findLastIndex((segment) => !right(segment)) + 1];
  if (!final) return undefined;
  const after = segments.filter((segment) => segment.lastSentNs > announcedNs && !right(segment));
  // A segment may begin before the announcement and end after it: its frames are counted by their share in time.
  const frames = (test: (arrivedAt: readonly string[]) => boolean) =>
    after
      .filter(({ arrivedAt }) => test(arrivedAt))
      .reduce((sum, { firstSeq, lastSeq, firstSentNs, lastSentNs }) => {
        const all = lastSeq - firstSeq + 1;
        const share =
          (lastSentNs - Math.max(firstSentNs, announcedNs)) / Math.max(1, lastSentNs - firstSentNs);
        return sum + Math.round(all * share);
      }, 0);
  const lastWrongNs = after.at(-1)?.lastSentNs ?? announcedNs;
  return {
    lowMs: (lastWrongNs - announcedNs) / 1e6,
    highMs: Math.max(final.firstSentNs - announcedNs, 0) / 1e6,
    lost: frames((ports) => ports.length === 0),
    stale: frames((ports) => ports.includes(old)),
    flooded: frames((ports) => ports.some((p) => p !== port && p !== old)),
  };
}

/** Frames lost while nothing was being moved: the path loses frames by itself, and so the loss-derived
 *  method measures nothing. */
function lostBefore(stream: StreamRecord, announcedNs: number): number {
  return stream.segments
    .filter(({ arrivedAt, lastSentNs }) => lastSentNs < announcedNs && arrivedAt.length === 0)
    .reduce((sum, { firstSeq, lastSeq }) => sum + lastSeq - firstSeq + 1, 0);
}

function roundsOf(recording: Recording): StreamRecord[] {
  return recording.streams.filter(({ label }) => label.startsWith('round-'));
}

function movesOf(recording: Recording): (Move | undefined)[] {
  const done = new Set(roundsOf(recording).map(roundOf));
  return [...done].map((round) => {
    const announcedNs = departureNs(recording, announceLabel(round));
    if (announcedNs === undefined) return undefined;
    const segments = streamLabels(round).flatMap(
      (label) => recording.streams.find((stream) => stream.label === label)?.segments ?? [],
    );
    return moveOf(segments, announcedNs, newPort(round), newPort(round + 1));
  });
}

/** Whether the announcement did not come out, and frames of the stream did not either: then the path was
 *  overloaded. A switch that drops the announcement alone does so on purpose. */
function announcementLost(recording: Recording, round: number): boolean {
  if (arrivedAt(recording, announceLabel(round), 'world')) return false;
  const segments = roundsOf(recording).flatMap((stream) =>
    roundOf(stream) === round ? stream.segments : [],
  );
  return segments.some(({ arrivedAt: ports }) => ports.length === 0);
}

/** How far the sending times of two ports may be apart from what was measured. One kernel stamps them both
 *  with one clock, as it hands the frame to the NIC, so their difference needs no allowance. */
function clockErrorMs(recording: Recording): number {
  const errorsNs = recording.ports
    .filter(({ driver, abilities }) => driver === 'remote' || !abilities.kernelTimestamps)
    .map(({ abilities }) => abilities.timestampErrorNs);
  return Math.max(0, ...errorsNs) / 1e6;
}

/** `how` the station was announced tells this case's measurements from another's. */
function measurements(
  moves: readonly Move[],
  errorMs: number,
  framesPerS: number,
  how: string,
): Measurement[] {
  const sorted = [...moves].sort((x, y) => x.lowMs + x.highMs - (y.lowMs + y.highMs));
  const named: [string, Move | undefined][] = [
    ['longest', sorted.at(-1)],
    ['median', sorted[Math.floor((sorted.length - 1) / 2)]],
    ['shortest', sorted[0]],
  ];
  const times = named.flatMap(([name, move]) =>
    move
      ? {
          name: `relearn time, ${name} of ${moves.length}, ${how}`,
          value: ((move.lowMs + move.highMs) / 2) * 1000,
          unit: 'us' as const,
          low: Math.max(0, move.lowMs - errorMs) * 1000,
          high: (move.highMs + errorMs) * 1000,
        }
      : [],
  );
  const sum = (of: (move: Move) => number) => moves.reduce((total, move) => total + of(move), 0);
  const frames = (name: string, value: number): Measurement => ({ name, value, unit: 'frames' });
  return [
    ...times,
    { name: `stream around the moves, ${how}`, value: framesPerS, unit: 'frames/s' },
    frames(
      `frames lost during the moves, ${how}`,
      sum((m) => m.lost),
    ),
    frames(
      `frames to the old port during the moves, ${how}`,
      sum((m) => m.stale),
    ),
    frames(
      `frames flooded during the moves, ${how}`,
      sum((m) => m.flooded),
    ),
  ];
}

export default defineProbe<Announcement>({
  id: 'switch/relearn-time',
  device: 'switch',
  title: 'How long a move takes and how many frames it costs',
  failureTitle: 'The switch takes longer to move a station than this bench allows',
  why: 'This is the outage that clients see when everything else works.',
  requirement: {
    level: 'info',
    document: 'RFC 6412',
    clause: '6.2.1 Loss-Derived Method',
    link: 'https://www.rfc-editor.org/rfc/rfc6412#section-6.2.1',
  },
  needs: ['a', 'b', 'world'],
  deadlineMs: 40_000,
  cases: [
    {
      id: 'announced',
      title: 'ten moves by gratuitous ARP, in the middle of a stream',
      params: { form: 'arp' },
    },
    {
      id: 'datagram',
      title: 'ten moves by a datagram to World, in the middle of a stream',
      params: { form: 'datagram' },
    },
  ],

  ...taughtAtA,

  async stimulus(context) {
    const spacingNs = await carriedSpacingNs(context);
    context.mark('spacing', String(spacingNs ?? 'none'));
    if (spacingNs === undefined) return context.sentinel();
    const startMs = context.nowMs();
    for (let round = 1; round <= rounds; round += 1) {
      // Where one move fails, the next would begin from a state that nobody claimed.
      if (!(await measure(context, round, spacingNs))) break;
      const slow = (context.nowMs() - startMs) / round > slowMs;
      if (slow && round >= slowRounds) break;
    }
    await context.sentinel();
  },

  judge(recording, { form }) {
    const limitMs = recording.plan.limits.relearnMs;
    const errorMs = clockErrorMs(recording);
    const expected = `each move is complete within ${limitMs} ms`;
    const spacing = markDetail(recording, 'spacing');
    if (spacing === 'none') {
      const reason =
        'The switch loses frames at every rate that was tried, so lost frames do not tell of a move.';
      return inconclusive({ expected, observed: 'frames lost while nothing moved', reason });
    }
    const moves = movesOf(recording);
    const lost = roundsOf(recording).reduce(
      (sum, stream) => sum + lostBefore(stream, departureNs(recording, announceLabel(roundOf(stream))) ?? 0),
      0,
    );
    const done = moves.flatMap((move) => move ?? []);
    if (moves.length === 0 || lost > 0) {
      const observed = `${counted(lost, 'frame')} lost before the moves, in ${counted(moves.length, 'round')}`;
      return inconclusive({ expected, observed, reason: `${observed}: what a move costs can’t be told.` });
    }
    if (done.length < moves.length) {
      const observed = `move ${moves.indexOf(undefined) + 1} never completed`;
      if (announcementLost(recording, moves.indexOf(undefined) + 1)) {
        const reason = 'The announcement got lost among other frames, so there was no move to be measured.';
        return inconclusive({ expected, observed, reason });
      }
      return fail({
        expected,
        observed,
        reason: `M${observed.slice(1)} within ${limitMs} ms of the announcement.`,
      });
    }
    const measured = measurements(done, errorMs, 1e9 / Number(spacing), announcedBy[form]);
    const longest = measured.find(({ name }) => name.includes('longest'));
    const [low, high] = [(longest?.low ?? 0) / 1000, (longest?.high ?? 0) / 1000];
    const observed = `${done.length} moves, the longest between ${show(low)} and ${show(high)}`;
    const said = { expected, observed, measurements: measured };
    if (low > limitMs) return fail({ ...said, reason: `The longest move took at least ${show(low)}.` });
    if (high > limitMs) {
      return inconclusive({
        ...said,
        reason: `The longest move took between ${show(low)} and ${show(high)}: the limit lies in between.`,
      });
    }
    return pass({ ...said, reason: `All moves were complete within ${show(high)}.` });
  },
});

function show(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toFixed(1)} µs` : `${ms.toFixed(1)} ms`;
}
