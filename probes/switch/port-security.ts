import { withEnds } from '../../src/frame/index.js';
import {
  type Context,
  counted,
  defineProbe,
  deliveries,
  fail,
  inconclusive,
  type Judgement,
  pass,
  type Recording,
  tally,
} from '../../src/probe.js';
import { aliveFinding, exercise, lastLink, liveness } from './liveness.js';
import { taught, teach } from './station.js';
import { announcement, datagram } from './triggers.js';

/** `takeover`: port b speaks as a station that the switch knows at port a. `addresses`: as so many new ones. */
type Violation = { readonly kind: 'takeover' } | { readonly kind: 'addresses'; readonly count: number };

/** Every new address gets as many tries, so that a lost frame is not taken for a refused one. */
const tries = 4;
const crossingMs = 150;
/** So many refused in a row, and the limit is found. */
const refusedInARow = 3;
/** A switch that shuts a port takes a moment for it. */
const shuttingMs = 100;
const ports = ['a', 'b'] as const;
const stationLabel = 'moved';
const addressLabel = (n: number) => `address-${n}`;

/** Says it on port b until it comes out at World, or the port has no link any more. */
async function trySaying(
  context: Context<Violation>,
  frame: () => Uint8Array,
  label: string,
): Promise<'carried' | 'refused' | 'no link'> {
  const heard = () =>
    context.frames.some((f) => f.label === label && f.port === 'world' && f.direction === 'in');
  for (let n = 0; n < tries; n += 1) {
    try {
      await context.send('b', frame(), label);
    } catch (error) {
      // Without a link nothing can be sent, which is what is looked for.
      if ((await context.linkOf('b')) !== 'down') throw error;
      return 'no link';
    }
    if (await context.until(heard, crossingMs)) return 'carried';
    if ((await context.linkOf('b')) === 'down') return 'no link';
  }
  return 'refused';
}

async function takeOver(context: Context<Violation>): Promise<void> {
  const station = context.mac('station');
  const said = await trySaying(context, () => announcement(context, station), stationLabel);
  if (said === 'no link') return;
  await context.wait(shuttingMs);
  if ((await context.linkOf('b')) === 'down') return;
  await trySaying(context, () => datagram(context, station), `${stationLabel}-data`);
}

async function addAddresses(context: Context<Violation>, count: number): Promise<void> {
  const block = context.stations('addresses', count);
  let refused = 0;
  for (let n = 1; n <= count && refused < refusedInARow; n += 1) {
    const ends = { source: block.at(n - 1), destination: context.portMac('world') };
    const frame = () => withEnds(context.numbered('b', ends.destination), ends);
    const said = await trySaying(context, frame, addressLabel(n));
    if (said === 'no link') return;
    refused = said === 'refused' ? refused + 1 : 0;
  }
  await context.wait(shuttingMs);
}

/** What became of port a or b, if it works no more. */
function shutPort(recording: Recording): { readonly port: string; readonly how: string } | undefined {
  for (const port of ['b', 'a'] as const) {
    if (liveness(recording, port, 'before') !== 'alive') continue;
    if (lastLink(recording, port) === 'down') return { port, how: `the link of port ${port} went down` };
    const now = liveness(recording, port, 'after');
    if (now === 'dead') return { port, how: `port ${port} carries nothing any more, though its link is up` };
    if (now === 'mute')
      return { port, how: `port ${port} drops whatever it receives, frames of its own address included` };
  }
  return undefined;
}

export default defineProbe<Violation>({
  id: 'switch/port-security',
  device: 'switch',
  title: 'A port carries the address that it took over, and goes on working',
  failureTitle: 'Port security stops a node that takes an address over',
  why: 'The new owner is silenced, or its port is shut, at the moment when it is needed; the port may stay shut until an operator comes.',
  requirement: {
    level: 'should',
    document: 'practice',
    clause:
      'switches’ port security: a limit of addresses for a port, sticky addresses, ports shut at a violation',
  },
  needs: ['a', 'b', 'world'],
  cases: [
    { id: 'takeover', title: 'an address known at port a speaks at port b', params: { kind: 'takeover' } },
    { id: 'second-address', title: 'two more addresses on port b', params: { kind: 'addresses', count: 2 } },
    { id: 'many-addresses', title: '32 more addresses on port b', params: { kind: 'addresses', count: 32 } },
  ],

  async control(context) {
    await teach(context, 'a', context.mac('station'));
    for (const port of ports) await exercise(context, port, 'before');
  },
  controlHolds(recording) {
    for (const port of ports) {
      if (liveness(recording, port, 'before') !== 'alive')
        return `Before anything was done, ${aliveFinding(recording, port, 'before').text}.`;
    }
    return taught(recording, 'a');
  },

  async stimulus(context) {
    const { params } = context;
    if (params.kind === 'takeover') await takeOver(context);
    else await addAddresses(context, params.count);
    for (const port of ports) await exercise(context, port, 'after');
    // A port that was shut hears no sentinel, and that is what is judged then.
    const isOpen = (port: 'a' | 'b') =>
      context.frames.some((f) => f.label === `to-${port}-after` && f.port === port && f.direction === 'in');
    if (ports.every(isOpen)) await context.sentinel();
  },

  judge(recording, params) {
    const alive = ports.map((port) => aliveFinding(recording, port, 'after'));
    const shut = shutPort(recording);
    const said =
      params.kind === 'takeover' ? judgeTakeover(recording) : judgeAddresses(recording, params.count);
    const findings = [...said.findings, ...alive];
    if (!shut) return { ...said, findings };
    return fail({
      expected: 'ports a and b go on carrying the frames of their own addresses',
      observed: `${said.observed}; then ${shut.how}`,
      reason: `When port b had spoken as ${params.kind === 'takeover' ? 'the station of port a' : 'further stations'}, ${shut.how}: the switch has shut it.`,
      findings,
      measurements: said.measurements,
    });
  },
});

function judgeTakeover(recording: Recording): Judgement {
  const seen = [stationLabel, `${stationLabel}-data`].map((label) =>
    tally(deliveries(recording, label), 'world'),
  );
  const [sent, carried] = [
    seen.reduce((sum, s) => sum + s.sent, 0),
    seen.reduce((sum, s) => sum + s.reached, 0),
  ];
  const said = {
    expected: 'port b carries frames of the station, and ports a and b those of their own addresses',
    observed: `${carried} of ${counted(sent, 'frame')} of the station came out at World`,
    findings: [
      {
        id: 'moved-carried',
        holds: carried > 0,
        text: `${carried} of ${sent} frames of the moved station came out at World`,
      },
    ],
  };
  if (carried > 0)
    return pass({ ...said, reason: 'Port b carried the address that it took over, and went on working.' });
  if (sent < 2 * tries || liveness(recording, 'b', 'after') !== 'alive')
    return inconclusive({ ...said, reason: 'Too little came out at World to tell what is refused.' });
  return fail({
    ...said,
    reason: `Port b carries the frames of its own address, but none of ${sent} from the station that the switch knew at port a.`,
  });
}

function judgeAddresses(recording: Recording, count: number): Judgement {
  const tried = Array.from({ length: count }, (_, n) => deliveries(recording, addressLabel(n + 1))).filter(
    (frames) => frames.length > 0,
  );
  const isCarried = (frames: (typeof tried)[number]) => frames.some(({ arrivals }) => arrivals.has('world'));
  const carried = tried.filter(isCarried).length;
  const refused = tried.filter((frames) => !isCarried(frames) && frames.length >= tries).length;
  const said = {
    expected: `port b carries frames of ${counted(count, 'further address', 'further addresses')}`,
    observed: `frames of ${carried} of ${counted(tried.length, 'address', 'addresses')} came out at World`,
    findings: [{ id: 'address-limit', holds: refused > 0, text: `${carried} carried, ${refused} refused` }],
    measurements: [
      {
        name: `addresses carried on port b beside its own, of ${count}`,
        value: carried,
        unit: 'addresses' as const,
        ...(refused === 0 && { limitedBy: 'tester' as const }),
      },
    ],
  };
  if (carried === count)
    return pass({ ...said, reason: `Port b carried frames of ${count} further addresses.` });
  if (refused === 0 || liveness(recording, 'b', 'after') !== 'alive')
    return inconclusive({
      ...said,
      reason: 'Too many frames got lost to tell whether addresses are refused.',
    });
  return fail({
    ...said,
    reason: `Port b carries the frames of its own address and of ${carried} further ones; ${counted(refused, 'more was', 'more were')} refused: the switch limits the addresses of a port.`,
  });
}
