import { defineProbe } from '../../src/probe.js';
import { announce, type Form, nameOf } from './announcement.js';
import { lockSweep, sweepMs } from './neighbour/lock-sweep.js';

const forms: readonly (Form & { readonly id: string })[] = [
  { id: 'request', operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' },
  { id: 'reply', operation: 'reply', to: 'broadcast', tha: 'sha', tpa: 'v' },
  { id: 'reply-tha-ff', operation: 'reply', to: 'broadcast', tha: 'ff', tpa: 'v' },
];

export default defineProbe<Form>({
  id: 'host/lock-window',
  device: 'host',
  title: 'How long after an update the next one is refused',
  failureTitle: 'The host refuses updates for seconds after the last one',
  why: 'Two takeovers in a row, or a rival’s late announcement: inside this window the last word is not heard.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'Linux arp(7): locktime, 1 second by default',
    link: 'https://man7.org/linux/man-pages/man7/arp.7.html',
  },
  needs: ['a', 'ipv4'],
  sideBySide: true,
  serviceAddresses: () => sweepMs.length,
  cases: forms.map((form) => ({ id: form.id, title: nameOf(form), params: form })),
  ...lockSweep<Form>('ipv4', (context, cast) => announce(context, cast, context.params)),
});
