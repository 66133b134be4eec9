import {
  type Context,
  defineProbe,
  fail,
  inconclusive,
  pass,
  type StationBlock,
  type Transmission,
} from '../../src/probe.js';
import { type Batch, batchOf, type Fate, reachedOnly } from './bulk.js';
import {
  addresses,
  afterLabel,
  batches,
  beforeLabel,
  fewestLooks,
  knownAfter,
  knownLabel,
  lessonLabel,
  lookLabel,
  lostBefore,
  lostOf,
  type Moved,
  measurements,
  moveLabel,
  movesOf,
} from './bulk-outcome.js';
import { learningProcess } from './station.js';

interface Bulk {
  readonly count: number;
}

/** 125,000 frames a second, and less for what a switch loses or does not learn at that rate. */
const fastestNs = 8_000;
const patientNs = 80_000;
const spacingsNs = [fastestNs, patientNs, 400_000, 400_000] as const;
/** How long the last frame of a batch may take to come out. */
const drainMs = 100;
/** Announcements that came out nowhere are sent again, so often in all: a lossy path loses one in thirty. */
const timesAnnounced = 5;
/** From one look at what has not followed to the next, at first; then twice as long each time. */
const firstPauseMs = 5;
const longestPauseMs = 100;
/** The claim is about this many; where the table holds fewer stations it can't be made. */
const fewestKnown = 256;

const blockOf = (context: Context<Bulk>): StationBlock => context.stations('stations', context.params.count);

/** Until every frame has come out somewhere, or can no longer. */
async function drained(context: Context, batch: Batch): Promise<Map<number, Fate>> {
  const endMs = context.nowMs() + drainMs;
  for (;;) {
    const fates = batch.fates();
    const complete = fates.size === batch.schedule.length && lostOf(fates).length === 0;
    if (complete || context.nowMs() > endMs) return fates;
    await context.wait(10);
  }
}

const allOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Teaches the switch the stations at port a, more slowly each time, until it knows all that it can hold. */
async function teachAll(context: Context<Bulk>): Promise<void> {
  const block = blockOf(context);
  const all = allOf(block.count);
  const checks: Map<number, Fate>[] = [];
  for (const [n, spacingNs] of spacingsNs.entries()) {
    const before = knownAfter(checks);
    const known = new Set(before);
    const unknown = all.filter((index) => !known.has(index));
    const lesson = batchOf(context, lessonLabel(n + 1), { from: 'a' }, block, unknown, spacingNs);
    await context.transmit(lesson.schedule);
    await drained(context, lesson);
    // All of them, also those known already: a lesson may push others out of a small table.
    const check = batchOf(
      context,
      beforeLabel(n + 1),
      { to: 'a' },
      block,
      all,
      Math.min(spacingNs, patientNs),
    );
    await context.transmit(check.schedule);
    checks.push(await drained(context, check));
    const after = knownAfter(checks).length;
    if (after === all.length || (n > 0 && after <= before.length)) return;
  }
}

/** The stations that the switch knows at port a now. */
async function knownNow(context: Context<Bulk>): Promise<number[]> {
  const block = blockOf(context);
  const checks: Map<number, Fate>[] = [];
  let unsure: readonly number[] = allOf(block.count);
  for (const [n, spacingNs] of spacingsNs.entries()) {
    const check = batchOf(context, knownLabel(n + 1), { to: 'a' }, block, unsure, spacingNs);
    await context.transmit(check.schedule);
    const fates = await drained(context, check);
    checks.push(fates);
    unsure = lostOf(fates);
    if (unsure.length === 0) break;
  }
  return knownAfter(checks);
}

/** Each announcement right before World's frame to the same station: what is measured is what such a frame meets. */
function interleaved(announced: Batch, look: Batch): Transmission[] {
  const said = new Map(announced.indices.map((index, at) => [index, announced.schedule[at]]));
  return look.indices.flatMap((index, at) => [said.get(index) ?? [], look.schedule[at] ?? []].flat());
}

/** Announces the stations at port b in one burst, and looks where they are until all have followed. */
async function moveAll(context: Context<Bulk>, known: readonly number[]): Promise<void> {
  const block = blockOf(context);
  const { relearnMs } = context.limits;
  const carried = new Set<number>();
  let [wrong, unheard] = [known, known];
  let endMs = Number.POSITIVE_INFINITY;
  let pauseMs = firstPauseMs;
  for (let [looks, announcements] = [1, 1]; ; looks += 1) {
    const spacingNs = looks === 1 ? fastestNs : patientNs;
    const look = batchOf(context, lookLabel(looks), { to: 'b' }, block, wrong, spacingNs);
    if (unheard.length > 0 && announcements <= timesAnnounced) {
      const announced = batchOf(context, moveLabel(announcements), { from: 'b' }, block, unheard, spacingNs);
      await context.transmit(interleaved(announced, look));
      await drained(context, announced);
      for (const [index, { arrivedAt }] of announced.fates()) {
        if (arrivedAt.includes('world')) carried.add(index);
      }
      announcements += 1;
      endMs = context.nowMs() + relearnMs;
    } else {
      await context.transmit(look.schedule);
    }
    const fates = await drained(context, look);
    wrong = look.indices.filter((index) => !reachedOnly(fates.get(index), 'b'));
    if (wrong.length === 0 || (context.nowMs() > endMs && looks >= fewestLooks)) return;
    unheard = wrong.filter((index) => !carried.has(index));
    await context.wait(pauseMs);
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
}

/** Where all are in the end: a frame that came out nowhere is sent again. */
async function lookAfter(context: Context<Bulk>, known: readonly number[]): Promise<void> {
  let unsure = known;
  for (const [n, spacingNs] of spacingsNs.entries()) {
    const look = batchOf(context, afterLabel(n + 1), { to: 'b' }, blockOf(context), unsure, spacingNs);
    await context.transmit(look.schedule);
    unsure = lostOf(await drained(context, look));
    if (unsure.length === 0) return;
  }
}

export default defineProbe<Bulk>({
  id: 'switch/bulk-move',
  device: 'switch',
  title: 'Addresses that move in one burst are all followed',
  failureTitle: 'The switch does not follow all addresses that move in one burst',
  why: 'A node may carry hundreds of service addresses: those that the switch leaves behind stay down.',
  requirement: learningProcess('info'),
  needs: ['a', 'b', 'world'],
  deadlineMs: 40_000,
  cases: [
    { id: 'addresses-1', title: 'one address', params: { count: 1 } },
    { id: 'addresses-16', title: '16 addresses', params: { count: 16 } },
    { id: 'addresses-256', title: '256 addresses', level: 'must', params: { count: 256 } },
    { id: 'addresses-4096', title: '4096 addresses', params: { count: 4096 } },
  ],

  async control(context) {
    await teachAll(context);
    await context.sentinel();
  },
  controlHolds(recording) {
    if (lostBefore(recording) > 0.1)
      return 'Too many frames got lost before anything moved to tell what moves.';
    return batches(recording, beforeLabel).some((batch) => knownAfter([batch]).length > 0)
      ? true
      : 'The switch learned none of the addresses at port a, so none can be seen to move.';
  },

  async stimulus(context) {
    const known = await knownNow(context);
    if (known.length > 0) {
      await moveAll(context, known);
      await lookAfter(context, known);
    }
    await context.sentinel();
  },

  judge(recording, { count }) {
    const { relearnMs } = recording.plan.limits;
    const moves = movesOf(recording);
    const ending = (end: Moved['end']) => moves.filter((moved) => moved.end === end);
    const [followed, stale, flooded, lost] = [
      ending('followed'),
      ending('stale'),
      ending('flooded'),
      ending('lost'),
    ];
    const expected = `frames to each of ${addresses(count)} reach port b only, within ${relearnMs} ms of its announcement`;
    const observed =
      `of ${addresses(moves.length)} known at a, ${followed.length} followed to b, ${stale.length} still went to a, ` +
      `${flooded.length} were flooded, ${lost.length} came out nowhere`;
    const said = { expected, observed, measurements: moves.length > 0 ? measurements(moves, count) : [] };
    const wrong = [...stale, ...flooded, ...(lost.length * 10 > moves.length ? lost : [])];
    if (wrong.length > 0) {
      const dropped = wrong.filter(({ carried }) => !carried).length;
      const why =
        dropped > 0
          ? `The announcements of ${dropped} of them came out nowhere, each sent ${timesAnnounced} times.`
          : 'The switch carried all their announcements, but did not act on them.';
      return fail({
        ...said,
        reason: `${wrong.length} of ${addresses(moves.length)} did not follow to port b when all were announced in one burst. ${why}`,
      });
    }
    if (moves.length < Math.min(count, fewestKnown)) {
      const reason = `The switch held only ${moves.length} of ${addresses(count)} at once before they moved.`;
      return inconclusive({ ...said, reason });
    }
    return pass({
      ...said,
      reason: `${moves.length === count ? `All ${addresses(count)}` : `All ${addresses(moves.length)} that the switch held`} followed to port b.`,
      qualifiers: [
        ...(moves.length < count
          ? [`deviation: the switch held ${moves.length} of ${addresses(count)} at once`]
          : []),
        ...(lost.length > 0 ? [`deviation: frames to ${addresses(lost.length)} got lost`] : []),
      ],
    });
  },
});
