/** What a host does about an address that it has to resolve while packets for it keep coming. */
import { arpFrame, arpOperations, decodeFrame, promptNumber } from '../../../src/frame/index.js';
import {
  addressOf,
  type Context,
  counted,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../../src/probe.js';
import { belief, isAnswer, requestsOf, verdictWords } from '../belief.js';
import { type Cast, castOf, newPort, numberedRoles } from '../cast.js';
import { observe } from '../takeover.js';
import {
  controlHeld,
  controlWithAnother,
  unknownBelief,
  unknownCast,
  unknownViews,
} from '../unknown-service.js';
import { views } from '../views.js';
import type { Claim } from './claim.js';
import { askOnce, questionsNs } from './resolution.js';

const keptComing = 'keep-coming';
const unknown = numberedRoles(2);

/** For this long packets keep coming, a few times as often as the host may ask. */
const askingMs = 4_200;
const everyMs = 140;

/** RFC 1122, 2.3.2.1: a mechanism against ARP flooding; the recommended limit is a request a second. */
export const asksSparingly: Claim = {
  control: (context) => controlWithAnother(context),
  controlHolds: controlHeld,

  async stimulus(context) {
    const cast = unknownCast(context);
    for (const untilMs = context.nowMs() + askingMs; context.nowMs() < untilMs; ) {
      await askOnce(context, cast, keptComing);
      await context.wait(everyMs);
    }
    context.own(cast.service, cast.new, newPort(context));
    await observe(context, cast, 'after-unknown');
    await context.host.cache?.read(cast.service);
  },

  judge(recording) {
    const coming = [...requestsOf(recording, keptComing).values()];
    const [firstNs, lastNs] = [Math.min(...coming), Math.max(...coming)];
    const asked = questionsNs(recording.frames, addressOf(recording, unknown.service)).filter(
      (atNs) => atNs >= firstNs && atNs <= lastNs,
    ).length;
    const windowS = (lastNs - firstNs) / 1e9;
    // One at each end of the window; and one more where a host counts by the seconds of its clock, as FreeBSD does.
    const most = Math.floor(windowS) + 2;
    const both = unknownViews(recording, unknownBelief(recording));
    const said = {
      expected: `at most ${most} requests in ${windowS.toFixed(1)} s`,
      observed: counted(asked, 'request'),
      ...both,
      measurements: [{ name: 'requests for one address', value: asked, unit: 'count' as const }],
    };
    if (asked === 0)
      return inconclusive({
        ...said,
        reason: 'The host did not ask for an address that it can’t have known.',
      });
    if (asked > most) {
      const reason = `While nobody answered and packets kept coming the host asked ${asked} times in ${windowS.toFixed(1)} s.`;
      return fail({ ...said, reason });
    }
    return pass({ ...said, reason: `The host asked ${counted(asked, 'time')} in ${windowS.toFixed(1)} s.` });
  },
};

/** How many packets the host has to keep or drop, and how long it waits for the answer. */
const packets = 3;
const answeredAfterMs = 200;
const deliveredWithinMs = 1_200;

/** Twice, each time for an address that the host never heard of: a packet or an entry may be lost for other reasons. */
const rounds = [numberedRoles(2), numberedRoles(3)];

/** RFC 1122, 2.3.2.2: at least the latest packet is saved while the address is being resolved. */
export const keepsLatest: Claim = {
  control: (context) => controlWithAnother(context),
  controlHolds: controlHeld,

  async stimulus(context) {
    for (const names of rounds) {
      context.unheardIpv4(names.service);
      const cast = castOf(context, 'ipv4', names);
      await answerLate(context, cast);
      const kept = await context.until(() => delivered(context, cast).at(-1) === true, deliveredWithinMs);
      await observe(context, cast, `after-${names.service}`);
      await context.host.cache?.read(cast.service);
      if (kept) return;
    }
  },

  judge: judgeKept,
};

/** Makes the host send to V several times, and lets NEW answer a while after the host has asked. */
async function answerLate(context: Context, cast: Cast): Promise<void> {
  for (let n = 0; n < packets; n += 1) {
    await askOnce(context, cast, keptComing);
    await context.wait(20);
  }
  const hasAsked = await context.until(
    () => questionsNs(context.frames, cast.service).length > 0,
    deliveredWithinMs,
  );
  await context.wait(answeredAfterMs);
  context.own(cast.service, cast.new, newPort(context));
  if (!hasAsked) return;
  const link = { destination: context.host.mac, source: cast.new };
  const answer = { sha: cast.new, spa: cast.service, tha: context.host.mac, tpa: cast.host };
  const frame = arpFrame({ ...link, ...answer, operation: arpOperations.reply });
  await context.send(newPort(context), frame, 'answer');
}

/** Of each packet that V sent, in order, whether the host's answer came. */
function delivered(
  { frames }: Pick<Recording, 'frames'>,
  cast: { readonly service: string; readonly host: string },
): boolean[] {
  const sent = frames.flatMap(({ label, direction, bytes }) => {
    const decoded = decodeFrame(bytes);
    const asV = label === keptComing && direction === 'out' && decoded.ipv4?.source === cast.service;
    return asV ? (promptNumber(decoded) ?? []) : [];
  });
  return sent.map((number) =>
    frames.some((f) => f.direction === 'in' && isAnswer(decodeFrame(f.bytes), cast, new Set([number]))),
  );
}

function judgeKept(recording: Recording): Judgement {
  const host = addressOf(recording, 'host-ipv4');
  const tried = rounds.flatMap((names) => {
    const service = recording.plan.addresses[names.service];
    return service === undefined ? [] : [{ names, service, kept: delivered(recording, { service, host }) }];
  });
  const best = tried.find(({ kept }) => kept.at(-1)) ?? tried.at(-1);
  if (!best) throw new Error('No packet was sent for an address that the host never heard of.');
  const { names, service, kept } = best;
  const after = belief(recording, `after-${names.service}`, names);
  const count = kept.filter(Boolean).length;
  const said = {
    expected: 'the latest packet is sent when the answer comes',
    observed: `${count} of ${kept.length} packets were sent`,
    ...views(recording, after, { names }),
    measurements: [{ name: 'packets kept', value: count, unit: 'count' as const }],
  };
  if (questionsNs(recording.frames, service).length === 0)
    return inconclusive({ ...said, reason: 'The host did not ask for an address that it can’t have known.' });
  if (kept.at(-1)) {
    const reason = `The host kept ${count} of ${kept.length} packets, the latest among them, until it was answered.`;
    return pass({ ...said, reason });
  }
  if (after !== 'new' && after !== 'asked')
    return inconclusive({ ...said, reason: `Once it was answered, from outside: ${verdictWords[after]}.` });
  if (count > 0)
    return fail({
      ...said,
      reason: 'The host kept an earlier packet and dropped the latest while it asked.',
    });
  return fail({
    ...said,
    reason: 'The host dropped every packet for the address while it asked, as smoltcp does.',
  });
}
