/** How fast the switch takes stations in, or moves them: bursts at ever lower rates until none is missing. */
import {
  type Context,
  fail,
  inconclusive,
  type Judgement,
  type Measurement,
  type PortName,
  pass,
  type Recording,
  type StationBlock,
  type Stream,
} from '../../src/probe.js';
import { lookForAll, teachAll, tidy, untilCarried } from './capacity.js';
import { achievedRate, type Census, census, fatesOf } from './capacity-fates.js';

export interface Drill {
  /** Where the stations speak in a burst, and should be known afterwards. */
  readonly port: PortName;
  /** Where they are taught before, without haste. */
  readonly before?: PortName;
  /** `learned`, `moved` */
  readonly done: string;
  readonly measurement: string;
  readonly unit: 'addresses/s' | 'moves/s';
}

/** From as fast as the bench sends down to a thousand a second. */
const spacingsNs = [0, 16_000, 64_000, 256_000] as const;
const slowestNs = 1_000_000;
/** Between as fast as it goes and the next. */
const nearlyZeroNs = 8_000;
const burstStations = 1_000;
const slowStations = 250;
const fewStations = 60;
const fewRounds = 6;
const restMs = 200;
/** How long the first frame of a burst may take to come out, and each after another. */
const drainMs = { first: 250, next: 100 };

const burstLabel = (attempt: number) => `burst-${attempt}`;
const lookLabel = (attempt: number) => `look-${attempt}`;
const roomLabel = (round: number) => `room-${round}`;

async function burst(
  context: Context,
  { port }: Drill,
  label: string,
  stations: StationBlock,
  spacingNs: number,
): Promise<Stream> {
  const { count } = stations;
  const destination = context.portMac('world');
  const stream = context.streamBetween(label, port, count, (seq) => ({
    source: stations.at(seq - 1),
    destination,
  }));
  await context.transmit(stream.frames.map((frame) => ({ port, frame, afterNs: spacingNs })));
  await untilCarried(context, stream, 1, count, drainMs.first, drainMs.next);
  return stream;
}

/** Has new stations speak at one rate, and looks for each; resolves whether all are where they spoke. */
async function attempt(
  context: Context,
  drill: Drill,
  number: number,
  count: number,
  spacingNs: number,
): Promise<boolean> {
  const stations = context.stations(`stations-${number}`, count);
  if (drill.before) await teachAll(context, `before-${number}`, drill.before, stations);
  const stream = await burst(context, drill, burstLabel(number), stations, spacingNs);
  context.expect(lookLabel(number), [drill.port]);
  const fates = await lookForAll(context, lookLabel(number), drill.port, stations);
  return stream.carried(1, count) === count && fates.every((fate) => fate === drill.port);
}

/** Shows that it is only the rate: a few stations that speak again and again are known in the end. */
async function showRoom(context: Context, drill: Drill): Promise<void> {
  const stations = context.stations('few', fewStations);
  if (drill.before) await teachAll(context, 'before-few', drill.before, stations);
  for (let round = 1; round <= fewRounds; round += 1) {
    await burst(context, drill, `few-${round}`, stations, slowestNs);
    const fates = await lookForAll(context, roomLabel(round), drill.port, stations);
    if (fates.every((fate) => fate === drill.port)) return;
    await context.wait(restMs);
  }
}

export async function findRate(context: Context, drill: Drill): Promise<void> {
  let number = 0;
  const next = (count: number, spacingNs: number) => {
    number += 1;
    return attempt(context, drill, number, count, spacingNs);
  };
  const { tableSize = Number.POSITIVE_INFINITY } = context.declared;
  const many = Math.min(burstStations, Math.floor(tableSize / 8));
  if (!(await next(Math.min(many, slowStations), slowestNs))) {
    await showRoom(context, drill);
    return tidy(context);
  }
  let [tooFastNs, found] = [undefined as number | undefined, false];
  for (const spacingNs of spacingsNs) {
    found = await next(many, spacingNs);
    if (found && tooFastNs !== undefined) {
      await next(many, Math.round(Math.sqrt(Math.max(tooFastNs, nearlyZeroNs) * spacingNs)));
    }
    if (found) break;
    tooFastNs = spacingNs;
  }
  // Was it the rate, or had the table no room left for them?
  if (!found) await next(Math.min(many, slowStations), slowestNs);
  await tidy(context);
}

interface Attempt extends Census {
  readonly ratePerS: number;
  /** Frames of the burst that came out. */
  readonly carried: number;
  /** Stations that are still where they were before. */
  readonly stale: number;
  readonly whole: boolean;
}

function attemptsOf(recording: Recording, { port, before }: Drill): Attempt[] {
  const attempts: Attempt[] = [];
  for (let number = 1; ; number += 1) {
    const said = fatesOf(recording, burstLabel(number));
    const fates = fatesOf(recording, lookLabel(number));
    const seen = census(fates, port);
    const stale = fates.filter((fate) => fate === before).length;
    if (said.length === 0 || seen.count === 0) return attempts;
    const carried = said.filter((fate) => fate !== '').length;
    const ratePerS = Math.round(achievedRate(recording, burstLabel(number)) ?? 0);
    attempts.push({
      ...seen,
      ratePerS,
      carried,
      stale,
      whole: carried === seen.count && seen.known === seen.count,
    });
  }
}

function roomShown(recording: Recording, { port }: Drill): boolean {
  for (let round = 1; ; round += 1) {
    const { count, known } = census(fatesOf(recording, roomLabel(round)), port);
    if (count === 0) return false;
    if (known === count) return true;
  }
}

export function judgeRate(recording: Recording, drill: Drill): Judgement {
  const attempts = attemptsOf(recording, drill);
  const [slow] = attempts;
  const expected = `all stations are ${drill.done} at 1000 a second, and how much faster is measured`;
  const observed = attempts
    .map(({ known, count, carried, ratePerS }) => {
      const lost = carried < count ? ` (${count - carried} frames lost)` : '';
      return `${known} of ${count} at ${ratePerS} a second${lost}`;
    })
    .join(', then ');
  const said = { expected, observed };
  if (!slow) return inconclusive({ ...said, reason: 'No burst of stations was seen to leave.' });
  if (!slow.whole) {
    if (slow.known === slow.count || slow.carried < slow.count) {
      const reason = `The switch loses frames at ${slow.ratePerS} a second, so a missing station tells nothing.`;
      return inconclusive({ ...said, reason });
    }
    const missing = `Of ${slow.count} stations that spoke at ${slow.ratePerS} a second, ${slow.count - slow.known} were not ${drill.done}`;
    if (slow.stale > 0) {
      const reason = `${missing}, though their frames were carried: frames to ${slow.stale} of them still go to port ${drill.before}.`;
      return fail({ ...said, reason });
    }
    return roomShown(recording, drill)
      ? fail({
          ...said,
          reason: `${missing}, though their frames were carried: it takes more time for each.`,
        })
      : inconclusive({ ...said, reason: `${missing}, nor when they spoke again: the table may be full.` });
  }
  const last = attempts.at(-1);
  if (attempts.length === 1) {
    return inconclusive({
      ...said,
      reason: 'The harness was too late to see all stations at the lowest rate.',
    });
  }
  if (attempts.length > 2 && last && !last.whole && attempts.slice(1).every(({ whole }) => !whole)) {
    const reason = 'In the end not even slow stations were taken: the table had no room left.';
    return inconclusive({ ...said, reason });
  }
  const best = Math.max(...attempts.filter(({ whole }) => whole).map(({ ratePerS }) => ratePerS));
  const tooFast = attempts.flatMap(({ whole, ratePerS }) => (!whole && ratePerS > best ? ratePerS : []));
  const measurement: Measurement = {
    name: drill.measurement,
    value: best,
    unit: drill.unit,
    ...(tooFast.length > 0 ? { low: best, high: Math.min(...tooFast) } : { limitedBy: 'tester' }),
  };
  const bound =
    tooFast.length > 0
      ? `while some were missing at ${Math.min(...tooFast)}`
      : 'as fast as this bench sends them';
  return pass({
    ...said,
    reason: `All stations were ${drill.done} at ${best} a second, ${bound}.`,
    measurements: [measurement],
  });
}
