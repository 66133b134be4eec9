import { arpFrame, arpOperations, broadcastMac, decodeFrame, zeroMac } from '../../src/frame/index.js';
import {
  addressOf,
  type Context,
  counted,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { belief, established } from './belief.js';
import { type Cast, castOf, numberedRoles, oldPort } from './cast.js';
import { promptOnce } from './prompt.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

/** RFC 5227, section 1.1: PROBE_NUM, ANNOUNCE_NUM and their spacing, with what a busy host may be off. */
const probeNumber = 3;
const announceNumber = 2;
const probeGapMs = { least: 900, most: 2_300 };
const announceWaitMs = 1_800;
const announceGapMs = { least: 1_800, most: 3_000 };

/** How long the operator has to restart the host, and how long its start is followed. */
const operatorMs = 180_000;
const startMs = 12_000;
const afterAnnouncementMs = 4_000;
const pollMs = 500;

/** The host was heard within this time before its first probe: then the way to it did carry what it sent. */
const heardWithinMs = 8_000;

const witness = numberedRoles(2);

export default defineProbe<null>({
  id: 'host/own-start',
  device: 'host',
  title: 'A host that comes up probes its address three times, and announces it twice, two seconds apart',
  failureTitle: 'The host takes its address into use without due care',
  why: 'A failed node that comes back unasked takes the service from the one that took over.',
  requirement: {
    level: 'must',
    document: 'RFC 5227',
    clause: '2.1.1 Probe Details, 2.3 Announcing an Address',
    link: 'https://www.rfc-editor.org/rfc/rfc5227#section-2.1.1',
  },
  needs: ['a', 'ipv4', 'rfc5227'],
  sideBySide: false,
  deadlineMs: 45_000,
  waitMs: () => operatorMs,
  cases: [
    {
      id: 'restarted',
      title: 'restart the host, or its interface, while this case waits',
      slow: true,
      params: null,
    },
  ],

  async control(context) {
    const cast = castOf(context);
    // What the host says of its own address is what this case is about.
    context.claim('started', cast.host);
    await establish(context, cast);
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context);
    const untilMs = context.nowMs() + operatorMs;
    while (context.nowMs() < untilMs && startOf(context, cast.host).first === undefined)
      await poll(context, cast);
    const followMs = Math.min(context.nowMs() + startMs, untilMs + startMs);
    while (context.nowMs() < followMs && !isOver(context, cast.host)) await poll(context, cast);
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
  },

  judge,
});

/** Asks for the host, and by IPv6 too: what it answers tells that frames of it still come through. */
async function poll(context: Context, cast: Cast): Promise<void> {
  const request = { operation: arpOperations.request, sha: cast.old, spa: cast.service, tha: zeroMac };
  const frame = arpFrame({ destination: broadcastMac, source: cast.old, ...request, tpa: cast.host });
  await context.send(oldPort, frame, 'poll');
  if (context.host.ipv6 !== undefined) {
    const six = castOf(context, 'ipv6', witness);
    context.own(six.service, six.old, oldPort);
    await promptOnce(context, six, { source: six.old, port: oldPort, label: 'witness' });
  }
  await context.wait(pollMs);
}

interface Start {
  /** When the host probed and announced its address, nanoseconds. */
  readonly probes: readonly number[];
  readonly announcements: readonly number[];
  /** The first of either. */
  readonly first: number | undefined;
}

function startOf({ frames }: Pick<Recording, 'frames'>, host: string): Start {
  const own = frames.flatMap(({ direction, label, port, atNs, bytes }) => {
    const { arp, ethernet } = decodeFrame(bytes);
    const fromHost = direction === 'in' && label === undefined && port === oldPort;
    return fromHost && arp?.tpa === host && ethernet?.destination === broadcastMac ? [{ atNs, arp }] : [];
  });
  const probes = own
    .filter(({ arp }) => arp.spa === '0.0.0.0' && arp.operation === arpOperations.request)
    .map(({ atNs }) => atNs);
  const announcements = own.filter(({ arp }) => arp.spa === host).map(({ atNs }) => atNs);
  return { probes, announcements, first: [...probes, ...announcements].sort((x, y) => x - y)[0] };
}

/** Both announcements were seen, or time enough has passed since the first. */
function isOver(context: Context, host: string): boolean {
  const { announcements } = startOf(context, host);
  const [first] = announcements;
  if (first === undefined) return false;
  return announcements.length >= announceNumber || context.nowMs() - first / 1e6 > afterAnnouncementMs;
}

/** The times between one and the next, milliseconds. */
const gapsOf = (timesNs: readonly number[]) =>
  timesNs.slice(1).map((atNs, index) => (atNs - (timesNs[index] ?? atNs)) / 1e6);

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function judge(recording: Recording): Judgement {
  const host = addressOf(recording, 'host-ipv4');
  const { probes, announcements, first } = startOf(recording, host);
  const [firstAnnounced] = announcements;
  const before = probes.filter((atNs) => firstAnnounced === undefined || atNs < firstAnnounced);
  // A host may have begun more than once; a hole may also be a probe that was lost.
  const probed = before.slice(gapsOf(before).findLastIndex((gap) => gap > probeGapMs.most) + 1);
  const [probeGaps, announceGaps] = [gapsOf(probed), gapsOf(announcements)];
  const listed = (times: readonly number[]) =>
    times.length > 0 ? `, ${times.map(seconds).join(' and ')} apart` : '';
  const said = {
    expected: `${probeNumber} probes 1 to 2 s apart, then ${announceNumber} announcements 2 s apart`,
    observed: `${counted(probed.length, 'probe')}${listed(probeGaps)}; ${counted(announcements.length, 'announcement')}${listed(announceGaps)}`,
    ...views(recording, belief(recording, 'after')),
    measurements: [
      { name: 'probes at its start', value: probed.length, unit: 'count' as const },
      { name: 'announcements at its start', value: announcements.length, unit: 'count' as const },
    ],
  };
  if (first === undefined)
    return inconclusive({
      ...said,
      reason: `Within ${operatorMs / 1000} s the host neither probed nor announced its address: was it restarted? Let the case run again and restart the host while it waits.`,
    });
  if (firstAnnounced === undefined)
    return inconclusive({
      ...said,
      reason: 'The host probed its address and was not seen to take it into use.',
    });

  const problem =
    tooQuick('probes', probeGaps, probeGapMs.least) ??
    tooMany(probed.length) ??
    tooSoon(probed.at(-1), firstAnnounced) ??
    (announcements.length < announceNumber
      ? `The host announced its address once, and not again within ${seconds(afterAnnouncementMs)}.`
      : undefined) ??
    tooQuick('announcements', announceGaps.slice(0, 1), announceGapMs.least) ??
    tooSlow(announceGaps[0]);
  if (problem !== undefined) return fail({ ...said, reason: problem });

  if (probed.length < probeNumber) {
    const missing = probeNumber - probed.length;
    // The first may have been lost where the way to the host was not yet open, as behind spanning tree.
    if (probed.length === before.length && heardBefore(recording, first, missing))
      return fail({
        ...said,
        reason: `The host took its address into use after ${counted(probed.length, 'probe')}, and ${probeNumber} are due.`,
      });
    return inconclusive({
      ...said,
      reason:
        'Not every probe was seen, and the way to the host may not have been open yet, as behind spanning tree.',
    });
  }
  const more =
    announcements.length > announceNumber ? [`deviation: ${announcements.length} announcements`] : [];
  return pass({
    ...said,
    qualifiers: [...said.qualifiers, ...more],
    reason: 'The host probed its address three times, and announced it twice.',
  });
}

function tooQuick(what: string, gapsMs: readonly number[], leastMs: number): string | undefined {
  const quick = gapsMs.find((gap) => gap < leastMs);
  return quick === undefined
    ? undefined
    : `The host sent its ${what} ${seconds(quick)} apart: too close together.`;
}

const tooMany = (probes: number) =>
  probes > probeNumber
    ? `The host probed its address ${probes} times, and ${probeNumber} are due.`
    : undefined;

function tooSoon(lastProbeNs: number | undefined, announcedNs: number): string | undefined {
  const waitedMs = lastProbeNs === undefined ? Number.POSITIVE_INFINITY : (announcedNs - lastProbeNs) / 1e6;
  return waitedMs < announceWaitMs
    ? `The host announced its address ${seconds(waitedMs)} after its last probe: it must wait 2 s for an objection.`
    : undefined;
}

const tooSlow = (gapMs: number | undefined) =>
  gapMs !== undefined && gapMs > announceGapMs.most
    ? `The host announced its address the second time only after ${seconds(gapMs)}.`
    : undefined;

/** Whether any frame of the host's came through when the missing probes were due. */
function heardBefore(recording: Recording, firstNs: number, missing: number): boolean {
  const mac = addressOf(recording, 'host-mac');
  const [fromNs, toNs] = [firstNs - heardWithinMs * 1e6, firstNs - missing * probeGapMs.most * 1e6];
  return recording.frames.some(
    ({ direction, atNs, bytes }) =>
      direction === 'in' && atNs >= fromNs && atNs <= toNs && decodeFrame(bytes).ethernet?.source === mac,
  );
}
