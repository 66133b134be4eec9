import {
  addressOf,
  counted,
  defineProbe,
  departureNs,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  pass,
} from '../../src/probe.js';
import { belief, verdictWords } from './belief.js';
import { castOf, newPort, numberedRoles, roles } from './cast.js';
import { advertise, plain } from './neighbour/advertisement.js';
import type { Claim } from './neighbour/claim.js';
import { bringTo, broughtTo, verifications } from './neighbour/neighbour-state.js';
import { answeredTo, askOnce, questionsNs } from './neighbour/resolution.js';
import { observe } from './takeover.js';
import { controlHeld, controlWithAnother, unknownCast } from './unknown-service.js';
import { views } from './views.js';

/** RetransTimer's default, RETRANS_TIMER (RFC 4861 §10). A router may have advertised another, which is not seen here:
 *  only what asks more than twice as often is blamed. */
const retransMs = 1000;

const unknown = numberedRoles(2);

/** Packets for V keep coming this long, every so often. */
const keepsComingMs = 4000;
const everyMs = 200;

/** DELAY_FIRST_PROBE_TIME, and MAX_UNICAST_SOLICIT solicitations at RetransTimer's distance (§10). */
const givesUpMs = 5000 + 3 * retransMs;
/** What a coarse timer and a busy host may add. */
const allowanceMs = 4000;

/** The smallest distance between solicitations, milliseconds. The first is left out: a small stack repeats at the next
 *  beat of a clock that it has for all its neighbours (lwIP's ND6_TMR_INTERVAL). */
function closestMs(timesNs: readonly number[]): number {
  const gapsMs = timesNs.slice(1).map((atNs, index) => (atNs - (timesNs[index] ?? 0)) / 1e6);
  return Math.min(...(gapsMs.length > 1 ? gapsMs.slice(1) : gapsMs));
}

/** §7.2.2 and §7.3.3: at most one solicitation for a neighbour every RetransTimer. */
function judgeRate(
  said: { expected: string; observed: string } & ReturnType<typeof views>,
  timesNs: readonly number[],
): Judgement {
  const closest = closestMs(timesNs);
  const measurements: Measurement[] = [
    ...said.measurements,
    { name: 'between two solicitations, at least', value: closest, unit: 'ms' },
  ];
  if (closest >= retransMs * 0.9)
    return pass({ ...said, measurements, reason: 'The host asks at most once every RetransTimer.' });
  const reason = `The host asked for one neighbour twice within ${closest.toFixed(0)} ms; RetransTimer is ${retransMs} ms, unless a router says otherwise.`;
  return closest < retransMs / 2
    ? fail({ ...said, measurements, reason })
    : inconclusive({ ...said, measurements, reason });
}

const resolving: Claim = {
  control: (context) => controlWithAnother(context, 'ipv6'),
  controlHolds: controlHeld,
  async stimulus(context) {
    const cast = unknownCast(context, 'ipv6');
    for (let sinceMs = 0; sinceMs < keepsComingMs; sinceMs += everyMs) {
      await askOnce(context, cast, 'ask');
      await context.wait(everyMs);
    }
    await observe(context, castOf(context, 'ipv6', numberedRoles(1)), 'alive');
    await context.sentinel();
  },
  judge(recording) {
    const asked = questionsNs(recording.frames, addressOf(recording, unknown.service));
    const outside = asked.length > 0 ? 'asked' : 'silent';
    const said = {
      expected: 'at most one solicitation every RetransTimer, however many packets wait',
      observed: `${counted(asked.length, 'solicitation')} in ${keepsComingMs / 1000} s`,
      ...views(recording, outside, { names: unknown }),
    };
    if (asked.length < 2)
      return inconclusive({
        ...said,
        reason: 'The host asked less than twice, so that no rate can be told.',
      });
    return judgeRate(said, asked);
  },
};

const queued: Claim = {
  ...resolving,
  async stimulus(context) {
    const cast = unknownCast(context, 'ipv6');
    await askOnce(context, cast, 'ask');
    await context.until(() => questionsNs(context.frames, cast.service).length > 0, 400);
    // As late as an answer may be that has come a long way, and before the host asks again.
    await context.wait(300);
    context.own(cast.service, cast.new, newPort(context));
    const answer = { ...plain, solicited: true, to: 'unicast' } as const;
    await context.send(newPort(context), advertise(context, cast, answer), 'announce');
    await context.wait(100);
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
  },
  judge(recording) {
    const next = addressOf(recording, unknown.new);
    const outside = belief(recording, 'after', unknown);
    const sent = answeredTo(recording, 'ask', unknown) === next;
    const asked = questionsNs(recording.frames, addressOf(recording, unknown.service));
    const said = {
      expected: 'the packet that made the host ask is sent when the answer comes',
      observed: sent ? 'it was sent' : 'it was not sent',
      ...views(recording, outside, { names: unknown }),
    };
    if (asked.length === 0)
      return inconclusive({
        ...said,
        reason: 'The host did not ask for an address that it never talked to.',
      });
    if (sent) return pass({ ...said, reason: 'The host kept the packet while it asked.' });
    if (outside === 'new')
      return fail({ ...said, reason: 'The host dropped the packet that made it ask, and took the answer.' });
    return inconclusive({
      ...said,
      reason: `The host did not take the answer; from outside: ${verdictWords[outside]}.`,
    });
  },
};

/** OLD is gone, and the host goes on sending to V. */
const givesUp: Claim = {
  control: (context) => bringTo(context, castOf(context, 'ipv6'), 'delay'),
  controlHolds: (recording) => broughtTo(recording, 'delay'),
  async stimulus(context) {
    const cast = castOf(context, 'ipv6');
    const sinceNs = context.nowMs() * 1e6;
    context.mark('gone');
    const asks = () => questionsNs(context.frames, cast.service, sinceNs).length > 0;
    for (let sinceMs = 0; sinceMs < givesUpMs + allowanceMs; sinceMs += 500) {
      await askOnce(context, cast, 'ask');
      if (await context.until(asks, 500)) break;
    }
    await context.host.cache?.read(cast.service);
    context.own(cast.service, cast.new, newPort(context));
    await observe(context, cast, 'after');
  },
  judge(recording) {
    const service = addressOf(recording, roles.service);
    // The entry's first use, from which DELAY_FIRST_PROBE_TIME counts.
    const usedNs = departureNs(recording, 'move') ?? 0;
    const [askedNs] = questionsNs(recording.frames, service, usedNs);
    const probes = verifications(recording.frames, service, usedNs).map(({ atNs }) => atNs);
    const outside = belief(recording, 'after');
    const said = {
      expected: `within ${givesUpMs / 1000} s the host finds out that its neighbour is gone, and asks everybody`,
      observed: `${counted(probes.length, 'solicitation')} to the old owner; ${askedNs === undefined ? 'it asked nobody else' : `it asked everybody after ${((askedNs - usedNs) / 1e9).toFixed(1)} s`}`,
      ...views(recording, askedNs === undefined ? outside : 'asked'),
    };
    if (askedNs === undefined)
      return outside === 'silent'
        ? inconclusive({
            ...said,
            reason: 'The host stopped answering: whether it still sends can’t be seen.',
          })
        : fail({
            ...said,
            reason: `The host sent to a neighbour that was gone for ${(givesUpMs + allowanceMs) / 1000} s, and would have gone on.`,
          });
    const measurements: Measurement[] = [
      ...said.measurements,
      { name: 'neighbour given up after', value: (askedNs - usedNs) / 1e6, unit: 'ms' },
    ];
    return pass({ ...said, measurements, reason: 'The host gave its silent neighbour up and asked again.' });
  },
};

const claims = { rate: resolving, 'queued-packet': queued, 'given-up': givesUp } as const;

export default defineProbe<{ readonly claim: keyof typeof claims }>({
  id: 'host/unreachable-neighbour',
  device: 'host',
  title: 'Resolving an address neither floods nor loses the packet, and a neighbour that is gone is given up',
  failureTitle: 'The host floods, loses packets, or never gives up a neighbour that is gone',
  why: 'When the announcement is missed, this is how long a client goes on sending to a dead node.',
  requirement: {
    level: 'must',
    document: 'RFC 4861',
    clause: '7.2.2 Sending Neighbor Solicitations; 7.3.3 Node Behavior',
    link: 'https://www.rfc-editor.org/rfc/rfc4861#section-7.2.2',
  },
  needs: ['a', 'ipv6'],
  sideBySide: true,
  serviceAddresses: () => 2,
  deadlineMs: 25_000,
  cases: [
    {
      id: 'rate',
      title: 'at most one solicitation every RetransTimer while packets keep coming',
      params: { claim: 'rate' },
    },
    {
      id: 'queued-packet',
      title: 'the packet that made the host ask is kept, and sent when the answer comes',
      params: { claim: 'queued-packet' },
    },
    {
      id: 'given-up',
      title: 'a neighbour that answers no more is dropped in bounded time',
      level: 'should',
      params: { claim: 'given-up' },
    },
  ],
  control: (context) => claims[context.params.claim].control(context),
  controlHolds: (recording, { claim }) => claims[claim].controlHolds(recording),
  stimulus: (context) => claims[context.params.claim].stimulus(context),
  judge: (recording, { claim }) => claims[claim].judge(recording),
});
