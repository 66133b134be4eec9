import { defineProbe } from '../../src/probe.js';
import { castOf, type Family, newPort } from '../host/cast.js';
import { established } from './adjacency.js';
import { arp, frameOf, na } from './announcement.js';
import { establish, takeOver } from './takeover.js';
import { judgeFollowed } from './verdict.js';

/** One MAC address plays both owners. */
const names = { service: 'service', old: 'old', new: 'old' };

export default defineProbe<Family>({
  id: 'router/follows-port',
  device: 'router',
  title: 'The router’s packets follow a MAC address to its new port',
  failureTitle: 'The router keeps sending a moved MAC address’s packets to its old port',
  why: 'With a virtual MAC address no entry changes, and yet a router that switches must send to another port.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: '8.7 The Learning Process',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  needs: ['a', 'b'],
  sideBySide: true,
  serviceAddresses: () => 3,
  confirmAlone: true,
  cases: [
    { id: 'ipv4', title: 'announced by an ARP request', needs: ['ipv4'], params: 'ipv4' },
    { id: 'ipv6', title: 'announced by a neighbour advertisement', needs: ['ipv6'], params: 'ipv6' },
  ],

  async control(context) {
    await establish(context, castOf(context, context.params, names));
  },
  controlHolds: (recording) => established(recording, { names }),

  async stimulus(context) {
    const cast = castOf(context, context.params, names);
    const what =
      context.params === 'ipv4'
        ? arp({ operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' })
        : na();
    const frame = frameOf(context, cast, what);
    await takeOver(context, cast, () => context.send(newPort(context), frame, 'announce'));
  },

  judge: (recording) => judgeFollowed(recording, 'the move', { names }),
});
