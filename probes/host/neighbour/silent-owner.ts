/** The owner of V falls silent while the host keeps sending to V: when does it find out by itself? */
import { arpFrame, arpOperations, decodeFrame, zeroMac } from '../../../src/frame/index.js';
import {
  addressOf,
  between,
  type Context,
  type Declared,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../../src/probe.js';
import { belief, established, isAnswer, requestsOf, verdictWords } from '../belief.js';
import { type Cast, castOf, newPort, oldPort } from '../cast.js';
import { observe } from '../takeover.js';
import { views } from '../views.js';
import type { Claim } from './claim.js';
import { askOnce, questionsNs } from './resolution.js';

type Patience = 'soon' | 'in time';

/** Linux verifies 5 s after an entry's first use, with three requests a second apart. */
const soonMs = 12_000;

/** FreeBSD's net.link.ether.inet.max_age, the longest default of a host's that we know of, and a minute. */
const longestMs = 21 * 60_000;

/** How long the host is waited for. What the bench file declares as its ageing time is its own time-out,
 *  and something is added to it. */
export function patienceMs(patience: Patience, declared: Declared): number {
  if (patience === 'soon') return soonMs;
  return declared.ageingMs === undefined ? longestMs : 1.2 * declared.ageingMs;
}

const keptSending = 'keep-sending';
const fellSilent = 'fell-silent';

/** How often the host is made to send to V. */
const everyMs = 500;

export const findsOut = (patience: Patience): Claim => ({
  // OLD asks the host, so that the entry is one that nothing has confirmed: a confirmed one is trusted for longer.
  async control(context) {
    const cast = castOf(context);
    context.own(cast.service, cast.old, oldPort);
    await context.send(oldPort, arpFrame(requestFrom(cast.old, context.host.mac, cast)), 'teach');
    await observe(context, cast, 'first');
    await observe(context, cast, 'before');
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context);
    context.disown(cast.service);
    context.mark(fellSilent);
    const untilMs = context.nowMs() + patienceMs(patience, context.declared);
    while (context.nowMs() < untilMs && !(await sendAndWatch(context, cast)));
    // Whoever is asked for now is NEW: at once, since the host may not ask again for a second.
    context.own(cast.service, cast.new, newPort(context));
    const answer = { ...requestFrom(cast.new, context.host.mac, cast), operation: arpOperations.reply };
    if (questionsNs(context.frames, cast.service).length > 0)
      await context.send(newPort(context), arpFrame({ ...answer, tha: context.host.mac }), 'answer');
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
  },

  judge: (recording) => judgeFindsOut(recording, patience),
});

function requestFrom(
  mac: string,
  destination: string,
  { service, host }: Cast,
): Parameters<typeof arpFrame>[0] {
  const sender = { source: mac, sha: mac, spa: service };
  return { destination, ...sender, operation: arpOperations.request, tha: zeroMac, tpa: host };
}

/** Makes the host send to V once; resolves whether it has asked everybody for V. */
async function sendAndWatch(context: Context, cast: Cast): Promise<boolean> {
  await askOnce(context, cast, keptSending);
  return context.until(() => questionsNs(context.frames, cast.service).length > 0, everyMs);
}

function judgeFindsOut(recording: Recording, patience: Patience): Judgement {
  const service = addressOf(recording, 'service');
  const old = addressOf(recording, 'old');
  const waitedMs = patienceMs(patience, recording.plan.declared);
  const sinceNs = recording.events.find((e) => e.kind === 'mark' && e.name === fellSilent)?.atNs ?? 0;
  const after = belief(recording, 'after');
  const later = recording.frames.filter(({ direction, atNs }) => direction === 'in' && atNs >= sinceNs);
  const requests = requestsOf(recording, keptSending);
  const cast = { service, host: addressOf(recording, 'host-ipv4') };
  const toOld = later.filter(({ bytes }) => {
    const decoded = decodeFrame(bytes);
    return decoded.ethernet?.destination === old && isAnswer(decoded, cast, requests);
  });
  const verified = later.filter(({ bytes }) => {
    const { arp, ethernet } = decodeFrame(bytes);
    return arp?.operation === arpOperations.request && arp.tpa === service && ethernet?.destination === old;
  }).length;
  const [foundNs] = questionsNs(later, service);
  const both = views(recording, after);
  const said = {
    expected: `within ${waitedMs / 1000} s the host stops sending to the silent owner`,
    observed: foundNs !== undefined ? verdictWords.asked : verdictWords[after],
    findings: [
      ...both.findings,
      {
        id: 'verified',
        holds: verified > 0,
        text: verified > 0 ? `it asked the owner alone, ${verified} times` : 'it did not ask the owner alone',
      },
    ],
    qualifiers: both.qualifiers,
  };
  if (foundNs !== undefined) {
    const low = ((toOld.findLast(({ atNs }) => atNs < foundNs)?.atNs ?? sinceNs) - sinceNs) / 1e6;
    const high = (foundNs - sinceNs) / 1e6;
    const measurements = [between('until it finds out', low, high)];
    const reason = `The host found out ${(high / 1000).toFixed(1)} s after the owner fell silent, and asked everybody.`;
    return pass({ ...said, measurements, reason });
  }
  if (after === 'new') return pass({ ...said, reason: 'The host no longer sends to the silent owner.' });
  if (after === 'old') {
    const known = 'Known time-outs are a minute (smoltcp), 5 (lwIP), 20 (FreeBSD) and 240 (Cisco IOS).';
    const reason = `After ${waitedMs / 1000} s the host still sends to the owner that fell silent. ${known}`;
    return fail({ ...said, reason });
  }
  return inconclusive({
    ...said,
    reason: `The host was not seen to ask; from outside: ${verdictWords[after]}.`,
  });
}
