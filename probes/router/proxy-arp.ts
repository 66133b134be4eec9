import { defineProbe } from '../../src/probe.js';
import { ask, control, controlHolds, judge, type Question } from './proxy.js';

export default defineProbe<Question>({
  id: 'router/proxy-arp',
  device: 'router',
  title: 'The router does not answer ARP requests for a service address on the same segment',
  failureTitle: 'The router answers ARP requests for the service address',
  why: 'Clients learn the router’s address for the service, or the new owner finds the address taken and gives up.',
  requirement: {
    level: 'should',
    document: 'RFC 1027',
    clause: '2.4: no reply where source and target are on the same physical network',
    link: 'https://www.rfc-editor.org/rfc/rfc1027#section-2.4',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => 3,
  confirmAlone: true,
  cases: [
    { id: 'request', title: 'a station asks for the address of the failed owner', params: 'request' },
    { id: 'probe', title: 'the new owner probes the address before it takes it', params: 'probe' },
  ],
  control: (context) => control(context, 'ipv4'),
  controlHolds,
  stimulus: (context) => ask(context, 'ipv4', context.params),
  judge,
});
