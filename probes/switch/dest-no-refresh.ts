import {
  type Context,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { ageingMsOf, earliestMs, type Look, longestMs, look, lookOf, seconds } from './ageing-time.js';
import { taughtAtA } from './station.js';
import { datagram } from './triggers.js';

type Talker = 'world' | 'station';

/** How often World sends to the silent station, in ageing times. */
const sendsEvery = 1 / 8;
/** When the station speaks, and when it is looked at, in ageing times: the first lesson has aged by then, each later one
 *  has not. */
const speaksAt = [0.3, 0.6, 0.9, 1.2];
const looksAt = [1.15, 1.45];

const lookLabel = (index: number) => `look-${index + 1}`;

/** Every look that was taken, in order. */
function looksIn(recording: Recording): Look[] {
  const taken: Look[] = [];
  for (;;) {
    const next = lookOf(recording, lookLabel(taken.length), 'station', 'a');
    if (!next) return taken;
    taken.push(next);
  }
}

async function sendToStation(context: Context): Promise<void> {
  const ageingMs = ageingMsOf(context.declared);
  const startMs = context.nowMs();
  for (let index = 0; ; index += 1) {
    await context.wait(sendsEvery * ageingMs);
    const label = lookLabel(index);
    context.expect(label, ['a']);
    const fate = await look(context, label, context.mac('station'), 'a');
    if (fate === 'forgotten' || context.nowMs() - startMs > longestMs(ageingMs)) return;
  }
}

async function speakAsStation(context: Context): Promise<void> {
  const ageingMs = ageingMsOf(context.declared);
  const startMs = context.nowMs();
  const station = context.mac('station');
  const steps = [
    ...speaksAt.map((at) => ({ at, act: () => context.send('a', datagram(context, station), 'speaks') })),
    ...looksAt.map((at, index) => ({ at, act: () => look(context, lookLabel(index), station, 'a') })),
  ].sort((x, y) => x.at - y.at);
  for (const { at, act } of steps) {
    await context.wait(Math.max(0, startMs + at * ageingMs - context.nowMs()));
    await act();
  }
}

function judgeSentTo(recording: Recording): Judgement {
  const ageingMs = ageingMsOf(recording.plan.declared);
  const taken = looksIn(recording);
  const last = taken.at(-1);
  const expected = `a silent station is forgotten after ${seconds(ageingMs)}, though frames are sent to it`;
  if (!last)
    return inconclusive({ expected, observed: 'nothing', reason: 'No frame was seen leaving World.' });
  const silent = seconds(last.silentMs.from);
  if (last.fate === 'forgotten') {
    const reason = `Frames to the station did not keep its entry alive: after ${silent} of silence it is forgotten.`;
    return pass({ expected, observed: `forgotten after ${silent}`, reason });
  }
  const observed = `still known after ${silent}`;
  if (last.fate === 'known' && last.silentMs.from >= longestMs(ageingMs)) {
    const reason =
      `The station was silent for ${silent}, and frames to it still go to port a: they keep its entry alive, or it ` +
      `never ages. Its ageing time is said to be ${seconds(ageingMs)}.`;
    return fail({ expected, observed, reason });
  }
  return inconclusive({ expected, observed, reason: 'The last frames to the station got lost.' });
}

function judgeSpeaks(recording: Recording): Judgement {
  const ageingMs = ageingMsOf(recording.plan.declared);
  const taken = looksIn(recording);
  const expected = `a station that speaks more often than every ${seconds(ageingMs)} is never forgotten`;
  const observed = taken
    .map(({ fate, silentMs }) => `${fate} ${seconds(silentMs.from)} after it spoke`)
    .join(', ');
  const spoken = deliveries(recording, 'speaks');
  if (spoken.some(({ arrivals }) => !arrivals.has('world'))) {
    return inconclusive({ expected, observed, reason: 'Not all of the station’s frames came out at World.' });
  }
  if (taken.length < looksAt.length || taken.some(({ silentMs }) => silentMs.to > earliestMs(ageingMs))) {
    return inconclusive({ expected, observed, reason: 'The harness looked too late to tell.' });
  }
  const forgotten = taken.find(({ fate }) => fate === 'forgotten');
  if (forgotten) {
    const reason =
      `${seconds(forgotten.silentMs.to)} after it spoke the station is forgotten, though the ageing time is said to ` +
      `be ${seconds(ageingMs)}: its frames do not refresh its entry.`;
    return fail({ expected, observed, reason });
  }
  if (taken.some(({ fate }) => fate === 'lost')) {
    return inconclusive({ expected, observed, reason: 'Frames to the station got lost.' });
  }
  return pass({ expected, observed, reason: 'The station’s own frames kept its entry alive.' });
}

export default defineProbe<{ readonly talker: Talker }>({
  id: 'switch/dest-no-refresh',
  device: 'switch',
  title: 'A station’s entry is kept alive by frames from it, never by frames to it',
  failureTitle: 'The switch ages stations by the wrong frames',
  why: 'Clients that keep sending to a dead node would keep its entry alive for ever: the outage never ends by itself.',
  requirement: {
    level: 'must',
    document: 'practice',
    clause: 'AlaxalA AX8300S guide, 2.1.3: an entry lives on frames with its address as their source',
    link: 'https://www.alaxala.com/jp/techinfo/archive/manual/AX8300S/HTML/12_9_B/CFGUIDE2/0019.HTM',
  },
  needs: ['a', 'b', 'world', 'ageing'],
  waitMs: ({ talker }, declared) =>
    talker === 'world'
      ? longestMs(ageingMsOf(declared)) + sendsEvery * ageingMsOf(declared)
      : Math.max(...looksAt) * ageingMsOf(declared),
  cases: [
    {
      id: 'frames-to-station',
      title: 'A’s station is silent, and World keeps sending to it',
      slow: true,
      params: { talker: 'world' },
    },
    {
      id: 'frames-from-station',
      title: 'A’s station keeps speaking, and World does not',
      slow: true,
      params: { talker: 'station' },
    },
  ],

  ...taughtAtA,

  async stimulus(context) {
    if (context.params.talker === 'world') await sendToStation(context);
    else await speakAsStation(context);
    await context.sentinel();
  },

  judge: (recording, { talker }) => (talker === 'world' ? judgeSentTo(recording) : judgeSpeaks(recording)),
});
