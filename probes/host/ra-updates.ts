import { defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import { beliefAfter, established, verdictWords } from './belief.js';
import { advertiseRouter, routerCast } from './neighbour/router-advertisement.js';
import { establish, takeOver, waitForAge } from './takeover.js';
import { views } from './views.js';

interface Advertised {
  readonly option: boolean;
}

export default defineProbe<Advertised>({
  id: 'host/ra-updates',
  device: 'host',
  title: 'A router advertisement with a new source link-layer address moves the router’s entry',
  failureTitle: 'The host does not take a router’s new address from its advertisement',
  why: 'When a router’s address moves to its standby, the standby’s advertisement is what hosts hear first.',
  requirement: {
    level: 'should',
    document: 'RFC 4861',
    clause: '6.3.4 Processing Received Router Advertisements; 7.2 Address Resolution (without the option)',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-6.3.4',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  cases: [
    { id: 'option', title: 'with the option and a new address: updated', params: { option: true } },
    {
      id: 'no-option',
      title: 'without the option: nothing changes',
      level: 'must',
      params: { option: false },
    },
  ],

  async control(context) {
    await establish(context, routerCast(context));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = routerCast(context);
    await waitForAge(context, cast, 1500);
    // A lifetime of 0: V is a router, and none to send anything to.
    const advertised = { lifetimeS: 0, option: context.params.option };
    await takeOver(context, cast, advertiseRouter(context, cast, advertised, cast.new));
  },

  judge(recording, { option }) {
    const outside = beliefAfter(recording);
    const both = views(recording, outside);
    const expected = option ? 'new' : 'old';
    const said = { expected: verdictWords[expected], observed: verdictWords[outside], ...both };
    if (outside === expected)
      return pass({
        ...said,
        reason: option ? 'The advertisement moved the entry.' : 'The advertisement changed nothing.',
      });
    switch (outside) {
      case 'old':
        return fail({
          ...said,
          reason: 'The host ignored the router’s new address and sends to the old one.',
        });
      case 'new':
        return fail({
          ...said,
          reason: 'The host took a new address from an advertisement without the option.',
        });
      case 'asked':
        return option
          ? pass({
              ...said,
              reason: 'The host asked again and follows.',
              qualifiers: [...both.qualifiers, 'deviation: the entry was invalidated, not updated'],
            })
          : fail({ ...said, reason: 'The host dropped its entry because of a router advertisement.' });
      default:
        return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
    }
  },
});
