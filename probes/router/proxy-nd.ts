import { defineProbe } from '../../src/probe.js';
import { ask, control, controlHolds, judge, type Question } from './proxy.js';

export default defineProbe<Question>({
  id: 'router/proxy-nd',
  device: 'router',
  title: 'The router does not answer neighbour solicitations for a service address on the same segment',
  failureTitle: 'The router answers neighbour solicitations for the service address',
  why: 'Clients learn the router’s address for the service, or the new owner’s duplicate address detection fails.',
  requirement: {
    level: 'should',
    document: 'RFC 4861',
    clause:
      '7.2.8 Proxy Neighbor Advertisements: only “under limited circumstances”, as for a node moved off-link',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.8',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: () => 3,
  confirmAlone: true,
  cases: [
    { id: 'solicitation', title: 'a station asks for the address of the failed owner', params: 'request' },
    { id: 'probe', title: 'the new owner’s duplicate address detection', params: 'probe' },
  ],
  control: (context) => control(context, 'ipv6'),
  controlHolds,
  stimulus: (context) => ask(context, 'ipv6', context.params),
  judge,
});
