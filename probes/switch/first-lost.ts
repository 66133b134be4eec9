import {
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type ProbeCase,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { profiles } from '../../src/profiles/catalogue.js';
import { momentsOf } from '../../src/profiles/frames.js';
import {
  castOf,
  check,
  movesOf,
  type Replay,
  readReplay,
  roundsOf,
  sendRounds,
  sentMoments,
  teachAll,
  watch,
} from './replay.js';
import { allowedMs, begunAgain, carriedFinding, followedAfter, followedNs, timing } from './replayed.js';
import { astray, describe, lossy, mostlyLost, moveFindings, taught } from './station.js';

/** Which profiles lose how many of their first frames: one, or all of the first moment where that is a burst. */
const losses: readonly (readonly [name: string, ...lost: number[]])[] = [
  ['keepalived', 1, 6],
  ['keepalived-vmac-ipv6', 6],
  ['ucarp', 1],
  ['openbsd-carp', 2],
  ['pacemaker-ipaddr2', 1],
  ['pacemaker-ipaddr2-ipv6', 1, 2],
  ['heartbeat-send-arp', 1],
  ['arping-a', 1],
  ['metallb', 2],
  ['qemu-announce', 1, 2, 3, 4],
];

function casesOf([name, ...lost]: (typeof losses)[number]): ProbeCase<Replay>[] {
  const profile = profiles.find((candidate) => candidate.name === name);
  if (!profile) throw new Error(`There is no profile '${name}'.`);
  return lost.map((count) => ({
    id: `${name}-${count}`,
    title: `${profile.title}${profile.family === 'ipv6' ? ', IPv6' : ''}: the first ${count === 1 ? 'frame' : `${count} frames`} lost`,
    params: { profile, lost: count },
  }));
}

/** A path that loses frames loses announcements too: fewer than these prove nothing by not coming out. */
const enoughFrames = 3;
const mostReplays = 3;
/** What is left of the pause before the next round is needed to be on time for it. */
const readyMs = 30;

export default defineProbe<Replay>({
  id: 'switch/first-lost',
  device: 'switch',
  title: 'When the first announcements get lost, a later one heals the takeover',
  failureTitle: 'After the first announcements were lost, none of the later ones moved the station',
  why: 'A port that has just come up, or a busy one, loses the first frames: how long the outage lasts is up to the next.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'the announcements that failover software repeats',
  },
  needs: ['a', 'b', 'world'],
  sideBySide: true,
  confirmAlone: true,
  deadlineMs: 30_000,
  cases: losses.flatMap(casesOf),
  control: teachAll,
  controlHolds: (recording) => taught(recording, 'a'),

  // Round after round, until one of them was followed.
  async stimulus(context) {
    const cast = castOf(context);
    const [move] = movesOf(context.params.profile);
    if (!move) return;
    const { relearnMs } = context.limits;
    context.expect(move.poll, [move.to]);
    let followed = false;
    for (let replays = 0; replays < mostReplays && !followed; replays += 1) {
      const lateMs = await sendRounds(
        context,
        roundsOf(sentMoments(context.params)),
        async (leftMs = relearnMs + readyMs) => {
          const patienceMs = Math.min(leftMs - readyMs, relearnMs);
          followed = await watch(context, move.poll, cast.moved, move.to, patienceMs);
          return followed;
        },
      );
      // Nothing has moved, so that what was late may be tried again.
      if (lateMs <= allowedMs) break;
    }
    await check(context, move.after, cast.moved, move.to);
    await context.sentinel();
  },

  judge(recording, replay) {
    const [move] = movesOf(replay.profile);
    if (!move) return inconclusive({ expected: '', observed: '', reason: 'The profile moves nothing.' });
    const seen = tally(deliveries(recording, move.after), move.to, move.from);
    const total = momentsOf(replay.profile).filter(({ from }) => from === 'new').length;
    const expected = `one of the ${total - replay.lost} frames after the lost ones moves the station to port ${move.to}`;
    const healed = healedBy(recording, replay);
    const measurement = followedAfter(recording, replay, move);
    const said = {
      expected,
      observed: describe(seen, move.to, move.from),
      findings: [...moveFindings(recording, seen, move.to, move.from), carriedFinding(recording)],
      measurements: [
        ...(healed
          ? [{ name: 'outage until the frame that healed it', value: healed.afterMs, unit: 'ms' as const }]
          : []),
        ...(measurement ? [measurement] : []),
      ],
    };
    const { tooLate } = timing(recording, replay, astray(seen) ? undefined : followedNs(recording, move));
    if (tooLate !== undefined) return inconclusive({ ...said, reason: tooLate });
    if (astray(seen)) {
      const sent = [...deliveries(recording, 'announce'), ...deliveries(recording, 'heartbeat')];
      const heard = sent.filter(({ arrivals }) => arrivals.size > 0).length;
      if (heard === 0 && sent.length < enoughFrames) {
        return inconclusive({
          ...said,
          reason: `None of ${sent.length} later frames came out: too few to tell loss from a drop.`,
        });
      }
      const fate =
        heard === 0
          ? 'none of them came out of the switch'
          : 'they came out at World, but it did not act on them';
      return fail({
        ...said,
        reason: `After ${replay.lost} lost frames of ${replay.profile.title}, none of the ${sent.length} later ones moved the station from port ${move.from} to ${move.to}: ${fate}.`,
      });
    }
    if (mostlyLost(seen)) return lossy(seen, move.to, expected);
    const again = begunAgain(recording, replay);
    if (again !== undefined) return inconclusive({ ...said, reason: again });
    const which = healed
      ? `frame ${healed.number}, ${healed.afterMs.toFixed(0)} ms after the first lost one`
      : 'a later frame';
    return pass({ ...said, reason: `The loss was healed by ${which}.` });
  },
  readParams: readReplay,
});

/** The last frame of the profile that left before the first of the frames that all went right. */
function healedBy(
  recording: Recording,
  replay: Replay,
): { readonly number: number; readonly afterMs: number } | undefined {
  const polls = deliveries(recording, 'poll');
  const wrong = polls.findLastIndex(({ arrivals }) => arrivals.size !== 1 || !arrivals.has('b'));
  const right = polls[wrong + 1];
  if (!right) return undefined;
  const sent = [...deliveries(recording, 'announce'), ...deliveries(recording, 'heartbeat')]
    .map(({ sentNs }) => sentNs)
    .sort((one, other) => one - other);
  const moments = momentsOf(replay.profile).filter(({ from }) => from === 'new');
  const left = sent.filter((sentNs) => sentNs < right.sentNs).length;
  const before = Math.min(left, moments.length - replay.lost);
  const healer = moments[replay.lost + before - 1];
  const first = moments[0];
  return healer && first && before > 0
    ? { number: replay.lost + before, afterMs: (healer.atNs - first.atNs) / 1e6 }
    : undefined;
}
