import { defineProbe, fail, inconclusive, type ProbeCase, pass } from '../../src/probe.js';
import { type Belief, beliefAfter, verdictWords } from './belief.js';
import { castOf } from './cast.js';
import { type Advertisement, advertise, nameOf } from './neighbour/advertisement.js';
import { bringTo, broughtTo, type NeighbourState } from './neighbour/neighbour-state.js';
import { takeOver } from './takeover.js';
import { views } from './views.js';

interface Announcement {
  readonly form: Advertisement;
  readonly entry: NeighbourState;
  readonly ageMs: number;
}

/** The entry's state and age: just learned, settled, or changed without being confirmed. */
const entries = [
  { id: 'fresh', entry: 'reachable', ageMs: 100, text: 'an entry 0.1 s old' },
  { id: 'reachable', entry: 'reachable', ageMs: 1500, text: 'an entry 1.5 s old' },
  { id: 'stale', entry: 'stale', ageMs: 1100, text: 'an entry in STALE' },
] as const;

const flags = [true, false];

const cases: ProbeCase<Announcement>[] = flags.flatMap((override) =>
  flags.flatMap((solicited) =>
    flags.flatMap((router) =>
      (['own', 'none'] as const).flatMap((option) =>
        (['all-nodes', 'unicast'] as const).flatMap((to) =>
          entries.map(({ id, entry, ageMs, text }) => {
            const form: Advertisement = { router, solicited, override, option, to };
            const bits =
              [override && 'o', solicited && 's', router && 'r'].filter(Boolean).join('') || 'none';
            return {
              id: `flags-${bits}-option-${option}-${to}-${id}`,
              title: `${nameOf(form)}; ${text}`,
              params: { form, entry, ageMs },
            };
          }),
        ),
      ),
    ),
  ),
);

/** What the standard makes of a form: S = 1 to a group is invalid (§7.1.2), and only O = 1 with the option moves an
 *  entry (§7.2.5). */
function moves({ override, solicited, option, to }: Advertisement): boolean {
  return override && option === 'own' && !(solicited && to === 'all-nodes');
}

export default defineProbe<Announcement>({
  id: 'host/na-forms',
  device: 'host',
  title: 'Each form of advertisement moves an entry, or leaves it, as the standard says',
  failureTitle: 'The host takes other forms of advertisement than the standard says',
  why: 'Failover software differs in the flags it sets: this is which of it this host will follow.',
  requirement: {
    level: 'info',
    document: 'RFC 4861',
    clause: '7.2.5 Receipt of Neighbor Advertisements',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.5',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  cases,

  async control(context) {
    const { entry, ageMs } = context.params;
    await bringTo(context, castOf(context, 'ipv6'), entry, ageMs);
  },
  controlHolds: (recording, { entry }) => broughtTo(recording, entry),

  async stimulus(context) {
    const cast = castOf(context, 'ipv6');
    await takeOver(context, cast, advertise(context, cast, context.params.form));
  },

  judge(recording, { form }) {
    const outside = beliefAfter(recording);
    const expected: Belief = moves(form) ? 'new' : 'old';
    const both = views(recording, outside);
    const said = { expected: verdictWords[expected], observed: verdictWords[outside], ...both };
    switch (outside) {
      case expected:
        return pass({
          ...said,
          reason: expected === 'new' ? 'The host took the new address.' : 'The host kept the old address.',
        });
      case 'new':
        return fail({
          ...said,
          reason: 'The host took the new address from a form that must not change it.',
        });
      case 'old':
        return fail({ ...said, reason: 'The host ignored this form and keeps sending to the old owner.' });
      case 'asked': {
        const reason = 'The host dropped its entry and asked again.';
        const qualifiers = [...both.qualifiers, 'deviation: the entry was invalidated, not updated'];
        return expected === 'new' ? pass({ ...said, reason, qualifiers }) : fail({ ...said, reason });
      }
      default:
        return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
    }
  },
});
