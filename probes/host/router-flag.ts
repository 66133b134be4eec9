import { answeredNumber, bytesToIpv6, decodeFrame, ipv6ToBytes } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  notApplicable,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, established, verdictWords } from './belief.js';
import { type Cast, oldPort, roles } from './cast.js';
import { type Advertisement, advertise, plain } from './neighbour/advertisement.js';
import { advertiseRouter, routerCast } from './neighbour/router-advertisement.js';
import { prompt } from './prompt.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

interface Flag {
  readonly router: boolean;
}

/** V is a default router for so long, whatever becomes of this run: a case that is cut short leaves no more. */
const lifetimeS = 10;

const tries = 3;
const answerMs = 300;

/** An address for documentation that lies beyond every router: the bench's prefix with its second half set apart. */
function offLinkOf(host: string): string {
  const bytes = Uint8Array.from(ipv6ToBytes(host));
  bytes[4] = 0xff;
  bytes[5] = 0xff;
  return bytesToIpv6(bytes);
}

/** Somebody beyond the router asks the host; whether the host's answer comes out at V shows. */
async function askFromBeyond(context: Context, cast: Cast, label: string): Promise<void> {
  const beyond = context.claim('beyond', offLinkOf(cast.host));
  for (let n = 0; n < tries; n += 1) {
    const asker = { source: cast.old, port: oldPort, label };
    const { hangUp } = await prompt(context, { service: beyond, host: cast.host }, asker);
    const answered = await context.until(() => throughV(context, cast.old, beyond, label) > 0, answerMs);
    await hangUp();
    if (answered) return;
  }
}

/** How many of the host's answers to somebody beyond went to V since the first question of a label. */
function throughV({ frames }: Pick<Recording, 'frames'>, mac: string, beyond: string, label: string): number {
  const sinceNs = frames.find((f) => f.label === label && f.direction === 'out')?.atNs;
  if (sinceNs === undefined) return 0;
  return frames.filter(({ direction, atNs, bytes }) => {
    const decoded = decodeFrame(bytes);
    const answers = answeredNumber(decoded) !== undefined && decoded.ipv6?.destination === beyond;
    return direction === 'in' && atNs >= sinceNs && answers && decoded.ethernet?.destination === mac;
  }).length;
}

export default defineProbe<Flag>({
  id: 'host/router-flag',
  device: 'host',
  title: 'A default router that says it is one no longer is used no longer',
  failureTitle: 'The host goes on sending through a router that has said it is none',
  why: 'A router that steps down, and keeps its address, swallows what its hosts still send through it.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.2.5 Receipt of Neighbor Advertisements: IsRouter changes from TRUE to FALSE',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.5',
  },
  needs: ['a', 'ipv6'],
  // Two default routers at once would stand in each other's way.
  sideBySide: false,
  cases: [
    {
      id: 'cleared',
      title: 'R goes from 1 to 0: dropped from the default routers',
      params: { router: false },
    },
    { id: 'kept', title: 'R stays 1: still used', params: { router: true } },
  ],

  async control(context) {
    const cast = routerCast(context);
    await establish(context, cast);
    const advertised = { lifetimeS, option: true };
    await context.send(oldPort, advertiseRouter(context, cast, advertised, cast.old), 'router');
    await context.wait(100);
    await askFromBeyond(context, cast, 'beyond-before');
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = routerCast(context);
    const form: Advertisement = { ...plain, router: context.params.router, to: 'unicast' };
    await context.send(oldPort, advertise(context, cast, form, cast.old), 'announce');
    await context.wait(100);
    await askFromBeyond(context, cast, 'beyond-after');
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
    // V is no router any more, whatever the host made of its advertisement.
    const over = { lifetimeS: 0, option: true };
    await context.send(oldPort, advertiseRouter(context, cast, over, cast.old), 'over');
    await context.sentinel();
  },

  judge(recording, { router }) {
    const [mac, beyond] = [addressOf(recording, roles.old), addressOf(recording, 'beyond')];
    const used = (label: string) => throughV(recording, mac, beyond, label) > 0;
    const outside = belief(recording, 'after', roles, departureNs(recording, 'after'));
    const after = used('beyond-after');
    const said = {
      expected: router ? 'it still sends through V' : 'it sends through V no more',
      observed: after ? 'it sends through V' : 'it sends nothing through V',
      ...views(recording, outside),
    };
    if (!used('beyond-before'))
      return notApplicable({
        ...said,
        observed: 'it never sent through V',
        reason:
          'The host takes no default router from router advertisements, or prefers another one: nothing to drop.',
      });
    if (outside !== 'old')
      return inconclusive({ ...said, reason: `On the link itself: ${verdictWords[outside]}.` });
    if (after === router)
      return pass({
        ...said,
        reason: router ? 'The router is still used.' : 'The router was dropped from the default routers.',
      });
    return fail({
      ...said,
      reason: router
        ? 'The host dropped a router that had just said again that it is one.'
        : 'The host goes on sending through a router whose advertisement said, with R = 0, that it is none.',
    });
  },
});
