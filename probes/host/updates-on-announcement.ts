import {
  type Context,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  type ProbeCase,
  pass,
  type Recording,
} from '../../src/probe.js';
import { announce, commonForms, type Form, nameOf } from './announcement.js';
import { ageMs, type Belief, beliefAfter, established, verdictWords } from './belief.js';
import { castOf, numberedRoles } from './cast.js';
import { establish, takeOver, waitForAge } from './takeover.js';
import { views } from './views.js';

interface Announcement {
  /** Announced one after the other, each for a service address of its own. */
  readonly forms: readonly Form[];
  readonly ageMs: number;
}

/** How far the real age may lie from the wanted one before the case says nothing about that age. */
const ageToleranceMs = 60;

/** A busy machine is late, which does not matter much as long as it does not carry the entry past the one second for which
 *  Linux, the strictest host known, locks one (arp(7), locktime). */
const lateMs: Readonly<Record<number, number>> = { 100: 200, 500: 250, 900: 90, 1100: 400, 2000: 1000 };

const ages = [100, 500, 900, 1100, 2000] as const;

const matrix: ProbeCase<Announcement>[] = (['request', 'reply'] as const).flatMap((operation) =>
  (['broadcast', 'unicast'] as const).flatMap((to) =>
    (['zero', 'ff', 'sha', 'other'] as const).flatMap((tha) =>
      (['v', 'host', 'third'] as const).flatMap((tpa) =>
        ages.map((age) => {
          const form: Form = { operation, to, tha, tpa };
          return {
            id: `${operation}-${to}-tha-${tha}-tpa-${tpa}-age-${age}ms`,
            title: `${nameOf(form)}, entry ${age / 1000} s old`,
            level: 'info' as const,
            params: { forms: [form], ageMs: age },
          };
        }),
      ),
    ),
  ),
);

const suffix = (index: number) => `-${index + 1}`;

async function takeOverEach(context: Context<Announcement>): Promise<void> {
  const { forms, ageMs: age } = context.params;
  await Promise.all(
    forms.map(async (form, index) => {
      const cast = castOf(context, 'ipv4', numberedRoles(index + 1));
      await waitForAge(context, cast, age);
      await takeOver(context, cast, announce(context, cast, form), suffix(index));
    }),
  );
}

export default defineProbe<Announcement>({
  id: 'host/updates-on-announcement',
  device: 'host',
  title: 'An existing entry takes the new address from an ARP announcement',
  failureTitle: 'The host ignores the new owner’s announcements',
  why: 'The host goes on sending to the failed node until its entry expires: minutes without the service.',
  requirement: {
    level: 'must',
    document: 'RFC 826',
    clause: 'Packet Reception: the entry is updated before the opcode is looked at',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: ({ forms }) => forms.length,
  cases: [
    {
      id: 'common-form',
      title: 'at least one of the announcements that failover software sends',
      params: { forms: commonForms, ageMs: 1500 },
    },
    ...matrix,
  ],

  async control(context) {
    for (const [index] of context.params.forms.entries()) {
      await establish(context, castOf(context, 'ipv4', numberedRoles(index + 1)), suffix(index));
    }
  },
  controlHolds(recording, { forms }) {
    for (const [index] of forms.entries()) {
      const holds = established(recording, suffix(index), numberedRoles(index + 1));
      if (holds !== true) return holds;
    }
    return true;
  },
  stimulus: takeOverEach,

  judge(recording, { forms, ageMs: wanted }) {
    const seen = forms.map((form, index) => ({
      form,
      belief: beliefAfter(recording, suffix(index), numberedRoles(index + 1)),
    }));
    return forms.length === 1 ? judgeOne(recording, seen[0], wanted) : judgeAny(recording, seen);
  },
});

interface Seen {
  readonly form: Form;
  readonly belief: Belief;
}

const followed = (seen: Seen) => seen.belief === 'new' || seen.belief === 'asked';

function judgeAny(recording: Recording, seen: readonly Seen[]): Judgement {
  const good = seen.filter(followed);
  const both = seen.map(({ belief: b }, index) =>
    views(recording, b, { names: numberedRoles(index + 1), suffix: suffix(index) }),
  );
  const shown = both[Math.max(0, seen.findIndex(followed))];
  const said = {
    expected: 'at least one form moves the entry to the new owner',
    observed: seen.map(({ form, belief: b }) => `${nameOf(form)}: ${verdictWords[b]}`).join('; '),
    findings: [
      ...seen.map((one) => ({
        id: nameOf(one.form),
        holds: followed(one),
        text: verdictWords[one.belief],
      })),
      ...(shown?.findings ?? []),
    ],
    measurements: shown?.measurements ?? [],
    qualifiers: [...new Set(both.flatMap(({ qualifiers }) => qualifiers))],
  };
  if (good.length > 0) {
    return pass({
      ...said,
      reason: `The host follows ${good.length} of the ${seen.length} common announcements.`,
    });
  }
  if (seen.some(({ belief: b }) => b === 'silent')) {
    return inconclusive({
      ...said,
      reason: 'The host stopped answering after the takeover, so its belief can’t be seen.',
    });
  }
  return fail({
    ...said,
    reason: 'The host follows none of the announcements that failover software sends.',
  });
}

function judgeOne(recording: Recording, seen: Seen | undefined, wantedMs: number): Judgement {
  const names = numberedRoles(1);
  const outside = seen?.belief ?? 'silent';
  const both = views(recording, outside, { names, suffix: suffix(0) });
  const said = { expected: 'updated: sends to the new owner', observed: verdictWords[outside], ...both };
  const age = ageMs(recording, suffix(0), names);
  // A host that ignores an announcement when its entry is older than wanted takes no second lesson either.
  const older = age === undefined && outside === 'old';
  if (
    !older &&
    (age === undefined || age < wantedMs - ageToleranceMs || age > wantedMs + (lateMs[wantedMs] ?? 0))
  ) {
    const real = age === undefined ? 'unknown' : `${age.toFixed(0)} ms`;
    return inconclusive({
      ...said,
      reason: `The entry's age was ${real}, not ${wantedMs} ms: the harness was late.`,
    });
  }
  switch (outside) {
    case 'new':
      return pass({ ...said, reason: 'The host took the new address.' });
    case 'asked':
      return pass({
        ...said,
        reason: 'The host dropped its entry and asked again.',
        qualifiers: [...both.qualifiers, 'deviation: the entry was invalidated, not updated'],
      });
    case 'old':
      return fail({ ...said, reason: 'The host ignored this form and keeps sending to the old owner.' });
    default:
      return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
  }
}
