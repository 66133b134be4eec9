import { arpOperations, decodeFrame, resolutionFrame } from '../../src/frame/index.js';
import { addressOf, defineProbe, fail, inconclusive, pass, type RecordedFrame } from '../../src/probe.js';
import { verdictWords } from './belief.js';
import { type Cast, numberedRoles } from './cast.js';
import {
  controlHeld,
  controlWithAnother,
  introduce,
  unknownBelief,
  unknownCast,
  unknownViews,
} from './unknown-service.js';

/** Some hosts take a while: an answer within it is one. */
const slowAnswerMs = 1500;

/** Whether the host sent an ARP reply for its own address to the asker. */
function answers(
  frames: readonly RecordedFrame[],
  { host, new: asker }: Pick<Cast, 'host' | 'new'>,
): boolean {
  return frames.some(({ bytes, direction }) => {
    const { arp } = decodeFrame(bytes);
    return (
      direction === 'in' && arp?.operation === arpOperations.reply && arp.spa === host && arp.tha === asker
    );
  });
}

export default defineProbe<null>({
  id: 'host/answers',
  device: 'host',
  title: 'A request for the host is answered, and makes an entry for the asker',
  failureTitle: 'The host does not answer ARP requests as it should',
  why: 'A new owner that can’t resolve its clients has taken over an address and nothing else.',
  requirement: {
    level: 'must',
    document: 'RFC 826',
    clause: 'Packet Reception: “Am I the target protocol address?”',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: [
    { id: 'broadcast-request', title: 'a broadcast ARP request from an unknown station', params: null },
  ],

  control: (context) => controlWithAnother(context),
  controlHolds: controlHeld,

  async stimulus(context) {
    const cast = unknownCast(context);
    const request = resolutionFrame({ mac: cast.new, ip: cast.service, target: cast.host });
    await introduce(context, cast, request);
    await context.until(() => answers(context.frames, cast), slowAnswerMs);
  },

  judge(recording) {
    const cast = {
      host: addressOf(recording, 'host-ipv4'),
      new: addressOf(recording, numberedRoles(2).new),
    };
    const replied = answers(recording.frames, cast);
    const outside = unknownBelief(recording);
    const both = unknownViews(recording, outside);
    const said = {
      ...both,
      expected: 'an ARP reply to the asker, and frames to it without asking back',
      observed: `${replied ? 'an ARP reply' : 'no ARP reply'}; ${outside === 'new' ? 'an entry for the asker' : verdictWords[outside]}`,
      findings: [
        {
          id: 'answered',
          holds: replied,
          text: replied ? 'it answered the request' : 'it did not answer the request',
        },
        {
          id: 'entry',
          holds: outside === 'silent' ? null : outside === 'new',
          text: outside === 'new' ? 'it knows the asker' : 'it does not know the asker',
        },
        ...both.findings,
      ],
    };
    if (!replied && outside === 'silent')
      return inconclusive({ ...said, reason: 'The host answered nothing at all: is it still there?' });
    if (!replied)
      return fail({ ...said, reason: 'The host did not answer an ARP request for its own address.' });
    if (outside === 'new') return pass({ ...said, reason: 'The host answered and knows the asker.' });
    if (outside === 'asked')
      return fail({
        ...said,
        reason: 'The host answered, but had to ask back for the station that it had just answered.',
      });
    return inconclusive({
      ...said,
      reason: `The host answered the request; from outside: ${verdictWords[outside]}.`,
    });
  },
});
