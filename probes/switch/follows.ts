import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  type ProbeCase,
  pass,
  type Recording,
  type Tally,
  tally,
} from '../../src/probe.js';
import { profiles } from '../../src/profiles/catalogue.js';
import type { Profile } from '../../src/profiles/profile.js';
import {
  castOf,
  check,
  durationMs,
  heard,
  movesOf,
  prepareLinks,
  type Replay,
  readReplay,
  roundsOf,
  sendRounds,
  sentMoments,
  teachAll,
  watch,
} from './replay.js';
import {
  allowedMs,
  begunAgain,
  carried,
  carriedFinding,
  followedAfter,
  followedNs,
  timing,
} from './replayed.js';
import { astray, describe, deviations, lossy, mostlyLost, moveFindings, taught } from './station.js';

/** How long nobody says anything, where the profile is silence. */
const silenceMs = 2_500;

/** A path that loses frames loses announcements too: fewer than these prove nothing by not coming out. */
const enoughFrames = 3;

/** A replay that was late, or of which nothing came out, is begun again. */
const mostReplays = 3;

const isSilent = ({ announcements }: Profile) => announcements.length === 0;

/** How long after its first frame a profile's stations may take to be followed. */
const longestMs = (profile: Profile, { relearnMs }: Recording['plan']['limits']) =>
  durationMs(profile) + relearnMs;

/** Sends the whole profile, to its end, while World watches where its frames go. */
async function follow(context: Context<Replay>): Promise<void> {
  const { profile } = context.params;
  const cast = castOf(context);
  const moves = movesOf(profile);
  const rounds = roundsOf(sentMoments(context.params));
  const patienceMs = longestMs(profile, context.limits);
  await prepareLinks(context);
  const perReplay = rounds.flat().filter(({ from }) => from === 'new').length;
  for (let replays = 1; replays <= mostReplays; replays += 1) {
    const seen = moves.map(({ role, poll, to }) => {
      context.expect(poll, [to]);
      return watch(context, poll, cast[role] ?? cast.moved, to, patienceMs);
    });
    const [followed, lateMs] = await Promise.all([Promise.all(seen), sendRounds(context, rounds)]);
    if (followed.every(Boolean)) return;
    // Nothing has moved, so the same may be tried again.
    const lost = replays * perReplay < enoughFrames && !heard(context);
    if (lateMs <= allowedMs && !lost) return;
  }
}

/** The case of a profile; a bench file's own profiles become cases too. */
export function followsCase(profile: Profile): ProbeCase<Replay> {
  const { name, title, family, oldOwner, afterLinkUpMs } = profile;
  const links = oldOwner === 'link-down' || afterLinkUpMs !== undefined;
  return {
    id: name,
    title: isSilent(profile) ? title : `as ${title} announces it${family === 'ipv6' ? ', IPv6' : ''}`,
    ...(isSilent(profile) && { level: 'info' as const }),
    ...(links && { needs: ['link'] as const }),
    params: { profile, lost: 0 },
  };
}

export default defineProbe<Replay>({
  id: 'switch/follows',
  device: 'switch',
  title: 'The switch follows a takeover that is announced as this software does',
  failureTitle: 'The switch does not follow the announcements of this failover software',
  why: 'The cluster takes over, says so in its own way, and its clients still talk to the failed node.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'how failover software announces itself; `takeover probes --profiles` names the source of each profile',
  },
  needs: ['a', 'b', 'world'],
  sideBySide: true,
  confirmAlone: true,
  // Three times five seconds, where the harness is late.
  deadlineMs: 30_000,
  cases: profiles.map(followsCase),
  waitMs: ({ profile }) => (durationMs(profile) > 8_000 ? durationMs(profile) : 0),
  control: teachAll,
  controlHolds(recording, { profile }) {
    const missing = movesOf(profile).map(({ from, before }) => taught(recording, from, before));
    return missing.find((reason) => reason !== true) ?? true;
  },

  async stimulus(context) {
    const { profile } = context.params;
    const cast = castOf(context);
    if (isSilent(profile)) await context.wait(silenceMs);
    else await follow(context);
    for (const { role, after, from, to } of movesOf(profile)) {
      await check(context, after, cast[role] ?? cast.moved, isSilent(profile) ? from : to);
    }
    await context.sentinel();
  },

  judge(recording, replay) {
    return isSilent(replay.profile) ? judgeSilence(recording) : judgeMoves(recording, replay);
  },
  readParams: readReplay,
});

function judgeSilence(recording: Recording): Judgement {
  const seen = tally(deliveries(recording, 'after'), 'a', 'b');
  const expected = 'frames to the station still reach port a only';
  const said = { expected, observed: describe(seen, 'a', 'b') };
  if (astray(seen)) {
    const reason = `Within ${silenceMs / 1000} s of silence the switch forgot the station, though nobody announced it elsewhere.`;
    return fail({ ...said, reason });
  }
  if (mostlyLost(seen)) return lossy(seen, 'a', expected);
  return pass({ ...said, reason: 'Without an announcement the traffic stays with the old owner.' });
}

function judgeMoves(recording: Recording, replay: Replay): Judgement {
  const { title } = replay.profile;
  const moves = movesOf(replay.profile).map((move) => ({
    ...move,
    seen: tally(deliveries(recording, move.after), move.to, move.from),
  }));
  const expected = `frames to the station reach port b only, after the frames of ${title}`;
  const wrong = moves.find(({ seen }) => astray(seen));
  // Once all stations are followed, a late repetition changes nothing.
  const times = moves.map((move) => followedNs(recording, move) ?? Infinity);
  const { tooLate } = timing(recording, replay, wrong ? undefined : Math.max(...times));
  const whole = timing(recording, replay, wrong ? undefined : Infinity);
  const outages = moves.flatMap((move) => followedAfter(recording, replay, move) ?? []);
  const said = {
    expected,
    observed: moves.map(({ seen, to, from }) => describe(seen, to, from)).join('; '),
    findings: [
      ...moves.flatMap(({ seen, to, from }) => moveFindings(recording, seen, to, from)),
      carriedFinding(recording),
      {
        id: 'on-time',
        holds: whole.tooLate === undefined,
        text: `the replay kept the profile's times within ${whole.offMs.toFixed(2)} ms`,
      },
    ],
    measurements: outages.slice(0, 1),
  };
  if (tooLate !== undefined) return inconclusive({ ...said, reason: tooLate });
  if (wrong) {
    const { of, count } = carried(recording);
    // Where no frame of a switch that was told too seldom came out, it may be the path that lost them.
    if (count === 0 && of > 0 && sentCount(recording) < enoughFrames && !anyHeard(recording)) {
      return inconclusive({
        ...said,
        reason: `None of ${of} announcements came out: too few to tell loss from a drop.`,
      });
    }
    return fail({ ...said, reason: failure(recording, title, wrong.seen, wrong.from) });
  }
  const thin = moves.find(({ seen }) => mostlyLost(seen));
  if (thin) return lossy(thin.seen, thin.to, expected);
  const again = begunAgain(recording, replay);
  if (again !== undefined) return inconclusive({ ...said, reason: again });
  const { limits } = recording.plan;
  if (outages.some(({ low = 0 }) => low > longestMs(replay.profile, limits))) {
    const reason = `The switch took longer than ${limits.relearnMs} ms to move the station after the frames of ${title}.`;
    return fail({ ...said, reason });
  }
  const { of, count } = carried(recording);
  if (count === 0 && of > 0) {
    const unheard = `The switch moved the station, but none of ${of} announcements of ${title} came out at World:`;
    return of < enoughFrames
      ? inconclusive({ ...said, reason: `${unheard} too few to tell loss from a drop.` })
      : fail({ ...said, reason: `${unheard} it drops them, and hosts never hear of the takeover.` });
  }
  return pass({
    ...said,
    reason: `The switch moved the station to port b after the frames of ${title}.`,
    qualifiers: [
      ...moves.flatMap(({ seen }) => deviations(seen)),
      ...(whole.tooLate ? [`deviation: frames after the move were ${whole.offMs.toFixed(1)} ms off`] : []),
      ...(count < of ? [`deviation: ${count} of ${of} announcements came out at World`] : []),
    ],
  });
}

const sentCount = (recording: Recording) =>
  ['announce', 'heartbeat'].reduce((sum, label) => sum + deliveries(recording, label).length, 0);

const anyHeard = (recording: Recording) =>
  ['announce', 'heartbeat'].some((label) =>
    deliveries(recording, label).some(({ arrivals }) => arrivals.has('world')),
  );

function failure(recording: Recording, title: string, seen: Tally, old: string): string {
  const { relearnMs } = recording.plan.limits;
  const after = `after the frames of ${title}`;
  if (seen.lost === seen.sent) return `Frames to the station come out nowhere ${after}.`;
  if (seen.flooded > 0) {
    return `Frames to the station, ${after}, are flooded to further ports: the entry is gone, not moved.`;
  }
  if (seen.both > 0) return `Frames to the station come out at both the old and the new port ${after}.`;
  if (seen.reached > 0) return `The switch took longer than ${relearnMs} ms to move the station ${after}.`;
  const { of, count } = carried(recording);
  const said = `${relearnMs} ms ${after}, frames to the station still go to the old port ${old}.`;
  if (count === 0) return `${said} None of ${of} announcements came out at World: the switch drops them.`;
  return `${said} ${count} of ${of} announcements came out at World, but the switch did not act on them.`;
}
