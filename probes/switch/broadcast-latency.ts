import {
  type Context,
  counted,
  type Delivery,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Measurement,
  pass,
  type Recording,
} from '../../src/probe.js';
import { taughtAtA } from './station.js';
import { announcement } from './triggers.js';

/** Enough for a median, and so few a second that no storm control minds. */
const announcements = 20;
const spacingMs = 25;
const drainMs = 200;

/** How far from the truth the time between two ports' stamps may be, ns. */
function errorNs(recording: Recording, ...ports: readonly string[]): number {
  return recording.ports
    .filter(({ name }) => ports.includes(name))
    .reduce((sum, { abilities }) => sum + abilities.timestampErrorNs, 0);
}

const latenciesNs = (frames: readonly Delivery[], port: string): number[] =>
  frames
    .flatMap(({ sentNs, arrivals }) => {
      const arrivedNs = arrivals.get(port);
      return arrivedNs === undefined ? [] : arrivedNs - sentNs;
    })
    .sort((x, y) => x - y);

function measurementsOf(recording: Recording, frames: readonly Delivery[], port: string): Measurement[] {
  const sorted = latenciesNs(frames, port);
  const errorUs = errorNs(recording, 'b', port) / 1000;
  const named: [string, number | undefined][] = [
    ['longest', sorted.at(-1)],
    ['median', sorted[Math.floor((sorted.length - 1) / 2)]],
    ['shortest', sorted[0]],
  ];
  return named.flatMap(([name, ns]) =>
    ns === undefined
      ? []
      : {
          name: `announcement from b to ${port}, ${name} of ${sorted.length}`,
          value: Math.max(0, ns / 1000),
          unit: 'us',
          low: Math.max(0, ns / 1000 - errorUs),
          high: Math.max(0, ns / 1000) + errorUs,
        },
  );
}

const show = (us: number): string => (us < 1000 ? `${us.toFixed(0)} µs` : `${(us / 1000).toFixed(1)} ms`);

export default defineProbe<null>({
  id: 'switch/broadcast-latency',
  device: 'switch',
  title: 'How long an announcement takes from port to port',
  failureTitle: 'Announcements come out late, or not at all',
  why: 'Until the announcement is out, no client knows of the takeover.',
  requirement: {
    level: 'info',
    document: 'practice',
    clause: 'OPNFV VSPERF level test design, RFC2889.BroadcastFrameForwarding',
  },
  needs: ['a', 'b', 'world'],
  cases: [{ id: 'announcement', title: 'twenty gratuitous ARP requests from B', params: null }],

  ...taughtAtA,

  async stimulus(context: Context<null>) {
    const listeners = context.ports.filter((port) => port !== 'b');
    context.expect('announce', listeners);
    for (let n = 0; n < announcements; n += 1) {
      // Each from an address of its own, or they could not be told apart.
      await context.send(
        'b',
        announcement(context, context.stations('announcers', announcements).at(n)),
        'announce',
      );
      await context.wait(spacingMs);
    }
    await context.wait(drainMs);
    await context.sentinel();
  },

  judge(recording) {
    const { relearnMs } = recording.plan.limits;
    const frames = deliveries(recording, 'announce');
    const expected = `announcements from port b come out at World within ${relearnMs} ms`;
    const ports = recording.ports.map(({ name }) => name).filter((name) => name !== 'b');
    const measurements = ports
      .sort((x, y) => Number(y === 'world') - Number(x === 'world'))
      .flatMap((port) => measurementsOf(recording, frames, port));
    const late = frames.filter(({ arrivals }) => !arrivals.has('world')).length;
    const median = measurements[1];
    const observed = `${frames.length - late} of ${counted(frames.length, 'announcement')} came out at World${median ? `, the middle one after ${show(median.value)}` : ''}`;
    const said = { expected, observed, measurements };
    if (frames.length === 0)
      return inconclusive({ ...said, reason: 'No announcement was seen to leave port b.' });
    if (late === frames.length) {
      return fail({ ...said, reason: 'None of the announcements from port b came out at World.' });
    }
    if (late * 10 > frames.length) {
      const reason = `${late} of ${frames.length} announcements did not come out at World: lost, or held back by a limit for broadcasts.`;
      return inconclusive({ ...said, reason });
    }
    if (median?.low !== undefined && median.low / 1000 > relearnMs) {
      return fail({
        ...said,
        reason: `Half of the announcements took at least ${show(median.low)} to World.`,
      });
    }
    return pass({
      ...said,
      reason: `Announcements from port b are out at World after ${show(median?.value ?? 0)}.`,
      qualifiers: late > 0 ? [`deviation: ${counted(late, 'announcement')} lost`] : [],
    });
  },
});
