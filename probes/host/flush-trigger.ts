/** The HOWTO's trigger: a client flushes its cache when somebody connects to a port of its. */
import { decodeFrame, type Tcp, tcpFrame } from '../../src/frame/index.js';
import {
  type Context,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  markDetail,
  pass,
  type Recording,
} from '../../src/probe.js';
import { type Belief, belief, established, verdictWords } from './belief.js';
import { type Cast, castOf, type Family, newPort, oldPort } from './cast.js';
import { open } from './connection/tcp-endpoint.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

/** How long a host may take from the connection to the flush, and how often it is asked meanwhile. */
const flushMs = 3_000;
const askEveryMs = 300;
const connectMs = 1_000;
const connectTries = 3;
/** Between the connection and its reset. */
const settleMs = 100;
/** RFC 6335 section 6. */
const firstPort = 49_152;
const dynamicPorts = 16_384;

export default defineProbe<Family>({
  id: 'host/flush-trigger',
  device: 'host',
  title: 'A connection to its trigger port makes the host flush its cache',
  failureTitle: 'The host’s trigger port accepts the connection, and nothing is flushed',
  why: 'The remedy of the Linux-HA HOWTO for clients that ignore announcements: it helps only if it works.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause:
      'Linux-HA HOWTO: the client’s ARP cache is flushed by a trigger on a TCP port; the bench file declares it',
  },
  needs: ['a', 'flush-port'],
  // What a flush drops is of all cases.
  sideBySide: false,
  cases: (['ipv4', 'ipv6'] as const).map((family) => ({
    id: family,
    title: `${family === 'ipv4' ? 'IPv4' : 'IPv6'}: V is taken over in silence, then the trigger is pulled`,
    needs: [family],
    params: family,
  })),

  async control(context) {
    await establish(context, castOf(context, context.params));
  },
  controlHolds(recording) {
    const holds = established(recording);
    if (holds !== true) return holds;
    if (belief(recording, 'taken-over') !== 'old')
      return 'The host left the old owner before the trigger was pulled: nothing could be seen of the flush.';
    return markDetail(recording, 'trigger') === 'accepted'
      ? true
      : `No connection to the host’s port ${recording.plan.declared.flushPort} was accepted: does its listener run?`;
  },

  async stimulus(context) {
    const cast = castOf(context, context.params);
    context.own(cast.service, cast.new, newPort(context));
    await observe(context, cast, 'taken-over');
    const accepted = await pullTrigger(context, cast, context.declared.flushPort ?? 0);
    context.mark('trigger', accepted ? 'accepted' : 'refused');
    if (!accepted) return;
    const untilMs = context.nowMs() + flushMs;
    for (let nth = 1; context.nowMs() < untilMs; nth += 1) {
      const since = context.frames.length;
      await observe(context, cast, labelOf(nth));
      const moved = context.frames.slice(since).some(({ direction, bytes }) => {
        const { ethernet, ipv4, ipv6 } = decodeFrame(bytes);
        const toService = (ipv4 ?? ipv6)?.destination === cast.service;
        return direction === 'in' && toService && ethernet?.destination === cast.new;
      });
      if (moved) break;
      await context.wait(askEveryMs);
    }
    await context.host.cache?.read(cast.service);
  },

  judge(recording) {
    const outside = lastBelief(recording);
    const both = views(recording, outside);
    const said = {
      expected: 'the host asks again for V, and sends to the new owner',
      observed: verdictWords[outside],
      ...both,
    };
    if (outside === 'asked' || outside === 'new')
      return pass({ ...said, reason: 'The trigger flushed the cache: the host asked again for V.' });
    if (outside === 'old') {
      return fail({
        ...said,
        reason: `The trigger was pulled, and ${flushMs / 1000} s later the host still sends to the old owner: nothing was flushed.`,
      });
    }
    return inconclusive({ ...said, reason: `From outside: ${verdictWords[outside]}.` });
  },
});

const labelOf = (nth: number) => `after-${nth}`;

/** The host’s last belief about V. */
function lastBelief(recording: Recording): Belief {
  let last: Belief = 'silent';
  for (let nth = 1; departureNs(recording, labelOf(nth)) !== undefined; nth += 1)
    last = belief(recording, labelOf(nth));
  return last;
}

/** A station that has no part in the takeover connects to the trigger port, and resets the connection once it stands. */
async function pullTrigger(context: Context, { host }: Cast, port: number): Promise<boolean> {
  const station = { mac: context.mac('visitor'), ip: addressLike(context, host) };
  context.own(station.ip, station.mac, oldPort);
  const send = (tcp: Tcp) => {
    const link = { destination: context.host.mac, source: station.mac };
    return context.send(
      oldPort,
      tcpFrame({ ...link, ipSource: station.ip, ipDestination: host, ...tcp }),
      'trigger',
    );
  };
  for (let round = 0; round < connectTries; round += 1) {
    const ours = firstPort + context.random(dynamicPorts);
    const { end, syn } = open({ sourcePort: ours, destinationPort: port }, context.random(2 ** 32));
    let next = context.frames.length;
    const answers: Tcp[] = [];
    const answered = () => {
      for (; next < context.frames.length; next += 1) {
        const frame = context.frames[next];
        const { tcp, ipv4, ipv6 } = frame?.direction === 'in' ? decodeFrame(frame.bytes) : {};
        if (tcp?.destinationPort === ours && (ipv4 ?? ipv6)?.destination === station.ip)
          answers.push(...end.receive(tcp));
      }
      return end.state !== 'opening';
    };
    await send(syn);
    await context.until(answered, connectMs);
    for (const answer of answers) await send(answer);
    if (end.state !== 'open') continue;
    // It may be the accepted connection that is the trigger, or its end.
    await context.wait(settleMs);
    await send(end.abort());
    return true;
  }
  return false;
}

const addressLike = (context: Context, host: string) =>
  host.includes(':') ? context.ipv6('visitor-address') : context.ipv4('visitor-address');
