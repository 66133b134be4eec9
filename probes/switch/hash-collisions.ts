import {
  type Context,
  defineProbe,
  fail,
  inconclusive,
  markDetail,
  pass,
  type StationBlock,
} from '../../src/probe.js';
import { clearA, lookForAll, teachAll, tidy } from './capacity.js';
import { census, fatesOf, forgetsMark } from './capacity-fates.js';
import { taughtAtA } from './station.js';

/** A quarter of a usual table, or of the declared one, in a row, and as many at random: together half of it. Where
 *  so many in a row don't fit, fewer. */
const numbers = (tableSize = 8_192): number[] => [4, 16, 64].map((part) => Math.floor(tableSize / part));
/** Where random addresses are taken from. */
const randomSpace = 2 ** 20;

const inARow = (count: number) => `row-of-${count}`;
const atRandom = (count: number) => `random-${count}`;
/** Once more, those in a row having made room. */
const alone = (count: number) => `random-alone-${count}`;

/** As many different stations, their addresses without any order. */
function randomStations(context: Context, count: number): StationBlock {
  const space = context.stations('random', randomSpace);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(context.random(randomSpace));
  const indices = [...chosen];
  return { count, at: (index) => space.at(indices[index] ?? 0) };
}

async function learn(context: Context, label: string, stations: StationBlock): Promise<boolean> {
  await teachAll(context, `teach-${label}`, 'a', stations);
  context.expect(label, ['a']);
  return (await lookForAll(context, label, 'a', stations)).every((fate) => fate === 'a');
}

export default defineProbe<null>({
  id: 'switch/hash-collisions',
  device: 'switch',
  title: 'Random addresses are learned as well as addresses in a row',
  failureTitle: 'Random addresses collide in the table, so that fewer are learned',
  why: 'Tables in hardware are hashed: a station whose place is taken is flooded, though the table is half empty. Real networks’ addresses are not in a row.',
  requirement: { level: 'info', document: 'practice', clause: 'hashed filtering databases of switch chips' },
  needs: ['a', 'b', 'world', 'link'],
  deadlineMs: 60_000,
  cases: [
    { id: 'half-full', title: 'a quarter of the table in a row, and a quarter at random', params: null },
  ],

  ...taughtAtA,

  async stimulus(context) {
    for (const count of numbers(context.declared.tableSize)) {
      if (!(await learn(context, inARow(count), context.stations(inARow(count), count)))) continue;
      if (!(await learn(context, atRandom(count), randomStations(context, count)))) {
        await clearA(context);
        await learn(context, alone(count), randomStations(context, count));
      }
      break;
    }
    await tidy(context);
  },

  judge(recording) {
    const { tableSize } = recording.plan.declared;
    const tried = numbers(tableSize);
    const count = tried.find((candidate) => fatesOf(recording, atRandom(candidate)).length > 0);
    const expected = 'as many random addresses are learned as addresses in a row';
    if (count === undefined) {
      const rows = tried.map((each) => census(fatesOf(recording, inARow(each)), 'a'));
      const observed = rows.map(({ known, count: all }) => `${known} of ${all} in a row`).join(', ');
      const reason = 'Not even addresses in a row were all learned: the table is too small, or not free.';
      return inconclusive({ expected, observed, reason });
    }
    const [together, byThemselves] = [atRandom(count), alone(count)].map((label) =>
      fatesOf(recording, label),
    );
    const seen = census(byThemselves?.length ? byThemselves : (together ?? []), 'a');
    const { known, nowhere } = seen;
    const observed = `of ${count} random addresses ${known} were learned, and all of ${count} in a row`;
    const measurements = [
      {
        name: 'random addresses learned',
        value: Math.round((known / count) * 10_000) / 100,
        unit: 'percent' as const,
      },
      { name: 'random addresses tried', value: count, unit: 'addresses' as const },
    ];
    const said = { expected, observed, measurements };
    if (known === count) return pass({ ...said, reason: `All ${count} random addresses were learned.` });
    if (tableSize === undefined && markDetail(recording, forgetsMark) !== 'true') {
      const reason = `${count - known} of ${count} random addresses were not learned: they collide, or the table has less room than for twice as many.`;
      return inconclusive({ ...said, reason });
    }
    const where = nowhere === count - known ? 'come out nowhere' : 'come out at further ports';
    return fail({
      ...said,
      reason: `${count - known} of ${count} random addresses were not learned: frames to them ${where}, while as many addresses in a row all had room.`,
    });
  },
});
