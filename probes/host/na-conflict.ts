import { decodeFrame, neighbourAdvertisementFrame } from '../../src/frame/index.js';
import {
  addressOf,
  counted,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, established } from './belief.js';
import { castOf, newPort, numberedRoles } from './cast.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

/** The rival's advertisements, and how long the host is listened to after each. */
const conflicts = 2;
const everyMs = 700;

const overIpv4 = numberedRoles(2);

/** The host's unprompted advertisements of its own address. */
function defences(recording: Recording): number {
  const host = addressOf(recording, 'host-ipv6');
  const sinceNs = departureNs(recording, 'announce') ?? 0;
  const heard = recording.frames.filter(({ direction, label, atNs, bytes }) => {
    const na = decodeFrame(bytes).neighbourAdvertisement;
    return (
      direction === 'in' && label === undefined && atNs >= sinceNs && na?.target === host && !na.solicited
    );
  });
  return heard.filter(({ port }) => port === heard[0]?.port).length;
}

export default defineProbe<null>({
  id: 'host/na-conflict',
  device: 'host',
  title: 'The host keeps its own address when another advertises it',
  failureTitle: 'The host gives its address up when another advertises it',
  why: 'A service that is taken over by mistake goes away at its rightful owner too; or nobody ever learns of it.',
  requirement: {
    level: 'info',
    document: 'RFC 4862',
    clause:
      '5.4.4 Receiving Neighbor Advertisement Messages: a conflict with an assigned address is left open',
    link: 'https://www.rfc-editor.org/rfc/rfc4862#section-5.4.4',
  },
  needs: ['a', 'ipv6'],
  // Alone, and after all others: the host may cease to use the address that all of them talk to.
  sideBySide: false,
  cases: [
    {
      id: 'advertised',
      title: 'another station advertises the host’s own address, to the host',
      params: null,
    },
  ],

  async control(context) {
    const cast = castOf(context, 'ipv6');
    // Frames about the host's own address are what this case is about.
    context.claim('defended', cast.host);
    await establish(context, cast);
    if (context.host.ipv4 !== undefined) await establish(context, castOf(context, 'ipv4', overIpv4), '-2');
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context, 'ipv6');
    for (let n = 0; n < conflicts; n += 1) {
      // To the host alone: its neighbours are not to be misled.
      const frame = neighbourAdvertisementFrame({
        destination: context.host.mac,
        source: cast.new,
        ipSource: cast.host,
        ipDestination: cast.host,
        router: false,
        solicited: false,
        override: true,
        target: cast.host,
        options: [{ type: 'target-link-layer', mac: cast.new }],
      });
      await context.send(newPort(context), frame, 'announce');
      await context.wait(everyMs);
    }
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
    if (context.host.ipv4 !== undefined) await observe(context, castOf(context, 'ipv4', overIpv4), 'after-2');
    await context.sentinel();
  },

  judge(recording) {
    const outside = belief(recording, 'after');
    const defended = defences(recording);
    const both = views(recording, outside);
    const said = {
      expected: 'it still answers at its address',
      observed: `${defended === 0 ? 'no defence' : counted(defended, 'advertisement of its own')}; ${outside === 'silent' ? 'no longer answers' : 'still answers'}`,
      ...both,
      findings: [
        ...both.findings,
        {
          id: 'defends',
          holds: defended > 0,
          text: defended > 0 ? 'it advertises its address again' : 'it does not advertise its address again',
        },
      ],
    };
    if (outside !== 'silent')
      return pass({
        ...said,
        reason:
          defended > 0
            ? 'The host keeps its address, and tells everybody so.'
            : 'The host keeps its address; that another has it goes unnoticed by its neighbours.',
      });
    if (
      recording.plan.addresses['host-ipv4'] === undefined ||
      belief(recording, 'after-2', overIpv4) === 'silent'
    )
      return inconclusive({
        ...said,
        reason: 'The host answers no more, not even over IPv4: is it still there?',
      });
    return fail({
      ...said,
      reason: 'The host answers over IPv4, and no longer at its IPv6 address: it gave the address up.',
    });
  },
});
