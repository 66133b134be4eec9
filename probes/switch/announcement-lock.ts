import { broadcastMac } from '../../src/frame/index.js';
import {
  between,
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  type PortName,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { astray, describe, mostlyLost, settle, taughtAtA, toStation } from './station.js';
import { announcement, datagram } from './triggers.js';

interface Lock {
  /** From the first move's announcement to the second's. */
  readonly gapMs: number;
  readonly by: 'arp' | 'data';
}

/** An announcement is said so often in a row: that one gets lost says nothing of the switch. */
const timesSaid = 3;
/** A move that takes effect after the limit is waited for in silence; then it is asked for again, for so long. */
const silenceMs = 2_000;
const patienceMs = ({ gapMs }: Lock) => (isSlow(gapMs) ? 20_000 : 4_000);
const isSlow = (gapMs: number) => gapMs > 1_000;

const frameOf = (context: Context<Lock>, station: string) =>
  context.params.by === 'arp' ? announcement(context, station) : datagram(context, station);

/** Where a frame of the port's own address goes that is carried as the announcements should be. */
const compareTo = (context: Context<Lock>) =>
  context.params.by === 'arp' ? broadcastMac : context.portMac('world');

/** The port announces the station; where that is not followed within the limit nor later, again and again until it is. */
async function move(context: Context<Lock>, port: PortName, name: string): Promise<boolean> {
  const station = context.mac('station');
  const say = async () => {
    for (let n = 0; n < timesSaid; n += 1) {
      await context.send(port, frameOf(context, station), `announce-${name}`);
      await context.wait(2);
    }
    await context.send(port, context.numbered(port, compareTo(context)), `compare-${name}`);
  };
  for (const phase of ['poll', 'silent', 'late']) context.expect(`${phase}-${name}`, [port]);
  await say();
  if (await settle(context, `poll-${name}`, station, port, context.limits.relearnMs)) return true;
  if (await settle(context, `silent-${name}`, station, port, silenceMs)) return true;
  await say();
  return settle(context, `late-${name}`, station, port, patienceMs(context.params), { again: say });
}

/** Between which times after the old owner was last heard the move became possible: those of the last announcement that
 *  was in vain, and of the one that was not. */
function lockTime(recording: Recording, name: string, heardLabel: string): Measurement | undefined {
  const heardNs = deliveries(recording, heardLabel).at(-1)?.sentNs;
  const said = deliveries(recording, `announce-${name}`).map(({ sentNs }) => sentNs);
  const polls = [`silent-${name}`, `late-${name}`].flatMap((label) => deliveries(recording, label));
  const lastWrong = polls.findLastIndex(({ arrivals }) => !rightAt(arrivals, portOf(name)));
  const [wrong, right] = [polls[lastWrong], polls[lastWrong + 1]];
  const saidBefore = (poll: { sentNs: number } | undefined) =>
    poll && said.findLast((atNs) => atNs < poll.sentNs);
  const [inVain, heeded] = [saidBefore(wrong), saidBefore(right)];
  if (heardNs === undefined || inVain === undefined || heeded === undefined) return undefined;
  const [low, high] = [inVain, heeded].map((atNs) => Math.max(0, (atNs - heardNs) / 1e6)) as [number, number];
  return between('time for which the old port keeps the station', low, high);
}

const rightAt = (arrivals: ReadonlyMap<string, number>, port: string) =>
  arrivals.size === 1 && arrivals.has(port);
const portOf = (name: string): PortName => (name === 'first' ? 'b' : 'a');
const moves = ['first', 'second'] as const;

const cases = (['arp', 'data'] as const).flatMap((by) =>
  [300, 1_000, 5_000].map((gapMs) => ({
    id: `${by}-${gapMs}ms`,
    title: `two moves within ${gapMs / 1000} s, announced by ${by === 'arp' ? 'ARP' : 'plain data'}`,
    slow: isSlow(gapMs),
    params: { gapMs, by },
  })),
);

/** A move that was not followed within the limit: was it followed later, by itself or when it was announced again? */
function judgeHeld(
  recording: Recording,
  name: (typeof moves)[number],
  { expected, patience }: { readonly expected: string; readonly patience: number },
): Judgement {
  const [port, old] = name === 'first' ? (['b', 'a'] as const) : (['a', 'b'] as const);
  const limit = `${recording.plan.limits.relearnMs} ms`;
  const observed = `the ${name} move, to port ${port}, was not followed within ${limit}`;
  if (deliveries(recording, `late-${name}`).length === 0) {
    return fail({
      expected,
      observed,
      reason: `The switch followed the ${name} move, to port ${port}, by itself, but later than ${limit} after it was announced.`,
      findings: [{ id: 'delayed', holds: true, text: `the move to port ${port} took effect late` }],
    });
  }
  const time = lockTime(recording, name, name === 'first' ? 'teach-a' : 'announce-first');
  if (!time) {
    const last = tally(deliveries(recording, `late-${name}`), port, old);
    const stays = last.stale * 2 > last.sent;
    const said = { expected, observed: `${observed}, and later: ${describe(last, port, old)}` };
    if (!stays) {
      return inconclusive({
        ...said,
        reason: `After the ${name} move frames to the station did not reach port ${port} alone.`,
      });
    }
    return fail({
      ...said,
      reason: `The switch kept the station at port ${old}, whatever port ${port} announced for a further ${patience} s: it does not move there at all.`,
      findings: [
        {
          id: name === 'first' ? 'moves' : 'moves-back',
          holds: false,
          text: `still at port ${old} after announcements for ${patience} s`,
        },
      ],
    });
  }
  const compared = tally(deliveries(recording, `compare-${name}`), 'world');
  if (compared.reached * 2 < compared.sent) {
    const reason = `Port ${port} did not carry frames of its own address either that were sent like the announcements: it is not a hold of the station.`;
    return inconclusive({ expected, observed, reason });
  }
  const between = `${seconds(time.low)} and ${seconds(time.high)} s`;
  return fail({
    expected,
    observed,
    reason: `The switch kept the station at port ${old} until between ${between} after it was last heard there: what port ${port} announced before was in vain.`,
    measurements: [time],
    findings: [
      {
        id: 'held',
        holds: true,
        text: `held at port ${old} until between ${between} after it was heard there`,
      },
    ],
  });
}

const seconds = (ms = 0) => (ms / 1000).toFixed(1);

export default defineProbe<Lock>({
  id: 'switch/announcement-lock',
  device: 'switch',
  title: 'A second move soon after the first is followed at once',
  failureTitle: 'After a move the switch holds a station at its port for a while',
  why: 'A failover that is undone, or the second of a double failure, is announced in vain: the traffic stays at the wrong node.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'switches that hold a station’s entry for a time after a move or after they last heard it (as vde_switch does)',
  },
  needs: ['a', 'b', 'world'],
  sideBySide: true,
  confirmAlone: true,
  deadlineMs: 60_000,
  waitMs: ({ gapMs }) => (isSlow(gapMs) ? gapMs : 0),
  cases,

  ...taughtAtA,

  async stimulus(context) {
    const startMs = context.nowMs();
    const moved = await move(context, 'b', 'first');
    if (moved) {
      await context.wait(Math.max(0, context.params.gapMs - (context.nowMs() - startMs)));
      await move(context, 'a', 'second');
      context.expect('after', ['a']);
      await toStation(context, 'after', context.mac('station'));
    }
    await context.sentinel();
  },

  judge(recording, { gapMs, by }) {
    const how = by === 'arp' ? 'an ARP announcement' : 'plain data';
    const expected = `${how} moves the station at once, ${gapMs / 1000} s after it has moved before`;
    const held = moves.find((name) => deliveries(recording, `silent-${name}`).length > 0);
    const seen = tally(deliveries(recording, 'after'), 'a', 'b');
    if (held) return judgeHeld(recording, held, { expected, patience: patienceMs({ gapMs, by }) / 1000 });
    if (seen.sent === 0)
      return inconclusive({
        expected,
        observed: 'the second move was not tried',
        reason: 'The station did not move to port b.',
      });
    const observed = describe(seen, 'a', 'b');
    if (astray(seen) || mostlyLost(seen)) {
      return inconclusive({
        expected,
        observed,
        reason: 'Frames to the station went astray after both moves had been followed.',
      });
    }
    return pass({
      expected,
      observed,
      reason: `The switch followed a second move ${gapMs / 1000} s after the first.`,
      findings: [{ id: 'held', holds: false, text: 'the second move did not have to wait' }],
    });
  },
});
