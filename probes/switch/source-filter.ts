import { broadcastMac, withEnds } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  type Finding,
  fail,
  inconclusive,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { aliveFinding, exercise, liveness } from './liveness.js';
import { toStation } from './station.js';
import { announcement } from './triggers.js';

interface Source {
  /** Names the source in a sentence. */
  readonly name: string;
  /** All octets but the last, which the run chooses; absent: a station of the bench's block; null: the port's own. */
  readonly prefix?: string | null;
  /** Sent to all, as announcements are; else to World alone. */
  readonly toAll?: boolean;
}

/** Two rounds, with frames of the port's own address between them. */
const framesEachRound = 8;
const crossingMs = 150;
const ownBroadcast = 'own-broadcast';
const rounds = ['foreign-1', 'foreign-2'] as const;

/** The station's frames from port b, none equal to another. */
async function sayAs(context: Context<Source>, station: string, label: string): Promise<void> {
  const { toAll = false } = context.params;
  const to = toAll ? broadcastMac : context.portMac('world');
  let seq = 0;
  for (let n = 0; n < framesEachRound; n += 1) {
    const data = withEnds(context.numbered('b', to), { destination: to, source: station });
    seq = await context.send('b', toAll && n === 0 ? announcement(context, station) : data, label);
    // A switch that limits broadcasts drops those of its NIC's own address as well.
    if (toAll) await context.send('b', context.numbered('b', to), ownBroadcast);
    await context.wait(1);
  }
  await context.until(
    () =>
      context.frames.some(
        (f) => f.label === label && f.seq === seq && f.port === 'world' && f.direction === 'in',
      ),
    crossingMs,
  );
}

/** Where frames to the new station go: whether port b has learned it. */
function learnedFinding(recording: Recording): Finding {
  const seen = tally(deliveries(recording, 'back'), 'b');
  const id = 'learned';
  if (seen.right * 2 > seen.sent) return { id, holds: true, text: 'frames to it leave port b only' };
  return seen.flooded * 2 > seen.sent
    ? { id, holds: false, text: 'frames to it are flooded: port b has not learned it' }
    : { id, holds: null, text: 'where frames to it go could not be told' };
}

export default defineProbe<Source>({
  id: 'switch/source-filter',
  device: 'switch',
  title: 'A port carries frames whose source is not its NIC’s own address',
  failureTitle: 'The switch drops frames whose source is not the NIC’s own address',
  why: 'A node that takes over an address sends from it: where foreign sources are dropped, it is mute after every failover.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'source filters of virtual switches (“forged transmits”, “MAC spoofing”), IP source guard, port security',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    {
      id: 'own-address',
      title: 'the port’s own address',
      params: { name: 'port b’s own address', prefix: null },
    },
    {
      id: 'foreign-data',
      title: 'plain data from another address',
      params: { name: 'an address that is new to the switch' },
    },
    {
      id: 'foreign-broadcast',
      title: 'an announcement and broadcasts from another address',
      params: { name: 'an address that is new to the switch', toAll: true },
    },
    {
      id: 'locally-administered',
      title: 'plain data from a locally administered address',
      params: { name: 'a locally administered address', prefix: '02:00:5e:00:54:' },
    },
    {
      id: 'virtual-router',
      title: 'plain data from a virtual router’s address',
      params: { name: 'a virtual router’s address', prefix: '00:00:5e:00:01:' },
    },
  ],

  async control(context) {
    await exercise(context, 'a', 'before');
    await exercise(context, 'b', 'before');
    await context.sentinel();
  },
  controlHolds(recording, { prefix }) {
    if (liveness(recording, 'a', 'before') !== 'alive')
      return 'Port a did not carry frames of its own address.';
    const b = liveness(recording, 'b', 'before');
    // Whether the port's own address crosses is the claim itself, in one case.
    if (b === 'alive' || (prefix === null && b === 'mute')) return true;
    return 'Port b did not carry the frames of its own address, so that those of another prove nothing.';
  },

  async stimulus(context) {
    const { prefix } = context.params;
    const last = (1 + context.random(255)).toString(16).padStart(2, '0');
    const station =
      prefix === null
        ? context.portMac('b')
        : prefix === undefined
          ? context.mac('station')
          : context.claim('station', prefix + last);
    await sayAs(context, station, rounds[0]);
    await exercise(context, 'b', 'between');
    await sayAs(context, station, rounds[1]);
    if (prefix !== null) await toStation(context, 'back', station, 5);
    await context.sentinel();
  },

  judge(recording, { name, prefix, toAll = false }) {
    const seen = rounds.map((label) => tally(deliveries(recording, label), 'world'));
    const sent = seen.reduce((sum, round) => sum + round.sent, 0);
    const carried = seen.reduce((sum, round) => sum + round.reached, 0);
    const own = liveness(recording, 'b', 'between');
    const said = {
      expected: `frames from ${name}, sent on port b, come out at World`,
      observed: `${carried} of ${counted(sent, 'frame')} came out at World`,
      findings: [
        {
          id: 'source-carried',
          holds: carried > 0,
          text: `${carried} of ${sent} frames from ${name} came out at World`,
        },
        aliveFinding(recording, 'b', 'between'),
        ...(prefix === null ? [] : [learnedFinding(recording)]),
      ],
    };
    if (carried === 0 && sent > 0 && prefix === null) {
      return fail({
        ...said,
        reason:
          'Port b delivers frames, but carries none that it receives, not even those of its NIC’s own address.',
      });
    }
    const broadcasts = tally(deliveries(recording, ownBroadcast), 'world');
    if (toAll && broadcasts.reached * 4 < broadcasts.sent * 3) {
      return inconclusive({
        ...said,
        reason: `Of ${broadcasts.sent} broadcasts from the NIC’s own address ${broadcasts.reached} came out at World: it is not the source that is refused.`,
      });
    }
    if (carried === 0 && sent > 0 && own === 'alive') {
      return fail({
        ...said,
        reason: `Port b carries the frames of its NIC’s own address, but none from ${name}: a filter checks the source.`,
      });
    }
    if (sent === 0 || carried * 2 < sent) {
      return inconclusive({
        ...said,
        reason: 'Too many frames got lost to tell whether the switch drops some on purpose.',
      });
    }
    return pass({ ...said, reason: `Port b carried the frames from ${name}.` });
  },
});
