/** Two stations announce V, and the one that has lost it is heard last. */
import { decodeFrame } from '../../src/frame/index.js';
import {
  between,
  type Context,
  defineProbe,
  type Finding,
  fail,
  inconclusive,
  type Measurement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { asksFor, type Belief, belief, established, verdictWords } from './belief.js';
import { type Cast, castOf, type Family, newPort, oldPort } from './cast.js';
import { gratuitous } from './connection/crossing.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

type Form = 'request' | 'reply' | 'advertisement';

interface Duel {
  readonly family: Family;
  readonly winner: Form;
  readonly loser: Form;
  /** As keepalived does: five announcements, and five more after five seconds (its `vrrp_garp_master_delay`). */
  readonly repeats: boolean;
}

const formNames: Record<Form, string> = {
  request: 'a gratuitous request',
  reply: 'a gratuitous reply',
  advertisement: 'an advertisement',
};

const duels: readonly Duel[] = [
  { family: 'ipv4', winner: 'request', loser: 'request', repeats: false },
  { family: 'ipv4', winner: 'request', loser: 'reply', repeats: false },
  { family: 'ipv4', winner: 'reply', loser: 'request', repeats: false },
  { family: 'ipv4', winner: 'reply', loser: 'reply', repeats: false },
  { family: 'ipv4', winner: 'request', loser: 'request', repeats: true },
  { family: 'ipv6', winner: 'advertisement', loser: 'advertisement', repeats: false },
  { family: 'ipv6', winner: 'advertisement', loser: 'advertisement', repeats: true },
];

/** When the host is asked, milliseconds after the loser's frame: at the last, a host that verifies has had the time to
 *  (RFC 4861 section 10: 5 s, and three questions a second apart). */
const askedAtMs = [500, 2_000, 6_000, 10_000] as const;
const lastAskedMs = 10_000;
const repeatAfterMs = 5_000;
const keepalivedCount = 5;

const labelAt = (ms: number) => (ms === lastAskedMs ? 'after' : `after-${ms}ms`);

async function announce(context: Context, cast: Cast, { winner, repeats }: Duel): Promise<void> {
  for (let n = 0; n < (repeats ? keepalivedCount : 1); n += 1)
    await context.send(newPort(context), gratuitous(cast.service, cast.new, operation(winner)), 'announce');
}

const operation = (form: Form) => (form === 'reply' ? 'reply' : 'request');

export default defineProbe<Duel>({
  id: 'host/loser-last',
  device: 'host',
  title: 'The host ends with the winner of a duel, though the loser was heard last',
  failureTitle: 'The loser’s last word holds: the host stays with a station that does not answer',
  why: 'After a split brain both nodes announce. Whoever is heard last is believed, and it may be the wrong one.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'keepalived.conf(5): vrrp_garp_master_repeat 5, vrrp_garp_master_delay 5',
    link: 'https://www.keepalived.org/manpage.html',
  },
  needs: ['a'],
  sideBySide: true,
  serviceAddresses: () => 2,
  waitMs: () => lastAskedMs,
  cases: duels.map((duel) => ({
    id: `${duel.family}-${duel.winner}-then-${duel.loser}${duel.repeats ? '-winner-repeats' : ''}`,
    title: `${duel.family === 'ipv4' ? 'IPv4' : 'IPv6'}: ${formNames[duel.winner]} of the winner’s, then ${formNames[duel.loser]} of the loser’s${duel.repeats ? '; the winner repeats its own as keepalived does' : ''}`,
    needs: [duel.family],
    params: duel,
  })),

  async control(context) {
    await establish(context, castOf(context, context.params.family));
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const { family, loser, repeats } = context.params;
    const cast = castOf(context, family);
    context.own(cast.service, cast.new, newPort(context));
    await announce(context, cast, context.params);
    await context.send(oldPort, gratuitous(cast.service, cast.old, operation(loser)), 'rival');
    const sinceMs = context.nowMs();
    const until = async (ms: number) => context.wait(Math.max(0, sinceMs + ms - context.nowMs()));
    for (const ms of askedAtMs) {
      if (repeats && ms === 6_000) {
        await until(repeatAfterMs);
        await announce(context, cast, context.params);
      }
      await until(ms);
      await observe(context, cast, labelAt(ms));
    }
    await context.host.cache?.read(cast.service);
  },

  judge(recording) {
    const seen = askedAtMs.map((ms) => ({ ms, belief: belief(recording, labelAt(ms)) }));
    const last = seen.at(-1)?.belief ?? 'silent';
    const both = views(recording, last);
    const said = {
      expected: 'the host sends to the winner in the end',
      observed: seen.map((at) => `${at.ms / 1000} s: ${words(at.belief)}`).join('; '),
      findings: [...seen.map(findingOf), ...both.findings],
      qualifiers: both.qualifiers,
      measurements: [...withLoser(recording, seen), ...cacheOnly(both.measurements)],
    };
    if (last === 'new' || last === 'asked') {
      const fooled = seen.some((at) => at.belief === 'old');
      const reason = fooled
        ? 'The host believed the loser, who spoke last, and found the winner again.'
        : 'The host was with the winner whenever it was asked.';
      return pass({ ...said, reason });
    }
    if (last === 'old') {
      return fail({
        ...said,
        reason: `${lastAskedMs / 1000} s after it was heard last the loser, who does not answer, is still believed.`,
      });
    }
    return inconclusive({ ...said, reason: `In the end, from outside: ${verdictWords[last]}.` });
  },
});

interface Asked {
  readonly ms: number;
  readonly belief: Belief;
}

const words = (seen: Belief) =>
  ({ old: 'the loser', new: 'the winner', asked: 'asked again', observer: '', other: '', silent: '' })[
    seen
  ] || verdictWords[seen];

const findingOf = ({ ms, belief: seen }: Asked): Finding => ({
  id: `after-${ms}ms`,
  holds: seen === 'new' || seen === 'asked',
  text: `${ms / 1000} s after the loser was heard: ${words(seen)}`,
});

const cacheOnly = (measurements: readonly Measurement[]) =>
  measurements.filter(({ name }) => name.endsWith('cache'));

/** How long the host was with the loser: until after the last answer to it, and until it asked everybody, or its first
 *  answer to the winner. */
function withLoser(recording: Recording, seen: readonly Asked[]): Measurement[] {
  const lastLoser = seen.findLast((at) => at.belief === 'old');
  const found = seen.find((at) => at.ms > (lastLoser?.ms ?? Number.POSITIVE_INFINITY));
  if (!lastLoser || !found) return [];
  const heardNs = recording.frames.find((f) => f.label === 'rival' && f.direction === 'out')?.atNs ?? 0;
  const { service = '' } = recording.plan.addresses;
  const asked = recording.frames.find(
    ({ direction, label, atNs, bytes }) =>
      direction === 'in' && label === undefined && atNs > heardNs && asksFor(decodeFrame(bytes), service),
  );
  const askedMs = asked ? (asked.atNs - heardNs) / 1e6 : found.ms;
  const [low, high] = [lastLoser.ms, Math.max(lastLoser.ms, Math.min(found.ms, askedMs))];
  return [between('with the loser', low, high)];
}
