import {
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { ageingMsOf, longestMs, look, lookOf, seconds } from './ageing-time.js';
import { describe, taughtAtA, toStation } from './station.js';

interface Silence {
  /** Whether it lasts until the entry has aged out. */
  readonly untilAged: boolean;
}

/** How long B stays silent. The shortest ageing time that IEEE 802.1Q allows to be set is ten seconds. */
const silenceMs = 2_500;
const everyMs = 250;

/** When the station is looked at, in ageing times, and last when even a patient switch must have forgotten it. */
const looksAt = [1.08, 1.25, 1.5, 2, Number.POSITIVE_INFINITY];
const lookLabel = (index: number) => `look-${index + 1}`;

function judgeAged(recording: Recording): Judgement {
  const ageingMs = ageingMsOf(recording.plan.declared);
  const expected = 'once the entry has aged out, frames to the station are flooded';
  const last = looksAt
    .flatMap((_, index) => lookOf(recording, lookLabel(index), 'station', 'a') ?? [])
    .at(-1);
  if (!last || last.fate === 'lost') {
    const reason = 'Frames got lost, so where they were sent can’t be told.';
    return inconclusive({ expected, observed: 'no frame came out', reason });
  }
  const silent = seconds(last.silentMs.from);
  const observed = `${last.fate} after ${silent} of silence`;
  if (last.fate === 'forgotten') {
    const reason = `The traffic left the old port by itself only when the entry had aged out: after ${silent}.`;
    return pass({ expected, observed, reason });
  }
  if (last.silentMs.from < longestMs(ageingMs)) {
    return inconclusive({ expected, observed, reason: 'The last look was taken too early to tell.' });
  }
  const reason =
    `After ${silent} of silence frames to the station still go to the old port a, though the ageing time is said to be ` +
    `${seconds(ageingMs)}: a failover without an announcement is never healed.`;
  return fail({ expected, observed, reason });
}

export default defineProbe<Silence>({
  id: 'switch/silent-takeover',
  device: 'switch',
  title: 'Without an announcement the traffic stays with the old owner',
  failureTitle: 'The switch does not keep a silent station for its ageing time, neither more nor less',
  why: 'The negative control of all the others: if frames leave the old port by themselves, no announcement moved them.',
  requirement: {
    level: 'info',
    document: 'IEEE 802.1Q-2018',
    clause: '8.8.3 Dynamic Filtering Entries',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b', 'world'],
  // It only waits.
  sideBySide: true,
  waitMs: ({ untilAged }, declared) => (untilAged ? longestMs(ageingMsOf(declared)) : 0),
  cases: [
    { id: 'silence', title: 'B says nothing for 2.5 s', params: { untilAged: false } },
    {
      id: 'aged',
      title: 'neither A nor B says anything until the entry has aged out',
      slow: true,
      needs: ['ageing'],
      params: { untilAged: true },
    },
  ],

  ...taughtAtA,

  async stimulus(context) {
    const station = context.mac('station');
    if (context.params.untilAged) {
      const ageingMs = ageingMsOf(context.declared);
      const startMs = context.nowMs();
      for (const [index, at] of looksAt.entries()) {
        const dueMs = Math.min(at * ageingMs, longestMs(ageingMs));
        await context.wait(Math.max(0, startMs + dueMs - context.nowMs()));
        if ((await look(context, lookLabel(index), station, 'a')) === 'forgotten') break;
      }
      return context.sentinel();
    }
    context.expect('after', ['a']);
    for (let ms = 0; ms < silenceMs; ms += everyMs) {
      await context.wait(everyMs);
      await toStation(context, 'after', station, 1);
    }
    await context.sentinel();
  },

  judge(recording, { untilAged }) {
    if (untilAged) return judgeAged(recording);
    const seen = tally(deliveries(recording, 'after'), 'a', 'b');
    const said = { expected: 'all frames still reach port a only', observed: describe(seen, 'a', 'b') };
    if (seen.sent > 0 && seen.right === seen.sent) {
      return pass({
        ...said,
        reason: 'The entry stayed where it was: only an announcement moves the traffic.',
      });
    }
    if (seen.flooded > 0 || seen.stale > 0) {
      return fail({
        ...said,
        reason: `Within ${silenceMs / 1000} s of silence the switch forgot the station and sends its frames to other ports.`,
      });
    }
    return inconclusive({ ...said, reason: 'Frames got lost, so where they were sent can’t be told.' });
  },
});
