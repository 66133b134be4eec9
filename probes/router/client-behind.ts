import { readTag, udpFrame } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  defineProbe,
  fail,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { type Cast, castOf, type Family, newPort } from '../host/cast.js';
import { waitForAge } from '../host/takeover.js';
import { established, landingsOf, nextHopAfter } from './adjacency.js';
import { clientOf, newTag } from './client.js';
import { askForRouter } from './refresh-by-asking.js';
import { cameOut, establish, forward, takeOver } from './takeover.js';
import { judgeFollowed, saidOf } from './verdict.js';

const exchanges = 3;
const answerMs = 400;

/** What the client says to V comes out at NEW, which answers by way of the router. */
async function converse(context: Context, cast: Cast, family: Family): Promise<void> {
  const client = clientOf(context, family);
  context.own(client.ip, client.mac, client.port);
  for (let n = 0; n < exchanges; n += 1) {
    const token = await forward(context, cast, 'client');
    if (!(await context.until(() => cameOut(context, token), answerMs))) continue;
    const reply = udpFrame({
      destination: context.host.mac,
      source: cast.new,
      ipSource: cast.service,
      ipDestination: client.ip,
      payload: newTag(context),
    });
    await context.send(newPort(context), reply, 'reply');
    const tag = readTag(reply)?.token ?? 0;
    await context.until(() => cameOut(context, tag, { mac: client.mac, port: client.port }), answerMs);
  }
}

/** How many of NEW's replies reached the client. */
function heard({ frames, plan }: Recording): number {
  const gateways = [plan.addresses['host-mac'], plan.addresses['host-far-mac']];
  const landings = landingsOf(frames, gateways);
  return frames.filter(
    ({ label, direction, bytes }) =>
      label === 'reply' && direction === 'out' && landings.has(readTag(bytes)?.token ?? 0),
  ).length;
}

export default defineProbe<Family>({
  id: 'router/client-behind',
  device: 'router',
  title: 'A client behind the router reaches the new owner when only the router was told',
  failureTitle: 'Refreshing the router does not help the client behind it',
  why: 'Clients on other networks can’t hear an announcement: the router is the only one that can be refreshed for them.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause: 'High-availability HOWTO: the router is refreshed in place of the clients behind it (by RFC 826)',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a'],
  sideBySide: true,
  serviceAddresses: () => 3,
  confirmAlone: true,
  cases: [
    { id: 'ipv4', title: 'the new owner asks the router alone, by ARP', needs: ['ipv4'], params: 'ipv4' },
    { id: 'ipv6', title: 'the new owner asks the router alone, by NDP', needs: ['ipv6'], params: 'ipv6' },
  ],

  async control(context) {
    const family = context.params;
    if (context.host.far) context.claim('client', clientOf(context, family).ip);
    await establish(context, castOf(context, family));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const family = context.params;
    const cast = castOf(context, family);
    await waitForAge(context, cast, 1500);
    const question = askForRouter(context, cast, 'unicast');
    await takeOver(context, cast, () => context.send(newPort(context), question, 'announce'));
    await converse(context, cast, family);
  },

  judge(recording): Judgement {
    const hop = nextHopAfter(recording);
    if (hop !== 'new' && hop !== 'asked') return judgeFollowed(recording, 'the question to it alone');
    const said = saidOf(recording, hop);
    const answers = heard(recording);
    const findings = [
      ...said.findings,
      {
        id: 'conversation',
        holds: answers > 0,
        text: `${answers} of ${exchanges} answers reached the client`,
      },
    ];
    return answers > 0
      ? pass({
          ...said,
          findings,
          reason: 'The client talks to the new owner, though nobody but the router was told.',
        })
      : fail({
          ...said,
          findings,
          reason: `The router forwards to the new owner, whose answers to ${addressOf(recording, 'client')} it does not forward back.`,
        });
  },
});
