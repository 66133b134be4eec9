import { resolutionFrame } from '../../src/frame/index.js';
import { defineProbe, fail, inconclusive, type Judgement, pass, type Recording } from '../../src/probe.js';
import { beliefAfter, verdictWords } from './belief.js';
import { castOf } from './cast.js';
import { bringTo, broughtTo } from './neighbour/neighbour-state.js';
import { ordinary, type Solicitation, solicit } from './neighbour/solicitation.js';
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

interface Asked {
  /** How NEW asks for the host; `duplicate`: it asks whether anybody has V, before it takes it. */
  readonly how: Solicitation | 'duplicate';
  /** How old the host's entry is; undefined: it has never talked to V. */
  readonly ageMs?: number;
  readonly updates: boolean;
}

const settledMs = 1500;
const bare: Solicitation = { to: 'unicast', option: false };

export default defineProbe<Asked>({
  id: 'host/ns-updates',
  device: 'host',
  title: 'The new owner’s own solicitation for the host refreshes its entry',
  failureTitle: 'The host does not treat solicitations from a new owner as the standard says',
  why: 'The oldest remedy, for IPv6: the new owner empties its cache and pings the client. It works only if this holds.',
  requirement: {
    level: 'should',
    document: 'RFC 4861',
    clause: '7.2.3 Receipt of Neighbor Solicitations; 7.2 Address Resolution (without the option)',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.3',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: [
    {
      id: 'settled',
      title: 'the new owner asks for the host, whose entry is 1.5 s old',
      params: { how: ordinary, ageMs: settledMs, updates: true },
    },
    {
      id: 'fresh',
      title: 'the new owner asks for the host, whose entry is 0.1 s old',
      params: { how: ordinary, ageMs: 100, updates: true },
    },
    {
      id: 'unicast',
      title: 'the new owner asks the host alone',
      params: { how: { ...ordinary, to: 'unicast' }, ageMs: settledMs, updates: true },
    },
    {
      id: 'creates',
      title: 'a solicitation from an unknown station makes an entry for it',
      params: { how: ordinary, updates: true },
    },
    {
      id: 'no-option',
      title: 'a solicitation without the source link-layer address changes nothing',
      level: 'must',
      params: { how: bare, ageMs: settledMs, updates: false },
    },
    {
      id: 'duplicate-probe',
      title: 'a duplicate-address probe for the service address changes nothing',
      level: 'must',
      params: { how: 'duplicate', ageMs: settledMs, updates: false },
    },
  ],

  async control(context) {
    const { ageMs } = context.params;
    if (ageMs === undefined) await controlWithAnother(context, 'ipv6');
    else await bringTo(context, castOf(context, 'ipv6'), 'reachable', ageMs);
  },
  controlHolds: (recording, { ageMs }) =>
    ageMs === undefined ? controlHeld(recording) : broughtTo(recording, 'reachable'),

  async stimulus(context) {
    const { how, ageMs } = context.params;
    const known = ageMs !== undefined;
    const cast = known ? castOf(context, 'ipv6') : unknownCast(context, 'ipv6');
    const frame =
      how === 'duplicate'
        ? resolutionFrame({ mac: cast.new, target: cast.service })
        : solicit(context, cast, how);
    if (known) await takeOver(context, cast, frame);
    else await introduce(context, cast, frame);
  },

  judge: (recording, params) =>
    params.ageMs === undefined ? judgeCreated(recording) : judge(recording, params),
});

function judge(recording: Recording, { how, updates }: Asked): Judgement {
  const outside = beliefAfter(recording);
  const both = views(recording, outside);
  const what = how === 'duplicate' ? 'a duplicate-address probe' : 'a solicitation without the option';
  const said = {
    expected: updates ? 'the host sends to the new owner' : 'unchanged: still sends to the old owner',
    observed: outside === 'old' && !updates ? 'unchanged' : verdictWords[outside],
    ...both,
  };
  if (outside === 'new')
    return updates
      ? pass({ ...said, reason: 'The solicitation refreshed the entry.' })
      : fail({ ...said, reason: `The host took V’s address from ${what}.` });
  if (outside === 'old')
    return updates
      ? fail({ ...said, reason: 'The new owner asked for the host, which still sends to the old owner.' })
      : pass({ ...said, reason: `Nothing changed by ${what}.` });
  if (outside === 'asked')
    return updates
      ? pass({
          ...said,
          reason: 'The host asked again and follows.',
          qualifiers: [...both.qualifiers, 'deviation: the entry was invalidated, not updated'],
        })
      : fail({ ...said, reason: `The host dropped its entry because of ${what}.` });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}

function judgeCreated(recording: Recording): Judgement {
  const outside = unknownBelief(recording);
  const said = {
    expected: 'frames to the asker without asking back',
    observed: outside === 'new' ? 'created: an entry for the asker' : verdictWords[outside],
    ...unknownViews(recording, outside),
  };
  if (outside === 'new') return pass({ ...said, reason: 'The host knows the asker.' });
  if (outside === 'asked')
    return fail({ ...said, reason: 'The host had to ask back for the station that had just asked for it.' });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}
