import {
  between,
  defineProbe,
  deliveries,
  type Finding,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import {
  ageingMsOf,
  earliestMs,
  longestMs,
  look,
  lookOf,
  recommendedAgeingMs,
  seconds,
  untilSilentFor,
} from './ageing-time.js';
import { checkFrames, describe, mostlyLost, sayAndSettle, taught, teach, toStation } from './station.js';
import { announcement } from './triggers.js';

type Claim = 'declared' | 'restarts';

/** How long a station has been silent when it is looked at: each look at another one, so that none disturbs the next. */
const looks = [
  ...[0.5, 0.8].map((times) => (ageingMs: number) => times * ageingMs),
  earliestMs,
  ...[1.08, 1.25, 1.5, 1.75, 2].map((times) => (ageingMs: number) => times * ageingMs),
  ...[longestMs, longestMs],
];
/** From here on the time that was measured is another than the declared one, though within what switches do. */
const notable = 1.15;

const stationRole = (index: number) => `station-${index + 1}`;
const beforeLabel = (index: number) => `before-${index + 1}`;
const lookLabel = (index: number) => `look-${index + 1}`;

/** The station moves when its entry is this old, and is looked at when the first owner's lesson has long aged. */
const [movesAt, lookedAtAt] = [0.7, 1.25];

function judgeDeclared(recording: Recording): Judgement {
  const ageingMs = ageingMsOf(recording.plan.declared);
  const mostMs = longestMs(ageingMs);
  const expected = `a silent station is forgotten after ${seconds(ageingMs)}, as declared, or when it is next looked for`;
  const taken = looks.flatMap(
    (_, index) => lookOf(recording, lookLabel(index), stationRole(index), 'a') ?? [],
  );
  const known = taken.filter(({ fate }) => fate === 'known').map(({ silentMs }) => silentMs.from);
  const forgotten = taken.filter(({ fate }) => fate === 'forgotten').map(({ silentMs }) => silentMs.to);
  const low = Math.max(0, ...known);
  const high = forgotten.length > 0 ? Math.min(...forgotten) : undefined;
  const span =
    high === undefined ? `for more than ${seconds(low)}` : `between ${seconds(low)} and ${seconds(high)}`;
  const recommended: Finding =
    ageingMs === recommendedAgeingMs
      ? {
          id: 'recommended',
          holds: high === undefined ? null : high >= earliestMs(ageingMs),
          text: 'the ageing time is the recommended 300 s',
        }
      : {
          id: 'recommended',
          holds: null,
          text: `the ageing time was set to ${seconds(ageingMs)}; the recommended default is 300 s`,
        };
  const said = {
    expected,
    observed: `a silent station was known ${span}`,
    findings: [recommended],
    measurements:
      high === undefined || low > high ? [] : [between('ageing time', low / 1000, high / 1000, 's')],
  };
  if (high !== undefined && high < earliestMs(ageingMs)) {
    return fail({
      ...said,
      reason: `The switch forgets a silent station within ${seconds(high)}, though its ageing time is said to be ${seconds(ageingMs)}.`,
    });
  }
  if (low >= mostMs) {
    return fail({
      ...said,
      reason: `The switch still sends to a station that was silent for ${seconds(low)}, though its ageing time is said to be ${seconds(ageingMs)}.`,
    });
  }
  if (high === undefined || low > high || low < earliestMs(ageingMs)) {
    return inconclusive({
      ...said,
      reason: `The looks don’t tell when a silent station is forgotten: ${span}.`,
    });
  }
  const later = low > notable * ageingMs;
  return pass({
    ...said,
    reason: `A silent station is forgotten ${span}; the ageing time is said to be ${seconds(ageingMs)}.`,
    qualifiers: later ? [`deviation: silent stations are kept for ${seconds(low)} at least`] : [],
  });
}

function judgeRestart(recording: Recording): Judgement {
  const ageingMs = ageingMsOf(recording.plan.declared);
  const moved = tally(deliveries(recording, 'moved'), 'b', 'a');
  const seen = tally(deliveries(recording, 'after'), 'b', 'a');
  const said = {
    expected: 'the moved station is known for a whole ageing time from its move',
    observed: describe(seen, 'b', 'a'),
  };
  const sinceMove = lookOf(recording, 'after', 'station', 'b')?.silentMs.to;
  if (mostlyLost(moved) || moved.right < moved.reached || moved.reached === 0 || sinceMove === undefined) {
    const reason = 'The switch did not follow the move, so it has no entry whose age could be told.';
    return inconclusive({ ...said, reason });
  }
  if (sinceMove > earliestMs(ageingMs)) {
    const reason = `The harness looked only ${seconds(sinceMove)} after the move, when the entry may rightly be gone.`;
    return inconclusive({ ...said, reason });
  }
  if (seen.stale > 0 || seen.flooded > 0) {
    return fail({
      ...said,
      reason: `${seconds(sinceMove)} after its move the station is forgotten, though the ageing time is said to be ${seconds(ageingMs)}: it still counts from the old owner’s last frame.`,
    });
  }
  if (mostlyLost(seen)) {
    return inconclusive({ ...said, reason: 'Frames got lost, so where they were sent can’t be told.' });
  }
  return pass({
    ...said,
    reason: `The move started a new ageing time: ${seconds(sinceMove)} after it the station is known.`,
  });
}

export default defineProbe<{ readonly claim: Claim }>({
  id: 'switch/ageing',
  device: 'switch',
  title: 'A silent station is forgotten after the declared ageing time, which a move starts anew',
  failureTitle: 'The switch forgets stations sooner or later than its ageing time says',
  why: 'Too soon, and a quiet owner’s traffic is flooded; too late, and a failover without announcement is an outage.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2005',
    clause: '8.8.3 Dynamic Filtering Entries, table 8-3',
  },
  needs: ['a', 'b', 'world', 'ageing'],
  waitMs: ({ claim }, declared) =>
    claim === 'declared' ? longestMs(ageingMsOf(declared)) : lookedAtAt * ageingMsOf(declared),
  cases: [
    {
      id: 'declared',
      title: 'A’s stations fall silent',
      slow: true,
      params: { claim: 'declared' },
    },
    {
      id: 'restarts-at-move',
      title: 'the station moves to B before its entry has aged',
      slow: true,
      params: { claim: 'restarts' },
    },
  ],

  async control(context) {
    if (context.params.claim === 'restarts') return teach(context, 'a', context.mac('station'));
    for (const [index] of looks.entries()) {
      await teach(context, 'a', context.mac(stationRole(index)), beforeLabel(index));
    }
  },
  controlHolds(recording, { claim }) {
    if (claim === 'restarts') return taught(recording, 'a');
    const faults = looks.map((_, index) => taught(recording, 'a', beforeLabel(index)));
    return faults.find((fault) => fault !== true) ?? true;
  },

  async stimulus(context) {
    const ageingMs = ageingMsOf(context.declared);
    const startMs = context.nowMs();
    const until = (ms: number) => context.wait(Math.max(0, startMs + ms - context.nowMs()));
    if (context.params.claim === 'restarts') {
      const station = context.mac('station');
      await until(movesAt * ageingMs);
      await sayAndSettle(context, 'b', announcement(context, station), 'announce', 'poll', station);
      context.expect('moved', ['b']);
      await toStation(context, 'moved', station);
      await until(lookedAtAt * ageingMs);
      context.expect('after', ['b']);
      await toStation(context, 'after', station, checkFrames);
      return context.sentinel();
    }
    let forgotten = 0;
    for (const [index, silentMs] of looks.entries()) {
      const station = context.mac(stationRole(index));
      // Once one is forgotten, the next is looked at at once: to be sure of it.
      if (forgotten === 0) await untilSilentFor(context, station, silentMs(ageingMs));
      const fate = await look(context, lookLabel(index), station, 'a');
      if (fate === 'forgotten') forgotten += 1;
      if (forgotten === 2) break;
    }
    await context.sentinel();
  },

  judge: (recording, { claim }) =>
    claim === 'declared' ? judgeDeclared(recording) : judgeRestart(recording),
});
