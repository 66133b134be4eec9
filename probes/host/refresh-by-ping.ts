import { resolutionFrame } from '../../src/frame/index.js';
import { defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import { beliefAfter, established, verdictWords } from './belief.js';
import { castOf } from './cast.js';
import { portAsked } from './prompt.js';
import { establish, takeOver, waitForAge } from './takeover.js';
import { views } from './views.js';

interface Refresh {
  readonly ageMs: number;
}

export default defineProbe<Refresh>({
  id: 'host/refresh-by-ping',
  device: 'host',
  title: 'The new owner’s own ARP request for the host refreshes its entry',
  failureTitle: 'The host is not refreshed when the new owner asks for it',
  why: 'The oldest remedy: the new owner empties its cache and pings the client. It works only if this holds.',
  requirement: {
    level: 'must',
    document: 'RFC 826',
    clause: 'Packet Reception: sender fields are merged before the opcode is looked at',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  cases: [
    { id: 'settled', title: 'an entry 1.5 s old', params: { ageMs: 1500 } },
    { id: 'fresh', title: 'an entry 0.1 s old', level: 'info', params: { ageMs: 100 } },
  ],

  async control(context) {
    await establish(context, castOf(context));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context);
    await waitForAge(context, cast, context.params.ageMs);
    const request = resolutionFrame({ mac: cast.new, ip: cast.service, target: cast.host });
    await takeOver(context, cast, request);
  },

  judge(recording) {
    const outside = beliefAfter(recording);
    const both = views(recording, outside);
    const said = { expected: 'the host sends to the new owner', observed: verdictWords[outside], ...both };
    const port = portAsked(recording);
    // It is the ARP request before a ping that refreshes, which a host hears that answers no ping.
    const seenBy = port === undefined ? '' : ` The host answers no ping: its TCP port ${port} showed it.`;
    if (outside === 'new') return pass({ ...said, reason: `The request refreshed the entry.${seenBy}` });
    if (outside === 'old')
      return fail({
        ...said,
        reason: `The new owner asked for the host, which still sends to the old owner.${seenBy}`,
      });
    if (outside === 'asked') {
      return pass({
        ...said,
        reason: `The host asked again and follows.${seenBy}`,
        qualifiers: [...both.qualifiers, 'deviation: the entry was invalidated, not updated'],
      });
    }
    return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
  },
});
