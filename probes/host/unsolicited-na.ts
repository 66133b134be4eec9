import {
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  type ProbeCase,
  pass,
  type Recording,
} from '../../src/probe.js';
import { type Belief, beliefAfter, verdictWords } from './belief.js';
import { castOf } from './cast.js';
import { type Advertisement, advertise, nameOf, plain } from './neighbour/advertisement.js';
import { bringTo, broughtTo, type NeighbourState } from './neighbour/neighbour-state.js';
import { takeOver } from './takeover.js';
import {
  controlHeld,
  controlWithAnother,
  introduce,
  unknownBelief,
  unknownCast,
  unknownViews,
} from './unknown-service.js';
import { views } from './views.js';

interface Announced {
  readonly form: Advertisement;
  /** The state of the host's entry; `none`: the host has never talked to the address. */
  readonly entry: NeighbourState | 'none';
  readonly expected: Belief;
  /** Whether the frame comes from a station that is neither V's old nor its new owner. */
  readonly relayed?: boolean;
}

const guarded: Advertisement = { ...plain, override: false };
const bare: Advertisement = { ...plain, option: 'none' };

const states: readonly (readonly [NeighbourState, string])[] = [
  ['stale', 'an entry in STALE'],
  ['delay', 'an entry in DELAY'],
  ['probe', 'an entry in PROBE'],
];

/** Cases in the states other than REACHABLE. */
const inState = (id: string, form: Advertisement, expected: Belief, what: string): ProbeCase<Announced>[] =>
  states.map(([entry, where]) => ({
    id: `${id}-${entry}`,
    title: `${what}, ${where}`,
    params: { form, entry, expected },
  }));

export default defineProbe<Announced>({
  id: 'host/unsolicited-na',
  device: 'host',
  title: 'An unsolicited neighbour advertisement moves an entry when, and only when, its flags say so',
  failureTitle: 'The host does not treat unsolicited neighbour advertisements as the standard says',
  why: 'This is IPv6’s gratuitous ARP: a host that ignores it stays with the failed node.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.2.5 Receipt of Neighbor Advertisements',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.5',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: ({ entry }) => (entry === 'none' ? 2 : 1),
  deadlineMs: 20_000,
  cases: [
    {
      id: 'override',
      title: 'O = 1 and a new address: updated',
      params: { form: plain, entry: 'reachable', expected: 'new' },
    },
    ...inState('override', plain, 'new', 'O = 1 and a new address: updated'),
    {
      id: 'override-unicast',
      title: 'O = 1 and a new address, to the host alone: updated',
      params: { form: { ...plain, to: 'unicast' }, entry: 'reachable', expected: 'new' },
    },
    {
      id: 'override-all-routers',
      title: 'O = 1 and a new address, to all routers: not received by a host',
      level: 'info',
      params: { form: { ...plain, to: 'all-routers' }, entry: 'reachable', expected: 'old' },
    },
    {
      id: 'override-relayed',
      title: 'O = 1, from an Ethernet source other than the option: the option counts',
      params: { form: plain, entry: 'reachable', expected: 'new', relayed: true },
    },
    {
      id: 'no-override',
      title: 'O = 0 and a new address: not updated',
      params: { form: guarded, entry: 'reachable', expected: 'old' },
    },
    ...inState('no-override', guarded, 'old', 'O = 0 and a new address: not updated'),
    {
      id: 'no-option',
      title: 'O = 1 without the option: not updated',
      params: { form: bare, entry: 'reachable', expected: 'old' },
    },
    {
      id: 'no-option-unicast',
      title: 'O = 1 without the option, to the host alone: not updated',
      params: { form: { ...bare, to: 'unicast' }, entry: 'reachable', expected: 'old' },
    },
    {
      id: 'group-option',
      title: 'O = 1, its option naming a group address: not installed',
      level: 'info',
      params: { form: { ...plain, option: 'group' }, entry: 'reachable', expected: 'old' },
    },
    {
      id: 'no-entry',
      title: 'for an unknown address: no entry',
      level: 'should',
      params: { form: plain, entry: 'none', expected: 'asked' },
    },
    {
      id: 'no-entry-unicast',
      title: 'for an unknown address, to the host alone: no entry',
      level: 'should',
      params: { form: { ...plain, to: 'unicast' }, entry: 'none', expected: 'asked' },
    },
  ],

  async control(context) {
    const { entry } = context.params;
    if (entry === 'none') await controlWithAnother(context, 'ipv6');
    else await bringTo(context, castOf(context, 'ipv6'), entry);
  },
  controlHolds: (recording, { entry }) =>
    entry === 'none' ? controlHeld(recording) : broughtTo(recording, entry),

  async stimulus(context) {
    const { form, entry, relayed } = context.params;
    if (entry === 'none') {
      const cast = unknownCast(context, 'ipv6');
      await introduce(context, cast, advertise(context, cast, form));
      return;
    }
    const cast = castOf(context, 'ipv6');
    const source = relayed ? context.mac('relay') : cast.new;
    await takeOver(context, cast, advertise(context, cast, form, cast.new, source));
  },

  judge: (recording, params) =>
    params.entry === 'none' ? judgeUnknown(recording, params) : judgeKnown(recording, params),
});

function judgeKnown(recording: Recording, { form, expected, relayed }: Announced): Judgement {
  const outside = beliefAfter(recording);
  const both = views(recording, outside);
  const said = { expected: verdictWords[expected], observed: verdictWords[outside], ...both };
  const what = nameOf(form);
  if (outside === expected) return pass({ ...said, reason: `The host treats ${what} as the standard says.` });
  if (expected === 'new' && outside === 'asked') {
    return pass({
      ...said,
      reason: 'The host asked again and follows.',
      qualifiers: [...both.qualifiers, 'deviation: the entry was invalidated, not updated'],
    });
  }
  if (outside === 'old')
    return fail({ ...said, reason: `The host ignored ${what} and keeps sending to the old owner.` });
  if (outside === 'new')
    return fail({ ...said, reason: `The host took the new address from ${what}, which must not change it.` });
  if (outside === 'asked') return fail({ ...said, reason: `The host dropped its entry because of ${what}.` });
  if (outside === 'other' && relayed)
    return fail({
      ...said,
      reason: `The host took the Ethernet source of ${what}, not the address that its option names.`,
    });
  if (outside === 'other' && form.option === 'group')
    return fail({ ...said, reason: `The host sends V’s frames to a group address since ${what}.` });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}

function judgeUnknown(recording: Recording, { form }: Announced): Judgement {
  const outside = unknownBelief(recording);
  const said = {
    expected: 'the host asks before it sends: no entry was made',
    observed: outside === 'asked' ? 'unchanged: asks first' : verdictWords[outside],
    ...unknownViews(recording, outside),
  };
  if (outside === 'asked')
    return pass({ ...said, reason: 'The advertisement was discarded: there was no entry to update.' });
  if (outside === 'new')
    return fail({
      ...said,
      reason: `${nameOf(form)} made an entry for an address that the host never talked to.`,
    });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}
