import { resolutionFrame } from '../../src/frame/index.js';
import { type Context, defineProbe } from '../../src/probe.js';
import { type Cast, castOf, type Family, newPort } from '../host/cast.js';

import { waitForAge } from '../host/takeover.js';
import { established } from './adjacency.js';
import { establish, takeOver } from './takeover.js';
import { judgeFollowed } from './verdict.js';

/** NEW, which has V, asks for the router. */
export const askForRouter = (context: Context, cast: Cast, to: 'group' | 'unicast'): Uint8Array =>
  resolutionFrame({
    mac: cast.new,
    ip: cast.service,
    target: cast.host,
    ...(to === 'unicast' && { to: context.host.mac }),
  });

export default defineProbe<Family>({
  id: 'router/refresh-by-asking',
  device: 'router',
  title: 'The router forwards to the new owner once that has asked for the router',
  failureTitle: 'The router is not refreshed when the new owner asks for it',
  why: 'The oldest remedy: the new owner empties its cache and pings its router. It works only if this holds.',
  requirement: {
    level: 'must',
    document: 'RFC 826, and RFC 4861 §7.2.3',
    clause: 'Packet Reception: sender fields are merged before the opcode is looked at',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a'],
  sideBySide: true,
  serviceAddresses: () => 3,
  confirmAlone: true,
  cases: [
    { id: 'ipv4', title: 'a broadcast ARP request for the router', needs: ['ipv4'], params: 'ipv4' },
    {
      id: 'ipv6',
      title: 'a neighbour solicitation for the router',
      level: 'should',
      needs: ['ipv6'],
      params: 'ipv6',
    },
  ],

  async control(context) {
    await establish(context, castOf(context, context.params));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context, context.params);
    await waitForAge(context, cast, 1500);
    const question = askForRouter(context, cast, 'group');
    await takeOver(context, cast, () => context.send(newPort(context), question, 'announce'));
  },

  judge: (recording) => judgeFollowed(recording, 'the new owner’s question'),
});
