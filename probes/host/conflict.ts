import { arpFrame, arpOperations, broadcastMac, decodeFrame, zeroMac } from '../../src/frame/index.js';
import {
  addressOf,
  counted,
  defineProbe,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type RecordedFrame,
  type Recording,
} from '../../src/probe.js';
import { belief, established } from './belief.js';
import { castOf, newPort, numberedRoles, oldPort } from './cast.js';
import { establish, observe } from './takeover.js';
import { views } from './views.js';

/** RFC 5227, section 1.1: DEFEND_INTERVAL. All conflicts of this case lie within one. */
const defendIntervalMs = 10_000;
const conflicts = 5;
const everyMs = 1_900;

/** Before the first, the host is listened to: one that announces itself all the time defends nothing. */
const listenMs = 1_000;

const rival = 'rival';
const unheard = numberedRoles(2);
const putRight = 'put-right';
const announced = 'conflict';

export default defineProbe<null>({
  id: 'host/conflict',
  device: 'host',
  title: 'Against another owner of its own address the host defends itself once in ten seconds at most',
  failureTitle: 'The host fights for its address without end',
  why: 'Two hosts that answer each other’s announcements flood the network; one that ceases is gone until somebody sees to it.',
  requirement: {
    level: 'must',
    document: 'RFC 5227',
    clause: '2.4 Ongoing Address Conflict Detection and Address Defense',
    link: 'https://www.rfc-editor.org/rfc/rfc5227#section-2.4',
  },
  needs: ['a', 'ipv4'],
  // Alone, and after all others: the host may cease to use the address that all of them talk to.
  sideBySide: false,
  deadlineMs: 30_000,
  serviceAddresses: () => 2,
  cases: [
    { id: 'announced-by-another', title: `${conflicts} announcements by another within 10 s`, params: null },
  ],

  async control(context) {
    const cast = castOf(context);
    // Frames about the host's own address are what this case is about.
    context.claim('defended', cast.host);
    await establish(context, cast);
    await context.wait(listenMs);
  },
  controlHolds: (recording) => established(recording),

  async stimulus(context) {
    const cast = castOf(context);
    const mac = context.mac(rival);
    const sender = { destination: broadcastMac, source: mac, sha: mac, spa: cast.host, tpa: cast.host };
    const forms = [
      arpFrame({ ...sender, operation: arpOperations.reply, tha: mac }),
      arpFrame({ ...sender, operation: arpOperations.request, tha: zeroMac }),
    ];
    for (let n = 0; n < conflicts; n += 1) {
      const frame = forms[n % forms.length];
      if (frame) await context.send(newPort(context), frame, announced);
      await context.wait(everyMs);
    }
    await observe(context, cast, 'after');
    await context.host.cache?.read(cast.service);
    // Made to ask everybody for an address, the host tells its neighbours where it is, whom the rival misled.
    context.unheardIpv4(unheard.service);
    const stranger = castOf(context, 'ipv4', unheard);
    context.own(stranger.service, stranger.old, oldPort);
    await observe(context, stranger, putRight);
  },

  judge,
});

interface Defence {
  readonly frames: readonly RecordedFrame[];
  /** How many of the conflicts were followed by an announcement before the next. */
  readonly times: number;
  /** Announcements before the first conflict. */
  readonly unprompted: number;
  /** Answers to the rival alone. */
  readonly answers: number;
}

/** What the host sent about its own address, as port A heard it. */
function defenceOf(recording: Recording): Defence {
  const host = addressOf(recording, 'host-ipv4');
  const foe = addressOf(recording, rival);
  const attacks = recording.frames.filter((f) => f.label === announced && f.direction === 'out');
  const isRequest = (frame: RecordedFrame | undefined) =>
    frame !== undefined && decodeFrame(frame.bytes).arp?.operation === arpOperations.request;
  const before = (atNs: number) => attacks.findLast((attack) => attack.atNs <= atNs);
  const own = recording.frames.filter(({ direction, label, bytes }) => {
    const { arp } = decodeFrame(bytes);
    return direction === 'in' && label === undefined && arp?.spa === host && arp.sha !== foe;
  });
  const frames = own.filter((frame) => {
    const { arp, ethernet } = decodeFrame(frame.bytes);
    if (frame.port !== oldPort || ethernet?.destination !== broadcastMac || arp?.tpa !== host) return false;
    // A request is answered by all (RFC 826), by some to everybody (RFC 5227, 2.6): that is no defence yet.
    return arp.operation === arpOperations.request || !isRequest(before(frame.atNs));
  });
  const provoked = new Set(frames.flatMap(({ atNs }) => before(atNs)?.seq ?? []));
  return {
    frames: frames.filter(({ atNs }) => before(atNs) !== undefined),
    times: provoked.size,
    unprompted: frames.filter(({ atNs }) => before(atNs) === undefined).length,
    answers: own.filter(({ bytes }) => decodeFrame(bytes).ethernet?.destination === foe).length,
  };
}

function judge(recording: Recording): Judgement {
  const { frames, times, unprompted, answers } = defenceOf(recording);
  const outside = belief(recording, 'after');
  const both = views(recording, outside);
  // By neither address that it was asked from: one answer may be lost.
  const ceased = outside === 'silent' && belief(recording, putRight, unheard) === 'silent';
  const claims = recording.plan.declared.claims?.includes('rfc5227') ?? false;
  const noticed = times > 0 || ceased;
  const said = {
    expected: `at most one defence in ${defendIntervalMs / 1000} s, and the address used or given up`,
    observed: `${times === 0 ? 'no defence' : `defended ${counted(times, 'time')}`}; ${ceased ? 'no longer answers' : 'still answers'}`,
    findings: [
      ...both.findings,
      {
        id: 'noticed',
        holds: noticed,
        text: noticed
          ? 'it reacts to another owner of its address'
          : 'another owner of its address goes unnoticed',
      },
      { id: 'in-use', holds: !ceased, text: ceased ? 'it gave its address up' : 'it still uses its address' },
      {
        id: 'answered-rival',
        holds: answers > 0,
        text: `it answered the other owner alone ${counted(answers, 'time')}`,
      },
    ],
    measurements: [{ name: 'announcements in defence', value: frames.length, unit: 'count' as const }],
    qualifiers: both.qualifiers,
  };
  if (unprompted > 0)
    return inconclusive({
      ...said,
      reason: 'The host announces its address unprompted, so that a defence can’t be told from that.',
    });
  if (times > 1)
    return fail({
      ...said,
      reason: `The host defended its address ${times} times within ${defendIntervalMs / 1000} s, against ${conflicts} announcements: two such hosts flood the network.`,
    });
  if (ceased) {
    const mend =
      'It must get its address back (restart it, or renew its lease) before it can be tested further.';
    return pass({
      ...said,
      qualifiers: [...said.qualifiers, `deviation: the host has given up its address. ${mend}`],
      reason: `The host ${times === 1 ? 'defended its address once and then ' : ''}gave it up: it no longer answers. ${mend}`,
    });
  }
  if (times === 1) {
    const many = frames.length > 1 ? [`deviation: ${frames.length} announcements for one conflict`] : [];
    return pass({
      ...said,
      qualifiers: [...said.qualifiers, ...many],
      reason: 'The host defended its address once, and goes on using it.',
    });
  }
  if (claims)
    return fail({
      ...said,
      reason:
        'The host claims to follow RFC 5227, which must not ignore another owner: it neither defended its address nor gave it up.',
    });
  return pass({
    ...said,
    reason: 'The host ignores the other owner, as Linux does, and goes on using its address.',
  });
}
