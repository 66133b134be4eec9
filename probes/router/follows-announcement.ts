import {
  type Context,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  type ProbeCase,
  pass,
  type Recording,
} from '../../src/probe.js';
import type { Form } from '../host/announcement.js';
import { castOf, type Family, newPort, numberedRoles } from '../host/cast.js';
import { waitForAge } from '../host/takeover.js';
import { established, hopWords, type NextHop, nextHopAfter, planes } from './adjacency.js';
import { type Announcement, arp, commonArp, frameOf, na, nameOf } from './announcement.js';
import { establish, takeOver } from './takeover.js';
import { judgeFollowed } from './verdict.js';

interface Params {
  readonly family: Family;
  /** Announced at the same time, each for a service address of its own. */
  readonly announcements: readonly Announcement[];
}

/** Older than any lock on updates that is known of: Linux’s locktime is one second. */
const ageMs = 1500;

const suffix = (index: number) => `-${index + 1}`;
const which = (index: number) => ({ names: numberedRoles(index + 1), suffix: suffix(index) });

/** Each form apart: some routers take only requests, others only replies. */
const formCase = (
  id: string,
  announcement: Announcement,
  level: 'must' | 'info' = 'info',
): ProbeCase<Params> => {
  const family = announcement.arp ? 'ipv4' : 'ipv6';
  return {
    id: `${family}-${id}`,
    title: nameOf(announcement),
    level,
    needs: [family],
    params: { family, announcements: [announcement] },
  };
};

const request: Form = { operation: 'request', to: 'broadcast', tha: 'zero', tpa: 'v' };
const reply: Form = { operation: 'reply', to: 'broadcast', tha: 'sha', tpa: 'v' };
/** keepalived says everything five times (vrrp_garp_master_repeat), by requests with THA ff. */
const keepalivedTimes = 5;

export default defineProbe<Params>({
  id: 'router/follows-announcement',
  device: 'router',
  title: 'The router forwards to the new owner once it is announced',
  failureTitle: 'The router goes on forwarding to the failed node',
  why: 'Every client behind the router is cut off at once, and for as long as the router keeps to its old next hop.',
  requirement: {
    level: 'must',
    document: 'RFC 826, and RFC 4861 §7.2.5',
    clause: 'Packet Reception: the entry is updated before the opcode is looked at',
    link: 'https://www.rfc-editor.org/rfc/rfc826',
  },
  needs: ['a'],
  sideBySide: true,
  serviceAddresses: ({ announcements }) => announcements.length + 2,
  confirmAlone: true,
  cases: [
    {
      id: 'ipv4-common-form',
      title: 'at least one of the announcements that failover software sends',
      needs: ['ipv4'],
      params: { family: 'ipv4', announcements: commonArp },
    },
    formCase('request-broadcast', arp(request)),
    formCase('request-unicast', arp({ ...request, to: 'unicast' })),
    formCase('reply-broadcast', arp(reply)),
    formCase('reply-unicast', arp({ ...reply, to: 'unicast' })),
    formCase('keepalived', arp({ ...request, tha: 'ff' }, keepalivedTimes)),
    formCase('all-nodes', na(), 'must'),
    formCase('all-routers', na({ to: 'all-routers' })),
    formCase('unicast', na({ to: 'unicast' })),
    formCase('keepalived', na({}, keepalivedTimes)),
  ],

  async control(context) {
    const { family, announcements } = context.params;
    await Promise.all(
      announcements.map((_, index) =>
        establish(context, castOf(context, family, numberedRoles(index + 1)), suffix(index)),
      ),
    );
  },
  controlHolds(recording, { announcements }) {
    for (const [index] of announcements.entries()) {
      const holds = established(recording, which(index));
      if (holds !== true) return holds;
    }
    return true;
  },

  async stimulus(context) {
    const { family, announcements } = context.params;
    await Promise.all(
      announcements.map(async (announcement, index) => {
        const cast = castOf(context, family, numberedRoles(index + 1));
        await waitForAge(context, cast, ageMs);
        const frame = frameOf(context, cast, announcement);
        await takeOver(
          context,
          cast,
          () => repeat(context, frame, announcement.times, suffix(index)),
          suffix(index),
        );
      }),
    );
  },

  judge: (recording, { announcements }) =>
    announcements.length === 1
      ? judgeFollowed(recording, 'the announcement', which(0))
      : judgeAny(recording, announcements),
});

async function repeat(context: Context, frame: Uint8Array, times: number, to: string): Promise<void> {
  for (let n = 0; n < times; n += 1) await context.send(newPort(context), frame, `announce${to}`);
}

const follows = (hop: NextHop) => hop === 'new' || hop === 'asked';

function judgeAny(recording: Recording, announcements: readonly Announcement[]): Judgement {
  const seen = announcements.map((announcement, index) => ({
    announcement,
    hop: nextHopAfter(recording, which(index)),
    both: planes(recording, nextHopAfter(recording, which(index)), which(index)),
  }));
  const good = seen.filter(({ hop }) => follows(hop));
  const shown = good[0] ?? seen[0];
  const said = {
    expected: 'at least one form makes the router forward to the new owner',
    observed: seen.map(({ announcement, hop }) => `${nameOf(announcement)}: ${hopWords[hop]}`).join('; '),
    findings: [
      ...seen.map(({ announcement, hop }) => ({
        id: nameOf(announcement),
        holds: follows(hop),
        text: hopWords[hop],
      })),
      ...(shown?.both.findings ?? []),
    ],
    measurements: shown?.both.measurements ?? [],
    qualifiers: [...new Set(seen.flatMap(({ both }) => both.qualifiers))],
  };
  if (good.length > 0)
    return pass({
      ...said,
      reason: `The router follows ${good.length} of the ${seen.length} common announcements.`,
    });
  if (seen.some(({ hop }) => hop !== 'old'))
    return inconclusive({
      ...said,
      reason: 'The router follows none of the common announcements that it was seen to decide on.',
    });
  return fail({
    ...said,
    reason: 'The router follows none of the announcements that failover software sends.',
  });
}
