import { defineProbe, fail, inconclusive, pass } from '../../src/probe.js';
import { announce, type Form, nameOf } from './announcement.js';
import { verdictWords } from './belief.js';
import {
  controlHeld,
  controlWithAnother,
  introduce,
  unknownBelief,
  unknownCast,
  unknownViews,
} from './unknown-service.js';

const forms: readonly Form[] = [
  { operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' },
  { operation: 'reply', to: 'broadcast', tha: 'sha', tpa: 'v' },
];

export default defineProbe<Form>({
  id: 'host/creates',
  device: 'host',
  title: 'An announcement for an address that the host never talked to makes no entry',
  failureTitle: 'The host makes entries for whatever is announced',
  why: 'Anybody can fill such a host’s cache; on the other hand it knows the new owner before it asks.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'Linux ip-sysctl: with arp_accept 0, “don’t create new entries in the ARP table”',
    link: 'https://docs.kernel.org/networking/ip-sysctl.html',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 2,
  cases: forms.map((form) => ({ id: `gratuitous-${form.operation}`, title: nameOf(form), params: form })),

  control: (context) => controlWithAnother(context),
  controlHolds: controlHeld,

  async stimulus(context) {
    const cast = unknownCast(context);
    await introduce(context, cast, announce(context, cast, context.params));
  },

  judge(recording) {
    const outside = unknownBelief(recording);
    const said = {
      expected: 'the host asks before it sends: no entry was made',
      observed: outside === 'new' ? 'created: sends to the announcer' : verdictWords[outside],
      ...unknownViews(recording, outside),
    };
    if (outside === 'asked')
      return pass({ ...said, observed: 'unchanged: asks first', reason: 'The announcement made no entry.' });
    if (outside === 'new')
      return fail({
        ...said,
        reason: 'The announcement made an entry: the host sends to the announcer without asking.',
      });
    return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
  },
});
