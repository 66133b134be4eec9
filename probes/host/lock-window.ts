import { defineProbe, fail, inconclusive, type Measurement, pass, type Recording } from '../../src/probe.js';
import { announce, type Form, nameOf } from './announcement.js';
import {
  ageMs,
  type Belief,
  beliefAfter,
  castOf,
  establish,
  established,
  numberedRoles,
  takeOver,
  verdictWords,
  waitForAge,
} from './takeover.js';

/** Ages of the entry at which an update is tried, each on a service address of its own. */
const sweepMs = [100, 250, 500, 750, 900, 1000, 1100, 1250, 1500, 2000, 2500, 3000];

const atOnce = 3;

const suffix = (index: number) => `-${index + 1}`;

interface Point {
  readonly ageMs: number;
  readonly belief: Belief;
}

function points(recording: Recording): Point[] {
  return sweepMs.flatMap((_, index) => {
    const names = numberedRoles(index + 1);
    const age = ageMs(recording, suffix(index), names);
    return age === undefined ? [] : [{ ageMs: age, belief: beliefAfter(recording, suffix(index), names) }];
  });
}

const forms: readonly (Form & { readonly id: string })[] = [
  { id: 'request', operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' },
  { id: 'reply', operation: 'reply', to: 'broadcast', tha: 'sha', tpa: 'v' },
  { id: 'reply-tha-ff', operation: 'reply', to: 'broadcast', tha: 'ff', tpa: 'v' },
];

export default defineProbe<Form>({
  id: 'host/lock-window',
  device: 'host',
  title: 'How long after an update the next one is refused',
  failureTitle: 'The host refuses updates for seconds after the last one',
  why: 'Two takeovers in a row, or a rival’s late announcement: inside this window the last word is not heard.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'Linux arp(7): locktime, 1 second by default',
    link: 'https://man7.org/linux/man-pages/man7/arp.7.html',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  cases: forms.map((form) => ({ id: form.id, title: nameOf(form), params: form })),

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
          const cast = castOf(context, 'ipv4', numberedRoles(index + 1));
          if (!(await establish(context, cast, suffix(index)))) return;
          await waitForAge(context, cast, age);
          await takeOver(context, cast, announce(context, cast, context.params), suffix(index));
        }),
      );
    }
  },

  judge(recording) {
    const sweep = points(recording);
    const refused = sweep.filter((point) => point.belief === 'old').map((point) => point.ageMs);
    const taken = sweep
      .filter((point) => point.belief === 'new' || point.belief === 'asked')
      .map((point) => point.ageMs);
    const said = {
      expected: `an update is taken again within ${(sweepMs.at(-1) ?? 0) / 1000} s of the last`,
      observed: `taken at ages ${list(taken)}; refused at ${list(refused)}`,
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
    const measurements: Measurement[] = [
      {
        name: 'lock window',
        value: (lastRefused + firstTaken) / 2,
        unit: 'ms',
        low: lastRefused,
        high: firstTaken,
      },
    ];
    const reason =
      refused.length === 0
        ? `No window: an update is taken ${firstTaken.toFixed(0)} ms after the last.`
        : `An update is refused until between ${lastRefused.toFixed(0)} and ${firstTaken.toFixed(0)} ms after the last.`;
    return pass({ ...said, reason, measurements });
  },
});

function list(agesMs: readonly number[]): string {
  return agesMs.length === 0 ? 'none' : `${agesMs.map((ms) => (ms / 1000).toFixed(2)).join(', ')} s`;
}
