import { arpOperations, broadcastMac, decodeFrame, resolutionFrame } from '../../src/frame/index.js';
import {
  addressOf,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, beliefAfter, established, verdictWords } from './belief.js';
import { castOf, newPort } from './cast.js';
import { establish, observe, takeOver, waitForAge } from './takeover.js';
import { views } from './views.js';

interface Target {
  readonly target: 'service' | 'host';
}

/** The prober waits as long before it takes the address: ANNOUNCE_WAIT (RFC 5227, section 1.1). */
const defenceMs = 2000;

export default defineProbe<Target>({
  id: 'host/probe-harmless',
  device: 'host',
  title: 'An ARP probe changes nothing, and is answered by the host whose address it asks for',
  failureTitle: 'The host takes an ARP probe for something else',
  why: 'Every machine that boots probes its address: one that is believed takes a live service away.',
  requirement: {
    level: 'must',
    document: 'RFC 5227',
    clause: '2.1.1 Probe Details; 2.5 Continuing Operation',
    link: 'https://www.rfc-editor.org/rfc/rfc5227#section-2.1.1',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  cases: [
    { id: 'changes-nothing', title: 'a probe for the service address', params: { target: 'service' } },
    { id: 'is-answered', title: 'a probe for the host’s own address', params: { target: 'host' } },
  ],

  async control(context) {
    await establish(context, castOf(context));
  },
  controlHolds(recording, { target }) {
    // Whether it answers can be seen of a host, too, whose belief can't.
    if (target === 'host' && belief(recording, 'before') === 'observer') return true;
    return established(recording);
  },

  async stimulus(context) {
    const cast = castOf(context);
    await waitForAge(context, cast, 1500);
    if (context.params.target === 'service') {
      await takeOver(context, cast, resolutionFrame({ mac: cast.new, target: cast.service }));
      return;
    }
    await context.send(newPort(context), resolutionFrame({ mac: cast.new, target: cast.host }), 'probe');
    await context.until(
      () => context.frames.some((f) => f.direction === 'in' && defends(f.bytes, cast.host, cast.new)),
      defenceMs,
    );
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
  },

  judge: (recording, { target }) =>
    target === 'service' ? judgeHarmless(recording) : judgeAnswered(recording),
});

function judgeHarmless(recording: Recording): Judgement {
  const outside = beliefAfter(recording);
  const said = {
    expected: 'the host still sends to the old owner',
    observed: outside === 'old' ? 'unchanged' : verdictWords[outside],
    ...views(recording, outside),
  };
  if (outside === 'old') return pass({ ...said, reason: 'The probe changed nothing.' });
  if (outside === 'new')
    return fail({
      ...said,
      reason: 'The host took a probe for an announcement and now sends to the prober.',
    });
  if (outside === 'asked') return fail({ ...said, reason: 'The host dropped its entry because of a probe.' });
  return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
}

/** An ARP reply for the host's address to the prober: unicast, or broadcast as RFC 5227 section 2.6 allows. */
function defends(bytes: Uint8Array, host: string, prober: string): boolean {
  const { arp, ethernet } = decodeFrame(bytes);
  const toProber = ethernet?.destination === prober || ethernet?.destination === broadcastMac;
  return arp?.operation === arpOperations.reply && arp.spa === host && toProber;
}

function judgeAnswered(recording: Recording): Judgement {
  const [host, prober] = [addressOf(recording, 'host-ipv4'), addressOf(recording, 'new')];
  const answered = recording.frames.some((f) => f.direction === 'in' && defends(f.bytes, host, prober));
  const outside = belief(recording, 'after');
  const said = {
    ...views(recording, outside),
    expected: 'an ARP reply that defends the address',
    observed: answered ? 'it was answered' : `no answer within ${defenceMs / 1000} s`,
  };
  if (answered) return pass({ ...said, reason: 'The host answered the probe for its own address.' });
  if (outside === 'silent')
    return inconclusive({ ...said, reason: 'The host answered nothing at all: is it still there?' });
  return fail({
    ...said,
    reason: 'The host let a probe for its own address go unanswered: a second owner would take it.',
  });
}
