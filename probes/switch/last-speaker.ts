import { withEnds } from '../../src/frame/index.js';
import {
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
  type StationBlock,
  type Tally,
  type Transmission,
  tally,
} from '../../src/probe.js';
import { inTime } from './in-time.js';
import {
  astray,
  describe,
  deviations,
  learningProcess,
  lossy,
  mostlyLost,
  settle,
  taughtAtA,
  toStation,
} from './station.js';
import { datagram } from './triggers.js';

interface Dispute {
  /** The ports that speak as the station, one after the other; it starts at port a. */
  readonly turns: readonly PortName[];
  /** From the end of a turn to the next. */
  readonly pauseMs: number;
}

/** Enough that not all of a turn get lost by chance. */
const framesPerTurn = 3;
const betweenFramesNs = 100_000;
const turnLabel = (turn: number) => `speak-${turn}`;

/** A switch that stopped following is asked again: how long its flap handling holds is worth knowing. */
const againEveryMs = 500;
const timesAgain = 6;
const againLabel = (time: number) => `again-${time}`;

/**
 * Stations at World that the disputed one talks to, each frame to another: a switch that keeps a cache of flows in
 * front of its learning would act on the repeated frames of one only when it next looks at its counters.
 */
async function correspondents(context: Context<Dispute>): Promise<StationBlock> {
  const block = context.stations('correspondents', context.params.turns.length * framesPerTurn);
  const destination = context.portMac('a');
  await context.transmit(
    Array.from({ length: block.count }, (_, index) => ({
      port: 'world' as const,
      frame: withEnds(context.numbered('world', destination), { destination, source: block.at(index) }),
      label: 'correspondent',
      afterNs: betweenFramesNs,
    })),
  );
  return block;
}

function schedule(context: Context<Dispute>, block: StationBlock): Transmission[] {
  const { turns, pauseMs } = context.params;
  const source = context.mac('station');
  return turns.flatMap((port, turn) =>
    Array.from({ length: framesPerTurn }, (_, n) => ({
      port,
      frame: withEnds(datagram(context, source), {
        destination: block.at(turn * framesPerTurn + n),
        source,
      }),
      label: turnLabel(turn + 1),
      afterNs: n > 0 ? betweenFramesNs : turn > 0 ? pauseMs * 1e6 : 0,
    })),
  );
}

const lastOf = <T>(items: readonly T[], none: T): T => items.at(-1) ?? none;

/** Whether all that came out at World of the dispute came out before the last turn's last frame. */
function lastArrivedLast(recording: Recording, turns: number): boolean {
  const times = Array.from({ length: turns }, (_, index) =>
    deliveries(recording, turnLabel(index + 1)).flatMap(({ arrivals }) => arrivals.get('world') ?? []),
  );
  const last = times.pop() ?? [];
  return Math.max(...last) > Math.max(...times.flat());
}

/** When a repeated frame from the last speaker was followed: after how many, and how long after the dispute. */
function recovery(recording: Recording, port: PortName, turns: number) {
  const disputedNs = deliveries(recording, turnLabel(turns)).at(-1)?.sentNs ?? 0;
  for (let time = 1; time <= timesAgain; time += 1) {
    const [said] = deliveries(recording, againLabel(time));
    if (!said) return undefined;
    const polls = deliveries(recording, `poll-${againLabel(time)}`);
    if (polls.some(({ arrivals }) => arrivals.size === 1 && arrivals.has(port))) {
      return { time, ms: (said.sentNs - disputedNs) / 1e6 };
    }
  }
  return undefined;
}

/** What the switch seems to do with a station that moves so often, as a sentence. */
function flapHandling(recording: Recording, port: PortName, turns: number): string {
  const recovered = recovery(recording, port, turns);
  return recovered
    ? `It follows again ${Math.round(recovered.ms)} ms later: look for a MAC-move limit, a hold time or flap guard.`
    : `It still did not follow ${(timesAgain * againEveryMs) / 1000} s later: look for port security, a MAC-move limit or flap guard.`;
}

function holdTime(recording: Recording, port: PortName, turns: number): Measurement[] {
  const recovered = recovery(recording, port, turns);
  if (!recovered) return [];
  return [
    {
      name: 'flap handling held the station',
      value: recovered.ms - againEveryMs / 2,
      unit: 'ms',
      low: Math.max(0, recovered.ms - againEveryMs),
      high: recovered.ms,
    },
  ];
}

function where(seen: Tally, old: PortName): string {
  if (seen.stale > 0) return `go to port ${old}`;
  return seen.flooded > 0 ? 'are flooded to further ports' : 'come out nowhere';
}

export default defineProbe<Dispute>({
  id: 'switch/last-speaker',
  device: 'switch',
  title: 'While two ports speak as one station, frames go to the one that spoke last',
  failureTitle: 'The switch stops following a station that two ports speak for',
  why: 'At a failover the old owner is often still alive for a moment: its last frame must not decide for good, nor must the switch freeze the address.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world'],
  cases: [
    {
      id: 'ends-at-b',
      title: 'B and A in turn within 1 ms, B last',
      params: { turns: ['b', 'a', 'b', 'a', 'b'], pauseMs: 0.5 },
    },
    {
      id: 'ends-at-a',
      title: 'B and A in turn within 1 ms, A last',
      params: { turns: ['b', 'a', 'b', 'a'], pauseMs: 0.5 },
    },
    {
      id: 'dying-gasp',
      title: 'a last word of A 10 ms after B spoke',
      params: { turns: ['b', 'a'], pauseMs: 10 },
    },
  ],

  ...taughtAtA,

  async stimulus(context) {
    const station = context.mac('station');
    const port = lastOf(context.params.turns, 'b');
    context.expect('poll', [port]);
    context.expect('after', [port]);
    await context.transmit(schedule(context, await correspondents(context)));
    const followed = await settle(context, 'poll', station, port, context.limits.relearnMs);
    await toStation(context, 'after', station);
    for (let time = 1; !followed && time <= timesAgain; time += 1) {
      await context.wait(againEveryMs);
      await context.send(port, datagram(context, station), againLabel(time));
      if (await settle(context, `poll-${againLabel(time)}`, station, port, 0)) break;
    }
    await context.sentinel();
  },

  judge(recording, { turns }) {
    const port = lastOf(turns, 'b');
    const old: PortName = port === 'a' ? 'b' : 'a';
    const seen = tally(deliveries(recording, 'after'), port, old);
    const expected = `after ${counted(turns.length, 'turn')}, frames to the station reach port ${port} only, which spoke last`;
    const said = { expected, observed: describe(seen, port, old) };
    if (astray(seen)) {
      const carried = deliveries(recording, turnLabel(turns.length)).some(({ arrivals }) =>
        arrivals.has('world'),
      );
      if (carried && !lastArrivedLast(recording, turns.length)) {
        const reason =
          'The frames of both ports overtook one another inside the switch, so it can’t be told who spoke last.';
        return inconclusive({ ...said, reason });
      }
      if (!carried && recovery(recording, port, turns.length)?.time === 1) {
        const reason = `The last ${framesPerTurn} frames from port ${port} got lost, and the next was followed.`;
        return inconclusive({ ...said, reason });
      }
      const dropped = carried ? '' : ` It dropped what port ${port} sent last.`;
      return fail({
        ...said,
        measurements: holdTime(recording, port, turns.length),
        reason:
          `After ports a and b spoke as the station in turn, ${port} last, its frames ${where(seen, old)}.${dropped} ` +
          flapHandling(recording, port, turns.length),
      });
    }
    if (mostlyLost(seen)) return lossy(seen, port, expected);
    const reason = `The station was followed to port ${port}, which spoke last.`;
    const awaited = { announce: turnLabel(turns.length), poll: 'poll', after: 'after', to: port };
    return inTime(recording, awaited, pass({ ...said, reason, qualifiers: deviations(seen) }));
  },
});
