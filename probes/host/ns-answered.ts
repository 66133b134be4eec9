import { decodeFrame, type NeighbourAdvertisement, resolutionFrame } from '../../src/frame/index.js';
import {
  addressOf,
  defineProbe,
  departureNs,
  type Finding,
  fail,
  inconclusive,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, established } from './belief.js';
import { castOf, newPort } from './cast.js';
import { allNodes } from './neighbour/advertisement.js';
import { ordinary, type Solicitation, solicit } from './neighbour/solicitation.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

interface Question {
  /** `duplicate`: from `::`, by a station that is about to take the host's address (RFC 4862 §5.4.2). */
  readonly how: Solicitation | 'duplicate';
}

/** How often it is asked, and how long the host may take: an answer may be lost once. */
const tries = 3;
const answerMs = 400;

interface Answer extends NeighbourAdvertisement {
  /** The answer's IP and Ethernet destination. */
  readonly to: string;
  readonly mac: string;
}

/** The host's advertisements of its own address since the question. */
function answers(recording: Pick<Recording, 'frames'>, host: string, sinceNs: number): Answer[] {
  return recording.frames.flatMap(({ direction, label, atNs, bytes }) => {
    const { ethernet, ipv6, neighbourAdvertisement: na } = decodeFrame(bytes);
    const own = direction === 'in' && label === undefined && atNs >= sinceNs && na?.target === host;
    return own && ipv6 && ethernet ? [{ ...na, to: ipv6.destination, mac: ethernet.destination }] : [];
  });
}

export default defineProbe<Question>({
  id: 'host/ns-answered',
  device: 'host',
  title: 'A solicitation for the host is answered in the way its asker needs',
  failureTitle: 'The host does not answer solicitations as it should',
  why: 'A new owner that can’t resolve its clients has taken over an address and nothing else; and an address that is not defended is taken.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.2.4 Sending Solicited Neighbor Advertisements',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.4',
  },
  needs: ['a', 'ipv6'],
  // What goes to all nodes would count for every case that listens there.
  sideBySide: false,
  cases: [
    {
      id: 'group',
      title: 'to the host’s solicited-node group: answered to the asker, with S = 1 and the option',
      params: { how: ordinary },
    },
    {
      id: 'unicast',
      title: 'to the host alone: answered to the asker, with S = 1',
      params: { how: { ...ordinary, to: 'unicast' } },
    },
    {
      id: 'duplicate-probe',
      title: 'a duplicate-address probe for the host’s own address: answered to all nodes, with S = 0',
      params: { how: 'duplicate' },
    },
  ],

  control: async (context) => void (await establish(context, castOf(context, 'ipv6'))),
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context, 'ipv6');
    const { how } = context.params;
    // An answer to all nodes names no address of this case.
    if (how === 'duplicate') context.claim('all-nodes', allNodes);
    const asker = { ...cast, service: context.ipv6('asker') };
    context.own(asker.service, cast.new, newPort(context));
    for (let n = 0; n < tries; n += 1) {
      const frame =
        how === 'duplicate'
          ? resolutionFrame({ mac: cast.new, target: cast.host })
          : solicit(context, asker, how);
      const sinceNs = context.nowMs() * 1e6;
      await context.send(newPort(context), frame, 'ask');
      if (await context.until(() => answers(context, cast.host, sinceNs).length > 0, answerMs)) break;
    }
    await observe(context, cast, 'after');
    await context.sentinel();
  },

  judge(recording, { how }) {
    const host = addressOf(recording, 'host-ipv6');
    const asker = how === 'duplicate' ? allNodes : addressOf(recording, 'asker');
    const [answer] = answers(recording, host, departureNs(recording, 'ask') ?? 0);
    const outside = belief(recording, 'after');
    const both = views(recording, outside);
    const wanted = how === 'duplicate' ? 'to all nodes, with S = 0' : 'to the asker, with S = 1';
    const said = {
      expected: `an advertisement ${wanted}`,
      observed: answer
        ? `an advertisement to ${answer.to}, with S = ${answer.solicited ? 1 : 0}, O = ${answer.override ? 1 : 0}, R = ${answer.router ? 1 : 0}`
        : 'no answer',
      ...both,
    };
    if (answer === undefined)
      return outside === 'silent'
        ? inconclusive({ ...said, reason: 'The host answered nothing at all: is it still there?' })
        : fail({
            ...said,
            reason:
              how === 'duplicate'
                ? 'The host let a duplicate-address probe for its own address go unanswered: whoever asked will take it.'
                : 'The host did not answer a solicitation for its own address.',
          });
    const named = answer.options.find(({ type }) => type === 'target-link-layer');
    const findings: Finding[] = [
      { id: 'destination', holds: answer.to === asker, text: `it went to ${answer.to}` },
      {
        id: 'solicited',
        holds: answer.solicited === (how !== 'duplicate'),
        text: `S = ${answer.solicited ? 1 : 0}`,
      },
      {
        id: 'option',
        holds: named !== undefined,
        text: named ? 'it names the host’s link-layer address' : 'it names no link-layer address',
      },
      { id: 'override', holds: answer.override, text: `O = ${answer.override ? 1 : 0}` },
    ];
    // The option may be left out of an answer to the host alone, and O is only advised.
    const needed = [
      'destination',
      'solicited',
      ...(how === 'duplicate' || how.to === 'group' ? ['option'] : []),
    ];
    const wrong = findings.filter(({ id, holds }) => needed.includes(id) && !holds);
    const all = { ...said, findings: [...both.findings, ...findings] };
    return wrong.length === 0
      ? pass({ ...all, reason: 'The host answered as the standard says.' })
      : fail({
          ...all,
          reason: `The host's answer is not as its asker needs it: ${wrong.map(({ text }) => text).join(', ')}.`,
        });
  },
});
