import { arpOperations, broadcastMac, decodeFrame, resolutionFrame } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type PortName,
  pass,
  type Recording,
} from '../../src/probe.js';
import { taught, teach } from './station.js';
import { announcement, triggers } from './triggers.js';

interface Question {
  readonly ipv6: boolean;
  /** `world`: a client asks for the address after the takeover. `b`: the next owner, before it takes the address over,
   *  asks whether anybody has it (RFC 5227 §2.1.1, RFC 4862 §5.4). */
  readonly asker: 'world' | 'b';
}

const answerMs = 200;
const timesAsked = 3;
const role = ({ ipv6 }: Question) => (ipv6 ? 'service6' : 'service');
const askerRole = ({ ipv6 }: Question, when: 'before' | 'after') => `asker-${when}${ipv6 ? '6' : ''}`;
const service = (context: Context<Question>) =>
  context.params.ipv6 ? context.ipv6('service6') : context.ipv4('service');

/** A question for the service address, from the station `source`; a probe of its next owner names no sender. */
function question(
  context: Context<Question>,
  source: string,
  when: 'before' | 'after' | 'probing',
): Uint8Array {
  const take = context.params.ipv6 ? context.ipv6 : context.ipv4;
  const asker = when === 'probing' ? {} : { ip: take(askerRole(context.params, when)) };
  return resolutionFrame({ mac: source, ...asker, target: service(context) });
}

/** Announces the service address as `mac`'s. */
function claim(context: Context<Question>, mac: string): Uint8Array {
  const advertisement = triggers.find(({ id }) => id === 'unsolicited-na');
  return context.params.ipv6 && advertisement
    ? advertisement.build(context, mac)
    : announcement(context, mac);
}

/** An answer for the service address that came in at a port. */
interface Answer {
  readonly mac: string;
  /** The IP address that it was for. */
  readonly to: string;
  readonly atNs: number;
  /** What the bench calls a frame of these octets that it sent. */
  readonly label: string | undefined;
}

function answersAt(recording: Recording, port: PortName, params: Question): Answer[] {
  const target = addressOf(recording, role(params));
  return recording.frames.flatMap((frame) => {
    if (frame.port !== port || frame.direction !== 'in') return [];
    const { arp, ipv6, neighbourAdvertisement: advertised } = decodeFrame(frame.bytes);
    const { atNs, label } = frame;
    if (arp?.operation === arpOperations.reply && arp.spa === target)
      return [{ mac: arp.sha, to: arp.tpa, atNs, label }];
    if (advertised?.target !== target) return [];
    const option = advertised.options.find(({ type }) => type === 'target-link-layer');
    return option?.type === 'target-link-layer'
      ? [{ mac: option.mac, to: ipv6?.destination ?? '', atNs, label }]
      : [];
  });
}

const movedNs = ({ events }: Recording) =>
  events.find((e) => e.kind === 'mark' && e.name === 'old-owner-silent')?.atNs ?? 0;

export default defineProbe<Question>({
  id: 'switch/arp-suppression',
  device: 'switch',
  title: 'Who asks for an address hears from its owner, not from the switch',
  failureTitle: 'The switch answers for the old owner of an address',
  why: 'A switch that answers ARP from its own table gives clients the failed node’s address, though the new owner announced itself.',
  requirement: {
    level: 'should',
    document: 'RFC 9161',
    clause: '3 Solution Description (proxy ARP/ND)',
    link: 'https://www.rfc-editor.org/rfc/rfc9161#section-3',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    { id: 'ipv4', title: 'an ARP request after the takeover', params: { ipv6: false, asker: 'world' } },
    {
      id: 'ipv6',
      title: 'a neighbour solicitation after the takeover',
      params: { ipv6: true, asker: 'world' },
    },
    { id: 'ipv4-probe', title: 'an ARP probe of the new owner', params: { ipv6: false, asker: 'b' } },
    {
      id: 'ipv6-probe',
      title: 'duplicate address detection of the new owner',
      params: { ipv6: true, asker: 'b' },
    },
  ],

  async control(context) {
    const old = context.mac('old');
    const address = service(context);
    await teach(context, 'a', old);
    await context.send('a', claim(context, old), 'first-owner');
    await context.until(
      () => context.frames.some((f) => f.label === 'first-owner' && f.port === 'b'),
      answerMs,
    );
    // Asked once, so that a switch which notes answers notes this one.
    context.own(address, old, 'a');
    const answered = () => context.frames.some((f) => f.label === 'answer' && f.port === 'world');
    for (let n = 0; n < timesAsked && !answered(); n += 1) {
      await context.send('world', question(context, context.portMac('world'), 'before'), 'ask-before');
      await context.until(answered, answerMs);
    }
    context.disown(address);
    context.mark('old-owner-silent');
  },
  controlHolds: (recording) => taught(recording, 'a'),

  async stimulus(context) {
    const { asker } = context.params;
    const mac = context.mac('new');
    const probing = asker === 'b';
    if (!probing) {
      context.own(service(context), mac, 'b');
      await context.send('b', claim(context, mac), 'announce');
      await context.until(
        () => context.frames.some((f) => f.label === 'announce' && f.port === 'world'),
        answerMs,
      );
    }
    const source = probing ? mac : context.portMac('world');
    for (let n = 0; n < timesAsked; n += 1) {
      await context.send(asker, context.numbered(asker, broadcastMac), 'plain');
      const before = context.frames.length;
      await context.send(asker, question(context, source, probing ? 'probing' : 'after'), 'ask');
      const other = probing ? 'world' : 'b';
      await context.until(
        () =>
          context.frames.slice(before).some((f) => f.label === 'ask' && f.port === other) &&
          (probing || context.frames.slice(before).some((f) => f.label === 'answer' && f.port === 'world')),
        answerMs,
      );
      // The switch may answer after it has passed the question on.
      if (probing) await context.wait(answerMs / 4);
    }
    await context.sentinel();
  },

  judge(recording, params) {
    const { asker } = params;
    const old = addressOf(recording, 'old');
    const since = movedNs(recording);
    const answers = answersAt(recording, asker, params).filter(({ atNs }) => atNs > since);
    // What the old owner itself had said before was for another asker, so that nothing of it counts which comes late.
    const stale = answers.filter(
      ({ mac, to }) =>
        mac === old && (asker === 'b' || to === addressOf(recording, askerRole(params, 'after'))),
    );
    const own = answers.filter(({ mac, label }) => mac !== old && label === 'answer');
    const to = asker === 'b' ? 'world' : 'b';
    const asked = deliveries(recording, 'ask');
    const passedOn = asked.filter(({ arrivals }) => arrivals.has(to)).length;
    const plain = deliveries(recording, 'plain').filter(({ arrivals }) => arrivals.has(to)).length;
    const about = {
      expected:
        asker === 'b'
          ? 'nobody answers for the old owner, which is silent'
          : 'questions reach the new owner at port b, and its answer reaches World',
      observed: `${counted(stale.length, 'answer')} with the old owner’s address; ${passedOn} of ${counted(asked.length, 'question')} came out at ${to}`,
      findings: [
        {
          id: 'answers-for-old-owner',
          holds: stale.length > 0,
          text: `${counted(stale.length, 'answer')} with the old owner’s address, which no port of the bench sent`,
        },
        {
          id: 'questions-passed-on',
          holds: plain > 0 || passedOn > 0 ? passedOn > 0 : null,
          text: `${passedOn} of ${counted(asked.length, 'question')} came out at port ${to}, ${plain} of as many broadcasts`,
        },
      ],
    };
    if (stale.length > 0) {
      const whom =
        asker === 'b' ? 'the new owner’s question whether the address is free' : 'World’s question';
      return fail({
        ...about,
        reason: `The switch itself answered ${whom} with the silent old owner’s address ${old}.`,
      });
    }
    if (asker === 'b') {
      if (passedOn > 0 && plain > 0)
        return pass({ ...about, reason: 'Nobody answered for the silent old owner.' });
      return inconclusive({
        ...about,
        reason: 'The questions did not cross, so that it stays open who would answer.',
      });
    }
    if (own.length > 0)
      return pass({ ...about, reason: 'World’s questions were answered by the new owner alone.' });
    if (passedOn === 0 && plain > 0 && !params.ipv6) {
      return fail({
        ...about,
        reason: `The switch does not pass ARP requests for the address on to its new owner at port b, though it passes other broadcasts on.`,
      });
    }
    return inconclusive({
      ...about,
      reason: 'No answer came, and it can’t be told whether the switch or loss is to blame.',
    });
  },
});
