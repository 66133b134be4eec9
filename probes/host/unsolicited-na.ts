import { multicastMacOf, neighbourAdvertisementFrame } from '../../src/frame/index.js';
import {
  type Context,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import {
  type Belief,
  beliefAfter,
  type Cast,
  castOf,
  establish,
  established,
  takeOver,
  verdictWords,
  views,
  waitForAge,
} from './takeover.js';
import { controlHeld, controlWithAnother, introduce, unknownBelief, unknownCast } from './unknown-service.js';

interface Advertisement {
  readonly override: boolean;
  /** Whether it carries the target link-layer address option. */
  readonly option: boolean;
  /** Whether the host has talked to the address before. */
  readonly known: boolean;
  readonly expected: Belief;
}

const allNodes = 'ff02::1';

function advertisement(context: Context<Advertisement>, cast: Cast): Uint8Array {
  const { override, option } = context.params;
  return neighbourAdvertisementFrame({
    destination: multicastMacOf(allNodes),
    source: cast.new,
    ipSource: cast.service,
    ipDestination: allNodes,
    router: false,
    solicited: false,
    override,
    target: cast.service,
    options: option ? [{ type: 'target-link-layer', mac: cast.new }] : [],
  });
}

export default defineProbe<Advertisement>({
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
  cases: [
    {
      id: 'override',
      title: 'O = 1 and a new address: updated',
      params: { override: true, option: true, known: true, expected: 'new' },
    },
    {
      id: 'no-override',
      title: 'O = 0 and a new address: not updated',
      params: { override: false, option: true, known: true, expected: 'old' },
    },
    {
      id: 'no-option',
      title: 'O = 1 without the option: not updated',
      params: { override: true, option: false, known: true, expected: 'old' },
    },
    {
      id: 'no-entry',
      title: 'for an unknown address: no entry',
      level: 'should',
      params: { override: true, option: true, known: false, expected: 'asked' },
    },
  ],

  async control(context) {
    if (context.params.known) await establish(context, castOf(context, 'ipv6'));
    else await controlWithAnother(context, 'ipv6');
  },
  controlHolds: (recording, { known }) => (known ? established(recording) : controlHeld(recording)),

  async stimulus(context) {
    if (!context.params.known) {
      const cast = unknownCast(context, 'ipv6');
      await introduce(context, cast, advertisement(context, cast));
      return;
    }
    const cast = castOf(context, 'ipv6');
    await waitForAge(context, cast, 1500);
    await takeOver(context, cast, advertisement(context, cast));
  },

  judge: (recording, params) => (params.known ? judgeKnown(recording, params) : judgeUnknown(recording)),
});

function judgeKnown(recording: Recording, { expected, override, option }: Advertisement): Judgement {
  const outside = beliefAfter(recording);
  const both = views(recording, outside);
  const said = { expected: verdictWords[expected], observed: verdictWords[outside], ...both };
  const what = `an advertisement with O = ${override ? 1 : 0}${option ? '' : ' and without the option'}`;
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
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}

function judgeUnknown(recording: Recording): Judgement {
  const outside = unknownBelief(recording);
  const said = {
    expected: 'the host asks before it sends: no entry was made',
    observed: outside === 'asked' ? 'unchanged: asks first' : verdictWords[outside],
  };
  if (outside === 'asked')
    return pass({ ...said, reason: 'The advertisement was discarded: there was no entry to update.' });
  if (outside === 'new')
    return fail({
      ...said,
      reason: 'The advertisement made an entry for an address that the host never talked to.',
    });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}
