import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { lookForAll, teachAll, tidy } from './capacity.js';
import { census, fatesOf } from './capacity-fates.js';
import { inTime, movedToB } from './in-time.js';
import {
  astray,
  describe,
  deviations,
  learningProcess,
  lossy,
  mostlyLost,
  moveFindings,
  sayAndSettle,
  settle,
  taught,
  teach,
  toStation,
} from './station.js';
import { announcement, speak } from './triggers.js';

/** A little more stations than are declared, or than most access switches have room for. */
const fillStations = (tableSize = 8_192): number => Math.ceil((tableSize * 33) / 32);
/** Looked for at either end of those that fill the table: the first go, or the last are refused. */
const mostSampled = 64;

/** Fills the table from port a; then the station, which may have had to make room, speaks there again. */
async function fill(context: Context): Promise<void> {
  const station = context.mac('station');
  const count = fillStations(context.declared.tableSize);
  const stations = context.stations('fill', count);
  await teachAll(context, 'fill', 'a', stations);
  const lesson = () => speak(context, 'a', station, 'teach-again');
  await lesson();
  await settle(context, 'full-poll', station, 'a', context.limits.relearnMs, { again: lesson });
  await toStation(context, 'full', station);
  const sampled = Math.min(mostSampled, count);
  const sample = (first: number) => ({
    count: sampled,
    at: (index: number) => stations.at(first + index),
  });
  await lookForAll(context, 'first-ones', 'a', sample(0));
  await lookForAll(context, 'last-ones', 'a', sample(count - sampled));
}

/** Whether some of the stations that should fill the table found no room in it. */
function isFull(recording: Recording): boolean {
  return ['first-ones', 'last-ones'].some((label) => {
    const { known, count } = census(fatesOf(recording, label), 'a');
    return known < count;
  });
}

export default defineProbe<null>({
  id: 'switch/move-when-full',
  device: 'switch',
  title: 'With the table full, a station that is in it still moves',
  failureTitle: 'With the table full, the switch does not follow a move',
  why: 'The entry is there and only its port changes. A switch that treats the move as a new station sends to the failed node until the table empties.',
  requirement: learningProcess('must'),
  needs: ['a', 'b', 'world', 'link'],
  deadlineMs: 90_000,
  cases: [{ id: 'announced', title: 'after a gratuitous ARP request', params: null }],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
    await fill(context);
    await context.sentinel();
  },
  controlHolds(recording) {
    const first = taught(recording, 'a');
    return first === true ? taught(recording, 'a', 'full') : first;
  },

  async stimulus(context) {
    const station = context.mac('station');
    await sayAndSettle(context, 'b', announcement(context, station), 'announce', 'poll', station);
    context.expect('after', ['b']);
    await toStation(context, 'after', station);
    await tidy(context);
  },

  judge(recording) {
    const seen = tally(deliveries(recording, 'after'), 'b', 'a');
    const count = fatesOf(recording, 'fill').length;
    const full = isFull(recording);
    const state = full ? 'With the table full' : `With ${count} stations in the table`;
    const expected = 'frames to the station reach port b only';
    const said = {
      expected,
      observed: `${describe(seen, 'b', 'a')}, ${full ? 'the table being full' : `beside ${count} other stations`}`,
      findings: [
        ...moveFindings(recording, seen, 'b', 'a'),
        full
          ? { id: 'table-full', holds: true, text: `${count} stations were more than it holds` }
          : {
              id: 'table-full',
              holds: null,
              text: `${count} stations did not fill it, and no more were tried`,
            },
      ],
    };
    if (astray(seen)) {
      const followed = seen.stale > 0 ? 'still go to the old port a' : 'come out at other ports, or nowhere';
      return fail({
        ...said,
        reason: `${state}, frames to a station that announced itself at port b ${followed}.`,
      });
    }
    if (mostlyLost(seen)) return lossy(seen, 'b', expected);
    if (count === 0) return inconclusive({ ...said, reason: 'No station was seen to fill the table.' });
    const moved = pass({
      ...said,
      reason: `${state}, the switch moved a station that it knew.`,
      qualifiers: deviations(seen),
      measurements: [
        {
          name: 'stations beside the one that moves',
          value: count,
          unit: 'addresses',
          ...(!full && { limitedBy: 'tester' }),
        },
      ],
    });
    return inTime(recording, movedToB, moved);
  },
});
