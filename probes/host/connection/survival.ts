/** Whether a stream or connection of the host's survived, and what both views of the host say beside it. */
import { decodeFrame } from '../../../src/frame/index.js';
import {
  addressOf,
  type Finding,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  pass,
  type Recording,
} from '../../../src/probe.js';
import { belief, established, isAnswer, requestsOf } from '../belief.js';
import { type Family, oldPort } from '../cast.js';
import { followedNames, type Views, views } from '../views.js';
import { intervalMsOf, type Watch } from './crossing.js';
import {
  type Crossing,
  carrierQualifiers,
  crossingFindings,
  crossingOf,
  interval,
  outageOf,
  streamed,
} from './outage.js';
import { carriers, type Owner, type Protocol, type Scene, sceneOf } from './sighting.js';

/** What should go on, and where to. */
export interface Survivor {
  readonly protocol: Protocol;
  readonly family: Family;
  /** Whether V keeps its MAC address. */
  readonly kept: boolean;
  readonly owner: Owner;
  readonly watch: Watch;
}

export const protocolNames: Record<Protocol, string> = { udp: 'the UDP stream', tcp: 'the TCP connection' };
export const familyNames: Record<Family, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** Why there was nothing that could survive; true when the stream ran to OLD. */
export function ran(
  recording: Recording,
  { family, kept }: Pick<Survivor, 'family' | 'kept'>,
): true | string {
  const holds = established(recording);
  return holds === true ? streamed(recording, sceneOf(recording, family, kept)) : holds;
}

/** @param why the reason of a pass */
export function judgeSurvival(
  recording: Recording,
  survivor: Survivor,
  why: (crossing: Crossing) => string,
  measurements: readonly Measurement[] = [],
): Judgement {
  const { protocol, family, kept, owner, watch } = survivor;
  const scene = sceneOf(recording, family, kept);
  const crossing = crossingOf(recording, scene, owner);
  const what = protocolNames[protocol];
  const expected = `${what} reaches the station that V is`;
  if (!crossing) return inconclusive({ expected, observed: 'no stream', reason: 'The stream did not end.' });
  const both = bothViews(recording, crossing);
  const said = {
    expected,
    observed: crossing.recovered
      ? `${what} reached it after ${interval(crossing)} (${carriers[crossing.carrier]})`
      : `${what} did not reach it (${carriers[crossing.carrier]})`,
    findings: [...crossingFindings(crossing, intervalMsOf(crossing, watch)), ...both.findings],
    qualifiers: [...carrierQualifiers(recording, crossing.carrier), ...both.qualifiers],
    measurements: [...outageOf(crossing), ...measurements, ...both.measurements],
  };
  if (crossing.recovered && crossing.ended === undefined) return pass({ ...said, reason: why(crossing) });
  return lost(recording, said, survivor, crossing, scene);
}

/** Both views at the end; from outside it is the stream that tells. */
function bothViews(recording: Recording, { recovered, carrier }: Crossing): Views {
  const outside = belief(recording, 'after');
  const both = views(recording, outside);
  const text = `from outside: ${carriers[carrier]} ${recovered ? 'reaches' : 'does not reach'} the station that V is`;
  const seen: Finding = { id: 'outside', holds: outside !== 'silent', text };
  return {
    ...both,
    findings: [seen, ...both.findings.filter(({ id }) => id !== 'outside')],
    // How long it took from outside is the outage, which the stream tells better than the question at the end.
    measurements: both.measurements.filter(({ name }) => name === followedNames.cache),
  };
}

/** Why the stream did not go on. */
function lost(
  recording: Recording,
  said: Omit<Judgement, 'outcome' | 'reason'>,
  { protocol, family, owner, watch }: Survivor,
  { ended, astray, arrived }: Crossing,
  scene: Scene,
): Judgement {
  const what = protocolNames[protocol];
  const within = `within ${watch.windowMs / 1000} s`;
  if (ended === 'reset')
    return fail({ ...said, reason: `The host reset the connection after the takeover: it did not survive.` });
  if (ended === 'finished') {
    const reason = 'The host’s application ended the connection by itself meanwhile.';
    return inconclusive({ ...said, reason });
  }
  if (protocol === 'tcp' && knows(recording, scene, owner)) {
    const reason = `The host knows where V is, but its connection had not tried again ${within}: its repetitions lie that far apart.`;
    return inconclusive({ ...said, reason });
  }
  if (astray > 0) {
    const reason = `The host went on sending ${what} to the station that V is no more, and did not find the other ${within}.`;
    return fail({ ...said, reason });
  }
  if (arrived > 0)
    return inconclusive({ ...said, reason: `Too little of ${what} was seen after the takeover.` });
  if (answersOthers(recording, family)) {
    const reason = `The host answers others, but sent V nothing more ${within}: ${what} ended with the takeover.`;
    return fail({ ...said, reason });
  }
  return inconclusive({
    ...said,
    reason: 'After the takeover the host sent nothing at all: is it still there?',
  });
}

/** Whether the host’s answer to the question at the end came out where V is. */
function knows(recording: Recording, scene: Scene, owner: Owner): boolean {
  const asked = requestsOf(recording, 'after');
  const [mac, at] = owner === 'new' ? [scene.new, scene.newPort] : [scene.old, oldPort];
  return recording.frames.some(({ direction, bytes, port }) => {
    if (direction !== 'in' || port !== at) return false;
    const decoded = decodeFrame(bytes);
    return decoded.ethernet?.destination === mac && isAnswer(decoded, scene, asked);
  });
}

/** Whether the host answered to another address, after it had nothing more for V. */
function answersOthers(recording: Recording, family: Family): boolean {
  const asked = requestsOf(recording, 'witness');
  if (asked.size === 0) return false;
  const ends = { service: addressOf(recording, 'witness'), host: addressOf(recording, `host-${family}`) };
  return recording.frames.some(
    ({ direction, bytes }) => direction === 'in' && isAnswer(decodeFrame(bytes), ends, asked),
  );
}
