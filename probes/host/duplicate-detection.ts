import {
  bytesToIpv6,
  decodeFrame,
  ipv6ToBytes,
  multicastMacOf,
  neighbourAdvertisementFrame,
  resolutionFrame,
} from '../../src/frame/index.js';
import {
  addressOf,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  notApplicable,
  pass,
  type RecordedFrame,
  type Recording,
} from '../../src/probe.js';
import { linkLocalOf } from '../../src/profiles/frames.js';
import { belief, established } from './belief.js';
import { newPort, oldPort, roles } from './cast.js';
import { allNodes } from './neighbour/advertisement.js';
import { advertiseRouter, routerCast } from './neighbour/router-advertisement.js';
import { ordinary, solicit } from './neighbour/solicitation.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

/** What another station says while the host tests its new address. */
type Rival = 'none' | 'advertises' | 'probes';

/** The prefix is valid for so long, whatever becomes of this run: the host's new address goes by itself. */
const validS = 12;

/** MAX_RTR_SOLICITATION_DELAY, by which the host may put the test off (RFC 4862 §5.4.2), and what a busy one may add. */
const testWithinMs = 3000;
/** RetransTimer, after which the address is the host's (§5.4), and as much again. */
const assignedAfterMs = 2000;

const tries = 3;
const answerMs = 300;

const unspecified = '::';

/** The first 64 bits of an address. */
const prefixOf = (address: string): string =>
  bytesToIpv6(Uint8Array.from(ipv6ToBytes(address), (octet, at) => (at < 8 ? octet : 0)));

/** The address in the prefix that is made of the host's MAC address (RFC 4291, appendix A), for hosts that test none. */
function formedOf(prefix: string, mac: string): string {
  const [network, own] = [ipv6ToBytes(prefix), ipv6ToBytes(linkLocalOf(mac))];
  return bytesToIpv6(Uint8Array.of(...network.subarray(0, 8), ...own.subarray(8)));
}

/** The host's first test of an address in the prefix: a solicitation from `::` (§5.4.2). */
function testOf(
  frames: readonly RecordedFrame[],
  prefix: string,
  hostMac: string,
): RecordedFrame | undefined {
  return frames.find(({ direction, label, bytes }) => {
    const { ethernet, ipv6, neighbourSolicitation: ns } = decodeFrame(bytes);
    const tests =
      direction === 'in' && label === undefined && ns !== undefined && ipv6?.source === unspecified;
    return tests && ethernet?.source === hostMac && prefixOf(ns.target) === prefix;
  });
}

/** The host's first advertisement of the address. */
function answerOf(frames: readonly RecordedFrame[], address: string): RecordedFrame | undefined {
  return frames.find(
    ({ direction, label, bytes }) =>
      direction === 'in' &&
      label === undefined &&
      decodeFrame(bytes).neighbourAdvertisement?.target === address,
  );
}

export default defineProbe<{ readonly rival: Rival }>({
  id: 'host/duplicate-detection',
  device: 'host',
  title: 'A new address is tested before it is used, and not used when another has it',
  failureTitle: 'The host takes addresses without asking whether another has them',
  why: 'A failed node that comes back unasked takes the service from the one that took over.',
  requirement: {
    level: 'must',
    document: 'RFC 4862',
    clause: '5.4 Duplicate Address Detection',
    link: 'https://www.rfc-editor.org/rfc/rfc4862#section-5.4',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  cases: [
    { id: 'tested', title: 'nobody objects: tested, then used', params: { rival: 'none' } },
    {
      id: 'advertised-by-another',
      title: 'another station advertises the address meanwhile: not used',
      params: { rival: 'advertises' },
    },
    {
      id: 'tested-by-another',
      title: 'another station tests the address at the same time: not used',
      level: 'should',
      params: { rival: 'probes' },
    },
  ],

  async control(context) {
    await establish(context, routerCast(context));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = routerCast(context);
    // Never 0, so that it is not the prefix that the bench is on.
    const hex = () => (1 + context.random(0xffff)).toString(16);
    const prefix = prefixOf(context.claim('prefix', `2001:db8:${hex()}:${hex()}::`));
    // A test names no address of this case until it is seen.
    context.claim('unspecified', unspecified);
    const advertised = { lifetimeS: 0, option: true, prefix: { prefix, validS } };
    await context.send(oldPort, advertiseRouter(context, cast, advertised, cast.old), 'announce');
    const test = () => testOf(context.frames, prefix, context.host.mac);
    await context.until(() => test() !== undefined, testWithinMs);
    const tested = test();
    const target = tested && decodeFrame(tested.bytes).neighbourSolicitation?.target;
    const address = context.claim('formed', target ?? formedOf(prefix, context.host.mac));
    const objection = objectionOf(context.params.rival, address, context.mac('rival'));
    if (objection) await context.send(newPort(context), objection, 'objection');
    await context.wait(assignedAfterMs);
    for (let n = 0; n < tries; n += 1) {
      await context.send(oldPort, solicit(context, { ...cast, host: address }, ordinary, cast.old), 'ask');
      if (await context.until(() => answerOf(context.frames, address) !== undefined, answerMs)) break;
    }
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
    await context.sentinel();
  },

  judge,
});

/** What the rival says of the address; it has it already, or is about to take it as well. */
function objectionOf(rival: Rival, address: string, mac: string): Uint8Array | undefined {
  if (rival === 'none') return undefined;
  if (rival === 'probes') return resolutionFrame({ mac, target: address });
  return neighbourAdvertisementFrame({
    destination: multicastMacOf(allNodes),
    source: mac,
    ipSource: address,
    ipDestination: allNodes,
    router: false,
    solicited: false,
    override: true,
    target: address,
    options: [{ type: 'target-link-layer', mac }],
  });
}

function judge(recording: Recording, { rival }: { readonly rival: Rival }): Judgement {
  const prefix = prefixOf(addressOf(recording, 'prefix'));
  const test = testOf(recording.frames, prefix, addressOf(recording, 'host-mac'));
  const answer = answerOf(recording.frames, addressOf(recording, 'formed'));
  const outside = belief(recording, 'after', roles, departureNs(recording, 'after'));
  const both = views(recording, outside);
  const said = {
    expected: rival === 'none' ? 'a test from ::, then the address is used' : 'the address is not used',
    observed: `${test ? 'tested' : 'not tested'}; ${answer ? 'the host answers for the address' : 'nobody answers for it'}`,
    ...both,
  };
  if (outside === 'silent')
    return inconclusive({ ...said, reason: 'The host answered nothing at all: is it still there?' });
  if (test === undefined && answer === undefined)
    return notApplicable({
      ...said,
      reason: 'The host gives itself no address in a prefix that a router advertises.',
    });
  if (test === undefined)
    return fail({ ...said, reason: 'The host uses a new address that it was not seen to test.' });
  if (rival !== 'none')
    return answer
      ? fail({
          ...said,
          reason: `The host uses its new address although another station ${rival === 'probes' ? 'tested' : 'advertised'} it meanwhile.`,
        })
      : pass({ ...said, reason: 'The host does not use the address that another station has.' });
  return answer
    ? pass({ ...said, reason: 'The host tested its new address before it used it.' })
    : inconclusive({ ...said, reason: 'The host tested its new address and was not seen to use it.' });
}
