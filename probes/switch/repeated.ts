import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  pass,
  type Tally,
  type Transmission,
  tally,
} from '../../src/probe.js';
import {
  astray,
  describe,
  deviations,
  learningProcess,
  lossy,
  mostlyLost,
  sayAndSettle,
  taught,
  teach,
  toStation,
} from './station.js';
import { announcement } from './triggers.js';

interface Repetition {
  /** From the first group of announcements to the second. */
  readonly pauseMs: number;
}

/** As keepalived does: five announcements back to back, and five more after five seconds. */
const groupSize = 5;
const everyMs = 50;
/** From an announcement to World's frame behind it, and on to the next announcement. */
const behindNs = 200_000;

/** In order: what World sends to the station meanwhile. */
const stages = [
  { label: 'with-first-group', when: 'during the first five announcements' },
  { label: 'pause', when: 'between the two groups of announcements' },
  { label: 'with-second-group', when: 'during the second five announcements' },
  { label: 'after', when: 'after ten announcements' },
] as const;

/** So many further announcements from B, with a frame from World behind each. */
async function announceAgain(context: Context<Repetition>, times: number, label: string): Promise<void> {
  const station = context.mac('station');
  context.expect(label, ['b']);
  await context.transmit(
    Array.from({ length: times }).flatMap((): Transmission[] => [
      { port: 'b', frame: announcement(context, station), label: 'announce', afterNs: behindNs },
      { port: 'world', frame: context.numbered('world', station), label, afterNs: behindNs },
    ]),
  );
}

function where(seen: Tally): string {
  if (seen.stale > 0) return `${counted(seen.stale, 'frame')} went to the old port a`;
  if (seen.flooded > 0) return `${counted(seen.flooded, 'frame')} came out at further ports`;
  return 'frames to the station came out nowhere';
}

export default defineProbe<Repetition>({
  id: 'switch/repeated',
  device: 'switch',
  title: 'A repeated announcement changes nothing more',
  failureTitle: 'The switch is upset by an announcement that is repeated',
  why: 'All failover software repeats itself: what heals a lost announcement must not cut off a takeover that worked.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world'],
  deadlineMs: 20_000,
  waitMs: ({ pauseMs }) => (pauseMs > 1_000 ? pauseMs : 0),
  cases: [
    { id: 'five-and-five', title: 'five announcements, and five more 0.5 s later', params: { pauseMs: 500 } },
    {
      id: 'five-and-five-after-5-s',
      title: 'five announcements, and five more 5 s later, as keepalived sends them',
      slow: true,
      params: { pauseMs: 5_000 },
    },
  ],

  /** The move itself is what other probes claim. */
  async control(context) {
    const station = context.mac('station');
    await teach(context, 'a', station);
    await sayAndSettle(context, 'b', announcement(context, station), 'announce', 'poll', station);
    context.expect('moved', ['b']);
    await toStation(context, 'moved', station);
    await context.sentinel();
  },
  controlHolds(recording) {
    const old = taught(recording, 'a');
    if (old !== true) return old;
    const seen = tally(deliveries(recording, 'moved'), 'b', 'a');
    return astray(seen) || mostlyLost(seen)
      ? `The first announcement was not followed, so what a repeated one changes can’t be told: ${describe(seen, 'b', 'a')}.`
      : true;
  },

  async stimulus(context) {
    const station = context.mac('station');
    const [first, pause, second, after] = stages;
    await announceAgain(context, groupSize - 1, first.label);
    context.expect(pause.label, ['b']);
    const endMs = context.nowMs() + context.params.pauseMs;
    while (context.nowMs() < endMs) {
      await context.wait(everyMs);
      await toStation(context, pause.label, station, 1);
    }
    await announceAgain(context, groupSize, second.label);
    context.expect(after.label, ['b']);
    await toStation(context, after.label, station);
    await context.sentinel();
  },

  judge(recording) {
    const expected = 'all frames to the station reach port b only, whenever they are sent';
    const seen = stages.map((stage) => ({
      ...stage,
      seen: tally(deliveries(recording, stage.label), 'b', 'a'),
    }));
    const all = tally(
      stages.flatMap(({ label }) => deliveries(recording, label)),
      'b',
      'a',
    );
    const said = { expected, observed: describe(all, 'b', 'a') };
    const wrong = seen.find((stage) => astray(stage.seen));
    if (wrong) {
      return fail({ ...said, reason: `The takeover had worked, but ${wrong.when} ${where(wrong.seen)}.` });
    }
    const unsent = seen.find((stage) => stage.seen.sent === 0);
    if (unsent) return inconclusive({ ...said, reason: `World sent nothing ${unsent.when}.` });
    if (mostlyLost(all)) return lossy(all, 'b', expected);
    return pass({
      ...said,
      qualifiers: deviations(all),
      reason: 'Ten announcements left the station where the first had brought it.',
    });
  },
});
