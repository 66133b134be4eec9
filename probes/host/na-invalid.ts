import {
  decodeFrame,
  encodeIcmpv6,
  encodeIpv6,
  encodeNeighbourAdvertisement,
  etherTypes,
  ipProtocols,
  linkFrame,
  multicastMacOf,
  solicitedNodeAddress,
} from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { asksFor, beliefAfter, verdictWords } from './belief.js';
import { type Cast, castOf, numberedRoles } from './cast.js';
import { allNodes } from './neighbour/advertisement.js';
import { bringTo, broughtTo } from './neighbour/neighbour-state.js';
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

/** What is wrong with the advertisement; everything else is as it should be. */
type Flaw =
  | 'hop-limit'
  | 'checksum'
  | 'code'
  | 'length'
  | 'solicited-to-group'
  | 'zero-length-option'
  | 'group-target';

const flaws: readonly (readonly [Flaw, string])[] = [
  ['hop-limit', 'a hop limit of 254: it could have come through a router'],
  ['checksum', 'a wrong checksum'],
  ['code', 'an ICMP code other than 0'],
  ['length', 'an ICMP length below 24 octets, by the IP header'],
  ['solicited-to-group', 'S = 1 to a group address'],
  ['zero-length-option', 'an option of length zero'],
  ['group-target', 'a target that is a group address'],
];

/** Behind the option that would move the entry: one of unknown type that says it has no length (RFC 4861 §4.6). */
const lengthless = { type: 'unknown', code: 253, data: new Uint8Array(6), length: 0 } as const;

/** An advertisement of V by NEW that would move the entry, but for its flaw. */
function flawed(context: Context, cast: Cast, flaw: Flaw): Uint8Array {
  const toGroup = flaw === 'solicited-to-group';
  const source = cast.service;
  const destination = toGroup ? allNodes : cast.host;
  const message = {
    code: flaw === 'code' ? 1 : 0,
    ...encodeNeighbourAdvertisement({
      router: false,
      solicited: toGroup,
      override: true,
      target: flaw === 'group-target' ? solicitedNodeAddress(cast.service) : cast.service,
      options: [
        { type: 'target-link-layer', mac: cast.new },
        ...(flaw === 'zero-length-option' ? [lengthless] : []),
      ],
    }),
  };
  const whole = encodeIcmpv6(message, { source, destination });
  if (flaw === 'checksum') whole[2] = (whole[2] ?? 0) ^ 0xff;
  const hopLimit = flaw === 'hop-limit' ? 254 : 255;
  const ip = { source, destination, nextHeader: ipProtocols.icmpv6, hopLimit };
  // The header ends the message in the middle of its target; the rest lies behind the end, where nobody must look.
  const cut = encodeIcmpv6({ ...message, body: message.body.subarray(0, 16) }, { source, destination });
  const packet =
    flaw === 'length'
      ? encodeIpv6({
          ...ip,
          payload: Uint8Array.of(...cut, ...whole.subarray(cut.length)),
          payloadLength: cut.length,
        })
      : encodeIpv6({ ...ip, payload: whole });
  const link = { destination: toGroup ? multicastMacOf(allNodes) : context.host.mac, source: cast.new };
  return linkFrame(link, etherTypes.ipv6, packet);
}

export default defineProbe<{ readonly flaw: Flaw }>({
  id: 'host/na-invalid',
  device: 'host',
  title: 'An invalid neighbour advertisement changes nothing',
  failureTitle: 'The host takes invalid neighbour advertisements',
  why: 'What could have come from beyond a router, or is damaged, takes a live service away.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.1.2 Validation of Neighbor Advertisements',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.1.2',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: ({ flaw }) => (flaw === 'group-target' ? 2 : 1),
  cases: flaws.map(([flaw, title]) => ({ id: flaw, title, params: { flaw } })),

  async control(context) {
    if (context.params.flaw === 'group-target') await controlWithAnother(context, 'ipv6');
    else await bringTo(context, castOf(context, 'ipv6'), 'reachable');
  },
  controlHolds: (recording, { flaw }) =>
    flaw === 'group-target' ? controlHeld(recording) : broughtTo(recording, 'reachable'),

  async stimulus(context) {
    const { flaw } = context.params;
    if (flaw === 'group-target') {
      const cast = unknownCast(context, 'ipv6');
      await introduce(context, cast, flawed(context, cast, flaw));
    } else {
      const cast = castOf(context, 'ipv6');
      await takeOver(context, cast, flawed(context, cast, flaw));
    }
  },

  judge: (recording, { flaw }) => (flaw === 'group-target' ? judgeGroup(recording) : judge(recording, flaw)),
});

function judge(recording: Recording, flaw: Flaw): Judgement {
  const outside = beliefAfter(recording);
  const what = flaws.find(([id]) => id === flaw)?.[1] ?? flaw;
  const said = {
    expected: 'unchanged: still sends to the old owner',
    observed: outside === 'old' ? 'unchanged' : verdictWords[outside],
    ...views(recording, outside),
  };
  if (outside === 'old') return pass({ ...said, reason: 'The invalid advertisement changed nothing.' });
  if (outside === 'new')
    return fail({ ...said, reason: `The host took the address from an advertisement with ${what}.` });
  if (outside === 'asked')
    return fail({ ...said, reason: `The host dropped its entry because of an advertisement with ${what}.` });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}

/** The host asks for V at the group of its solicited node: where does the question go? */
function judgeGroup(recording: Recording): Judgement {
  const service = addressOf(recording, numberedRoles(2).service);
  const question = recording.frames.find(
    ({ direction, label, bytes }) =>
      direction === 'in' &&
      label === undefined &&
      decodeFrame(bytes).neighbourSolicitation?.target === service,
  );
  const asked = question && decodeFrame(question.bytes);
  const said = {
    expected: 'what the host sends to the group still goes to the group’s own Ethernet address',
    observed: asked ? `it goes to ${asked.ethernet?.destination}` : 'the host sent nothing to the group',
    ...unknownViews(recording, unknownBelief(recording)),
  };
  if (asked === undefined)
    return inconclusive({
      ...said,
      reason: 'The host did not ask for the address, so nothing was sent to the group.',
    });
  if (asksFor(asked, service)) return pass({ ...said, reason: 'The invalid advertisement changed nothing.' });
  return fail({
    ...said,
    reason: 'The host took a link-layer address for a group, and sends the group’s frames to one station.',
  });
}
