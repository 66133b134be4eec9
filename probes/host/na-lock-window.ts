import { defineProbe } from '../../src/probe.js';
import { type Advertisement, advertise, plain } from './neighbour/advertisement.js';
import { lockSweep } from './neighbour/lock-sweep.js';

export default defineProbe<Advertisement>({
  id: 'host/na-lock-window',
  device: 'host',
  title: 'How long after an update by neighbour discovery the next one is refused',
  failureTitle: 'The host refuses advertisements for seconds after the last one',
  why: 'Two takeovers in a row, or a rival’s late announcement: inside this window the last word is not heard.',
  requirement: {
    level: 'info',
    document: 'RFC 4861',
    clause: '7.2.5 Receipt of Neighbor Advertisements: O = 1 updates, whatever the age of the entry',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.5',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  cases: [{ id: 'override', title: 'an advertisement with O = 1', params: plain }],
  ...lockSweep<Advertisement>('ipv6', (context, cast) => advertise(context, cast, context.params)),
});
