import {
  type Context,
  counted,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  markDetail,
  pass,
  type Recording,
} from '../../src/probe.js';
import {
  clear,
  clearA,
  findStrangers,
  introduce,
  lookForAll,
  lookForResidents,
  teachAll,
  tidy,
} from './capacity.js';
import {
  type Census,
  census,
  fatesOf,
  forgetsMark,
  residents,
  residentsOf,
  spanMs,
} from './capacity-fates.js';
import { taughtAtA } from './station.js';

interface Search {
  /** How many stations are learned at once: more and more, until some of them are missing. */
  readonly steps: readonly number[];
}

/** A little more than tables hold, whose sizes are powers of two. */
const beyond = (size: number): number => Math.ceil((size * 33) / 32);
/** What switches keep a silent station for, where the bench file doesn't say. */
const usualAgeingMs = 300_000;
/** What a search may take where the table neither refuses new stations nor drops the oldest. */
const searchMs = 40_000;
/** Stations that port b speaks as when those of port a are refused. */
const elsewhere = 16;

const learnLabel = (trial: number) => `learn-${trial}`;
const checkLabel = (trial: number) => `check-${trial}`;

function stepsOf({ steps }: Search, tableSize = 0): number[] {
  return [...new Set(steps.map((step) => Math.max(step, beyond(tableSize))))];
}

interface Trial extends Census {
  /** The stations that were in the table besides those of the trial. */
  readonly others: number;
}

/** Learns stations that the switch has not seen before, and looks for each of them. */
async function tryWith(
  context: Context<Search>,
  count: number,
  { trial, clears, strangers }: { trial: number; clears: boolean; strangers: readonly string[] },
): Promise<Trial> {
  const stations = context.stations(`first-of-${trial}`, count);
  if (trial > 1) await (clears ? clearA(context) : introduce(context));
  // What earlier cases left behind the other ports would keep its room: stations of theirs displace it, and then move
  // to a. Open vSwitch, for one, makes room at the port that has most.
  for (const port of !clears && trial === 1 ? context.ports : []) {
    if (port !== 'a') await teachAll(context, `displace-${port}`, port, stations);
  }
  await teachAll(context, learnLabel(trial), 'a', stations);
  await introduce(context);
  context.expect(checkLabel(trial), ['a']);
  const fates = await lookForAll(context, checkLabel(trial), 'a', stations);
  const others = await lookForResidents(context, trial, strangers);
  return { ...census(fates, 'a'), others };
}

/** Looks for the largest number that is learned without flood or loss. */
async function search(context: Context<Search>, clears: boolean): Promise<void> {
  const strangers = await findStrangers(context);
  let trial = 0;
  const next = (count: number) => {
    trial += 1;
    return tryWith(context, count, { trial, clears, strangers });
  };
  const endMs = context.nowMs() + searchMs;
  let most = 0;
  let msPerStation = 0;
  for (const step of stepsOf(context.params, context.declared.tableSize)) {
    // So many would be forgotten for their age before the last of them was looked for.
    if (step * msPerStation > (context.declared.ageingMs ?? usualAgeingMs) / 2) return;
    const startMs = context.nowMs();
    const seen = await next(step);
    msPerStation = (context.nowMs() - startMs) / step;
    if (seen.known === step) {
      most = step;
      continue;
    }
    // A table that refuses new stations shows its size at once.
    if (seen.firstOnes) {
      const stations = context.stations('elsewhere', elsewhere);
      await teachAll(context, 'learn-elsewhere', 'b', stations);
      await lookForAll(context, 'check-elsewhere', 'b', stations);
      return;
    }
    // So does one that drops the oldest, unless lost frames were repeated, so that it is not known who is the oldest.
    if (seen.lastOnes) return;
    // The bench's own stations take part of what it keeps; whatever else it may do is found by halving.
    const size = seen.known + seen.others;
    let fewest = step;
    for (let count = size - context.ports.length - strangers.length; count > most; ) {
      const { known, others } = await next(count);
      if (known === count) most = count;
      else fewest = count;
      if (most + others === size || context.nowMs() > endMs) return;
      count = Math.floor((most + fewest) / 2);
    }
    return;
  }
}

/** With the time from the first frame that taught a station to the last that looked for one. */
type TimedTrial = Trial & { readonly tookMs: number };

function trialsOf(recording: Recording): TimedTrial[] {
  const trials: TimedTrial[] = [];
  for (let trial = 1; ; trial += 1) {
    const fates = fatesOf(recording, checkLabel(trial));
    if (fates.length === 0) return trials;
    const tookMs = spanMs(recording, learnLabel(trial), checkLabel(trial));
    trials.push({ ...census(fates, 'a'), others: residents(residentsOf(recording), trial), tookMs });
  }
}

/** What a full table does. */
type Manner = 'refuses' | 'displaces' | 'collides' | 'not-full';

const manners: Readonly<Record<Manner, string>> = {
  refuses: 'a full table refuses new stations',
  displaces: 'a full table drops the oldest station for a new one',
  collides: 'some stations are missing before the table is full',
  'not-full': 'no more were tried',
};

interface Size {
  /** Between these, with the stations of others. */
  readonly low: number;
  readonly high: number;
  readonly others: number;
  readonly manner: Manner;
}

function sizeOf(trials: readonly Trial[]): Size {
  const none: Trial = { ...census([], 'a'), others: 0 };
  const whole = trials.filter(({ known, count }) => known === count);
  const most = whole.sort((x, y) => y.count - x.count)[0] ?? none;
  const partly = trials.filter(({ known, count }) => known < count);
  const [short] = partly.sort((x, y) => x.count - y.count);
  const size = ({ known, others }: Trial, manner: Manner, high = known + others): Size => ({
    low: known + others,
    high,
    others,
    manner,
  });
  if (!short) return size(most, 'not-full');
  if (short.firstOnes && short.known >= most.known) return size(short, 'refuses');
  if (short.lastOnes && short.known >= most.known) return size(short, 'displaces');
  const kept = (trial: Trial) => trial.known + trial.others;
  if (partly.some((trial) => kept(trial) === kept(most))) return size(most, 'displaces');
  return size(most, 'collides', short.count - 1 + most.others);
}

function judge(recording: Recording): Judgement {
  const { tableSize, ageingMs } = recording.plan.declared;
  const expected =
    tableSize === undefined ? 'measured, for no size is declared' : `at least ${tableSize} stations`;
  const trials = trialsOf(recording);
  const { low, high, others, manner } = sizeOf(trials);
  const observed =
    `${trials.map(({ known, count }) => `${known} of ${count}`).join(', then ')} stations were learned, ` +
    `with ${counted(others, 'station')} of others in the table`;
  // Nobody has shown that the table was free.
  const atLeast =
    manner === 'not-full' || (manner === 'refuses' && markDetail(recording, forgetsMark) !== 'true');
  const size: Measurement = {
    name: 'stations held at once',
    value: low,
    unit: 'addresses',
    ...(high > low && { low, high }),
    ...(atLeast && { limitedBy: 'tester' as const }),
  };
  const said = { expected, observed, measurements: [size] };
  const number = high > low ? `between ${low} and ${high}` : `${low}`;
  const portLimit = manner === 'refuses' && census(fatesOf(recording, 'check-elsewhere'), 'b').known > 0;
  const aged = trials.find(
    ({ known, count, tookMs }) => known < count && tookMs > (ageingMs ?? usualAgeingMs),
  );
  if (aged) {
    const reason =
      `To learn and to look for ${aged.count} stations took ${Math.round(aged.tookMs / 1000)} s, longer than the ` +
      'switch keeps a silent one: declare a longer ageing time, and set it.';
    return inconclusive({ ...said, measurements: [], reason });
  }
  if (low - others <= 0) {
    const reason = 'Of all the stations that spoke at port a, the switch learned none to be counted.';
    return inconclusive({ ...said, measurements: [], reason });
  }
  if (tableSize !== undefined && high < tableSize && atLeast) {
    const reason =
      `The table took ${number} stations, fewer than the ${tableSize} declared, but the switch keeps its ` +
      'entries when a link goes down: those of earlier tests may still be in it.';
    return inconclusive({ ...said, reason });
  }
  if (tableSize !== undefined && high < tableSize && manner === 'collides') {
    const reason =
      `Of the stations that were learned, neither the first nor the last are missing, so that it is not the table’s size ` +
      'that decides: colliding addresses, or a switch that forgot some meanwhile.';
    return inconclusive({ ...said, measurements: [], reason });
  }
  if (tableSize !== undefined && high < tableSize) {
    return fail({
      ...said,
      reason: portLimit
        ? `Port a takes no more than ${low - others} stations, and port b takes others: a limit of the port (port security), fewer than the ${tableSize} declared.`
        : `The switch holds ${number} stations, fewer than the ${tableSize} declared: ${manners[manner]}.`,
    });
  }
  if (tableSize !== undefined && low < tableSize) {
    return inconclusive({
      ...said,
      reason: `The switch holds ${number} stations; ${tableSize} are declared.`,
    });
  }
  const qualifiers = portLimit ? [`deviation: port a takes no more than ${low - others} stations`] : [];
  return pass({
    ...said,
    qualifiers,
    reason: `The switch holds ${atLeast ? 'at least ' : ''}${number} stations: ${manners[manner]}.`,
  });
}

export default defineProbe<Search>({
  id: 'switch/table-size',
  device: 'switch',
  title: 'How many stations the switch holds without flooding frames to any of them',
  failureTitle: 'The switch holds fewer stations than are declared',
  why: 'Frames to a station that found no room come out at every port: everybody’s links carry them, and anybody reads them.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'OPNFV VSPERF level test design, RFC2889.AddressCachingCapacity',
  },
  needs: ['a', 'b', 'world', 'link'],
  deadlineMs: 180_000,
  cases: [
    {
      id: 'up-to-8192',
      title: 'up to 8,192 stations, or as many as are declared',
      params: { steps: [beyond(8_192)] },
    },
    {
      id: 'up-to-131072',
      title: 'up to 131,072 stations, or as many as are declared',
      slow: true,
      params: { steps: [8_192, 32_768, 131_072].map(beyond) },
    },
  ],

  ...taughtAtA,

  async stimulus(context) {
    await search(context, await clear(context));
    await tidy(context);
  },
  judge,
});
