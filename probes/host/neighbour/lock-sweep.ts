/** How long after an update the next one is refused: the update is tried on entries of many ages. */
import {
  between,
  type Context,
  fail,
  inconclusive,
  type Probe,
  pass,
  type Recording,
} from '../../../src/probe.js';
import { ageMs, type Belief, beliefAfter, established, verdictWords } from '../belief.js';
import { type Cast, castOf, type Family, numberedRoles } from '../cast.js';
import { establish, takeOver, waitForAge } from '../takeover.js';
import { type Views, views } from '../views.js';

/** Ages of the entry at which an update is tried, each on a service address of its own. */
export const sweepMs = [100, 250, 500, 750, 900, 1000, 1100, 1250, 1500, 2000, 2500, 3000];

const atOnce = 3;

const suffix = (index: number) => `-${index + 1}`;

interface Point {
  readonly ageMs: number;
  readonly belief: Belief;
  readonly both: Views;
}

const isTaken = ({ belief }: Point) => belief === 'new' || belief === 'asked';

function points(recording: Recording): Point[] {
  return sweepMs.flatMap((_, index) => {
    const names = numberedRoles(index + 1);
    const age = ageMs(recording, suffix(index), names);
    if (age === undefined) return [];
    const outside = beliefAfter(recording, suffix(index), names);
    const both = views(recording, outside, { names, suffix: suffix(index) });
    return [{ ageMs: age, belief: outside, both }];
  });
}

/** What a probe of the lock window does, with an announcement of the family. */
export function lockSweep<Params>(
  family: Family,
  announce: (context: Context<Params>, cast: Cast) => Uint8Array,
): Pick<Probe<Params>, 'control' | 'controlHolds' | 'stimulus' | 'judge'> {
  return {
    async control(context) {
      for (const [index] of sweepMs.entries()) context.mac(numberedRoles(index + 1).old);
    },
    controlHolds(recording) {
      for (const [index] of sweepMs.entries()) {
        const holds = established(recording, suffix(index), numberedRoles(index + 1));
        if (holds !== true) return holds;
      }
      return true;
    },

    async stimulus(context) {
      // Not all at once: a host may hold few entries.
      for (let first = 0; first < sweepMs.length; first += atOnce) {
        await Promise.all(
          sweepMs.slice(first, first + atOnce).map(async (age, offset) => {
            const index = first + offset;
            const cast = castOf(context, family, numberedRoles(index + 1));
            if (!(await establish(context, cast, suffix(index)))) return;
            await waitForAge(context, cast, age);
            await takeOver(context, cast, announce(context, cast), suffix(index));
          }),
        );
      }
    },

    judge(recording) {
      const sweep = points(recording);
      const refused = sweep.filter((point) => point.belief === 'old').map((point) => point.ageMs);
      const taken = sweep.filter(isTaken).map((point) => point.ageMs);
      const said = {
        expected: `an update is taken again within ${(sweepMs.at(-1) ?? 0) / 1000} s of the last`,
        observed: `taken at ages ${list(taken)}; refused at ${list(refused)}`,
        // Of the youngest entry that was updated; and wherever the two disagree.
        findings: (sweep.find(isTaken) ?? sweep.at(-1))?.both.findings ?? [],
        qualifiers: [...new Set(sweep.flatMap(({ both }) => both.qualifiers))],
      };
      const [lastRefused, firstTaken] = [Math.max(0, ...refused), Math.min(...taken)];
      const strange = sweep.find((point) => !['old', 'new', 'asked'].includes(point.belief));
      if (strange)
        return inconclusive({
          ...said,
          reason: `At one age the host was not seen to decide: ${verdictWords[strange.belief]}.`,
        });
      if (taken.length === 0)
        return fail({ ...said, reason: 'The host refused this form at every age up to 3 s.' });
      if (firstTaken < lastRefused) {
        return inconclusive({
          ...said,
          reason: 'Older entries were refused and younger ones taken: no single window explains it.',
        });
      }
      const measurements = [between('lock window', lastRefused, firstTaken)];
      const reason =
        refused.length === 0
          ? `No window: an update is taken ${firstTaken.toFixed(0)} ms after the last.`
          : `An update is refused until between ${lastRefused.toFixed(0)} and ${firstTaken.toFixed(0)} ms after the last.`;
      return pass({ ...said, reason, measurements });
    },
  };
}

function list(agesMs: readonly number[]): string {
  return agesMs.length === 0 ? 'none' : `${agesMs.map((ms) => (ms / 1000).toFixed(2)).join(', ')} s`;
}
