import {
  between,
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Measurement,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { aliveFinding, exercise, liveness } from './liveness.js';
import { describe, sayAndSettle, settle, taught, teach, toStation } from './station.js';
import { announcement, datagram } from './triggers.js';

interface Ramp {
  readonly moves: number;
  /** Time between two moves; 0: as fast as they are followed. */
  readonly everyMs: number;
  /** How long a switch that follows no more is watched. */
  readonly recoveryMs: number;
}

/** EVPN takes an address for a duplicate that moves five times in 180 s (RFC 7432 §15.1). */
const evpnMoves = 5;
const evpnWindowMs = 180_000;
/** The bench file may declare the window: routers let it be set from five seconds on. */
const everyMs = ({ everyMs: every }: Ramp, { moveWindowMs }: Context['declared']) =>
  every === 0 ? 0 : moveWindowMs === undefined ? every : Math.round((moveWindowMs / evpnWindowMs) * every);

const portOf = (move: number): PortName => (move % 2 === 1 ? 'b' : 'a');
const announceLabel = (move: number) => `announce-${move}`;
const pollLabel = (move: number) => `poll-${move}`;
const tryLabel = (attempt: number) => `try-${attempt}`;
const longestTries = 12;
/** A switch that takes half a second for each move is asked for fewer: guards count three to ten. */
const rampMs = 4_000;
const fewestMoves = 10;

/** The guarded station announces itself after pauses that grow, since each announcement may begin the time anew. */
async function watchRecovery(context: Context<Ramp>, port: PortName): Promise<void> {
  const station = context.mac('station');
  const endMs = context.nowMs() + context.params.recoveryMs;
  let pauseMs = 500;
  for (let attempt = 1; attempt <= longestTries && context.nowMs() < endMs; attempt += 1) {
    await context.wait(Math.min(pauseMs, Math.max(0, endMs - context.nowMs())));
    pauseMs *= 2;
    if ((await context.linkOf(port)) === 'down') continue;
    await context.send(port, announcement(context, station), `again-${attempt}`);
    if (await settle(context, tryLabel(attempt), station, port, 150)) return;
  }
}

/** Whether the station moves at once when it speaks by plain data: then it was its announcement that got dropped. */
async function followsData(context: Context<Ramp>, port: PortName): Promise<boolean> {
  if ((await context.linkOf(port)) === 'down') return false;
  const station = context.mac('station');
  for (let n = 0; n < 3; n += 1) await context.send(port, datagram(context, station), 'by-data');
  return settle(context, byData, station, port, 150);
}

const byData = 'poll-by-data';
const isRight = (recording: Recording, poll: string, port: string) => {
  const last = deliveries(recording, poll).at(-1);
  return last?.arrivals.size === 1 && last.arrivals.has(port);
};

/** How many moves were followed, and whether the one after them was given its time. */
function followed(recording: Recording, { moves }: Ramp): { count: number; refused: boolean } {
  for (let move = 1; move <= moves; move += 1) {
    const port = portOf(move);
    const polls = deliveries(recording, pollLabel(move));
    const last = polls.at(-1);
    if (last?.arrivals.size !== 1 || !last.arrivals.has(port))
      return { count: move - 1, refused: polls.length > 0 };
  }
  return { count: moves, refused: false };
}

/** Between which times after the refused announcement the switch followed again. */
function holdDown(recording: Recording, refused: number): Measurement | undefined {
  const from = deliveries(recording, announceLabel(refused)).at(-1)?.sentNs;
  if (from === undefined) return undefined;
  let low = 0;
  for (let attempt = 1; attempt <= longestTries; attempt += 1) {
    const said = deliveries(recording, `again-${attempt}`)[0];
    const last = deliveries(recording, tryLabel(attempt)).at(-1);
    if (!said) continue;
    const sinceS = (said.sentNs - from) / 1e9;
    if (last?.arrivals.size === 1 && last.arrivals.has(portOf(refused)))
      return between('hold-down', low, sinceS, 's');
    low = sinceS;
  }
  return undefined;
}

export default defineProbe<Ramp>({
  id: 'switch/move-guard',
  device: 'switch',
  title: 'A station that moves again and again is followed every time',
  failureTitle: 'After a number of moves the switch follows a station no more',
  why: 'A cluster that fails over a few times in one night loses its address to the switch’s protection against loops.',
  requirement: {
    level: 'info',
    document: 'RFC 7432',
    clause: '15.1 MAC Duplication Issue',
    link: 'https://www.rfc-editor.org/rfc/rfc7432#section-15.1',
  },
  needs: ['a', 'b', 'world'],
  deadlineMs: 25_000,
  waitMs: (params, declared) =>
    params.moves * everyMs(params, declared) + (params.everyMs > 0 ? params.recoveryMs : 0),
  cases: [
    {
      id: 'twenty-moves',
      title: 'up to twenty moves, as fast as they are followed',
      params: { moves: 20, everyMs: 0, recoveryMs: 8_000 },
    },
    {
      id: 'evpn-window',
      title: 'seven moves over EVPN’s window of 180 s',
      slow: true,
      params: { moves: evpnMoves + 2, everyMs: 24_000, recoveryMs: 30_000 },
    },
  ],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
    for (const port of ['a', 'b'] as const) await exercise(context, port, 'before');
  },
  controlHolds: (recording) => taught(recording, 'a'),

  async stimulus(context) {
    const { params, declared } = context;
    const station = context.mac('station');
    let refused: PortName | undefined;
    let followedMoves = 0;
    const startMs = context.nowMs();
    const enough = (move: number) =>
      params.everyMs === 0 && move > fewestMoves && context.nowMs() - startMs > rampMs;
    for (let move = 1; move <= params.moves && !refused && !enough(move); move += 1) {
      const port = portOf(move);
      const frame = announcement(context, station);
      if (!(await sayAndSettle(context, port, frame, announceLabel(move), pollLabel(move), station)))
        refused = port;
      else {
        followedMoves = move;
        if (move < params.moves) await context.wait(everyMs(params, declared));
      }
    }
    if (refused) {
      for (const port of ['a', 'b'] as const) await exercise(context, port, 'after');
      if (followedMoves > 0 && !(await followsData(context, refused))) await watchRecovery(context, refused);
    }
    context.expect('after', [refused ?? portOf(followedMoves)]);
    await toStation(context, 'after', station, 5);
    // A port that was shut hears no sentinel, and that is what is judged then.
    if (!refused || (await context.linkOf(refused)) !== 'down') await context.sentinel();
  },

  judge(recording, params) {
    const { count, refused } = followed(recording, params);
    const tried = Array.from({ length: params.moves }, (_, n) => announceLabel(n + 1)).filter(
      (label) => deliveries(recording, label).length > 0,
    ).length;
    const moves = counted(tried, 'move');
    const expected = `each of ${moves} is followed`;
    const observed = `${count} of ${moves} were followed`;
    const measurements: Measurement[] = [
      {
        name: 'moves followed in a row',
        value: count,
        unit: 'count',
        ...(count === tried && { limitedBy: 'tester' as const }),
      },
    ];
    if (count === tried && count >= Math.min(params.moves, fewestMoves))
      return pass({ expected, observed, measurements, reason: `The switch followed ${moves} in a row.` });
    if (!refused) return inconclusive({ expected, observed, reason: 'The moves were not all tried.' });
    const port = portOf(count + 1);
    const alive = aliveFinding(recording, port, 'after');
    const time = holdDown(recording, count + 1);
    const findings = [
      { id: 'guarded', holds: count > 0, text: `${counted(count, 'move')} followed, the next one not` },
      {
        id: 'recovers',
        holds: time !== undefined,
        text: time ? 'follows again by itself' : 'did not follow again while it was watched',
      },
      alive,
    ];
    const seen = tally(deliveries(recording, pollLabel(count + 1)), port, port === 'a' ? 'b' : 'a');
    if (count === 0) {
      return inconclusive({
        expected,
        observed,
        findings: [alive],
        reason: `Not even the first move was followed (${describe(seen, 'b', 'a')}), so no number of them can be told.`,
      });
    }
    if (isRight(recording, byData, port)) {
      return inconclusive({
        expected,
        observed,
        findings: [alive],
        reason: `Move ${count + 1} was not followed after its announcements, but at once when the station spoke by plain data: it is not the number of moves that is refused.`,
      });
    }
    const shut =
      alive.holds === false && liveness(recording, port, 'before') === 'alive'
        ? ` ${capital(alive.text)}.`
        : '';
    const watched = params.recoveryMs / 1000;
    const again = time
      ? ` It followed again between ${(time.low ?? 0).toFixed(1)} and ${(time.high ?? 0).toFixed(1)} s later.`
      : ` It did not follow again in the ${watched} s for which it was watched.`;
    return fail({
      expected,
      observed,
      findings,
      measurements: time ? [...measurements, time] : measurements,
      reason: `The switch followed ${counted(count, 'move')}, and not the next, to port ${port}: ${describe(seen, port, port === 'a' ? 'b' : 'a')}.${shut}${again}`,
    });
  },
});

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
